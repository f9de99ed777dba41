"""A gateway that a person names: what it is asked, within which bounds, and what it did wrong."""
