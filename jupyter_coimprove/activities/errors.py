"""Evaluation and error analysis: where a model is wrong, how sure it was, and which cases to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_coimprove.activities.activity import Card, Entry, Picture, Section, Study
from jupyter_coimprove.activities.cases.calibration import calibration
from jupyter_coimprove.activities.cases.tagging import shared
from jupyter_coimprove.activities.slices.finding import Found, Slice, find
from jupyter_coimprove.errors import UsageError

if TYPE_CHECKING:
    from jupyter_coimprove.activities.cases.instrument import Items

#: Classes whose whole confusion matrix is shown; of more, the pairs that are confused most.
MATRIX, PAIRS = 12, 10


@dataclass(frozen=True, kw_only=True)
class Errors:
    """What the items show, and the slices among them (none where they could not be sliced)."""

    study: Study
    found: Found | None


def errors(items: Items, *, slices: int = 5, tags: Mapping[str, Sequence[int]] | None = None) -> Errors:
    """Confusion, calibration, worst slices, cases and what tagged cases share. Each slice is a card."""
    parts, unseen = [_measured(items)], []
    if items.alone:
        unseen.append(
            f"confusion between classes, calibration: the labels of all {len(items.truth)} items are {items.alone}; "
            "test on items of other classes as well (a split with stratify=, or --truth EXPR)"
        )
    if items.labels:
        parts.append(_confusion(items))
    if items.labels and not items.alone:
        told = _calibrated(items)
        if isinstance(told, str):
            unseen.append(told)
        else:
            parts.append(told)
    found: Found | None = None
    try:
        found = find(items.columns, items.loss[items.drawn], most=slices)
        parts.append(_slices(items, found))
        unseen += [f"slices: {one}" for one in found.left_out[:5]]
    except UsageError as error:
        unseen.append(f"slices: {error.message}{f'; {error.remedy}' if error.remedy else ''}")
    if len(items.drawn) < len(items.loss):
        unseen.append(f"slices: of {len(items.loss)} items {len(items.drawn)} were drawn at random")
    if items.cases:
        parts.append(_cases(items))
        if items.unshown and not items.shown:
            unseen.append(f"cases as the notebook shows them: {items.unshown}; their rows stand in the table")
    common = shared(items, tags or {})
    if tags:
        parts.append(_tagged(tags, common))
    cards = tuple(card(items, one) for one in found.slices) if found else ()
    return Errors(
        study=Study(
            headline=_headline(items, found), sections=tuple(parts), cards=cards, unseen=tuple(unseen)
        ),
        found=found,
    )


def rate(items: Items, value: float) -> str:
    """A mean loss as it is read: a share of errors, or a number."""
    return f"{value:.1%}" if _shares(items) else f"{value:.3g}"


def _shares(items: Items) -> bool:
    return bool(items.labels) and not items.loss_of


def _word(items: Items) -> str:
    return "error" if _shares(items) else "loss" if items.loss_of else "absolute error"


def _headline(items: Items, found: Found | None) -> str:
    mean = f"{_word(items)} {rate(items, float(items.loss.mean()))} over {len(items.loss)} items"
    if found is None:
        return mean
    if not found.slices:
        return f"{mean}; no slice of {found.features} features is worse than chance explains"
    first = found.slices[0]
    return f"{mean}; {rate(items, first.mean)} where {first.text()}"


def _measured(items: Items) -> Section:
    names = items.named
    given = [("labels", names["truth"]), ("predictions", names["predicted"]), ("features", names["features"])]
    given.append(("batches", names.get("batches", "")))
    if items.loss_of:
        given.append(("loss", items.loss_of))
    lines = (names["note"],) if names.get("note") else ()
    return Section(title="What was looked at", facts=tuple(pair for pair in given if pair[1]), lines=lines)


def _confusion(items: Items) -> Section:
    import numpy as np

    k = len(items.labels)
    table = np.zeros((k, k), dtype=int)
    np.add.at(table, (items.truth, items.predicted), 1)
    if k <= MATRIX:
        rows: list[tuple[Entry, ...]] = [
            (label, *(int(n) for n in table[i]), _recall(table[i], i)) for i, label in enumerate(items.labels)
        ]
        return Section(
            title="Confusion", columns=("true \\ predicted", *items.labels, "right"), rows=tuple(rows)
        )
    wrong = table.copy()
    np.fill_diagonal(wrong, 0)
    most = np.argsort(-wrong, axis=None, kind="stable")[:PAIRS]
    pairs = [np.unravel_index(int(at), wrong.shape) for at in most if wrong.flat[at]]
    listed = tuple(
        (items.labels[i], items.labels[j], int(wrong[i, j]), float(wrong[i, j] / table[i].sum()))
        for i, j in pairs
    )
    return Section(
        title="Confusion", lines=(f"{k} classes; the pairs that are confused most",),
        columns=("true", "predicted", "items", "share of the class"), rows=listed,
    )  # fmt: skip


def _recall(row: object, place: int) -> float | None:
    import numpy as np

    counts = np.asarray(row)
    return round(float(counts[place] / counts.sum()), 4) if counts.sum() else None


def _calibrated(items: Items) -> Section | str:
    """Reliability by confidence, or why there is none."""
    import numpy as np

    if items.score is None:
        return "calibration: no probabilities of the classes are left (a `predict_proba`, or a table whose rows sum to 1)"
    place = {label: i for i, label in enumerate(items.classes)}
    if set(items.labels) - set(place):
        return "calibration: the classes of the probabilities are not the labels'"
    of = np.array([place[label] for label in items.labels])
    confidence = items.score[np.arange(len(items.truth)), of[items.predicted]].astype(float)
    found = calibration(confidence, (items.truth == items.predicted).astype(float))
    judged = "more than" if found.off else "no more than"
    return Section(
        title="Calibration",
        lines=(
            f"expected calibration error {found.error:.3f} (95 % interval {found.low:.3f} to {found.high:.3f}): {judged} "
            f"chance explains, which stays under {found.chance:.3f}",
        ),
        columns=("items", "confidence", "right", "from", "to"),
        rows=tuple((b.items, round(b.confidence, 3), round(b.right, 3), round(b.low, 3), round(b.high, 3)) for b in found.bins),
    )  # fmt: skip


def _slices(items: Items, found: Found) -> Section:
    said = f"{found.tried:,} slices of {found.features} features were compared over {found.items} items"
    if not found.slices:
        return Section(
            title="Slices", lines=(f"{said}: none is worse than chance explains (5 % over all of them)",)
        )
    rows = tuple(
        (
            one.text(),
            one.items,
            rate(items, one.mean),
            rate(items, one.low),
            rate(items, one.high),
            rate(items, one.rest),
        )
        for one in found.slices
    )
    return Section(
        title="Slices", lines=(f"{said}; intervals hold for all of them together at 95 %",),
        columns=("slice", "items", _word(items), "from", "to", "rest"), rows=rows,
    )  # fmt: skip


def card(items: Items, one: Slice) -> Card:
    """A slice as what waits for a decision: accepted, it is a problem to work on."""
    names = [condition.name for condition in one.conditions]
    return Card(
        kind="slice", title=f"{_word(items)} {rate(items, one.mean)} where {one.text()} ({rate(items, one.rest)} elsewhere)",
        key="slice:" + "&".join(sorted(names)), goal=f"items where {one.text()} do no worse than the rest",
        evidence=(
            f"{one.items} of {len(items.drawn)} items: {rate(items, one.mean)}, interval {rate(items, one.low)} to "
            f"{rate(items, one.high)} over all slices tried, against {rate(items, one.rest)}",
        ),
        weight=min(1.0, 0.4 + (one.mean - one.rest) / (2 * max(one.mean, 1e-12)) * 0.8), next=(),
        data={
            "conditions": [condition.as_dict() for condition in one.conditions], "items": one.items, "mean": one.mean,
            "low": one.low, "high": one.high, "rest": one.rest,
        },
    )  # fmt: skip


def _cases(items: Items) -> Section:
    pictured = {one.item for one in items.shown if any(kind.startswith("image/") for kind in one.data)}
    return Section(
        title="Cases worth looking at", lines=("the surest of the wrong ones first; tag one by --tag ITEM=WORD",) if items.labels else ("the largest loss first; tag one by --tag ITEM=WORD",),
        columns=("item", "row", "true", "predicted", "loss", "shown"),
        rows=tuple(
            (c.item, c.name, c.truth, c.predicted, round(c.loss, 6), "below" if c.item in pictured else c.shown)
            for c in items.cases
        ),
        facts=(("shown by", f"`{items.shown[0].way}` of cell {items.shown[0].cell}"),) if items.shown else (),
        shown=tuple(
            Picture(item=one.item, title=told(items, one.item), way=one.way, cell=one.cell, data=one.data)
            for one in items.shown
        ),
    )  # fmt: skip


def told(items: Items, item: int) -> str:
    """An item in a line: what it is, what was predicted, and how sure of it the model was where that is known."""
    if not items.labels:
        return f"item {item}: true {items.truth[item]:.6g}, predicted {items.predicted[item]:.6g}"
    said = items.labels[int(items.predicted[item])]
    line = f"item {item}: true {items.labels[int(items.truth[item])]}, predicted {said}"
    if items.score is not None and said in items.classes:
        line += f", confidence {float(items.score[item, items.classes.index(said)]):.2f}"
    return line


def _tagged(tags: Mapping[str, Sequence[int]], common: Sequence[object]) -> Section:
    from jupyter_coimprove.activities.cases.tagging import Shared

    rows: list[tuple[Entry, ...]] = []
    told = {one.word for one in common if isinstance(one, Shared)}
    for word, numbers in sorted(tags.items()):
        if word not in told:
            rows.append((word, len(numbers), "nothing beyond chance", None, None))
    for one in common:
        if isinstance(one, Shared):
            rows.append((one.word, one.tagged, one.text, f"{one.here} of {one.tagged}", f"{one.share:.1%}"))
    return Section(
        title="Tagged cases",
        columns=("tag", "cases", "what they share", "of them", "of all items"),
        rows=tuple(rows),
    )
