"""The pages of the documentation: their blocks, links, headings and tables."""

import re
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len

ROOT = Path(__file__).parents[2]
#: How wide a table may be, in columns of a terminal: a Chinese sign takes two.
WIDEST = 90
#: The languages of a fenced block. A block of any other shows what nobody looks at.
LANGUAGES = ("console", "sh", "python", "toml", "json", "yaml")

_FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
_BLOCK = re.compile(r"^```(?P<language>\S*)(?P<told>[^\n]*)\n(?P<text>.*?)^```$", re.M | re.S)
_CODE = re.compile(r"(`+)(?P<code>.*?)\1", re.S)
_COMMENT = re.compile(r"(?:^|(?<=\s))# (?P<words>.*)$", re.M)
_TARGET = re.compile(r"\]\([^)]*\)|<[^>]*>|!?\[|\*+")
_HALF_WIDTH = re.compile(r"[一-鿿][,;:?!()]|[,;:?!()][一-鿿]")
_SPACED_WRONGLY = re.compile(
    r"[一-鿿][a-z0-9`]|[a-z0-9`][一-鿿]|[一-鿿] +[一-鿿]"
    r"|[，。：；、？！（）] +[^ |]|[^ |] +[，。：；、？！（）]",
    re.I,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and the rest of that line, its text, and where that stands."""

    language: str
    told: str
    text: str
    line: int
    span: tuple[int, int]


def pages(root=ROOT):
    """Return every page, in both languages."""
    found = [*root.glob("*.md"), *root.glob("drivers/*.md"), *root.glob("docs/**/*.md")]
    return sorted(found)


def name_of(page, root=ROOT):
    """Return how a page is called: its place below the root."""
    return page.relative_to(root).as_posix()


def twin_of(name):
    """Return the name of the page in the other language; there may be none."""
    folder, _, file = name.rpartition("/")
    if folder.endswith("zh-CN"):
        return f"{folder.removesuffix('zh-CN')}{file}"
    if file.startswith("README"):
        other = "README.md" if ".zh-CN." in file else "README.zh-CN.md"
        return f"{folder}/{other}".lstrip("/")
    return f"{folder}/zh-CN/{file}"


def is_chinese(name):
    """Whether a page is one of the Chinese ones."""
    return "zh-CN" in name


def blocks(text):
    """Return the fenced blocks of a page."""
    return [
        Block(found["language"], found["told"].strip(), found["text"],
              text.count("\n", 0, found.start("text")) + 1, found.span("text"))
        for found in _BLOCK.finditer(text)
    ]  # fmt: skip


def comments(block):
    """Return the comments of a block, in their order; an output has none."""
    return [] if block.language == "console" else _COMMENT.findall(block.text)


def code_of(block):
    """Return the text of a block in which each comment is only marked: its words are for people."""
    return block.text if block.language == "console" else _COMMENT.sub("#", block.text)


def without_blocks(text):
    """Return a page without its fenced blocks, each line in its place."""
    return _FENCED.sub(lambda found: "\n" * found[0].count("\n"), text)


def inline(text):
    """Yield the code that stands in the lines of a page."""
    for found in _CODE.finditer(without_blocks(text)):
        yield " ".join(found["code"].split())


def prose(text):
    """Return a page without its code: there no link and no heading stands."""
    return _CODE.sub("", without_blocks(text))


def anchors(text):
    """Return the anchors that a page's headings make, as the usual hosts of repositories do."""
    found = []
    for words in re.findall(r"^#+ (.+)$", without_blocks(text), re.M):
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found.append(f"{anchor}-{found.count(anchor)}" if anchor in found else anchor)
    return set(found)


def links(text):
    """Return where the links and pictures of a page lead."""
    written = re.findall(r"\]\(([^)\s]+)[^)]*\)", prose(text))
    return [*written, *re.findall(r"<(?:a|img)\b[^>]*?(?:href|src)=\"([^\"]+)\"", prose(text))]


def dead(page, text):
    """Yield the links of a page that lead to no file here, or to no heading of one."""
    for target in links(text):
        path, _, anchor = target.partition("#")
        there = page.parent / path
        if "://" in target or (there.exists() and not anchor):
            continue
        if not there.exists() or anchor not in anchors(there.read_text("utf-8") if path else text):
            yield target


def wide(text):
    """Yield the lines of tables that are too wide: the number, and how many columns."""
    for number, line in enumerate(without_blocks(text).split("\n"), start=1):
        if line.startswith("|") and cell_len(line) > WIDEST:
            yield number, cell_len(line)


def half_width(text):
    """Yield the lines of a Chinese page in which a sign of another script ends or divides words."""
    lines = _TARGET.sub("", prose(text)).split("\n")
    yield from (line for line in lines if _HALF_WIDTH.search(line))


def spaced_wrongly(text):
    """Yield the lines of a Chinese page where a blank is missing beside other words, or too many.

    One stands between a Chinese sign and a letter, a digit or code; none at Chinese punctuation.
    """
    lines = _TARGET.sub("", without_blocks(text)).split("\n")
    yield from (line for line in lines if _SPACED_WRONGLY.search(line))


def shape(text):
    """Return what two languages have alike: levels of headings, rows of tables, and links."""
    plain = without_blocks(text)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", plain, re.M)]
    rows = len(re.findall(r"^\|", plain, re.M))
    return {"headings": levels, "rows of tables": rows}


def differing(text, other):
    """Yield what two languages of one page do not have alike: all but the words of comments."""
    ours, theirs = blocks(text), blocks(other)
    if len(ours) != len(theirs):
        yield f"{len(ours)} blocks and {len(theirs)}"
    for one, two in zip(ours, theirs, strict=False):
        if (one.language, one.told, code_of(one)) != (two.language, two.told, code_of(two)):
            yield f"the block of line {one.line} and that of line {two.line}"
    for what, count in shape(text).items():
        if count != shape(other)[what]:
            yield f"{what}: {count} and {shape(other)[what]}"
