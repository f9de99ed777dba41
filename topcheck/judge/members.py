"""Which members an object may hold: documented ones, once each, each in its place.

Both formats go through here, so that both name the same clause.
"""

from __future__ import annotations

from collections.abc import Iterator

from topcheck.contract.clauses import homes
from topcheck.contract.field import Field
from topcheck.judge.finding import Notes, expected_words, shorten, shown
from topcheck.wire.tree import Kind, Node


class Members:
    """The members of one tree's objects."""

    def __init__(self, root: Field) -> None:
        self._homes = homes(root) if root.side == "response" else {}

    def of(
        self, node: Node, field: Field, path: str, notes: Notes
    ) -> Iterator[tuple[Field, Node, str]]:
        """Yield each documented member with its path; report and drop every other one."""
        seen: dict[str, int] = {}
        present = notes.look.present
        inside = f"{path}." if path else ""
        for child in node.children:
            member = field.fields.get(child.name)
            if member is None:
                place = f"{inside}{shorten(child.name)}"
                self._unknown(child, field, place, notes)
                if child.name in seen and child.kind is not Kind.ELEMENT:
                    _report_twice(child, place, notes)
                seen[child.name] = 1
            elif member.repeated and child.kind is Kind.ELEMENT:
                at = seen.get(child.name, 0)
                seen[child.name] = at + 1
                present.add(member.path)
                yield member, child, f"{inside}{child.name}[{at}]"
            elif child.name in seen:
                broken(notes, member, "unique", f"{inside}{child.name}", "again", child)
            else:
                seen[child.name] = 1
                present.add(member.path)
                yield member, child, f"{inside}{child.name}"

    def _unknown(self, child: Node, field: Field, path: str, notes: Notes) -> None:
        actual = f"a member {shorten(child.name)}: {shown(child)}"
        for home in self._homes.get(child.name, ()):
            parent = home.path.rpartition(".")[0] or "the root"
            notes.add(home.clause_id("place"), path, f"in {parent}", f"in {_where(field)}", child)
        if child.name not in self._homes:
            broken(notes, field, "known", path, actual, child)
        report_duplicates(child, path, notes)


def report_duplicates(node: Node, path: str, notes: Notes) -> None:
    """Report names that stand twice in an object the page does not know; in JSON only."""
    if node.kind is Kind.OBJECT:
        seen = set()
        for child in node.children:
            if child.name in seen:
                _report_twice(child, f"{path}.{shorten(child.name)}", notes)
            seen.add(child.name)
    for child in node.children:
        # a name may be as long as the body: written out below each member it would cost its square
        inner = path if node.kind is Kind.ARRAY else f"{path}.{shorten(child.name)}"
        report_duplicates(child, inner, notes)


def _report_twice(node: Node, path: str, notes: Notes) -> None:
    notes.add("wire.body.syntax", path, "each name once", "again", node)


def broken(
    notes: Notes, field: Field, fact: str, path: str, actual: str, node: Node | None
) -> None:
    """Report a fact of a field as broken."""
    notes.add(field.clause_id(fact), path, expected_words(field, fact), actual, node)


def _where(field: Field) -> str:
    return field.path or "the root"
