"""Every page of the documentation: what it shows is what is there."""

import ast
import json
import re
import tomllib

import pytest
import yaml

from tests.docs.commands import is_ours, plain, steps, wrong_in
from tests.docs.not_run import NOT_RUN, reason
from tests.docs.pages import (
    LANGUAGES,
    ROOT,
    blocks,
    comments,
    dead,
    differing,
    half_width,
    inline,
    is_chinese,
    links,
    name_of,
    pages,
    spaced_wrongly,
    twin_of,
    wide,
    without_blocks,
)
from tests.docs.running import faults_of, is_run
from tests.docs.session import Session, given_folder

PAGES = {name_of(page): page.read_text("utf-8") for page in pages()}
ENGLISH = [name for name in PAGES if not is_chinese(name)]
CHINESE = [name for name in PAGES if is_chinese(name)]
#: What is written for people who look something up or work on topcheck stands in English alone.
ENGLISH_ALONE = {
    "CHANGELOG.md", "docs/conformance.md", "docs/contributing.md", "docs/faults.md",
    "docs/mutants.md", "docs/openapi.md", "docs/peers.md", "docs/schemas.md", "docs/vectors.md",
}  # fmt: skip
READERS = {"python": ast.parse, "toml": tomllib.loads, "json": json.loads, "yaml": yaml.safe_load}
#: One Chinese word for one thing: what is not written, and what is, as TOP and the trade have it.
ONE_WORD = {
    "应答": "响应", "正文": "响应体", "汇报": "上报", "文件夹": "目录", "裁判": "判定器",
    "线上": "what was sent, for it means production", "manifest": "`driver.toml`",
}  # fmt: skip
#: How many words the README may have, so that a newcomer reads it.
MOST_WORDS = 700
#: How many words the glossary may explain.
MOST_TERMS = 20


@pytest.mark.parametrize("name", [n for n in ENGLISH if any(map(is_run, blocks(PAGES[n])))])
def test_the_commands_of_a_page_do_what_it_shows(name, tmp_path):
    """Each ends as the page says, and prints what stands below it."""
    with Session(given_folder(tmp_path, name)) as session:
        faults = list(faults_of(PAGES[name], session))
    assert not faults, "\n".join([*faults, "`make docs` writes outputs anew"])


@pytest.mark.parametrize("name", PAGES)
def test_a_block_is_of_a_language_that_is_looked_at(name):
    """What is neither run nor read nobody would know to be wrong."""
    found = blocks(PAGES[name])
    assert [block.line for block in found if block.language not in LANGUAGES] == []
    for block in found:
        READERS.get(block.language, str)(block.text)


@pytest.mark.parametrize("name", PAGES)
def test_a_command_in_a_line_has_the_options_that_are_given_to_it(name):
    """Command, target and options are there."""
    ours = filter(is_ours, inline(PAGES[name]))
    assert [told for code in ours if (told := wrong_in(plain(code), whole=False))] == []


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    """A link names a file that is there, and a heading that stands in it."""
    assert list(dead(ROOT / name, PAGES[name])) == []


@pytest.mark.parametrize("name", PAGES)
def test_tables_are_narrow(name):
    """A line of a table fits a window."""
    assert list(wide(PAGES[name])) == []


@pytest.mark.parametrize("name", [name for name in ENGLISH if name not in ENGLISH_ALONE])
def test_a_page_is_there_in_chinese(name):
    """With the same code to the byte, the same headings and rows; each leads to the other."""
    twin = twin_of(name)
    assert twin in CHINESE
    assert list(differing(PAGES[name], PAGES[twin])) == []
    for one, other in ((name, twin), (twin, name)):
        page = ROOT / one
        assert (ROOT / other) in [(page.parent / link).resolve() for link in links(PAGES[one])]


@pytest.mark.parametrize("name", CHINESE)
def test_a_chinese_page_is_that_of_an_english_one(name):
    """No page stands in Chinese alone."""
    assert twin_of(name) in ENGLISH


@pytest.mark.parametrize("name", CHINESE)
def test_a_chinese_page_has_chinese_punctuation(name):
    """No comma, colon, question mark or bracket of another script stands beside a Chinese sign."""
    assert list(half_width(PAGES[name])) == []


@pytest.mark.parametrize("name", CHINESE)
def test_a_blank_stands_between_chinese_and_other_words(name):
    """One between a Chinese sign and a letter, a digit or code; none between two signs."""
    assert list(spaced_wrongly(PAGES[name])) == []


@pytest.mark.parametrize("name", CHINESE)
def test_a_thing_has_one_chinese_word(name):
    """That of the glossary, and of TOP's own documentation."""
    assert [word for word in ONE_WORD if word in without_blocks(PAGES[name])] == []


def test_what_each_clause_asks_of_an_sdk_is_there_in_chinese():
    """The clauses that the page of what was found ends with, in its order."""
    there = PAGES["docs/conformance.md"].rpartition("\n## ")[2]
    told = PAGES["docs/zh-CN/gate-your-sdk.md"]
    clause = re.compile(r"^- `(sdk\.[\w.]+)`", re.M)
    assert clause.findall(told) == clause.findall(there) != []


@pytest.mark.parametrize("name", CHINESE)
def test_the_comments_of_a_chinese_page_are_chinese(name):
    """What stands beside code is read like the rest, with a Chinese sign in each comment."""
    found = [one for block in blocks(PAGES[name]) for one in comments(block)]
    assert [one for one in found if not re.search("[一-鿿]", one)] == []


def test_what_each_fact_asks_is_there_in_chinese():
    """What a clause's id ends with: each of the contract's, and no other."""
    (contract,) = ROOT.glob("schemas/*/contract.json")
    facts = {clause["fact"] for clause in json.loads(contract.read_text("utf-8"))["clauses"]}
    (listed,) = re.findall(r"<details>(.*?)</details>", PAGES["docs/zh-CN/how-it-decides.md"], re.S)
    told = [name for names in re.findall(r"^- (.*?)：", listed, re.M)
            for name in re.findall(r"`(\w+)`", names)]  # fmt: skip
    assert sorted(told) == sorted(facts)


def test_the_readme_is_short():
    """Everything else is one link away: every page of a task, in the reader's language."""
    text = PAGES["README.md"]
    assert len(text.split()) <= MOST_WORDS
    for readme, folder in (("README.md", "docs"), ("README.zh-CN.md", "docs/zh-CN")):
        there = {page.relative_to(ROOT).as_posix() for page in (ROOT / folder).glob("*.md")}
        assert there - ENGLISH_ALONE <= set(links(PAGES[readme]))


def test_the_glossary_is_short():
    """So few words has a newcomer to learn."""
    rows = [line for line in PAGES["docs/glossary.md"].splitlines() if line.startswith("| ")]
    assert 1 < len(rows) <= 1 + MOST_TERMS


def test_what_is_not_run_is_somewhere():
    """Each reason is needed: some page has such a command."""
    runnable = (block for name in ENGLISH for block in blocks(PAGES[name]) if is_run(block))
    found = {reason(step.command) for block in runnable for step in steps(block)}
    assert {row for row, _ in filter(None, found)} == set(NOT_RUN)
