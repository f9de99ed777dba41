"""Print each ratio beside its bound; exit 1 if one is missed. Not collected by pytest."""

from __future__ import annotations

import gc
import itertools
import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from xmlschema import XMLSchema10

from tests.workspace import WORKSPACE
from topcheck.contract.json_schema import body_schema
from topcheck.contract.xsd import schema_text
from topcheck.gateway.embedded import embedded
from topcheck.generate.requests import covering
from topcheck.judge.response import ResponseJudge
from topcheck.live.evidence import judge_gateway
from topcheck.report.wording import drawn
from topcheck.sdk.case import CHINA
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.copies import opened
from topcheck.sdk.driver import REAL, Driver
from topcheck.sdk.manifest import Sdk
from topcheck.wire.write import write_json, write_xml
from topcheck.workspace import Workspace

ROUNDS, REPEATS, EXAMPLES = 15, 100, 500


def cpu_seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the CPU time of so many calls."""
    start = time.process_time()
    for _ in range(repeats):
        work()
    return time.process_time() - start


def ratio(
    ours: Callable[[], object], theirs: Callable[[], object], repeats: int = REPEATS
) -> float:
    """Return the median of ours over theirs, measured in turn so that a slow moment hits both."""
    ours(), theirs()
    gc.disable()
    rounds = [cpu_seconds(ours, repeats) / cpu_seconds(theirs, repeats) for _ in range(ROUNDS)]
    gc.enable()
    return statistics.median(rounds)


def drawing(strategy: st.SearchStrategy[object]) -> Callable[[], None]:
    """Return a run that draws many examples and does nothing with them."""

    @seed(0)
    @settings(max_examples=EXAMPLES, phases=[Phase.generate], database=None, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def draw(_value: object) -> None:
        pass

    return draw


def measure() -> list[tuple[str, float, str, bool]]:
    """Return what was measured, the bound, and whether it is kept."""
    subject = WORKSPACE
    contract = subject.contract
    schema_only = ResponseJudge(contract)
    all_layers = ResponseJudge(contract, subject.rules)
    in_json, in_xml = write_json(subject.sample), write_xml(subject.sample)
    validator = Draft202012Validator(body_schema(contract, "response"))
    xsd = XMLSchema10(schema_text(contract))

    def bare_json() -> None:
        list(validator.iter_errors(json.loads(in_json)))

    def bare_xml() -> None:
        list(xsd.iter_errors(ET.fromstring(in_xml)))  # noqa: S314 - our own sample

    at_most = [
        ("JSON, layers 1 to 4 / json.loads + jsonschema", schema_only, in_json, bare_json, 1.5),
        ("JSON, all layers / json.loads + jsonschema", all_layers, in_json, bare_json, 2.0),
        ("XML, layers 1 to 4 / ElementTree + xmlschema", schema_only, in_xml, bare_xml, 1.5),
        ("XML, all layers / ElementTree + xmlschema", all_layers, in_xml, bare_xml, 2.0),
    ]
    rows = []
    for name, judge, body, bare, bound in at_most:
        found = ratio(lambda judge=judge, body=body: judge.judge(body), bare)
        rows.append((name, found, f"at most {bound}", found <= bound))
    rows.append(_against_the_sandbox(subject))
    rows.append(_against_the_pipe())
    rows += _whole_run(subject)
    answers = drawing(subject.cases.kept("response").map(write_json))
    found = 1 / ratio(answers, drawing(st.integers()), 1)
    rows.append(("generated answers a second / integers()", found, "at least 0.2", found >= 0.2))
    return rows


def _against_the_sandbox(subject: Workspace) -> tuple[str, float, str, bool]:
    """Compare calls that are drawn, signed, sent and judged with bare calls of the same client."""
    with embedded(subject.contract, subject.default_orders()) as gateway:
        bare = gateway.prepare({})
        choices = itertools.cycle(list(covering(gateway.contract)))

        def judged() -> None:
            exchange = gateway.call(next(choices).values)
            subject.judges.response.judge(exchange.response.body, "json")

        found = 1 / ratio(judged, lambda: gateway.send(bare))
    return "calls judged / bare calls of the same client", found, "at least 0.4", found >= 0.4


def _whole_run(subject: Workspace) -> list[tuple[str, float, str, bool]]:
    """Compare a whole live run with a bare loop of the same client, and count its requests."""
    with embedded(subject.contract, subject.default_orders()) as gateway:
        bare = gateway.prepare({})
        count = judge_gateway(gateway, subject.judges).count

        def loop() -> None:
            for _ in range(count):
                gateway.send(bare)

        found = 1 / ratio(lambda: judge_gateway(gateway, subject.judges), loop, 1)
        start = time.perf_counter()
        judge_gateway(gateway, subject.judges)
        second = count / (time.perf_counter() - start)
    return [
        ("a live run, judged / bare loop of the same client", found, "at least 0.4", found >= 0.4),
        (f"requests a second of a live run ({count} in all)", second, "at least 300",
         second >= 300),
    ]  # fmt: skip


def _against_the_pipe() -> tuple[str, float, str, bool]:
    """Compare a case of the gate with the bare round trip over the pipe of the same driver.

    The driver answers at once and calls nobody, so that what is measured is the gate's own.
    """
    sdk = Sdk("bench", (sys.executable, "-c", ECHO), Path.cwd())
    cases = sdk_cases(WORKSPACE)
    case = next(case for case in cases.all("json") if case.clauses[0] == "sdk.response.member")
    driver = Driver.run(sdk.command, sdk.folder, "UTC")
    driver.start({"cmd": "start"})
    with opened(sdk, CHINA, cases, REAL) as worker:
        worker.start()

        def judged() -> None:
            case.judge([worker.call(call) for call in case.calls])

        found = ratio(judged, lambda: driver.call({"cmd": "call", "seq": 1}, lambda: math.inf))
    driver.kill()
    return "a case of the gate / bare round trip of a driver", found, "at most 3", found <= 3


#: A driver that answers every call with the same small success.
ECHO = """
import json, sys
can = {"formats": ["json", "xml"], "sign_methods": ["md5"]}
sdk = {"name": "echo", "version": "1", "language": "Python"}
for line in sys.stdin:
    message = json.loads(line)
    if message["cmd"] == "start":
        reply = {"ok": True, "protocol": 1, "sdk": sdk, "can": can}
    else:
        model = {"checkout_status": "PROCESSING"}
        reply = {"seq": message["seq"], "outcome": "response", "body": {"model": model}}
    print(json.dumps(reply), flush=True)
"""


def main() -> int:
    """Print the table."""
    rows = measure()
    shown = [
        (name, f"{found:.2f}", bound, "kept" if ok else "MISSED") for name, found, bound, ok in rows
    ]
    print(drawn(["CPU time", "ratio", "bound", ""], shown))
    return 0 if all(ok for *_, ok in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
