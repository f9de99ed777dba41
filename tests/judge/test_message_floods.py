"""Bodies that are small on the wire and large in memory, or cheap to send and dear to read."""

import resource
import subprocess
import sys

import pytest

from topcheck.wire.json_reader import read_json
from topcheck.wire.limits import MAX_BODY_BYTES, MAX_MEMBERS
from topcheck.wire.tree import MessageError
from topcheck.wire.xml_reader import read_xml

MEGABYTE = 2**20

#: Each is an expression for a body, and what comes of it.
FLOODS = {
    "attributes": ("b'<r ' + b' '.join(b'a%x=\"\"' % i for i in range(1500000)) + b'/>'", "limits"),
    "attributes in a long namespace": (
        "b'<r xmlns:p=\"' + b'u' * 2**23 + b'\" '"
        " + b' '.join(b'p:a%d=\"\"' % i for i in range(20000)) + b'/>'",
        "limits",
    ),
    "elements in a long namespace": (
        "b'<r xmlns=\"' + b'u' * 2**20 + b'\">'"
        " + b''.join(b'<a%d/>' % i for i in range(90000)) + b'</r>'",
        "limits",
    ),
    "declared prefixes": (
        "b'<r>' + b''.join(b'<a ' + b' '.join(b'xmlns:p%x=\"u\"' % (j * 9000 + i)"
        " for i in range(9000)) + b'/>' for j in range(90)) + b'</r>'",
        "limits",
    ),
    "tags that never end": ("b'<a>' + b'<a =' * 4000000 + b'</a>'", "syntax"),
    "half a declaration": ("b'<a>' + b'xmlns ' * 2700000 + b'</a>'", "read"),
    "line feeds before JSON": ("b'\\n' * (2**24 - 1) + b'1'", "read"),
    "carriage returns before JSON": ("b'\\r' * (2**24 - 1) + b'1'", "read"),
}
READ = """
from topcheck.wire.json_reader import read_json
from topcheck.wire.tree import MessageError
from topcheck.wire.xml_reader import read_xml
body = {body}
try:
    (read_xml if body.startswith(b"<") else read_json)(body)
    print("read")
except MessageError as error:
    print(error.clause.removeprefix("wire.body."))
"""


def _limit():
    resource.setrlimit(resource.RLIMIT_AS, (600 * MEGABYTE,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (4, 4))


@pytest.mark.parametrize(("body", "outcome"), FLOODS.values(), ids=FLOODS)
def test_a_flood_ends_soon_and_in_bounded_memory(body, outcome):
    """A hostile body is read or refused in seconds of CPU, whatever it would expand to."""
    done = subprocess.run(
        [sys.executable, "-c", READ.format(body=body)],
        capture_output=True,
        text=True,
        preexec_fn=_limit,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{outcome}\n"), done.stderr[-300:]


@pytest.mark.parametrize(
    "body",
    [
        f"<a>{'=' * (MAX_MEMBERS + 1)}</a>",
        f'<a b="{"=" * MAX_MEMBERS}"/>',
        f"<a><!-- {'=' * (MAX_MEMBERS + 1)} --></a>",
        f'<a xmlns="{"u" * 60}">{"<b/>" * (MAX_MEMBERS - 2)}</a>',
        f'<a b="{"v" * MEGABYTE}">{"<b/>" * 1000}</a>',
    ],
    ids=["text", "value", "comment", "namespace", "long value"],
)
def test_large_but_honest_bodies_are_read(body):
    """Signs of equality, long values and a namespace as such are no flood."""
    assert read_xml(body.encode()).root.children[0].name.endswith("a")


def test_attributes_count_as_members():
    """Elements, attributes and namespace declarations together are at most as many as members."""
    inside = '<b c="" xmlns:d="e"/>' * (MAX_MEMBERS // 3)
    read_xml(f"<a>{inside}</a>".encode())
    with pytest.raises(MessageError) as refused:
        read_xml(f"<a>{inside}<b/></a>".encode())
    assert refused.value.clause == "wire.body.limits"


def test_lines_are_counted_over_megabytes():
    """The line of a value is exact however many line ends stand before it."""
    node = read_json(b"\r\n" * (MAX_BODY_BYTES // 2 - 1) + b" 1").root
    assert (node.line, node.column) == (MAX_BODY_BYTES // 2, 2)
