"""`topcheck diagnose`: why TOP refuses a request that somebody kept, by the secret of its app."""

import contextlib
import datetime
import functools
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from topcheck.cli.options import BROKEN, OK
from topcheck.cli.workspaces import open_workspace
from topcheck.contract.contract import Contract
from topcheck.contract.protocol import REFUSED_PARAMETERS
from topcheck.gateway.diagnosis import Diagnosis, Known, diagnose
from topcheck.gateway.recorded_parts import UnreadableError, moment
from topcheck.gateway.request_text import MAX_REQUEST_BYTES, read_requests
from topcheck.gateway.signing import SIGN
from topcheck.report.theme import TEXT, tell
from topcheck.wire.exchange import PATH, Exchange, Request
from topcheck.workspace import WorkspaceError

STDIN = "-"
#: A parameter that only another family of gateways has.
_OTHERS = ("app_id", "sign_type", "AccessKeyId", "Signature", "SignatureMethod", "_aop_signature",
           "appid", "mch_id", "client_id", "360buy_param_json")  # fmt: skip
_ANYWAY = {"_aop_signature", "360buy_param_json"}  # beside an app_key too
#: What stands in place of a signature: signs that blot it out, a bracket, a word.
_MASKED = re.compile(
    r"[*xX.…•#_-]+|.*(\*{3}|…|\.{3}|•).*|\$.*|[(<[{%].*[])>}%]|[^a-z0-9]*((your|my|the)[^a-z0-9]*)?"
    r"(sign(ature)?|secret|redacted|masked|scrubbed|filtered|hidden|removed|omitted)[^a-z0-9]*",
    re.IGNORECASE,
)
_NO_CLOCK = "whether the timestamp was fresh is not judged: give --at"


def diagnose_file(
    name: str, at: str | None, output: str, environment: Mapping[str, str],
    contract: Contract | None = None,
) -> int:  # fmt: skip
    """Say what is wrong with each request of a file, or of standard input; return the exit code.

    With a contract it must be a request to that method. Raises ClickException, or OSError.
    """
    secret, clock = environment.get("TOP_APP_SECRET"), _clock(at)
    if not secret:
        raise click.ClickException("give TOP_APP_SECRET in the environment: it is what signs")
    app_key = environment.get("TOP_APP_KEY") or None
    try:
        asked = [one for one in read_requests(_read(name)) if one.request.parameters]
    except UnreadableError as error:
        raise click.ClickException(f"{name}: {error}") from None
    if not asked:
        raise click.ClickException(f"{name}: it has no parameters: there is nothing to sign")
    if len(asked) > 1:  # an archive holds all that a browser did
        asked = [one for one in asked if _is_to_top(one.request)] or asked[:1]
    for one in asked:
        _check(name, one.request)
    code, found_of = OK, functools.cache(_found)
    for number, one in enumerate(asked):
        known = Known.of(contract or found_of(one.request.value("method")), secret, app_key)
        found = diagnose(one.request, known, clock or one.at)
        where = f"{name}, request {number}" if len(asked) > 1 else name
        tell(_OUTPUTS[output](where, found, one, clock), output)
        code = max(code, BROKEN if found.why else OK)
    return code


def _found(method: str | None) -> Contract | None:
    """Return the contract of a method, None where the workspace found has none of it."""
    with contextlib.suppress(WorkspaceError):
        return open_workspace(None, method).contract if method else None
    return None


def _clock(at: str | None) -> datetime.datetime | None:
    clock = moment(at)
    if at is not None and clock is None:
        raise click.ClickException(f"--at {at} is no moment: write it as 2026-01-02T12:00:00+08:00")
    return clock


def _read(name: str) -> bytes:
    if name == STDIN:
        return sys.stdin.buffer.read(MAX_REQUEST_BYTES + 1)
    with Path(name).open("rb") as file:
        return file.read(MAX_REQUEST_BYTES + 1)


def _is_to_top(request: Request) -> bool:
    return request.path.endswith(PATH) or any(
        request.value(name) is not None for name in REFUSED_PARAMETERS
    )


def _check(name: str, request: Request) -> None:
    """Raise ClickException for what is not to be diagnosed: it would be told all wrong."""
    others = [other for other in _OTHERS if request.value(other) is not None]
    if others and (request.value("app_key") is None or set(others) & _ANYWAY):
        raise click.ClickException(f"{name}: it is a request to another gateway than TOP: "
                             f"it has {' and '.join(others)}")  # fmt: skip
    if _MASKED.fullmatch(request.value(SIGN) or ""):
        raise click.ClickException(
            f"{name}: its signature is masked: give the request as it was sent"
        )


def _as_text(where: str, found: Diagnosis, one: Exchange, clock: datetime.datetime | None) -> str:
    lines = [f"{where}: {'nothing is wrong with it' if not found.why else 'refused'}"]
    for reason in found.why:
        also = f" (or: {', '.join(reason.also)})" if reason.also else ""
        lines.append(f"  {reason.id}: {reason.text}{also}")
    lines.append(f"  to sign: {found.to_sign}")
    if (clock or one.at) is None:
        lines.append(f"  {_NO_CLOCK}")
    return "\n".join(lines)


def _as_json(where: str, found: Diagnosis, one: Exchange, clock: datetime.datetime | None) -> str:
    judged_at = clock or one.at
    data = {"request": where, "at": judged_at.isoformat() if judged_at else None, **asdict(found)}
    return json.dumps(data, ensure_ascii=False)


_OUTPUTS = {TEXT: _as_text, "json": _as_json}
OUTPUTS = (*_OUTPUTS,)
