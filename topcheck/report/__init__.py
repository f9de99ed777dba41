"""What a run came to, and how it is written."""
