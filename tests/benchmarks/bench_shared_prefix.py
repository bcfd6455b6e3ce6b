"""What sharing saves: runs forked from the cells they have in common, beside papermill.

Three notebooks: a trivial one, one with three seconds of preparation (scikit-learn, 200 MB) and half a
second of work of its own, and one in which nothing is shared. Each against papermill sequentially in one
process and in two. All arms in one run, interleaved; medians. The same thread variables everywhere.
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
from collections.abc import Callable
from pathlib import Path

THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
BUSY = "import time\ndef work(s):\n    end = time.process_time() + s\n    while time.process_time() < end: sum(range(1000))\n"
PREPARED = (
    "import numpy as np\nfrom sklearn.decomposition import PCA\n" + BUSY
    + "big = np.random.default_rng(0).normal(size=(250, 100_000))\nsmall = PCA(2).fit_transform(big[:, :50])\nwork(3)"
)  # fmt: skip
NOTEBOOKS = {
    "trivial": ("lr = 0.1", "score = 1", "score = lr * 2", "print(score)"),
    "prepared": ("lr = 0.1", PREPARED, "work(0.5)\nscore = lr * small[0, 0]"),
    "nothing shared": ("lr = 0.1", "scale = lr\n" + BUSY, "work(0.5 + 0 * scale)\nscore = lr"),
}


def notebook(name: str) -> dict:
    """One of the notebooks, its first cell tagged."""
    cells = [
        {"cell_type": "code", "execution_count": None, "id": f"c{i}", "outputs": [], "source": source,
         "metadata": {"tags": ["parameters"]} if i == 0 else {}}
        for i, source in enumerate(NOTEBOOKS[name])
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def sequential(folder: Path, name: str, n: int) -> None:
    """One process that calls execute_notebook n times."""
    (folder / "in.ipynb").write_text(json.dumps(notebook(name)), encoding="utf-8")
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


def two(folder: Path, name: str, n: int) -> None:
    """Two such processes, half each."""
    halves = [folder / "a", folder / "b"]
    for half in halves:
        half.mkdir()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda half: sequential(half, name, n // 2), halves))


def shared(folder: Path, name: str, n: int) -> None:
    """This engine with two workers, started and ended as a runner does; all runs must complete."""
    from jupyter_coimprove.clock import SystemClock
    from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine
    from jupyter_coimprove.runs.run import Work
    from jupyter_coimprove.runs.schedule import RunQueue

    os.environ.update(THREADS)
    works = [
        Work(
            run=f"run_{i:026d}", experiment="exp_0", arm=f"lr={i}", block=0, replicate=0, attempt=1,
            notebook=notebook(name), parameters={"lr": i / 10}, kernel="python3", source_dir=folder,
            snapshot=None, folder=folder / "runs" / f"{i}",
        )
        for i in range(n)
    ]  # fmt: skip
    queue = RunQueue(works)
    queue.drain()
    outcomes = []
    engine = SharedPrefixEngine(clock=SystemClock())
    engine.execute(queue, lambda e: outcomes.append(e.outcome) if e.outcome else None, workers=2)
    if [outcome.state for outcome in outcomes] != ["completed"] * n:
        raise SystemExit(f"not all completed: {[(o.state, o.error) for o in outcomes]}")
    if name != "nothing shared" and any(o.environment["shared"]["cells"] < 3 for o in outcomes):
        raise SystemExit(f"not all shared: {[o.environment['shared'] for o in outcomes]}")


ARMS: dict[str, Callable[[Path, str, int], None]] = {
    "coimprove, two workers": shared,
    "papermill, two processes": two,
    "papermill, sequential": sequential,
}


def main() -> None:
    """Print the medians and ratios; with ``--json`` the rows that run.py reads."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--variants", type=int, default=32)
    parser.add_argument("--quick", action="store_true", help="4 variants, one round: whether it works")
    parser.add_argument("names", nargs="*", help=f"only these: {', '.join(NOTEBOOKS)}")
    args = parser.parse_args()
    n, repeats = (4, 1) if args.quick else (args.variants, min(args.repeats, 5))
    rows = []
    for name in args.names or NOTEBOOKS:
        seconds: dict[str, list[float]] = {arm: [] for arm in ARMS}
        for _ in range(repeats):
            for arm, run in ARMS.items():
                with tempfile.TemporaryDirectory() as text:
                    begun = time.monotonic()
                    run(Path(text), name, n)
                    seconds[arm].append(time.monotonic() - begun)
        rows += [
            {
                "bench": f"shared prefix: {name} notebook, {n} variants", "subject": arm, "n": repeats,
                "ours": ARMS[arm] is shared, "figures": {"wall_s": statistics.median(seconds[arm])}, "limits": {},
            }
            for arm in ARMS
        ]  # fmt: skip
        if not args.json:
            ours = statistics.median(seconds["coimprove, two workers"])
            print(
                f"{name}, {n} variants, {os.getloadavg()[0]:.1f} processes waiting on {os.cpu_count()} cores"
            )
            for arm, values in seconds.items():
                middle = statistics.median(values)
                print(
                    f"  {arm:26s} {middle:7.2f} s ({min(values):.2f} to {max(values):.2f}) = {middle / ours:.1f}x"
                )
    if args.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
