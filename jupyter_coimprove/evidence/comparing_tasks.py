"""A table of several tasks: each stands by itself, and many are summarised together (STATISTICS 21)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.evidence.effects import Evidence
from jupyter_coimprove.evidence.tables import Table
from jupyter_coimprove.evidence.tasks import FROM_TASKS, Interquartile, interquartile_difference


@dataclass(frozen=True, kw_only=True)
class OverTasks:
    """The tasks' effects under one roof (arms named ``ARM, TASK``), and what summarises a treatment over them."""

    evidence: Evidence
    summaries: tuple[tuple[str, Interquartile], ...]


def over_tasks(table: Table, base: str, one: Callable[[Table], Evidence]) -> OverTasks:
    """Compare within each task by ``one``; from ten tasks on, interquartile means beside.

    UsageError where a task alone cannot be compared, with its name.
    """
    found: list[tuple[str, Evidence]] = []
    for task in table.tasks:
        try:
            found.append((task, one(table.of(task))))
        except UsageError as error:
            raise UsageError(f"task {task}: {error.message}", remedy=error.remedy) from error
    rules = found[0][1].rules
    effects = tuple(replace(e, arm=f"{e.arm}, {task}") for task, of in found for e in of.effects)
    arms = tuple(replace(a, arm=f"{a.arm}, {task}") for task, of in found for a in of.arms)
    notes = [f"{len(found)} tasks, each compared by itself: a verdict is about its own task"]
    treatments = [name for name in table.treatments if name != base]
    summaries, why = [], ""
    if len(found) < FROM_TASKS:
        notes.append(f"under {FROM_TASKS} tasks nothing is summarised over them")
    else:
        for name in treatments:
            made, why = _summary(table, base, name, rules.alpha)
            summaries += [(name, made)] if made else []
        notes.append(
            why or "interquartile means over tasks and blocks, with a stratified bootstrap (Agarwal et al. 2021): they "
            "summarise, decide nothing, and mean something only where all tasks share a scale"
        )  # fmt: skip
    every = [note for _, of in found for note in of.notes]
    notes += [*table.notes, *dict.fromkeys(every)]
    evidence = Evidence(
        rules=replace(rules, treatments=tuple(e.arm for e in effects)), effects=effects, arms=arms, notes=tuple(notes),
    )  # fmt: skip
    return OverTasks(evidence=evidence, summaries=tuple(summaries))


def _summary(table: Table, base: str, name: str, alpha: float) -> tuple[Interquartile | None, str]:
    """The interquartile difference of a treatment, where every task has the same number of whole blocks."""
    import numpy as np

    rows: list[tuple[list[float], list[float]]] = []
    for task in table.tasks:
        of = table.of(task)
        pairs = [(_mean(of, base, block), _mean(of, name, block)) for block in of.blocks]
        whole = [(z, t) for z, t in pairs if z is not None and t is not None]
        rows.append(([z for z, _ in whole], [t for _, t in whole]))
    counts = {len(first) for first, _ in rows}
    if len(counts) > 1 or counts.pop() < 2:
        return None, (
            "tasks are not summarised: it takes the same number of complete blocks in each, and at least two"
        )
    return interquartile_difference(np.array([z for z, _ in rows]), np.array([t for _, t in rows]), alpha), ""


def _mean(table: Table, treatment: str, block: str) -> float | None:
    cells: Sequence[float | None] = [
        r.value.number if r.value.kind == "finite" else None
        for r in table.results
        if r.treatment == treatment and r.block == block
    ]
    numbers = [cell for cell in cells if cell is not None]
    return math.fsum(numbers) / len(numbers) if numbers and len(numbers) == len(cells) else None
