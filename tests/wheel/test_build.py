"""What is in the wheel and in the source archive, and what they say of themselves."""

import os
import re
import tarfile
from email import message_from_bytes
from pathlib import Path

import topcheck
from tests.wheel.build import ROOT, build, copy, in_sdist, in_wheel, tracked

#: What stands in the wheel as it does in the tree; all else that is in it is carried in `home`.
PACKAGE = "topcheck"
HOME = "topcheck/home"
#: What a workspace needs and its drivers, and what is written of both.
CARRIED = ("cassettes", "contract_tests", "docs", "drivers", "schemas")
CARRIED_FILES = ("LICENSE", "conftest.py", "pyproject.toml")
#: What installs and gates all drivers, and writes beside itself.
REPOSITORY_ONLY = "drivers/[^/]*[.]py"
#: How large an archive may be, in bytes.
LARGEST = 1536 * 1024


def place(name):
    """Return where a file of the tree stands in the wheel, None for one that does not."""
    top, _, rest = name.partition("/")
    if top == PACKAGE:
        return name
    if re.fullmatch(REPOSITORY_ONLY, name) or not (top in CARRIED if rest else _is_carried(name)):
        return None
    return f"{HOME}/{name}"


def _is_carried(name):
    return name in CARRIED_FILES or name.endswith(".md")


def metadata(built):
    """Return what the wheel says of itself."""
    return message_from_bytes(
        next(data for name, data in in_wheel(built[0]).items() if name.endswith("/METADATA"))
    )


def test_the_wheel_holds_what_is_tracked_and_nothing_else(built):
    """Package, workspace, drivers and docs, to the byte; nothing built, installed or secret."""
    found = in_wheel(built[0])
    expected = {at: name for name in tracked() if (at := place(name))}
    own = {name for name in found if ".dist-info/" in name}
    assert set(found) - own == set(expected)
    assert all(found[at] == (ROOT / name).read_bytes() for at, name in expected.items())
    assert {name.partition("/")[2] for name in own} == {
        "METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"
    }  # fmt: skip
    assert f"{PACKAGE}/py.typed" in found


def test_the_source_archive_holds_what_is_tracked_and_nothing_else(built):
    """All of the tree, but for what only the repository's own service runs."""
    expected = {name for name in tracked() if not name.startswith(".ci/")}
    assert set(in_sdist(built[1])) == {*expected, "PKG-INFO"}


def test_both_are_the_same_wherever_and_whenever_they_are_built(built, tmp_path):
    """Another folder, other times, other rights, and the source archive for the tree."""
    folder = copy(tmp_path / "elsewhere 别处", tracked())
    for path in folder.rglob("*"):
        os.utime(path, (10**9, 10**9))
        path.chmod(path.stat().st_mode & 0o700)
    again = build(folder, tmp_path / "again")
    with tarfile.open(built[1]) as archive:
        archive.extractall(tmp_path, filter="data")
    from_source = build(tmp_path / built[1].name.removesuffix(".tar.gz"), tmp_path / "third")
    for one, other, third in zip(built, again, from_source, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert one.read_bytes() == third.read_bytes()


def test_both_are_small_and_name_no_place_of_this_machine(built):
    """Neither the tree that was built nor the one that we are in."""
    local = [str(ROOT), str(built[0].parent.parent), str(Path.home())]
    for archive, read in zip(built, (in_wheel, in_sdist), strict=True):
        assert archive.stat().st_size < LARGEST
        for name, data in read(archive).items():
            assert [place for place in local if place.encode() in data] == [], name


def test_it_says_what_it_is(built):
    """Version and licence once, no invented person or address, and no single method."""
    said = metadata(built)
    assert (said["Name"], said["Version"]) == ("topcheck", topcheck.__version__)
    assert (said["License-Expression"], said["License-File"]) == ("MIT", "LICENSE")
    assert said["Author"] == "The topcheck authors"
    assert "querystatus" not in said["Summary"]
    assert said["Keywords"]
    assert said.get_all("Project-URL", []) == []
    classifiers = said.get_all("Classifier")
    assert {"Framework :: Pytest", "Typing :: Typed"} <= set(classifiers)
    versions = re.findall(r"Python :: (3\.[0-9]+)$", "\n".join(classifiers), re.M)
    assert said["Requires-Python"] == f">={versions[0]}"


def test_it_is_described_by_the_readme_without_what_leads_nowhere(built):
    """Of a link into the repository its words are left, of a picture nothing; all else stands."""
    said = metadata(built).get_payload(decode=True).decode()
    readme = (ROOT / "README.md").read_text("utf-8")
    assert re.findall(r"\]\((?!https?:)", said) == []
    assert re.findall(r"\]\((?!https?:)", readme)
    assert "![" in readme
    assert "!" not in said.replace("!=", "")
    bare = re.sub(r"!\[[^]]*\]\([^)]*\)\n\n", "", readme)
    assert said == re.sub(r"\[([^]]+)\]\((?!https?:)[^)]*\)", r"\1", bare)


def test_the_changelog_leads_to_the_version():
    """What is told last is what is not published yet, or the version that the package has."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## \[?([^]\s]+)", text, re.M)
    assert headings
    assert headings[0] in ("Unreleased", topcheck.__version__)
