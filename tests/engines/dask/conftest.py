"""One real Dask cluster on this machine: two workers, a thread each, no dashboard."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import distributed
import pytest


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
        yield made
