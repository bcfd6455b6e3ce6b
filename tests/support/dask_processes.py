"""Schedulers and workers of Dask as processes of their own, which tests kill by their ids."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path


class Processes:
    """A scheduler and workers, none at first; ``address`` is the scheduler's. All end with ``close``."""

    scheduler: subprocess.Popen[bytes]

    def __init__(
        self, folder: Path, env: Mapping[str, str] | None = None, tls: tuple[Path, ...] = ()
    ) -> None:
        self.folder, self.tls = folder, tls
        self.env = {**os.environ, **(env or {})}
        self.file = folder / "scheduler.json"
        self.started: list[subprocess.Popen[bytes]] = []

    def _start(self, module: str, *options: str, env: Mapping[str, str] | None = None, prefix: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:  # fmt: skip
        names = ("--tls-ca-file", "--tls-cert", "--tls-key")
        secure = [text for pair in zip(names, map(str, self.tls), strict=False) for text in pair]
        number = len(self.started)
        with open(self.folder / f"{number}.log", "wb") as log:
            process = subprocess.Popen(
                [*prefix, sys.executable, "-m", f"distributed.cli.{module}", "--no-dashboard", *options, *secure],
                env={**self.env, **(env or {})}, stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        self.started.append(process)
        return process

    def start_scheduler(self, port: int = 0) -> subprocess.Popen[bytes]:
        self.file.unlink(missing_ok=True)
        protocol = ("--protocol", "tls") if self.tls else ()
        self.scheduler = self._start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--scheduler-file", str(self.file), *protocol
        )  # fmt: skip
        until = time.monotonic() + 120
        while not self.file.exists():
            assert time.monotonic() < until, (self.folder / "0.log").read_text()
            time.sleep(0.05)
        return self.scheduler

    @property
    def address(self) -> str:
        return str(json.loads(self.file.read_text("utf-8"))["address"])

    def start_worker(self, *, nanny: bool = False, env: Mapping[str, str] | None = None, prefix: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:  # fmt: skip
        return self._start(
            "dask_worker", self.address, "--nthreads", "1", "--memory-limit", "0", "--host", "127.0.0.1",
            "--local-directory", str(self.folder), *(() if nanny else ("--no-nanny",)),
            env=env, prefix=prefix,
        )  # fmt: skip

    def close(self) -> None:
        for process in reversed(self.started):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.started:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def processes(folder: Path, workers: int, *, nanny: bool = False, env: Mapping[str, str] | None = None, tls: tuple[Path, ...] = ()) -> Iterator[Processes]:  # fmt: skip
    """A scheduler with so many workers, all of them there."""
    from jupyter_coimprove.engines.dask.cluster import Cluster, connect

    made = Processes(folder, env, tls)
    try:
        made.start_scheduler()
        for _ in range(workers):
            made.start_worker(nanny=nanny)
        given = (tls[0], tls[1], tls[2]) if tls else None
        with contextlib.closing(connect(Cluster(address=made.address, tls=given))) as client:
            client.wait_for_workers(workers, timeout=120)
        yield made
    finally:
        made.close()
