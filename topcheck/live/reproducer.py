"""A finding as files: a script that asks again by curl and signs anew, and the answer."""

import shlex
from collections.abc import Iterator, Mapping

from topcheck.gateway.client import TIMESTAMP
from topcheck.gateway.signing import SIGN, SIGN_METHOD
from topcheck.judge.finding import Finding
from topcheck.live.evidence import LiveRun
from topcheck.live.probe import Probe
from topcheck.live.runner import ProbeResult

#: How a shell signs what it has in $text, by the method.
_SIGNING: Mapping[str, str] = {
    "md5": 'printf %s "$TOP_APP_SECRET$text$TOP_APP_SECRET" | openssl dgst -md5',
    "hmac": 'printf %s "$text" | openssl dgst -md5 -hmac "$TOP_APP_SECRET"',
    "hmac-sha256": 'printf %s "$text" | openssl dgst -sha256 -hmac "$TOP_APP_SECRET"',
}
#: What the shell has in variables, by the parameter; all else is written out.
_VARIABLES = {"app_key": "TOP_APP_KEY", "session": "TOP_SESSION", "timestamp": "timestamp",
              SIGN: "sign"}  # fmt: skip


def files_of(run: LiveRun) -> dict[str, str | bytes]:
    """Write the first finding of each broken clause: the script, and the answer for a check."""
    files: dict[str, str | bytes] = {}
    for clause in run.clauses:
        for finding in run.broken(clause.id)[:1]:
            files[f"{clause.id}.sh"] = script_of(run, finding)
            last = finding.exchanges[-1]
            response = last.response
            # a body stays as it came, but for what is secret: of a compressed one nothing is
            if response and response.body and response.coding is None:
                body = run.redactor.redacted_bytes(response.body)
                files[f"{clause.id}.{last.expected.format}"] = body
    return files


def script_of(run: LiveRun, finding: Finding) -> str:
    """Write the script that asks anew for what shows a finding."""
    results = [run.asked[id(exchange)] for exchange in finding.exchanges]
    head = [
        "#!/bin/sh",
        f"# Shows {finding.clause.id}: needs TOP_APP_KEY and TOP_APP_SECRET (and TOP_SESSION) in",
        "# the environment, curl (7.87 or newer) and openssl.",
        f"gateway=${{1:-{shlex.quote(run.gateway.url)}}}",
    ]
    return "\n".join([*head, *(line for result in results for line in _curl(result))]) + "\n"


def _curl(result: ProbeResult) -> Iterator[str]:
    signed, sent, probe = result.signed, result.exchange.request, result.probe
    yield f"timestamp={_moment(0 if probe.fresh else probe.shift, milliseconds=probe.epoch)}"
    if probe.fresh:
        yield f"earlier={_moment(probe.shift)}"
    if SIGN not in probe.after:
        covered = sorted(pair for pair in signed.parameters if pair[0] != SIGN)
        early = {"timestamp": '"$earlier"'} if probe.fresh else {}
        words = (f"{name}{early.get(name) or _word(name, value, probe)}" for name, value in covered)
        yield "text=" + "".join(words)
        command = _SIGNING[signed.value(SIGN_METHOD) or "md5"]
        yield f"sign=$({command} | awk '{{print toupper($NF)}}')"
    body = "--form-string" if sent.multipart else "--data-urlencode"
    placed = [*(("--url-query", pair) for pair in sent.query), *((body, p) for p in sent.form)]
    words = (f"{flag} {name}={_word(name, value, probe)}" for flag, (name, value) in placed)
    yield " \\\n  ".join(['curl --silent --show-error --include "$gateway"', *words])


def _moment(shift: int, *, milliseconds: bool = False) -> str:
    moved = f" -d '{shift:+d} minutes'" if shift else ""
    if milliseconds:
        return f"$(date{moved} +%s000)"
    return f"$(TZ='<GMT+8>-8' date{moved} '+{TIMESTAMP}')"


def _word(name: str, value: str, probe: Probe) -> str:
    """Write a value for the shell: what is secret, or must be fresh, as a variable."""
    literal = {*probe.edits, *probe.after}
    if name in _VARIABLES and name not in literal:
        return f'"${_VARIABLES[name]}"'
    return shlex.quote(value)
