"""The schema of `topcheck.toml`, made of the options of a run; published as `topcheck.schema.json`.

A secret is refused by its name, and one in a text by what stands around it: the file is committed.
"""

from collections.abc import Callable, Iterable
from typing import Any

from topcheck.cli import options as given
from topcheck.cli.options import OPTIONS, Option, amount, count
from topcheck.wire.data_file import DIALECT

#: What a pipeline repeats: all options but those that say what one run is.
CONFIGURABLE = tuple(
    option
    for option in (*OPTIONS, given.REPORT, given.ANNOTATIONS, given.VERBOSE)
    if option not in (given.NO_CONFIG, given.RECORD, given.RENEW)
)
TITLE = "topcheck.toml, or [tool.topcheck] in pyproject.toml"

_ELSEWHERE = "it belongs into the environment, as TOP_APP_SECRET or TOP_SESSION, and never into a "
_SECRET_WORDS = ("secret", "session", "(?:^|[^a-zA-Z])sign", "passw", "token", "credential",
                 "private", "api[-_]?key")  # fmt: skip


def _any_case(pattern: str) -> str:
    """Write a pattern for either case: the patterns of JSON Schema have no flag for that."""
    inside, written = False, ""
    for char in pattern:
        inside = (inside or char == "[") and char != "]"
        written += f"[{char.upper()}{char}]" if char.isalpha() and not inside else char
    return written


#: A name that says that a secret follows.
SECRET_NAME = "|".join(map(_any_case, _SECRET_WORDS))
#: A secret in a text: behind such a name in a query, a variable or an option; or in an address.
_SECRET = (
    rf"(?:{SECRET_NAME})[\w-]*[\"']?\s*[=:]|(?:^|\s)--?[\w-]*(?:{SECRET_NAME})[\w-]*\s|://[^/\s]*@"
)
#: What a terminal would not show, or show in another order.
_INVISIBLE = r"\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_ADDRESS = rf"^https?://[^?#@\s{_INVISIBLE}]+(?![\s\S])"
_EXAMPLES = {
    "DIR": "report", "METHOD": "taobao.time.get", "URL": "https://gw.api.tbsandbox.com/router/rest",
    "PATTERN": "exchange.*", "FILE": "known-failing.toml", "COMMAND|DIR": "python3 my_driver.py",
    "OUTCOME.json": "baseline/outcome.json",
}  # fmt: skip
#: What a value is, by how its text is read.
_NUMBERS: dict[Callable[[str], Any], tuple[str, dict[str, Any]]] = {
    count: ("A whole number above zero", {"type": "integer", "minimum": 1}),
    amount: ("A number above zero", {"type": "number", "exclusiveMinimum": 0, "maximum": 1e300}),
}


def config_schema(
    options: Iterable[Option] = CONFIGURABLE, named: Callable[[Option], str] = lambda o: o.name[2:]
) -> dict[str, Any]:
    """Write the schema of a table with some options, each under a name that is made of it."""
    properties = {named(option): _value(option) for option in options}
    secret = {"description": f"a secret: {_ELSEWHERE}file", "not": {}}
    return {
        "$schema": DIALECT,
        "title": TITLE,
        "description": "The options are those of topcheck gate --help, without --",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "patternProperties": {SECRET_NAME: secret},
    }


def _value(option: Option) -> dict[str, Any]:
    words = option.help.removesuffix("; repeatable")
    one = _one(option, words)
    if not option.repeatable:
        return one
    return {"description": f"A list of texts: {words}", "type": "array", "items": one,
            "examples": [one.pop("examples")]}  # fmt: skip


def _one(option: Option, words: str) -> dict[str, Any]:
    if option.flag:
        return {"description": f"True or false: {words}", "type": "boolean"}
    if option.choices:
        codes = [*option.choices]
        return {"description": f"One of {', '.join(codes)}: {words}", "enum": codes}
    if option.read in _NUMBERS:
        said, kind = _NUMBERS[option.read]
        return {"description": f"{said}: {words}", **kind}
    examples = [_EXAMPLES[str(option.metavar)]]
    if option.metavar == "URL":
        return {"description": f"An address without user, password and query: {words}",
                "type": "string", "pattern": _ADDRESS, "examples": examples}  # fmt: skip
    return {"description": f"A text: {words}", "type": "string", "minLength": 1, "allOf": [
        _without("a secret", _SECRET), _without("invisible characters", f"[{_INVISIBLE}]")
    ], "examples": examples}  # fmt: skip


def _without(what: str, pattern: str) -> dict[str, Any]:
    hint = f": {_ELSEWHERE}file" if pattern == _SECRET else ""
    return {"description": f"A text without {what}{hint}",
            "not": {"type": "string", "pattern": pattern}}  # fmt: skip
