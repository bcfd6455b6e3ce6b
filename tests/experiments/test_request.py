"""Factors as a person types them."""

from __future__ import annotations

import pytest

from jupyter_coimprove.experiments.request import FactorRequest


@pytest.mark.parametrize(
    ("typed", "name", "levels", "drop"),
    [
        ("lr=0.1,0.2", "lr", ("0.1", "0.2"), False),
        ("-scaler", "scaler", None, True),
        ("loop[learning_rate=0.2]", "loop[learning_rate=0.2]", None, False),
        ("-grid[C=1]", "grid[C=1]", None, True),
        ("grid[C=1].gamma = [1, 2]", "grid[C=1].gamma", ("[1, 2]",), False),
        ("odd[name=3", "odd[name", ("3",), False),
    ],
)
def test_an_equals_sign_in_brackets_belongs_to_the_name(
    typed: str, name: str, levels: tuple[str, ...] | None, drop: bool
) -> None:
    found = FactorRequest.parse(typed)
    assert (found.name, found.levels, found.drop) == (name, levels, drop)
