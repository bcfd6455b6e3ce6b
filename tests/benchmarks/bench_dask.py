"""What a run on a cluster costs over a run here: the same runs, whole, with two workers each.

    python tests/benchmarks/bench_dask.py [--repeats 5] [--runs 24] [--mb 8] [--json]

Both arms in one process, interleaved; medians. The cluster is Dask's own on this machine (two processes, a
thread each), already up, as it is when an experiment comes to it. Counted is a run's part of the time from the
first run's beginning to the end of all, so that starting processes, which both do once, is left out. The folder
has some data in it (noise, which no packing makes smaller), for one arm has to send it. Beside it the processor
time of all processes a run, starts included: that is comparable on a busy machine, where times are not.
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


def works(folder: Path, count: int, mb: float = 0.0) -> list[Any]:
    """So many runs of a trivial notebook, four a block, in a folder with so much data."""
    from jupyter_coimprove.testing.engine_contract import a_work

    (folder / "nb").mkdir()
    for part in range(20 if mb else 0):
        (folder / "nb" / f"part-{part}.bin").write_bytes(os.urandom(int(mb * 2**20 / 20)))

    return [
        a_work(folder, f"run_{n:03d}", *CELLS[1:], parameters={"lr": n / 10}, tagged=CELLS[0], block=n // 4)
        for n in range(count)
    ]


def cpu_s() -> float:
    """Seconds of processor time of this process and of those it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def ms_a_run(engine: Any, folder: Path, count: int, mb: float) -> float:
    """Milliseconds from the first beginning to the last end, a run."""
    from jupyter_coimprove.runs.schedule import RunQueue

    queue = RunQueue(works(folder, count, mb))
    queue.drain()
    times: list[float] = []
    states: list[str] = []

    def report(event: Any) -> None:
        if event.type in ("started", "finished"):
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
    parser.add_argument("--mb", type=float, default=8.0)
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
        used: dict[str, list[float]] = {name: [] for name in arms}
        with distributed.Client(made.scheduler_address, set_as_default=False) as side:

            def used_s() -> float:
                return cpu_s() + sum(side.run(cpu_s).values())

            for _ in range(min(args.repeats, 5)):
                for name, engine in arms.items():
                    with tempfile.TemporaryDirectory() as folder:
                        before_s = used_s()
                        found[name].append(ms_a_run(engine(), Path(folder), args.runs, args.mb))
                        used[name].append((used_s() - before_s) / args.runs * 1000)
    rows = []
    for name in arms:
        ours = name != "here"
        over = statistics.median(a - b for a, b in zip(found[name], found["here"], strict=True))
        cpu = statistics.median(a - b for a, b in zip(used[name], used["here"], strict=True))
        figures = {
            "ms_a_run": statistics.median(found[name]), "cpu_ms": statistics.median(used[name]),
            **({"ms_over_here": over, "cpu_ms_over_here": cpu} if ours else {}),
        }  # fmt: skip
        limits = {"ms_over_here": LIMIT_MS} if ours else {}
        rows.append({"bench": f"dask: trivial notebook, {args.runs} runs, {args.mb:g} MB beside it, two workers", "subject": name,
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
