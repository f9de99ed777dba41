"""Tests: the outcome and the files it is told in."""
