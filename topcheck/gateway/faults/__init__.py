"""Faults of a gateway, one at a time: what contract tests of a gateway must convict."""
