"""The papermill engine keeps the contract of every engine."""

from __future__ import annotations

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.testing.engine_contract import EngineContract, EngineFactory


class TestPapermillEngine(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> EngineFactory:
        return lambda env: PapermillEngine(clock=SystemClock(), env=env)
