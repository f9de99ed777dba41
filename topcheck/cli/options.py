"""The options of a run, the same for `topcheck gate` and for pytest."""

import contextlib
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from topcheck.contract.model import Severity
from topcheck.wire.limits import MOST_REQUESTS

#: The exit codes of a command: what it judges is in order, or is not, or that could not be told.
#: Where something that was named could not be read that is the last one, whatever else was found.
OK, BROKEN, UNUSABLE = 0, 1, 2
#: How much a finding may weigh, the most first.
LEVELS = tuple(str(level) for level in sorted(Severity, reverse=True))


def count(text: str) -> int:
    """Read how many there may be. Raises ValueError."""
    if not text.isdecimal() or not int(text):
        raise ValueError(f"{text} is no whole number above zero")
    return int(text)


def amount(text: str) -> float:
    """Read how much there may be. Raises ValueError."""
    with contextlib.suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise ValueError(f"{text} is no number above zero")


def word(text: str) -> str:
    """Read a name or a command: a blank one is of a variable that is not set. Raises ValueError."""
    if not text.strip():
        raise ValueError("it is empty")
    return text


def path(text: str) -> Path:
    """Read where a file or folder is; --help calls it by the name of this. Raises ValueError."""
    return Path(word(text))


@dataclass(frozen=True, slots=True)
class Option:
    """An option: without `metavar` and `choices` a flag, with `about` of use only beside another.

    `read` makes a value of its text, and raises ValueError.
    """

    name: str
    help: str
    metavar: str | None = None
    read: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()
    default: Any = None
    repeatable: bool = False
    about: str | None = None

    @property
    def flag(self) -> bool:
        """Whether it has no value."""
        return not (self.metavar or self.choices)

    @property
    def key(self) -> str:
        """Its name as a word of Python."""
        return self.name.removeprefix("--").replace("-", "_")

    @property
    def unset(self) -> Any:
        """What it is where nobody gives it."""
        return () if self.repeatable else False if self.flag else self.default

    def words(self, value: Any) -> Iterator[str]:
        """Write it as it stands on a command line: not at all, unless that changes something."""
        for one in value if self.repeatable else [value]:
            if one not in (None, False, self.default):
                yield self.name if self.flag else f"{self.name}={one}"


#: Which clauses a run is about.
CLAUSE = Option("--clause", "run these clauses only: an id or a pattern with *; repeatable",
                "PATTERN", repeatable=True)  # fmt: skip

#: What a run is compared with. It decides nothing.
BASELINE = Option("--baseline", "tell what is broken anew since the run that wrote this file",
                  "OUTCOME.json", path)  # fmt: skip

#: Which method a command is about.
OF_WORKSPACE = (
    Option("--workspace", "the folder of the workspace, where it is not the nearest", "DIR", word),
    Option("--method", "the method, where the workspace has several", "METHOD"),
)
#: Which recordings.
OF_RECORDINGS = (
    *OF_WORKSPACE,
    Option("--cassettes", "judge the recordings of this folder, and not the own ones", "DIR", word),
)

FAIL_ON = Option("--fail-on", "how much a finding in an answer must weigh to fail",
                 choices=LEVELS, default=str(Severity.VIOLATION))  # fmt: skip
#: An option of the command line alone: what a pipeline repeats is not read.
NO_CONFIG = Option("--no-config", "read neither topcheck.toml nor pyproject.toml nor TOPCHECK_…")
RECORD = Option("--record", "record the sandbox into that folder, and end")
#: Of use once: each run that repeats another judges by the list that it wrote.
RENEW = Option("--known-failing-update", "write that list anew: what is new has no reason yet",
               about="--known-failing")  # fmt: skip
SDK_OPTION = Option("--sdk", "judge the SDK behind this driver as well; repeatable", "COMMAND|DIR",
                    word, repeatable=True)  # fmt: skip

OPTIONS = (
    CLAUSE,
    *OF_RECORDINGS,
    NO_CONFIG,
    RECORD,
    Option("--gateway", "judge this gateway as well", "URL"),
    FAIL_ON,
    Option("--max-requests", "ask the gateway at most so often", "N", count,
           default=MOST_REQUESTS, about="--gateway"),
    Option("--rate", "ask the gateway at most so often a second", "N", amount, about="--gateway"),
    Option("--latency-budget", "how long an answer may take, in milliseconds", "MS", amount,
           about="--gateway"),
    Option("--page-diff", "compare page, recordings and the gateway's answers", about="--gateway"),
    Option("--insecure-http", "talk plain HTTP to another machine", about="--gateway"),
    SDK_OPTION,
    Option("--known-failing", "what is known to fail of an SDK; repeatable", "FILE", word,
           repeatable=True, about="--sdk"),
    RENEW,
    BASELINE,
)  # fmt: skip
#: What only the gate has, or pytest calls otherwise.
REPORT = Option("--report", "write the outcome here: JSON, JUnit XML, a summary", "DIR", path)
ANNOTATIONS = Option("--annotations", "annotate what is broken; without it in a job of GitHub",
                     choices=("github", "none"))  # fmt: skip
VERBOSE = Option("--verbose", "print every row of the ledger")


#: What judges a clause of what an option names: the file of the tests, and the test.
JUDGED_BY: Mapping[str, tuple[str, str]] = {
    "--gateway": ("contract_tests/test_live.py", "test_the_gateway_keeps_the_clause"),
    "--sdk": ("contract_tests/test_sdk.py", "test_the_sdk_keeps_the_clause"),
}


def all_words(given: Mapping[str, Any], without: Collection[str] = ()) -> list[str]:
    """Write options, given by their keys, as they stand on a command line.

    Some may be left out by their names, and with them what is about them.
    """
    kept = (o for o in OPTIONS if o.name not in without and o.about not in without)
    return [word for option in kept for word in option.words(given[option.key])]


def is_asked_for(clause_id: str, patterns: Iterable[str]) -> bool:
    """Whether `--clause` names a clause."""
    return any(fnmatchcase(clause_id, pattern) for pattern in patterns)


def judging_test(option: str, clause_id: str, sdk: str | None = None) -> str:
    """Return the id of the test that judges a clause of what an option names."""
    file, test = JUDGED_BY[option]
    return f"{file}::{test}[{clause_id if sdk is None else f'{clause_id}-{sdk}'}]"


def others_than(nodeid: str) -> set[str]:
    """Return what would be in vain beside one test: `--gateway` or `--sdk`, and what compares."""
    judged = JUDGED_BY.items()
    unread = {o for o, (file, t) in judged if f"::{t}[" not in nodeid and file not in nodeid}
    return {*unread, BASELINE.name, RENEW.name}


def misplaced(given: Mapping[str, Any]) -> str | None:
    """Say which option is of no use beside the others, by the options' keys; None if none is."""
    absent = {option.name for option in OPTIONS if not given[option.key]}
    if "--record" not in absent and not {"--gateway", "--sdk"} <= absent:
        return "--record records the sandbox: leave --gateway and --sdk out"
    for option in OPTIONS:
        if option.about in absent and any(option.words(given[option.key])):
            return f"{option.name} is about {option.about}: give that as well"
    return None
