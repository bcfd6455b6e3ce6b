"""The engine that runs on a Dask cluster: one group in flight a worker's thread, one writer here.

Dask carries groups and their results; what is repeated, and what counts, is decided here. A group is
pinned to its worker: Dask would execute it anew elsewhere, with runs that had ended.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from jupyter_coimprove.clock import Clock
from jupyter_coimprove.engines.dask import cluster as clusters
from jupyter_coimprove.engines.dask import groups
from jupyter_coimprove.engines.dask.cluster import Cluster, Seats
from jupyter_coimprove.engines.dask.flight import Flight
from jupyter_coimprove.engines.papermill import environment
from jupyter_coimprove.engines.papermill.apart import CHOICE
from jupyter_coimprove.redaction import strip_environment
from jupyter_coimprove.runs.engine import Queue, RunEvent

#: How long without any worker, or without a scheduler, until it is given up.
PATIENCE_S = 60.0

Files = Literal["auto", "paths", "content"]


class DaskEngine:
    """Behind ``runs.engine.Engine``: the runs are executed where the cluster's workers are.

    ``env`` is the environment here: workers keep their own, and get of it the hash seed, the way to keep runs
    apart and what ``passed`` names (``COIMPROVE_CLUSTER_ENV``, with commas). ``share`` false: every run whole.
    ``files``: whether workers see our folders (``auto``: tried out), and at most ``most_mb`` are sent to those
    that do not. ``seats`` is known after ``check``.
    """

    name = "dask"

    def __init__(
        self, *, cluster: Cluster, clock: Clock, env: Mapping[str, str] | None = None, share: bool = True,
        files: Files | None = None, most_mb: float | None = None, passed: Sequence[str] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        env = os.environ if env is None else env
        names = env.get("COIMPROVE_CLUSTER_ENV", "").split(",") if passed is None else passed
        stripped, self.removed = strip_environment(env)
        self.cluster, self.clock, self.share = cluster, clock, share
        self.files: str = files or env.get("COIMPROVE_CLUSTER_FILES") or "auto"
        self.most_mb = float(env.get("COIMPROVE_CLUSTER_MB") or 256) if most_mb is None else most_mb
        self.passed = {name: stripped[name] for name in (*names, CHOICE) if name in stripped}
        self.passed["PYTHONHASHSEED"] = environment.hash_seed(env)
        self.patience_s = patience_s
        self.seats = Seats(threads={})
        self.heard: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def check(self, kernel: str) -> Mapping[str, Any]:
        """The one environment that all workers give. Raises EngineError, KernelMissing."""
        client = clusters.connect(self.cluster)
        try:
            self.seats, facts = clusters.admit(client, kernel, self.passed)
        finally:
            client.close()
        return {**facts, "engine": self.name}

    def stop(self, run: str, state: Literal["cancelled", "timed_out"]) -> None:
        """End one run now; one that is not under way is left alone."""
        self.heard.put(("stop", (run, state)))

    def execute(self, work: Queue, report: Callable[[RunEvent], None], *, workers: int) -> None:
        """Run what the queue gives, at most ``workers`` at a time (0: all that the cluster has room for).

        Raises EngineError when the cluster cannot run it, or is gone for good.
        """
        groups.check_sendable(groups.waiting(work))
        self.heard = queue.SimpleQueue()
        flight = Flight(self, work, report, workers)
        try:
            flight.fly()
        finally:
            flight.land()
