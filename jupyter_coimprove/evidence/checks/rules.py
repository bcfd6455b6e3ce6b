"""From what was noted of a notebook to findings: statistics, splits, targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jupyter_coimprove.evidence.checks.finding import CheckFinding, Confidence
from jupyter_coimprove.evidence.checks.rows import Rows, all_within, any_overlap
from jupyter_coimprove.evidence.checks.state import State
from jupyter_coimprove.evidence.checks.subscripts import group_word
from jupyter_coimprove.evidence.checks.values import Evaluation, Fit, Model, SplitEvent, Stat, Val, Where

PREDICTS = ("model", "network", "chain", "search", "instance")


def place(where: Where) -> str:
    """``cell 4, line 2``, as people count."""
    line = f"line {where.line}"
    return f"{where.file}, {line}" if where.file else f"cell {where.cell + 1}, {line}"


def statistics(seen: State) -> Iterator[CheckFinding]:
    """Scalers, selectors, encoders and plain means that were learnt from rows a model is tested on."""
    done: set[tuple[Where, str]] = set()
    for e in seen.evaluations:
        for stat in _leaking(seen, e):
            kind = _kind(stat, e.fits)
            if (stat.where, kind) in done or stat.kind in ("categories", "neighbours"):
                continue
            done.add((stat.where, kind))
            yield _learnt(stat, kind, e.where, "high")
    yield from _never_scored(seen, done)


def _leaking(seen: State, e: Evaluation) -> list[Stat]:
    rows = e.score.rows
    if e.score.folds:
        stats = seen.full_stats(replace(e.x, models=frozenset()))
        inner = any(r.steps for r in rows)
        if inner and any(honest(seen, other) for other in seen.evaluations if not other.score.folds):
            return []
        return [s for s in ordered(stats) if all_within(rows, s.rows)]
    if not rows or any(any_overlap(f.rows, rows) for f in e.fits):
        return []
    learnt = set[Stat]()
    for fit in e.fits:
        learnt |= fit.stats
    for stat in seen.full_stats(replace(e.x, models=frozenset())):
        if any(any_overlap(stat.rows, f.rows) for f in e.fits):
            learnt.add(stat)
    trained = frozenset().union(*(f.rows for f in e.fits)) if e.fits else frozenset()
    return [
        s
        for s in ordered(learnt)
        if any_overlap(s.rows, rows) and not all_within(s.rows, rows) and (trained or s.rows)
    ]


def ordered(stats: set[Stat] | frozenset[Stat]) -> list[Stat]:
    return sorted(stats, key=lambda s: (s.where.cell, s.where.line, s.kind, s.what))


def _kind(stat: Stat, fits: tuple[Fit, ...]) -> str:
    labels = {o for f in fits if f.y is not None for o in f.y.origins}
    if stat.kind == "group" or (stat.kind == "preprocessing" and stat.origins):
        named = {o for o in labels if o[1] != "*"}
        return "encoding" if stat.origins & named else "preprocessing"
    return stat.kind


def _never_scored(seen: State, done: set[tuple[Where, str]]) -> Iterator[CheckFinding]:
    """Learnt from all rows, which are split only then, and a model learns from one part."""
    fits: dict[str, list[Fit]] = {}
    for model in seen.models:
        for fit in model.fits if model.role in PREDICTS else ():
            if fit.stats:
                for site in {s.site for r in fit.rows for s in r.steps}:
                    fits.setdefault(site, []).append(fit)
    for split in seen.splits:
        for fit in fits.get(split.site, ()):
            for stat in ordered(fit.stats):
                kind = _kind(stat, (fit,))
                if all_within(split.value.rows, stat.rows) and (stat.where, kind) not in done:
                    done.add((stat.where, kind))
                    weak = kind in ("categories", "neighbours")
                    yield _learnt(stat, kind, split.where, "low" if weak else "medium")


def _learnt(stat: Stat, kind: str, other: Where, confidence: Confidence) -> CheckFinding:
    over = f"`{stat.over}`" if stat.over else "rows"
    what = f"`{stat.what}`"
    evidence = f"{what} is learnt from {over} in {place(stat.where)}, with the rows that {place(other)} holds out for testing"
    fixes = {
        "selection": f"choose columns inside the training part: fit {what} on the training rows, or put it in a Pipeline",
        "encoding": f"compute {what} from the training rows alone and look test rows up in it",
    }
    fix = fixes.get(
        kind,
        f"split first; fit {what} on the training rows and only apply it to the others, or put it in a Pipeline",
    )
    return CheckFinding(
        kind=kind,
        where=stat.where,
        evidence=evidence,
        fix=fix,
        confidence=confidence,
        trail=(stat.where, other),
    )


def splits(seen: State) -> Iterator[CheckFinding]:
    """Cuts that put copies, one group, or the future on both sides."""
    done: set[str] = set()
    used = {s.site for m in seen.models for f in m.fits for r in f.rows for s in r.steps}
    used |= {
        s.site.removeprefix("cut:") for m in seen.models for f in m.fits for r in f.rows for s in r.steps
    }
    for split in seen.splits:
        if split.site in done or split.grouped or not seen.evaluations:
            continue
        if not (split.site in used or split.site.startswith("fold")):
            continue
        group = _group(seen, split)
        if group:
            done.add(split.site)
            yield CheckFinding(
                kind="groups", where=split.where, confidence="high" if split.value.copies else "medium", trail=(split.where,),
                evidence=f"`{split.call}` splits single rows, and several rows belong to one {group}",
                fix=f"split by {group}: GroupShuffleSplit or GroupKFold with groups={group!r}",
            )  # fmt: skip
        elif split.value.copies:
            done.add(split.site)
            copies = sorted(split.value.copies, key=lambda c: (c.where.cell, c.where.line))[0]
            yield CheckFinding(
                kind="oversampling", where=split.where, confidence="high", trail=(copies.where, split.where),
                evidence=f"rows are {copies.what} in {place(copies.where)} and split in {place(split.where)}",
                fix="split first, and resample or augment the training part alone",
            )  # fmt: skip
        elif split.random and any(r.root in seen.temporal for r in split.value.rows):
            done.add(split.site)
            why = next(seen.temporal[r.root] for r in split.value.rows if r.root in seen.temporal)
            yield CheckFinding(
                kind="temporal", where=split.where, confidence="high", trail=(why, split.where),
                evidence=f"`{split.call}` draws rows at random, and rows hold values of the rows before them ({place(why)})",
                fix="split by time: shuffle=False, a cut-off date, or TimeSeriesSplit",
            )  # fmt: skip


def _group(seen: State, split: SplitEvent) -> str:
    """Who several rows belong to, where the notebook shows that they do; empty when it does not."""
    value = split.value
    built = {m[7:] for m in value.marks if m.startswith("groups:")}
    named = {n for n in (value.frame.added if value.frame else {}) if group_word(n)}
    if value.copies and (built or named):
        return sorted(named or built)[0]
    shown = [seen.acknowledged[r.root] for r in value.rows if r.root in seen.acknowledged]
    if not shown:
        return ""
    names = seen.grouping | named
    return sorted(names)[0] if names else "group"


def targets(seen: State) -> Iterator[CheckFinding]:
    """Inputs that hold the target, or were made of it, or of later values."""
    done: set[Where] = set()
    for model in seen.models:
        if model.role not in PREDICTS:
            continue
        pairs: list[tuple[Val, Val, Where]] = [(f.x, f.y, f.where) for f in model.fits if f.y is not None]
        pairs += [(x, y, f.where) for f in model.fits for x in model.fed for y in model.truths]
        for x, y, where in pairs:
            for found, at in _target_in(seen, x, y, where):
                if at not in done:
                    done.add(at)
                    yield found


def _target_in(seen: State, x: Val, y: Val, where: Where) -> Iterator[tuple[CheckFinding, Where]]:
    wanted = _asked(seen, y)
    held = seen.ancestry(x.origins) if x.frame is None or not x.frame.added else frozenset()
    for root, column in sorted(wanted):
        frame = x.frame
        name = column if "*" not in column else (y.text or "the target")
        if frame is not None:
            for label, value in sorted(frame.added.items()):
                if (
                    label != column
                    and (frame.base, label) not in wanted
                    and frame.has(label)
                    and (root, column) in seen.ancestry(value.origins)
                    and "lagged" not in value.marks
                    and not value.models
                ):
                    at = seen.made.get((frame.base, label), where)
                    yield (
                        _target(
                            f"column `{label}` is made from `{name}`, which the model is to predict",
                            at,
                            where,
                            label,
                        ),
                        at,
                    )
        if frame is not None and frame.base == root and "*" not in column and frame.has(column):
            at = frame.where or where
            yield (
                _target(
                    f"the inputs still hold `{column}`, which the model is to predict", at, where, column
                ),
                at,
            )
        elif (root, column) in held and not held <= y.origins and "lagged" not in x.marks:
            made = [w for w, o in seen.joins if (root, column) in seen.ancestry(o)]
            at = frame.where if frame is not None and frame.where else made[0] if made else where
            yield (
                _target(
                    f"the inputs `{x.text or 'of the model'}` are made from `{name}`, which the model is to predict",
                    at,
                    where,
                    name,
                ),
                at,
            )
    yield from _ahead(seen, x, y, where)


def _asked(seen: State, y: Val) -> set[tuple[str, str]]:
    """The columns that the target is. Made of several others (synthetic data), it is itself alone."""
    out: set[tuple[str, str]] = set()
    origins = y.origins
    while len(origins) == 1 and not origins <= out:
        out |= origins
        origins = seen.parents.get(next(iter(origins)), frozenset())
    return {o for o in out if not o[1].startswith(("*", "ahead")) or "[" in o[1]}


def _target(evidence: str, at: Where, where: Where, name: str) -> CheckFinding:
    return CheckFinding(
        kind="target", where=at, evidence=f"{evidence} ({place(where)})", confidence="high", trail=(at, where),
        fix=f"leave `{name}` out of the inputs",
    )  # fmt: skip


def _ahead(seen: State, x: Val, y: Val, where: Where) -> Iterator[tuple[CheckFinding, Where]]:
    """Inputs of a later time than what is predicted."""
    late: list[tuple[str, Where]] = []
    if x.frame is not None:
        for label, value in x.frame.added.items():
            if x.frame.has(label) and ("future" in value.marks or "filled from later" in value.marks):
                late.append((label, seen.made.get((x.frame.base, label), where)))
    if not late and "filled from later" in x.marks | y.marks and "lagged" in x.marks:
        late.append((x.text, where))
    if not late and "future" in x.marks:
        moved = next((seen.temporal[r.root] for r in x.rows if r.root in seen.temporal), where)
        late.append((x.text or "the inputs", moved))
    if "future" in y.marks and not any("filled" in m for m in x.marks):
        return
    for label, at in late:
        yield (
            CheckFinding(
                kind="temporal", where=at, confidence="high", trail=(at, where),
                evidence=f"`{label}` is made from later values than those the model predicts ({place(where)})",
                fix="use past values only: shift(1) or more, windows that end before the predicted time, ffill",
            ),
            at,
        )  # fmt: skip


def honest(seen: State, e: Evaluation) -> bool:
    """Whether a score is of rows that its models did not learn from."""
    del seen
    if e.score.folds:
        return True
    return bool(e.fits) and bool(e.score.rows) and not any(any_overlap(f.rows, e.score.rows) for f in e.fits)


def predictive(models: tuple[Model, ...]) -> bool:
    return any(m.role in PREDICTS for m in models)


__all__ = ["Rows", "honest", "place", "predictive", "splits", "statistics", "targets"]
