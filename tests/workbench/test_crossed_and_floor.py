"""A fraction of a factorial, and a floor for the response, the whole way on real kernels."""

from __future__ import annotations

import pytest

from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.workbench import planning, reading_results, running
from jupyter_coimprove.workbench.bench import Bench


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_fraction_of_five_factors_goes_the_whole_way_with_its_aliases(bench: Bench, write) -> None:
    path = write(
        ("parameters", "SEED = 0\na = True\nb = True\nc = True\nd = True\ne = True"),
        "import random\nrandom.seed(SEED)\nnoise = [random.gauss(0, 0.001) for _ in range(32)]",
        "score = 0.5 * a + 0.25 * b + 0.1 * c + 0.3 * a * b + noise[a + 2 * b + 4 * c + 8 * d + 16 * e]",
    )
    plan = planning.plan(
        bench, notebook=str(path), factor=[f"{name}=False" for name in "abcde"], design="fractional-factorial",
        response="score", direction="max", blocks=2,
    )  # fmt: skip
    assert len(plan.arms) == 16
    assert "a = b×c×d×e (4-factor interaction)" in plan.aliases
    assert "b×c×d×e" in render(plan, width=200)
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert [effect.arm for effect in found.effects] == [f"{name}=False" for name in "abcde"]
    # Each over all runs: what is lost without a is its own 0.5 and, in the half that has b, the 0.3 of both.
    assert [effect.estimate for effect in found.effects] == pytest.approx(
        [-0.65, -0.40, -0.10, 0, 0], abs=0.005
    )
    assert len(found.interactions) == 10
    both = next(one for one in found.interactions if set(one["factors"]) == {"a", "b"})
    assert both["estimate"] == pytest.approx(0.3, abs=0.005)
    assert "`a` and `b` interact" in found.claim


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_dummy_model_is_the_floor_that_the_baseline_is_held_against(bench: Bench, write) -> None:
    path = write(
        ("parameters", "SEED = 0\nC = 1.0"),
        "from sklearn.datasets import make_classification\nfrom sklearn.linear_model import LogisticRegression\n"
        "from sklearn.model_selection import train_test_split",
        "X, y = make_classification(n_samples=200, class_sep=2.0, random_state=3)\n"
        "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=SEED)",
        "model = LogisticRegression(C=C)\nmodel.fit(X_train, y_train)\nacc = model.score(X_test, y_test)\nprint(acc)",
    )
    plan = planning.plan(
        bench, notebook=str(path), factor=["C=0.001"], dummy=True, response="acc", direction="max", blocks=2
    )
    dummy = next(arm for arm in plan.arms if arm.role == "dummy")
    assert "DummyClassifier" in dummy.diff
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    found = reading_results.results(bench, experiment=plan.id)
    assert [effect.arm for effect in found.effects] == ["C=0.001"]
    mean = {row.arm: row.mean for row in found.arms}
    assert mean["baseline"] > 0.9
    assert mean["dummy"] < 0.7
    (floor,) = (row for row in found.controls if row.role == "dummy")
    assert "a model that knows nothing" in floor.text
    assert "model that knows nothing" in render(found, width=200)
