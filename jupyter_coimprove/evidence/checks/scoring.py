"""From what was noted of a notebook to findings: choices, seeds, scores of training rows, metrics."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jupyter_coimprove.evidence.checks import library
from jupyter_coimprove.evidence.checks.finding import CheckFinding
from jupyter_coimprove.evidence.checks.rows import Rows, any_overlap, by_chance, drawn_at
from jupyter_coimprove.evidence.checks.rules import honest, place, predictive
from jupyter_coimprove.evidence.checks.state import State
from jupyter_coimprove.evidence.checks.values import Evaluation, Fit, Report, Score, Selection, Where

_TRAIN = re.compile(r"train|fit|in.sample|overfit|resubstitution|memor|apparent", re.IGNORECASE)
_VALID = re.compile(r"val|dev\b|cv\b|tune", re.IGNORECASE)
_ACCURACY = {"score", "accuracy_score", "accuracy", "error"}
_IMBALANCED = re.compile(r"imbalanc|\bfraud|anomal|minority|\brare\b", re.IGNORECASE)


def choices(seen: State) -> Iterator[CheckFinding]:
    """The best of several, chosen on the rows that the reported score is of."""
    done: set[tuple[int, int]] = set()
    for selection in seen.selections:
        scores = [s for s in selection.scores if not s.folds or _seeds(seen, selection, s)]
        if not scores:
            continue
        luck = any(_seeds(seen, selection, s) for s in scores)
        rows = frozenset(r for s in scores for r in s.rows)
        at = (selection.where.cell, selection.where.line)
        if at in done or (not luck and _only_training(seen, scores)):
            continue
        if luck:
            reported = _reported(seen, selection, rows)
            if reported is None or any(s.loops in seen.averaged for s in scores):
                continue
            done.add(at)
            yield CheckFinding(
                kind="seeds", where=selection.where, confidence="high", trail=(scores[0].where, selection.where, reported.where),
                evidence=f"`{selection.where.text}` takes the best of runs that differ in their seed alone, and {place(reported.where)} reports it",
                fix="report the mean and spread over all seeds",
            )  # fmt: skip
            continue
        if _held_out_later(seen, selection, rows):
            continue
        reported = _reported(seen, selection, rows)
        if reported is None or (
            _VALID.search(reported.label) and not re.search("test", reported.label, re.IGNORECASE)
        ):
            continue
        done.add(at)
        yield CheckFinding(
            kind="tuned", where=selection.where, confidence="high", trail=(scores[0].where, selection.where, reported.where),
            evidence=f"`{selection.where.text}` in {place(selection.where)} chooses by the score on the same rows that {place(reported.where)} reports",
            fix="choose on a validation part of the training rows (or by cross-validation), and score the test rows once, at the end",
        )  # fmt: skip


def _seeds(seen: State, selection: Selection, score: Score) -> bool:
    inner = [loop for loop in score.loops if loop not in selection.inside]
    if selection.inside and score.loops[: len(selection.inside)] == selection.inside:
        inner = [*inner, selection.inside[-1]]
    only = [loop for loop in inner if loop in seen.seed_loops and loop not in seen.other_loops]
    return bool(only) and not any(loop in seen.other_loops for loop in inner)


def _only_training(seen: State, scores: list[Score]) -> bool:
    """A choice by the training rows' own score is another matter."""
    numbers = {s.number for s in scores}
    found = [e for e in seen.evaluations if e.score.number in numbers]
    return (bool(found) and all(e.fits and not honest(seen, e) for e in found)) or any(
        not s.rows for s in scores
    )


def _held_out_later(seen: State, selection: Selection, rows: frozenset[Rows]) -> bool:
    """Whether rows that the choice did not see are scored, or their score is looked up, afterwards."""
    for e in seen.evaluations:
        later = e.at > selection.at or e.x.chosen or e.predicted.chosen
        if later and e.score.rows and honest(seen, e) and not any_overlap(e.score.rows, rows):
            return True
    for report in seen.reports:
        if report.at > selection.at and selection.number in report.value.chosen:
            other = [s for s in report.value.scores if s.rows and not any_overlap(s.rows, rows)]
            if other:
                return True
    return False


def _reported(seen: State, selection: Selection, rows: frozenset[Rows]) -> Report | None:
    """Where the chosen thing's score on those rows is shown."""
    for report in seen.reports:
        same = [s for s in report.value.scores if any_overlap(s.rows, rows)]
        if report.at > selection.at and same:
            late = {e.score.number for e in seen.evaluations if e.at > selection.at}
            if selection.number in report.value.chosen or any(s.number in late for s in same):
                return report
    return None


def memories(seen: State) -> Iterator[CheckFinding]:
    """Scores of rows that the model learnt from, where they stand for how well it predicts."""
    any_honest = any(honest(seen, e) for e in seen.evaluations)
    done: set[tuple[int, int]] = set()
    for e in seen.evaluations:
        report = _shown(seen, e)
        if e.score.folds or e.score.metric == "loss" or report is None or not predictive(e.models):
            continue
        if "out of fold" in e.x.marks | e.predicted.marks:
            continue
        same = [f for f in e.fits if f.rows == e.score.rows and f.rows]
        part = [f for f in e.fits if f.rows != e.score.rows and any_overlap(f.rows, e.score.rows)]
        at = (e.where.cell, e.where.line)
        if at in done or _TRAIN.search(report.label):
            continue
        if same and not any_honest:
            done.add(at)
            yield CheckFinding(
                kind="trainscore", where=report.where if e.followed else e.where, confidence="high" if any(r.steps for r in e.score.rows) else "medium",
                trail=(same[0].where, e.where),
                evidence=f"`{e.where.text}` scores the rows that the model is fitted on in {place(same[0].where)}, and nothing scores others",
                fix="score rows that were held out, or use cross_val_score",
            )  # fmt: skip
        elif part and not same:
            done.add(at)
            yield CheckFinding(
                kind="overlap", where=_cut_at(e, part[0]), confidence="high", trail=(part[0].where, e.where),
                evidence=f"the model is fitted in {place(part[0].where)} on rows that `{e.where.text}` scores",
                fix="fit on the training part alone, and make the parts of one split",
            )  # fmt: skip


def _cut_at(e: Evaluation, fit: Fit) -> Where:
    """Where the tested rows were drawn a second time, else where the model is fitted on too much."""
    fitted = {s.site for r in fit.rows for s in r.steps}
    for rows in e.score.rows:
        for step in rows.steps:
            site = step.site.removeprefix("cut:")
            if by_chance(site) and step.site not in fitted and fitted:
                drawn = drawn_at(site)
                if drawn is not None:
                    return Where(drawn[0], drawn[1], e.where.text)
    return fit.where


def _shown(seen: State, e: Evaluation) -> Report | None:
    return seen.shown.get(e.score.number)


def metrics(seen: State, text: str) -> Iterator[CheckFinding]:
    """Metrics that answer another question than the one that is claimed."""
    for e in seen.evaluations:
        how = library.METRICS.get(e.score.metric, "")
        if how == "scores" and e.predicted.hard and e.score.metric not in ("top_k_accuracy_score",):
            yield CheckFinding(
                kind="metric", where=e.where, confidence="high", trail=(e.where,),
                evidence=f"`{e.score.metric}` is given hard labels from predict() in {place(e.where)}; it ranks by scores",
                fix="give it predict_proba(...)[:, 1] or decision_function(...)",
            )  # fmt: skip
        if how == "ordered" and e.truth.models and not e.predicted.models and not e.truth.error:
            yield CheckFinding(
                kind="metric", where=e.where, confidence="high", trail=(e.where,),
                evidence=f"`{e.where.text}` has prediction and truth the wrong way round",
                fix=f"write {e.score.metric}(truth, prediction)",
            )  # fmt: skip
    yield from _imbalanced(seen, text)


def _imbalanced(seen: State, text: str) -> Iterator[CheckFinding]:
    if not seen.imbalance and not _IMBALANCED.search(text):
        return
    shown = [e for e in seen.evaluations if _shown(seen, e) is not None and e.score.metric != "loss"]
    if not seen.imbalance and not any(_IMBALANCED.search((_shown(seen, e) or e).where.text) for e in shown):
        return
    plain = [e for e in shown if e.score.metric in _ACCURACY and not _narrowed(e) and not _regression(e)]
    if not plain or len(plain) < len(shown):
        return
    e = plain[0]
    basis = (
        f"the classes are made {place(seen.imbalance[0])} as unequal"
        if seen.imbalance
        else "the notebook calls the class rare"
    )
    yield CheckFinding(
        kind="metric", where=e.where, confidence="medium", trail=(*seen.imbalance[:1], e.where),
        evidence=f"accuracy ({place(e.where)}) is the only score, and {basis}: always saying the common class scores as well",
        fix="report average precision, recall of the rare class, F1 or balanced accuracy",
    )  # fmt: skip


def _narrowed(e: Evaluation) -> bool:
    return any(step.site.startswith("value:") for r in e.score.rows for step in r.steps)


def _regression(e: Evaluation) -> bool:
    return any(m.kind.endswith(("Regressor", "Regression")) and "Logistic" not in m.kind for m in e.models)
