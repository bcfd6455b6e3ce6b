"""Running the main job on notebooks that nobody here wrote, and the same by hand with papermill."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_coimprove.experiments.blocks import seed_value
from jupyter_coimprove.experiments.experiment import Arm, Plan
from jupyter_coimprove.workbench import concluding, planning, reading_results, running, shelf
from jupyter_coimprove.workbench.bench import Bench, Where

WORKERS = 2


@dataclass(frozen=True, kw_only=True)
class Made:
    """What came of the main job on one notebook."""

    experiment: str
    finding: str
    claim: str
    compared: int
    values: tuple[float, ...]


def by_hand(source: Path, plan: Plan, arm: Arm, block: int, expr: str, out: Path) -> float:
    """The response of one arm in one block by papermill alone: a person's edit of the file, run."""
    import papermill

    node = nbformat.read(source, as_version=4)
    parameters: dict[str, Any] = {}
    edits: list[tuple[int, int, int, str]] = []
    for factor in plan.factors:
        level = arm.settings.get(factor.name)
        if level is None:
            continue
        assert factor.operator == "set"
        if factor.parameter:
            parameters[factor.name] = eval(level)
        else:
            edits += [(p.address.ordinal, p.start, p.end, level) for p in factor.places]
    for seed in plan.seeds:
        if not seed.varied:
            continue
        number = seed_value(block, seed.group)
        if seed.parameter:
            parameters[seed.name] = number
        else:
            edits += [(p.address.ordinal, p.start, p.end, str(number)) for p in seed.places]
    for index, start, end, text in sorted(edits, reverse=True):
        cell = node.cells[index]
        cell.source = cell.source[:start] + text + cell.source[end:]
    if plan.seeding_cell:
        # The seeding cell stands where the plan shows it, else after the parameters (or first).
        tagged = [i for i, cell in enumerate(node.cells) if "parameters" in cell.metadata.get("tags", [])]
        text = "\n".join(
            line.replace(_placeholder(plan), str(seed_value(block, 0)))
            for line in plan.seeding_cell.splitlines()
        )
        place = tagged[0] + 1 if tagged else 0
        if plan.seeding_before is not None:
            place = plan.seeding_before
        node.cells.insert(place, nbformat.v4.new_code_cell(text))
    node.cells.append(nbformat.v4.new_code_cell(f"print('RESPONSE', repr(float({expr})))"))
    written = out / "by_hand.ipynb"
    nbformat.write(node, written)
    done = papermill.execute_notebook(
        str(written), str(out / "by_hand_output.ipynb"), parameters=parameters, cwd=str(source.parent),
        progress_bar=False, kernel_name=plan.kernel or node.metadata.get("kernelspec", {}).get("name") or "python3",
    )  # fmt: skip
    text = "".join(o.get("text", "") for o in done.cells[-1].outputs)
    return float(text.split("RESPONSE", 1)[1])


def _placeholder(plan: Plan) -> str:
    from jupyter_coimprove.experiments.seeding import PLACEHOLDER

    return PLACEHOLDER


@pytest.fixture
def main_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Made]:
    """Plan, run and finding on one notebook where it lies, with the record elsewhere."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".data"))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, str(max(1, (os.cpu_count() or 1) // WORKERS)))
    monkeypatch.setenv("PYTHONHASHSEED", "0")

    def go(path: Path, *, blocks: int = 2, **wanted: Any) -> Made:
        before = path.read_bytes()
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        bench = Bench(where=Where(cwd=path.parent), root_override=root, waits=True)
        try:
            view = planning.plan(bench, notebook=str(path), blocks=blocks, **wanted)
            running.run(bench, experiment=view.id, workers=WORKERS, wait=True)
            found = reading_results.results(bench, experiment=view.id)
            assert found.finding, "no finding card"
            experiment = shelf.registered(bench.record().get(view.id))
            rows = [
                row
                for row in concluding.rows(experiment, shelf.runs_of(bench.record(), view.id))
                if not row.replicate
            ]
            values = {(row.arm, row.block): row.value.number for row in rows}
            block = experiment.blocks[0]
            compared = 0
            for arm in experiment.plan.arms:
                ours = values[arm.name, block]
                assert ours is not None, f"{arm.name} gave no number"
                theirs = by_hand(path, experiment.plan, arm, block, experiment.plan.response.expr, tmp_path)
                assert ours == theirs, f"{arm.name}: {ours!r} here, {theirs!r} by hand"
                compared += 1
            assert path.read_bytes() == before
            return Made(
                experiment=view.id, finding=found.finding, claim=found.claim, compared=compared,
                values=tuple(value for value in values.values() if value is not None),
            )  # fmt: skip
        finally:
            bench.close()

    return go
