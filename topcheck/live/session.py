"""The gateway of one pytest run: its options, its summary, its report."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from topcheck.atomic import write_whole
from topcheck.contract.model import Severity
from topcheck.live import reproducer
from topcheck.live.connect import connect
from topcheck.live.evidence import Live
from topcheck.live.page_diff import drift, table
from topcheck.live.runner import MOST_LATE, Bounds
from topcheck.recorded import judged
from topcheck.report.folder import FINDINGS, GATEWAY
from topcheck.workspace import workspace

#: So many different values are counted by name.
_MOST_COUNTED = 40


def open_live(config: pytest.Config, environment: Mapping[str, str]) -> Live:
    """Ask the gateway that the options name. Raises GatewayError."""
    url, insecure = config.getoption("--gateway"), config.getoption("--insecure-http")
    latency = config.getoption("--latency-budget")
    fail_on = Severity.parse(config.getoption("--fail-on"))
    bounds = Bounds(
        requests=config.getoption("--max-requests"),
        rate=config.getoption("--rate"),
        latency=None if latency is None else latency / 1000,
        late=MOST_LATE if fail_on <= Severity.ADVISORY else sys.maxsize,  # or it would hide others
    )
    gateway = connect(url, environment, insecure=insecure)
    seed = str(config.getoption("--hypothesis-seed"))
    with gateway.client:
        return Live(gateway, bounds, int(seed) if seed.isdecimal() else 0, fail_on)


class LivePlugin:
    """Tells what a gateway was asked and what of it was wrong."""

    def __init__(self, config: pytest.Config, live: Live) -> None:
        self._config = config
        self._live = live
        self._url: str = config.getoption("--gateway")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how much was asked, what came, and what is wrong but does not fail."""
        redactor = self._live.redactor
        terminalreporter.section("topcheck gateway")
        for line in self._summary():
            terminalreporter.write_line(redactor.redacted(line))
        if self._config.getoption("--drift"):
            terminalreporter.section("topcheck drift")
            recorded = [judgement for _, judgement in judged()]
            answers = [asked.judgement for asked in self._live.asked]
            rows = table(drift(workspace().contract, recorded, answers))
            terminalreporter.write_line(redactor.redacted(rows))

    def _summary(self) -> Iterator[str]:
        live = self._live
        stopped = f", and no more: {live.stopped}" if live.stopped else ""
        yield f"{live.count} requests{stopped}"
        for what, counted in live.counts().items():
            words = [f"{count} {name}" for name, count in counted.most_common(_MOST_COUNTED)]
            more = len(counted) - len(words)
            yield f"  {what}: {', '.join(words)}{f' and {more} more' if more else ''}"
        fail_on = Severity.parse(self._config.getoption("--fail-on"))
        for clause in live.observed():
            if clause.severity < fail_on and (found := live.broken(clause.id)):
                finding = found[0].finding
                told = f"expected {finding.expected}, got {finding.actual}"
                yield f"  {clause.severity}: {clause.id}: {told}"

    def pytest_sessionfinish(self) -> None:
        """Write each finding as files, and all of them as JSON."""
        if not (folder := self._config.getoption("--topcheck-report")):
            return
        path, redactor = Path(folder), self._live.redactor
        files: dict[str, str | bytes] = {}
        for clause in self._live.observed():
            for shown in self._live.broken(clause.id)[:1]:
                files |= reproducer.as_files(shown, self._url, redactor)
        if files:
            write_whole(path / FINDINGS, files)
        data = redactor.redacted_data(self._as_data())
        write_whole(path, {GATEWAY: json.dumps(data, ensure_ascii=False, indent=2) + "\n"})

    def _as_data(self) -> dict[str, Any]:
        live = self._live
        findings = [
            {
                "clause": clause.id,
                "severity": str(clause.severity),
                "path": shown.finding.path,
                "expected": shown.finding.expected,
                "actual": shown.finding.actual,
                "times": len(live.broken(clause.id)),
            }
            for clause in live.observed()
            for shown in live.broken(clause.id)[:1]
        ]
        return {
            "gateway": self._url,
            "seed": str(self._config.getoption("--hypothesis-seed")),
            "requests": live.count,
            "stopped": live.stopped,
            "observed": {what: dict(counted) for what, counted in live.counts().items()},
            "findings": findings,
        }
