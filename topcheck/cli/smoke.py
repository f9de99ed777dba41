"""`topcheck driver smoke`: a driver message by message, to the first thing that is wrong."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import click

from topcheck.cli.options import BROKEN, OK
from topcheck.cli.request_log import LoggedGateway, in_words
from topcheck.gateway.sandbox import Settings
from topcheck.generate import trees
from topcheck.report.theme import show
from topcheck.report.wording import one_line, unescaped
from topcheck.sdk import driver
from topcheck.sdk.case import CHINA, Observation, told
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.cases.documents import written
from topcheck.sdk.copies import opened
from topcheck.sdk.driver import REAL, Babbled, Deaf, Driver, DriverError, NotRun, Silent
from topcheck.sdk.driver_protocol import INT
from topcheck.sdk.manifest import Sdk, read_sdk
from topcheck.sdk.runner import check_version, readable_format
from topcheck.sdk.scripted_gateway import Origins, ScriptedGateway
from topcheck.sdk.worker import CALLER, Worker
from topcheck.system import command_of
from topcheck.wire.exchange import PATH
from topcheck.workspace import Workspace

#: The error that a driver is told: no SDK asks again after it.
ERROR: Mapping[str, Any] = {"code": 15, "msg": "Remote service error", "sub_code": "isv.invalid"}
#: How long an SDK may wait for an answer, in milliseconds.
TIMEOUT = 5000
#: So many columns of a line are shown, and so many lines of a driver's log.
_SHOWN, _LOG = 400, 6


def run_smoke(given: str, workspace: Workspace, tell: Callable[[str], None] = show) -> int:
    """Play start, a call, an error and an end with a driver; return the exit code.

    Every line is told, and the first thing that is wrong with its mend. Raises SdkError, and
    ClickException for a driver that cannot be run.
    """
    sdk, cases = read_sdk(given), sdk_cases(workspace)
    play = Play(workspace, tell)
    runtime = replace(REAL, copy=play.copy, serve=play.serve)
    with opened(sdk, CHINA, cases, runtime) as worker:
        try:
            play.run(worker, sdk, cases.plain)
        except NotRun as error:
            before = f"; in its folder: {sdk.install}" if sdk.install else ""
            raise click.ClickException(f"{given}: {error}{before}") from None
        except DriverError as error:
            wrong = play.after_silence(error) if isinstance(error, Silent) else error
            log = play.driver.log()[-_LOG:]
            told = [f"wrong: {wrong}", f"mend:  {wrong.mend}" if wrong.mend else "",
                    *(f"log:   {line}" for line in log)]  # fmt: skip
            tell("\n".join(filter(None, told)))
            return BROKEN
    gate = command_of(["topcheck", "gate", f"--sdk={given}"])
    tell("it speaks the protocol: start, a call, an error, stop, and the end of its input; "
         f"next: {gate}")  # fmt: skip
    return OK


class Play:
    """What is said between a driver, its judge and its gateway, shown as it comes.

    `driver` is the copy that runs, `line` the last line that came of one, `asked` what its SDK
    asked of the gateway in the last call, each with what was answered, and why.
    """

    def __init__(self, workspace: Workspace, tell: Callable[[str], None]) -> None:
        self._workspace = workspace
        self._tell = tell
        self.driver: Driver
        self.line = b""
        self.asked: list[dict[str, Any]] = []

    def copy(self, sdk: Sdk, zone: str, secrets: Sequence[str]) -> Driver:
        """Run a copy whose lines are shown. Raises DriverError."""
        self.driver = Driver.run(sdk.command, sdk.folder, zone, secrets, self._show)
        return self.driver

    def serve(self, gateway: ScriptedGateway) -> AbstractContextManager[Origins]:
        """Serve a gateway whose requests are shown, each with why it is refused."""
        how = (Settings(CALLER), REAL.timing.now, self._show_asked)
        return driver.on_loopback(LoggedGateway(gateway, self._workspace, *how))

    def _show(self, direction: str, line: bytes) -> None:
        if direction == "←":
            self.line = line
        text = unescaped(line.decode("utf-8", "backslashreplace"))
        self._tell(f"{direction} {one_line(text, _SHOWN)}")

    def _show_asked(self, asked: str, record: dict[str, Any]) -> None:
        self.asked.append(record)
        self._tell("\n".join(f"  {line}" for line in in_words(asked, record).splitlines()))

    def run(self, worker: Worker, sdk: Sdk, plain: Callable[[str], Any]) -> None:
        """Play it. Raises DriverError at the first thing that is wrong."""
        started = worker.start()
        self._check_line()
        check_version(sdk, started)
        call = replace(plain(readable_format(started)), timeout=TIMEOUT)
        self._check_call(worker.call(call))
        error = written(trees.error(self._workspace.contract.error, ERROR))
        self._check_error(worker.call(replace(call, answers=(error,))))
        self.driver.stop(closed=False)
        worker.kill()
        worker.start()
        self._tell("→ (the end of its input)")
        self.driver.stop(told=False)

    def _check_line(self) -> None:
        """Raise DriverError for what a gate bears, though the protocol has it otherwise."""
        if self.line.endswith(b"\r"):
            mend = "end it with \\n alone, as Python does with newline='\\n'"
            raise Babbled("the line ends with \\r\\n", mend)
        message = json.loads(self.line)
        told = {name: message[name] for name in ("body", *ERROR) if name in message}
        found = next(_plain_integers(told), None)
        if found is not None:
            raise Babbled(f"the integer {found} is a plain number, which readers of JSON round",
                          f'write it as {{"{INT}":"{found}"}}')  # fmt: skip

    def _check_call(self, observation: Observation) -> None:
        self._check_line()
        if not self.asked:
            raise DriverError(
                f"the call did not reach the gateway; the driver tells {told(observation)}",
                "give the SDK `gateway`, a whole address, and let it make one call of `method`",
            )
        record = self.asked[0]
        if record["path"] != PATH:
            raise DriverError(f"the SDK asks {record['path']}, where nobody answers",
                              f"give it `gateway` as it is, with {PATH}")  # fmt: skip
        if why := record["why"]:
            ids, texts = (", ".join(one[part] for one in why) for part in ("id", "text"))
            raise DriverError(f"the request is not in order: {ids}", texts)
        if observation.reply.outcome != "response":
            raise DriverError(f"the gateway answered, and the driver tells {told(observation)}",
                              'reply "response" with what the SDK returned as "body"')  # fmt: skip

    def _check_error(self, observation: Observation) -> None:
        self._check_line()
        if observation.reply.outcome != "error_response":
            raise DriverError(
                f"the gateway answered with an error, and the driver tells {told(observation)}",
                'reply "error_response" with what the SDK gives of code, msg, sub_code, sub_msg, '
                "request_id, however it reports an error; if it hides it, that is the SDK's fault",
            )

    def after_silence(self, silent: DriverError) -> DriverError:
        """Say why a driver is silent: what comes once its input has ended was kept till then."""
        self._tell("→ (the end of its input)")
        try:
            self.driver.stop(told=False)
        except Deaf:
            return Silent(f"{silent}, nor did it end", "answer each line before you read on")
        except Babbled as error:
            return Silent(f"{silent}, but at the end of its input: {error}",
                          "write a \\n behind each message, and flush it at once")  # fmt: skip
        return Silent(str(silent), "answer each message, once the SDK has returned")


def _plain_integers(value: Any) -> Iterator[int]:
    """Yield each integer that is a number of JSON, at any depth."""
    if isinstance(value, int) and not isinstance(value, bool):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _plain_integers(inner)
