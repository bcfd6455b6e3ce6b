"""The same rules for results that exist already: ``compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from jupyter_coimprove.workbench import reading_results as reading
from jupyter_coimprove.workbench.views import ResultsView

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench


def compare(
    bench: Bench, *, table: str, baseline: str | None = None, treatment: str | None = None,
    block: str | None = None, response: str | None = None, direction: Literal["max", "min"] | None = None,
    margin: float | None = None, multiplicity: Literal["fixed-sequence", "holm", "primary"] | None = None, plot: str | None = None,
) -> ResultsView:  # fmt: skip
    """Effects, intervals and verdicts of a table of results, labelled post hoc."""
    from jupyter_coimprove.evidence import compare as comparison
    from jupyter_coimprove.evidence.plot import effects_chart
    from jupyter_coimprove.evidence.tables import read_table

    path = bench.path(table)
    read = read_table(path, block=block, treatment=treatment, response=response)
    found = comparison.compare(
        read, baseline=baseline, direction=direction, margin=margin, multiplicity=multiplicity or "holm"
    )
    chart = effects_chart(found, title=path.name, unit=read.response)
    decided = sum(effect.verdict != "undecided" for effect in found.effects)
    return ResultsView(
        experiment="", status="post hoc", response=read.response, direction=found.rules.direction,
        baseline=found.rules.baseline, effects=tuple(map(reading.effect_row, found.effects)),
        arms=reading.arm_rows(found), interactions=reading.interactions(found), points=reading.points(found),
        residual=found.residual, notes=found.notes, chart=chart,
        plot_file=reading.save_plot(bench, chart, plot) if plot else "",
        summary=f"{path.name}: {decided} of {len(found.effects)} treatments decided, post hoc",
    )  # fmt: skip
