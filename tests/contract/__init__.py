"""Tests: the page, the contract and its schemas."""
