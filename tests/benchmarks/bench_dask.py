"""What a run on a cluster costs over a run here: the same runs, whole, with two workers each.

    python tests/benchmarks/bench_dask.py [--repeats 5] [--runs 24] [--json]

Both arms in one process, interleaved; medians. The cluster is Dask's own on this machine (two processes, a
thread each), already up, as it is when an experiment comes to it. Counted is a run's part of the time from the
first run's beginning to the end of all, so that starting processes, which both do once, is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CELLS = ("lr = 0.1", "score = lr * 2", "print(score)")
LIMIT_MS = 30.0


def works(folder: Path, count: int) -> list[Any]:
    """So many runs of a trivial notebook."""
    from jupyter_coimprove.testing.engine_contract import a_work

    return [
        a_work(folder, f"run_{n:03d}", *CELLS[1:], parameters={"lr": n / 10}, tagged=CELLS[0])
        for n in range(count)
    ]


def ms_a_run(engine: Any, folder: Path, count: int) -> float:
    """Milliseconds from the first beginning to the last end, a run."""
    from jupyter_coimprove.runs.schedule import RunQueue

    queue = RunQueue(works(folder, count))
    queue.drain()
    times: list[float] = []
    states: list[str] = []

    def report(event: Any) -> None:
        if event.type != "cell":
            times.append(time.perf_counter())
        if event.outcome is not None:
            states.append(event.outcome.state)

    engine.execute(queue, report, workers=2)
    if states.count("completed") != count:
        raise SystemExit(f"not all completed: {states}")
    return (times[-1] - times[0]) / count * 1000


def main() -> None:
    """Print the medians; with ``--json`` the rows that run.py reads."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--runs", type=int, default=24)
    args = parser.parse_args()
    import distributed

    from jupyter_coimprove.clock import SystemClock
    from jupyter_coimprove.engines.dask.cluster import Cluster
    from jupyter_coimprove.engines.dask.engine import DaskEngine
    from jupyter_coimprove.engines.papermill.engine import PapermillEngine

    before = dict(os.environ)
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        dashboard_address=None,
        memory_limit=0,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
    ) as made:
        os.environ.clear()
        os.environ.update(before)
        cluster = Cluster(address=made.scheduler_address)
        arms: dict[str, Callable[[], Any]] = {
            "here": lambda: PapermillEngine(clock=SystemClock()),
            "on a cluster, by paths": lambda: DaskEngine(
                cluster=cluster, clock=SystemClock(), share=False, files="paths"
            ),
            "on a cluster, by content": lambda: DaskEngine(
                cluster=cluster, clock=SystemClock(), share=False, files="content"
            ),
        }
        found: dict[str, list[float]] = {name: [] for name in arms}
        for _ in range(min(args.repeats, 5)):
            for name, engine in arms.items():
                with tempfile.TemporaryDirectory() as folder:
                    found[name].append(ms_a_run(engine(), Path(folder), args.runs))
    rows = []
    for name in arms:
        ours = name != "here"
        over = statistics.median(a - b for a, b in zip(found[name], found["here"], strict=True))
        figures = {"ms_a_run": statistics.median(found[name]), **({"ms_over_here": over} if ours else {})}
        limits = {"ms_over_here": LIMIT_MS} if ours else {}
        rows.append({"bench": f"dask: trivial notebook, {args.runs} runs, two workers", "subject": name,
                     "n": len(found[name]), "ours": ours, "figures": figures, "limits": limits})  # fmt: skip
    if args.json:
        print(json.dumps(rows))
        return
    for row in rows:
        values = found[str(row["subject"])]
        text = ", ".join(f"{key} {value:.1f}" for key, value in row["figures"].items())
        print(f"{row['subject']:26s} {text} ({min(values):.0f} to {max(values):.0f})")


if __name__ == "__main__":
    main()
