"""What a pipeline repeats: options from the environment, and from a file in the working folder.

Before the file comes the environment, before that the command line. The file is `topcheck.toml`, or
the table `[tool.topcheck]` of `pyproject.toml`; no other folder is looked into.
"""

import json
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topcheck.cli.config_schema import CONFIGURABLE, config_schema
from topcheck.cli.options import NO_CONFIG, OF_RECORDINGS, RECORD, Option, path, word
from topcheck.system import command_of
from topcheck.wire.data_file import KEY, DataFileError, check, did_you_mean, read_toml

FILE, PROJECT = "topcheck.toml", "pyproject.toml"
TABLE = f"{PROJECT} [tool.topcheck]"
ENVIRONMENT = "the environment"
_PREFIX = "TOPCHECK_"
#: A name so like one of ours is no other program's.
_MISSPELT = 0.85


@dataclass(frozen=True, slots=True)
class Configured:
    """Where options were given, and their values by their keys."""

    where: str
    values: Mapping[str, Any]


def read_config(
    folder: Path, environment: Mapping[str, str], unread: Collection[Option] = ()
) -> list[Configured]:
    """Read the environment and the file of a folder, what comes first before what comes next.

    Of the file some options are left unread. Raises DataFileError.
    """
    where, table = _table(folder)
    check(table, config_schema(), KEY, where=where)
    named = {option.name[2:]: option for option in CONFIGURABLE}
    of_file = {named[name]: value for name, value in table.items() if named[name] not in unread}
    found = [(ENVIRONMENT, _of_environment(environment)), (where, of_file)]
    return [
        Configured(where, {option.key: _as_option(option, value) for option, value in read.items()})
        for where, read in found
        if read
    ]


def _table(folder: Path) -> tuple[str, dict[str, Any]]:
    """Return the table of options, and where it stands; an empty one if there is none."""
    paths = (folder / FILE, folder / PROJECT)
    own, project = (read_toml(path) if os.path.lexists(path) else {} for path in paths)
    tool = project.get("tool")
    table = tool.get("topcheck", {}) if isinstance(tool, dict) else {}
    if own and table:
        raise DataFileError(f"{FILE} and {TABLE} both hold options: keep one of them")
    if not isinstance(table, dict):
        raise DataFileError(f"{TABLE} is a table: write its options below it")
    return (TABLE, table) if table else (FILE, own)


def _of_environment(environment: Mapping[str, str]) -> dict[Option, Any]:
    """Read the variables of the environment; one without a value is as if it were not there."""
    known = {_PREFIX + option.key.upper(): option for option in CONFIGURABLE}
    given = {name: text for name, text in environment.items() if text and name in known}
    for name in environment:
        meant = did_you_mean(name, known, _MISSPELT) if name.startswith(_PREFIX) else ""
        if meant and name not in known:
            raise DataFileError(f"{ENVIRONMENT}: {name} is no option{meant}")
    found = {name: _typed(known[name], text) for name, text in given.items()}
    schema = config_schema(CONFIGURABLE, lambda option: _PREFIX + option.key.upper())
    del schema["patternProperties"]
    check(found, schema, KEY, where=ENVIRONMENT)
    return {known[name]: value for name, value in found.items()}


def _typed(option: Option, text: str) -> Any:
    """Return the value that a variable means: of a list each line is one."""
    if option.repeatable:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if option.choices or (option.metavar and option.read in (str, word, path)):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _as_option(option: Option, value: Any) -> Any:
    """Make of a value that the schema allows what the command line makes of its text."""
    if option.repeatable:
        return tuple(value)
    return value if option.flag else option.read(str(value))


def filled(
    given: Mapping[str, Any], typed: Collection[str], config: Iterable[Configured]
) -> tuple[dict[str, Any], list[str]]:
    """Return the options of a run, by their keys, and a line on those that were not typed.

    What is about an option that nobody gives is left out, and beside `--record` all but what says
    where. If anything was configured, `--no-config` stands with them: they are all there is.
    """
    options = {option.key: option for option in CONFIGURABLE if option.key in given}
    if given.get(RECORD.key):
        options = {option.key: option for option in OF_RECORDINGS}
    found, used = dict(given), dict.fromkeys(typed, "")
    for one in config:
        for key in one.values.keys() & options.keys() - used.keys():
            found[key], used[key] = one.values[key], one.where
    absent = {option.name for option in CONFIGURABLE if not found.get(option.key)}
    for key in [key for key, where in used.items() if where and options[key].about in absent]:
        found[key] = given[key]
        del used[key]
    if NO_CONFIG.key in given and any(one.values for one in config):
        found[NO_CONFIG.key] = True
    return found, [_line(where, [options[key] for key in options if used.get(key) == where], found)
                   for where in dict.fromkeys(used.values()) if where]  # fmt: skip


def _line(where: str, options: Iterable[Option], found: Mapping[str, Any]) -> str:
    words: list[str] = []
    for option in options:  # what is as without it was read as well
        value = found[option.key]
        words += [*option.words(value)] or [f"{option.name}={value}"]
    return f"options of {where}: {command_of(words)}"
