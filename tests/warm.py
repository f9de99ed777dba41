"""Runs of pytest and of the command in processes of their own, forked off one that is warm.

In that one the libraries and the package are imported already, which costs a second of a run's two.
A test of how a process begins, or of another copy of the package, starts a cold one.
"""

import gc
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import warnings
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: For a copy of the package that cold processes run: it has what is compiled, save what another
#: process just writes.
HALF_WRITTEN = shutil.ignore_patterns("*.pyc.*")
#: What a run imports; not the plugin itself, which pytest rewrites.
_IMPORTED = ("pytest", "xdist.plugin", "xdist.looponfail", "aiohttp.web", "h11",
             "hypothesis.stateful", "jinja2", "jsonschema", "jsonschema_rs", "urllib3",
             "vcr.migration", "xmlschema", "topcheck.cli.commands", "topcheck.cli.gate",
             "topcheck.cli.workspaces", "topcheck.live.runner", "tests.warm")  # fmt: skip
#: Libraries that pytest would rewrite stand there as they are.
_QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
#: So long a run may take, in seconds: one that hangs ends, one on a busy machine does not.
_TIMEOUT = 600
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(list(_IMPORTED))


def run_pytest(*arguments, environment=None, cwd=ROOT):
    """Run `python -m pytest` in a folder, the root, and return what came of it."""
    return _run(_pytest, arguments, environment, cwd=cwd)


def run_topcheck(*arguments, environment=None, stdin=b"", cwd=ROOT, largest=-1):
    """Run the command `topcheck` in a folder, the root, and return what came of it.

    No file that it writes may have more than `largest` bytes.
    """
    return _run(partial(_topcheck, largest), arguments, environment, stdin, cwd)


def run_code(code, *arguments, environment=None):
    """Run `python -W ignore -c code` in the root, and return what came of it."""
    return _run(_code, (code, *arguments), environment)


def _run(program, arguments, environment, stdin=b"", cwd=ROOT):
    words = [*map(str, arguments)]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("in", "out", "err")]
        files[0].write_bytes(stdin)
        process = _CONTEXT.Process(target=_in_child, args=(program, words, variables, files, cwd))
        process.start()
        process.join(_TIMEOUT)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(words, _TIMEOUT)
        said = [path.read_bytes().decode(_encoding(variables)) for path in files[1:]]
        return subprocess.CompletedProcess(words, process.exitcode, *said)


def _in_child(program, words, variables, files, cwd):
    gc.freeze()  # what was imported before stays, and no collection of garbage looks at it
    for number, path in enumerate(files):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - it lasts as long as the process
    sys.stdout, sys.stderr = (  # as Python opens them
        open(number, "w", encoding=_encoding(variables), errors=errors, closefd=False)  # noqa: SIM115
        for number, errors in ((1, "strict"), (2, "backslashreplace"))
    )
    os.environ.clear()
    os.environ.update(variables)
    tempfile.tempdir = None  # it is where these variables say
    os.chdir(cwd)
    program(words)


def _encoding(variables):
    return variables.get("PYTHONIOENCODING") or "utf-8"


def _code(words):
    warnings.simplefilter("ignore")
    sys.argv = ["-c", *words[1:]]
    exec(words[0], {"__name__": "__main__"})  # noqa: S102 - of a test


def _pytest(words):
    import pytest

    sys.argv = [str(Path(pytest.__file__).with_name("__main__.py")), *_QUIET, *words]
    sys.exit(pytest.console_main())


def _topcheck(largest, words):
    from topcheck.cli.main import main

    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    sys.argv = ["topcheck", *words]
    main()
