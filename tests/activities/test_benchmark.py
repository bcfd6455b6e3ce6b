"""What a benchmark can and cannot tell, computed: planted copies, contradicting labels, rare classes, unstable ranks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.activities.benchmark import Sight, agreement, benchmark
from jupyter_coimprove.activities.benchmark_items import cell
from jupyter_coimprove.activities.cases.instrument import Items
from jupyter_coimprove.activities.problems.history import Past
from jupyter_coimprove.activities.slices.table import Column


def items(truth, predicted, *columns, labels=("no", "yes")) -> Items:
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    loss = (truth != predicted).astype(float) if labels else np.abs(truth - predicted).astype(float)
    return Items(
        named={"truth": "y_test", "predicted": "model.predict(X_test)", "features": "X_test"}, loss_of="", labels=labels, truth=truth,
        predicted=predicted, loss=loss, drawn=np.arange(len(truth)), cases=(),
        columns=tuple(Column(name=f"x{i}", values=np.asarray(c, dtype=float)) for i, c in enumerate(columns)),
    )  # fmt: skip


def titles(study) -> list[str]:
    return [card.title for card in study.cards]


def sight(**known) -> Sight:
    return Sight(response="accuracy", direction="max", **known)


def test_planted_copies_and_contradicting_labels_are_counted_exactly() -> None:
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=100), rng.normal(size=100)
    truth = rng.integers(0, 2, 100)
    x[90:], z[90:] = x[:10], z[:10]
    truth[90:] = truth[:10]
    truth[97:] = 1 - truth[7:10]
    study = benchmark(sight(items=items(truth, truth, x, z)))
    assert "10 test items are copies" in titles(study)
    assert "3 labels contradict others of the same item" in titles(study)
    (copies,) = [card for card in study.cards if card.key == "copies"]
    assert copies.data["rows"] == list(range(90, 100))
    (labels,) = [card for card in study.cards if card.key == "labels"]
    assert labels.data["ceiling"] == pytest.approx(0.97)


def test_sound_items_give_no_reason_to_doubt() -> None:
    rng = np.random.default_rng(1)
    x, truth = rng.normal(size=(2, 400)), rng.integers(0, 2, 400)
    told = np.where(rng.random(400) < 0.9, truth, 1 - truth)
    assert titles(benchmark(sight(items=items(truth, told, *x)))) == []


def test_a_model_that_is_no_better_than_the_largest_class_is_told() -> None:
    truth = np.array([0] * 80 + [1] * 20)
    study = benchmark(sight(items=items(truth, np.zeros(100, dtype=int), np.arange(100))))
    assert "the model is no better than one that knows nothing" in titles(study)
    floor = next(part for part in study.sections if part.title == "Floor")
    assert ("the largest class", 0.8) in floor.rows


def test_of_numbers_the_middle_value_is_the_floor() -> None:
    truth = np.linspace(0, 1, 50)
    study = benchmark(sight(items=items(truth, truth + 0.01, np.arange(50), labels=())))
    floor = next(part for part in study.sections if part.title == "Floor")
    assert floor.rows[0][1] == pytest.approx(np.abs(truth - np.median(truth)).mean())
    assert titles(study) == []


def test_too_few_items_and_too_much_noise_for_what_matters_are_told() -> None:
    truth = np.array([0, 1] * 50)
    told = truth.copy()
    told[:10] = 1 - told[:10]
    past = Past(
        id="exp_1",
        question="?",
        response="accuracy",
        blocks=5,
        factors=(),
        values=(0.88, 0.92, 0.9, 0.86, 0.94),
    )
    study = benchmark(
        sight(items=items(truth, told, np.arange(100)), asked={"matters": ["0.01"]}, past=[past])
    )
    assert {
        "it cannot show a difference of 0.01",
        "100 test items are too few for a difference of 0.01",
    } <= set(titles(study))
    wide = benchmark(sight(items=items(truth, told, np.arange(100)), asked={"matters": ["0.5"]}, past=[past]))
    assert titles(wide) == []


def test_an_order_that_changes_from_block_to_block_is_told() -> None:
    arms = {"a": {1: 0.9, 2: 0.1, 3: 0.5}, "b": {1: 0.1, 2: 0.9, 3: 0.6}}
    past = Past(id="exp_1", question="?", response="accuracy", blocks=3, factors=(), verdicts={"b": "better"})
    assert "it does not rank systems stably" in titles(benchmark(sight(arms=arms, past=[past])))
    same = {"a": {1: 0.1, 2: 0.2, 3: 0.3}, "b": {1: 0.2, 2: 0.3, 3: 0.4}}
    assert titles(benchmark(sight(arms=same, past=[past]))) == []


@pytest.mark.parametrize(("dummy", "told"), [((0.2, 0.1, 0.3), False), ((0.02, -0.05, 0.09), True)])
def test_a_benchmark_tells_a_model_from_one_that_knows_nothing(dummy, told) -> None:
    past = Past(id="exp_1", question="?", response="accuracy", blocks=5, factors=(), verdicts={"a": "better"})
    found = titles(benchmark(sight(dummy=dummy, past=[past])))
    assert ("it does not tell the notebook's model from one that knows nothing" in found) is told


def test_rare_classes_are_named_with_how_little_they_show() -> None:
    truth = np.array([0] * 300 + [1] * 3)
    (card,) = [
        c for c in benchmark(sight(items=items(truth, truth, np.arange(303)))).cards if c.key == "rare"
    ]
    assert "yes: the smallest has 3 items" in card.evidence[0]


def test_what_was_not_looked_at_is_said() -> None:
    study = benchmark(sight())
    assert any("--run" in one for one in study.unseen)
    assert "not measured" in next(part for part in study.sections if part.title == "Noise floor").lines[0]


@given(st.lists(st.permutations(range(4)), min_size=2, max_size=6))
def test_agreement_is_between_none_and_always_the_same(orders) -> None:
    arms = {str(arm): {block: float(order[arm]) for block, order in enumerate(orders)} for arm in range(4)}
    found = agreement(arms)
    assert found is not None
    assert 0 <= found[0] <= 1 + 1e-9
    assert (found[0] > 1 - 1e-9) == (len(set(map(tuple, orders))) == 1)


def test_agreement_of_ties_alone_is_none() -> None:
    assert agreement({"a": {1: 1.0, 2: 1.0}, "b": {1: 1.0, 2: 1.0}}) is None
    assert agreement({"a": {1: 1.0}, "b": {1: 2.0}}) is None


def test_the_cell_states_items_score_and_floor() -> None:
    space: dict = {}
    truth = np.array([0, 1, 1, 1])

    class Model:
        def predict(self, x):
            return np.array([0, 1, 1, 0])

    printed: list[str] = []
    space.update(y_test=truth, model=Model(), X_test=None, print=printed.append)
    exec(cell(items(truth, truth)), space)
    assert printed == ["items 4, classes 2", "accuracy 0.7500", "largest class 0.7500"]


def test_of_one_class_alone_that_is_said_and_nothing_that_follows_from_it() -> None:
    told = np.array([0] * 60)
    study = benchmark(sight(items=items(np.zeros(60, dtype=int), told, np.arange(60))))
    assert titles(study) == ["the test items are all of one class, no"]
    assert "whoever answers no is always right" in study.cards[0].evidence[0]


def test_of_drawn_items_it_is_said_of_how_many() -> None:
    from dataclasses import replace

    truth = np.array([0, 1] * 50)
    whole = items(truth, truth, np.arange(100))
    part = replace(whole, drawn=np.arange(40), columns=(Column(name="x0", values=np.arange(40.0)),))
    (told,) = [
        section for section in benchmark(sight(items=part)).sections if section.title == "Repeated items"
    ]
    assert told.lines[0].startswith("0 of 40 test items, drawn at random from 100, have")


def test_a_run_that_shows_no_items_is_not_told_to_run() -> None:
    study = benchmark(sight(ran=True, unseen=("the test items: nothing is compared",)))
    assert not [one for one in study.unseen if "--run" in one]
    assert [one for one in benchmark(sight()).unseen if "--run" in one]
