"""Tests: bytes, texts and trees."""
