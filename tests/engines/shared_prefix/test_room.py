"""No more processes wait with cells executed than there is memory for; runs go on without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.shared_prefix import room
from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine
from jupyter_coimprove.testing.engine_contract import a_work, notebook, run_all

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


def test_a_fork_owns_what_it_wrote_and_the_next_one_is_expected_to_write_as_much() -> None:
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
