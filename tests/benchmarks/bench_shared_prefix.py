"""What sharing saves: runs forked from the cells they have in common, beside papermill.

``python tests/benchmarks/bench_shared_prefix.py [--quick] [--json] [NAME…]``

Notebooks: a trivial one, one with three seconds of preparation (scikit-learn, 200 MB) and half a second of work
of its own (with one thread each, and once with the default thread counts), one with torch, one in which nothing
is shared. Each against papermill sequentially in one process and in two; all arms interleaved, medians, the same
thread variables in every arm. ``limit`` holds our total against the cells in common once and the runs' own
processor time over the cores; ``thousand`` runs a thousand trivial notebooks and looks at what that leaves.
This package is compiled beforehand, as an installer compiles papermill and all the others (a checkout may be told
not to keep compiled modules: its processes would compile theirs at each start).
"""

from __future__ import annotations

import argparse
import compileall
import concurrent.futures
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jupyter_coimprove

ONE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
BUSY = "import time\ndef work(s):\n    end = time.process_time() + s\n    while time.process_time() < end: sum(range(1000))\n"
PREPARED = (
    "import numpy as np\nfrom sklearn.decomposition import PCA\n" + BUSY
    + "big = np.random.default_rng(0).normal(size=(250, 100_000))\nsmall = PCA(2).fit_transform(big[:, :50])\nwork(3)"
)  # fmt: skip
TORCH = "import torch\ntorch.manual_seed(0)\nx = torch.randn(2000, 64)\ny = x @ torch.randn(64, 1)"
TRAIN = (
    "model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1))\n"
    "opt = torch.optim.SGD(model.parameters(), lr=lr * 1e-3)\n"
    "for _ in range(100):\n    opt.zero_grad(); loss = ((model(x) - y) ** 2).mean(); loss.backward(); opt.step()\n"
    "score = float(loss)"
)
NOTEBOOKS = {
    "trivial": ("lr = 0.1", "score = 1", "score = lr * 2", "print(score)"),
    "prepared": ("lr = 0.1", PREPARED, "work(0.5)\nscore = lr * small[0, 0]"),
    "prepared, default threads": ("lr = 0.1", PREPARED, "work(0.5)\nscore = lr * small[0, 0]"),
    "torch": ("lr = 0.1", TORCH, TRAIN),
    "nothing shared": ("lr = 0.1", "scale = lr\n" + BUSY, "work(0.5 + 0 * scale)\nscore = lr"),
    "limit": ("lr = 0.1", PREPARED, "work(1.0)\nscore = lr * small[0, 0]"),
}
#: At most this share of what papermill takes: sequentially, in two processes.
GOALS = {"trivial": (0.1, None), "prepared": (0.1, 0.2), "torch": (0.2, None), "nothing shared": (None, 1.0)}
OWN_S, WORKERS = 1.0, 2
#: Over the limit of the hardware; memory that a driver may gain; processor time a run may cost.
OVER, GAIN_MB, RUN_CPU_S = 1.15, 50.0, 0.1
OURS = "coimprove, two workers"


def notebook(name: str) -> dict[str, Any]:
    """One of the notebooks, its first cell tagged."""
    cells = [
        {"cell_type": "code", "execution_count": None, "id": f"c{i}", "outputs": [], "source": source,
         "metadata": {"tags": ["parameters"]} if i == 0 else {}}
        for i, source in enumerate(NOTEBOOKS[name])
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def threads(name: str) -> Mapping[str, str]:
    return {} if "default" in name else ONE


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
        env={**os.environ, **threads(name)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def two(folder: Path, name: str, n: int) -> None:
    """Two such processes, half each."""
    halves = [folder / "a", folder / "b"]
    for half in halves:
        half.mkdir()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda half: sequential(half, name, n // 2), halves))


def shared(
    folder: Path, name: str, n: int, *, env: Mapping[str, str] | None = None, ended: Callable[[int], None] | None = None
) -> list[Any]:  # fmt: skip
    """This engine with two workers, started and ended as a runner does; the outcomes, all completed.

    ``ended`` is told after each run how many have ended. Thread counts: the engine's own, cores over workers.
    """
    from jupyter_coimprove.clock import SystemClock
    from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine
    from jupyter_coimprove.runs.run import Work
    from jupyter_coimprove.runs.schedule import RunQueue

    works = [
        Work(
            run=f"run_{i:026d}", experiment="exp_0", arm=f"lr={i}", block=0, replicate=0, attempt=1,
            notebook=notebook(name), parameters={"lr": i / 10}, kernel="python3", source_dir=folder,
            snapshot=None, folder=folder / "runs" / f"{i}", threads=max(1, (os.cpu_count() or 1) // WORKERS),
        )
        for i in range(n)
    ]  # fmt: skip
    queue = RunQueue(works)
    queue.drain()
    outcomes: list[Any] = []

    def report(event: Any) -> None:
        if event.outcome is not None:
            outcomes.append(event.outcome)
            if ended is not None:
                ended(len(outcomes))

    engine = SharedPrefixEngine(clock=SystemClock(), env={**os.environ, **threads(name), **(env or {})})
    engine.execute(queue, report, workers=WORKERS)
    if [outcome.state for outcome in outcomes] != ["completed"] * n:
        raise SystemExit(
            f"not all completed: {[(o.state, o.error) for o in outcomes if o.state != 'completed']}"
        )
    if name != "nothing shared" and any(o.environment["shared"]["cells"] < 3 for o in outcomes):
        raise SystemExit(f"not all shared: {[o.environment['shared'] for o in outcomes]}")
    return outcomes


ARMS: dict[str, Callable[[Path, str, int], object]] = {
    OURS: shared,
    "papermill, two processes": two,
    "papermill, sequential": sequential,
}


def beside(name: str, n: int, repeats: int) -> list[dict[str, Any]]:
    """All arms of one notebook, interleaved; a row each, ours with its share of what the others take."""
    seconds: dict[str, list[float]] = {arm: [] for arm in ARMS}
    for _ in range(repeats):
        for arm, run in ARMS.items():
            with tempfile.TemporaryDirectory() as text:
                begun = time.monotonic()
                run(Path(text), name, n)
                seconds[arm].append(time.monotonic() - begun)
    middle = {arm: statistics.median(values) for arm, values in seconds.items()}
    rows = []
    for arm in ARMS:
        figures, limits = {"wall_s": middle[arm], "from_s": min(seconds[arm]), "to_s": max(seconds[arm])}, {}
        if arm == OURS:
            goals = zip(
                ("sequential", "two processes"),
                reversed([*ARMS][1:]),
                GOALS.get(name, (None, None)),
                strict=True,
            )
            for word, other, goal in goals:
                figures[f"of {word}"] = middle[arm] / middle[other]
                limits |= {} if goal is None else {f"of {word}": goal}
        rows.append(_row(f"{name} notebook, {n} variants", arm, repeats, figures, limits))
    return rows


def limit(n: int, repeats: int) -> list[dict[str, Any]]:
    """Our total over what the hardware allows: the cells in common once, the runs' own time on all cores."""
    ratios, walls = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as text:
            begun = time.monotonic()
            outcomes = shared(Path(text), "limit", n)
            walls.append(time.monotonic() - begun)
        prefix = max(float(o.environment["shared"]["seconds"]) for o in outcomes)
        ratios.append(walls[-1] / (prefix + n * OWN_S / WORKERS))
    figures = {
        "wall_s": statistics.median(walls), "from_s": min(walls), "to_s": max(walls),
        "of the limit": statistics.median(ratios),
    }  # fmt: skip
    return [_row(f"1 s of its own, {n} variants", OURS, repeats, figures, {"of the limit": OVER})]


def thousand(n: int) -> list[dict[str, Any]]:
    """Many trivial runs: memory of this process, processor time a run (of the whole machine: it must be idle),
    and processes, descriptors and folders that are left."""
    import psutil

    from jupyter_coimprove.testing.engine_contract import MARK, gone_within

    mark, me, seen = uuid.uuid4().hex, psutil.Process(), dict[int, tuple[float, float]]()

    def ended(count: int) -> None:
        if count in (n // 10, n):
            used = psutil.cpu_times()
            seen[count] = (me.memory_info().rss / 2**20, used.user + used.nice + used.system)

    with tempfile.TemporaryDirectory() as text:
        folder, runtime = Path(text) / "nb", Path(text) / "t"
        folder.mkdir()
        runtime.mkdir()
        kept, tempfile.tempdir = tempfile.tempdir, str(runtime)
        try:
            open_before = len(os.listdir("/proc/self/fd"))
            shared(folder, "trivial", n, env={MARK: mark, "TMPDIR": str(runtime)}, ended=ended)
            left = {
                "processes left": float(len(gone_within(mark, 10.0))),
                "descriptors left": float(len(os.listdir("/proc/self/fd")) - open_before),
                "folders left": float(len(list(runtime.iterdir()))),
            }
        finally:
            tempfile.tempdir = kept
    (first, used), (last, used_last) = seen[n // 10], seen[n]
    figures = {"gained_mb": last - first, "run_cpu_s": (used_last - used) / (n - n // 10), **left}
    limits = {"gained_mb": GAIN_MB, "run_cpu_s": RUN_CPU_S, **dict.fromkeys(left, 0.0)}
    return [_row(f"{n} runs of a trivial notebook", OURS, 1, figures, limits)]


def _row(
    bench: str, subject: str, n: int, figures: Mapping[str, float], limits: Mapping[str, float]
) -> dict[str, Any]:
    return {
        "bench": f"shared prefix: {bench}", "subject": subject, "n": n, "ours": subject == OURS,
        "figures": dict(figures), "limits": dict(limits),
    }  # fmt: skip


def told(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print them; a goal that is missed stands out."""
    print(f"{rows[0]['bench']} ({os.getloadavg()[0]:.1f} processes waiting on {os.cpu_count()} cores)")
    ours = rows[0]["figures"].get("wall_s")
    for row in rows:
        text = []
        for key, value in row["figures"].items():
            most = row["limits"].get(key)
            mark = "" if most is None else f" (goal {most:g}{'' if value <= most else ': MISSED'})"
            text.append(f"{key} {value:.3f}{mark}")
        ratio = f" = {row['figures']['wall_s'] / ours:.1f}x" if not row["ours"] and ours else ""
        print(f"  {row['subject']:26s} {', '.join(text)}{ratio}", flush=True)


def main() -> None:
    """Print the medians and ratios; with ``--json`` the rows that run.py reads."""
    parser = argparse.ArgumentParser()
    names = [*NOTEBOOKS, "thousand"]
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--variants", type=int, default=32)
    parser.add_argument("--quick", action="store_true", help="4 variants, one round: whether it works")
    parser.add_argument("names", nargs="*", help=f"only these: {', '.join(names)}")
    args = parser.parse_args()
    compileall.compile_dir(str(Path(jupyter_coimprove.__file__).parent), quiet=1)
    n, repeats = (4, 1) if args.quick else (args.variants, min(args.repeats, 5))
    rows = []
    for name in args.names or names:
        if (
            name == "torch"
            and subprocess.run([sys.executable, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode
        ):
            print("torch is not installed: left out", file=sys.stderr)
            continue
        # The defaults once: what they cost is no goal.
        rounds = 1 if "default" in name else repeats
        found = (
            limit(n, repeats) if name == "limit" else thousand(20 if args.quick else 1000) if name == "thousand"
            else beside(name, n, rounds)
        )  # fmt: skip
        rows += found
        if not args.json:
            told(found)
    if args.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
