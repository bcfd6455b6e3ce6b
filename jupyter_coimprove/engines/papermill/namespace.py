"""Entering a run's private layers: a user and mount namespace of its own, without being root.

``unshare(2)``, ``user_namespaces(7)``, ``mount(2)`` and the kernel's ``overlayfs.rst`` (userxattr).
"""

from __future__ import annotations

import ctypes
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_coimprove.runs.layers import Layers

_NEWUSER, _NEWNS = 0x10000000, 0x00020000
_BIND, _REC, _PRIVATE = 0x1000, 0x4000, 1 << 18
_libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)}: {what}")


def _mount(source: bytes, target: bytes, kind: bytes | None, flags: int, data: bytes | None) -> None:
    _checked(_libc.mount(source, target, kind, flags, data), f"mount on {os.fsdecode(target)}")


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def enter(layers: Layers, cwd: Path) -> None:
    """Put this process, which must have a single thread, into ``layers``; raises OSError.

    It stays the same user with the same rights, and sees the same paths.
    """
    uid, gid = os.getuid(), os.getgid()
    _checked(_libc.unshare(_NEWUSER | _NEWNS), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{gid} {gid} 1")
    _mount(b"none", b"/", None, _REC | _PRIVATE, None)
    # What lies below another layer must be found before that layer covers it.
    fds: list[int] = []

    def handle(path: Path) -> bytes:
        fds.append(os.open(path, os.O_PATH | os.O_CLOEXEC))
        return b"/proc/self/fd/%d" % fds[-1]

    over = [(layer, handle(layer.at), handle(layer.upper), handle(layer.work)) for layer in layers.layers]
    shared = [(handle(real), seen) for real, seen in layers.shared if os.path.exists(real)]
    for layer, lower, upper, work in over:
        data = b"lowerdir=%b,upperdir=%b,workdir=%b,userxattr" % (lower, upper, work)
        _mount(b"overlay", os.fsencode(layer.at), b"overlay", 0, data)
    for real, seen in shared:
        _mount(real, os.fsencode(seen), None, _BIND | _REC, None)
    for fd in fds:
        os.close(fd)
    # Where this process stood is below the layers now.
    os.chdir(cwd)


def preexec(layers: Layers, cwd: Path, then: Callable[[], None] | None) -> Callable[[], None]:
    """What a kernel's process does before it becomes the kernel."""

    def both() -> None:
        enter(layers, cwd)
        if then is not None:
            then()

    return both


def refusal(layers: Layers, cwd: Path) -> str:
    """Why these layers cannot be entered here, found by entering them in a child; empty when they can.

    The child also writes a file in each, which must not be seen from outside.
    """
    if _libc is None:
        return "private layers need Linux"
    name = f".coimprove-{os.getpid()}"
    read, write = os.pipe()
    with warnings.catch_warnings():
        # The child calls nothing that another thread could have locked.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(read)
            enter(layers, cwd)
            for layer in layers.layers:
                with open(layer.at / name, "wb") as handle:
                    handle.write(b"x")
            code = 0
        except OSError as error:
            os.write(write, str(error).encode()[:1000])
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    escaped = [layer.at / name for layer in layers.layers if (layer.at / name).exists()]
    for path in (*escaped, *(layer.upper / name for layer in layers.layers)):
        path.unlink(missing_ok=True)
    if escaped:
        return f"what was written in {escaped[0].parent} did not stay in the layer"
    return "" if status == 0 else text or "the layers cannot be entered"
