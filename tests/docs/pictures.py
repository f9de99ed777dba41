"""`python -m tests.docs.pictures`: the picture of the README, from a real run.

A gateway that answers a fee as text is gated on a terminal of 80 columns; the last screen is drawn.
"""

import re
import sys
import tempfile
from pathlib import Path

from tests.docs.pages import ROOT
from tests.docs.session import Session
from tests.docs.shown import PORT, constant
from tests.docs.terminal import HEIGHT, lines_left, on_terminal, picture

PICTURE = ROOT / "docs" / "pictures" / "terminal.svg"
#: What the sandbox does wrong, and the command that finds it.
FAULT = "response.result.model.paid_fee.type"
SERVE = f"topcheck serve --port {PORT} --fault {FAULT}"
GATE = f"topcheck gate --gateway http://127.0.0.1:{PORT}/router/rest"
CREDENTIALS = {"TOP_APP_KEY": "12345678", "TOP_APP_SECRET": "helloworld"}
#: How pytest ends: its counts and its time, colours apart.
_PYTEST_ENDS = re.compile(r"\b(passed|failed|error)\b.* in \S*\d+\.\d+s")


def last_screen(lines):
    """Return the lines of the last screen: what stands behind the line with which pytest ends."""
    ends = [number for number, line in enumerate(lines) if _PYTEST_ENDS.search(line)]
    screen = "\n".join(lines[ends[-1] + 1 if ends else 0 :]).strip("\n").split("\n")
    return screen[-(HEIGHT - 1) :]


def draw():
    """Gate the faulty sandbox on a terminal; return the picture. Raises RuntimeError."""
    with tempfile.TemporaryDirectory() as folder, Session(Path(folder)) as session:
        session.run(SERVE)
        command = session.line(GATE)
        code, said = on_terminal(command.split(), folder, {**session.environment, **CREDENTIALS})
        if code != 1:
            raise RuntimeError(f"{command}: exit code {code}\n{said}")
        said = constant(session.said(said), folder)
    return picture([f"$ {GATE}", *last_screen(lines_left(said))], "topcheck")


if __name__ == "__main__":
    PICTURE.write_text(draw(), "utf-8")
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}\n")
