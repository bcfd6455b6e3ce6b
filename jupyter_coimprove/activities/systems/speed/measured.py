"""A change and the original, run in turn: equal in everything they show and write, and how much faster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from jupyter_coimprove.activities.systems.comparing import compare
from jupyter_coimprove.activities.systems.costs import Cost
from jupyter_coimprove.activities.systems.reading import Read
from jupyter_coimprove.activities.systems.shown import shown
from jupyter_coimprove.activities.systems.verdict import Rerun
from jupyter_coimprove.notebook.cells import Notebook

#: What is offered is at least so many times faster, and what is not by the first pair is not run again.
FASTER, FIRST = 1.2, 1.1


@dataclass(frozen=True, kw_only=True)
class Timed:
    """One run: what it showed and wrote, and seconds over all cells by the clock and of processors."""

    run: Rerun
    wall: float
    cpu: float | None


def timed(run: Rerun, costs: Sequence[Cost]) -> Timed:
    cpu = [cost.cpu for cost in costs]
    known = [one for one in cpu if one is not None]
    return Timed(
        run=run, wall=sum(cost.wall for cost in costs), cpu=sum(known) if known and len(known) == len(cpu) else None
    )  # fmt: skip


def difference(notebook: Notebook, facts: Read, one: Rerun, other: Rerun) -> str:
    """The first thing in which two runs are not equal; empty where there is none. Rounding counts."""
    for cell in notebook.code_cells:
        before, now = one.cells[cell.index], other.cells[cell.index]
        if before is None or now is None:
            if (before is None) != (now is None):
                return f"cell {cell.index + 1}: {other.ename or 'it is not reached'}"
            continue
        found = compare(
            shown(before), shown(now), elapsed=facts.clocks.elapsed.get(cell.index, 0), exact=True
        )
        if found.status != "equal":
            return f"cell {cell.index + 1}: {found.detail}"
    for path in one.files.keys() | other.files.keys():
        if one.files.get(path) != other.files.get(path):
            return f"it writes another {path}"
    return ""


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How many times faster, as medians over pairs: by the clock and by processor time (None: not known)."""

    wall: float
    cpu: float | None
    before: float
    after: float

    def enough(self, least: float, *, parallel: bool) -> bool:
        """At least so much by the clock, and by processor time too unless the work is only spread over cores."""
        return self.wall >= least and (parallel or self.cpu is None or self.cpu >= least)


def ratio(pairs: Sequence[tuple[Timed, Timed]]) -> Ratio:
    """Over (original, changed) pairs."""
    cpu = [one.cpu / other.cpu for one, other in pairs if one.cpu and other.cpu]
    return Ratio(
        wall=median(one.wall / max(other.wall, 1e-9) for one, other in pairs),
        cpu=median(cpu) if len(cpu) == len(pairs) else None,
        before=median(one.wall for one, _ in pairs), after=median(other.wall for _, other in pairs),
    )  # fmt: skip
