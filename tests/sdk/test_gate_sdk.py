"""`topcheck gate --sdk`: verdicts, known failures, reports, and the command that repeats.

What is about processes, and what is shown of a whole run, is run as a process. The rest is a gate
in this one, whose drivers are too, and so takes no time to wait.
"""

import contextlib
import datetime
import io
import json
import os
import re
import resource
import runpy
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from drivers.conformance import conformance
from tests.conformance_page import read_page
from tests.in_process import in_process
from tests.liar_matrix import ALL
from tests.liars import Reference
from tests.some_cases import row, some
from tests.workspace import WORKSPACE
from topcheck.cli import evidence
from topcheck.cli.main import main
from topcheck.contract.mistakes import MISTAKES
from topcheck.contract.sdk import SDK_RULES
from topcheck.judge import ledger
from topcheck.report.files import WRITERS
from topcheck.report.outcome import from_data
from topcheck.sdk import runner
from topcheck.sdk.cases.catalogue import sdk_cases
from topcheck.sdk.known_failing import Entry, read_known
from topcheck.sdk.manifest import read_sdk
from topcheck.sdk.worker import SECRETS

ROOT = Path(__file__).parents[2]
REFERENCE = "drivers/topcheck"
MEMORY = 960 * 1024 * 1024
TOPCHECK = [sys.executable, "-c", "from topcheck.cli.main import main; main()"]
#: The same with a case of each kind only, and with a long row of cases.
SOME = [sys.executable, "-m", "tests.some_cases"]
ROW = [*SOME, "--row"]


def liar(name):
    """Return the command of a liar."""
    return f"{{python}} -m tests.liars {name}"


def gate_process(*arguments, program=TOPCHECK, **options):
    """Run the gate as a process, and its drivers as others."""
    return subprocess.run(
        [*program, "gate", "--verbose", *arguments], cwd=ROOT, capture_output=True, text=True,
        check=False, **options,
    )  # fmt: skip


def repeated(found, program=TOPCHECK):
    """Run the command that a run prints for its first failure."""
    topcheck, *words = shlex.split(found.stdout.rstrip().splitlines()[-1])
    assert topcheck == "topcheck"
    return subprocess.run([*program, *words], cwd=ROOT, capture_output=True, text=True,
                          check=False)  # fmt: skip


def headed(clause, state):
    """Return how the account of a clause begins."""
    return f"{clause}  [violation] {state}: "


def driver_of(sdk):
    """Return the driver that a command runs: a liar, or the last class of a file; else None."""
    name = sdk.command[-1]
    if name in ALL:
        return ALL[name]()
    if not name.endswith(".py"):
        return None
    found = runpy.run_path(str(sdk.folder / name)).values()
    return [value for value in found if isinstance(value, type) and hasattr(value, "call")][-1]()


def gate(*arguments, chosen=some):
    """Run the gate in this process, and those drivers that can be, in some cases."""
    out, err, command = io.StringIO(), io.StringIO(), ["topcheck", "gate", "--verbose", *arguments]
    with (
        contextlib.chdir(ROOT),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.dict(os.environ),
        mock.patch.object(sys, "argv", command),
        mock.patch.object(runner, "REAL", in_process(driver_of)),
        mock.patch.object(evidence, "sdk_cases", lambda workspace: chosen(sdk_cases(workspace))),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    code = ended.value.code
    return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def rounding(tmp_path_factory):
    """The gate's run over a liar that rounds, and the folder of its report."""
    folder = tmp_path_factory.mktemp("report")
    arguments = (f"--sdk={liar('RoundedAnswer')}", f"--report={folder}")
    return gate_process(*arguments, program=SOME), folder


def test_the_reference_may_ship():
    """The reference holds every clause, from its folder, and the exit code is 0."""
    found = gate_process(f"--sdk={REFERENCE}")
    assert found.returncode == 0, found.stdout
    assert f"topcheck may ship: {len(SDK_RULES)} held" in found.stdout
    assert found.stdout.rstrip().endswith("verdict: may ship")


def test_a_liar_may_not(rounding):
    """A broken clause is exit code 1, with request, answer, what was handed over and the page."""
    found, _ = rounding
    assert found.returncode == 1
    for said in (
        headed("sdk.response.big_integer", "broken"),
        "expected  9007199254740993\n",
        'actual    "9007199254740992"\n',  # of XML it hands over text
        "page:23   paid_fee Number 100",
        "request   POST /router/rest app_key=(secret)&method=alibaba.",
        "<paid_fee>9007199254740993</paid_fee>",
        "handed    a response: ",
        "verdict: may not ship",
    ):
        assert said in found.stdout


def test_the_report_holds_the_same(rounding):
    """The report has the state of each clause, and the facts of what is broken."""
    found, folder = rounding
    outcome = from_data(json.loads((folder / "outcome.json").read_text("utf-8")))
    (sdk,) = outcome.sides
    states = {row.clause: row.state for row in sdk.clauses}
    assert list(states) == list(SDK_RULES)
    assert [clause for clause, state in states.items() if state != "held"] == [
        "sdk.response.big_integer"
    ]
    row = next(row for row in sdk.clauses if row.findings)
    assert row.findings[0].expected == "9007199254740993"
    shown = row.findings[0].exchanges[-1]  # of a row of calls, up to the one that shows it
    assert "9007199254740993" in shown.answer.body
    assert shown.request.head.startswith("POST /router/rest HTTP/1.1\n")
    assert "Host: 127.0.0.1" in shown.request.head
    for name in WRITERS:
        assert "sdk.response.big_integer" in (folder / name).read_text("utf-8")
    page = conformance(outcome, SDK_RULES)
    (told,) = read_page(page)[0].sides
    assert {clause.clause: clause.state for clause in told.clauses} == states
    for text in (found.stdout, found.stderr, *(f.read_text("utf-8") for f in folder.iterdir())):
        assert not any(secret in text for secret in SECRETS)


def test_the_printed_command_repeats_just_that_failure(rounding):
    """The command under a failure runs the one test, and fails with the same words."""
    found, _ = rounding
    again = repeated(found)
    assert again.returncode == 1
    assert "1 failed" in again.stdout
    assert "topcheck may not ship: 1 broken\n" in again.stdout

    def facts(text):
        names = ("  case ", "  at ", "  expected ", "  actual ", "  page:")
        lines = (line for line in text.splitlines() if line.startswith(names))
        return list(dict.fromkeys(lines))  # a summary may say them again

    assert facts(again.stdout) == facts(found.stdout) != []


def test_what_only_a_row_of_calls_shows_is_repeated_by_a_row_of_calls():
    """A driver that ends by the number of its calls is told, and repeated, as just that."""
    found = gate(f"--sdk={liar('Worn')}", chosen=row)
    for run_of in (found, repeated(found, ROW)):
        assert run_of.returncode == 1
        assert set(re.findall(r"^(sdk\.\S+) .*\] broken: ", run_of.stdout, re.M)) == {
            "sdk.driver.protocol"
        }
        assert "at call 12; in a fresh copy the same call got through" in run_of.stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no-such-command", "it cannot be run: No such file or directory: no-such-command"),
        ("false", "false: its process ended with exit code 1"),
        ("yes", "yes: a line that"),
        ("tests", "tests/driver.toml: No such file or directory"),
        ("' ", "the command cannot be read: No closing quotation"),
        ("", "Invalid value for '--sdk': it is empty"),
    ],
    ids=["missing", "exit", "babble", "folder", "quotes", "empty"],
)
def test_a_broken_driver_is_one_line_and_undecided(command, said):
    """A driver that does not work decides nothing: one line, exit code 2."""
    found = gate(f"--sdk={command}")
    assert found.returncode == 2
    assert found.stderr.strip().count("\n") == 0
    assert said in found.stderr
    assert "Traceback" not in found.stdout + found.stderr


def test_a_broken_driver_does_not_stop_the_others(tmp_path):
    """The gate goes on with the next SDK; where nothing else is wrong it could not be decided."""
    found = gate("--sdk=false", f"--sdk={REFERENCE}", f"--report={tmp_path}")
    outcome = from_data(json.loads((tmp_path / "outcome.json").read_text()))
    told = {side.name: side for side in outcome.sides}
    assert told["topcheck"].verdict == "may ship"
    assert told["false"].verdict == "could not be decided"
    assert "its process ended" in told["false"].about["reason"]
    assert found.returncode == 2
    assert "topcheck may ship" in found.stdout
    assert "false could not be decided\n" in found.stdout
    assert "the driver is broken: false: its process ended" in found.stdout


def last_command(found):
    """Return the words of the command that a run ends with."""
    return shlex.split(found.stdout.rstrip().splitlines()[-1])


def test_a_failure_is_repeated_without_the_sdks_that_are_right(tmp_path):
    """Of two of one name that which failed is named, with its own list and no other's."""
    own = known(tmp_path, ("sdk.request.null", LATER), sdk="topcheck")
    sticky, rounds = (f"--sdk={liar(name)}" for name in ("Sticky", "RoundedAnswer"))
    asked = (f"--clause={ROUNDED}", "--clause=sdk.request.parameters")
    for given in ((rounds, sticky), (sticky, rounds)):
        found = gate(*given, own, *asked)
        for sdk, clause in zip((rounds, sticky), asked, strict=True):
            lists = [own] if sdk == given[0] else []
            again = shlex.join(["topcheck", "gate", sdk, *lists, clause])
            assert f"  repeat    {again}\n" in found.stdout
            assert (shlex.join(last_command(found)) == again) is (sdk == given[0])


def test_one_that_has_its_list_by_another_name_is_repeated_with_the_others(tmp_path):
    """Alone it would have another name than its list says."""
    rounds = f"--sdk={liar('RoundedAnswer')}"
    words = [f"--sdk={REFERENCE}", rounds, known(tmp_path, ("sdk.x", LATER), sdk="topcheck-2")]
    found = gate(*words, f"--clause={ROUNDED}")
    assert last_command(found) == ["topcheck", "gate", *words, f"--clause={ROUNDED}"]


def test_a_broken_driver_is_tried_by_the_command_that_is_printed(tmp_path):
    """Nothing failed that could be repeated; what does not work is tried alone."""
    found = gate(
        "--sdk=false --x", f"--sdk={REFERENCE}", f"--report={tmp_path}", f"--clause={ROUNDED}"
    )
    assert last_command(found) == ["topcheck", "driver", "smoke", "false --x"]
    assert "topcheck driver smoke &#39;false --x&#39;" in (tmp_path / "index.html").read_text()


def test_a_flood_takes_neither_the_gate_nor_its_memory():
    """A gigabyte without an end of line is read no further than a line may be long."""

    def bound():
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))

    found = gate_process(f"--sdk={liar('Flood')}", f"--sdk={REFERENCE}", program=SOME,
                         preexec_fn=bound)  # fmt: skip
    assert found.returncode == 1, found.stderr
    assert headed("sdk.driver.protocol", "broken") in found.stdout
    assert "more than 8388608 bytes" in found.stdout
    assert "topcheck-2 may ship" in found.stdout


# ------------------------------------------------------------------ known failures


def known(folder, *entries, sdk=None):
    """Write a list of known failures and return the option that names it."""
    lines = [f'sdk = "{sdk}"'] if sdk else []
    for clause, expires in entries:
        lines += ["[[known]]", f'clause = "{clause}"', 'reason = "JSON.parse makes doubles"',
                  f"expires = {expires}"]  # fmt: skip
    path = folder / "known.toml"
    path.write_text("\n".join(lines))
    return f"--known-failing={path}"


LATER, PAST = "2999-12-31", "2020-01-01"
ROUNDED = "sdk.response.big_integer"


def test_a_known_failure_lets_ship(tmp_path):
    """What is known to fail, and fails, is named with its reason and holds nobody up."""
    found = gate(f"--sdk={liar('RoundedAnswer')}", known(tmp_path, (ROUNDED, LATER)))
    assert found.returncode == 0, found.stdout
    assert f"{len(SDK_RULES) - 1} held, 1 known failing" in found.stdout
    assert "JSON.parse makes doubles (until 2999-12-31)" in found.stdout


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (("sdk.response.zero", LATER), headed("sdk.response.zero", "passes though known to fail")),
        (("sdk.response.nul", LATER), "sdk.response.nul matches no clause"),
        ((ROUNDED, PAST), f"{ROUNDED} expired on 2020-01-01"),
        (("sdk.response.*", LATER), "passes though known to fail"),
    ],
    ids=["surprise", "stale", "expired", "too-wide"],
)
def test_a_list_cannot_rot(tmp_path, entry, said):
    """A surprise pass, a pattern of nothing and an expired entry each fail."""
    entries = {(ROUNDED, LATER), entry} if entry[0] != ROUNDED else {entry}
    found = gate(f"--sdk={liar('RoundedAnswer')}", known(tmp_path, *sorted(entries)))
    assert found.returncode == 1
    assert said in found.stdout
    last = shlex.split(found.stdout.splitlines()[-1])  # though no finding is behind it
    assert last[:2] == ["topcheck", "gate"]
    assert {f"--sdk={liar('RoundedAnswer')}", f"--known-failing={tmp_path / 'known.toml'}"} <= {
        *last
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[known]]\nclause = 1", "an entry has clause, reason, expires, and nothing else"),
        ('[[known]]\nclause = "a"\nreason = ""\nexpires = 2999-01-01', "`reason` is a text"),
        ('[[known]]\nclause = "a"\nreason = "b"\nexpires = "soon"', "`expires` is a date"),
        ("[[unknown]]", "it holds `sdk` and [[known]] tables only"),
        ("[[", "not TOML"),
        ('sdk = "other"', "it is the list of other, and gated is topcheck"),
    ],
    ids=["members", "reason", "date", "tables", "toml", "whose"],
)
def test_a_list_with_a_mistake_is_refused(tmp_path, text, said):
    """A mistake in a list is one line and exit code 2."""
    path = tmp_path / "known.toml"
    path.write_text(text)
    found = gate(f"--sdk={REFERENCE}", f"--known-failing={path}")
    assert (found.returncode, found.stderr.strip().count("\n")) == (2, 0)
    assert said in found.stderr


def test_an_update_writes_what_fails_without_reasons(tmp_path):
    """A list that is not there yet is made; until it has its reasons it is refused."""
    path, first = tmp_path / "new.toml", f"--sdk={liar('RoundedAnswer')}"
    found = gate(first, f"--known-failing={path}", "--known-failing-update")
    assert (found.returncode, "--known-failing-update" in found.stdout) == (1, False)
    assert f"{path}: 1 known failure, 1 of them without a reason yet" in found.stderr
    (entry,) = read_known(path, renewing=True).entries
    later = datetime.date.today() + datetime.timedelta(days=90)
    assert (entry.clause, entry.reason, entry.expires) == (ROUNDED, "", later)
    again = gate(first, f"--known-failing={path}", "--known-failing-update")
    assert (again.returncode, read_known(path, renewing=True).entries) == (1, (entry,))
    other = ("--clause=sdk.wire.empty", "--known-failing-update")
    assert gate(first, f"--known-failing={path}", *other).returncode == 0
    assert read_known(path, renewing=True).entries == (entry,)
    refused = gate(first, f"--known-failing={path}")
    assert (refused.returncode, "`reason` is a text" in refused.stderr) == (2, True)
    path.write_text(path.read_text().replace('""', '"why"'))
    assert gate(first, f"--known-failing={path}").returncode == 0


def test_an_update_keeps_reasons_dates_and_what_was_not_asked(tmp_path):
    """What passes is taken out, of a pattern too; what this run did not judge stays as it was."""
    path = tmp_path / "known.toml"
    path.write_text('# ours\n# and theirs\n\n[[known]]\nclause = "sdk.response.*"\nreason = '
                    '"a \\"b\\" \\\\ \\u007f \\n 支付"\nexpires = 2999-12-31\n')  # fmt: skip
    known, today = read_known(path), datetime.date(2026, 12, 1)
    zero, wire, reason = "sdk.response.zero", "sdk.wire.empty", 'a "b" \\ \x7f \n 支付'
    kept = Entry("sdk.response.*", reason, datetime.date(2999, 12, 31))
    new = Entry(wire, "", datetime.date(2027, 3, 1))
    for states, expected in (
        ({}, [kept]),
        ({wire: ledger.HELD}, [kept]),
        ({ROUNDED: ledger.KNOWN_FAILING, zero: ledger.NOT_OBSERVED}, [kept]),
        ({ROUNDED: ledger.KNOWN_FAILING, zero: ledger.SURPRISE}, [replace(kept, clause=ROUNDED)]),
        ({zero: ledger.SURPRISE, wire: ledger.BROKEN}, [new]),
        ({wire: ledger.BROKEN}, [kept, new]),
    ):
        assert [*known.renewed(states, today)] == expected
        renewed = replace(known, path=tmp_path / "renewed.toml")
        renewed.path.write_text(path.read_text())
        renewed.write("mine", states, today)
        again = read_known(renewed.path, renewing=True)
        assert (again.sdk, [*again.entries]) == ("mine", expected)
        assert renewed.path.read_text().startswith("# ours\n# and theirs\nsdk")


def test_an_update_is_of_a_list():
    """An update without a list is a mistake of the command line."""
    found = gate(f"--sdk={REFERENCE}", "--known-failing-update")
    assert found.returncode == 2
    assert "--known-failing-update is about --known-failing" in found.stderr


def test_a_list_needs_an_sdk(tmp_path):
    """A list without an SDK is a mistake of the command line."""
    found = gate(known(tmp_path))
    assert found.returncode == 2
    assert "--known-failing is about --sdk" in found.stderr


# ------------------------------------------------------------------ what it can


PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
from driver import Reference, main
class Other(Reference):
{methods}
if __name__ == "__main__":
    main(Other())
"""
CAN = """
    def start(self, message):
        reply = super().start(message)
        reply["can"] = {can}
        return reply
"""
MODEL_ONLY = """
    def read(self, response, message):
        reply = super().read(response, message)
        for body in (reply.get("body") or {}).values():
            reply["body"] = (body.get("result") or {}).get("model")
        return reply
"""


def gate_other(folder, methods="", **can):
    """Gate a reference that does some things otherwise, and claims what it can, if it is said."""
    methods += CAN.format(can=can) if can else ""
    program = folder / "driver.py"
    program.write_text(PROGRAM.format(folder=str(ROOT / REFERENCE), methods=methods))
    return gate(f"--sdk={shlex.join(['{python}', str(program)])}")


def not_supported(found):
    """Return the clauses that a run names as not supported."""
    lines = [line.split(maxsplit=1) for line in found.stdout.splitlines()]
    return {words[0] for words in lines if words[1:] == ["not supported"]}


def test_what_an_sdk_cannot_do_is_named(tmp_path):
    """What a driver does not claim is not supported, by name, and no failure."""
    found = gate_other(tmp_path, formats=["json"], sign_methods=["md5"])
    assert found.returncode == 0, found.stdout
    assert not_supported(found) == {
        "sdk.request.sign_hmac", "sdk.request.sign_hmac_sha256", "sdk.request.session",
        "sdk.request.simplify", "sdk.response.comment", "sdk.response.simplify",
        "sdk.wire.entities",
    }  # fmt: skip
    assert "it has no format xml, session, sign_method hmac, sign_method hmac-sha256, simplify" in (
        found.stdout
    )


def test_an_sdk_that_hands_over_the_model_only_is_judged_by_that(tmp_path):
    """What lies above what the SDK hands over is not observed, and breaks nothing."""
    can = {"formats": ["json", "xml"], "sign_methods": ["md5", "hmac", "hmac-sha256"]}
    found = gate_other(tmp_path, MODEL_ONLY, **can, session=True)
    assert found.returncode == 0, found.stdout
    assert re.search(r"^sdk.response.not_success +not observed$", found.stdout, re.M)
    assert re.search(r"^sdk.response.status +held$", found.stdout, re.M)


def test_an_sdk_that_reads_xml_only_is_judged_on_all_that_it_sends(tmp_path):
    """What is sent does not hang on the format: only what JSON alone has is not supported."""
    found = gate_other(tmp_path, formats=["xml"], sign_methods=["md5"], session=True)
    assert found.returncode == 0, found.stdout
    assert not_supported(found) == {
        "sdk.request.sign_hmac", "sdk.request.sign_hmac_sha256",
        "sdk.request.simplify", "sdk.response.type", "sdk.response.simplify",
    }  # fmt: skip


FAILING = """
    def read(self, response, message):
        reply = super().read(response, message)
        broken = {"outcome": "failure", "kind": "client", "message": "x"}
        return broken if reply["outcome"] == "response" else reply
"""


def test_an_sdk_that_fails_on_every_answer_may_not_ship(tmp_path):
    """Where no answer is ever handed over, that is told, and nothing is held that was not seen."""
    found = gate_other(tmp_path, FAILING)
    assert found.returncode == 1
    assert "Traceback" not in found.stdout
    assert "topcheck may not ship: " in found.stdout
    assert re.search(r"^sdk\.response\.member +broken$", found.stdout, re.M)
    assert re.search(r"^sdk\.response\.type +not observed$", found.stdout, re.M)


def test_what_a_broken_protocol_hides_is_not_held():
    """A case that came to naught leaves its clause unobserved, whatever its other cases say."""
    found = gate(f"--sdk={liar('PlainWords')}")
    assert found.returncode == 1
    states = dict(re.findall(r"^(sdk\.\S+) +(held|broken|not observed)$", found.stdout, re.M))
    assert states["sdk.driver.protocol"] == "broken"
    assert states["sdk.wire.empty"] == "not observed"


@pytest.mark.parametrize("version", ["9.9", "1"], ids=["other", "part of it"])
def test_another_version_than_the_manifests_is_not_gated(tmp_path, version):
    """A release is gated as what it says it is: a manifest of another version is a mistake."""
    text = (ROOT / REFERENCE / "driver.toml").read_text().replace('"0.1.0"', f'"{version}"')
    (tmp_path / "driver.toml").write_text(text)
    (tmp_path / "driver.py").write_text((ROOT / REFERENCE / "driver.py").read_text())
    found = gate(f"--sdk={tmp_path}")
    assert found.returncode == 2
    assert f"its driver.toml says version {version}, and it says 0.1.0" in found.stderr


def test_one_clause_costs_no_more_than_its_cases():
    """Who asks for one clause starts one copy for its few cases, beside that of the first call."""
    found = gate(f"--sdk={REFERENCE}", "--clause=sdk.response.zero")
    assert found.returncode == 0
    assert "topcheck these clauses hold: 1 held" in found.stdout
    made = []

    def reference(_sdk):
        made.append(Reference())
        return made[-1]

    runtime, cases = in_process(reference), sdk_cases(WORKSPACE)
    seen = runner.smoke(read_sdk(REFERENCE), cases, runtime)
    runner.gather(seen, cases, {"sdk.response.zero"}, runtime)
    assert set(seen.verdicts) == {"sdk.response.zero", "sdk.driver.protocol"}
    assert len(made) == 2


# ------------------------------------------------------------------ what it signs, and advice


def actual_of(found, clause):
    """Return what a run says was actually found under a clause."""
    told = found.stdout.split(f"{clause}  [violation] broken", 1)[1]
    return re.search(r"^  actual    (.+)$", told, re.M)[1]


def why(id_):
    """Return what `topcheck diagnose` says of a mistake."""
    return f"{id_}: {MISTAKES[id_]}"


LOWER = f"hexadecimal in lower case ({why('sign.lower_case')})"


@pytest.mark.parametrize(
    ("name", "clause", "actual"),
    [
        ("LowerCaseAlways", "sdk.request.sign_md5", LOWER),
        ("LowerCaseHmac", "sdk.request.sign_hmac", LOWER),
        ("MixedCase", "sdk.request.sign_md5", LOWER),
        ("UnnamedMd5", "sdk.request.sign_hmac", "that of md5"),
        ("UnnamedMd5", "sdk.request.envelope", "nothing"),
        ("AlwaysMd5", "sdk.request.sign_hmac_sha256", "that of md5"),
        ("AlwaysMd5", "sdk.request.envelope", "md5"),
        ("Md5AsHmac", "sdk.request.sign_hmac", f"that of md5 ({why('sign.other_method')} (md5))"),
        ("OwnName", "sdk.request.envelope", f"top-md5 ({why('invalid.sign_method')} (top-md5))"),
        ("OldVersion", "sdk.request.envelope", f"1.0 ({why('invalid.v')} (1.0))"),
        ("WrongSecret", "sdk.request.sign_md5", f"another one ({why('sign.secret')})"),
        (
            "UnsignedSession",
            "sdk.request.session",
            f"one over all the others ({why('sign.parameter_left_out')} (session))",
        ),
        ("LatinHmac", "sdk.request.encoding", f"another one ({why('sign.charset')} (latin-1))"),
        (
            "UnsignedValue",
            "sdk.request.encoding",
            f"another one ({why('sign.parameter_changed')} "
            "(checkout_id: what is not ASCII left out))",
        ),
        ("AsksAfterNo", "sdk.retry.safe", "2 requests"),
    ],
)
def test_what_is_wrong_is_said(name, clause, actual):
    """The words name the mistake where it is a usual one."""
    found = gate(f"--sdk={liar(name)}", chosen=lambda cases: some(cases, {clause}))
    assert actual_of(found, clause) == actual


UNNAMED = """
    def request(self, message):
        from topcheck.gateway.client import signed
        request = super().request(message).edited(sign_method=None)
        return signed(request, self.caller.app_secret)
"""


def test_md5_without_its_name_is_a_right_signature(tmp_path):
    """Who signs by MD5, was told so and does not say it, breaks the envelope, and nothing else."""
    can = {"formats": ["json", "xml"], "sign_methods": ["md5"], "simplify": True, "session": True}
    found = gate_other(tmp_path, UNNAMED, **can)
    states = dict(re.findall(r"^(sdk\.\S+) +(held|broken)$", found.stdout, re.M))
    assert [clause for clause, state in states.items() if state == "broken"] == [
        "sdk.request.envelope"
    ]
    assert states["sdk.request.sign_md5"] == "held"


def test_a_session_in_the_query_is_advice(tmp_path):
    """It is told in every report, breaks nothing, and the exit code is 0."""
    found = gate(f"--sdk={liar('SessionInUrl')}", f"--report={tmp_path}")
    assert found.returncode == 0, found.stdout
    (side,) = from_data(json.loads((tmp_path / "outcome.json").read_text())).sides
    (advice,) = side.advice
    assert "session" in advice
    assert f"advice: {advice}" in found.stdout
    assert "advice: the session travels in the query" in (tmp_path / "summary.md").read_text()
    assert {row.state for row in side.clauses} == {"held"}


def test_who_sends_a_session_in_the_body_gets_no_advice(tmp_path):
    """The reference has nothing to be told."""
    gate(f"--sdk={REFERENCE}", f"--report={tmp_path}")
    (side,) = from_data(json.loads((tmp_path / "outcome.json").read_text())).sides
    assert side.advice == ()


def test_a_lost_parameter_is_blamed_once():
    """What is lost in the plain call already says nothing of its encoding: that is not observed."""
    found = gate(f"--sdk={liar('LostParameter')}")
    states = dict(re.findall(r"^(sdk\.\S+) +(held|broken|not observed)$", found.stdout, re.M))
    assert [clause for clause, state in states.items() if state == "broken"] == [
        "sdk.request.parameters"
    ]
    assert states["sdk.request.encoding"] == "not observed"
    assert states["sdk.request.big_integer"] == "held"  # that is about the other one
