"""What both readers give, taken apart: the nodes of a tree, and what is refused."""

import pytest

from topcheck.wire.tree import MessageError


def refusal(reader, text):
    """What a reader has against a text: clause, line, column and path."""
    with pytest.raises(MessageError) as caught:
        reader(text.encode())
    assert caught.value.reason
    return caught.value.clause, caught.value.line, caught.value.column, caught.value.path


def nodes(node):
    """The node itself and all below it, depth first."""
    yield node
    for child in node.children:
        yield from nodes(child)
