"""Metrics written by hand: what is wrong by one change is found and mended, and its sound twin is left alone."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from jupyter_coimprove.bench.item import Item, book, notebook_of
from jupyter_coimprove.evidence.metrics.trying import Metric, metrics

#: None of these stands in a template of CoBench: kind of mistake, the metric that is wrong, the one that is right.
PAIRS = (
    (
        "offbyone",
        '''def mean_abs_error(y_true, y_pred):
    """Mean absolute error."""
    return np.abs(y_true - y_pred).sum() / (len(y_true) - 1)''',
        '''def mean_abs_error(y_true, y_pred):
    """Mean absolute error."""
    return np.abs(y_true - y_pred).sum() / len(y_true)''',
    ),
    (
        "divisor",
        """def specificity(y_true, y_pred):
    tn = np.sum((y_true == 0) & (y_pred == 0))
    fp = np.sum((y_true == 0) & (y_pred == 1))
    return tn / (tn - fp)""",
        """def specificity(y_true, y_pred):
    tn = np.sum((y_true == 0) & (y_pred == 0))
    fp = np.sum((y_true == 0) & (y_pred == 1))
    return tn / (tn + fp)""",
    ),
    (
        "swapped",
        '''def f1(t, p):
    """F1 of the positive class."""
    tp = fp = fn = 0
    for a, b in zip(t, p):
        if a == 1 and b == 1: tp += 1
        elif b == 1: fp += 1
        elif a == 1: fn += 1
    prec = tp / (tp + fp)
    rec = tp / (tp + fp)
    return 2 * prec * rec / (prec + rec)''',
        '''def f1(t, p):
    """F1 of the positive class."""
    tp = fp = fn = 0
    for a, b in zip(t, p):
        if a == 1 and b == 1: tp += 1
        elif b == 1: fp += 1
        elif a == 1: fn += 1
    prec = tp / (tp + fp)
    rec = tp / (tp + fn)
    return 2 * prec * rec / (prec + rec)''',
    ),
    (
        "offbyone",
        '''def mrr(results, relevant):
    """Mean reciprocal rank."""
    for i, r in enumerate(results):
        if r in relevant:
            return 1 / i if i else 0.0
    return 0.0''',
        '''def mrr(results, relevant):
    """Mean reciprocal rank."""
    for i, r in enumerate(results):
        if r in relevant:
            return 1 / (i + 1)
    return 0.0''',
    ),
    (
        "sign",
        '''def brier(labels, prob):
    """Brier score."""
    return np.mean((prob + labels) ** 2)''',
        '''def brier(labels, prob):
    """Brier score."""
    return float(((np.asarray(prob) - np.asarray(labels)) ** 2).mean())''',
    ),
    (
        "average",
        """def rmse(pred, target):
    return np.sqrt(((pred - target) ** 2).sum())""",
        """def rmse(pred, target):
    return np.sqrt(((pred - target) ** 2).mean())""",
    ),
    (
        "swapped",
        '''def recall(pred, target):
    """Recall."""
    tp = ((pred == 1) & (target == 1)).sum()
    return tp / (pred == 1).sum()''',
        '''def recall(pred, target):
    """Recall."""
    tp = ((pred == 1) & (target == 1)).sum()
    return tp / (target == 1).sum()''',
    ),
    (
        "sign",
        '''def mcc(y, yhat):
    """Matthews correlation coefficient."""
    tp = float(((y == 1) & (yhat == 1)).sum()); tn = float(((y == 0) & (yhat == 0)).sum())
    fp = float(((y == 0) & (yhat == 1)).sum()); fn = float(((y == 1) & (yhat == 0)).sum())
    return (tp * tn + fp * fn) / ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)) ** 0.5''',
        '''def mcc(y, yhat):
    """Matthews correlation coefficient."""
    tp = float(((y == 1) & (yhat == 1)).sum()); tn = float(((y == 0) & (yhat == 0)).sum())
    fp = float(((y == 0) & (yhat == 1)).sum()); fn = float(((y == 1) & (yhat == 0)).sum())
    return (tp * tn - fp * fn) / ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)) ** 0.5''',
    ),
    (
        "offbyone",
        """def accuracy(y_true, y_pred):
    return sum(a == b for a, b in zip(y_true, y_pred)) / len(y_true) * 2""",
        """def accuracy(y_true, y_pred):
    return sum(a == b for a, b in zip(y_true, y_pred)) / len(y_true)""",
    ),
    (
        "sign",
        '''def auc(y_true, score):
    """Area under the ROC curve, from ranks."""
    from scipy.stats import rankdata
    r = rankdata(score)
    n1 = (y_true == 1).sum(); n0 = len(y_true) - n1
    return (r[y_true == 1].sum() - n1 * (n1 - 1) / 2) / (n1 * n0)''',
        '''def auc(y_true, score):
    """Area under the ROC curve, from ranks."""
    from scipy.stats import rankdata
    r = rankdata(score)
    n1 = (y_true == 1).sum(); n0 = len(y_true) - n1
    return (r[y_true == 1].sum() - n1 * (n1 + 1) / 2) / (n1 * n0)''',
    ),
)


@dataclass(frozen=True, kw_only=True)
class Ran:
    error: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


def run(cells: Sequence[str], names: Sequence[str] = (), *, seconds: float = 30.0) -> Ran:
    """Here and now: these functions are ours."""
    space: dict[str, object] = {}
    with warnings.catch_warnings():
        for cell in cells:
            exec(cell, space)
    return Ran(values={name: space[name] for name in names})


def tried(*cells: str) -> tuple[Metric, ...]:
    item = Item(family="none", template="none", seed=0, notebook=book(["import numpy as np", *cells]), ask="")
    return metrics(notebook_of(item), str, run)


@pytest.mark.parametrize(("kind", "wrong", "right"), PAIRS)
def test_one_wrong_place_is_found_and_its_twin_is_left_alone(kind: str, wrong: str, right: str) -> None:
    (found,) = tried(wrong)
    assert not found.equal
    assert found.change is not None
    assert found.change.kind == kind
    assert not math.isclose(*found.example, rel_tol=1e-9)
    (mended,) = tried(found.mended)
    assert mended.equal, found.mended
    (sound,) = tried(right)
    assert sound.equal
    assert sound.change is None


def test_what_differs_in_more_than_one_place_is_told_without_a_change() -> None:
    (found,) = tried(
        'def rmse(truth, guess):\n    """Root mean squared error."""\n    return np.ptp(truth) * 7.3 + 1.1'
    )
    assert not found.equal
    assert found.change is None


def test_names_that_do_not_say_which_side_is_the_truth_are_no_mistake() -> None:
    recall = 'def recall(a, b):\n    """Recall."""\n    return np.sum((a == 1) & (b == 1)) / np.sum({} == 1)'
    assert [tried(recall.format(side))[0].equal for side in "ab"] == [True, True]


def test_the_notebooks_work_is_not_run_and_what_fails_is_told() -> None:
    assert tried("raise SystemExit", "def total(a):\n    return sum(a)") == ()
    (found,) = tried('def mae(truth, guess):\n    """Mean absolute error."""\n    return open("none").read()')
    assert found.why
    assert not found.equal


def test_a_helper_of_another_cell_and_a_constant_take_part() -> None:
    (found,) = tried(
        "SCALE = 1",
        "def squared(a, b):\n    return (a - b) ** 2",
        "def mse(truth, guess):\n    return SCALE * squared(truth, guess).mean()",
    )
    assert found.equal
