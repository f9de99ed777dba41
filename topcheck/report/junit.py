"""`junit.xml`: a test suite a side, a test case a clause, as CI servers read it."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from topcheck.judge.ledger import BROKEN, HELD, SURPRISE
from topcheck.report.outcome import EXIT_CODES, ClauseState, Outcome, ReportedFinding, Side, broken
from topcheck.report.since import since_lines
from topcheck.report.wording import facts, middle_cut, one_line
from topcheck.system import plain

#: What XML has no place for, however it is written.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What an XML parser would make another character of, and what a runner that reads the file as it
#: is printed would take for a command: a reference stays what it is.
_COMMAND = re.compile(r"\r|(?:^|\n)\s*:|##\w*\[")
#: So much is told of a fact, in characters, of a failure in its message, in columns, and of names.
_MOST_TOLD, _MOST_COLUMNS, _MOST_CHANGES = 20_000, 300, 50


def as_junit(outcome: Outcome) -> str:
    """Write the outcome as JUnit XML.

    A clause that is broken, or passes though known to fail, is a failure, whatever it weighs; any
    other that is not held is skipped. Where no clause tells why the run does not pass, a suite of
    its own does: no reader may take it for green. It is as the xUnit plugin of Jenkins has it
    (junit-10.xsd), which knows properties of a suite, and of a case its output.
    """
    root = Element("testsuites", name=_legal(f"topcheck {outcome.method}"))
    for side in outcome.sides:
        suite = _suite(root, outcome, side.name, {"side": side.kind, "side verdict": side.verdict})
        for clause in side.clauses:
            _case(suite, side, clause)
    if EXIT_CODES[outcome.verdict] and not broken(outcome):
        case = SubElement(_suite(root, outcome, "topcheck", {}), "testcase",
                          classname="topcheck", name="verdict")  # fmt: skip
        _told(case, "error", outcome.verdict, "\n".join((*outcome.reasons, *outcome.not_run)))
    for suite in root:
        _count(suite)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, 0)) for suite in root)))
    indent(root)
    return _COMMAND.sub(_referred, tostring(root, "unicode", xml_declaration=True)) + "\n"


def _referred(found: re.Match[str]) -> str:
    return f"{found[0][:-1]}&#{ord(found[0][-1])};"


def _suite(root: Element, outcome: Outcome, name: str, about: dict[str, str]) -> Element:
    suite = SubElement(root, "testsuite", name=_legal(name), timestamp=_legal(outcome.at))
    since = ", ".join(map(str.strip, since_lines(outcome, _MOST_CHANGES)))
    told = {"method": outcome.method, "contract": outcome.contract, "seed": outcome.seed,
            "topcheck": outcome.topcheck, "verdict": outcome.verdict, "since": since}  # fmt: skip
    properties = SubElement(suite, "properties")
    for key, value in (told | about).items():
        if value:
            SubElement(properties, "property", name=key, value=_legal(value))
    return suite


def _case(suite: Element, side: Side, clause: ClauseState) -> None:
    case = SubElement(suite, "testcase", classname=_legal(side.name), name=_legal(clause.clause))
    why = ": ".join(filter(None, (clause.state, clause.reason)))
    if clause.state in (BROKEN, SURPRISE):
        for finding in clause.findings[:1]:
            told = f"expected {finding.expected} | actual {finding.actual}"
            why = f"{why}: {one_line(told, _MOST_COLUMNS)}"
        whole = ("\n".join(_facts(finding)) for finding in clause.findings)
        text = "\n\n".join(whole) or clause.reason or clause.state
        _told(case, "failure", why, text, str(clause.severity))
    elif clause.state != HELD:
        _told(case, "skipped", why)
    evidence = ", ".join(f"{kind}: {state}" for kind, state in clause.evidence.items())
    pairs = {"clause": clause.clause, "severity": str(clause.severity), "evidence": evidence}
    output = "\n".join(f"{name}: {value}" for name, value in pairs.items())
    SubElement(case, "system-out").text = _legal(output)


def _facts(finding: ReportedFinding) -> Iterator[str]:
    return (f"{name}: {middle_cut(text, _MOST_TOLD)}" for name, text in facts(finding))


def _told(case: Element, tag: str, message: str, text: str = "", kind: str = "") -> None:
    element = SubElement(case, tag, message=_legal(message))
    element.text = _legal(text) or None
    if kind:
        element.set("type", kind)


def _count(suite: Element) -> None:
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite.set("tests", str(len(suite.findall("testcase"))))
    for name, tag in tags.items():
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))


def _legal(text: str) -> str:
    """Take out the characters that XML forbids; an escape tells where one stood.

    Were there nothing, what stood around it might become a secret that nobody had written.
    """
    return _FORBIDDEN.sub(lambda found: plain(found[0]), text)
