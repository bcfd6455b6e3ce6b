"""The server that the tests of its door share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from server_door import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"), "/user/zoe/")
    yield running
    running.end()
