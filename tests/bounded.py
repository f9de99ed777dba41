"""Reading a body in a process of little memory and few seconds."""

import resource
import subprocess
import sys

MEMORY = 400 * 1024 * 1024
CPU_SECONDS = 60
PROGRAM = """
import sys
from topcheck.wire.{fmt}_reader import read_{fmt}
from topcheck.wire.tree import MessageError
try:
    read_{fmt}(sys.stdin.buffer.read())
    print('read')
except MessageError as error:
    print(error.clause)
"""


def outcome(fmt, body):
    """Return `read`, or the clause that the reader of a format refuses the body under."""

    def bound():
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))

    command = [sys.executable, "-c", PROGRAM.format(fmt=fmt)]
    run = subprocess.run(command, input=body, capture_output=True, preexec_fn=bound, check=False)
    assert run.returncode == 0, run.stderr.decode()[-300:]
    return run.stdout.decode().strip()
