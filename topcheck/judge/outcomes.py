"""What comes of a request: what is not in order is refused, and what is in order is not."""

from collections.abc import Iterator, Mapping, Sequence

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Scalar
from topcheck.contract.model import Clause
from topcheck.judge.evidence import Judged, Trial, broken, kept
from topcheck.judge.finding import Judgement
from topcheck.wire.exchange import Expectation


class OutcomeJudge:
    """Judges what came of requests."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def succeeded(self, judgement: Judgement) -> bool:
        """Whether a body is no error, and does not say itself that the call failed."""
        failed = any(judgement.values.get(path) is False for path in self._contract.outer_flags)
        return judgement.side == "response" and not failed

    def tells(self, judgement: Judgement) -> bool:
        """Whether a body is a success that tells of an order, and not only of the call.

        Where the page names nothing by which that is told, any success does.
        """
        telling = self._contract.telling
        silent = bool(telling) and telling.isdisjoint(judgement.values)
        return self.succeeded(judgement) and not silent

    def judge(self, reads: Sequence[Judged]) -> Iterator[Trial]:
        """Yield the trials of requests that were to be refused, and of those that were not."""
        plain = [read for read in reads if read.expected.refused is None]
        for read in reads:
            if read.expected.refused is not None:
                yield from self._refused(read, read.expected.refused)
        for read in plain:
            yield from self._accepted(read)
        yield from self._answered_otherwise([read for read in plain if read.expected.accepted])
        yield from self._alone([read for read in plain if read.expected.found])

    def _refused(self, read: Judged, name: str) -> Iterator[Trial]:
        """That an order is not found says neither that a request was refused nor that it was taken.

        So an error counts only where it is about the request, or the order is found otherwise.
        """
        by_name = self._contract.located.get(("exchange", name, "refused"))
        clause = by_name or self._contract.by_id["wire.refusal.format"]
        if self.succeeded(read.judgement):
            yield broken(clause, "", "an error_response", "a success", read)
        elif read.judgement.side and (read.expected.found or refuses(read.judgement.values)):
            yield kept(clause)
            yield from self._coded(read)

    def _coded(self, read: Judged) -> Iterator[Trial]:
        """Compare the code of a refusal with those of what is wrong."""
        error, codes = read.judgement.values, read.expected.codes
        code, clause = error.get("code"), self._contract.by_id["wire.refusal.code"]
        if codes and isinstance(code, int) and not _is_elsewhere(error):
            words = " or ".join(map(str, sorted(codes))), words_of(error)
            yield kept(clause) if code in codes else broken(clause, "", *words, read)

    def _accepted(self, read: Judged) -> Iterator[Trial]:
        expected, error = read.expected, read.judgement.values
        accepted = self._contract.by_id[expected.accepted] if expected.accepted else None
        method = (expected.sign_method or "").replace("-", "_")
        sign = self._contract.located.get(("wire", "sign", method))
        if self.tells(read.judgement):
            yield from (kept(clause) for clause in (accepted, sign) if clause)
        if read.judgement.side != "error_response":
            return
        refusal = _says_missing if accepted and accepted.fact == "required" else refuses
        words = "accepted", f"refused: {words_of(error)}"
        is_of_sign = error.get("code") in protocol.REFUSAL_CLASSES["sign"]
        if accepted and refusal(error):
            yield broken(accepted, "", *words, read)
        elif sign and is_of_sign and _signable(expected):
            yield broken(sign, "", *words, read)

    def _answered_otherwise(self, reads: Sequence[Judged]) -> Iterator[Trial]:
        """What is found when it is asked plainly is found in each documented way: twice is sure."""
        found = any(self.succeeded(read.judgement) for read in reads)
        reads = [read for read in reads if tells_of_asking(read)]
        if len(reads) < 2 or found:
            return
        words = words_of(reads[-1].judgement.values)
        ways = dict.fromkeys(read.expected.accepted for read in reads if read.expected.found)
        for clause_id in ways:
            clause = self._contract.by_id[str(clause_id)]
            if clause.fact != "required":  # that only some of the ids find an order is `alone`
                yield broken(clause, "", "a success, as the plain call", words, *reads)

    def _alone(self, reads: Sequence[Judged]) -> Iterator[Trial]:
        """What is found by all its ids is found by each of them: never, asked twice, is sure."""
        by_clause: dict[Clause, list[Judged]] = {}
        for read in reads:
            name = next(iter(read.expected.parameters), "")
            clause = self._contract.located.get(("exchange", name, "alone"))
            if clause and {name} == read.expected.parameters.keys() < read.expected.ids.keys():
                by_clause.setdefault(clause, []).append(read)
        for clause, asked in by_clause.items():
            if any(self.tells(read.judgement) for read in asked):
                yield kept(clause)
            elif len(asked) > 1 and all(map(finds_nothing, asked)):
                words = words_of(asked[-1].judgement.values)
                yield broken(clause, "", "a success, as by both ids", words, *asked)


def tells_of_asking(read: Judged) -> bool:
    """Whether an answer may be due to what was asked: it is one, and not that nobody had time."""
    return read.judgement.side is not None and not is_busy(read.judgement.values)


def finds_nothing(read: Judged) -> bool:
    """Whether an answer says that there is no such order, and not that something is missing."""
    return tells_of_asking(read) and not _says_missing(read.judgement.values)


def _signable(expected: Expectation) -> bool:
    """Whether it is settled what is signed: what a blank value adds is open."""
    return all(value.strip() for value in expected.parameters.values())


def refuses(error: Mapping[str, Scalar]) -> bool:
    """Whether an error is about the request."""
    return error.get("code") in protocol.REFUSAL_CODES


def _says_missing(error: Mapping[str, Scalar]) -> bool:
    codes = protocol.MISSING_ARGUMENTS[0], protocol.INVALID_ARGUMENTS[0]
    sub_code = str(error.get("sub_code", ""))
    return error.get("code") in codes or sub_code.startswith(protocol.MISSING_PARAMETER)


def is_busy(error: Mapping[str, Scalar]) -> bool:
    """Whether an error is about the platform, and not about what was asked."""
    codes = protocol.QUOTA_CODE, protocol.BUSY_CODE
    return error.get("code") in codes or str(error.get("sub_code", "")).startswith("isp.")


def _is_elsewhere(error: Mapping[str, Scalar]) -> bool:
    """Whether an error tells nothing of what is wrong with a request's form."""
    return error.get("code") in protocol.OTHER_CODES or is_busy(error)


def words_of(values: Mapping[str, Scalar]) -> str:
    """Say how an error names itself."""
    words = (str(values[name]) for name in ("code", "msg", "sub_code") if name in values)
    return " ".join(words) or "no success"
