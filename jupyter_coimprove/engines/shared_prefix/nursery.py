"""The engine's end of the processes that wait to be forked: roots, and nodes that have executed some cells."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_coimprove.engines import mounts
from jupyter_coimprove.engines.papermill import leftovers
from jupyter_coimprove.engines.papermill.apart import keep_apart
from jupyter_coimprove.engines.papermill.environment import kernelspec, run_environment
from jupyter_coimprove.engines.papermill.namespace import plain
from jupyter_coimprove.engines.shared_prefix import room, stuck
from jupyter_coimprove.engines.shared_prefix.inside import zygote
from jupyter_coimprove.engines.shared_prefix.node import Node
from jupyter_coimprove.engines.shared_prefix.planning import Plan, Step, as_cell
from jupyter_coimprove.engines.shared_prefix.prefix import NotShared, Prefix, carry
from jupyter_coimprove.engines.shared_prefix.sharing import tripwire
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.kernelspace import opened as watch
from jupyter_coimprove.runs import isolation
from jupyter_coimprove.runs.run import Work

#: How long an interpreter may take to import ipykernel, and a waiting process to fork.
_BEGIN_S, _FORK_S = 120.0, 60.0
#: How often a node that says nothing is looked at.
_LOOK_S = 1.0
#: How often memory is looked at again where there was too little.
_AGAIN_S = 1.0


class Nursery:
    """All waiting processes of one ``execute``. Every node is made in a thread of its own; ``heard`` is called
    when one is ready or has failed."""

    def __init__(self, folder: Path, env: Mapping[str, str], heard: Callable[[], None]) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder, self._env, self._heard = folder, dict(env), heard
        self._nodes: dict[str, Node] = {}
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._count = 0
        #: When there was no memory for a run's fork.
        self._short = -_AGAIN_S
        #: Keys of cells after which no process waits, because there was no memory for one.
        self.refused: set[str] = set()

    def node(self, plan: Plan, depths: Sequence[int], work: Work) -> Node:
        """The process for these cells of a run, being made where it is not there yet (see ``Node.ready``)."""
        node = self.begin(plan.root, work)
        before = 0
        for depth in depths:
            key = plan.steps[depth - 1].key
            further = self._nodes.get(key)
            if further is None and not self._has_room(node):
                self.refused.add(key)
                break
            if further is None:
                further = Node(
                    key=key,
                    depth=depth,
                    parent=node,
                    folder=self._room(),
                    withheld=plan.late(depth),
                    done=before,
                )
                self._nodes[key] = further
                self._in_thread(self._grow, further, plan, before, work)
            node, before = further, depth
        return node

    def _has_room(self, parent: Node) -> bool:
        """Whether one more process can wait below this one; the runs under way have theirs already."""
        forks = [node.pid for node in self._nodes.values() if node.parent is parent and node.pid]
        # One that is not ready yet has no pid: what it will hold shows later, at its next fork.
        return room.fits(parent.pid, forks) if parent.pid else room.free_mb() > room.LEAST_MB

    def can_fork(self, node: Node) -> bool:
        """Whether there is memory for one more run below this process, by what its live ones have made their own."""
        now = time.monotonic()
        looks = now - self._short >= _AGAIN_S and node.pid
        if looks and not room.fits(node.pid, room.below(node.pid)):
            self._short = now
        return now - self._short >= _AGAIN_S

    def prefix(self, node: Node, plan: Plan, why: str) -> Prefix:
        """What a worker needs to begin where ``node`` is."""
        assert node.apart is not None
        return Prefix(
            socket=node.socket, kept=node.kept, covered=node.covered(), opened=str(node.apart.opened),
            give=plan.given(node.withheld), cells=[step.index for step in plan.steps[: node.depth]],
            own=[step.index for step in plan.steps[: node.depth] if step.sets], seconds=round(node.seconds, 3), why=why,
            key=node.key,
        )  # fmt: skip

    def known(self) -> list[str]:
        """Of all processes that wait or are being made."""
        return list(self._nodes)

    def keep(self, keys: set[str]) -> None:
        """Let go of processes from which no run will be forked any more, those furthest down first."""
        gone = [node for key, node in self._nodes.items() if key not in keys and node.ready.is_set()]
        for node in sorted(gone, key=lambda node: -node.depth):
            if not any(other.parent is node for other in self._nodes.values()):
                del self._nodes[node.key]
                self._forget(node)

    def forget(self, node: Node) -> None:
        """A node that failed is not asked again."""
        if self._nodes.get(node.key) is node:
            del self._nodes[node.key]
            self._forget(node)

    def close(self) -> None:
        """End all; no process and no layer is left."""
        self._closed = True
        roots = [node for node in self._nodes.values() if node.process is not None]
        for root in roots:
            assert root.process is not None
            _hang_up(root.process)
        for root in roots:
            assert root.process is not None
            try:
                root.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                root.process.kill()
                root.process.wait()
        for thread in self._threads:
            thread.join(timeout=10)
        for node in list(self._nodes.values()):
            self._forget(node)
        self._nodes.clear()

    # -- making them

    def _room(self) -> Path:
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir(mode=0o700)
        return folder

    def _in_thread(self, make: Callable[..., None], node: Node, *args: Any) -> None:
        def body() -> None:
            try:
                make(node, *args)
            except (OSError, NotShared, EngineError, ValueError) as error:
                node.failed = node.failed or f"cells in common could not be executed beforehand: {error}"
            finally:
                node.ready.set()
                self._heard()

        thread = threading.Thread(target=body, name="nursery", daemon=True)
        self._threads.append(thread)
        thread.start()

    def begin(self, key: str, work: Work) -> Node:
        """The process without any cell from which runs of this root descend, being made where it is not there yet."""
        if (known := self._nodes.get(key)) is not None:
            return known
        node = Node(key=key, depth=0, parent=None, folder=self._room())
        self._nodes[key] = node
        self._in_thread(self._start, node, work)
        return node

    def _layers(self, node: Node, work: Work) -> tuple[list[list[str]], list[list[str]], dict[str, str]]:
        env, _ = run_environment(work, self._env)
        own = replace(work, run="p", folder=node.folder / "p")
        node.apart = keep_apart(own, env, node.folder)
        if node.apart.view.layers is None:
            raise NotShared(f"runs cannot have private layers here: {node.apart.why}")
        return *plain(node.apart.view.layers), dict(node.apart.env)

    def _start(self, node: Node, work: Work) -> None:
        """An interpreter with ipykernel and without any cell."""
        spec = kernelspec(work.kernel)
        command, argv = _command(spec.argv)
        over, through, env = self._layers(node, work)
        env = {**env, **spec.env, "JPY_PARENT_PID": str(os.getpid())}
        env.pop("COIMPROVE_RUN_DIR", None)
        assert node.apart is not None
        setup = {
            "layers": over, "shared": through, "cwd": str(node.apart.view.cwd), "mounts": mounts.__file__,
            "watcher": watch.SNIPPET, "opened": str(node.apart.opened), "most_opened": watch.MOST,
            "program": command[0], "argv": argv, "socket": node.socket, "most": work.limits.output_bytes,
            # As ipykernel decides for itself.
            "watch": "PYTEST_CURRENT_TEST" not in env, "tripwire": tripwire.__file__,
        }  # fmt: skip
        with open(node.folder / "log", "wb") as log:
            node.process = subprocess.Popen(
                [*command, zygote.__file__], stdin=subprocess.PIPE, stdout=log, stderr=log, env=env,
                cwd=node.folder, start_new_session=True,
            )  # fmt: skip
        assert node.process.stdin is not None
        node.process.stdin.write(json.dumps(setup).encode() + b"\n")
        node.process.stdin.flush()
        end = self._connect(node)
        node.line = end
        end.settimeout(_BEGIN_S)
        answer, _ = zygote.receive(end)
        end.settimeout(None)
        if not answer:
            raise NotShared(f"the kernel's Python does not begin: {self._words(node)}")
        node.pid = int(answer["pid"])

    def _connect(self, node: Node) -> socket.socket:
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        until = time.monotonic() + _BEGIN_S
        while True:
            try:
                end.connect(node.socket)
            except OSError:
                if node.process is not None and node.process.poll() is not None:
                    end.close()
                    raise NotShared(f"the kernel's Python does not begin: {self._words(node)}") from None
                if time.monotonic() > until or self._closed:
                    end.close()
                    raise NotShared("the kernel's Python does not begin in time") from None
                time.sleep(0.01)
            else:
                return end

    @staticmethod
    def _words(node: Node) -> str:
        return (node.folder / "log").read_text("utf-8", "replace")[-600:]

    def _grow(self, node: Node, plan: Plan, before: int, work: Work) -> None:
        """A node from its parent: fork, execute the cells between, wait."""
        parent = node.parent
        assert parent is not None
        parent.ready.wait()
        if parent.failed:
            node.failed, node.barred = parent.failed, parent.barred
            return
        over, through, _ = self._layers(node, work)
        assert node.apart is not None
        assert node.apart.view.layers is not None
        assert parent.apart is not None
        carry(parent.covered(), node.apart.view.layers)
        if parent.apart.opened.exists():
            shutil.copyfile(parent.apart.opened, node.apart.opened)
        steps = plan.steps[: node.depth]
        cells = [as_cell(plan, place) for place in range(before, node.depth)]
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        node.line = end
        end.connect(parent.socket)
        zygote.send(
            end,
            {
                "op": "node", "layers": over, "shared": through, "opened": str(node.apart.opened), "cells": cells,
                "keep": node.kept, "socket": node.socket,
            },
        )  # fmt: skip
        self._listen(node, steps, end, parent.seconds, work.limits.wall_s)

    def _listen(
        self, node: Node, steps: Sequence[Step], end: socket.socket, seconds: float, wall_s: float | None
    ) -> None:
        """Hear how far a node is. One that waits for what a fork did not bring along is ended, as a run's kernel is."""
        node.seconds = seconds
        still, begun, heard = stuck.Still(), 0, time.monotonic()
        place = next((i for i, step in enumerate(steps) if step.index == steps[-1].index), 0)
        places = {step.index: place for place, step in enumerate(steps)}
        at = -2
        while True:
            now = time.monotonic()
            if select.select([end], [], [], _LOOK_S)[0]:
                answer, _ = zygote.receive(end)
                heard = now
            elif wall_s is not None and now - heard > wall_s:
                answer = {"stopped": f"it takes more than {wall_s:g} s", "cell": at}
            elif begun and still.stuck(begun, now):
                answer = {"failed": "it waits for something that was not forked with it"}
            elif not begun and now - heard > _FORK_S:
                answer = {"failed": "it was not forked in time"}
            else:
                continue
            if begun and heard < now:
                _end(begun)
            if answer and "pid" in answer and not answer.get("ready"):
                begun = int(answer["pid"])
                continue
            if not answer or "failed" in answer:
                node.failed = f"a process ended in a cell in common: {answer or self._words_of(node)}"
                # Which cell it was is known only by the one that was under way.
                node.barred = steps[min(node.done, len(steps) - 1)].key
                return
            if answer.get("ready"):
                node.pid = int(answer["pid"])
                return
            if "stopped" in answer:
                node.failed = str(answer["stopped"])
                node.barred = steps[places.get(int(answer["cell"]), place)].key
                return
            at = int(answer["cell"])
            node.seconds += float(answer["seconds"])
            node.done = places[at] + 1
            self._heard()

    def _words_of(self, node: Node) -> str:
        root = node
        while root.parent is not None:
            root = root.parent
        return self._words(root)

    @staticmethod
    def _forget(node: Node) -> None:
        if node.line is not None:
            node.line.close()
        if node.process is not None:
            _hang_up(node.process)
            node.process.wait()
        if node.apart is not None:
            isolation.remove(node.apart.view.root)
            leftovers.let_go(node.apart.held)
        shutil.rmtree(node.folder, ignore_errors=True)


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    """Close the line on which a root listens: it ends. One that ended by itself has a line, too."""
    assert process.stdin is not None
    # What one that ended at once was told is still to be written; nobody reads it any more.
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()


def _end(pid: int) -> None:
    """A node that does not look at its connection any more."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _command(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """The interpreter of a kernelspec with its options, and what it gives to ipykernel. Raises NotShared."""
    try:
        at = list(argv).index("-m")
    except ValueError:
        at = 0
    if not at or argv[at + 1] not in ("ipykernel_launcher", "ipykernel") or "{connection_file}" not in argv:
        raise NotShared("its kernel is not started as `python -m ipykernel_launcher`")
    command = [os.path.expanduser(argv[0]), *argv[1:at]]
    if command[0] in (
        "python",
        f"python{sys.version_info[0]}",
        f"python{sys.version_info[0]}.{sys.version_info[1]}",
    ):
        command[0] = sys.executable
    rest = [text for text in argv[at + 2 :] if text not in ("-f", "{connection_file}")]
    return command, rest
