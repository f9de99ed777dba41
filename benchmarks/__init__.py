"""Ratios of CPU time, each measured in one process against what it is built on."""
