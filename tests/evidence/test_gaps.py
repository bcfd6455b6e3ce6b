"""Holes of a grid of runs: which combinations no completed run has."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.evidence.gaps import gaps, level
from jupyter_coimprove.evidence.tracked import Tracked, TrackedRun, table_of


@given(st.sets(st.tuples(st.sampled_from([0.001, 0.1, 10.0]), st.sampled_from(["a", "b"]))))
def test_what_was_not_run_is_missing_however_its_numbers_are_written(ran: set[tuple[float, str]]) -> None:
    levels = {"rate": ["1e-3", 0.1, "10"], "kind": ["a", "b"]}
    found = gaps(levels, [{"rate": f"{rate:.3e}", "kind": kind, "seed": 1} for rate, kind in ran])
    cells = set(product((0.001, 0.1, 10.0), ("a", "b")))
    assert {(float(dict(one)["rate"]), dict(one)["kind"]) for one in found} == cells - ran


def test_a_combination_is_filled_when_every_seed_of_it_ended() -> None:
    runs = [{"rate": 1, "seed": 0}, {"rate": 1, "seed": 1}, {"rate": 2, "seed": 0}]
    assert gaps({"rate": [1, 2]}, runs, [0, 1], "seed") == ((("rate", "2"),),)


def test_a_level_that_is_no_number_is_its_text() -> None:
    assert level(" relu ") == "relu"
    assert level(True) == "True"
    assert level("1e-1") == level(0.1) == level("0.10")


def test_a_table_of_tracked_runs_says_which_combinations_have_no_finished_run() -> None:
    runs = [
        TrackedRun(
            id=f"{rate}{depth}{seed}", name="run", params={"rate": rate, "depth": depth, "seed": str(seed)},
            metrics={"acc": 0.9}, state="failed" if (rate, depth) == ("0.1", "4") else "finished",
        )
        for rate in ("0.1", "1") for depth in ("2", "4") for seed in range(2)
    ]  # fmt: skip
    notes = table_of(Tracked(tool="MLflow", runs=tuple(runs)), response="acc").notes
    assert "1 of the 4 combinations of rate, depth have no finished run: rate=0.1, depth=4" in notes
