"""What differs between POSIX and Windows, in both flavours: none of it needs the other machine."""

import errno
import os
import select
import subprocess
from pathlib import PurePosixPath, PureWindowsPath

import pytest

from topcheck import plugin, system
from topcheck.cli.options import JUDGED_BY
from topcheck.system import files_under

POSIX = {
    "python3 driver.py": ["python3", "driver.py"],
    "'/opt/my sdk/run' --fast": ["/opt/my sdk/run", "--fast"],
    'node "my driver.js"': ["node", "my driver.js"],
    "{python} driver.py": ["{python}", "driver.py"],
    r"a\ b c": ["a b", "c"],
    "/路径/跑 一": ["/路径/跑", "一"],
}
WINDOWS = {
    "python driver.py": ["python", "driver.py"],
    r"C:\Python311\python.exe driver.py": [r"C:\Python311\python.exe", "driver.py"],
    r'"C:\Program Files\nodejs\node.exe" driver.js': [r"C:\Program Files\nodejs\node.exe",
                                                      "driver.js"],
    r"\\server\share\run.exe": [r"\\server\share\run.exe"],
    r"C:\it's\run.exe #1": [r"C:\it's\run.exe", "#1"],
    r'"D:\路径 一\跑.exe" "a b"': [r"D:\路径 一\跑.exe", "a b"],
    "{python} driver.py": ["{python}", "driver.py"],
}  # fmt: skip


@pytest.mark.parametrize("command", POSIX)
def test_words_of_a_posix_command(command):
    """As a shell reads it."""
    assert system.words_of(command, windows=False) == POSIX[command]


@pytest.mark.parametrize("command", WINDOWS)
def test_words_of_a_windows_command(command):
    """A backslash is a part of a path; an apostrophe is a letter."""
    assert system.words_of(command, windows=True) == WINDOWS[command]


@pytest.mark.parametrize("windows", [False, True])
def test_a_quote_that_does_not_end(windows):
    """It is refused, and not guessed."""
    with pytest.raises(ValueError, match="quotation"):
        system.words_of('node "driver.js', windows)


@pytest.mark.parametrize(
    "words",
    [["topcheck", "gate", "--sdk=a b"], ["x", "--sdk=C:\\dir with blanks\\run.exe"],
     ["x", "--clause=exchange.*"], ["x", ""], ["x", "--sdk=node \"my driver.js\""]],
)  # fmt: skip
def test_a_command_that_is_shown_can_be_pasted(words):
    """In a shell of POSIX it is the same words again; for Windows Python's own rule writes it."""
    assert system.words_of(system.command_of(words, windows=False), windows=False) == words
    assert system.command_of(words, windows=True) == subprocess.list2cmdline(words)


def test_the_environment_of_a_driver():
    """Nothing but what it needs: no credential, whatever else stands there."""
    ours = {"PATH": "/bin", "HOME": "/h", "TOP_APP_SECRET": "s", "PYTHONPATH": "x", "TZ": "UTC",
            "SYSTEMROOT": "/no"}  # fmt: skip
    found = system.driver_environment(ours, "Asia/Shanghai", windows=False)
    assert found == {"PATH": "/bin", "HOME": "/h", "LANG": "C.UTF-8", "TZ": "Asia/Shanghai"}


def test_the_environment_of_a_driver_on_windows():
    """Names are in any case; without some of them no socket opens and no program is found."""
    ours = {"Path": r"C:\Windows", "SystemRoot": r"C:\Windows", "PATHEXT": ".EXE;.BAT",
            "Temp": r"C:\T", "USERPROFILE": r"C:\U", "TOP_APP_SECRET": "s"}  # fmt: skip
    found = system.driver_environment(ours, "UTC", windows=True)
    assert found == {"PATH": r"C:\Windows", "SYSTEMROOT": r"C:\Windows", "PATHEXT": ".EXE;.BAT",
                     "TEMP": r"C:\T", "USERPROFILE": r"C:\U", "LANG": "C.UTF-8",
                     "TZ": "UTC"}  # fmt: skip


@pytest.mark.parametrize(
    ("program", "interpreter", "ours"),
    [
        (PurePosixPath("/v/bin/pytest"), PurePosixPath("/v/bin/python"), True),
        (PurePosixPath("/usr/bin/pytest"), PurePosixPath("/v/bin/python"), False),
        (PureWindowsPath(r"C:\v\Scripts\pytest.EXE"), PureWindowsPath(r"c:\V\scripts\python.exe"),
         True),
        (PureWindowsPath(r"C:\Python\Scripts\pytest.exe"), PureWindowsPath(r"C:\Python\python.exe"),
         False),
    ],
)  # fmt: skip
def test_whose_pytest_it_is(program, interpreter, ours):
    """The one beside the interpreter, whatever its suffix and its case."""
    assert system.is_beside(program, interpreter) == ours


def test_a_tree_of_processes_on_windows():
    """Windows has a program for it, and no groups."""
    assert system.ending(42) == ["taskkill", "/F", "/T", "/PID", "42"]


@pytest.mark.parametrize("file", [file for file, _ in JUDGED_BY.values()])
def test_tests_are_known_by_path_on_both(file):
    """The last two parts of a path name them, whatever stands between."""
    for path in (PurePosixPath("/a b/路径", file), PureWindowsPath(r"C:\a b", file)):
        assert plugin.option_of(path) == JUDGED_BY_FILE[file]


JUDGED_BY_FILE = {file: option for option, (file, _) in JUDGED_BY.items()}


def test_a_driver_is_ended_with_what_it_started(tmp_path):
    """On this machine: the child of a process that leads a group is gone with it."""
    script = "import subprocess,time; p=subprocess.Popen(['sleep','60']); print(p.pid, flush=True)"
    with subprocess.Popen(
        ["python3", "-c", f"{script}; time.sleep(60)"], stdout=subprocess.PIPE, text=True,
        start_new_session=True, cwd=tmp_path,
    ) as leader:  # fmt: skip
        child = os.pidfd_open(int(leader.stdout.readline()))
        system.end_tree(leader.pid)
    with os.fdopen(child):
        assert select.select([child], [], [], 30)[0], "it still runs"


def test_files_behind_links_are_found_once(tmp_path):
    """A link to a folder is entered, unless that was; what is hidden hides nothing else."""
    for name in ("there/one", "there/deep/two", "here/three"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    here = tmp_path / "here"
    (here / ".hidden").symlink_to(tmp_path / "there")
    (here / "twice").symlink_to(tmp_path / "there")
    (here / "once").symlink_to(tmp_path / "there")
    (here / "up").symlink_to("..")
    (here / "itself").symlink_to(".")
    (here / "nothing").symlink_to("nowhere")
    found = [path.relative_to(here).as_posix() for path in files_under(here)]
    assert found == ["nothing", "once/deep/two", "once/one", "three"]


def test_a_folder_that_cannot_be_read_is_told_as_a_file_that_cannot(tmp_path, monkeypatch):
    """The rest of what is named is found all the same."""
    for name in ("closed/one", "open/two"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("x")
    closed, scandir = str(tmp_path / "closed"), os.scandir

    def refusing(path):
        if str(path) == closed:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), closed)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = [path.relative_to(tmp_path).as_posix() for path in files_under(tmp_path)]
    assert found == ["closed", "open/two"]
    assert files_under(tmp_path / "closed") == [tmp_path / "closed"]
