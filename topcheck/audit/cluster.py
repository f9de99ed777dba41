"""Tasks given to the workers of a Dask cluster that somebody else runs: `topcheck[dask]`."""

from __future__ import annotations

import logging
from concurrent.futures import Future
from typing import Any

from topcheck.audit.auditor import Job
from topcheck.audit.blocks import Task
from topcheck.audit.engine import EngineError, do
from topcheck.audit.record_counts import Counted

#: So long a scheduler may take to answer, in seconds.
PATIENCE = 5


class Cluster:
    """Does tasks on the workers of a Dask cluster; its certificates are those of Dask's settings.

    Raises EngineError where there is no such cluster, or it has no worker.
    """

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError:
            raise EngineError("--cluster needs Dask: pip install 'topcheck[dask]'") from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self._address = address
        try:
            connect: Any = distributed.Client
            self._client = connect(address, timeout=PATIENCE, set_as_default=False)
        except Exception as error:  # of sockets, of TLS, of an address that is none
            words = " ".join(str(error).split()) or type(error).__name__
            raise EngineError(f"{address}: no scheduler answers: {words[:160]}") from None
        threads = sum(self._client.nthreads().values())
        if not threads:
            self._client.close()
            raise EngineError(f"{address}: the cluster has no worker")
        self.room = 2 * threads
        self._executor = self._client.get_executor(pure=False)

    def submit(self, job: Job, task: Task) -> Future[Counted]:
        """Have a task done by any worker; where that is lost Dask gives it to another."""
        future: Future[Counted] = self._executor.submit(do, job, task)
        return future

    def read(self) -> int:
        """Return 0: how far a worker is it does not tell."""
        return 0

    def renew(self) -> None:
        """Raise EngineError where the scheduler is gone."""
        if self._client.status != "running":
            raise EngineError(f"{self._address}: the scheduler is gone")

    def end(self, *, at_once: bool) -> None:
        """Leave the cluster to its owner."""
        self._executor.shutdown(wait=not at_once)
        self._client.close()
