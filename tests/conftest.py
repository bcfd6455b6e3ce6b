"""What tests of every stage share."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def nobodys_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test asks a model because who runs it has a key, a setting or a policy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("ANTHROPIC_") or re.fullmatch(
                r"COIMPROVE_(PROVIDER|MODEL|LOCAL_MODEL|\w+_POLICY)", name
            ):
                patch.delenv(name)
        # On a share of what a model proposes a person is asked first: tests of that say so.
        patch.setenv("COIMPROVE_FIRST_VIEW", "0")
        patch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """A shell in this process takes the place of ``__main__``, from which processes are started in later tests."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """What code under test puts into the environment (a backend for figures, say) is no later kernel's."""
    before = dict(os.environ)
    yield
    for name in {*before, *os.environ} - {"PYTEST_CURRENT_TEST"}:
        if name not in before:
            del os.environ[name]
        elif os.environ.get(name) != before[name]:
            os.environ[name] = before[name]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public notebooks; a test that needs it skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not here")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker("shared_data")


def pytest_collection_finish() -> None:
    """Thousands of collected tests live to the end: the collector need not look through them each time.

    (statsmodels collects by hand in every call, which made one test take most of a minute.)
    """
    gc.collect()
    gc.freeze()
