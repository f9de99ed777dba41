"""What comes of a request: what is not in order is refused, and what is in order is not."""

from collections.abc import Iterator, Mapping, Sequence

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Scalar
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

    def _refused(self, read: Judged, name: str) -> Iterator[Trial]:
        """That an order is not found says neither that a request was refused nor that it was taken.

        So an error counts only where it is about the request, or the order is found otherwise.
        """
        clause = self._contract.exchange_clause(name, "refused")
        if self.succeeded(read.judgement):
            yield broken(clause, "", "an error_response", "a success", read)
        elif read.judgement.side and (read.expected.found or refuses(read.judgement.values)):
            yield kept(clause)

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
        if accepted and refusal(error):
            yield broken(accepted, "", *words, read)
        elif sign and error.get("code") in protocol.SIGNATURE_CODES and _signable(expected):
            yield broken(sign, "", *words, read)

    def _answered_otherwise(self, reads: Sequence[Judged]) -> Iterator[Trial]:
        """What is found when it is asked plainly is found in each documented way: twice is sure."""
        if len(reads) < 2 or any(self.succeeded(read.judgement) for read in reads):
            return
        words = words_of(reads[-1].judgement.values)
        for clause_id in {read.expected.accepted for read in reads if read.expected.found}:
            clause = self._contract.by_id[str(clause_id)]
            yield broken(clause, "", "a success, as the plain call", words, *reads)


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


def words_of(values: Mapping[str, Scalar]) -> str:
    """Say how an error names itself."""
    words = (str(values[name]) for name in ("code", "msg", "sub_code") if name in values)
    return " ".join(words) or "no success"
