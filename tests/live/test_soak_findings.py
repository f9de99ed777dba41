"""What the soak found: small bodies that are dear to judge. One test a finding."""

import resource
import subprocess
import sys

MEMORY = 600 * 1024 * 1024
CPU_SECONDS = 5
PROGRAM = """
from tests.workspace import WORKSPACE
root = WORKSPACE.contract.root.encode()
print(WORKSPACE.judges.response.judge({body}).verdict)
"""


def _limit():
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def outcome(body):
    """Judge a body, given as an expression, in a process of little memory and few seconds."""
    command = [sys.executable, "-c", PROGRAM.format(body=body)]
    run = subprocess.run(command, capture_output=True, text=True, preexec_fn=_limit, check=False)
    return run.returncode, run.stdout.strip(), run.stderr[-200:]


def test_members_of_an_unknown_object_with_a_long_name_are_judged_soon():
    """The name of an unknown JSON object is not written out anew for each of its members."""
    many = """b''.join(b'"x%d":1,' % at for at in range(90_000))"""
    body = f"""b'{{"%s":{{"%s":{{%s"y":1}}}}}}' % (root, b'x' * 4_000_000, {many})"""
    assert outcome(body) == (0, "violates", "")


def test_children_of_an_unknown_element_with_a_long_name_are_judged_soon():
    """Nor is that of an unknown XML element for each of its children."""
    name = "b'x' * 4_000_000"
    body = f"""b'<%s><%s>%s</%s></%s>' % (root, {name}, b'<x/>' * 90_000, {name}, root)"""
    assert outcome(body) == (0, "violates", "")


def test_duplicates_in_an_object_with_a_long_name_fit_into_memory():
    """The findings of a body of one megabyte do not hold its longest name a thousand times."""
    body = """b'{"%s":{"%s":{%s"x":1}}}' % (root, b'x' * 1_000_000, b'"x":1,' * 999)"""
    assert outcome(body) == (0, "violates", "")


def test_a_nan_among_many_members_below_a_long_name_is_found_soon():
    """The search for NaN does not write out the path to every value that it passes."""
    body = """b'{"%s":[%sNaN]}' % (b'x' * 4_000_000, b'{},' * 90_000)"""
    assert outcome(body) == (0, "violates", "")
