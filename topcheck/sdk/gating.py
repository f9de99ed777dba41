"""The SDKs of one run: smoked at its start, gathered once, told at its end."""

import datetime
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from topcheck.contract.model import Severity
from topcheck.contract.sdk import SDK_RULES
from topcheck.judge import ledger
from topcheck.report.exchanges import MOST_WHOLE
from topcheck.report.outcome import SDK, UNDECIDED, ClauseState, Side, side_verdict
from topcheck.report.terminal import failure
from topcheck.sdk.case import SdkCases
from topcheck.sdk.copies import Say
from topcheck.sdk.driver import DriverError
from topcheck.sdk.known_failing import KnownFailures, read_known
from topcheck.sdk.manifest import SdkError, plain_name, read_sdk
from topcheck.sdk.runner import SdkEvidence, gather, smoke
from topcheck.sdk.worker import SECRETS
from topcheck.system import command_of
from topcheck.wire.redact import Redactor

#: What every clause of an SDK weighs.
SEVERITY = Severity.VIOLATION
#: Opens, by the name of an SDK, who is told how far gathering its evidence is.
Telling = Callable[[str], AbstractContextManager[Say]]
#: What is never shown, whoever put it there.
REDACTOR = Redactor(SECRETS)


def state_of(evidence: SdkEvidence, clause: str, again: str | None = None) -> ClauseState:
    """Tell the state of a clause. One broken case outweighs any number of held ones.

    `again` is the command that repeats what breaks it.
    """
    verdicts = evidence.verdicts.get(clause, [])
    found = [replace(finding, repeat=again) for finding in verdicts if finding]
    others = (replace(finding, exchanges=()) for finding in found[MOST_WHOLE:])
    findings = (*found[:MOST_WHOLE], *others)
    entry, reason = evidence.known.of(clause) if evidence.known else None, None
    if findings and entry:
        word, reason = ledger.KNOWN_FAILING, f"{entry.reason} (until {entry.expires})"
    elif findings:
        word = ledger.BROKEN
    elif clause in evidence.lacks and clause not in evidence.verdicts:
        lacks = ", ".join(sorted(evidence.lacks[clause]))
        word, reason = ledger.NOT_SUPPORTED, f"its driver says it has no {lacks}"
    elif not verdicts:
        word, reason = ledger.NOT_OBSERVED, evidence.untried.get(clause)
    else:
        word, reason = (ledger.SURPRISE, entry.reason) if entry else (ledger.HELD, None)
    return ClauseState(clause, SEVERITY, word, {SDK: word}, reason, findings)


@dataclass(slots=True)
class Sdks:
    """The SDKs of a run: evidence by name, or why there is none.

    `given` has by name how each was named on the command line. `telling` opens, by the name of an
    SDK, who is told how far it is while evidence is gathered.
    """

    cases: SdkCases
    telling: Telling
    given: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, SdkEvidence] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, set[str]] = field(default_factory=dict)
    _gathered: set[str] = field(default_factory=set)

    @property
    def names(self) -> list[str]:
        """The names of all, in their order."""
        return [*self.given]

    def alone(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return the options that name just this SDK, by their keys: its driver, and its list.

        Nothing where its list has the name that it has beside another of its name.
        """
        sdk, known = self.evidence[name], self.evidence[name].known
        if known and known.sdk and known.sdk != plain_name(sdk.called):
            return {}
        return {"sdk": (self.given[name],), "known_failing": (str(known.path),) if known else ()}

    def want(self, asked: Iterable[tuple[str, str]]) -> None:
        """Note which clauses of which SDKs this run asks for."""
        for name, clause in asked:
            self.wanted.setdefault(name, set()).add(clause)

    def gather(self, name: str) -> None:
        """Gather the evidence of an SDK, once, as far as it is asked for."""
        if name not in self._gathered:
            self._gathered.add(name)
            wanted = self.wanted.get(name, set(SDK_RULES))
            with self.telling(name) as say:
                gather(self.evidence[name], self.cases, wanted, say=say)

    def state(self, name: str, clause: str, again: str | None = None) -> ClauseState:
        """Return the state of a clause; `again` is the command that repeats what breaks it."""
        self.gather(name)
        return state_of(self.evidence[name], clause, again)

    def in_words(self, name: str, state: ClauseState) -> str:
        """Tell how an SDK stands to a clause: the first case whole, the others by name."""
        side = Side(name, SDK, self.evidence[name].about, "")
        return REDACTOR.redacted(failure(side, state, SDK_RULES[state.clause]))

    def rotten(self, name: str) -> list[str]:
        """Say what is wrong with the list of an SDK's known failures."""
        known = self.evidence[name].known
        return list(known.rotten(datetime.date.today())) if known else []

    def renew(self) -> Iterator[str]:
        """Write each list anew by what this run found, and say what it holds. Raises OSError."""
        for name, evidence in self.evidence.items():
            if evidence.known and name in self._gathered:
                asked = [clause for clause in SDK_RULES if clause in self.wanted.get(name, ())]
                states = {clause: self.state(name, clause).state for clause in asked}
                yield evidence.known.write(name, states, datetime.date.today())

    def sides(self, repeat: Callable[[str, str], str]) -> list[Side]:
        """Return the sides of the outcome: those that were gathered, and those that do not work.

        `repeat` makes the command that repeats a failure, of an SDK and a clause. Only what was
        asked for is told.
        """
        found = [self._side(name, repeat) for name in self.evidence if name in self._gathered]
        return found + [self._undecided(name, why) for name, why in self.broken.items()]

    def _undecided(self, name: str, why: str) -> Side:
        again = command_of(["topcheck", "driver", "smoke", self.given[name]])
        return Side(name, SDK, {"reason": why, "repeat": again}, UNDECIDED)

    def _side(self, name: str, repeat: Callable[[str, str], str]) -> Side:
        wanted = self.wanted.get(name, set(SDK_RULES))
        states = [self.state(name, c, repeat(name, c)) for c in SDK_RULES if c in wanted]
        verdict = side_verdict(
            states, SEVERITY, partial=len(wanted) < len(SDK_RULES), failed=self.rotten(name)
        )
        evidence = self.evidence[name]
        return Side(name, SDK, evidence.about, verdict, evidence.advice, tuple(states))


def open_sdks(
    given: Iterable[str], lists: Sequence[str], cases: SdkCases, telling: Telling,
    *, renewing: bool = False,
) -> Sdks:  # fmt: skip
    """Smoke every SDK and read the lists; gathering is told as `telling` says. Raises SdkError.

    A driver that does not work is kept with its reason; that none works is an SdkError. Lists that
    are to be written anew need not be there.
    """
    sdks = Sdks(cases, telling)
    for one in given:
        try:
            evidence = smoke(read_sdk(one), cases)
        except (DriverError, SdkError) as error:
            name = _unique(one, sdks.names)
            reason = str(error) if isinstance(error, SdkError) else f"{one}: {error}"
            sdks.broken[name] = REDACTOR.redacted(" ".join(reason.split()))
        else:
            name = _unique(evidence.name, sdks.names)
            evidence.name = name
            sdks.evidence[name] = evidence
        sdks.given[name] = one
    if not sdks.evidence:
        raise SdkError("the driver is broken: " + "; ".join(sdks.broken.values()))
    for path in lists:
        known = read_known(Path(path), renewing=renewing)
        evidence = sdks.evidence[_whose(known, sdks.evidence)]
        if evidence.known:
            raise SdkError(f"{path}: {evidence.name} has a list already, {evidence.known.path}")
        evidence.known = known
    return sdks


def _unique(name: str, taken: Sequence[str]) -> str:
    """Make a name that can stand in the id of a test, and is nobody else's."""
    plain = plain_name(name)
    numbered = (f"{plain}-{number}" for number in itertools.count(2))
    return next(one for one in itertools.chain([plain], numbered) if one not in taken)


def _whose(known: KnownFailures, evidence: Mapping[str, SdkEvidence]) -> str:
    if known.sdk is None and len(evidence) == 1:
        return next(iter(evidence))
    if known.sdk is None:
        raise SdkError(f'{known.path}: with several SDKs a list says whose it is: sdk = "name"')
    if known.sdk not in evidence:
        names = ", ".join(evidence)
        raise SdkError(f"{known.path}: it is the list of {known.sdk}, and gated is {names}")
    return known.sdk
