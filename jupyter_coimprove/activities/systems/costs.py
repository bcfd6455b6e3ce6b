"""What each cell costs: wall and processor seconds, and memory."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from jupyter_coimprove.activities.activity import Section
from jupyter_coimprove.notebook.cells import Notebook

#: So many cells are listed, the costliest.
LISTED = 40


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One code cell (0-based): seconds by the clock and of processors, memory in MB after it, and the highest so far.

    None where it was not measured.
    """

    cell: int
    wall: float
    cpu: float | None = None
    memory: float | None = None
    peak: float | None = None


#: What the meter writes, in the run's own folder.
METERED = "cells.jsonl"
#: Run before the first cell: notes processor time and memory of the kernel behind each, outside the notebook's folder.
METER = """
def _coimprove_meter(shell, name):
    import json, os, sys, time
    try:
        import resource
    except ImportError:
        resource = None
    held = {}
    path = os.path.join(os.environ["COIMPROVE_RUN_DIR"], name)
    def cpu():
        t = os.times()
        return time.process_time() + t.children_user + t.children_system
    def memory():
        try:
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        except (OSError, ValueError):
            return None
    def peak():
        if resource is None:
            return None
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    def begin(info=None):
        held.update(cpu=cpu(), wall=time.perf_counter())
    def end(result=None):
        if held:
            line = {"wall": time.perf_counter() - held["wall"], "cpu": cpu() - held["cpu"], "memory": memory(), "peak": peak()}
            with open(path, "a") as file:
                file.write(json.dumps(line) + "\\n")
            held.clear()
    shell.events.register("pre_run_cell", begin)
    shell.events.register("post_run_cell", end)
_coimprove_meter(get_ipython(), "cells.jsonl")
del _coimprove_meter
"""


def metered(notebook: Notebook, text: str) -> tuple[Cost, ...]:
    """Costs from what the meter wrote: one line for each cell that ran, in order."""
    ran = [cell.index for cell in notebook.code_cells if cell.source.strip()]
    out = []
    for index, line in zip(ran, text.splitlines(), strict=False):
        told = json.loads(line)
        out.append(
            Cost(cell=index, wall=told["wall"], cpu=told["cpu"], memory=told["memory"], peak=told["peak"])
        )
    return tuple(out)


def recorded(notebook: Notebook, runs: Sequence[tuple[Sequence[str], Sequence[float]]]) -> tuple[Cost, ...]:
    """Costs from recorded runs: (the sources of a run's cells, seconds by cell) each; the median of each cell."""
    found: dict[int, list[float]] = {}
    own = [cell.source for cell in notebook.cells]
    for sources, seconds in runs:
        for index, place in _aligned(own, sources).items():
            if notebook.cells[index].kind == "code" and place < len(seconds):
                found.setdefault(index, []).append(seconds[place])
    return tuple(Cost(cell=index, wall=median(many)) for index, many in sorted(found.items()))


def _aligned(own: Sequence[str], theirs: Sequence[str]) -> dict[int, int]:
    """Which cell of a run is which of the notebook: equal ones, and between them as many on either side."""
    out: dict[int, int] = {}
    matcher = difflib.SequenceMatcher(a=list(own), b=list(theirs), autojunk=False)
    for kind, low, high, start, end in matcher.get_opcodes():
        if kind == "equal" or (kind == "replace" and high - low == end - start):
            out.update({low + step: start + step for step in range(high - low)})
    return out


def section(notebook: Notebook, costs: Sequence[Cost], *, source: str, facts: Mapping[str, str]) -> Section:
    """The table; ``source`` says where the numbers are from."""
    total = sum(cost.wall for cost in costs)
    kept = sorted(costs, key=lambda cost: -cost.wall)[:LISTED]
    rows = tuple(
        (
            cost.cell + 1, _rounded(cost.wall, 3), f"{cost.wall / total:.0%}" if total else "", _rounded(cost.cpu, 3),
            _rounded(cost.memory, 1), _rounded(cost.peak, 1), _first(notebook.cells[cost.cell].source),
        )
        for cost in sorted(kept, key=lambda cost: cost.cell)
    )  # fmt: skip
    more = (
        (f"{len(costs) - len(kept)} cells that cost less are not listed",) if len(costs) > len(kept) else ()
    )
    return Section(
        title="cost by cell", lines=(source, *more), facts=(("all cells", f"{total:.3g} s"), *facts.items()),
        columns=("cell", "wall s", "share", "processor s", "memory MB", "peak MB", "begins with"), rows=rows,
    )  # fmt: skip


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _first(source: str) -> str:
    line = next((line.strip() for line in source.splitlines() if line.strip()), "")
    return line if len(line) <= 48 else line[:47] + "…"
