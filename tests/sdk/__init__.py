"""Tests: the SDK gate."""
