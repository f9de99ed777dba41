"""What all processes of an audit need, made once: it is imported before they are forked."""

from __future__ import annotations

import gc

from xmlschema import XMLSchema10

import topcheck.audit.engine  # noqa: F401 - its imports are most of it

#: The schema of schemas is built with the first schema.
XMLSchema10('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>')

gc.collect()
gc.freeze()  # nor is what they share written to by the collector
