"""The engine that shares keeps the contract of every engine."""

from __future__ import annotations

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine
from jupyter_coimprove.testing.engine_contract import EngineContract, EngineFactory


class TestSharedPrefixEngine(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> EngineFactory:
        return lambda env: SharedPrefixEngine(clock=SystemClock(), env=env)
