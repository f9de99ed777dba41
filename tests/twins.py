"""Drivers that are right in an uncommon way, what it says in the docstring: none is convicted.

Each stands beside a liar of `tests.liars` that does nearly the same.
"""

from dataclasses import replace

from tests.liars import Doctype, RawText, Reference, Resigning, result_of

TWINS = {}


def clean(twin):
    """Keep a driver that breaks no clause."""
    TWINS[twin.__name__] = twin
    return twin


@clean
class ReadsWhatComes(Reference):
    """Whatever was asked for, the first byte of an answer says how it is read."""

    def read(self, response, message):
        fmt = "xml" if response.body.removeprefix(b"\xef\xbb\xbf")[:1] == b"<" else "json"
        return super().read(response, {**message, "format": fmt})


@clean
class TextOfBoth(RawText):
    """The text of an answer is handed over, whatever its format."""


@clean
class RefusesWithoutModel(Reference):
    """A success without its model is a failure that its caller is told of."""

    def read(self, response, message):
        reply = super().read(response, message)
        if reply["outcome"] == "response" and not result_of(reply["body"]).get("model"):
            return self.failure(response, "a success without its model")
        return reply


@clean
class EntitiesLeftOut(Doctype):
    """A document type is passed over, and what an entity stood for is left out."""

    def typed(self, response, message):
        return self.without(response, message)


@clean
class TextWithADoctype(Doctype):
    """What has a document type is handed over as it came, and an error of that kind is refused."""

    def typed(self, response, _message):
        if b"<error_response" in response.body:
            return self.failure(response, "a document type")
        return {"outcome": "response", "body": response.body.decode()}


@clean
class FormatInTheQuery(Resigning):
    """The format stands in the query, and all else in the form."""

    def edited(self, request, _message):
        asked = tuple(pair for pair in request.form if pair[0] == "format")
        return replace(request.edited(format=None), query=asked)
