"""A notebook that seeds half of what it draws from, the whole way: the rest is seeded, told and paired."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.workbench import planning, reading_results, running, shelf
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.views import PlanView, ResultsView, View

CELLS = (
    "import random\nimport numpy as np",
    "SEED = 4\nlr = 0.1\nnp.random.seed(SEED)",
    "rows = np.random.permutation(20)\ntrain, test = rows[:15], rows[15:]\nstart = random.gauss(0, 1)",
    "score = float(lr + 0.01 * test.mean() + start)",
    "print(f'score {score:.4f}')",
)


def text(view: View) -> str:
    """The view as a terminal shows it, its lines joined."""
    return " ".join(render(view, width=400).split())


def _run(bench: Bench, path: Path, **more: object) -> tuple[PlanView, ResultsView]:
    view = planning.plan(
        bench, notebook=str(path), factor=["lr=0.3"], response="score", direction="max", blocks=4, **more
    )
    running.run(bench, experiment=view.id, workers=2, wait=True)
    return view, reading_results.results(bench, experiment=view.id)


@pytest.mark.slow
def test_what_it_leaves_unseeded_is_seeded_by_each_block_and_then_pairs(
    bench: Bench, write: Callable[..., Path]
) -> None:
    view, found = _run(bench, write(*CELLS))
    shown = text(view)
    assert "numpy is seeded by SEED" in shown
    assert "random is drawn from unseeded (first by gauss, cell 3)" in shown
    assert "in an added cell before cell 2" in shown
    assert (view.block_kind, found.residual) == ("split", 0.0)
    (effect,) = found.effects
    assert effect.estimate is not None
    assert abs(effect.estimate - 0.2) < 1e-9
    assert effect.correlation is not None
    assert effect.correlation > 0.999
    assert "nearly all that varies is shared" in text(found)
    runs = shelf.runs_of(bench.record(), view.id)
    assert len({run.data["metrics"][0]["value"]["number"] for run in runs}) == 8, "blocks differ"


@pytest.mark.slow
def test_left_alone_its_chance_shows_as_residual_and_is_named(
    bench: Bench, write: Callable[..., Path]
) -> None:
    view, found = _run(bench, write(*CELLS), no_seeding=True)
    assert not view.seeding_cell
    assert view.uncontrolled == ("random's generator, which nothing seeds",)
    assert "stays in every difference" in text(view)
    assert found.residual
    assert found.residual_share
    assert "not controlled: random's generator" in text(found)
    assert any("times its standard deviation over blocks" in note for note in found.notes)
    assert "times its spread over blocks" in found.claim
