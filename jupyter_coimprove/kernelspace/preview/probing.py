"""The sandbox tried before it is trusted: fourteen things that a preview must not be able to do.

A copy of the kernel is locked up as for a preview and tries each of them on things made for it. One that
it can do turns previews off, with its name.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from jupyter_coimprove.kernelspace.preview.locking import library

SECONDS = 5.0
PROBES = (
    "write a file outside", "write into the notebook's folder", "read a key in a home", "read a system's secret",
    "connect by TCP", "send by UDP", "connect to a unix socket", "signal the kernel", "trace the kernel",
    "read the kernel's memory", "use what the kernel had open", "start a program", "change a file's mode",
    "make processes or take memory without end",
)  # fmt: skip


def self_test(copy: Any, folder: str, memory: int) -> dict[str, Any]:
    """``{passed, failed, why}``: which of the fourteen were refused, which were not, and why it could not be told."""
    base = os.path.realpath(tempfile.mkdtemp(prefix="coimprove-probes-"))
    opened: list[Any] = []
    try:
        made = _made(base, opened)
        attempts = _attempts(made, os.path.realpath(folder), os.getpid(), memory)
        found = copy(lambda send, temporary: _try(attempts, send), folder, SECONDS, memory)
        said = {m["name"]: m["held"] for m in found.messages if m["type"] == "probe"}
        refused = [str(m["why"]) for m in found.messages if m["type"] == "refused"]
        why = refused[0] if refused else ""
        if not why and set(said) != set(PROBES):
            why = f"its self-test did not end ({found.ended} {found.why})"
        # What it did is looked at from here too: a copy that is free may say what it likes.
        if not why and (reached := _reached(made)):
            said[reached] = False
    finally:
        for one in opened:
            one.close()
        shutil.rmtree(base, ignore_errors=True)
    return {
        "passed": [n for n in PROBES if said.get(n)], "failed": [n for n in PROBES if said.get(n) is False], "why": why
    }  # fmt: skip


def _made(base: str, opened: list[Any]) -> dict[str, Any]:
    """What the probes are tried on: files, a directory like a home, listeners, a descriptor."""
    made: dict[str, Any] = {"base": base}
    for name in ("home/.ssh/id_probe", "etc/shadow", "mode", "open"):
        path = os.path.join(base, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("canary")
        os.chmod(path, 0o600)
        made[name] = path
    made["file"] = open(made["open"], "r+")  # noqa: SIM115 (it stays open: that is the probe)
    opened.append(made["file"])
    for name, kind in (("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)):
        made[name] = socket.socket(socket.AF_INET, kind)
        opened.append(made[name])
        made[name].bind(("127.0.0.1", 0))
    made["unix"] = socket.socket(socket.AF_UNIX)
    opened.append(made["unix"])
    made["path"] = os.path.join(base, "s")
    made["unix"].bind(made["path"])
    for name in ("tcp", "unix"):
        made[name].listen(1)
    for name in ("tcp", "udp", "unix"):
        made[name].setblocking(False)
    return made


def _reached(made: dict[str, Any]) -> str:
    for name, probe in (("tcp", PROBES[4]), ("unix", PROBES[6])):
        try:
            made[name].accept()[0].close()
            return probe
        except BlockingIOError:
            pass
    try:
        made["udp"].recv(16)
        return PROBES[5]
    except BlockingIOError:
        pass
    if os.path.exists(os.path.join(made["base"], "new")):
        return PROBES[0]
    if os.stat(made["mode"]).st_mode & 0o777 != 0o600:
        return PROBES[12]
    with open(made["open"]) as file:
        return "" if file.read() == "canary" else PROBES[10]


def _try(attempts: dict[str, Callable[[], Any]], send: Callable[[Any], None]) -> None:
    for name, attempt in attempts.items():
        try:
            held = not attempt()
        except (OSError, MemoryError, ValueError):
            held = True
        send({"type": "probe", "name": name, "held": held})


def _attempts(made: dict[str, Any], folder: str, kernel: int, memory: int) -> dict[str, Callable[[], Any]]:
    """Each gives something true, or raises nothing, where it could do what it must not."""
    libc, number = library(), made["file"].fileno()
    libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)

    def writes(path: str) -> Callable[[], Any]:
        def attempt() -> bool:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            if path.startswith(folder + os.sep):
                os.unlink(path)
            return True

        return attempt

    def reads(path: str) -> Callable[[], Any]:
        def attempt() -> bool:
            with open(path, "rb") as file:
                return bool(file.read(6))

        return attempt

    def connects(family: int, address: Any) -> Callable[[], Any]:
        def attempt() -> bool:
            with socket.socket(family) as one:
                one.connect(address)
            return True

        return attempt

    def sends() -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            return bool(one.sendto(b"canary", udp))

    def traces() -> bool:
        return bool(libc.ptrace(0x4206, kernel, None, None) == 0)  # PTRACE_SEIZE: it stops nothing

    def inherited() -> bool:
        try:
            return bool(os.pread(number, 6, 0))
        except OSError:
            return bool(os.pwrite(number, b"x", 0))

    def floods() -> bool:
        try:
            pid = os.fork()
        except OSError:
            pass
        else:
            if pid == 0:
                os._exit(0)
            os.waitpid(pid, 0)
            return True
        bytearray(memory + (64 << 20))
        return True

    def opens() -> bool:
        os.close(os.open(kernel_memory, os.O_RDONLY))
        return True

    def done(call: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        def attempt() -> bool:
            call(*arguments)
            return True

        return attempt

    def starts() -> bool:
        pid = subprocess.call([sys.executable, "-c", ""])
        return pid == 0

    tcp, udp = made["tcp"].getsockname(), made["udp"].getsockname()
    kernel_memory = f"/proc/{kernel}/mem"
    attempts: tuple[Callable[[], Any], ...] = (
        writes(os.path.join(made["base"], "new")), writes(os.path.join(folder, f".coimprove-probe-{kernel}")),
        reads(made["home/.ssh/id_probe"]), reads(made["etc/shadow"]), connects(socket.AF_INET, tcp), sends,
        connects(socket.AF_UNIX, made["path"]), done(os.kill, kernel, 0), traces, opens, inherited, starts,
        done(os.chmod, made["mode"], 0o644), floods,
    )  # fmt: skip
    return {name: attempts[number] for number, name in enumerate(PROBES)}
