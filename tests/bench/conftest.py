from __future__ import annotations

from collections.abc import Iterator

import pytest

from jupyter_coimprove.workbench.cell_running import Executor


@pytest.fixture(scope="session")
def execute() -> Iterator[Executor]:
    with Executor() as executor:
        yield executor
