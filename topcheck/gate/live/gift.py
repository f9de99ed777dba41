"""A finding as a person can use it: in words, and as files with a curl line that signs anew."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from topcheck.gate.hidden import Hidden
from topcheck.gate.live.asking import Asked
from topcheck.gate.live.evidence import Shown
from topcheck.gate.show import excerpt
from topcheck.gateway.client import TIMESTAMP
from topcheck.gateway.signing import SIGN, SIGN_METHOD

#: So much of a body is shown, in characters.
_BODY_SHOWN = 400

#: How a shell signs what it has in $text, by the method.
_SIGNING: Mapping[str, str] = {
    "md5": 'printf %s "$TOP_APP_SECRET$text$TOP_APP_SECRET" | openssl dgst -md5',
    "hmac": 'printf %s "$text" | openssl dgst -md5 -hmac "$TOP_APP_SECRET"',
    "hmac-sha256": 'printf %s "$text" | openssl dgst -sha256 -hmac "$TOP_APP_SECRET"',
}
#: What the shell has in variables, by the parameter; all else is written out.
_VARIABLES = {"app_key": "TOP_APP_KEY", "session": "TOP_SESSION", "timestamp": "timestamp"}


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
        "# environment, curl and openssl.",
        f"gateway=${{1:-{shlex.quote(url)}}}",
    ]
    return "\n".join([*head, *(line for asked in shown.asked for line in _curl(asked))]) + "\n"


def _curl(asked: Asked) -> Iterator[str]:
    request, probe = asked.exchange.request, asked.probe
    moved = f" -d '{probe.shift:+d} minutes'" if probe.shift else ""
    date = f"$(TZ='<GMT+8>-8' date{moved} '+{TIMESTAMP}')"
    yield f"timestamp={'$(date +%s000)' if probe.epoch else date}"
    signs = SIGN not in probe.edits
    if signs:
        late = set(probe.edits) if probe.unsigned else set()
        covered = sorted(pair for pair in request.parameters if pair[0] not in {SIGN, *late})
        yield "text=" + "".join(f"{name}{_word(name, value, asked)}" for name, value in covered)
        command = _SIGNING[request.value(SIGN_METHOD) or "md5"]
        yield f"sign=$({command} | awk '{{print toupper($NF)}}')"
    flag = {"GET": "--get --data-urlencode"}.get(request.verb, "--data-urlencode")
    flag = "--form-string" if request.multipart else flag
    values = {name: _word(name, value, asked) for name, value in request.parameters}
    if signs:
        values[SIGN] = '"$sign"'
    words = [f"{flag} {name}={value}" for name, value in values.items()]
    yield " \\\n  ".join(['curl --silent --show-error --include "$gateway"', *words])


def _word(name: str, value: str, asked: Asked) -> str:
    """Write a value for the shell: what is secret, or must be fresh, as a variable."""
    if name in _VARIABLES and name not in asked.probe.edits:
        return f'"${_VARIABLES[name]}"'
    return shlex.quote(value)


def as_files(shown: Shown, url: str, hidden: Hidden) -> dict[str, str | bytes]:
    """Write a finding as files: the script, and the answer as `topcheck check` can judge it."""
    name, last = shown.finding.clause.id, shown.asked[-1].read
    files: dict[str, str | bytes] = {f"{name}.sh": as_script(shown, url)}
    if last.body:  # its bytes stay as they came, but for what must not be shown
        files[f"{name}.{last.written}"] = hidden.out_of_bytes(last.body)
    return files
