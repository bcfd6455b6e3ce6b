"""A walk through the twelve activities in the paper's order: what each does, what it finds here now, what is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_coimprove.activities.activity import Section, Study


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One activity: ``command`` begins it (``{notebook}`` stands for the notebook), ``does`` is what it is for.

    ``reads`` is what of it can be computed without running anything, as ``module:function`` of the workbench; empty
    where the record alone answers. ``kinds`` of the record belong to it.
    """

    number: int
    title: str
    verb: str
    command: str
    does: str
    reads: str = ""
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A stop as it is here: ``here`` is what it computed just now, ``recorded`` what the record has for it."""

    stop: Stop
    here: str
    recorded: str


STOPS: tuple[Stop, ...] = (
    Stop(
        number=1, title="Collaborative problem identification", verb="problem", command="problem {notebook}", reads="problems:problem",
        does="what is worth working on: errors, curves, claims against noise, open ends, your own; ranked cards",
    ),
    Stop(
        number=2, title="Benchmark creation and problem evaluation", verb="benchmark", command="benchmark {notebook}",
        reads="benchmarking:benchmark", does="whether the score can tell what it is for: split, noise floor, floor and ceiling",
    ),
    Stop(
        number=3, title="Method innovation and idea generation", verb="ideas", command="ideas {notebook}", reads="ideas:ideas",
        does="what to try next, how far from what was tried, one against the current belief; you rank them in pairs",
    ),
    Stop(
        number=4, title="Joint experiment design", verb="plan", command="plan {notebook}", reads="planning:candidates", kinds=("experiment",),
        does="arms, blocks, response, power and cost: a draft that you edit and accept",
    ),
    Stop(
        number=5, title="Collaborative execution", verb="run", command="run last", reads="watching:status", kinds=("run",),
        does="runs an accepted plan, live; cells that runs have in common are executed once",
    ),
    Stop(
        number=6, title="Evaluation and error analysis", verb="results", command="errors {notebook}", kinds=("finding",),
        does="effects with intervals and one finding (`results`); where the model is wrong (`errors`, which runs the notebook)",
    ),
    Stop(
        number=7, title="Safety and alignment", verb="values", command="values {notebook}", reads="values:values",
        does="your written values as checks that run on notebooks, proposals, plans and reports",
    ),
    Stop(
        number=8, title="Systems and infrastructure co-design", verb="systems", command="systems {notebook}", reads="systems:systems",
        does="cost by cell, hidden state, environment; restart and run all; speed-ups that are proven equal",
    ),
    Stop(
        number=9, title="Integrating into real-world systems", verb="ship", command="ship {notebook}", reads="shipping:ship",
        does="the cells that a result needs as a tested module, with its card and a monitor",
    ),
    Stop(
        number=10, title="Scientific communication", verb="report", command="report {notebook}", kinds=("finding",),
        does="a write-up from accepted findings alone (`report`), and one file that a stranger can run again (`share`)",
    ),
    Stop(
        number=11, title="Collective intelligence and group research", verb="debate", command="debate", reads="debating:debate", kinds=("position",),
        does="a question that everybody answers blind first; consensus with dissent, and actions",
    ),
    Stop(
        number=12, title="Bidirectional co-improvement", verb="learn", command="learn {notebook}", reads="learning:learn", kinds=("decision", "lesson"),
        does="lessons from decisions that repeat, the figures of both sides, what is new",
    ),
)  # fmt: skip


def tour(name: str, notebook: str, seen: Sequence[Seen], warnings: tuple[str, ...] = ()) -> Study:
    """The walk on the notebook called ``name``, whose path in commands is ``notebook``."""
    parts = [
        Section(
            title=f"{one.stop.number} {one.stop.title}", lines=(one.stop.does,),
            facts=(("here", one.here), ("recorded", one.recorded), ("command", f"coimprove {one.stop.command.format(notebook=notebook)}")),
        )
        for one in seen
    ]  # fmt: skip
    return Study(
        headline=f"the twelve activities on {name}; nothing was run", sections=tuple(parts), warnings=warnings
    )
