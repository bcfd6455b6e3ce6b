"""The same rules for results that exist already: ``compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from jupyter_coimprove.workbench import reading_results as reading
from jupyter_coimprove.workbench.views import ResultsView

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.effects import Evidence
    from jupyter_coimprove.evidence.tables import Table
    from jupyter_coimprove.workbench.bench import Bench


def compare(
    bench: Bench, *, table: str, baseline: str | None = None, treatment: str | None = None,
    block: str | None = None, response: str | None = None, direction: Literal["max", "min"] | None = None,
    margin: float | None = None, task: str | None = None, split_ratio: float | None = None,
    multiplicity: Literal["fixed-sequence", "holm", "primary"] | None = None, plot: str | None = None,
    reduction: str | None = None, part: str | None = None,
    block_kind: Literal["split", "folds", "init", "order", "unknown"] | None = None,
) -> ResultsView:  # fmt: skip
    """Effects, intervals and verdicts of a table of results, or of a tracker's runs, labelled post hoc."""
    from jupyter_coimprove.evidence import compare as comparison
    from jupyter_coimprove.evidence.comparing_tasks import over_tasks
    from jupyter_coimprove.evidence.plot import effects_chart
    from jupyter_coimprove.workbench.tabling import kind_of_blocks, read_results

    path = bench.path(table)
    kind = kind_of_blocks(block_kind, split_ratio)
    read = read_results(
        path, block=block, treatment=treatment, response=response, reduction=reduction, part=part, task=task
    ).table

    def one(part: Table) -> Evidence:
        return comparison.compare(
            part, baseline=baseline, direction=direction, margin=margin, multiplicity=multiplicity or "holm",
            block_kind=kind, split_ratio=split_ratio,
        )  # fmt: skip

    summaries: tuple[dict[str, Any], ...] = ()
    if read.tasks:
        over = over_tasks(read, read.baseline(baseline), one)
        found = over.evidence
        summaries = tuple(
            {
                "treatment": name, "estimate": made.estimate, "low": made.low, "high": made.high, "level": made.level,
                "tasks": made.tasks,
            }
            for name, made in over.summaries
        )  # fmt: skip
    else:
        found = one(read)
    chart = effects_chart(found, title=path.name, unit=read.response)
    decided = sum(effect.verdict != "undecided" for effect in found.effects)
    return ResultsView(
        experiment="", status="post hoc", response=read.response, direction=found.rules.direction,
        baseline=found.rules.baseline, effects=tuple(map(reading.effect_row, found.effects)),
        arms=reading.arm_rows(found), interactions=reading.interactions(found), points=reading.points(found),
        residual=found.residual, notes=found.notes, chart=chart, over_tasks=summaries,
        plot_file=reading.save_plot(bench, chart, plot) if plot else "",
        summary=f"{path.name}: {decided} of {len(found.effects)} treatments decided, post hoc",
    )  # fmt: skip
