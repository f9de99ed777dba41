"""From an error of a schema engine to the fact it breaks: one table for both engines."""

from __future__ import annotations

from collections.abc import Mapping

from topcheck.contract.field import Field

#: jsonschema: the keyword of an error.
JSON_SCHEMA: Mapping[str, str] = {
    "type": "type",
    "minimum": "range",
    "maximum": "range",
    "maxItems": "range",
    "maxLength": "range",
    "enum": "enum",
    "pattern": "format",
}

#: xmlschema: the class of the component that an error names. All else is about the type.
XML_SCHEMA: Mapping[str, str] = {
    "XsdMinInclusiveFacet": "range",
    "XsdMaxInclusiveFacet": "range",
    "XsdEnumerationFacets": "enum",
    "XsdPatternFacets": "format",
}


def fact_of(found: str, field: Field) -> str:
    """Fit a fact to the field: a pattern stands for the format only where there is one.

    The same holds for a length, which bounds the format of a date and the range of a text.
    """
    if found == "format" and not field.format:
        return "type"
    if found == "range" and field.format:
        return "format"
    return found
