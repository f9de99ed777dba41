"""`junit.xml`: a test suite a side, a test case a clause, as CI servers read it."""

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from topcheck.judge.ledger import BROKEN, HELD, SURPRISE
from topcheck.report.outcome import EXIT_CODES, ClauseState, Outcome, Side, broken
from topcheck.report.wording import facts, plain

#: What XML has no place for, however it is written.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(outcome: Outcome) -> str:
    """Write the outcome as JUnit XML.

    A clause that is broken, or passes though known to fail, is a failure, whatever it weighs; any
    other that is not held is skipped. Where no clause tells why the run does not pass, a suite of
    its own does: no reader may take it for green.
    """
    root = Element("testsuites", name=_legal(f"topcheck {outcome.method}"))
    for side in outcome.sides:
        suite = _suite(root, side.name, outcome.at)
        for clause in side.clauses:
            _case(suite, side, clause)
    if EXIT_CODES[outcome.verdict] and not broken(outcome):
        case = SubElement(_suite(root, "topcheck", outcome.at), "testcase",
                          classname="topcheck", name="verdict")  # fmt: skip
        _told(case, "error", outcome.verdict, "\n".join((*outcome.reasons, *outcome.not_run)))
    for suite in root:
        _count(suite)
    indent(root)
    return tostring(root, "unicode", xml_declaration=True).replace("\r", "&#13;") + "\n"


def _suite(root: Element, name: str, at: str) -> Element:
    return SubElement(root, "testsuite", name=_legal(name), timestamp=_legal(at))


def _case(suite: Element, side: Side, clause: ClauseState) -> None:
    case = SubElement(suite, "testcase", classname=_legal(side.name), name=_legal(clause.clause))
    properties = SubElement(case, "properties")
    evidence = ", ".join(f"{kind}: {state}" for kind, state in clause.evidence.items())
    pairs = {"clause": clause.clause, "severity": str(clause.severity), "evidence": evidence}
    for name, value in pairs.items():
        SubElement(properties, "property", name=name, value=_legal(value))
    if clause.state in (BROKEN, SURPRISE):
        told = ("\n".join(map(": ".join, facts(finding))) for finding in clause.findings)
        text = "\n\n".join(told) or clause.reason or clause.state
        _told(case, "failure", clause.state, text, str(clause.severity))
    elif clause.state != HELD:
        _told(case, "skipped", ": ".join(filter(None, (clause.state, clause.reason))))


def _told(case: Element, tag: str, message: str, text: str = "", kind: str = "") -> None:
    element = SubElement(case, tag, message=_legal(message))
    element.text = _legal(text) or None
    if kind:
        element.set("type", kind)


def _count(suite: Element) -> None:
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    suite.set("tests", str(len(suite)))
    for name, tag in tags.items():
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))


def _legal(text: str) -> str:
    """Take out the characters that XML forbids; an escape tells where one stood.

    Were there nothing, what stood around it might become a secret that nobody had written.
    """
    return _FORBIDDEN.sub(lambda found: plain(found[0]), text)
