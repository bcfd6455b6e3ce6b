"""What well-known metrics are, in NumPy alone, and cases on which a metric written by hand is tried beside them.

This file's text is run beside the function that is tried, in a process of its own: it imports nothing of this package.
Definitions: Manning et al. (2008) for retrieval, Cohen (1960) for kappa, Matthews (1975), Brier (1950), Hanley and McNeil
(1982) for the area under the ROC curve. In the cases every class occurs on both sides, no denominator is zero and numbers
tie now and then, so that what is a matter of convention elsewhere is none here.
"""

from typing import Any

import numpy as np

# -- definitions ---------------------------------------------------------------------------------------


def _counts(truth: Any, guess: Any) -> Any:
    t, g = np.asarray(truth) == 1, np.asarray(guess) == 1
    return (t & g).sum(), (~t & g).sum(), (t & ~g).sum(), (~t & ~g).sum()


def accuracy(truth: Any, guess: Any) -> Any:
    return np.mean(np.asarray(truth) == np.asarray(guess))


def error_rate(truth: Any, guess: Any) -> Any:
    return np.mean(np.asarray(truth) != np.asarray(guess))


def precision(truth: Any, guess: Any) -> Any:
    tp, fp, _, _ = _counts(truth, guess)
    return tp / (tp + fp)


def recall(truth: Any, guess: Any) -> Any:
    tp, _, fn, _ = _counts(truth, guess)
    return tp / (tp + fn)


def specificity(truth: Any, guess: Any) -> Any:
    _, fp, _, tn = _counts(truth, guess)
    return tn / (tn + fp)


def f1(truth: Any, guess: Any) -> Any:
    tp, fp, fn, _ = _counts(truth, guess)
    return 2 * tp / (2 * tp + fp + fn)


def jaccard(truth: Any, guess: Any) -> Any:
    tp, fp, fn, _ = _counts(truth, guess)
    return tp / (tp + fp + fn)


def matthews(truth: Any, guess: Any) -> Any:
    tp, fp, fn, tn = (float(v) for v in _counts(truth, guess))
    return (tp * tn - fp * fn) / np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))


def macro_f1(truth: Any, guess: Any) -> Any:
    return np.mean([f1(truth == c, guess == c) for c in np.unique(truth)])


def macro_precision(truth: Any, guess: Any) -> Any:
    return np.mean([precision(truth == c, guess == c) for c in np.unique(truth)])


def balanced_accuracy(truth: Any, guess: Any) -> Any:
    return np.mean([np.mean(guess[truth == c] == c) for c in np.unique(truth)])


def kappa(truth: Any, guess: Any) -> Any:
    seen = np.mean(truth == guess)
    chance = sum(np.mean(truth == c) * np.mean(guess == c) for c in np.union1d(truth, guess))
    return (seen - chance) / (1 - chance)


def mse(truth: Any, guess: Any) -> Any:
    return np.mean((truth - guess) ** 2)


def rmse(truth: Any, guess: Any) -> Any:
    return np.sqrt(np.mean((truth - guess) ** 2))


def mae(truth: Any, guess: Any) -> Any:
    return np.mean(np.abs(truth - guess))


def mape(truth: Any, guess: Any) -> Any:
    return np.mean(np.abs((truth - guess) / truth))


def bias(truth: Any, guess: Any) -> Any:
    return np.mean(guess - truth)


def r2(truth: Any, guess: Any) -> Any:
    return 1 - np.sum((truth - guess) ** 2) / np.sum((truth - np.mean(truth)) ** 2)


def column_rmse(truth: Any, guess: Any) -> Any:
    return np.mean(np.sqrt(np.mean((truth - guess) ** 2, axis=0)))


def skill(truth: Any, guess: Any, plain: Any) -> Any:
    return 1 - np.mean(np.abs(truth - guess)) / np.mean(np.abs(truth - plain))


def squared_skill(truth: Any, guess: Any, plain: Any) -> Any:
    return 1 - np.mean((truth - guess) ** 2) / np.mean((truth - plain) ** 2)


def within(truth: Any, guess: Any, most: Any) -> Any:
    return np.mean(np.abs(truth - guess) <= most)


def binary_loss(truth: Any, p: Any) -> Any:
    return -np.mean(truth * np.log(p) + (1 - truth) * np.log(1 - p))


def brier(truth: Any, p: Any) -> Any:
    return np.mean((p - truth) ** 2)


def cross_entropy(truth: Any, weights: Any) -> Any:
    share = weights / weights.sum(axis=1, keepdims=True)
    return -np.mean(np.log(share[np.arange(len(truth)), truth]))


def area(truth: Any, score: Any) -> Any:
    above = score[truth == 1][:, None] - score[truth == 0][None, :]
    return np.mean((above > 0) + 0.5 * (above == 0))


def recall_at(ranked: Any, wanted: Any, k: Any) -> Any:
    return len(set(ranked[:k]) & set(wanted)) / len(wanted)


def precision_at(ranked: Any, wanted: Any, k: Any) -> Any:
    return len(set(ranked[:k]) & set(wanted)) / k


def reciprocal_rank(ranked: Any, wanted: Any) -> Any:
    return 1 / next(place for place, one in enumerate(ranked, 1) if one in set(wanted))


def dcg(grades: Any) -> Any:
    return sum(grade / np.log2(place + 1) for place, grade in enumerate(grades, 1))


def ndcg(grades: Any) -> Any:
    return dcg(grades) / dcg(sorted(grades, reverse=True))


def standard_error(values: Any) -> Any:
    return np.std(values, ddof=1) / np.sqrt(len(values))


def sample_deviation(values: Any) -> Any:
    return np.std(values, ddof=1)


def item_mean(batches: Any) -> Any:
    return float(np.mean([value for batch in batches for value in batch]))


# -- cases -----------------------------------------------------------------------------------------------


def _mixed(rng: Any, classes: Any, n: int = 40) -> Any:
    truth = np.r_[
        np.arange(classes),
        rng.choice(classes, n, p=np.linspace(3, 1, classes) / np.linspace(3, 1, classes).sum()),
    ]
    guess = np.where(rng.random(len(truth)) < 0.6, truth, rng.integers(0, classes, len(truth)))
    guess[:classes] = truth[:classes]
    return truth, guess


def cases(kind: Any, rng: Any) -> Any:
    """So many calls' positional arguments."""
    out: list[Any] = []
    for turn in range(18):
        if kind == "binary":
            out.append(_mixed(rng, 2))
        elif kind == "classes":
            out.append(_mixed(rng, 3))
        elif kind == "numbers":
            truth = rng.normal(5, 2, 25)
            out.append((truth, 0.6 * truth + rng.normal(0, 1, 25)))
        elif kind == "columns":
            truth = rng.normal(size=(12, 3)) * [1, 4, 9]
            out.append((truth, truth + rng.normal(size=(12, 3)) * [3, 1, 2]))
        elif kind == "forecasts":
            out.append(tuple(rng.normal(size=(3, 15))))
        elif kind == "tolerance":
            truth = rng.integers(0, 9, 30)
            out.append((truth, truth + rng.integers(-3, 4, 30), 1 + turn % 3))
        elif kind == "chances":
            out.append((np.r_[[0, 1], rng.integers(0, 2, 20)], np.clip(rng.random(22), 0.05, 0.95)))
        elif kind == "weights":
            out.append((np.r_[[0, 1, 2], rng.integers(0, 3, 9)], rng.gamma(2.0, 1.0, (12, 3))))
        elif kind == "shares":
            table = rng.gamma(2.0, 1.0, (12, 3))
            out.append((np.r_[[0, 1, 2], rng.integers(0, 3, 9)], table / table.sum(axis=1, keepdims=True)))
        elif kind == "scores":
            out.append((np.r_[[0, 1], rng.integers(0, 2, 20)], rng.integers(0, 4, 22).astype(float)))
        elif kind == "ranking":
            out.append(([int(v) for v in rng.permutation(12)], [0, 1, 2, 3], (1, 3, 5, 8, 12, 2)[turn % 6]))
        elif kind == "first":
            out.append(([int(v) for v in rng.permutation(12)], [0, 1, 2, 3]))
        elif kind == "grades":
            out.append(([float(v) for v in rng.integers(0, 4, 7) + 0.5],))
        elif kind == "values":
            out.append((rng.normal(size=(3, 4, 6, 9, 5, 7)[turn % 6]),))
        elif kind == "batches":
            out.append(([list(rng.random(n) * n) for n in (8, 8, 8, 1 + turn % 7)],))
    return out
