"""Tests of the API: one id per clause. A red line here means the API or the SDK is wrong."""
