"""Which members an object may hold: documented ones, once each, each in its place.

Both formats go through here, so that both name the same clause.
"""

from collections.abc import Container, Iterator

from topcheck.contract.clauses import homes
from topcheck.contract.field import Field
from topcheck.judge.finding import Notes, shorten, shown
from topcheck.wire.exchange import SECRET
from topcheck.wire.redact import REDACTED
from topcheck.wire.tree import Kind, Node


class Members:
    """The members of one tree's objects."""

    def __init__(self, root: Field) -> None:
        self._homes = homes(root) if root.side == "response" else {}

    def of(
        self, node: Node, field: Field, path: str, notes: Notes
    ) -> Iterator[tuple[Field, Node, str]]:
        """Yield each documented member with its path; report and drop every other one."""
        if field.family == "map":  # any member is right; that one stands twice is told all the same
            _report_duplicates(node, path, notes)
            return
        seen: dict[str, int] = {}
        present, fields = notes.look.present, field.fields
        inside = f"{path}." if path else ""
        for child in node.children:
            name = child.name
            at = seen[name] = seen.get(name, -1) + 1
            member = fields.get(name)
            if member is None:
                place = f"{inside}{shorten(name)}"
                self._unknown(child, field, place, notes)
                if at and child.kind is not Kind.ELEMENT:
                    _report_twice(child, place, notes)
                continue
            place = inside + name
            if member.repeated and child.kind is Kind.ELEMENT:
                place = f"{place}[{at}]"
            elif at:
                notes.broken(member, "unique", place, "again", child)
                continue
            present.add(member.path)
            yield member, child, place

    def _unknown(self, child: Node, field: Field, path: str, notes: Notes) -> None:
        for home in self._homes.get(child.name, ()):
            right = home.path.rpartition(".")[0] or "the root"
            wrong = field.path or "the root"
            notes.add(home.clause_id("place"), path, f"in {right}", f"in {wrong}", child)
        if child.name not in self._homes:
            held = REDACTED if child.name in SECRET else shown(child)
            actual = f"a member {shorten(child.name)}: {held}"
            notes.broken(field, "known", path, actual, child)
        _report_duplicates(child, path, notes)


def report_missing(
    node: Node, field: Field, path: str, present: Container[str], notes: Notes
) -> None:
    """Report the required members that an object does not have."""
    for name, member in field.fields.items():
        if member.required and name not in present:
            notes.broken(member, "required", f"{path}.{name}" if path else name, "absent", node)


def _report_duplicates(node: Node, path: str, notes: Notes) -> None:
    """Report names that stand twice in an object the page does not know; in JSON only."""
    seen = set()
    for child in node.children:
        # a name may be as long as the body: written out below each member it would cost its square
        inner = path if node.kind is Kind.ARRAY else f"{path}.{shorten(child.name)}"
        if node.kind is Kind.OBJECT and child.name in seen:
            _report_twice(child, inner, notes)
        seen.add(child.name)
        _report_duplicates(child, inner, notes)


def _report_twice(node: Node, path: str, notes: Notes) -> None:
    notes.add("wire.body.syntax", path, "each name once", "again", node)
