"""What the tests of the checks share: a notebook from cells, and its findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from made_notebooks import made

from jupyter_coimprove.evidence.checks.check import check
from jupyter_coimprove.evidence.checks.finding import CheckFinding
from jupyter_coimprove.kernelspace.transform import python_source

Check = Callable[..., tuple[CheckFinding, ...]]


@pytest.fixture
def findings() -> Check:
    """The findings of a notebook made of these cells, low confidence left out."""

    def run(*cells: str, beside: Mapping[str, str] | None = None) -> tuple[CheckFinding, ...]:
        found, whole = check(made(*cells, beside=beside), python_source)
        assert whole
        return tuple(f for f in found if f.confidence != "low")

    return run
