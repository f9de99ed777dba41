"""Bytes to a tree with places, strictly, and back; exchanges, limits and redaction."""
