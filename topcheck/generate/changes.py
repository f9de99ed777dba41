"""Small changes to a message, each of one thing: what the tables of `breaks` are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from topcheck.contract.clauses import limits
from topcheck.contract.field import Field
from topcheck.generate import trees
from topcheck.generate.trees import Spot
from topcheck.wire.tree import Kind, Node

JSON, XML, FORM = "json", "xml", "form"
BOTH = (JSON, XML)
ALL = (JSON, XML, FORM)


@dataclass(frozen=True, slots=True)
class BreakSite:
    """Where a break happens: a whole document, one field, and the place it stands at."""

    draw: DrawFn
    root: Field
    field: Field
    document: Node
    spot: Spot

    @property
    def node(self) -> Node:
        """The node of the field; of a list, its first item."""
        return self.spot.node

    def set(self, kind: Kind, text: str = "") -> None:
        """Put another scalar in the field's place."""
        self.spot.replace(Node(self.field.name, kind, text))


@dataclass(frozen=True, slots=True)
class Break:
    """One way to break a clause: its name, the formats that can say it, and the change itself.

    `needs` are the paths that must be there before.
    """

    name: str
    formats: tuple[str, ...]
    change: Callable[[BreakSite], None]
    needs: tuple[str, ...] = ()


def scalar(kind: Kind, *texts: str) -> Callable[[BreakSite], None]:
    """Put a scalar of another kind or text."""

    def change(site: BreakSite) -> None:
        site.set(kind, site.draw(st.sampled_from(texts)))

    return change


def members_for_text(site: BreakSite) -> None:
    """Put an object where a leaf belongs."""
    site.spot.replace(
        Node(site.field.name, Kind.OBJECT, children=[Node("inner", Kind.STRING, "1")])
    )


def mixed(site: BreakSite) -> None:
    """Put text between the members."""
    site.node.text = "text"


def array(site: BreakSite) -> None:
    """Put an empty array."""
    site.spot.replace(Node(site.field.name, Kind.ARRAY))


def bare_item(site: BreakSite) -> None:
    """Hand an item over without the array around it."""
    site.spot.parent.kind = site.node.kind
    site.spot.parent.text = site.node.text
    site.spot.parent.children = site.node.children


def beyond(limit: int, step: int) -> Callable[[BreakSite], None]:
    """Go past a limit, by one or by far."""

    def change(site: BreakSite) -> None:
        distance = site.draw(st.integers(1, 2**64))
        site.set(Kind.NUMBER, str(limit + step * distance))

    return change


def too_long(site: BreakSite) -> None:
    """Make a text one character longer than its limit."""
    site.set(Kind.STRING, "x" * (limits(site.field)["max_length"] + 1))


def too_many(site: BreakSite) -> None:
    """Make a list one item longer than its limit."""
    most = limits(site.field)["max_items"]
    site.spot.parent.children = [trees.copied(site.node) for _ in range(most + 1)]


def missing(site: BreakSite) -> None:
    """Take the member out."""
    site.spot.remove()


def twice(site: BreakSite) -> None:
    """Say the member again."""
    site.spot.parent.children.append(trees.copied(site.node))


def array_twice(site: BreakSite) -> None:
    """Say the array again, items and all."""
    holder = trees.spot(site.document, site.field.path.rpartition(".")[0])
    if holder is not None:
        holder.node.children.append(trees.copied(site.spot.parent))


def respelled(spell: Callable[[str], str]) -> Callable[[BreakSite], None]:
    """Spell the same value in another way."""

    def change(site: BreakSite) -> None:
        site.node.text = spell(site.node.text)

    return change


def copied_into(path: str) -> Callable[[BreakSite], None]:
    """Put a copy where the name does not belong."""

    def change(site: BreakSite) -> None:
        stray = trees.copied(site.node)
        into = trees.spot(site.document, path)
        if into is not None:
            into.node.children.append(stray)

    return change


def stranger(names: tuple[str, ...]) -> Callable[[BreakSite], None]:
    """Add a member that no page documents."""

    def change(site: BreakSite) -> None:
        stranger = Node(site.draw(st.sampled_from(names)), Kind.STRING, "new")
        at = site.draw(st.integers(0, len(site.node.children)))
        site.node.children.insert(at, stranger)

    return change


def attribute(site: BreakSite) -> None:
    """Add an attribute."""
    site.node.attributes = (("lang", "zh"),)


def instruction(site: BreakSite) -> None:
    """Add a processing instruction."""
    site.node.instructions = 1


def beside_root(site: BreakSite) -> None:
    """Add a member beside the root."""
    site.document.children.append(Node("trace", Kind.STRING, "1"))
