"""What comes of a request: what is not in order is refused, and what is in order is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.contract.inferred import Scalar
from topcheck.judge.finding import Finding, Judgement, by_id, shorten
from topcheck.judge.read import Read

#: A read with what its body says.
Told = tuple[Read, Judgement]


class OutcomeJudge:
    """Judges what came of requests."""

    def __init__(self, contract: Contract) -> None:
        self._clauses = by_id(contract.clauses)
        # a call that says so itself did not succeed, though it is no error_response
        self._flags = contract.outer_flags
        self._telling = contract.telling

    def succeeded(self, judgement: Judgement) -> bool:
        """Whether a body is no error, and does not say that the call failed."""
        failed = any(judgement.values.get(path) is False for path in self._flags)
        return judgement.side == "response" and not failed

    def tells(self, judgement: Judgement) -> bool:
        """Whether a body is a success that tells of an order, and not only of the call."""
        return self.succeeded(judgement) and not self._telling.isdisjoint(judgement.values)

    def judge(self, told: Sequence[Told]) -> Iterator[Finding]:
        """Report requests that were wrongly taken, and those that were wrongly refused."""
        plain = [one for one in told if one[0].wrong is None]
        for read, judgement in told:
            if read.wrong and self.succeeded(judgement):
                refused = f"exchange.{read.wrong}.refused"
                yield self._finding(refused, "an error_response", "a success")
        for read, judgement in plain:
            clause_id = self._refused_by(read, judgement.values)
            if clause_id and judgement.side == "error_response":
                yield self._finding(clause_id, "accepted", f"refused: {_words(judgement.values)}")
        yield from self._answered_otherwise([one for one in plain if one[0].right])

    def _finding(self, clause_id: str, expected: str, actual: str) -> Finding:
        return Finding(self._clauses[clause_id], "", expected, shorten(actual))

    def _refused_by(self, read: Read, error: Mapping[str, Scalar]) -> str | None:
        """Return the clause that an error breaks by what it says of a request in order.

        Any other outcome is legal.
        """
        left_out = read.right is not None and self._clauses[read.right].fact == "required"
        if read.right and (_says_missing if left_out else _refuses_the_form)(error):
            return read.right
        # what a blank value adds to the signature is open
        signable = all(value.strip() for value in read.asked.values())
        if error.get("code") in protocol.SIGNATURE_CODES and signable:
            return f"wire.sign.{read.sign_method.replace('-', '_')}"
        return None

    def _answered_otherwise(self, tried: Sequence[Told]) -> Iterator[Finding]:
        """What is found when it is asked plainly is found in each documented way: twice is sure."""
        right = {read.right for read, _ in tried if read.found}
        if len(tried) < 2 or any(self.succeeded(judgement) for _, judgement in tried):
            return
        words = _words(tried[-1][1].values)
        for clause_id in filter(None, right):
            yield self._finding(clause_id, "a success, as the plain call", words)


def _refuses_the_form(error: Mapping[str, Scalar]) -> bool:
    return error.get("code") in protocol.REFUSAL_CODES


def _says_missing(error: Mapping[str, Scalar]) -> bool:
    codes = protocol.MISSING_ARGUMENTS[0], protocol.INVALID_ARGUMENTS[0]
    sub_code = str(error.get("sub_code", ""))
    return error.get("code") in codes or sub_code.startswith(protocol.MISSING_PARAMETER)


def _words(values: Mapping[str, Scalar]) -> str:
    """Say how an error names itself."""
    words = (str(values[name]) for name in ("code", "msg", "sub_code") if name in values)
    return " ".join(words) or "no success"
