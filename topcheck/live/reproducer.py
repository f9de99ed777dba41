"""A finding as a person can use it: in words, and as files with a curl line that signs anew."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from topcheck.gateway.client import TIMESTAMP
from topcheck.gateway.signing import SIGN, SIGN_METHOD
from topcheck.live.findings import Shown
from topcheck.live.runner import Asked
from topcheck.report.text import excerpt
from topcheck.wire.redact import Redactor

#: So much of a body is shown, in characters.
_BODY_SHOWN = 400

#: How a shell signs what it has in $text, by the method.
_SIGNING: Mapping[str, str] = {
    "md5": 'printf %s "$TOP_APP_SECRET$text$TOP_APP_SECRET" | openssl dgst -md5',
    "hmac": 'printf %s "$text" | openssl dgst -md5 -hmac "$TOP_APP_SECRET"',
    "hmac-sha256": 'printf %s "$text" | openssl dgst -sha256 -hmac "$TOP_APP_SECRET"',
}
#: What the shell has in variables, by the parameter; all else is written out.
_VARIABLES = {"app_key": "TOP_APP_KEY", "session": "TOP_SESSION", "timestamp": "timestamp",
              SIGN: "sign"}  # fmt: skip


def in_words(shown: Shown, others: int) -> str:
    """Tell a finding: the clause, what was expected and found, requests, answer, why."""
    finding, last = shown.finding, shown.asked[-1]
    clause = finding.clause
    place = f" at {finding.line}:{finding.column}" if finding.line else ""
    lines = [
        f"{clause.id}  [{clause.severity}]",
        f"  at        {finding.path or '(the exchange)'}{place}",
        f"  expected  {finding.expected}",
        f"  actual    {finding.actual}",
        *(f"  request   {asked.exchange.request!r}" for asked in shown.asked),
        f"  answer    {_answer(last)}",
    ]
    if clause.quote:
        lines.append(f"  page:{clause.line:<4} {clause.quote}")
    if clause.why:
        lines.append(f"  rule      {clause.why}")
    return "\n".join([*lines, *([f"  and {others} more like it"] if others else [])])


def _answer(asked: Asked) -> str:
    response = asked.exchange.response
    if response is None:
        return f"none: {asked.exchange.failure}"
    text = excerpt(response.body, _BODY_SHOWN)
    return f"HTTP {response.status} {response.header('Content-Type') or ''} {text}"


def as_script(shown: Shown, url: str) -> str:
    """Write the requests of a finding as a shell script, with a signature of the moment."""
    clause = shown.finding.clause
    head = [
        "#!/bin/sh",
        f"# Shows {clause.id}: needs TOP_APP_KEY and TOP_APP_SECRET (and TOP_SESSION) in the",
        "# environment, curl (7.87 or newer) and openssl.",
        f"gateway=${{1:-{shlex.quote(url)}}}",
    ]
    return "\n".join([*head, *(line for asked in shown.asked for line in _curl(asked))]) + "\n"


def _curl(asked: Asked) -> Iterator[str]:
    signed, sent, probe = asked.signed, asked.exchange.request, asked.probe
    yield f"timestamp={_moment(0 if probe.fresh else probe.shift, milliseconds=probe.epoch)}"
    if probe.fresh:
        yield f"earlier={_moment(probe.shift)}"
    if SIGN not in probe.after:
        covered = sorted(pair for pair in signed.parameters if pair[0] != SIGN)
        early = {"timestamp": '"$earlier"'} if probe.fresh else {}
        words = (f"{name}{early.get(name) or _word(name, value, asked)}" for name, value in covered)
        yield "text=" + "".join(words)
        command = _SIGNING[signed.value(SIGN_METHOD) or "md5"]
        yield f"sign=$({command} | awk '{{print toupper($NF)}}')"
    body = "--form-string" if sent.multipart else "--data-urlencode"
    placed = [*(("--url-query", pair) for pair in sent.query), *((body, p) for p in sent.form)]
    words = (f"{flag} {name}={_word(name, value, asked)}" for flag, (name, value) in placed)
    yield " \\\n  ".join(['curl --silent --show-error --include "$gateway"', *words])


def _moment(shift: int, *, milliseconds: bool = False) -> str:
    """Write the time for the shell, moved by so many minutes."""
    moved = f" -d '{shift:+d} minutes'" if shift else ""
    if milliseconds:
        return f"$(date{moved} +%s000)"
    return f"$(TZ='<GMT+8>-8' date{moved} '+{TIMESTAMP}')"


def _word(name: str, value: str, asked: Asked) -> str:
    """Write a value for the shell: what is secret, or must be fresh, as a variable."""
    literal = {*asked.probe.edits, *asked.probe.after}
    if name in _VARIABLES and name not in literal:
        return f'"${_VARIABLES[name]}"'
    return shlex.quote(value)


def as_files(shown: Shown, url: str, redactor: Redactor) -> dict[str, str | bytes]:
    """Write a finding as files: the script, and the answer as `topcheck check` can judge it."""
    name, last = shown.finding.clause.id, shown.asked[-1].read
    files: dict[str, str | bytes] = {f"{name}.sh": as_script(shown, url)}
    if last.body and not last.compressed:  # its bytes stay as they came, but for what is secret
        files[f"{name}.{last.fmt}"] = redactor.redacted_bytes(last.body)
    return files
