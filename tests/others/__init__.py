"""Tests by what others make."""
