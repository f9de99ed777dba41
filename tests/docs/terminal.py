"""What a command shows on a terminal, and the picture of it."""

import io
import os
import re
import select
import subprocess
import time

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

#: The size of the terminal: so large is the smallest that people have.
WIDTH, HEIGHT = 80, 24
#: So long a command may take, in seconds: one that hangs ends, one on a busy machine does not.
_TIMEOUT = 600
#: Moves of the cursor and what clears lines: progress is drawn anew by these.
_CONTROL = re.compile(r"\x1b\[(?P<count>\d*)(?P<what>[ABGJKhl])|\x1b\[\?\d+[hl]|\r(?!\n)|\n")

_THEME = TerminalTheme(
    (24, 26, 31), (222, 226, 232),
    [(24, 26, 31), (240, 113, 120), (130, 200, 120), (230, 190, 100), (110, 165, 240),
     (200, 140, 230), (100, 200, 210), (222, 226, 232)],
    [(140, 146, 158), (255, 140, 145), (155, 220, 145), (245, 210, 130), (140, 190, 255),
     (220, 165, 245), (130, 220, 228), (255, 255, 255)],
)  # fmt: skip

#: The picture: it loads nothing, and names fonts that are there anyway.
SVG = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<style>
.{unique_id}-matrix {{
  font-family: "DejaVu Sans Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace;
  font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def on_terminal(words, cwd, environment):
    """Run a command on a terminal of its own; return its exit code and all that it wrote there."""
    ours, theirs = os.openpty()
    size = {"COLUMNS": str(WIDTH), "LINES": str(HEIGHT), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        words, cwd=cwd, env={**os.environ, **environment, **size}, stdin=theirs, stdout=theirs,
        stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        said = _read(ours, process)
    finally:
        os.close(ours)
    return process.returncode, said


def _read(terminal, process):
    said, until = b"", time.monotonic() + _TIMEOUT
    while time.monotonic() < until:
        ready, _, _ = select.select([terminal], [], [], 0.1)
        try:
            part = os.read(terminal, 65536) if ready else b""
        except OSError:  # all that it was written by has ended
            part = None
        if part is None or (not part and process.poll() is not None and not ready):
            process.wait()
            return said.decode()
        said += part
    process.kill()
    raise subprocess.TimeoutExpired(process.args, _TIMEOUT)


def lines_left(said):
    """Return the lines that stand on a terminal at the end, colours included.

    What was drawn over is gone: that is how far long work was.
    """
    lines, row, start = [""], 0, 0
    for found in _CONTROL.finditer(said):
        lines[row] += said[start : found.start()]
        start = found.end()
        row = _moved(lines, row, found)
    lines[row] += said[start:]
    return [line.rstrip("\r") for line in lines]


def _moved(lines, row, found):
    """Do what a control says; return the row in which the cursor stands then."""
    what, count = found["what"], int(found["count"] or 1)
    if found[0] == "\n":
        row += 1
        lines += [""] * (row + 1 - len(lines))
    elif found[0] == "\r" or what == "K" or (what == "G" and count == 1):
        lines[row] = ""
    elif what == "A":
        row = max(0, row - count)
        lines[row] = ""
    elif what == "B":
        row = min(len(lines) - 1, row + count)
    elif what == "J":
        del lines[row + 1 :]
        lines[row] = ""
    return row


def picture(lines, title):
    """Draw lines of a terminal as SVG: the same lines give the same bytes."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True,
                      color_system="truecolor")  # fmt: skip
    for line in lines:
        console.print(Text.from_ansi(line), overflow="fold", highlight=False)
    console.print()  # room for what hangs below the last line
    drawn = console.export_svg(title=title, theme=_THEME, code_format=SVG, unique_id="topcheck")
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"
