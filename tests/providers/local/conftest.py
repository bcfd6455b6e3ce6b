"""The small model that `coimprove model fetch` installs, in its own process, once for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jupyter_coimprove.providers.local import LocalProvider, Process, found_model, missing


@pytest.fixture(scope="session")
def process() -> Iterator[Process]:
    """A real model; without one these tests skip."""
    if missing():
        pytest.skip(missing())
    model = found_model()
    assert model is not None
    made = Process(model)
    yield made
    made.close()


@pytest.fixture
def local(process: Process) -> LocalProvider:
    return LocalProvider(process)
