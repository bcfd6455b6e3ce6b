"""The whole way on the example: plan, prediction, runs, finding, report; on real runs."""

from __future__ import annotations

import dataclasses
import shlex
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import (
    deciding,
    planning,
    predicting,
    reading_results,
    reporting,
    running,
    watching,
)
from jupyter_coimprove.workbench.bench import Progress
from jupyter_coimprove.workbench.views import DemoView

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench

EXAMPLE = "digits_ablation.ipynb"
#: What the demo asks, as a person would on the command line.
QUESTION = "Which of these parts matter?"
FACTORS = ("AUGMENT=False", "HIDDEN=12", "WEIGHT_DECAY=0.0", "CLIP=0.0")
SMALLEST = 0.02
PREDICTION = "baseline > CLIP=0.0 > WEIGHT_DECAY=0.0 > HIDDEN=12 > AUGMENT=False"


def example() -> bytes:
    """The example notebook: packed into the wheel, in a checkout beside the package."""
    packed = resources.files("jupyter_coimprove") / "examples" / EXAMPLE
    if packed.is_file():
        return packed.read_bytes()
    return (Path(__file__).resolve().parents[2] / "notebooks" / EXAMPLE).read_bytes()


def demo(bench: Bench, *, folder: str | None = None, blocks: int = 8, workers: int | None = None) -> DemoView:
    """Take the digits notebook from plan to report in a new folder; the decisions are yours by asking."""
    begun = bench.clock.steady_s()
    place = bench.path(folder or "coimprove-demo")
    path = place / EXAMPLE
    if path.exists() or (place / "coimprove").exists():
        raise UsageError(f"{place} holds a demo already", remedy="name another folder, or remove this one")
    place.mkdir(parents=True, exist_ok=True)
    path.write_bytes(example())
    bench.root_override = place.resolve()
    bench.where = dataclasses.replace(bench.where, notebook=path, cwd=place.resolve())
    bench.progress(Progress(text="planning"))
    plan = planning.plan(
        bench, notebook=str(path.resolve()), blocks=blocks, question=QUESTION, factor=list(FACTORS),
        response="test_accuracy", direction="max", smallest_effect=SMALLEST, margin=SMALLEST,
    )  # fmt: skip
    predicting.predict(bench, experiment=plan.id, ranking=PREDICTION)
    running.run(bench, experiment=plan.id, workers=workers, wait=True)
    found = reading_results.results(bench, experiment=plan.id, plot=str(place.resolve() / "effects.json"))
    deciding.accept(bench, id=found.finding, reason="demo")
    report = reporting.report(
        bench, notebook=str(path.resolve()), format="html", output=str(place.resolve() / "report.html")
    )
    status = watching.status(bench, experiment=plan.id).experiments[0]
    return DemoView(
        summary=f"{sum(status.counts.values())} runs, one finding, accepted into {path}",
        notebook=str(path), report=str(place / "report.html") if report.path else "", experiment=plan.id,
        finding=found.finding, claim=found.claim, seconds=round(bench.clock.steady_s() - begun, 1),
        next=(f"coimprove results {plan.id} --root {shlex.quote(str(place))}", f"coimprove show {found.finding} --root {shlex.quote(str(place))}"),
    )  # fmt: skip
