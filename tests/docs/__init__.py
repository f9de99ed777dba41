"""Tests of the documentation: its blocks are run, its links and its tables are looked at."""
