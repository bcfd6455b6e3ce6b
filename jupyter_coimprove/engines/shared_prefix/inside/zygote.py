"""A process that executes what runs have in common, then forks a kernel for each of them.

``PYTHON zygote.py``, with one line of JSON on stdin (see ``Setup`` on the other side). Three kinds of
processes come out of it: a *guard*, which only waits and clears up; *nodes*, each of which executed some
cells and waits at a unix socket; and for each run a *keeper* with the kernel below it. A node lives as
long as the connection on which it was asked for, a keeper as long as its run's.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import select
import socket
import struct
import sys
import traceback
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


def _load(name: str, path: str) -> Any:
    """One of our files, under a name that no notebook has; nothing is put on ``sys.path``."""
    spec = importlib.util.spec_from_file_location("_coimprove_" + name, path)
    assert spec is not None and spec.loader is not None  # noqa: PT018
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tending = _load("tending", os.path.join(HERE, "tending.py"))


# -- messages: a length, then JSON; descriptors go along with the length


def packed(value: Any) -> bytes:
    data = json.dumps(value).encode()
    return struct.pack("!I", len(data)) + data


def send(end: socket.socket, value: Any) -> None:
    end.sendall(packed(value))


def receive(end: socket.socket) -> tuple[Any, list[int]]:
    """A message and the descriptors with it; None at the end of the connection."""
    head, fds, _, _ = socket.recv_fds(end, 4, 4)
    if len(head) < 4:
        return None, fds
    (size,) = struct.unpack("!I", head)
    data = b""
    while len(data) < size:
        piece = end.recv(min(65536, size - len(data)))
        if not piece:
            return None, fds
        data += piece
    return json.loads(data), fds


class Woken(BaseException):
    """This process is a run's kernel now: everything on the stack is its parents'."""


# -- a node


class Node:
    """The process that has executed ``cells``; forks kernels and further nodes on request."""

    at = 0

    def __init__(self, setup: dict[str, Any]) -> None:
        self.mounts = _load("mounts", setup["mounts"])
        self.covered = [layer[0] for layer in setup["layers"]]
        self.mounts.own_namespace()
        self.mounts.cover(setup["layers"], setup["shared"])
        os.chdir(setup["cwd"])
        self.nowhere = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        self.watch_fd = self._watch(setup)
        self.mounts.rights(False)
        # As the launcher of ipykernel leaves it: without the folder of the script.
        del sys.path[0]
        sys.argv = [setup["program"], "-f", ""]
        self.barriers = _load("barriers", os.path.join(HERE, "barriers.py"))
        self.kernel = _load("kernel", os.path.join(HERE, "kernel.py")).Half(
            setup["argv"], watch=setup["watch"], most=setup["most"], over=self._over, below=tending.below
        )
        tripwire = _load("tripwire", setup["tripwire"])
        self.values = _load("values", os.path.join(HERE, "values.py")).Values(self.kernel.shell, tripwire)
        self.first = self.barriers.Before()
        self.cells: list[dict[str, Any]] = []
        self.life: socket.socket | None = None

    @staticmethod
    def _watch(setup: dict[str, Any]) -> int:
        """Start telling what is opened; the descriptor where it is told."""
        names: dict[str, Any] = {}
        exec(compile(setup["watcher"], "<coimprove>", "exec"), names)  # noqa: S102 - our own text
        names["_coimprove_watch"](setup["opened"], setup["most_opened"])
        told = os.stat(setup["opened"])
        for name in os.listdir("/proc/self/fd"):
            try:
                if os.path.samestat(os.fstat(int(name)), told):
                    return int(name)
            except OSError:
                continue
        raise OSError("the watcher of opened files did not begin")

    def _over(self) -> None:
        """The outputs went over the limit in the middle of a cell."""
        assert self.life is not None
        send(self.life, {"stopped": "its outputs go over the limit", "cell": self.at})
        os._exit(1)

    def serve(self, listening: socket.socket, life: int) -> None:
        """Fork what is asked for until ``life`` hangs up."""
        poll = select.poll()
        poll.register(life, 0)
        poll.register(listening.fileno(), select.POLLIN)
        while True:
            ready = [fd for fd, _ in poll.poll(1000)]
            tending.reap()
            if life in ready:
                os._exit(0)
            if listening.fileno() in ready:
                end, _ = listening.accept()
                request, fds = receive(end)
                if request is not None:
                    self._answer(listening, end, request, fds)
                end.close()
                for fd in fds:
                    os.close(fd)

    def _answer(
        self, listening: socket.socket, end: socket.socket, request: dict[str, Any], fds: list[int]
    ) -> None:
        random = sys.modules.get("random")
        state = random.getstate() if random is not None else None
        parent = os.getpid()
        self.kernel.freeze()
        if os.fork():
            return
        try:
            tending.die_with_parent(parent)
            listening.close()
            if self.life is not None:
                self.life.close()
            if request["op"] == "node":
                self._grow(end, request, state)
            else:
                self._keep(end, request, fds, state)
        except Exception:  # noqa: BLE001 - whatever it is, this process must not go on as its parent
            try:
                send(end, {"failed": traceback.format_exc()[-2000:]})
            finally:
                os._exit(1)

    def _apart(self, request: dict[str, Any], state: Any) -> None:
        """This fork's own layers instead of its parent's, and what a fork changes put right."""
        # Until its own place is there nothing is told: it would be told to its parent's, from which every run copies.
        os.dup2(self.nowhere, self.watch_fd, inheritable=False)
        here = os.getcwd()
        self.mounts.rights(True)
        self.mounts.other_namespace(self.covered)
        self.mounts.cover(request["layers"], request["shared"])
        self.covered = [layer[0] for layer in request["layers"]]
        self.mounts.rights(False, permitted=request["op"] == "node")
        os.chdir(here)
        told = os.open(request["opened"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(told, self.watch_fd, inheritable=False)
        os.close(told)
        self.barriers.open_anew(self.first)
        self.barriers.own_bars()
        if state is not None:
            sys.modules["random"].setstate(state)

    def _grow(self, end: socket.socket, request: dict[str, Any], state: Any) -> None:
        """A further node: execute cells, then wait for requests of its own."""
        self.life = end
        send(end, {"pid": os.getpid()})
        self._apart(request, state)
        self.kernel.adopt()
        self.kernel.own_memory()
        loop = self.kernel.loop()
        before = self.barriers.Before()
        for cell in request["cells"]:
            self.at = cell["index"]
            self.values.give(cell["give"])
            done = self.kernel.execute(loop, cell["source"])
            why = self.values.broken() or self._refused(done) or self.barriers.found(before, loop)
            why = why or self.values.take(cell["take"], cell["sets"])
            if why:
                send(end, {"stopped": why, "cell": cell["index"]})
                os._exit(0)
            self.cells.append({"index": cell["index"], **done})
            send(end, {"cell": cell["index"], "seconds": done["seconds"]})
        loop.close()
        sys.modules["asyncio"].set_event_loop(None)
        with open(request["keep"] + ".part", "w", encoding="utf-8") as text:
            json.dump(self.cells, text)
        os.replace(request["keep"] + ".part", request["keep"])
        listening = listen(request["socket"])
        send(end, {"ready": True, "pid": os.getpid()})
        self.serve(listening, end.fileno())

    @staticmethod
    def _refused(done: dict[str, Any]) -> str:
        """Why what a cell did cannot stand for every run."""
        reply = done["reply"]["content"]
        if reply["status"] != "ok":
            return f"it ends in {reply.get('ename', 'an error')}"
        if any(item.get("source") == "ask_exit" for item in reply.get("payload") or ()):
            return "it ends its kernel"
        for sent in done["messages"]:
            if sent["msg_type"] == "comm_open":
                name = sent["content"].get("data", {}).get("state", {}).get("_model_name")
                if name == "OutputModel":
                    return "it opens an output widget"
        return ""

    def _keep(self, end: socket.socket, request: dict[str, Any], fds: list[int], state: Any) -> None:
        """A run's keeper, and below it the kernel."""
        tending.adopt_orphans()
        keeper = os.getpid()
        pid = os.fork()
        if pid:
            send(end, {"keeper": keeper, "pid": pid})
            for fd in (1, 2, *fds):
                os.dup2(self.nowhere, fd)
            tending.tend(pid, end.fileno(), lambda code: send(end, {"exit": code}))
        tending.die_with_parent(keeper)
        os.setsid()
        for target in (1, 2):
            os.dup2(fds[0], target)
        os.close(fds[0])
        try:
            self._apart(request, state)
            os.environ.update(request["env"])
            self.values.told(request["inputs"])
            self.values.give(request["give"])
            if request["collects"]:
                # Its cells look at memory: all of it is theirs to collect.
                gc.unfreeze()
            end.close()
            self.kernel.wake(request["connection"])
        except Exception:  # noqa: BLE001 - told where the kernel's own words go
            os.write(2, traceback.format_exc().encode())
            os._exit(1)
        raise Woken


def listen(path: str) -> socket.socket:
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    end.bind(path)
    end.listen(64)
    return end


def live(kernel: Any) -> None:
    """As deep on the stack as in a kernel that was started: code that recurses to its limit gets as far."""
    kernel.context.run(kernel.serve)


def main() -> None:
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(0, 65536) or sys.exit(1)
    setup = json.loads(line)
    tending.adopt_orphans()
    guard, child = os.getpid(), os.fork()
    if child:
        tending.tend(child, 0, lambda code: None)
    tending.die_with_parent(guard)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    node = Node(setup)
    listening = listen(setup["socket"])
    node.life = life = listening.accept()[0]
    send(life, {"ready": True, "pid": os.getpid()})
    try:
        node.serve(listening, life.fileno())
    except Woken:
        kernel = node.kernel
    code: Any = 0
    try:
        live(kernel)
    except SystemExit as error:
        code = error.code
    kernel.leave(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
