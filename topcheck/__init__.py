"""Contract tests for a method of the Taobao Open Platform, derived from its page."""

__version__ = "0.1.0"
