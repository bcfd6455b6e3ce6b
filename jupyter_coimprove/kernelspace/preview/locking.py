"""A copy of the kernel locked up before it runs anything: descriptors, memory, limits, files, system calls.

Linux with Landlock and seccomp. Landlock holds for this process and what it becomes, but knows neither
UDP nor unix sockets nor modes of files nor descriptors that were open before: hence the rest. Everything
that fails here raises, and then nothing is run.
"""

from __future__ import annotations

import ctypes
import os
import re
import resource
import shutil
import signal
import stat
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from jupyter_coimprove.kernelspace.preview.calls import install

CREATE, ADD, RESTRICT = 444, 445, 446  # the same on every processor
READ, EXECUTE = (1 << 2) | (1 << 3), 1 << 0
FILE_BITS = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 14) | (1 << 15)
#: What each version handles of files: 1, 2 moving elsewhere, 3 emptying, 5 device commands.
HANDLED = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
#: Bytes of shared memory that are copied; and of one file that is written.
SHARED_MOST, FILE_MOST = 256 << 20, 64 << 20
#: Entries of the notebook's folder, each a rule.
ENTRIES = 4_000
_SECRET = re.compile(r"key|token|secret|pass|cred|auth(?!or)|bearer|pwd", re.I)
_SYSTEM = (
    "/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share", "/usr/local/lib", "/usr/local/share/fonts",
    "/etc/ld.so.cache", "/etc/localtime", "/etc/timezone", "/etc/fonts", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
    "/proc/self/maps", "/proc/self/status", "/proc/self/stat", "/proc/self/statm", "/proc/self/cgroup",
    "/sys/devices/system", "/sys/fs/cgroup", "/dev/zero", "/dev/urandom", "/dev/random",
)  # fmt: skip


class Refused(Exception):
    """The copy cannot be locked up; it runs nothing."""


def library() -> Any:
    """The C library, with its error numbers kept."""
    return ctypes.CDLL(None, use_errno=True)


def landlock_version(libc: Any) -> int:
    """The version of Landlock here; 0 where there is none, or it is turned off."""
    return max(0, int(libc.syscall(CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def close_others(kept: Iterable[int]) -> None:
    """Close what was open in the kernel; each number is then held by a handle that can be neither read nor written.

    Nothing that is opened later gets a number that an object of the notebook still takes for its own.
    """
    held = os.open(os.devnull, os.O_PATH | os.O_CLOEXEC)
    keep = {*kept, held}
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in keep:
            os.dup2(held, int(name), inheritable=False)


def own_memory(libc: Any) -> None:
    """Memory that is shared with other processes becomes a copy: what is written into it reaches nobody."""
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long)
    left = SHARED_MOST
    for start, size, rights, offset, node, path in _shared():
        if path.startswith("/dev/") and not path.startswith(("/dev/shm/", "/dev/zero")):
            raise Refused(f"memory of a device is in use ({path})")
        fd, flags = -1, 0x02 | 0x10 | 0x20  # MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            if os.fstat(fd).st_ino != node:
                os.close(fd)
                fd = -1
        except OSError:
            fd = -1
        if fd >= 0:
            flags ^= 0x20
        data = b""
        if fd < 0 and rights & 1:
            left -= size
            if left < 0:
                raise Refused(f"more than {SHARED_MOST >> 20} MB of memory is shared with other processes")
            data = ctypes.string_at(start, size)
        got = libc.mmap(start, size, rights | (2 if data else 0), flags, fd, offset if fd >= 0 else 0)
        if got != start:
            raise Refused(f"shared memory could not be replaced ({path or 'no name'})")
        if data:
            ctypes.memmove(start, data, size)
        if fd >= 0:
            os.close(fd)


def _shared() -> Iterator[tuple[int, int, int, int, int, str]]:
    """(start, size, rights, offset, inode, path) of every shared mapping."""
    with open("/proc/self/maps") as lines:
        found = [line.split(None, 5) for line in lines]
    for parts in found:
        if parts[1][3] != "s":
            continue
        start, end = (int(text, 16) for text in parts[0].split("-"))
        rights = sum(bit for bit, letter in ((1, "r"), (2, "w"), (4, "x")) if letter in parts[1])
        yield (
            start,
            end - start,
            rights,
            int(parts[2], 16),
            int(parts[4]),
            parts[5].strip() if parts[5:] else "",
        )


def limits(seconds: float, memory: int) -> None:
    """Processor time, memory beyond what the kernel has, length of files; no core file."""
    with open("/proc/self/statm") as text:
        now = int(text.read().split()[0]) * resource.getpagesize()
    processor = max(1, int(seconds + 1) * (os.cpu_count() or 1))
    for what, most in (
        (resource.RLIMIT_CPU, processor), (resource.RLIMIT_AS, now + memory), (resource.RLIMIT_FSIZE, FILE_MOST),
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_MEMLOCK, 0), (resource.RLIMIT_MSGQUEUE, 0),
    ):  # fmt: skip
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def forget_secrets() -> None:
    """Variables that are called secret are not in this copy's environment."""
    for name in [name for name in os.environ if _SECRET.search(name)]:
        del os.environ[name]


def readable(folder: str) -> list[str]:
    """What a preview may read: the environment, packages, and the notebook's folder without hidden entries."""
    home = os.path.realpath(os.path.expanduser("~"))
    folder = os.path.realpath(folder)
    out = [path for path in _SYSTEM if os.path.exists(path)]
    for path in (sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path, *_modules()):
        _allow(out, path, home, folder)
    out += _font_lists()
    if not _holds(folder, home):
        # Not of a home: its hidden names are nobody's business.
        out.append(folder + os.sep)
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)[:ENTRIES]
    return out + [one.path for one in entries if not one.name.startswith(".") and not one.is_symlink()]


def _allow(out: list[str], path: str, home: str, folder: str) -> None:
    """Add the folder of packages, unless what is there already has it; a real path costs a call for each of its parts."""
    if not path or any(_holds(one, path) for one in out):
        return
    path = os.path.realpath(path)
    # A folder that holds a whole home, or the notebook, is no package.
    if os.path.exists(path) and not (_holds(path, home) or _holds(path, folder)) and path not in out:
        out.append(path)


def _font_lists() -> list[str]:
    """Matplotlib's lists of fonts, which take it seconds to make anew."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.environ.get("MPLCONFIGDIR") or os.path.join(cache, "matplotlib")
    if not os.path.isdir(folder):
        return []
    return [
        entry.path for entry in os.scandir(folder) if re.fullmatch(r"fontlist-v[\w.-]+\.json", entry.name)
    ]


def _own_fonts(temporary: str) -> None:
    """A folder that Matplotlib may write to, when it is imported in the copy."""
    own = os.path.join(temporary, "matplotlib")
    os.mkdir(own)
    for path in _font_lists():
        shutil.copy(path, own)
    os.environ["MPLCONFIGDIR"] = own


def _modules() -> set[str]:
    """Folders of packages that are imported already, wherever they lie."""
    out = set()
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if "." not in name and isinstance(file, str) and os.path.basename(file).startswith("__init__."):
            out.add(os.path.dirname(file))
    return out


def _holds(path: str, other: str) -> bool:
    return path == other or other.startswith(path.rstrip(os.sep) + os.sep)


def lock_files(libc: Any, version: int, reads: Iterable[str], writes: Iterable[str]) -> None:
    """Of files only ``reads`` can be read and ``writes`` written; of a path that ends in / only the names."""
    handled = HANDLED[min(version, 5)]
    attributes = [handled]
    if version >= 4:
        attributes.append(3)  # no TCP: neither bound nor connected
    if version >= 6:
        attributes.append(3)  # no abstract unix socket, no signal to a process outside
    text = b"".join(one.to_bytes(8, sys.byteorder) for one in attributes)
    rules = libc.syscall(CREATE, text, ctypes.c_size_t(len(text)), ctypes.c_uint32(0))
    if rules < 0:
        raise Refused(f"Landlock takes no rules ({os.strerror(ctypes.get_errno())})")
    for path in reads:
        _rule(libc, rules, path, 1 << 3 if path.endswith(os.sep) else READ)
    for path in writes:
        _rule(libc, rules, path, handled & ~EXECUTE)
    if libc.prctl(38, 1, 0, 0, 0) or libc.syscall(RESTRICT, ctypes.c_int(rules), ctypes.c_uint32(0)):
        raise Refused(f"Landlock does not hold ({os.strerror(ctypes.get_errno())})")
    os.close(rules)


def _rule(libc: Any, rules: int, path: str, access: int) -> None:
    follow = 0 if path in _SYSTEM else os.O_NOFOLLOW
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC | follow)
    except OSError:
        return  # it is gone meanwhile: then it cannot be read either
    try:
        mode = os.fstat(fd).st_mode
        if stat.S_ISLNK(mode):
            return
        allowed = access if stat.S_ISDIR(mode) else access & FILE_BITS
        text = allowed.to_bytes(8, sys.byteorder) + fd.to_bytes(4, sys.byteorder, signed=True)
        if allowed and libc.syscall(ADD, ctypes.c_int(rules), ctypes.c_int(1), text, ctypes.c_uint32(0)):
            raise Refused(f"Landlock takes no rule for {path} ({os.strerror(ctypes.get_errno())})")
    finally:
        os.close(fd)


def lock(folder: str, temporary: str, seconds: float, memory: int, kept: Iterable[int], parent: int) -> None:
    """Lock this process up. Raises where any part of it does not hold."""
    libc = library()
    if libc.prctl(1, signal.SIGKILL, 0, 0, 0) or os.getppid() != parent:  # it ends with the kernel
        raise Refused("the kernel has gone")
    os.setsid()
    version = landlock_version(libc)
    if not version:
        raise Refused("this system has no Landlock")
    if len(os.listdir("/proc/self/task")) != 1:
        raise Refused("a library starts a thread in every copy of this kernel")
    close_others(kept)
    own_memory(libc)
    forget_secrets()
    os.environ["TMPDIR"] = temporary
    if "matplotlib" not in sys.modules:
        _own_fonts(temporary)
    sys.dont_write_bytecode = True
    limits(seconds, memory)
    lock_files(libc, version, readable(folder), [temporary, os.devnull])
    install(libc, version)
