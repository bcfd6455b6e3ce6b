"""What a preview must not be able to do: each is tried in a real kernel's copy, and looked at from outside too."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel_door import Kernel
from previewed import digest, files, needs_sandbox, preview, texts

from jupyter_coimprove.kernelspace.preview import calls, forking, locking, probing

#: Names of what is tried; each is an expression that fails, or is worth False, where it is not possible.
TRIED = {
    # First: later ones open files of their own.
    "a handle of the kernel": "[fd for fd in range(3, 300) if can(fd)]",
    "write outside": "open(home + '/new', 'w')",
    "write beside the notebook": "open('new', 'w')",
    "overwrite beside the notebook": "open('data.csv', 'r+')",
    "append to the notebook": "open('nb.ipynb', 'a')",
    "empty by reading": "os.open('data.csv', os.O_RDONLY | os.O_TRUNC) and os.stat('data.csv').st_size == 0",
    "empty by path": "os.truncate('data.csv', 0) is None",
    "remove": "os.unlink('data.csv') is None",
    "rename": "os.rename('data.csv', 'other.csv') is None",
    "move out": "os.rename('data.csv', os.environ['TMPDIR'] + '/taken') is None",
    "make a folder": "os.mkdir('made') is None",
    "make a link": "os.symlink('/', 'link') is None",
    "link a file out": "os.link('data.csv', os.environ['TMPDIR'] + '/hard') is None",
    "change a mode": "os.chmod('data.csv', 0o777) is None",
    "change a mode by its handle": "os.fchmod(os.open('data.csv', os.O_RDONLY), 0o777) is None",
    "change an owner": "os.chown('data.csv', 1, 1) is None",
    "change a time": "os.utime('data.csv') is None",
    "set an attribute": "os.setxattr('data.csv', 'user.x', b'1') is None",
    "read a key": "open(home + '/.ssh/id').read()",
    "read a home": "open(home + '/notes.txt').read()",
    "list a home": "os.listdir(home)",
    "read the users": "open('/etc/passwd').read()",
    "read a hidden file beside the notebook": "open('.env').read()",
    "read through a link beside the notebook": "open('out/notes.txt').read()",
    "read the kernel's memory": "open('/proc/%d/mem' % parent, 'rb').read(1)",
    "read the kernel's environment": "open('/proc/%d/environ' % parent, 'rb').read(1)",
    "read the first environment": "open('/proc/self/environ', 'rb').read(1)",
    "write own memory by its file": "open('/proc/self/mem', 'r+b')",
    "write shared memory": "open('/dev/shm/new', 'w')",
    "tcp": "socket.create_connection(('127.0.0.1', port))",
    "tcp 6": "socket.socket(socket.AF_INET6)",
    "udp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port))",
    "netlink": "socket.socket(16, socket.SOCK_RAW, 0)",
    "unix": "socket.socket(socket.AF_UNIX).connect(home + '/s')",
    "unix by a pair": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', home + '/d')",
    "unix by a pair's connection": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].connect(home + '/d') is None",
    "a message by a pair": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendmsg([b'x'], [], 0, home + '/d')",
    "signal the kernel": "os.kill(parent, 0) is None",
    "signal everybody": "os.kill(-1, 0) is None",
    "signal a group": "os.killpg(os.getpgid(parent), 0) is None",
    "another priority for the kernel": "os.setpriority(os.PRIO_PROCESS, parent, 5) is None",
    "other processors for the kernel": "os.sched_setaffinity(parent, {0}) is None",
    "limits of the kernel": "resource.prlimit(parent, resource.RLIMIT_NOFILE, (64, 64)) is not None",
    "higher limits": "resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2) is None",
    "fork": "os.fork() and os.kill(os.getpid(), 9)",
    "spawn": "os.posix_spawn(sys.executable, ['python', '-c', ''], {})",
    "a program": "subprocess.run(['true']).returncode == 0",
    "become a program": "os.execv('/bin/true', ['true'])",
    "a group of its own": "os.setsid()",
    "another root": "os.chroot('/') is None",
    "another user": "os.setuid(1) is None",
    "a device": "os.mknod(os.environ['TMPDIR'] + '/dev', 0o600 | 0o020000, os.makedev(1, 1)) is None",
    "a secret of the environment": "os.environ.get('WANDB_API_KEY') or os.environ.get('DB_PASSWORD')",
}
#: By number, of x86_64: clone3, vfork, ptrace, process_vm_readv and writev, pidfd_open, pidfd_send_signal, memfd_create,
#: execveat, io_uring_setup, unshare, mount, bpf, perf_event_open, keyctl, userfaultfd, setns, seccomp, prctl of the
#: parent's death, clone of a process, in other namespaces, and of 32-bit programs.
NUMBERS = [
    "435",
    "58",
    "101:0x4206,P",
    "310:P",
    "311:P",
    "434:P,0",
    "424:3,0",
    "319",
    "322",
    "425:8",
    "272:0x10000000",
    "165",
    "321",
    "298",
    "250",
    "323",
    "308:3",
    "317:1",
    "157:1,0",
    "56:17",
    "56:0x10010000",
    "0x40000000+39",
    "200:P,0",
    "166",
    "155",
    "175",
    "246",
    "169",
    "310",
    "520",
]

TRIES = """
import os, sys, socket, subprocess, ctypes, resource
parent, home, port = os.getppid(), {home!r}, {port}
def can(fd):
    for way in (lambda: os.read(fd, 0), lambda: os.listdir(fd), lambda: os.write(fd, b"")):
        try:
            way()
        except OSError:
            continue
        return not os.readlink('/proc/self/fd/%d' % fd).startswith('pipe:')
for name, text in {tried!r}.items():
    try:
        told = eval(text)
    except BaseException as error:
        told = False
    print(name, '=', bool(told), flush=True)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("h")
    (made / ".ssh").mkdir()
    (made / ".ssh" / "id").write_text("secret", encoding="utf-8")
    (made / "notes.txt").write_text("private", encoding="utf-8")
    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as two:
        one.bind(str(made / "s"))
        one.listen(1)
        two.bind(str(made / "d"))
        two.setblocking(False)
        yield made
        with pytest.raises(BlockingIOError):
            two.recv(1)


@pytest.fixture(scope="module")
def folder(home: Path) -> Path:
    made = home / "work"
    made.mkdir()
    (made / "data.csv").write_text("a,b\n", encoding="utf-8")
    (made / "nb.ipynb").write_text("{}", encoding="utf-8")
    (made / ".env").write_text("KEY=1", encoding="utf-8")
    (made / "out").symlink_to(home)
    return made


@pytest.fixture(scope="module")
def kernel(home: Path, folder: Path) -> Iterator[Kernel]:
    made = Kernel(home, HOME=str(home), WANDB_API_KEY="k" * 20, DB_PASSWORD="p" * 20)
    made.run(f"import numpy as np\n%cd -q {folder}\nheld = open('data.csv', 'r+')")
    yield made
    made.end()


def said(answer: dict[str, object]) -> dict[str, bool]:
    lines = [line.rpartition(" = ") for line in texts(answer).splitlines() if " = " in line]
    return {name: word == "True" for name, _, word in lines}


@needs_sandbox
def test_nothing_that_is_tried_is_possible(kernel: Kernel, home: Path, folder: Path) -> None:
    kept, before = files(home), digest(kernel)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        answer = preview(kernel, folder, TRIES.format(home=str(home), port=port, tried=TRIED))
        with pytest.raises(BlockingIOError):
            listener.accept()
    found = said(answer)
    assert set(found) == set(TRIED), answer
    assert [name for name, could in found.items() if could] == []
    assert files(home) == kept
    assert digest(kernel) == before


@needs_sandbox
@pytest.mark.skipif(platform.machine() != "x86_64", reason="numbers of system calls of x86_64")
def test_system_calls_that_are_on_no_list_are_refused(kernel: Kernel, folder: Path) -> None:
    cell = (
        "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\nP = os.getppid()\n"
        f"for text in {NUMBERS!r}:\n"
        "    number, _, more = text.partition(':')\n"
        "    arguments = [ctypes.c_long(eval(one)) for one in more.split(',') if one]\n"
        "    print(text, '=', libc.syscall(ctypes.c_long(eval(number)), *arguments, *[ctypes.c_long(0)] * (6 - len(arguments))) != -1, flush=True)\n"
    )
    answer = preview(kernel, folder, cell)
    found = said(answer)
    assert set(found) == set(NUMBERS), answer
    assert [name for name, could in found.items() if could] == []


@needs_sandbox
def test_the_kernels_own_sockets_and_host_lead_nowhere(kernel: Kernel, folder: Path) -> None:
    answer = preview(
        kernel, folder,
        "kernel = get_ipython().kernel\nprint('here')\nkernel.session.send(kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': 'caught'})\n"
        "held.write('x'); held.flush()",
    )  # fmt: skip
    assert texts(answer).startswith("herecaught") or "caught" in texts(answer)
    assert answer["cells"][0]["outputs"][-1]["ename"] == "OSError"
    assert (folder / "data.csv").read_text(encoding="utf-8") == "a,b\n"
    assert kernel.run("print('still')") == [{"type": "stream", "name": "stdout", "text": "still\n"}]


@needs_sandbox
def test_threads_work_and_end_with_the_copy(kernel: Kernel, folder: Path) -> None:
    answer = preview(
        kernel, folder,
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as pool:\n    print(sum(pool.map(lambda x: x * x, range(10))))\n"
        "from multiprocessing.pool import ThreadPool\nprint(ThreadPool(2).map(abs, [-1, 2]))",
    )  # fmt: skip
    assert texts(answer) == "285\n[1, 2]\n"


@needs_sandbox
@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 7])
def test_the_self_test_passes_with_what_each_version_of_landlock_offers(
    kernel: Kernel, folder: Path, version: int
) -> None:
    if version > locking.landlock_version(locking.library()):
        pytest.skip("this kernel's Landlock is older")
    change = ("    version = landlock_version(libc)\n", f"    version = {version}\n")
    answer = preview(kernel, folder, "open('data.csv').read()", change=change, probe=True)
    assert (answer["state"], answer["probes"]["failed"]) == ("ran", [])
    assert answer["probes"]["passed"] == list(probing.PROBES)
    assert len(probing.PROBES) == 14
    assert answer["cells"][0]["ended"] == "ok"
    tried = {
        name: TRIED[name] for name in ("empty by reading", "empty by path", "move out", "link a file out")
    }
    answer = preview(kernel, folder, TRIES.format(home="/", port=1, tried=tried), change=change)
    assert said(answer) == dict.fromkeys(tried, False)


@needs_sandbox
@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("    install(libc, version)\n", ""), {"send by UDP", "connect to a unix socket", "change a file's mode"}),
        (
            ("    lock_files(libc, version, readable(folder), [temporary, os.devnull])\n", "    libc.prctl(38, 1, 0, 0, 0)\n"),
            {"write a file outside", "write into the notebook's folder", "read a key in a home", "read a system's secret"},
        ),
        (("    close_others(kept)\n", ""), {"use what the kernel had open"}),
    ],
)  # fmt: skip
def test_a_sandbox_that_lets_something_through_turns_previews_off_and_says_what(
    kernel: Kernel, folder: Path, change: tuple[str, str], named: set[str]
) -> None:
    kept = files(folder)
    answer = preview(kernel, folder, "print('never')", change=change, probe=True)
    assert answer["state"] == "off"
    assert named <= set(answer["probes"]["failed"])
    assert all(name in answer["why"] for name in named)
    assert "cells" not in answer
    assert files(folder) == kept


@needs_sandbox
def test_a_part_that_does_not_hold_runs_nothing(kernel: Kernel, folder: Path) -> None:
    change = ("    if libc.prctl(22, 2, ctypes.byref(program), 0, 0):", "    if True:")
    answer = preview(kernel, folder, "print('never')", change=change)
    assert answer["state"] == "off"
    assert "was refused" in answer["why"]


def test_where_there_is_no_sandbox_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert forking.not_here() == "previews need Linux with Landlock and seccomp; this is darwin"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(forking, "landlock_version", lambda libc: 0)
    assert "no Landlock" in forking.not_here()
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert "riscv64" in forking.not_here()


def test_the_reason_reaches_who_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(forking, "landlock_version", lambda libc: 0)
    request = {"cells": ["1"], "folder": str(tmp_path), "seconds": 1.0, "memory_mb": 10}
    answer = forking.preview(object(), request)
    assert answer["state"] == "off"
    assert answer["why"]


class Shell:
    kernel = object()


@pytest.mark.parametrize("path", ["/dev/nvidia0", "/dev/nvidiactl", "/dev/kfd", "/dev/dri/renderD128"])
def test_a_gpu_in_use_is_in_the_way(path: str) -> None:
    assert "GPU" in forking.in_the_way(Shell(), f"7f00-7f01 rw-s 00000000 00:06 1 {path}\n")
    assert forking.in_the_way(Shell(), "7f00-7f01 r-xp 00000000 00:06 1 /usr/lib/libcuda.so.1\n") == ""


def test_a_terminal_and_another_thread_are_in_the_way() -> None:
    import threading

    shell = Shell()
    shell.kernel = None
    assert "no kernel" in forking.in_the_way(shell, "")
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(forking.in_the_way(Shell(), "")))
    thread.start()
    thread.join()
    assert "thread" in found[0]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@pytest.mark.parametrize("version", range(1, 8))
def test_a_filter_ends_in_no_and_jumps_nowhere_outside(
    machine: str, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    lines = calls.call_filter(version, 4711)
    assert len(lines) < 4096
    assert lines[-1] == (0x06, 0, 0, 0x00050000 | 1)
    for at, (code, yes, no, _) in enumerate(lines):
        if code in (0x15, 0x25, 0x35):
            assert at + 1 + max(yes, no) < len(lines)


def test_a_home_as_the_notebooks_folder_shows_no_hidden_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to("/")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path), str(tmp_path.parent), ""])
    inside = {path for path in locking.readable(str(tmp_path)) if path.startswith(str(tmp_path))}
    assert inside == {str(tmp_path / "data")}
    assert not {"/", os.path.dirname(str(tmp_path))} & set(locking.readable(str(tmp_path)))


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_lets_through_what_its_table_names_and_no_other_number(
    machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    arch, column = calls._ARCHES[machine]
    lines, named = calls.call_filter(7, 4711), set(calls._numbers(calls.ALLOWED, column).values())
    asked = set(calls._numbers(calls.BY_ARGUMENT, column).values())

    def verdict(number: int) -> int:
        at, held, words = 0, 0, {0: number, 4: arch}
        while True:
            code, yes, no, value = lines[at]
            at += 1
            if code == 0x20:
                held = words.get(value, 0)
            elif code == 0x54:
                held &= value
            elif code == 0x06:
                return value
            else:
                true = {0x15: held == value, 0x25: held > value, 0x35: held >= value}[code]
                at += yes if true else no

    through = {number for number in range(1024) if verdict(number) == 0x7FFF0000}
    assert named <= through
    assert through - named <= asked
