"""Tests: a run against a gateway."""
