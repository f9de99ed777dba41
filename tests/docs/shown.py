"""What a page shows of an output: without what is another one each time, and not too wide."""

import re

from tests.docs.pages import ROOT

#: How long a line of an output may be; a longer one is cut, and ends in an ellipsis.
LONGEST = 100
#: The port and the folder that the pages speak of.
PORT, FOLDER = "8765", "/home/you/work"

#: What is another one in each run, and what stands for it.
CHANGING = (
    (re.escape(str(ROOT)), "/home/you/topcheck"),
    (r"topcheck: \S+: \d+ of \d+ cases to go.*\n", ""),
    # the folder is a copy of the clone, in which this line is not printed
    (r"^topcheck: alibaba\.alisports\.lianbei\.xpos\.querystatus, of the workspace .*\n", ""),
    (r"(?<=127\.0\.0\.1[:_])\d+", PORT),
    # of an address that is shortened in the middle the last digits may be left
    (r"(?<=…)\d{1,4}(?=/router)", lambda digits: PORT[-len(digits[0]) :]),
    (r"(?<=\bin )\d+\.\d+ ?s\b", "1.2s"),
    (r"(?<=; )\d+\.\d+ s\b", "0.1 s"),
    (r"(?<=\bafter )\d+ ms\b", "12 ms"),
    (r"(?<=timestamp=)\d{4}-\d\d-\d\d(\+|%20)\d\d%3A\d\d%3A\d\d", "2026-01-02+12%3A00%3A00"),
    (r"(?<=timestamp=)\d{13}\b", "1767326400000"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", "2026-01-02T12:00:00+00:00"),
    (r"\bPython 3\.\d+\.\d+", "Python 3.11"),
)


def shown(output, folder):
    """Return an output as a page shows it, of a command that was run in a folder."""
    return "".join(map(_cut, constant(output, folder).splitlines(keepends=True)))


def constant(output, folder):
    """Return an output in which all that is another one each time is what stands for it."""
    output = output.replace(str(folder), FOLDER)
    for pattern, one in CHANGING:
        output = re.sub(pattern, one, output, flags=re.M)
    return output


def _cut(line):
    bare = line.rstrip("\n")
    bare = bare.rstrip() if len(bare) <= LONGEST else bare[: LONGEST - 1].rstrip() + "…"
    return bare + line[len(line.rstrip("\n")) :]
