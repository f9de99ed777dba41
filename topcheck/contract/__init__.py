"""The contract: what page and platform promise, as frozen values, and the schemas of it."""
