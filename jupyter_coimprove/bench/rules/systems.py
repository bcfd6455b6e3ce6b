"""Rules for systems: the notebook read, run twice in fresh processes, and what mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_coimprove.activities.systems import mending
from jupyter_coimprove.activities.systems.reading import Read, read
from jupyter_coimprove.activities.systems.speed.candidates import candidates
from jupyter_coimprove.activities.systems.speed.measured import FASTER
from jupyter_coimprove.activities.systems.verdict import Rerun
from jupyter_coimprove.bench.family import Ran
from jupyter_coimprove.bench.item import Answer, Item, Patch, notebook_of, printed, sources
from jupyter_coimprove.notebook.dataflow import analyse
from jupyter_coimprove.notebook.reading import read_candidates

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments
    from jupyter_coimprove.notebook.candidates import Reading
    from jupyter_coimprove.notebook.cells import Notebook


def rerun(notebook: Notebook, ran: Ran) -> Rerun:
    """An execution of all code cells as the product tells a run in a fresh kernel."""
    ename, _, evalue = ran.error.partition(": ")
    outputs = [printed(text) if text else [] for text in ran.printed]
    return Rerun(
        cells=tuple(outputs[n] if n < len(outputs) else None for n in range(len(notebook.cells))),
        failed=ran.cell - 1 if ran.error else None, ename=ename, evalue=evalue,
    )  # fmt: skip


def _read(item: Item, instruments: Instruments) -> tuple[Notebook, Read, Reading]:
    notebook = notebook_of(item)
    flow = analyse(notebook, instruments.transform)
    reading = read_candidates(notebook, instruments.transform, flow)
    return notebook, read(notebook, flow, reading, lambda path: False), reading


def make_reproducible(item: Item, instruments: Instruments) -> Answer:
    """Run it; where it fails, mend that; where two runs differ, or a draw has no seed, seed it. A patch is tried first."""
    notebook, facts, reading = _read(item, instruments)
    name = str(item.material["result"])
    first = instruments.execute(sources(item), (name,))
    found = mending.repaired(notebook, facts, rerun(notebook, first), instruments.transform)
    if first.error and found is None:
        return Answer(verdict="flawed", kind="state", confidence=0.7, evidence=(first.error,))
    if found is None:
        second = instruments.execute(sources(item), (name,))
        if (second.values, second.printed) != (first.values, first.printed) or facts.draws:
            found = mending.seeded(notebook, facts, reading.chance)
            if found is None:
                return Answer(verdict="flawed", kind="seed", confidence=0.8, evidence=("two runs differ",))
    if found is None:
        return Answer(verdict="sound", confidence=0.95, evidence=("two runs from top to bottom are equal",))
    patch = tuple(Patch(cell=index + 1, source=source) for index, source in sorted(found.sources.items()))
    if patch and instruments.execute(sources(item, patch), (name,)).error:
        patch = ()
    return Answer(
        verdict="flawed",
        kind=found.kind,
        cell=found.cell + 1,
        confidence=0.95,
        evidence=(found.why,),
        patch=patch,
    )


def speed(item: Item, instruments: Instruments) -> Answer:
    """Each change that usually pays is run against the notebook; the fastest whose result and prints are equal."""
    notebook, name = notebook_of(item), str(item.material["result"])
    found = candidates(notebook)
    if not found:
        return Answer()
    before, slow = _clocked(sources(item), name, instruments)
    best: tuple[float, Answer] = (FASTER, Answer())
    for one in found:
        patch = tuple(Patch(cell=index + 1, source=source) for index, source in sorted(one.sources.items()))
        ran, took = _clocked(sources(item, patch), name, instruments)
        ratio = slow / max(took, 1e-6)
        if (
            not ran.error
            and (ran.values.get(name), ran.printed) == (before.values.get(name), before.printed)
            and ratio > best[0]
        ):
            best = (
                ratio,
                Answer(patch=patch, confidence=0.9, evidence=(f"{one.title}: {ratio:.1f} times as fast",)),
            )
    return best[1]


def _clocked(cells: list[str], name: str, instruments: Instruments) -> tuple[Ran, float]:
    """An execution with its processor seconds."""
    clock = "import time as _clock\n_began = _clock.process_time()"
    ran = instruments.execute([clock, *cells, "_took = _clock.process_time() - _began"], (name, "_took"))
    took = ran.values.get("_took")
    return ran, float(took) if isinstance(took, (int, float)) else float("inf")


RULES = {"make-reproducible": make_reproducible, "speed": speed}
