"""The judge of exchanges: each by itself, and what several show together."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Flow, Scalar
from topcheck.contract.protocol import REQUEST_ID
from topcheck.judge.evidence import Evidence, Judged, Trial, broken, gathered, kept
from topcheck.judge.finding import Judgement
from topcheck.judge.literals import amount, beyond_a_double, compared, spelled, spells_the_double
from topcheck.judge.outcomes import OutcomeJudge
from topcheck.judge.response import ResponseJudge
from topcheck.judge.transport import looks
from topcheck.wire.exchange import Exchange
from topcheck.wire.tree import MessageError


class ExchangeJudge:
    """Judges exchanges: the body of one, and what several reads of one order show together."""

    def __init__(
        self, contract: Contract, response: ResponseJudge, flows: Sequence[Flow] = ()
    ) -> None:
        self._contract = contract
        self._response = response
        self._flows = flows
        self.outcomes = OutcomeJudge(contract)
        roots = contract.response, contract.error
        self._outside_lists = frozenset(f.path for root in roots for f in root.walk_once())

    def judge_body(self, exchange: Exchange) -> Judgement:
        """Judge the body of one exchange by what was asked for and declared."""
        response, expected = exchange.response, exchange.expected
        if response is None:
            return Judgement()
        try:
            body = response.content()
        except MessageError as error:
            return self._response.unreadable(error)
        return self._response.judge(body, expected.format, response.charset, expected.simplify)

    def judge(self, exchanges: Sequence[Exchange]) -> Evidence:
        """Judge the reads of one order, oldest first: bodies, what is around them, and together."""
        return self.judge_read([Judged(one, self.judge_body(one)) for one in exchanges])

    def judge_read(self, reads: Sequence[Judged]) -> Evidence:
        """Judge the same of reads whose bodies were judged already."""
        found = gathered(self._trials(reads))
        tried = found.tried.union(*(read.judgement.tried for read in reads))
        return replace(found, tried=tried)

    def course(self, earlier: Judged, later: Judged) -> Iterator[Trial]:
        """Compare two reads of one order in their order: what grows never shrinks, an end stays."""
        before, after = earlier.told, later.told
        for path in self._contract.accumulated:
            was, now = amount(before.get(path)), amount(after.get(path))
            if was is not None and now is not None:
                clause = self._contract.exchange_clause(path, "accumulates")
                words = f"at least {was}", str(now)
                yield broken(clause, path, *words, earlier, later) if now < was else kept(clause)
        for flow in self._flows:
            state, next_state = str(before.get(flow.path)), str(after.get(flow.path))
            if flow.knows(state) and flow.knows(next_state):
                clause = self._contract.exchange_clause(flow.path, "terminal")
                words = f"{state} or what follows it", next_state
                wrong = broken(clause, flow.path, *words, earlier, later)
                yield kept(clause) if flow.allows(state, next_state) else wrong

    def _trials(self, reads: Sequence[Judged]) -> Iterator[Trial]:
        plain = [read for read in reads if read.expected.refused is None]
        successes = [read for read in plain if read.judgement.side == "response"]
        for read in reads:
            yield from self._of_body(read)
            yield from self._of_transport(read)
        yield from self.outcomes.judge(reads)
        for read in successes:
            yield from self._echo(read)
            yield from self._repeated_elsewhere(read)
            yield from self._stated(read)
            yield from self._whose(read)
        for three in zip(plain, plain[1:], plain[2:], strict=False):
            yield from self._parity(*three, plain)
        for two in itertools.pairwise(successes):
            yield from self.course(*two)

    @staticmethod
    def _of_body(read: Judged) -> Iterator[Trial]:
        for finding in read.judgement.findings:
            yield Trial(finding.clause, replace(finding, exchanges=(read.exchange,)))

    def _of_transport(self, read: Judged) -> Iterator[Trial]:
        for clause_id, wrong, expected, actual in looks(read.exchange):
            clause = self._contract.by_id[clause_id]
            yield broken(clause, "", expected, actual, read) if wrong else kept(clause)

    def _echo(self, read: Judged) -> Iterator[Trial]:
        """Compare what was asked for with what repeats it by its name."""
        values = read.told
        for path, field in self._contract.echoes.items():
            asked, answered = read.expected.parameters.get(field.name, ""), values.get(path)
            if not asked.strip() or answered is None:
                continue  # what a blank one stands for is open
            asked = compared(field, asked)
            text, echo = (
                compared(field, spelled(answered)),
                self._contract.exchange_clause(path, "echo"),
            )
            found = self._contract.located.get(("exchange", path, "exact"))
            exact = found if beyond_a_double(asked) else None
            if text == asked:
                yield from (kept(clause) for clause in (echo, exact) if clause)
            else:
                rounded = exact if exact and spells_the_double(asked, text) else echo
                yield broken(rounded, path, asked, text, read)

    def _repeated_elsewhere(self, read: Judged) -> Iterator[Trial]:
        """Look for an id that is repeated nowhere by name, exactly or rounded, wherever it is."""
        echoed = {field.name for field in self._contract.echoes.values()}
        for name, asked in read.expected.parameters.items():
            clause = self._contract.located.get(("exchange", name, "exact"))
            if name in echoed or clause is None or not beyond_a_double(asked):
                continue
            for path, value in read.told.items():
                text = "" if path in self._contract.echoes else spelled(value)
                if text == asked:
                    yield kept(clause)
                elif spells_the_double(asked, text):
                    yield broken(clause, path, asked, text, read)

    def _whose(self, read: Judged) -> Iterator[Trial]:
        """Look whose other id is told where an order is asked for by one that is not repeated."""
        expected, values = read.expected, read.told
        for name, path in self._contract.unrepeated.items():
            asked, repeated = expected.parameters.get(name), self._contract.echoes[path].name
            owners: dict[str, list[str]] = {}
            for ids in expected.orders:
                owners.setdefault(ids.get(repeated, ""), []).append(ids.get(name, ""))
            others = any({asked, ""}.isdisjoint(names) for id_, names in owners.items() if id_)
            if len(expected.parameters) != 1 or asked is None or path not in values or not others:
                continue
            text, clause = spelled(values[path]), self._contract.exchange_clause(name, "echo")
            of = owners.get(text, [asked])
            words = f"that of {asked}", f"{text}, that of {of[0]}"
            wrong = {asked, ""}.isdisjoint(of)
            yield broken(clause, path, *words, read) if wrong else kept(clause)

    def _stated(self, read: Judged) -> Iterator[Trial]:
        values, expected = read.told, read.expected
        left_out = dict(expected.ids.items() - expected.parameters.items())
        for path, field in self._contract.echoes.items():
            meant = left_out.get(field.name)
            if meant is not None and spelled(values.get(path, meant)) != meant:
                return  # it is another order that was meant
        for path, stated in expected.stated.items():
            if path in values:
                clause, text = self._contract.exchange_clause(path, "echo"), spelled(values[path])
                yield kept(clause) if text == stated else broken(clause, path, stated, text, read)

    def _parity(
        self, first: Judged, other: Judged, again: Judged, plain: Sequence[Judged]
    ) -> Iterator[Trial]:
        """Compare J, X, J: an order may move between two reads, so both outer ones must agree."""
        three = first, other, again
        formats = [read.expected.format for read in three]
        alternate = formats[0] == formats[2] != formats[1]
        mine, theirs = _written(first), _written(other)
        clause, sure = self._contract.located.get(("exchange", "", "parity")), True
        if not clause or not alternate or not _comparable(three, plain) or mine != _written(again):
            return
        for path in dict.fromkeys([*mine, *theirs]):
            if path not in self._outside_lists or _alike(path, first, other):
                continue
            if not _one_format_is_sure(path, plain):
                sure = False
                continue
            expected = f"{_in_words(path, first)}, as in {formats[0]}"
            actual = f"{_in_words(path, other)}, in {formats[1]}"
            yield broken(clause, path, expected, actual, *three)
        if sure and first.judgement.side == "response":
            yield kept(clause)


def _written(read: Judged) -> Mapping[str, Scalar]:
    """Return what an answer tells, and the text of what could not be read."""
    values, written = read.told, read.judgement.look.written
    unread = written.keys() - values.keys() - {REQUEST_ID}
    return {**values, **{path: text for path, text in written.items() if text and path in unread}}


def _spellings(path: str, read: Judged) -> set[str | None]:
    """Return the value at a path in text, and as it was written; None where there is nothing."""
    value, text = read.told.get(path), read.judgement.look.written.get(path)
    return {text, text or None} if value is None else {spelled(value), text or spelled(value)}


def _alike(path: str, one: Judged, other: Judged) -> bool:
    """Whether the same stands in two answers, even where it is of its type in neither."""
    return not _spellings(path, one).isdisjoint(_spellings(path, other))


def _in_words(path: str, read: Judged) -> str:
    value = read.judgement.look.written.get(path) or read.told.get(path)
    return "nothing" if value is None else spelled(value)


def _comparable(three: Sequence[Judged], plain: Sequence[Judged]) -> bool:
    """Whether three reads tell stories that can be compared.

    What cannot be read tells none, and an error now and then is no story of one format: one format
    must answer with errors always, and the other never.
    """
    sides = [read.judgement.side for read in three]
    if None in sides or sides[0] == sides[1]:
        return None not in sides
    found: dict[str | None, list[str | None]] = {}
    for read in plain:
        found.setdefault(read.expected.format, []).append(read.judgement.side)
    return all(len(sides) > 1 and len(set(sides)) == 1 for sides in found.values())


def _one_format_is_sure(path: str, plain: Sequence[Judged]) -> bool:
    """Whether all reads of one of the formats tell the same: what differs anyhow shows nothing."""
    found: dict[str | None, set[Scalar | None]] = {}
    for read in plain:
        found.setdefault(read.expected.format, set()).add(_written(read).get(path))
    return any(len(values) == 1 for values in found.values())
