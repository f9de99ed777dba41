"""The gateway: signing and sending requests, the sandbox that answers them, and recordings."""
