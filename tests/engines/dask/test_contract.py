"""The Dask engine keeps the contract of every engine."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.dask.cluster import Cluster
from jupyter_coimprove.engines.dask.engine import DaskEngine
from jupyter_coimprove.testing.engine_contract import MARK, EngineContract, EngineFactory


class TestDaskEngine(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, local_cluster: Any) -> EngineFactory:
        cluster = Cluster(address=local_cluster.scheduler_address)
        return lambda env: DaskEngine(cluster=cluster, clock=SystemClock(), env=env, passed=(MARK,))
