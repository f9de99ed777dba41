"""What is recorded: an exchange for each state and for each error worth having, in both formats."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from topcheck import __version__
from topcheck.cli.own_fault import in_one_line
from topcheck.cli.workspaces import about_workspace, open_workspace
from topcheck.contract import protocol
from topcheck.contract.contract import Contract
from topcheck.gateway.client import RequestOptions
from topcheck.gateway.embedded import Gateway, embedded
from topcheck.gateway.orders import LONG_ID, Order, ScriptedResponse
from topcheck.gateway.recording import (
    EMBEDDED,
    SUFFIX,
    RecordingError,
    read_recordings,
    write_recording,
)
from topcheck.generate import trees
from topcheck.generate.bodies import WRITERS
from topcheck.generate.requests import ids_of
from topcheck.report.outcome import EXIT_CODES, UNDECIDED
from topcheck.system import say
from topcheck.wire.exchange import Exchange
from topcheck.workspace import is_installed

#: Errors that the sandbox does not give of its own accord; `{parameter}` is one of the page.
ERRORS: Mapping[str, dict[str, Any]] = {
    "session": {"code": 27, "msg": "Invalid session", "sub_code": "session-expired"},
    "quota": {
        "code": 7,
        "msg": "App Call Limited",
        "sub_code": "accesscontrol.limited-by-api-access-count",
        "sub_msg": "This ban will last for 1 more seconds",
    },
    "isp-50": {"code": 50, "msg": "Remote service error", "sub_code": "isp.unknown-error"},
    "isp-15": {"code": 15, "msg": "Remote service error", "sub_code": "isp.remote-service-timeout"},
    "isv-15": {"code": 15, "msg": "Remote service error", "sub_code": "isv.order-not-exist"},
    "isv-530": {
        "code": 530,
        "msg": "Remote service error",
        "sub_code": "isv.invalid-parameter:{parameter}",
        "sub_msg": "订单不存在",
        "request_id": "z2dvadaluc5p",
    },
    "bare-15": {"code": 15, "msg": "Remote service error"},
    "sub-msg-alone": {"code": 50, "msg": "Remote service error", "sub_msg": "系统繁忙"},
}


def run_record(given: Mapping[str, Any]) -> int:
    """Record into a folder, else into the workspace's own; say what was done, return the code.

    `given` has the options of `cli.options` by their keys.
    """
    try:
        workspace = open_workspace(given["workspace"], given["method"], given["cassettes"])
        folder = workspace.cassettes
        if is_installed(folder):
            return _refused(f"{folder} is in the installed package: name a folder: --cassettes DIR")
        with embedded(workspace.contract, workspace.default_orders()) as gateway:
            paths = record_all(gateway, folder)
    except Exception as error:
        return _refused(in_one_line(error))
    for words in about_workspace(workspace):
        say(words, error=True)
    say(f"{len(paths)} recordings of the sandbox written to {folder}")
    return 0


def _refused(why: str) -> int:
    say(why, error=True)
    return EXIT_CODES[UNDECIDED]


def record_all(gateway: Gateway, folder: Path) -> list[Path]:
    """Record everything anew; what was so recorded before goes once all is there."""
    paths = []
    for name, exchange in _exchanges(gateway):
        path = folder / f"{name}{SUFFIX}"
        write_recording(path, exchange, gateway.contract, EMBEDDED, __version__)
        paths.append(path)
    for path in set(folder.glob(f"*{SUFFIX}")) - set(paths):
        if _is_ours(path):
            path.unlink()
    return paths


def _is_ours(path: Path) -> bool:
    """Whether a file was written here, and is nobody's own recording."""
    with contextlib.suppress(RecordingError):
        return all(recording.origin == EMBEDDED for recording in read_recordings(path))
    return False


def _exchanges(gateway: Gateway) -> Iterator[tuple[str, Exchange]]:
    states = [f.name for f in gateway.contract.model.fields.values() if f.enum]
    fields = gateway.contract.request.fields
    number = next((f for f in fields.values() if f.family == "integer"), None)
    orders = [order for order in gateway.orders.orders if LONG_ID not in order.ids.values()]
    for fmt in protocol.FORMATS:
        options = RequestOptions(format=fmt)
        for at, order in enumerate(orders, start=1):
            answer = order.answers[0]
            if isinstance(answer, dict) and len(order.answers) == 1:
                told = next((answer[name] for name in states if name in answer), f"order-{at}")
                yield f"{told.lower()}.{fmt}", gateway.call(order.ids, options)
        for name in protocol.REFUSED_PARAMETERS:
            yield f"missing-{name}.{fmt}", gateway.call_wrong(name, None, options)
        yield f"invalid-sign.{fmt}", gateway.call_wrong("sign", "0" * 32, options)
        if number:
            yield f"invalid-parameter.{fmt}", gateway.call({number.name: "x"}, options)
        if not fields:
            continue
        yield f"unknown-order.{fmt}", gateway.call(_asking(gateway.contract, "404"), options)
        for name, members in ERRORS.items():
            told = {k: v.replace("{parameter}", [*fields][-1]) if isinstance(v, str) else v
                    for k, v in members.items()}  # fmt: skip
            yield f"{name}.{fmt}", _scripted(gateway, told, options)


def _asking(contract: Contract, number: str) -> dict[str, str]:
    """Return parameters that ask by a number, and by no more than must be given."""
    fields = contract.request.fields.values()
    numbers = [field.name for field in fields if field.family == "integer"]
    alone = numbers and not any(field.required for field in fields)
    return {numbers[0]: number} if alone else ids_of(contract, number)


def _scripted(gateway: Gateway, members: Mapping[str, Any], options: RequestOptions) -> Exchange:
    fmt = options.format or protocol.DEFAULT_FORMAT
    body = WRITERS[fmt](trees.error(gateway.contract.error, members))
    headers = {"Content-Type": protocol.CONTENT_TYPES[fmt]}
    ids = _asking(gateway.contract, "500")
    order = Order(ids, [ScriptedResponse(headers=headers, body=body)])
    with gateway.knowing(order):
        return gateway.call(order.ids, options)
