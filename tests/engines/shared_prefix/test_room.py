"""No more processes wait with cells executed than there is memory for; runs go on without."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.shared_prefix import room
from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine
from jupyter_coimprove.testing.engine_contract import Seen, a_work, notebook, run_all

#: Holds 80 MB and forks; the fork writes over a half of it when told to.
FORKS = """
import os, sys
held = bytearray(b"x" * (80 << 20))
pid = os.fork()
if pid == 0:
    for line in sys.stdin:
        held[: 40 << 20] = b"y" * (40 << 20)
        print("written", flush=True)
else:
    print(pid, flush=True)
    os.waitpid(pid, 0)
"""


def test_a_fork_owns_what_it_wrote_and_the_next_one_is_expected_to_write_as_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        fork = int(parent.stdout.readline())
        seen, before = room.owned_mb(fork)
        assert seen > 80 > 40 > before
        parent.stdin.write("write\n")
        assert parent.stdout.readline() == "written\n"
        assert room.owned_mb(fork)[1] > before + 35
        assert room.needed_mb(parent.pid, [fork]) > 40
        assert room.needed_mb(parent.pid, []) == room.LEAST_MB
        # All that the parent holds does not fit, what a fork makes its own does.
        for free, does in ((1000.0, True), (room.LEAST_MB + 1, True), (room.LEAST_MB - 1, False)):
            monkeypatch.setattr(room, "free_mb", lambda free=free: free)
            assert room.fits(parent.pid, []) is does, free
        parent.stdin.close()
    assert room.owned_mb(fork) == (0.0, 0.0)


def test_without_memory_runs_are_forked_from_before_the_cells_in_common(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "free_mb", lambda: 0.0)
    made = notebook("x = 1", "y = x + level", parameters="level = 1")
    works = [a_work(tmp_path, f"run_{n}", notebook=made, parameters={"level": n}) for n in (2, 3)]
    seen = run_all(SharedPrefixEngine(clock=SystemClock()), works, workers=1)
    for outcome in seen.outcomes.values():
        assert outcome.state == "completed", outcome.error
        shared = outcome.environment["shared"]
        assert shared["cells"] == 0
        assert "no memory" in shared["why"]


def test_a_run_waits_for_memory_that_another_one_gives_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers are free, and only one fork fits beside what there is."""
    free = [1e6]
    monkeypatch.setattr(room, "free_mb", lambda: free[0])
    made = notebook("import time\nx = 1", "time.sleep(1)\ny = x + level", parameters="level = 1")
    works = [a_work(tmp_path, f"run_{n}", notebook=made, parameters={"level": n}) for n in (2, 3, 4)]
    seen = Seen()

    def short() -> None:
        free[0] = 0.0

    seen.on = {("run_2", "cell"): short, ("run_2", "started"): short}
    run_all(SharedPrefixEngine(clock=SystemClock()), works, workers=2, seen=seen)
    assert [outcome.state for outcome in seen.outcomes.values()] == ["completed"] * 3
    assert {outcome.environment["shared"]["cells"] for outcome in seen.outcomes.values()} == {3}
    order = [(event.run, event.type) for event in seen.events if event.type in ("started", "finished")]
    last = [each for each in order if each[0] == "run_4"]
    others = {("run_2", "finished"), ("run_3", "finished")}
    assert others <= set(order[: order.index(last[0])]), "the third begins when nothing else is under way"


def test_what_was_forked_below_is_found() -> None:
    inner = (
        "import subprocess, sys; p = subprocess.Popen(['sleep', '30']); print(p.pid, flush=True); p.wait()"
    )
    outer = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {inner!r}]).wait()"
    with subprocess.Popen([sys.executable, "-c", outer], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        lowest = int(parent.stdout.readline())
        found = room.below(parent.pid)
        assert len(found) == 2
        assert found[-1] == lowest
        os.kill(lowest, signal.SIGKILL)
    assert room.below(parent.pid) == []
