"""What an engine is told about sharing."""

from __future__ import annotations

import pytest

from jupyter_coimprove.engines.shared_prefix.sharing import Variant, keys, reach, share
from jupyter_coimprove.kernelspace.transform import python_source

CELLS = [
    "lr = 0.1\nseed = 0",
    "x = list(range(5))",
    "y = [v + seed for v in x]",
    "z = [v * lr for v in y]",
    "print(z)",
]


def variants(*parameters: dict[str, object]) -> list[Variant]:
    return [Variant(sources=CELLS, parameters=given, at=1) for given in parameters]


def shared(*parameters: dict[str, object]) -> list[int]:
    """For each variant after the first, how many cells it shares with the first."""
    first, *rest = keys(variants(*parameters), transform=python_source)
    return [sum(a == b for a, b in zip(first, other, strict=True)) for other in rest]


def test_cells_are_shared_up_to_the_first_that_reads_what_varies() -> None:
    assert shared({"lr": 0.1}, {"lr": 0.2}) == [3]
    assert shared({"seed": 1}, {"seed": 2}) == [2]


def test_a_variant_without_the_added_cell_shares_with_those_that_have_it() -> None:
    assert shared({}, {"lr": 0.2}, {"lr": 0.2}) == [3, 3]


def test_with_several_factors_a_cell_is_shared_by_those_that_agree_on_what_it_reads() -> None:
    grid = [{"seed": seed, "lr": lr} for seed in (1, 2) for lr in (0.1, 0.2)]
    found = keys(variants(*grid), transform=python_source)
    assert [len({cells[i] for cells in found}) for i in range(5)] == [1, 1, 2, 4, 4]


def test_a_number_of_another_type_is_another_value() -> None:
    assert shared({"lr": 1}, {"lr": 1.0}, {"lr": True}, {"lr": 1}) == [3, 3, 5]


def test_what_a_cell_needs_is_told_before_it_runs() -> None:
    cells = share(variants({"lr": 0.1, "seed": 1}, {"lr": 0.2, "seed": 2}), transform=python_source)[0]
    assert [sorted(c.needs) for c in cells] == [[], [], ["seed"], ["lr", "seed"], ["lr", "seed"]]


@pytest.mark.parametrize("cell", ["globals()", "exec('x = 1')", "%run other.py", "def f(:", "print(In)"])
def test_where_nothing_can_be_told_everything_is_needed_from_there_on(cell: str) -> None:
    found = reach(["a = 1", cell, "b = 2"], ["lr"], transform=python_source)
    assert not found[0].stop
    assert found[1].stop
    assert found[2].stop == found[1].stop
    assert [bool(c.reads) for c in found] == [False, True, True]


def test_files_that_differ_share_nothing() -> None:
    one, two = (Variant(sources=CELLS, files={"cfg.yaml": text}) for text in ("a: 1", "a: 2"))
    first, other = keys([one, two], transform=python_source)
    assert not set(first) & set(other)


def test_source_that_differs_ends_what_is_shared() -> None:
    one = Variant(sources=CELLS)
    two = Variant(sources=[*CELLS[:3], "z = [v - lr for v in y]", CELLS[4]])
    first, other = keys([one, two], transform=python_source)
    assert [a == b for a, b in zip(first, other, strict=True)] == [True, True, True, False, False]
