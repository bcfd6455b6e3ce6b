"""Table 2 of the paper with the person in the loop: six ways to improve, where each is done, and what it came to here."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_coimprove.activities.activity import Section


@dataclass(frozen=True, kw_only=True)
class Way:
    """One of the six: what improves, by which module, which tests hold it, and what the figure counts."""

    name: str
    how: str
    module: str
    test: str
    counts: str


WAYS: tuple[Way, ...] = (
    Way(
        name="parameter optimisation", how="sweeps are experiments: registered, run, decided", module="experiments",
        test="tests/experiments", counts="treatments that ended better than their baseline, of those that ended",
    ),
    Way(
        name="self-training", how="SFT, KTO and DPO from verified decisions only", module="lessons/export.py",
        test="tests/lessons/test_export.py", counts="decisions that verify something, of all that stand",
    ),
    Way(
        name="self-challenging", how="benchmark cells, cases and ideas that people accept", module="activities/benchmark.py",
        test="tests/workbench/test_benchmarking.py", counts="challenges that people accepted, of those decided",
    ),
    Way(
        name="self-evaluation", how="the AI's verdicts held against people's and the runs'", module="lessons/figures.py",
        test="tests/lessons/test_figures.py", counts="findings of checks that people agreed with, of those decided",
    ),
    Way(
        name="self-modification", how="rules change only by lessons that a person accepts", module="lessons/lesson.py",
        test="tests/workbench/test_lessons_decided.py", counts="changes of rules that a person decided, of all that took effect",
    ),
    Way(
        name="recursive", how="each change measured on CoBench before and after, regressions refused", module="bench",
        test="tests/bench", counts="changes in force, of those measured on private seeds; the others were refused or undecided",
    ),
)  # fmt: skip


def section(figures: dict[str, tuple[int, int]]) -> Section:
    """The table; ``figures`` are (hits, of how many) by name."""
    from jupyter_coimprove.lessons.counting import share

    rows = []
    for way in WAYS:
        hits, of = figures.get(way.name, (0, 0))
        figure = share(hits, of).words if of else "none yet"
        rows.append((way.name, f"{figure}: {way.counts}", way.module, way.test))
    return Section(
        title="Ways to improve, with the person in the loop (Table 2)", facts=tuple((way.name, way.how) for way in WAYS),
        columns=("way", "figure", "module", "tests"), rows=tuple(rows),
    )  # fmt: skip
