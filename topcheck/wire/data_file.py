"""A file of TOML or JSON that a person wrote, held against the schema that is published for it.

A published schema describes a leaf by what it is ("a text: …"), and an object by a sentence: so
what is wrong, and what to do, is told in its words. No value is ever shown: it may be a secret.
"""

import datetime
import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from topcheck.wire.text_file import TextFileError, text_of

_PACKAGE = Path(__file__).parents[1]
_HOME = _PACKAGE / "home"
#: The folder of the published schemas: inside an installed package, or beside it.
SCHEMAS = (_HOME if _HOME.is_dir() else _PACKAGE.parent) / "schemas"
#: What editors know best.
DIALECT = "http://json-schema.org/draft-07/schema#"
#: How a file of TOML calls what it holds, and marks its name.
KEY, MEMBER = ("key", "`"), ("member", "")


class DataFileError(Exception):
    """A file that a person wrote cannot be used: where, what is wrong, and what to do."""


@cache
def published(name: str) -> dict[str, Any]:
    """Read a published schema by its name. It is not to be changed."""
    return dict(json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8")))


def read_toml(path: Path, hint: str = "") -> dict[str, Any]:
    """Read a file of TOML. Raises DataFileError, with a hint if there is no such file."""
    try:
        return tomllib.loads(text_of(path.read_bytes()))
    except OSError as error:
        raise DataFileError(f"{path}: {error.strerror}{hint}") from None
    except TextFileError as error:
        raise DataFileError(f"{path}: {error}") from None
    except ValueError as error:
        raise DataFileError(f"{path}: not TOML: {error}") from None
    except RecursionError:
        raise DataFileError(f"{path}: not TOML of ours: it is nested too deep") from None


def read_checked(path: Path, schema: str, hint: str = "") -> dict[str, Any]:
    """Read a file of TOML by the published schema of that name.

    Raises DataFileError, with a hint if there is no such file.
    """
    data = read_toml(path, hint)
    check(data, published(schema), KEY, where=str(path))
    return data


def check(
    data: object, schema: Mapping[str, Any], words: tuple[str, str], each: str = "", where: str = ""
) -> None:
    """Raise DataFileError for the first thing in a file that its schema does not allow.

    `words` are `KEY` or `MEMBER`; `each` names what stands in a list that is the whole file;
    `where` is what the error begins with.
    """
    checker = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    if error := next(iter(checker.iter_errors(_as_json(data))), None):
        raise DataFileError(": ".join(filter(None, (where, _told(error, words, each)))))


def _as_json(value: Any) -> Any:
    """Write what TOML has and JSON has not as a text; 1.0 becomes what is no whole number."""
    if isinstance(value, dict):
        return {name: _as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, float):
        return Decimal(str(value)) if math.isfinite(value) else str(value)
    return value


def _told(error: ValidationError, words: tuple[str, str], each: str) -> str:
    """Tell where, what is wrong, and what the schema says of it."""
    schema: dict[str, Any] = dict(error.schema)  # type: ignore[arg-type]
    path, (noun, mark) = [*error.absolute_path], words
    data: dict[str, Any] = error.instance if isinstance(error.instance, dict) else {}
    known, said = schema.get("properties", {}), _lower(schema["description"])
    if error.validator == "additionalProperties":
        patterns = schema.get("patternProperties", ())
        unknown = (n for n in data if n not in known and not any(re.search(p, n) for p in patterns))
        name = next(unknown)
        wrong = f"unknown {noun} {mark}{shown_name(name)}{mark}{did_you_mean(name, known)}; {said}"
    elif error.validator == "required":
        name = next(name for name in schema["required"] if name not in data)
        wrong = f"{mark}{name}{mark} is missing: {said}"
    elif known or not path or error.validator == "anyOf":
        wrong = said
    elif isinstance(path[-1], int):
        wrong = f"it is {said}"
    else:
        wrong = f"{mark}{shown_name(str(path.pop()))}{mark} is {said}"
    return ": ".join([*_places(path, each), wrong])


def _places(path: Iterable[str | int], each: str) -> Iterable[str]:
    """Name the places on the way: one in a list by its list and its number."""
    places = [each] if each else []
    for step in path:
        if isinstance(step, str):
            places.append(shown_name(step))
        else:
            places.append(f"{places.pop().removesuffix('s')} {step + 1}")
    return places if places != [each] else []


def did_you_mean(name: str, known: Iterable[str], likely: float = 0.6) -> str:
    """Ask whether a known name was meant, where one is like it."""
    plain = {re.sub("[^a-z0-9]", "", one.lower()): one for one in known}
    close = get_close_matches(re.sub("[^a-z0-9]", "", name.lower()), plain, 1, likely)
    return f" (did you mean {plain[close[0]]}?)" if close else ""


def shown_name(name: str) -> str:
    """Show a name that a person gave: escaped, and cut off where it is long."""
    plain = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)
    return plain if len(plain) <= 60 else f"{plain[:57]}..."


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
