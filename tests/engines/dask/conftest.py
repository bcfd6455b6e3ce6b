"""One real Dask cluster on this machine: two workers, a thread each, no dashboard."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Iterator
from typing import Any

import distributed
import pytest

#: Where the scheduler of this process listens.
_ports: set[str] = set()


@pytest.fixture(scope="session")
def local_cluster() -> Iterator[Any]:
    before = dict(os.environ)
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        memory_limit=0,
        # Its health page takes any free port: another cluster may have Dask's own.
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
    ) as made:
        # Dask sets thread counts and a hash seed for its workers in this very process.
        os.environ.clear()
        os.environ.update(before)
        _ports.add(made.scheduler_address.rpartition(":")[2])
        yield made


@pytest.fixture(scope="module", autouse=True)
def half_connections() -> Iterator[None]:
    """Dask leaves the socket of an attempt to connect that it cancelled to the collector: not in another module's test."""
    yield
    with warnings.catch_warnings():
        for port in _ports:
            warnings.filterwarnings(
                "ignore", rf"unclosed <socket\.socket .*raddr=\('127\.0\.0\.1', {port}\)", ResourceWarning
            )
        gc.collect()
