"""What looks at the pages finds what is wrong in one, and is silent on what is right."""

import os
import re
from xml.etree import ElementTree

import pytest

from tests.docs.commands import is_ours, plain, steps, wrong_in
from tests.docs.not_run import reason
from tests.docs.pages import (
    ROOT,
    WIDEST,
    blocks,
    comments,
    dead,
    differing,
    half_width,
    inline,
    spaced_wrongly,
    twin_of,
    wide,
)
from tests.docs.pictures import GATE, PICTURE, last_screen
from tests.docs.running import faults_of, renewed, with_blocks_of
from tests.docs.session import Session
from tests.docs.shown import FOLDER, LONGEST, PORT, shown
from tests.docs.terminal import lines_left, picture

README = ROOT / "README.md"
JUDGED = "$ echo '{}' | topcheck check -\n"


@pytest.fixture
def session(tmp_path):
    """A session in an empty folder."""
    with Session(tmp_path) as found:
        yield found


def page(*fenced):
    """Write a page of some blocks, each given as its language and its text."""
    return "# A page\n" + "\n".join(f"```{language}\n{text}```" for language, text in fenced) + "\n"


def test_what_a_command_prints_is_written_and_compared(session):
    """A changed line, a missing line and one too many are told; what was written anew is right."""
    right = renewed(page(("console exit=1", JUDGED)), session)
    assert list(faults_of(right, session)) == []
    assert "-: violates\n" in right
    (line,) = [line for line in right.splitlines() if line.startswith("  1:")]
    for wrong in (
        right.replace(line, line + "x"),
        right.replace(line + "\n", ""),
        right.replace(line, line + "\n" + line),
        right.replace("violates", "conforms"),
    ):
        (told,) = faults_of(wrong, session)
        assert "line 3: echo" in told


def test_what_is_exported_and_started_is_there_for_those_that_follow(session):
    """As in a terminal; a sandbox is not waited for, and ends with the session."""
    asking = f"curl -s -o out -w '%{{http_code}}\\n' http://127.0.0.1:{PORT}/router/rest"
    text = page(
        ("sh", f'export A="$PWD/b c"\ntopcheck serve --port {PORT} &\n'),
        ("console", f"$ echo $A\n{FOLDER}/b c\n$ {asking}\n200\n"),
    )
    assert list(faults_of(text, session)) == []


def test_who_runs_the_pages_changes_nothing(tmp_path, monkeypatch):
    """Credentials, a pipeline, options and the size of a terminal are gone while they run."""
    names = ("TOP_APP_SECRET", "PYTEST_ADDOPTS", "GITHUB_ACTIONS", "CI", "COLUMNS", "NO_COLOR")
    for name in names:
        monkeypatch.setenv(name, "1")
    with Session(tmp_path) as session:
        code, said = session.run(f"env | grep -c {' '.join(f'-e ^{name}=' for name in names)}")
    assert (code, said) == (1, "0\n")
    assert [os.environ[name] for name in names] == ["1"] * len(names)


def test_an_exit_code_is_compared(session):
    """One that is not told is 0; nothing is written anew for another one."""
    text = page(("sh", "topcheck --version\ntopcheck explain nothing.of.it\n"))
    (told,) = faults_of(text, session)
    assert "line 4: topcheck explain nothing.of.it: exit code 2" in told
    with pytest.raises(ValueError, match="exit code 2"):
        renewed(text, session)
    assert list(faults_of(text.replace("```sh", "```sh exit=2"), session)) == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("topcheck gate --sdks DIR", "--sdks"),
        ("topcheck gate --fail-on never", "never"),
        ("topcheck gates", "there is no command gates"),
        ("topcheck check", "PATH"),
        ("topcheck driver newer go my-driver", "there is no command newer"),
        ("TOP_APP_SECRET=x topcheck diagnose FILE --when now", "--when"),
        ("make gates", "there is no target gates"),
        ("pytest --gateways URL", "--gateways"),
        ("topchek gate", "nobody knows"),
        ("topcheck gate --sdk 'DIR", "quotation"),
        ("topcheck serve --list-order > FILE", "--list-order"),
    ],
)
def test_a_wrong_command_is_told_without_being_run(command, told):
    """An option, a value, a command or a target that is not there."""
    assert told in wrong_in(command)


@pytest.mark.parametrize(
    "command",
    ["topcheck gate --sdk DIR --sdk OTHER", "make gate   # comment", "make soak SOAK_SECONDS=3",
     "pytest -q --gateway URL --rate 5", "TOP_APP_SECRET=x topcheck diagnose FILE --at NOW",
     "export A=b", "topcheck gate --help", "topcheck serve --list-orders > FILE"],
)  # fmt: skip
def test_a_right_command_is_not_told(command):
    """What is there may be given."""
    assert wrong_in(command) is None


def test_a_wrong_command_in_a_block_is_told_where_it_stands(session):
    """Also if it is one that is not run."""
    text = page(("sh", "make gates  # comment\n"))
    assert reason("make gates")
    assert list(faults_of(text, session)) == ["line 3: make gates: there is no target gates"]


def test_commands_in_lines_are_looked_at():
    """Signs for what may be left out are none of the command, and names of values may stand."""
    text = "`topcheck gate [--sdk DIR]… [--reports DIR]` and `topcheck COMMAND`, `make docs`, `a b`"
    ours = [code for code in inline(text + "\n```sh\ntopcheck x\n```\n") if is_ours(code)]
    told = [wrong_in(plain(code), whole=False) for code in ours]
    assert told == ["there is no option --reports", None, None]


def test_a_block_is_cut_into_its_commands():
    """Comments go, lines that are continued become one, and outputs stay with their command."""
    shell, console = blocks(
        page(("sh exit=1", "# one\na b \\\n  c  # two\n\nd\n"), ("console", "$ a\n1\n\n2\n$ b\n"))
    )
    assert [(s.command, s.line, s.output, s.code) for s in steps(shell)] == [
        ("a b c", 4, None, 0), ("d", 7, None, 1),
    ]  # fmt: skip
    assert [(s.command, s.line, s.output) for s in steps(console)] == [
        ("a", 10, "1\n\n2\n"), ("b", 14, ""),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no command"):
        steps(blocks(page(("console", "an output\n")))[0])


def test_what_changes_is_no_difference():
    """Ports, times and folders are constants, and a long line is cut."""
    one = "http://127.0.0.1:8123/ in 1.27s, after 3 ms, /home/x/y/report\n"
    assert (
        shown(one, "/home/x/y")
        == f"http://127.0.0.1:{PORT}/ in 1.2s, after 12 ms, {FOLDER}/report\n"
    )
    assert shown("http://127.0.0.…52/router/rest", "/home/x/y") == "http://127.0.0.…65/router/rest"
    cut = shown("x" * 200 + "\n" + "y" * LONGEST, "/home/x/y")
    assert cut == "x" * (LONGEST - 1) + "…\n" + "y" * LONGEST
    assert shown(cut, "/home/x/y") == cut
    assert shown("expected 2\n", "/home/x/y") != shown("expected 3\n", "/home/x/y")


def test_a_dead_link_is_told():
    """One to no file, to no heading here, to no heading of another page; and a missing picture."""
    heading = "\n# B, `C`\n# 判定 与 状态\n# Twice\n# Twice\n"
    right = (
        "[a](docs/refused.md#what-is-named) [b](#b-c) [c](LICENSE) [d](https://x.test/#e) `[](f)`"
        " [g](#判定-与-状态) [h](#twice-1) ![p\nq](docs/pictures/terminal.svg)"
    )
    wrong = (
        "[a](docs/none.md) [b](#c) [c](docs/refused.md#none) ![d\ne](docs/none.svg) [f](#twice-2)"
        '<img src="docs/none.png">\n```\n# C\n```'
    )
    assert list(dead(README, right + heading)) == []
    assert list(dead(README, wrong + heading)) == [
        "docs/none.md", "#c", "docs/refused.md#none", "docs/none.svg", "#twice-2", "docs/none.png"
    ]  # fmt: skip


def test_a_wide_table_is_told():
    """A line of 91 columns; a Chinese sign takes two; a block and prose may be wide."""
    row = "| " + "a" * (WIDEST - 4) + " |"
    assert list(wide(f"{row}\n\n{'a' * 91}\n```sh\n{row}a\n```\n")) == []
    assert list(wide(f"# A\n{row[:-2]}a |\n")) == [(2, 91)]
    assert list(wide("| " + "中" * 43 + " |\n")) == []
    assert list(wide("| " + "中" * 44 + " |\n")) == [(1, 92)]


def test_a_chinese_page_that_differs_is_told():
    """A block that is another one, or is missing; a heading or a row that is."""
    ours = page(("sh", "make gate  # one\n# two\n"), ("console", "$ a\nb # c\n"))
    ours += "\n| a |\n|---|\n| b |\n"
    theirs = ours.replace("# A page", "# 一页").replace("| a |", "| 甲 |")
    theirs = theirs.replace("# one", "# 一").replace("# two", "# 二")
    assert list(differing(ours, theirs)) == []
    for changed in (
        theirs.replace("\nb # c\n```", "\nc # c\n```"),
        theirs.replace("b # c", "b # 丙"),
        theirs.replace("make gate", "make test"),
        theirs.replace("  # 一", ""),
        theirs.replace("# 二\n", ""),
        theirs.replace("# 二\n", "# 二\n# 三\n"),
        theirs.replace("```sh", "```console"),
        theirs.replace("```sh", "```sh exit=1"),
        theirs.replace("```sh\nmake gate  # 一\n# 二\n```\n", ""),
        theirs.replace("# 一页", "## 一页"),
        theirs.replace("| b |\n", ""),
    ):
        assert changed != theirs
        assert list(differing(ours, changed))


@pytest.mark.parametrize("line", ["应答,请求", "结论(原因)", "原因: a", "(可选) a", "好吗?"])
def test_punctuation_of_another_script_is_told(line):
    """Beside a Chinese sign; within code, a link's target and other words it may stand."""
    right = "条款（一条）：`a, b(c)`，见[报告](a.md#你的,订单)：GMT+8: a, b\n"
    assert list(half_width(f"{right}```sh\n{line}\n```\n")) == []
    assert list(half_width(f"{right}{line}\n")) == [line]


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("一个SDK", None), ("SDK的", None), ("第2 行", None), ("用`a` 做", None),
        ("见[`a`](b)里", "见`a`里"), ("见 [报告](b)", "见 报告"), ("好， 是", None),
        ("看 （英文）", None),
    ],
)  # fmt: skip
def test_a_blank_that_is_missing_or_too_much_is_told(line, read):
    """Punctuation needs none, a link counts as its words, and a table has its own."""
    right = "一个 SDK，用 `a` 做；见[报告](b)，在 [`a`](b) 里。**多个 API** 在\n| 好（a） | 一 |\n"
    assert list(spaced_wrongly(f"{right}```sh\n{line}\n```\n")) == []
    assert list(spaced_wrongly(f"{right}{line}\n")) == [read or line]


def test_a_chinese_page_keeps_its_comments_until_the_code_is_another():
    """Its blocks are those of the English page, and comments are there in Chinese alone."""
    ours = page(("sh", "make gate  # one\n"), ("toml", "#:schema x\na = 1  # one\n"))
    theirs = ours.replace("# one", "# 一")
    assert [comments(block) for block in blocks(theirs)] == [["一"], ["一"]]
    assert with_blocks_of(theirs, ours) == theirs
    changed = theirs.replace("make gate", "make test")
    assert with_blocks_of(changed, ours) == theirs.replace("gate  # 一", "gate  # one")


def test_pages_lead_to_their_twins():
    """The name of the other language's page, both ways."""
    for one, other in (
        ("README.md", "README.zh-CN.md"),
        ("drivers/README.md", "drivers/README.zh-CN.md"),
        ("docs/refused.md", "docs/zh-CN/refused.md"),
    ):
        assert (twin_of(one), twin_of(other)) == (other, one)


def test_what_is_drawn_over_is_not_in_the_picture():
    """Of progress only the end is left; the last screen stands behind pytest's last line."""
    said = (
        "asking\r\n\x1b[2K 1 of 2\r\x1b[2K 2 of 2\r\n\x1b[1A\x1b[2K\x1b[?25h"
        "\x1b[31m1 failed\x1b[0m in 1.2s\r\n\r\n\x1b[1mverdict\x1b[0m\r\n"
    )
    lines = lines_left(said)
    assert lines == ["asking", "\x1b[31m1 failed\x1b[0m in 1.2s", "", "\x1b[1mverdict\x1b[0m", ""]
    assert last_screen(lines) == ["\x1b[1mverdict\x1b[0m"]
    assert last_screen(["a", "b"]) == ["a", "b"]


def test_a_picture_is_the_same_for_the_same_lines_and_loads_nothing():
    """Text and colour are in it; it is XML, and its only address is the name of SVG."""
    drawn = picture(["\x1b[31m判定 <&\x1b[0m"], "title")
    assert drawn == picture(["\x1b[31m判定 <&\x1b[0m"], "title")
    assert "判定&#160;&lt;&amp;" in drawn
    assert "#f07178" in drawn
    for text in (drawn, PICTURE.read_text("utf-8")):
        marks = re.sub(r">[^<]*</(?:text|tspan)>", ">", text)  # what is read on the terminal
        assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
        assert re.findall(r"\w+:/+[^\"]+", marks) == ["http://www.w3.org/2000/svg"]
        assert re.findall(r"url\((?!#)|@import|href", marks) == []


def test_the_picture_is_of_the_command_that_the_docs_tell():
    """The first line is the command, and the verdict stands below it."""
    words = "".join(ElementTree.fromstring(PICTURE.read_text("utf-8")).itertext())
    words = words.replace("\N{NO-BREAK SPACE}", " ")
    assert f"$ {GATE}" in words
    assert "may not ship" in words
