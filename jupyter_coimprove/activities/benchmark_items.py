"""What the test items of a benchmark show: balance, repeated and contradicting items, floor, and how fine they tell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from jupyter_coimprove.activities.activity import Card, Entry, Section
from jupyter_coimprove.evidence.ranks import clopper_pearson

if TYPE_CHECKING:
    from jupyter_coimprove.activities.cases.instrument import Items

#: Shares of items that are the same as another: from here it is a problem.
DUPLICATES = 0.01
#: A class below this share of the items is rare.
RARE = 0.02


def number(said: Sequence[str]) -> float | None:
    """The last that was said, as a number above 0; None where there is none."""
    try:
        value = float(said[-1])
    except (IndexError, ValueError):
        return None
    return value if math.isfinite(value) and value > 0 else None


def balance(items: Items) -> tuple[Section, list[Card]]:
    import numpy as np

    n = len(items.truth)
    if not items.labels:
        low, middle, high = (float(v) for v in np.nanquantile(items.truth, (0.05, 0.5, 0.95)))
        return Section(
            title="What is to be told",
            facts=(
                ("items", str(n)),
                ("middle", f"{middle:.4g}"),
                ("90 % lie in", f"{low:.4g} to {high:.4g}"),
            ),
        ), []
    counts = np.bincount(items.truth, minlength=len(items.labels))
    order = np.argsort(-counts, kind="stable")
    rows = tuple((items.labels[i], int(counts[i]), float(counts[i] / n)) for i in order[:12])
    rare = [items.labels[i] for i in order if 0 < counts[i] < RARE * n]
    cards = []
    if alone := items.alone:
        cards.append(
            Card(
                kind="validity", title=f"the test items are all of one class, {alone}", key="one-class", weight=0.97,
                goal="classes are told apart", evidence=(f"all {n} labels are {alone}: whoever answers {alone} is always right",),
                untried=("a split that keeps the shares of classes (stratify=)", "test items of the other classes"),
            )
        )  # fmt: skip
    if rare:
        fewest = int(counts[counts > 0].min())
        low, high = clopper_pearson(fewest // 2, fewest)
        cards.append(
            Card(
                kind="validity",
                title=f"{len(rare)} classes have under {RARE:.0%} of the items",
                key="rare",
                goal="every class is measured",
                evidence=(
                    f"{', '.join(rare[:6])}: the smallest has {fewest} items, so that half of them right could be {low:.0%} or {high:.0%}",
                ),
                weight=0.4,
                untried=("a score that weighs classes alike", "more items of these"),
            )
        )
    return Section(title="What is to be told", columns=("class", "items", "share"), rows=rows), cards


def _rows(items: Items) -> tuple[list[int], int] | None:
    """For each drawn item the first one with the same features, and how many columns they have; None without features."""
    import numpy as np

    if not items.columns:
        return None
    kept: list[np.ndarray] = []
    for column in items.columns:
        values = np.asarray(column.values)
        _, codes = (
            np.unique(values, return_inverse=True)
            if column.levels
            else np.unique(np.nan_to_num(values, nan=np.inf), return_inverse=True)
        )
        kept.append(codes.reshape(-1))
    _, first, same = np.unique(np.stack(kept, axis=1), axis=0, return_index=True, return_inverse=True)
    return [int(first[i]) for i in same.reshape(-1)], len(items.columns)


def duplicates(items: Items) -> tuple[Section, list[Card]]:
    """Items that are another's copy, and copies with another label: what no model can tell."""
    title = "Repeated items"
    found = _rows(items)
    if found is None:
        return Section(
            title=title, lines=("not looked for: the items' features are not known (`--features EXPR`)",)
        ), []
    first, columns = found
    truth = items.truth[items.drawn]
    copies = [i for i, j in enumerate(first) if i != j]
    groups: dict[int, list[int]] = {}
    for i, j in enumerate(first):
        groups.setdefault(j, []).append(i)
    torn = 0
    if items.labels:
        for members in groups.values():
            labels = [int(truth[i]) for i in members]
            torn += len(labels) - max(labels.count(label) for label in set(labels))
    share, lost = len(copies) / len(first), torn / len(first)
    drawn = "" if len(first) == len(items.truth) else f", drawn at random from {len(items.truth)},"
    lines = [
        f"{len(copies)} of {len(first)} test items{drawn} have the features of an earlier one ({columns} columns compared)"
    ]
    if items.labels:
        lines.append(
            f"{torn} of them cannot all be right, whatever is predicted: copies with different labels ({lost:.1%})"
        )
    cards = []
    if share > DUPLICATES and columns > 1:
        cards.append(
            Card(
                kind="validity",
                title=f"{len(copies)} test items are copies",
                key="copies",
                goal="every item counts once",
                evidence=(lines[0],),
                weight=0.5 + min(0.4, share),
                data={"rows": [int(items.drawn[i]) for i in copies[:200]]},
            )
        )
    if torn:
        cards.append(
            Card(
                kind="validity",
                title=f"{torn} labels contradict others of the same item",
                key="labels",
                goal="a score that can be reached",
                evidence=(lines[1],),
                weight=0.6,
                data={"ceiling": 1 - lost},
            )
        )
    return Section(title=title, lines=tuple(lines)), cards


def floor(items: Items, asked: Mapping[str, Sequence[str]]) -> tuple[Section, list[Card]]:
    """What knows nothing scores, what the model scores, and the least difference so many items show."""
    import numpy as np

    n = len(items.truth)
    if not items.labels:
        spread = float(np.mean(np.abs(items.truth - np.median(items.truth))))
        mine = float(np.mean(items.loss))
        rows: tuple[tuple[Entry, ...], ...] = (("the middle value", spread), ("this notebook's model", mine))
        cards = [] if mine < spread else [_under("mean absolute error", spread, mine)]
        return Section(title="Floor", columns=("what predicts", "mean absolute error"), rows=rows), cards
    majority = float(np.bincount(items.truth).max() / n)
    right = int(np.sum(items.truth == items.predicted))
    low, high = clopper_pearson(right, n)
    rows = (
        ("the largest class", majority), ("by chance, in proportion", float(np.sum((np.bincount(items.truth) / n) ** 2))),
        ("this notebook's model", right / n),
    )  # fmt: skip
    # Of one class alone that is said by itself: no model could do better than what knows nothing.
    cards = [] if low > majority or items.alone else [_under("accuracy", majority, right / n)]
    # Two models scored on the same items differ visibly when about two standard errors of the worst case apart.
    least = 1.96 * math.sqrt(2 * (right / n) * (1 - right / n) / n) if 0 < right < n else 1.96 / n
    wanted = number(asked.get("matters", ()))
    if wanted and least > wanted:
        cards.append(
            Card(
                kind="validity",
                title=f"{n} test items are too few for a difference of {wanted:g}",
                key="items",
                goal="the smallest difference that matters is seen",
                weight=0.7,
                untried=("more test items", "repeated splits"),
                evidence=(
                    f"on {n} items, two models apart by less than about {least:.2g} look the same (independent errors)",
                ),
            )
        )
    lines = (f"the model's accuracy on these {n} items is {right / n:.1%} [{low:.1%}, {high:.1%}]",)
    return Section(title="Floor", lines=lines, columns=("what predicts", "accuracy"), rows=rows), cards


def _under(what: str, floor: float, mine: float) -> Card:
    return Card(
        kind="validity", title="the model is no better than one that knows nothing", key="floor", goal="a score above the floor",
        evidence=(f"{what} {mine:.3g}, and {floor:.3g} of what ignores the features",), weight=0.95,
    )  # fmt: skip


#: A network's answers carry what it takes to train on them.
_PLAIN = ('_array = lambda x: np.asarray(x.detach().cpu() if hasattr(x, "detach") else x)', "")


def cell(items: Items) -> str:
    """A cell that states the benchmark: data, metric, and what knows nothing scores, from the notebook's own names."""
    truth, predicted = items.named["truth"], items.named["predicted"]
    lines = [
        "# The benchmark: test items, score, and what a model that knows nothing scores",
        "import numpy as np",
        "",
    ]
    if batches := items.named.get("batches"):
        lines += [
            *_PLAIN,
            f"_pairs = [({truth}, {predicted}) {batches}]",
            "_truth, _told = (np.concatenate([_array(pair[i]) for pair in _pairs]) for i in (0, 1))",
        ]
    elif "predict" in predicted:
        lines += [f"_truth, _told = np.asarray({truth}), np.asarray({predicted})"]
    else:
        lines += [*_PLAIN, f"_truth, _told = _array({truth}), _array({predicted})"]
    if items.labels:
        lines += [
            "if _told.ndim > 1:", "    _told = _told.argmax(axis=1)", "_values, _counts = np.unique(_truth, return_counts=True)",
            'print(f"items {len(_truth)}, classes {len(_values)}")', 'print(f"accuracy {(_truth == _told).mean():.4f}")',
            'print(f"largest class {_counts.max() / len(_truth):.4f}")',
        ]  # fmt: skip
    else:
        lines += [
            'print(f"items {len(_truth)}")', 'print(f"mean absolute error {np.abs(_truth - _told).mean():.4g}")',
            'print(f"middle value {np.abs(_truth - np.median(_truth)).mean():.4g}")',
        ]  # fmt: skip
    return "\n".join(lines)
