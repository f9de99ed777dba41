"""Archives of recorded answers: what they hold, judged in blocks, counted."""
