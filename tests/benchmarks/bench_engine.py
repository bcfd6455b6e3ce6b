"""What an experiment costs beside papermill: sequential, and two papermill processes.

All arms in one run, interleaved; medians. The same thread variables everywhere. This engine
starts a fresh kernel a run, so it can save papermill's own start, not the notebook's work.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
CELLS = ("lr = 0.1", "score = lr * 2", "print(score)")
VARIANTS = 8


def notebook() -> dict:
    """A trivial notebook with one parameter."""
    cells = [
        {"cell_type": "code", "execution_count": None, "id": f"c{i}", "outputs": [], "source": source,
         "metadata": {"tags": ["parameters"]} if i == 0 else {}}
        for i, source in enumerate(CELLS)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def papermill_sequential(folder: Path, n: int = VARIANTS) -> None:
    """One process that calls execute_notebook n times."""
    code = (
        "import papermill, sys\n"
        f"for i in range({n}):\n"
        "    papermill.execute_notebook(sys.argv[1], f'{sys.argv[2]}/out{i}.ipynb',"
        " parameters={'lr': i / 10}, progress_bar=False)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(folder / "in.ipynb"), str(folder)], check=True,
        env={**os.environ, **THREADS}, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def papermill_two(folder: Path) -> None:
    """Two such processes, half each."""
    halves = [folder / "a", folder / "b"]
    for half in halves:
        half.mkdir(exist_ok=True)
        (half / "in.ipynb").write_text(json.dumps(notebook()))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda half: papermill_sequential(half, VARIANTS // 2), halves))


def ours(folder: Path) -> None:
    """This engine with two workers, started and ended as a runner does."""
    from jupyter_coimprove.clock import SystemClock
    from jupyter_coimprove.engines.papermill.engine import PapermillEngine
    from jupyter_coimprove.runs.run import Work
    from jupyter_coimprove.runs.schedule import RunQueue

    os.environ.update(THREADS)
    works = [
        Work(
            run=f"run_{i:026d}", experiment="exp_0", arm=f"lr={i}", block=0, replicate=0, attempt=1,
            notebook=notebook(), parameters={"lr": i / 10}, kernel="python3", source_dir=folder,
            snapshot=None, folder=folder / "runs" / f"{i}",
        )
        for i in range(VARIANTS)
    ]  # fmt: skip
    queue = RunQueue(works)
    queue.drain()
    states = []
    engine = PapermillEngine(clock=SystemClock())
    engine.execute(queue, lambda e: states.append(e.outcome.state) if e.outcome else None, workers=2)
    if states.count("completed") != VARIANTS:
        raise SystemExit(f"not all completed: {states}")


ARMS = {
    "coimprove, two workers": ours,
    "papermill, two processes": papermill_two,
    "papermill, sequential": papermill_sequential,
}


def main() -> None:
    """Print the medians; with ``--json`` the rows that run.py reads."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    repeats = min(args.repeats, 5)
    seconds: dict[str, list[float]] = {name: [] for name in ARMS}
    for _ in range(repeats):
        for name, arm in ARMS.items():
            with tempfile.TemporaryDirectory() as text:
                folder = Path(text)
                (folder / "in.ipynb").write_text(json.dumps(notebook()))
                begun = time.monotonic()
                arm(folder)
                seconds[name].append(time.monotonic() - begun)
    rows = [
        {
            "bench": f"engine: trivial notebook, {VARIANTS} variants", "subject": name, "n": repeats,
            "ours": arm is ours, "figures": {"wall_s": statistics.median(seconds[name])}, "limits": {},
        }
        for name, arm in ARMS.items()
    ]  # fmt: skip
    if args.json:
        print(json.dumps(rows))
        return
    for row in rows:
        values = seconds[row["subject"]]
        print(
            f"{row['subject']:26s} {row['figures']['wall_s']:6.2f} s ({min(values):.2f} to {max(values):.2f})"
        )


if __name__ == "__main__":
    main()
