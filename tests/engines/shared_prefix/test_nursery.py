"""A process that is to wait with cells executed, and never gets there: it is ended, and said why."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_coimprove.engines.shared_prefix import nursery, stuck
from jupyter_coimprove.engines.shared_prefix.inside import zygote
from jupyter_coimprove.engines.shared_prefix.node import Node
from jupyter_coimprove.engines.shared_prefix.nursery import Nursery
from jupyter_coimprove.engines.shared_prefix.planning import Step

STEPS = tuple(Step(index=index, source="pass", key=f"key {index}") for index in range(3))
#: Waits for a lock that nobody lets go: no processor time, in a futex.
WAITS = "import threading; lock = threading.Lock(); lock.acquire(); print(flush=True); lock.acquire()"
#: Waits, and is no such case: it would go on.
SLEEPS = "import time; print(flush=True); time.sleep(60)"


def heard_of(code: str, folder: Path, wall_s: float | None = None) -> tuple[Node, int]:
    """What is heard of a node that told its pid and its first cell, and then waits; its exit code."""
    node = Node(
        key="key 2", depth=3, parent=Node(key="root", depth=0, parent=None, folder=folder), folder=folder
    )
    ours, its = socket.socketpair()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child, ours, its:
        assert child.stdout is not None
        child.stdout.readline()
        zygote.send(its, {"pid": child.pid})
        zygote.send(its, {"cell": 0, "seconds": 0.5})
        made = Nursery(folder / "n", os.environ, lambda: None)
        made._listen(node, STEPS, ours, 1.0, wall_s)
        return node, child.wait(10)


def test_a_node_that_waits_for_a_lock_nobody_holds_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stuck, "STILL_S", 1.0)
    monkeypatch.setattr(nursery, "_LOOK_S", 0.1)
    node, code = heard_of(WAITS, tmp_path)
    assert code < 0, "it was killed"
    assert "not forked with it" in node.failed
    assert (node.barred, node.seconds) == ("key 1", 1.5), "the cell under way is not shared again"


def test_a_node_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "_LOOK_S", 0.1)
    node, code = heard_of(SLEEPS, tmp_path, wall_s=0.5)
    assert code < 0
    assert "more than 0.5 s" in node.failed
    assert node.barred


def test_one_that_was_never_forked_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "_LOOK_S", 0.1)
    monkeypatch.setattr(nursery, "_FORK_S", 0.5)
    parent = Node(key="root", depth=0, parent=None, folder=tmp_path)
    parent.folder.joinpath("log").write_text("")
    node = Node(key="key 2", depth=3, parent=parent, folder=tmp_path)
    ours, its = socket.socketpair()
    with ours, its:
        Nursery(tmp_path / "n", os.environ, lambda: None)._listen(node, STEPS, ours, 0.0, None)
    assert "not forked in time" in node.failed
    assert node.barred == "key 0"


@pytest.mark.parametrize("told", [b"", b"x" * 10])
def test_one_that_ended_by_itself_leaves_no_line_open(tmp_path: Path, told: bytes) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"], stdin=subprocess.PIPE)
    assert child.stdin is not None
    assert child.wait(60) == 0
    child.stdin.write(told)
    Nursery._forget(Node(key="root", depth=0, parent=None, folder=tmp_path / "gone", process=child))
    assert child.stdin.closed
