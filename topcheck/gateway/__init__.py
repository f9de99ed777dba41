"""The gateway: signing, client, sandbox and its faults, recordings."""
