"""Tests: programs of others, on what the package writes."""
