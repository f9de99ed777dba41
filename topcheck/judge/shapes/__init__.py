"""Shapes: verdicts of bodies from patterns that were learnt off the reference."""
