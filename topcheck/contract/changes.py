"""What a change of a page means: each kind of change, with its verdict for readers and senders.

The rule behind the table: readers were written for the old page, so an answer that the new one
allows is held against the old contract; what was sent before is held against the new one. A
violation there is breaking, drift is drift, anything else is compatible. Beside that, three kinds
break though no contract shows it: what is never sent again, what is no longer looked at, and what
looks the same and means something else (a unit, a default).

`drift` breaks closed readers only, which validate by the old JSON Schema or XSD; a lenient one
survives. A request is a form, or JSON text in it, whatever format is asked for: for senders there
is one verdict. `told_by` are the clauses of an SDK by whose state one knows whether a change breaks
it: held, it survives. Of `warned_by` only a broken one tells anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass

BREAKING, DRIFT, COMPATIBLE = VERDICTS = ("breaking", "drift", "compatible")
#: Of a change of requests for who reads answers, and the other way round.
NOT_CONCERNED = "not concerned"

_FOLLOWS = "it follows from the page as a whole; what is sent is the same"
_NOWHERE = "it is nowhere on the wire"
_LARGE = "it could be as large before: who keeps 32 bits is found out now"


@dataclass(frozen=True, slots=True)
class ChangeKind:
    """A kind of change: in words, what it is to readers of JSON and of XML, and to senders."""

    words: str
    json: str
    xml: str
    senders: str
    why: str
    told_by: tuple[str, ...] = ()
    warned_by: tuple[str, ...] = ()


def _read(words: str, json: str, xml: str, why: str, *told: str, warned: str = "") -> ChangeKind:
    by = tuple(f"sdk.{one}" for one in told)
    warned_by = (f"sdk.{warned}",) if warned else ()
    return ChangeKind(words, json, xml, NOT_CONCERNED, why, by, warned_by)


def _sent(words: str, verdict: str, why: str, *told: str) -> ChangeKind:
    by = tuple(f"sdk.{one}" for one in told)
    return ChangeKind(words, NOT_CONCERNED, NOT_CONCERNED, verdict, why, by)


def _silent(words: str, why: str) -> ChangeKind:
    return ChangeKind(words, NOT_CONCERNED, NOT_CONCERNED, NOT_CONCERNED, why)


#: Of what stands in an answer, an error among it.
_OF_ANSWERS: Mapping[str, ChangeKind] = {
    "member.added": _read("a member is added", DRIFT, DRIFT,
        "closed readers refuse it, by JSON Schema or XSD; lenient ones pass over it",
        "response.unknown_member"),
    "member.removed": _read("a member is removed", BREAKING, BREAKING,
        "it is never sent again: who reads it finds nothing", "response.absent"),
    "member.moved": _read("a member stands in another place", BREAKING, BREAKING,
        "it is absent where it is looked for, and out of place where it is sent",
        "response.absent", "response.unknown_member"),
    "member.documented": _read("a member of the platform's own is documented",
        COMPATIBLE, COMPATIBLE, "the platform could send it before"),
    "member.undocumented": _read("a member of the platform's own is no longer documented",
        COMPATIBLE, COMPATIBLE, "the platform can send it still"),
    "order.changed": _read("members are listed in another order", COMPATIBLE, COMPATIBLE,
        "members may come in any order, in JSON and in XML", "response.order"),
    "type.within": _read("a type is narrowed", COMPATIBLE, COMPATIBLE,
        "each value of the new type is one of the old type"),
    "type.within_text": _read("a type is narrowed, and written otherwise in JSON",
        BREAKING, COMPATIBLE, "JSON had a text and has none, or the other way round; XML has the "
        "same text", warned="response.type"),
    "type.number": _read("a text became a number", BREAKING, COMPATIBLE,
        "JSON had a text and has a number, which many readers round; XML has the same text",
        warned="response.big_integer"),
    "type.other": _read("a type is another one, or wider", BREAKING, BREAKING,
        "a value of the new type may be none of the old type"),
    "type.spelling": _read("a type or a class is called otherwise", COMPATIBLE, COMPATIBLE,
        _NOWHERE),
    "list.gained": _read("a member became a list", BREAKING, BREAKING,
        "the value stands one level deeper, as an item"),
    "list.gained_in_place": _read("the only member of an object became the items of a list",
        BREAKING, BREAKING, "JSON has an array where a value was; XML of one item looks as before, "
        "and of several a reader takes one"),
    "list.lost": _read("a list became a single member", BREAKING, BREAKING,
        "what was an item stands where its list was"),
    "list.lost_in_place": _read("the items of a list became the only member of an object",
        BREAKING, COMPATIBLE, "JSON has a value where an array was; XML looks like a list of one"),
    "items.renamed": _read("the items of a list are called otherwise", BREAKING, BREAKING,
        "items are found by the name of their class, in JSON and in XML"),
    "required.gained": _read("a member is always sent", COMPATIBLE, COMPATIBLE,
        "it could be sent always before"),
    "required.lost": _read("a member may be left out", BREAKING, BREAKING,
        "an answer may come without it", "response.absent"),
    "enum.added": _read("a code is added", BREAKING, BREAKING,
        "readers meet a code that they do not know", "response.unknown_code"),
    "enum.removed": _read("a code is removed", COMPATIBLE, COMPATIBLE,
        "the other codes mean what they meant; what waits for this one waits in vain"),
    "enum.opened": _read("the codes are no longer listed", BREAKING, BREAKING,
        "readers meet values that they do not know", "response.unknown_code"),
    "enum.closed": _read("the codes are listed", COMPATIBLE, COMPATIBLE,
        "any value could come before, these among them"),
    "format.changed": _read("a date is written otherwise", BREAKING, BREAKING,
        "readers cannot read it, or read another date", warned="response.date"),
    "format.gained": _read("a text became a date", COMPATIBLE, COMPATIBLE,
        "any text could come before, a date among it"),
    "format.lost": _read("a date became any text", BREAKING, BREAKING,
        "readers of a date cannot read every text", warned="response.date"),
    "unit.changed": _read("the unit of an amount is another", BREAKING, BREAKING,
        "the same digits mean another amount, and nothing shows it"),
    "accumulates.gained": _read("a value only grows", COMPATIBLE, COMPATIBLE,
        "it could grow before"),
    "accumulates.lost": _read("a value may shrink", BREAKING, BREAKING,
        "who took the last value for the largest is wrong"),
    "example.large": _read("an example is beyond 32 bits", COMPATIBLE, COMPATIBLE, _LARGE,
        "response.big_integer"),
    "example.changed": _read("an example is another", COMPATIBLE, COMPATIBLE, _NOWHERE),
    "description.changed": _read("a description is another", COMPATIBLE, COMPATIBLE,
        "nothing that is read off it changed"),
    "rule.added": _read("an inferred rule is added", COMPATIBLE, COMPATIBLE,
        "what it forbids was not expected before"),
    "rule.removed": _read("an inferred rule is removed", DRIFT, DRIFT,
        "it was our reading: who leaned on it meets what it forbade"),
    "rule.changed": _read("an inferred rule says something else", DRIFT, DRIFT,
        "it was our reading: who leaned on it may meet what it forbade"),
    "flow.added": _read("codes have an order", COMPATIBLE, COMPATIBLE,
        "they could come in it before"),
    "flow.tightened": _read("codes may follow each other in fewer ways", COMPATIBLE, COMPATIBLE,
        "what may come could come before"),
    "flow.loosened": _read("codes may follow each other in more ways", BREAKING, BREAKING,
        "what readers take for the end may be left"),
    "flow.removed": _read("codes have no order any more", BREAKING, BREAKING,
        "what readers take for the end may be left"),
    "root.renamed": _read("the root is called otherwise", BREAKING, BREAKING,
        "readers do not find the answer", warned="wire.unknown_root"),
    "error_code.added": _read("an error has a code more", COMPATIBLE, COMPATIBLE,
        "the table never was closed: an error of any code is an error",
        "error_response.as_success", "error_response.code"),
    "error_code.removed": _read("an error has a code less", COMPATIBLE, COMPATIBLE,
        "it does not come, or comes as others do"),
    "error_code.changed": _read("an error is described otherwise", COMPATIBLE, COMPATIBLE,
        "its code is the same"),
}  # fmt: skip

#: Of what stands in a request.
_OF_REQUESTS: Mapping[str, ChangeKind] = {
    "member.added": _sent("an optional parameter is added", COMPATIBLE,
        "it may be left out, as before"),
    "member.added_required": _sent("a required parameter is added", BREAKING,
        "a request without it is refused"),
    "member.removed": _sent("a parameter is removed", BREAKING,
        "what is asked by it is not looked at any more"),
    "member.moved": _sent("a parameter stands in another place", BREAKING,
        "it is not looked at where it is sent"),
    "order.changed": _sent("parameters are listed in another order", COMPATIBLE,
        "parameters may come in any order"),
    "type.within": _sent("a type is widened", COMPATIBLE,
        "each value of the old type is one of the new type"),
    "type.other": _sent("a type is another one, or narrower", BREAKING,
        "a value of the old type may be none of the new type"),
    "type.spelling": _sent("a type or a class is called otherwise", COMPATIBLE, _NOWHERE),
    "list.gained": _sent("a parameter became a list", COMPATIBLE, "one value is a list of one"),
    "list.gained_other": _sent("a parameter became a list", BREAKING,
        "a text with a comma is several items, an object is no array"),
    "list.lost": _sent("a list became a single parameter", BREAKING,
        "several items are no value"),
    "required.gained": _sent("a parameter must be given", BREAKING,
        "a request without it is refused"),
    "required.lost": _sent("a parameter may be left out", COMPATIBLE,
        "it may be given, as before", "request.null"),
    "enum.added": _sent("a code is added", COMPATIBLE, "the others are taken, as before"),
    "enum.removed": _sent("a code is removed", BREAKING, "a request with it is refused"),
    "enum.opened": _sent("the codes are no longer listed", COMPATIBLE,
        "any value is taken, the old codes among them"),
    "enum.closed": _sent("the codes are listed", BREAKING,
        "a request with another value is refused"),
    "format.changed": _sent("a date is written otherwise", BREAKING,
        "a date as it was written is refused, or is another"),
    "format.gained": _sent("a text must be a date", BREAKING, "a request with another is refused"),
    "format.lost": _sent("a date may be any text", COMPATIBLE, "a date is a text"),
    "unit.changed": _sent("the unit of an amount is another", BREAKING,
        "the same digits mean another amount, and nothing shows it"),
    "limit.narrowed": _sent("a limit is narrowed", BREAKING, "a value beyond it is refused"),
    "limit.widened": _sent("a limit is widened", COMPATIBLE, "what was taken is taken"),
    "limit.widened_large": _sent("a limit is widened beyond 32 bits", COMPATIBLE,
        "what was taken is taken", "request.big_integer"),
    "default.gained": _sent("a default is stated", COMPATIBLE,
        "what is left out meant nothing that was stated"),
    "default.changed": _sent("a default is another", BREAKING,
        "who leaves it out asks for something else, and nothing shows it"),
    "default.lost": _sent("a default is no longer stated", BREAKING,
        "who leaves it out may ask for something else, and nothing shows it"),
    "example.large": _sent("an example is beyond 32 bits", COMPATIBLE, _LARGE,
        "request.big_integer"),
    "example.changed": _sent("an example is another", COMPATIBLE, _NOWHERE),
    "description.changed": _sent("a description is another", COMPATIBLE,
        "nothing that is read off it changed"),
}  # fmt: skip

#: Of the page as a whole, and of what is tested.
_OF_PAGES: Mapping[str, ChangeKind] = {
    "head.changed": _silent("title, category or description of the method is another", _NOWHERE),
    "text.changed": _silent("the page has other words where nothing is read off them",
        "samples, headings and blank lines say nothing beyond what the tables say"),
    "clause.added": _silent("a clause more is tested", _FOLLOWS),
    "clause.removed": _silent("a clause less is tested", _FOLLOWS),
}  # fmt: skip

#: Every kind by its name, which says where it is: `answer.`, `request.` or `page.`.
KINDS: Mapping[str, ChangeKind] = {
    f"{where}.{name}": kind
    for where, kinds in (("answer", _OF_ANSWERS), ("request", _OF_REQUESTS), ("page", _OF_PAGES))
    for name, kind in kinds.items()
}

#: The families whose every value is one of a family, as XML and forms have it: by their text.
WITHIN_TEXT: Mapping[str, frozenset[str]] = {
    "string": frozenset(("integer", "boolean", "price", "decimal")),
    "decimal": frozenset(("integer", "price")),
    "price": frozenset(("integer",)),
    "map": frozenset(("object",)),
}
#: The same as JSON has it: a price is text, a decimal a number or text.
WITHIN_JSON: Mapping[str, frozenset[str]] = {
    "string": frozenset(("price",)),
    "decimal": frozenset(("integer", "price")),
    "map": frozenset(("object",)),
}
