"""The judge: what a message breaks, clause by clause."""
