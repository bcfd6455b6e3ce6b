"""A project whose finding waits for a decision: planned for real, its evidence made by hand, no kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from small_notebooks import lab_notebook

from jupyter_coimprove.evidence.finding import Finding
from jupyter_coimprove.evidence.words import markdown
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.registry import TOOL, Actor
from jupyter_coimprove.workbench import deciding, planning
from jupyter_coimprove.workbench.bench import Bench, Where

CELLS = (
    ("parameters", "SEED = 0\nlr = 0.1"),
    ("", "import random\nrandom.seed(SEED)\nscore = lr + random.random() / 100"),
    ("", "print(f'score {score:.4f}')"),
)
CLAIM = "A larger rate helps on the blocks that were run."


def bench_of(folder: Path, **where: object) -> Bench:
    """A terminal in that project; keywords are of ``Where``."""
    return Bench(where=Where(cwd=folder, **where), root_override=folder, waits=True)  # type: ignore[arg-type]


def window_bench(project: Path, actor: Actor) -> Bench:
    """A call from a window of that project's notebook, by this person."""
    where = Where(cwd=project, notebook=project / "train.ipynb", open=True)
    return Bench(where=where, root_override=project, actor=actor)


def queued(bench: Bench, id_: str) -> str:
    """The application of an accepted finding."""
    assert deciding.accept(bench, id=id_).application == "queued"  # type: ignore[attr-defined]
    return bench.record().find("application", subject=id_)[-1].id


def experiment(folder: Path, *, notebook: str = "train.ipynb") -> str:
    """A notebook, and a plan of an experiment on it that is kept as a draft; its id."""
    path = folder / notebook
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lab_notebook(CELLS), encoding="utf-8")
    bench = bench_of(folder)
    try:
        return planning.plan(
            bench, notebook=str(path), factor=["lr=0.3"], response="score", direction="max", blocks=4
        ).id
    finally:
        bench.close()


def finding(folder: Path, of: str, *, claim: str = CLAIM, place: Mapping[str, object] | None = None) -> str:
    """A finding that waits for a decision, of an experiment that has ended; its id.

    ``place`` is the cell at which it stands, as ``concluding.place`` says it.
    """
    bench = bench_of(folder)
    try:
        record = bench.record()
        item = record.get(of)
        id_ = new_id("finding", bench.clock)
        card = Finding(
            id=id_, experiment=of, notebook=str(item.data["notebook"]), claim=claim, verdicts={"lr=0.3": "better"},
            references=(), status="exploratory", digest="json:" + id_,
        )  # fmt: skip
        record.append(
            [
                Draft(id=of, kind="experiment", event="completed", state="completed", actor=TOOL),
                Draft(
                    id=id_, kind="finding", event="proposed", state="pending", actor=TOOL,
                    data={**card.as_dict(), "markdown": markdown(card, figures=False), "place": dict(place or {})},
                ),
            ]
        )  # fmt: skip
        return id_
    finally:
        bench.close()


def coimprove(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The command line in that project, as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "jupyter_coimprove.interfaces.cli", *words], cwd=folder, text=True, capture_output=True,
        env={**os.environ, "COIMPROVE_ROOT": str(folder), **env}, stdin=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
