"""Entering private layers, with nothing but the standard library: it also runs in a kernel's own Python.

``unshare(2)``, ``user_namespaces(7)``, ``capabilities(7)``, ``mount(2)`` and the kernel's
``overlayfs.rst`` (userxattr).
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from typing import Any

_NEWUSER, _NEWNS = 0x10000000, 0x00020000
_BIND, _REC, _PRIVATE, _DETACH = 0x1000, 0x4000, 1 << 18, 2
_CAPABILITIES = 0x20080522
libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)}: {what}")


def _mount(source: bytes, target: bytes, kind: bytes | None, flags: int, data: bytes | None) -> None:
    _checked(libc.mount(source, target, kind, flags, data), f"mount on {os.fsdecode(target)}")


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def own_namespace() -> None:
    """A user and mount namespace of its own for this process, which must have a single thread. Raises OSError."""
    uid, gid = os.getuid(), os.getgid()
    _checked(libc.unshare(_NEWUSER | _NEWNS), "unshare")
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{uid} {uid} 1")
    _write("/proc/self/gid_map", f"{gid} {gid} 1")
    _mount(b"none", b"/", None, _REC | _PRIVATE, None)


def other_namespace(leaving: Sequence[str]) -> None:
    """A mount namespace without what its parent laid over ``leaving`` (innermost last). Raises OSError.

    The parent must have made its user namespace itself: what a stranger mounted cannot be taken off.
    """
    _checked(libc.unshare(_NEWNS), "unshare")
    # A folder below a detached layer would keep this process in it.
    os.chdir("/")
    for at in reversed(leaving):
        _checked(libc.umount2(os.fsencode(at), _DETACH), f"umount of {at}")


def cover(layers: Sequence[Sequence[str]], shared: Sequence[Sequence[str]]) -> None:
    """Lay ``(at, upper, work)`` over folders, outermost first, and let ``(real, seen)`` show through. Raises OSError."""
    # What lies below another layer must be found before that layer covers it.
    fds: list[int] = []

    def handle(path: str) -> bytes:
        fds.append(os.open(path, os.O_PATH | os.O_CLOEXEC))
        return b"/proc/self/fd/%d" % fds[-1]

    over = [(at, handle(at), handle(upper), handle(work)) for at, upper, work in layers]
    through = [(handle(real), seen) for real, seen in shared if os.path.exists(real)]
    for at, lower, upper, work in over:
        data = b"lowerdir=%b,upperdir=%b,workdir=%b,userxattr" % (lower, upper, work)
        _mount(b"overlay", os.fsencode(at), b"overlay", 0, data)
    for source, seen in through:
        _mount(source, os.fsencode(seen), None, _BIND | _REC, None)
    for fd in fds:
        os.close(fd)


def rights(effective: bool, permitted: bool = True) -> None:
    """Use, or put aside, what making a user namespace gave. Root keeps all: it would have it in a plain kernel too."""
    if os.getuid() == 0:
        return
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0)
    data = (ctypes.c_uint32 * 6)()
    _checked(libc.capget(header, data), "capget")
    for half in (0, 3):
        allowed = data[half + 1] if permitted else 0
        data[half], data[half + 1], data[half + 2] = (allowed if effective else 0), allowed, 0
    _checked(libc.capset(header, data), "capset")
