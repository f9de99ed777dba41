"""Bytes to a tree with places, strictly; and a tree to bytes."""
