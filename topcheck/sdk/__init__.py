"""The gate for SDKs: drivers, cases, evidence, and the state of each clause."""
