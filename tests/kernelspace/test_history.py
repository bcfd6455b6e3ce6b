"""The last cell of a kernel that is about the work, by its number."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_coimprove.kernelspace.history import ran


def shell(*typed: str) -> Any:
    """A shell that runs one more cell after these."""
    return SimpleNamespace(
        execution_count=len(typed) + 1, history_manager=SimpleNamespace(input_hist_raw=["", *typed, "%%coai\nwhy?"])
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (["a = 1"], 1), (["a = 1", "%%coai\nwhat?", " %coai usage", "", "%load_ext jupyter_coimprove"], 1), (["%time a"], 1),
        (["a", "b", "c"], 3), (["%coai_other"], 1),
    ],
)  # fmt: skip
def test_the_last_cell_that_neither_asks_nor_loads_us(typed: list[str], number: int) -> None:
    assert ran(shell(*typed)) == {"ran": number}


def test_where_there_is_none_nothing_is_said() -> None:
    assert ran(shell()) == ran(shell("%%coai\nwhat?")) == ran(SimpleNamespace()) == {}
