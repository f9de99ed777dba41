"""Answers whose lists have several items, each unlike the others, and whose maps have members."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from topcheck.contract.field import Field
from topcheck.generate import trees
from topcheck.sdk.cases.parameters import is_free, plain
from topcheck.sdk.result import bare, served
from topcheck.wire.tree import Kind, Node

#: How many items the lists of an answer have, in turn, those within a list too. Of three the first,
#: the last, and their order can be lost, and one is a list as well.
_SIZES = ((3, 2, 1), (1, 3, 2))


def lists(root: Field, sample: Node) -> Iterator[tuple[str, Node, list[str]]]:
    """Yield the sample with another list or map: a name, the document, and the paths in it."""
    for field in root.walk_once():
        for sizes in {"list": _SIZES, "map": _SIZES[:1]}.get(field.family, ()):
            numbers, sizes_in_turn = itertools.count(1), itertools.cycle(sizes)
            node = _filled(field, numbers, sizes_in_turn)
            document = trees.copied(sample)
            home = trees.object_at(document, field.path.rpartition(".")[0])
            home.children[:] = [child for child in home.children if child.name != field.name]
            home.children.append(node)
            name = f"{field.path} with {sizes[0]} {'item' if sizes[0] == 1 else 'items'}"
            paths = dict.fromkeys(bare(place) for place in served(document).texts)
            yield name, document, [path for path in paths if path.startswith(f"{field.path}.")]


def _filled(field: Field, numbers: Iterator[int], sizes: Iterator[int]) -> Node:
    """Build what stands at a field, its numbers and texts unlike all others."""
    if field.family == "list":
        (item,) = field.fields.values()
        items = [_filled(item, numbers, sizes) for _ in range(next(sizes))]
        return Node(field.name, Kind.OBJECT, children=[Node(item.name, Kind.ARRAY, children=items)])
    if field.family == "map":
        pairs = ((f"key{n}", f"value {n}") for n in itertools.islice(numbers, 3))
        members = [Node(name, Kind.STRING, text) for name, text in pairs]
        return Node(field.name, Kind.OBJECT, children=members)
    if field.holds_members:
        members = [_filled(member, numbers, sizes) for member in field.fields.values()]
        return Node(field.name, Kind.OBJECT, children=members)
    number = next(numbers)
    if field.is_plain:
        return trees.scalar(field, f"item {number}, of a list" if is_free(field) else number)
    return trees.scalar(field, plain(replace(field, repeated=False), number))
