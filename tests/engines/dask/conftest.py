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
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0
    ) as made:
        # Dask sets thread counts and a hash seed for its workers in this very process.
        os.environ.clear()
        os.environ.update(before)
        yield made
