"""Tests: the sandbox, signing and recordings."""
