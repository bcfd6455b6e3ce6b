"""An ipykernel in two halves: one that executes cells without sockets, threads or a zmq context, and one after a fork.

Before the fork the kernel is whole but for its channels: what it would send is kept. After it the same
objects (streams that loggers and progress bars hold, display publishers, the shell) get real channels.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import contextvars
import gc
import io
import json
import os
import sys
import threading
import time
import weakref
from typing import Any

import ipykernel.kernelapp as kernelapp
from ipykernel.iostream import BackgroundSocket, IOPubThread, OutStream

_DELIMITER = b"<IDS|MSG>"
#: What the control thread has for its last words, in seconds.
_CONTROL_S = 3.0


class Parked(IOPubThread):  # type: ignore[misc]
    """Stands where the thread is that sends; keeps what comes, up to ``most`` bytes."""

    def __init__(self, most: int, over: Any) -> None:
        self.socket, self.session, self.thread = None, None, None
        self.io_loop, self._stopped, self._pipe_flag = None, False, False
        self._master_pid = os.getpid()
        self.background_socket = BackgroundSocket(self)
        self.kept: list[list[bytes]] = []
        self.size, self.most, self.over = 0, most, over
        # What processes that a cell forks send: their memory is not ours.
        self.aside = os.memfd_create("aside", os.MFD_CLOEXEC) if hasattr(os, "memfd_create") else -1

    @property
    def closed(self) -> bool:
        return False

    def schedule(self, f: Any) -> None:
        f()

    def send_multipart(self, frames: Any, *args: Any, **kwargs: Any) -> None:
        parts = [bytes(frame) for frame in frames]
        if os.getpid() != self._master_pid:
            line = json.dumps([base64.b64encode(part).decode() for part in parts]) + "\n"
            os.pwrite(self.aside, line.encode(), os.fstat(self.aside).st_size)
            return
        self.size += sum(map(len, parts))
        if self.size > self.most:
            self.over()
        self.kept.append(parts)

    def take(self) -> list[list[bytes]]:
        kept, self.kept = self.kept, []
        if self.aside >= 0 and (size := os.fstat(self.aside).st_size):
            for line in os.pread(self.aside, size, 0).splitlines():
                kept.append([base64.b64decode(part) for part in json.loads(line)])
            os.ftruncate(self.aside, 0)
        return kept


class _Stream(OutStream):  # type: ignore[misc]
    """Sends what is older than a moment when more comes: there is no thread that would."""

    _since = 0.0
    _flush_pending: bool

    def _schedule_flush(self) -> None:
        now = time.monotonic()
        if not self._flush_pending:
            self._flush_pending, self._since = True, now
        elif now - self._since > self.flush_interval:
            self._flush()


class _Quiet:
    """Where replies go."""

    def __init__(self) -> None:
        self.frames: list[list[bytes]] = []

    def send_multipart(self, frames: Any, *args: Any, **kwargs: Any) -> None:
        self.frames.append([bytes(frame) for frame in frames])


class _Here:
    """Stands for the thread of the shell channel: asked only for the thread that executes."""

    def __init__(self) -> None:
        self.parent_thread = threading.current_thread()


def message(frames: list[bytes]) -> dict[str, Any]:
    """A message as text: header, parent, metadata, content, and buffers in base64."""
    at = frames.index(_DELIMITER) + 2
    header, parent, metadata, content = (json.loads(frame) for frame in frames[at : at + 4])
    return {
        "header": header, "msg_id": header["msg_id"], "msg_type": header["msg_type"], "parent_header": parent,
        "metadata": metadata, "content": content, "buffers": [base64.b64encode(b).decode() for b in frames[at + 4 :]],
    }  # fmt: skip


class Half:
    """The kernel before its fork. ``watch`` says whether what is written to descriptors 1 and 2 is output too;
    ``below`` the live processes below this one."""

    def __init__(self, argv: list[str], *, watch: bool, most: int, over: Any, below: Any) -> None:
        app = self.app = kernelapp.IPKernelApp.instance()
        kernelapp.BaseIPythonApplication.initialize(app, argv)
        # It would keep a thread and a database open; what is in memory is the same without.
        app.config.HistoryManager.enabled = False
        app.init_pdb()
        app.init_blackhole()
        app.configure_tornado_logger()
        app.configure_tornado_logger = lambda: None
        self.parked = Parked(most, over)
        self.files: list[weakref.ref[Any]] = []
        self.watch, self._below = watch, below
        self.taps = {name: self._tap(fd) for name, fd in (("stdout", 1), ("stderr", 2))} if watch else {}
        app.iopub_thread, app.iopub_socket = self.parked, self.parked.background_socket
        self._streams()
        app.init_signal()
        self._kernel()
        app.init_path()
        app.init_shell()
        app.init_gui_pylab()
        app.init_extensions()
        app.init_code()
        # Made once instead of in each run: what reads a run's values at its end asks for them.
        self.kernel.shell.display_formatter.format(0)
        self.context = contextvars.copy_context()
        self.streams: tuple[Any, Any] = (sys.stdout, sys.stderr)
        # First in, last out: what the notebook registers still has its streams.
        atexit.register(self._at_exit)
        for stream in self.streams:
            stream.flush()
        self.parked.take()

    def _tap(self, fd: int) -> int:
        """Descriptor ``fd`` goes to memory, to be read after each cell."""
        memory = os.memfd_create(f"fd{fd}", os.MFD_CLOEXEC)
        # Appending, whoever writes: children of a cell have the same description.
        end = os.open(f"/proc/self/fd/{memory}", os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        os.dup2(end, fd)
        os.close(end)
        return memory

    def _streams(self) -> None:
        app = self.app
        for name in ("stdout", "stderr"):
            getattr(sys, name).flush()
            made = _Stream(app.session, self.parked, name, echo=None, watchfd=False)
            setattr(sys, name, made)
        factory = kernelapp.import_item(str(app.displayhook_class))
        app.displayhook = factory(app.session, app.iopub_socket)
        sys.displayhook = app.displayhook
        app.patch_io()

    def _kernel(self) -> None:
        app = self.app
        kernel = self.kernel = app.kernel_class.instance(
            parent=app, session=app.session, iopub_thread=app.iopub_thread, iopub_socket=app.iopub_socket,
            shell_channel_thread=_Here(), log=app.log, profile_dir=app.profile_dir, user_ns=app.user_ns,
        )  # fmt: skip
        app.kernel = kernel
        app.displayhook.get_execution_count = lambda: kernel.execution_count
        if hasattr(kernel.shell, "enable_tip"):
            # The banner, asked for when a client connects, would draw from the notebook's random numbers.
            kernel.shell.enable_tip = False
        if hasattr(kernel, "_process_children"):
            # Asked when it ends: it would import psutil for that, and read all processes of the machine.
            found = kernel._process_children
            kernel._process_children = lambda: found() if self._below() else []

    def _at_exit(self) -> None:
        if self.app.context is not None:
            self.app.close()

    # -- cells, before the fork

    def adopt(self) -> None:
        """This process, just forked, is the kernel now."""
        pid = os.getpid()
        self.app.session.pid = pid
        self.parked._master_pid = pid
        for stream in self.streams:
            stream._master_pid = pid

    def own_memory(self) -> None:
        """What cells write goes to memory of this process's own, not to its parent's."""
        if self.parked.aside >= 0:
            os.close(self.parked.aside)
            self.parked.aside = os.memfd_create("aside", os.MFD_CLOEXEC)
        for (name, memory), fd in zip(list(self.taps.items()), (1, 2), strict=False):
            os.close(memory)
            self.taps[name] = self._tap(fd)

    def loop(self) -> asyncio.AbstractEventLoop:
        """A loop for some cells: they find one running, as in a kernel."""
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        self.kernel.io_loop = kernelapp.ioloop.IOLoop.current()
        return loop

    def execute(self, loop: asyncio.AbstractEventLoop, source: str) -> dict[str, Any]:
        """One cell, as the kernel executes it: ``{messages, reply, seconds}``."""
        begin = time.monotonic()
        replies = _Quiet()
        kernel, session = self.kernel, self.app.session
        content = {
            "code": source, "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": False, "stop_on_error": False,
        }  # fmt: skip
        request = session.msg("execute_request", content)
        self.context.run(kernel.set_parent, [b"client"], request, channel="shell")
        self.context.run(kernel._publish_status, "busy", "shell")
        kernel.pre_handler_hook()
        try:
            coroutine = kernel.execute_request(replies, [b"client"], request)
            try:
                task = loop.create_task(coroutine, context=self.context)
            except TypeError:
                # Before Python 3.11 every cell has a copy of the context, here as there.
                task = loop.create_task(coroutine)
            loop.run_until_complete(task)
        finally:
            kernel.post_handler_hook()
        self.context.run(self._drain)
        self.context.run(kernel._publish_status, "idle", "shell")
        return {
            "messages": [message(frames) for frames in self.parked.take()],
            "reply": message(replies.frames[-1]),
            "seconds": time.monotonic() - begin,
        }

    def _drain(self) -> None:
        """What was written to the descriptors themselves, then all that waits in the streams."""
        for stream, memory in zip(self.streams, self.taps.values(), strict=False):
            if size := os.fstat(memory).st_size:
                stream.write(os.pread(memory, size, 0).decode(errors="replace"))
                os.ftruncate(memory, 0)
        for stream in self.streams:
            stream.flush()

    @property
    def shell(self) -> Any:
        return self.kernel.shell

    # -- the kernel's second half

    def wake(self, connection: str) -> None:
        """Become a kernel that listens as ``connection`` says; ``serve`` it then, in ``context``."""
        self.adopt()
        self.context.run(self._wake, connection)

    def _wake(self, connection: str) -> None:
        app, kernel = self.app, self.kernel
        app.connection_file = connection
        sys.argv[-1] = connection
        app.parent_handle = 0
        app.init_connection_file()
        app.init_sockets()
        atexit.unregister(app.close)
        app.init_heartbeat()
        app.log_connection_info()
        self._real_streams()
        app.displayhook.pub_socket = app.iopub_socket
        shell = kernel.shell
        shell.displayhook.pub_socket = shell.display_pub.pub_socket = app.iopub_socket
        self.parked.background_socket.io_thread = app.iopub_thread
        self._channels()

    def _real_streams(self) -> None:
        app = self.app
        for stream in self.streams:
            stream.__class__ = OutStream
            stream.pub_thread, stream._io_loop = app.iopub_thread, app.iopub_thread.io_loop
            stream._flush_pending = False
        if self.watch:
            now = sys.stdout, sys.stderr
            sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
            try:
                for stream in self.streams:
                    stream._should_watch = True
                    stream._setup_stream_redirects(stream.name)
            finally:
                sys.stdout, sys.stderr = now
            for memory in self.taps.values():
                os.close(memory)
        if self.parked.aside >= 0:
            os.close(self.parked.aside)

    def _channels(self) -> None:
        """As ``IPKernelApp.init_kernel``, for a kernel that is there."""
        app, kernel = self.app, self.kernel
        stream = kernelapp.ZMQStream
        thread = getattr(app, "shell_channel_thread", None)
        if thread:
            shell_stream = stream(app.shell_socket, thread.io_loop)
            thread.shell_stream = shell_stream
        else:
            shell_stream = stream(app.shell_socket)
        control = stream(app.control_socket, app.control_thread.io_loop)
        debugpy = stream(app.debugpy_socket, app.control_thread.io_loop)
        app.control_thread.start()
        if thread:
            thread.start()
        kernel.control_stream, kernel.debugpy_stream, kernel.shell_stream = control, debugpy, shell_stream
        kernel.debug_shell_socket = app.debug_shell_socket
        kernel.control_thread, kernel.shell_channel_thread = app.control_thread, thread
        kernel.iopub_thread, kernel.iopub_socket = app.iopub_thread, app.iopub_socket
        kernel.stdin_socket = app.stdin_socket
        if getattr(kernel, "debugger", None) is not None:
            kernel.debugger = kernel.debugger_class(
                kernel.log, debugpy, kernel._publish_debug_event, app.debug_shell_socket, app.session,
                kernel._kernel_modules, kernel.debug_just_my_code, kernel.filter_internal_frames,
            )  # fmt: skip
        kernel.record_ports({name + "_port": port for name, port in app._ports.items()})

    def serve(self) -> None:
        """The kernel's loop, to its end."""
        asyncio.set_event_loop(asyncio.new_event_loop())
        self.kernel._main_asyncio_lock = asyncio.Lock()
        self.app.poller = None
        self.app.start()

    # -- memory and the end

    def freeze(self) -> None:
        """Let no collection in a fork touch what is here: each page that it touches would be copied.

        Files that are open for writing are remembered: nothing lists them any more.
        """
        self.files += map(weakref.ref, _written())
        gc.freeze()

    def leave(self, code: int) -> None:
        """End as an interpreter does (threads, ``atexit``, buffers), without taking apart what is the parent's too.

        The namespace is cleared by then, and what is new in it collected: IPython's own way out does that.
        """
        control = self.app.control_thread
        if control is not None and control.is_alive():
            # It answers the request to end, and speaks through a thread that ``atexit`` stops: it would wait for ever.
            control.stop()
            control.join(_CONTROL_S)
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for one in (*_written(), *(found for ref in self.files if (found := ref()) is not None)):
            try:
                one.flush()
            except (OSError, ValueError):
                # Closed meanwhile, or its disk is full: an interpreter says nothing either.
                continue
        os._exit(code)


_FILES = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)


def _written() -> list[Any]:
    """Files open for writing, of objects that are not frozen.

    By their types alone: to ask an object what it is may be a read of it, and what is watched must not see one.
    """
    found = [one for one in gc.get_objects() if issubclass(type(one), _FILES)]
    return [one for one in found if not _shut(one)]


def _shut(file: Any) -> bool:
    try:
        return bool(file.closed)
    except ValueError:
        # What it wrote through was taken from it.
        return True
