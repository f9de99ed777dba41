"""Faults of a gateway, one at a time: what a suite that judges gateways must catch."""
