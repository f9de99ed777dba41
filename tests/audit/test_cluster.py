"""A Dask cluster of a scheduler and two workers, over TLS, of which one worker is killed."""

import itertools
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import dask
import pytest

from benchmarks.corpora import lines
from tests.audit.archives import CORPUS, LINE, audited, told, without_engine, written
from topcheck.audit import blocks, cluster
from topcheck.audit.store import Store

#: Who may answer, and how a certificate of one's own is made.
_NOBODY = "tcp://127.0.0.1:9"
_CERTIFY = (
    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
    "-addext subjectAltName=IP:127.0.0.1 -keyout {0}/key.pem -out {0}/cert.pem"
)


@pytest.fixture
def certificates(tmp_path):
    """A certificate that its own key has signed, told to Dask here and in what is started."""
    subprocess.run(_CERTIFY.format(tmp_path).split(), check=True, capture_output=True)
    files = {"cert": f"{tmp_path}/cert.pem", "key": f"{tmp_path}/key.pem"}
    settings = {
        "distributed.comm.tls.ca-file": files["cert"],
        "distributed.comm.require-encryption": True,
    }
    for role in ("scheduler", "worker", "client"):
        settings |= {f"distributed.comm.tls.{role}.{name}": path for name, path in files.items()}
    with dask.config.set(settings):
        yield {f"DASK_{name.upper().replace('.', '__').replace('-', '_')}": str(value)
               for name, value in settings.items()}  # fmt: skip


@pytest.fixture
def started(tmp_path, certificates):
    """Start a part of the cluster; all are ended in the end."""
    with ExitStack() as stack:

        def start(*words):
            log = stack.enter_context((tmp_path / f"{words[0]}.log").open("a"))
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words, "--no-dashboard"],
                stdout=log, stderr=log, env={**os.environ, **certificates},
            )  # fmt: skip
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield start


@pytest.mark.skipif(
    not os.environ.get("REAL_CLUSTER"), reason="make cluster runs it: a cluster takes long to start"
)
def test_a_cluster_loses_a_worker_and_nothing_else(tmp_path, started, monkeypatch):
    """The answer is that of this process, findings and all."""
    archive = tmp_path / "archive.ndjson"
    archive.write_bytes(b"\n".join(lines(CORPUS, "json", 1500)))
    paths = [tmp_path / "here", tmp_path / "there"]
    here = audited(archive, findings=paths[0], code=1)
    address, file = "tls://127.0.0.1", tmp_path / "scheduler.json"
    started("scheduler", "--host", address, "--port", "0", "--scheduler-file", str(file))
    while not file.exists():
        time.sleep(0.05)
    worker = ("worker", "--scheduler-file", str(file), "--host", address, "--no-nanny",
              "--nthreads", "1", "--local-directory", str(tmp_path))  # fmt: skip
    workers = [started(*worker), started(*worker)]
    import distributed

    with distributed.Client(scheduler_file=str(file), set_as_default=False) as client:
        client.wait_for_workers(2)
        address = client.scheduler.address
    keep, count = Store.keep, itertools.count(1)

    def killing(*given):
        keep(*given)
        if next(count) == 3:
            os.kill(workers[0].pid, signal.SIGKILL)

    monkeypatch.setattr(Store, "keep", killing)
    monkeypatch.setattr(blocks.tasks_of, "__defaults__", (8192,))
    there = audited(archive, findings=paths[1], cluster=address, code=1)
    assert workers[0].poll() == -signal.SIGKILL
    assert without_engine(there) == without_engine(here)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("address", [_NOBODY, "tls://127.0.0.1:9", "nosuch://x", "127.0.0.1"])
def test_a_scheduler_that_is_not_there_is_one_line(tmp_path, monkeypatch, address):
    monkeypatch.setattr(cluster, "PATIENCE", 0.2)
    code, said, why = told(written(tmp_path, "a.ndjson", LINE), cluster=address)
    assert (code, said) == (2, "")
    assert why.startswith(f"topcheck: {address}: no scheduler answers: ")
    assert why.count("\n") == 1


def test_without_dask_it_is_settingshow_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, _, why = told(written(tmp_path, "a.ndjson", LINE), cluster=_NOBODY)
    assert (code, why) == (2, "topcheck: --cluster needs Dask: pip install 'topcheck[dask]'\n")
