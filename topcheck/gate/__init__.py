"""The gate: evidence gathered, a ledger kept, a verdict given."""
