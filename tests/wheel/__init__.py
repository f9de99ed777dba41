"""Tests of what is published: what is in the wheel, and that it alone does what the docs say."""
