"""A preview, in the kernel: a locked copy of it runs the cells, and the kernel only waits and reads.

Standard library only, and as text it runs in whatever Python the kernel has. Afterwards the kernel is as it
was: no name, file, random number or thread of it was touched (OpenMP's idle threads were let go).
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import re
import select
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from jupyter_coimprove.kernelspace.preview.calls import unknown_machine
from jupyter_coimprove.kernelspace.preview.copying import Send, run_cells, sender, settle
from jupyter_coimprove.kernelspace.preview.locking import Refused, landlock_version, library, lock

#: All that a copy may send, in bytes; what its temporary folder may hold; how often that is looked at, in seconds.
SENT_MOST, FILES_MOST, LOOK_S = 8 << 20, 256 << 20, 0.25
_OURS = re.compile(r"(ipykernel|IPython|zmq|jupyter_client|debugpy|_pydev|pydevd|tornado)\b")


class Copy:
    """What came of one copy: the messages it sent, how it ended, and after how long."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.ended, self.why, self.seconds = "completed", "", 0.0


def not_here() -> str:
    """Why this system has no sandbox for previews; empty where it has."""
    if not sys.platform.startswith("linux"):
        return f"previews need Linux with Landlock and seccomp; this is {sys.platform}"
    if not hasattr(os, "fork") or unknown_machine():
        return unknown_machine() or "this Python cannot make a copy of itself"
    libc = library()
    if not landlock_version(libc):
        return "this system has no Landlock (Linux 5.13 or newer, and not turned off)"
    if libc.prctl(21, 0, 0, 0, 0) < 0:
        return "this system has no seccomp"
    return ""


def in_the_way(shell: Any, maps: str) -> str:
    """Why this kernel cannot be copied just now; empty where it can."""
    if getattr(shell, "kernel", None) is None:
        return "this is no kernel of a notebook"
    if threading.current_thread() is not threading.main_thread():
        return "the kernel answers in another thread than its main one"
    devices = [link for link in _links() if re.match(r"/dev/(nvidia|kfd|dri/)", link)]
    if devices or re.search(r" /dev/(nvidia|kfd|dri/)", maps):
        return "this kernel uses a GPU, which a copy of it cannot"
    return ""


def _links() -> list[str]:
    out = []
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # that of the listing itself has gone
            out.append(os.readlink("/proc/self/fd/" + name))
    return out


def others() -> list[str]:
    """The notebook's own threads: a copy has none of them, but may find their locks closed."""
    return [
        thread.name for thread in threading.enumerate()
        if thread is not threading.main_thread() and not _OURS.match(type(thread).__module__)
        and not _OURS.match(str(getattr(getattr(thread, "_target", None), "__module__", "")))
    ]  # fmt: skip


def rest_openmp(maps: str) -> None:
    """GNU's OpenMP lets its idle threads go; a copy would wait for them for ever. They come back when needed."""
    for path in sorted(set(re.findall(r" (/\S*libgomp[^/\s]*)", maps))):
        # One that is gone from the disk, or older than this call: the time limit ends what hangs.
        with suppress(OSError, AttributeError):
            ctypes.CDLL(path, mode=os.RTLD_NOLOAD | os.RTLD_LAZY).omp_pause_resource_all(1)


def copy(
    work: Callable[[Send, str], None], folder: str, seconds: float, memory: int
) -> Copy:  # fmt: skip
    """Run ``work(send, temporary)`` in a locked copy of this process and read what it sends.

    KeyboardInterrupt ends the copy and is told as ``cancelled``.
    """
    found, begin = Copy(), time.monotonic()
    temporary = os.path.realpath(tempfile.mkdtemp(prefix="coimprove-preview-"))
    (told, tell), (text, print_) = os.pipe(), os.pipe()
    state, parent, pid = random.getstate(), os.getpid(), 0
    try:
        pid = _fork_whole()
        if pid == 0:
            _be_copy(work, folder, seconds, memory, temporary, state, parent, tell, print_)
        os.close(tell)
        os.close(print_)
        tell = print_ = -1
        _read(found, told, text, begin + seconds, temporary)
    except KeyboardInterrupt:
        found.ended, found.why = "cancelled", "interrupted"
    finally:
        if os.getpid() != parent:
            os._exit(1)  # never go on as a second kernel
        for fd in (told, text, tell, print_):
            if fd >= 0:
                os.close(fd)
        if pid:
            _end(found, pid)
        shutil.rmtree(temporary, ignore_errors=True)
        found.seconds = time.monotonic() - begin
    return found


def _fork_whole() -> int:
    """Fork, and only then be interrupted: a copy is not made without being known."""
    late: list[int] = []
    old = signal.getsignal(signal.SIGINT)
    if old is not None:
        signal.signal(signal.SIGINT, lambda *_: late.append(1))
    try:
        pid = _fork()
    finally:
        if old is not None:
            signal.signal(signal.SIGINT, old)
    if late and pid:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise KeyboardInterrupt
    return pid


def _fork() -> int:
    """os.fork, without the warning of newer Pythons that there are threads: that is known here."""
    if sys.hexversion < 0x030C0000:
        return os.fork()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _be_copy(
    work: Callable[[Send, str], None], folder: str, seconds: float, memory: int, temporary: str, state: Any, parent: int,
    tell: int, print_: int,
) -> None:  # fmt: skip
    """The rest of the copy's life. Nothing of the kernel's stack is gone back to."""
    code = 1
    try:
        send = sender(tell)
        settle(state)
        nothing = os.open(os.devnull, os.O_RDWR)
        for fd, source in ((0, nothing), (1, print_), (2, print_)):
            os.dup2(source, fd)
        try:
            lock(folder, temporary, seconds, memory, (0, 1, 2, tell), parent)
        except BaseException as error:  # noqa: BLE001 (whatever does not hold: nothing runs)
            said = str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}"
            send({"type": "refused", "why": said})
        else:
            work(send, temporary)
            sys.stdout.flush()
            send({"type": "done"})
        code = 0
    finally:
        os._exit(code)


def _read(found: Copy, told: int, text: int, until: float, temporary: str) -> None:
    """Take what comes until the copy has ended, is too late, or says too much."""
    waiting, buffer, size, look = select.poll(), bytearray(), 0, time.monotonic() + LOOK_S
    waiting.register(told, select.POLLIN)
    waiting.register(text, select.POLLIN)
    open_ = {told, text}
    while open_:
        now = time.monotonic()
        if now >= until:
            found.ended = "timed_out"
            return
        if now >= look:
            look = now + LOOK_S
            if _weight(temporary) > FILES_MOST:
                found.ended, found.why = "killed", f"it wrote more than {FILES_MOST >> 20} MB of files"
                return
        for fd, _ in waiting.poll(max(1, int(1000 * (min(until, look) - now)))):
            chunk = os.read(fd, 1 << 16)
            size += len(chunk)
            if not chunk:
                waiting.unregister(fd)
                open_.discard(fd)
            elif fd == text:
                said = {"name": "stdout", "text": chunk.decode("utf-8", "replace")}
                found.messages.append({"type": "stream", "content": said})
            else:
                buffer += chunk
                _take(found.messages, buffer)
        if size > SENT_MOST:
            found.ended, found.why = "killed", f"it showed more than {SENT_MOST >> 20} MB"
            return


def _take(messages: list[Any], buffer: bytearray) -> None:
    while len(buffer) >= 4 and len(buffer) >= 4 + (length := int.from_bytes(buffer[:4], "big")):
        try:
            message = json.loads(bytes(buffer[4 : 4 + length]))
        except ValueError:
            message = None
        # It may have been sent by the cell itself, which can write there whatever it wants.
        if isinstance(message, Mapping) and isinstance(message.get("type"), str):
            messages.append(message)
        del buffer[: 4 + length]


def _weight(folder: str) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # it has been removed meanwhile
                total += os.lstat(os.path.join(where, name)).st_blocks * 512
    return total


def _end(found: Copy, pid: int) -> None:
    """Kill the copy and what belongs to it, and say what it died of if nothing is known yet."""
    for kill in (os.killpg, os.kill):
        with suppress(OSError):  # it has ended, or was not yet the head of a group
            kill(pid, signal.SIGKILL)
    try:
        status = os.waitpid(pid, 0)[1]
    except ChildProcessError:
        return  # somebody else collects the children of this kernel
    done = any(message["type"] in ("done", "refused") for message in found.messages)
    if found.ended == "completed" and not done:
        found.ended = "killed"
        number = status & 0x7F
        names = {9: "killed by the system, most likely for memory", 24: "out of processor time"}
        found.why = names.get(number, f"ended by signal {number}" if number else "it ended its own process")


def preview(shell: Any, request: Mapping[str, Any]) -> dict[str, Any]:
    """``{state, why, seconds, ended, cells, probes, whole}`` of these cells: ``{cells, folder, seconds, memory_mb, probe}``.

    ``seconds`` are those of the copy, ``whole`` all that the kernel was held up by it.
    """
    begin = time.monotonic()
    why = not_here()
    if not why:
        with open("/proc/self/maps") as text:
            maps = text.read()
        why = in_the_way(shell, maps)
    if why:
        return {"state": "off", "why": why}
    folder, memory = str(request["folder"]), int(request["memory_mb"]) << 20
    rest_openmp(maps)
    history: Any = getattr(shell, "history_manager", None)
    saving = getattr(history, "save_thread", None) is not None
    try:
        return {**_previewed(shell, request, folder, memory), "whole": time.monotonic() - begin}
    finally:
        # IPython lets its own thread go before every fork, and starts it again when it next has something to keep.
        if saving and getattr(history, "save_thread", None) is None:
            history._restart_thread_if_stopped()


def _previewed(shell: Any, request: Mapping[str, Any], folder: str, memory: int) -> dict[str, Any]:
    from jupyter_coimprove.kernelspace.preview.probing import self_test
    from jupyter_coimprove.kernelspace.preview.showing import shown

    probes: dict[str, Any] = {}
    if request.get("probe"):
        probes = self_test(copy, folder, memory)
        if probes["failed"] or probes["why"]:
            said = probes["why"] or "the sandbox let through: " + ", ".join(probes["failed"])
            return {"state": "off", "why": said, "probes": probes}
    cells = [str(source) for source in request["cells"]]
    found = copy(
        lambda send, temporary: run_cells(shell, cells, send), folder, float(request["seconds"]), memory
    )
    refused = [message for message in found.messages if message["type"] == "refused"]
    if refused:
        return {"state": "off", "why": str(refused[0].get("why")), "probes": probes}
    answer = {
        "state": "ran",
        "seconds": found.seconds,
        "ended": found.ended,
        "why": found.why,
        "probes": probes,
    }
    answer["cells"] = shown(found.messages, len(cells))
    answer["threads"] = others()[:10] if found.ended == "timed_out" else []
    return answer
