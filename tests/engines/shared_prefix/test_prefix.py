"""What cells in common left in their folder is what a forked run finds, and no more."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.shared_prefix.engine import SharedPrefixEngine
from jupyter_coimprove.engines.shared_prefix.prefix import _copy
from jupyter_coimprove.testing.engine_contract import Seen, a_work, run_all


def test_a_module_that_was_only_read_is_not_taken_for_written(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "prefix", tmp_path / "run"
    for folder in (ours, theirs):
        folder.mkdir()
        (folder / "helper.py").write_text("x = 1")
    os.utime(ours / "helper.py", (1, 1))
    before = os.stat(theirs / "helper.py").st_mtime_ns
    _copy(ours, theirs)
    assert os.stat(theirs / "helper.py").st_mtime_ns == before


def test_what_the_cells_changed_or_made_is_there(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "prefix", tmp_path / "run"
    (ours / "out").mkdir(parents=True)
    theirs.mkdir()
    (theirs / "helper.py").write_text("x = 1")
    (ours / "helper.py").write_text("x = 2")
    (ours / "out" / "made.txt").write_text("made")
    (ours / "link").symlink_to("helper.py")
    _copy(ours, theirs)
    assert (theirs / "helper.py").read_text() == "x = 2"
    assert (theirs / "out" / "made.txt").read_text() == "made"
    assert os.readlink(theirs / "link") == "helper.py"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")
def test_what_it_cost_to_fork_a_run_is_not_brought_to_the_next(tmp_path: Path) -> None:
    """Else the thousandth run would read what a thousand forks opened."""
    sizes: list[int] = []
    engine = SharedPrefixEngine(clock=SystemClock(), env=os.environ)

    def look() -> None:
        assert engine._nursery is not None
        nodes = [node for node in engine._nursery._nodes.values() if node.depth]
        sizes.append(sum(node.apart.opened.stat().st_size for node in nodes if node.apart is not None))

    works = [
        a_work(tmp_path, f"run_{i}", "base = 1", "got = base + level", tagged="level = 0", parameters={"level": i})
        for i in range(4)
    ]  # fmt: skip
    seen = Seen()
    # The last run's end lets the processes go.
    seen.on = {(work.run, "started"): look for work in works}
    run_all(engine, works, workers=1, seen=seen)
    assert [outcome.environment["shared"]["cells"] for outcome in seen.outcomes.values()] == [3] * 4
    assert sizes[0] > 0, "what the cells opened themselves is brought"
    assert len(set(sizes)) == 1, f"it does not grow with each fork: {sizes}"
