"""Hypothesis strategies over the contract: what conforms, and for each clause what breaks it."""
