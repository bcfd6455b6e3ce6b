"""What must not be forked is not: no run hangs, no result is another, and each says what it shared and why no more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from same_outputs import LEVELS

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine
from jupyter_coimprove.runs.run import Limits, Probe, Work
from jupyter_coimprove.testing.engine_contract import Seen, a_work, notebook, run_all


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """``cells`` before one that gives ``got``; ``shared`` of them at most, and the reason as ``why`` finds it."""

    name: str
    cells: tuple[str, ...]
    own: str
    got: tuple[float, float]
    shared: int
    why: str


FIRST = "base = 10"
HAZARDS = (
    Hazard(
        name="openmp pool of scikit-learn", shared=5, why="depends on level",
        cells=(FIRST, "import numpy as np\nfrom sklearn.cluster import KMeans\nX = np.arange(400.0).reshape(200, 2)",
               "k = KMeans(2, n_init=1, random_state=0).fit(X)"),
        own="got = len(KMeans(level, n_init=1, random_state=0).fit(X).cluster_centers_)", got=(2, 3),
    ),
    Hazard(
        name="histogram boosting", shared=4, why="depends on level",
        cells=(FIRST, "import numpy as np\nfrom sklearn.ensemble import HistGradientBoostingRegressor as H\n"
               "X = np.arange(400.0).reshape(-1, 1); h = H(max_iter=2).fit(X, X[:, 0])"),
        own="got = H(max_iter=level).fit(X, X[:, 0]).n_iter_", got=(2, 3),
    ),
    Hazard(
        name="thread alive", shared=3, why="a thread is alive",
        cells=(FIRST, "import threading, queue\nq, r = queue.Queue(), queue.Queue()\n"
               "threading.Thread(target=lambda: [r.put(q.get() + 1) for _ in range(9)], daemon=True).start()"),
        own="q.put(level); got = r.get(timeout=30)", got=(3, 4),
    ),
    Hazard(
        name="executor kept", shared=3, why="a thread is alive",
        cells=(FIRST, "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\npool.submit(int).result()"),
        own="got = pool.submit(pow, level, 2).result(timeout=30)", got=(4, 9),
    ),
    Hazard(
        name="process pool kept", shared=3, why="alive|open",
        cells=(FIRST, "import multiprocessing\npool = multiprocessing.get_context('fork').Pool(1)\npool.apply(int)"),
        own="got = pool.apply(pow, (level, 2)); pool.terminate()", got=(4, 9),
    ),
    Hazard(
        name="lock held", shared=4, why="depends on level",
        cells=(FIRST, "import threading\nlock = threading.Lock()\nlock.acquire();"),
        own="got = level + (not lock.acquire(timeout=0.1))", got=(3, 4),
    ),
    Hazard(
        name="file open for writing", shared=4, why="depends on level",
        cells=(FIRST, "f = open('log.txt', 'w')\nf.write('shared ');"),
        own="f.write(str(level)); f.close(); got = float(open('log.txt').read().split()[-1])", got=(2, 3),
    ),
    Hazard(
        name="what is freed is freed in a fork too", shared=4, why="depends on level",
        cells=(FIRST, "import gc, weakref\nclass Ring: pass\nring = Ring(); ring.me = ring; gone = weakref.ref(ring);"),
        own="del ring; gc.collect(); got = level + (gone() is not None)", got=(2, 3),
    ),
    Hazard(
        name="file being read", shared=5, why="depends on level",
        cells=(FIRST, "open('in.txt', 'w').write('1\\n2\\n3\\n');", "f = open('in.txt'); f.readline();"),
        own="got = float(f.readline()) + level", got=(4, 5),
    ),
    Hazard(
        name="progress bar", shared=3, why="a progress bar",
        cells=(FIRST, "from tqdm import tqdm\nbar = tqdm(total=9)\nbar.update(2)"),
        own="bar.update(level); got = bar.n", got=(4, 5),
    ),
    Hazard(
        name="figure drawn", shared=4, why="depends on level",
        cells=(FIRST, "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1)); plt.plot([1, 2]); plt.title('shared');"),
        own="plt.figure(figsize=(1, 1)); plt.title('own'); plt.plot([1, level]); got = len(plt.gca().lines) + level", got=(3, 4),
    ),
    Hazard(
        name="socket open", shared=3, why="a socket is open",
        cells=(FIRST, "import socket\na, b = socket.socketpair()"),
        own="a.send(bytes([level])); got = b.recv(9)[0]", got=(2, 3),
    ),
    Hazard(
        name="database open", shared=3, why="x.db is open",
        cells=(FIRST, "import sqlite3\ndb = sqlite3.connect('x.db'); db.execute('create table t (n)'); db.commit()"),
        own="db.execute('insert into t values (?)', (level,)); got = db.execute('select sum(n) from t').fetchone()[0]",
        got=(2, 3),
    ),
    Hazard(
        name="task pending", shared=3, why="asyncio|task",
        cells=(FIRST, "import asyncio\ntask = asyncio.ensure_future(asyncio.sleep(0.2, 5))"),
        own="got = await task + level", got=(7, 8),
    ),
    Hazard(
        name="memory mapped writable", shared=3, why="open|mapped",
        cells=(FIRST, "import numpy as np\nm = np.memmap('m.bin', 'f8', 'w+', shape=(2,))\nm[0] = 1"),
        own="m[0] += level; got = m[0]", got=(3, 4),
    ),
    Hazard(
        name="shared memory", shared=3, why="mapped|open|alive",
        cells=(FIRST, "import mmap\nm = mmap.mmap(-1, 8)\nm[0] = 1"),
        own="m[0] += level; got = m[0]", got=(3, 4),
    ),
    Hazard(
        name="child process alive", shared=3, why="alive|pipe",
        cells=(FIRST, "import subprocess\np = subprocess.Popen(['cat'], stdin=-1, stdout=-1)"),
        own="got = float(p.communicate(str(level).encode())[0])", got=(2, 3),
    ),
    Hazard(
        name="a name found in a frame", shared=4, why="ends in",
        cells=(FIRST, "import pandas as pd\nname = 'lev' + 'el'", "seen = pd.eval(name + ' + 1')"),
        own="got = seen + level", got=(5, 7),
    ),
    Hazard(
        name="an error in common", shared=3, why="ends in ZeroDivisionError",
        cells=(FIRST, "try:\n    1 / 0\nfinally:\n    late = 1"), own="got = level", got=(0, 0),
    ),
    Hazard(
        name="timer of the process", shared=3, why="timer",
        cells=(FIRST, "import signal\nsignal.signal(signal.SIGALRM, print)\nsignal.alarm(60)"),
        own="got = level + (signal.alarm(0) > 0)", got=(3, 4),
    ),
    Hazard(
        name="files written in common", shared=4, why="depends on level",
        cells=(FIRST, "open('best.txt', 'w').write('5');"),
        own="n = float(open('best.txt').read()) + level; open('best.txt', 'w').write(str(n)); got = float(open('best.txt').read())",
        got=(7, 8),
    ),
    Hazard(
        name="what a fork left locked", shared=0, why="waits for something",
        cells=(FIRST, "import os, threading\nlock = threading.Lock()\nos.register_at_fork(after_in_child=lambda: lock.acquire(blocking=False))"),
        own="with lock: got = level", got=(2, 3),
    ),
)  # fmt: skip


def works(base: Path) -> list[Work]:
    out = []
    for number, hazard in enumerate(HAZARDS):
        made = notebook(*hazard.cells, hazard.own, parameters="level = 1")
        out += [
            a_work(
                base / str(number), f"run_{number}_{level}", notebook=made, parameters={"level": level},
                probes=(Probe(name="got", expr="got"),), limits=Limits(wall_s=150.0),
            )
            for level in LEVELS
        ]  # fmt: skip
    return out


@pytest.mark.slow
@pytest.mark.timeout(900)
class TestHazards:
    @pytest.fixture(scope="class")
    @classmethod
    def seen(cls, tmp_path_factory: pytest.TempPathFactory) -> Seen:
        return run_all(
            SharedPrefixEngine(clock=SystemClock()), works(tmp_path_factory.mktemp("hazards")), workers=2
        )

    @pytest.mark.parametrize("number", range(len(HAZARDS)), ids=[hazard.name for hazard in HAZARDS])
    def test_nothing_hangs_and_no_result_is_another(self, seen: Seen, number: int) -> None:
        hazard = HAZARDS[number]
        for level, wanted in zip(LEVELS, hazard.got, strict=True):
            outcome = seen.outcomes[f"run_{number}_{level}"]
            if "error" in hazard.name:
                assert outcome.state == "failed"
                assert outcome.error is not None
                assert outcome.error.name == "ZeroDivisionError"
                continue
            assert outcome.state == "completed", outcome.error
            assert [m.value.number for m in outcome.metrics] == [wanted]

    @pytest.mark.parametrize("number", range(len(HAZARDS)), ids=[hazard.name for hazard in HAZARDS])
    def test_a_run_says_how_much_it_shared_and_why_no_more(self, seen: Seen, number: int) -> None:
        hazard = HAZARDS[number]
        shared: dict[str, Any] = dict(seen.outcomes[f"run_{number}_{LEVELS[0]}"].environment["shared"])
        assert (shared["cells"], bool(re.search(hazard.why, shared["why"]))) == (hazard.shared, True), shared


#: What a run writes only at its end, by (a cell in common, its own).
LATE = {
    "never closed": ("pass", "f = open('kept.txt', 'w'); f.write(str(level));"),
    "in a ring of the cells in common": (
        "class Log: pass\nlog = Log(); log.me = log; log.file = open('kept.txt', 'w');", "log.file.write(str(level));",
    ),
    "at exit": ("import atexit", "atexit.register(lambda: open('kept.txt', 'w').write(str(level)));"),
    "by a thread that goes on": (
        "import threading, time",
        "threading.Thread(target=lambda: [time.sleep(0.3), open('kept.txt', 'w').write(str(level))]).start()",
    ),
    "held by a module": ("import json\njson.kept = open('kept.txt', 'w');", "json.kept.write(str(level));"),
}  # fmt: skip


def test_what_a_run_leaves_to_its_end_is_written(tmp_path: Path) -> None:
    """A fork ends without taking its interpreter apart; files are whole all the same."""
    works = [
        a_work(
            tmp_path, f"run_{number}_{level}", FIRST, common, own, tagged="level = 1", experiment=f"exp_{number}",
            parameters={"level": level},
        )
        for number, (common, own) in enumerate(LATE.values()) for level in LEVELS
    ]  # fmt: skip
    seen = run_all(SharedPrefixEngine(clock=SystemClock()), works)
    for number, name in enumerate(LATE):
        for level in LEVELS:
            outcome = seen.outcomes[f"run_{number}_{level}"]
            assert outcome.state == "completed", (name, outcome.error)
            assert outcome.environment["shared"]["cells"] >= 2, name
            kept = tmp_path / "runs" / f"run_{number}_{level}" / "files" / "kept.txt"
            assert kept.read_text(encoding="utf-8") == str(level), name
