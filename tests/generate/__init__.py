"""Tests: what is drawn."""
