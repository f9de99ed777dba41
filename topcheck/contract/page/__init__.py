"""The page reader: the flattened text of a TOP page, read with certainty or refused."""
