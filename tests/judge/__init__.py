"""Tests: the judges."""
