"""A kernel that is forked, not started: for jupyter_client it is a provisioner like another."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Mapping
from typing import Any

from jupyter_client.provisioning import LocalProvisioner  # noqa: TID253 - jupyter_client imports this module

from jupyter_coimprove.engines.papermill import processes
from jupyter_coimprove.engines.shared_prefix.inside import zygote
from jupyter_coimprove.engines.shared_prefix.prefix import NotShared

NAME = "coimprove-shared-prefix"
#: How long a waiting process may take to fork.
_FORK_S = 60.0


class ForkedProcess:
    """A kernel below somebody else: its keeper tells when it ends. Like a Popen as far as that is asked."""

    stdin = stdout = stderr = None

    def __init__(self, path: str, request: Mapping[str, Any], log: int) -> None:
        """Ask for a fork. Raises NotShared."""
        self.returncode: int | None = None
        self._line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._line.settimeout(_FORK_S)
        try:
            self._line.connect(path)
            data = zygote.packed(dict(request))
            socket.send_fds(self._line, [data[:4]], [log])
            self._line.sendall(data[4:])
            answer, _ = zygote.receive(self._line)
        except OSError as error:
            self._line.close()
            raise NotShared(f"the process that it shares cells with does not answer: {error}") from error
        if not answer or "pid" not in answer:
            self._line.close()
            raise NotShared(f"the process that it shares cells with could not be forked: {answer}")
        self.pid, self.keeper = int(answer["pid"]), int(answer["keeper"])
        processes.keepers.add(self.keeper)

    def fileno(self) -> int:
        """What can be read from when it has ended."""
        return self._line.fileno()

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._line], [], [], 0)[0]:
            try:
                answer, _ = zygote.receive(self._line)
            except OSError:
                answer = None
            self.returncode = int(answer["exit"]) if answer and "exit" in answer else -signal.SIGKILL
            self._line.close()
            processes.keepers.discard(self.keeper)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise TimeoutError
            time.sleep(0.005)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class ForkProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Launches by asking a waiting process for a fork; ``socket`` and ``request`` come with the launch."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        import asyncio

        if "fork" not in kwargs:
            return await super().launch_kernel(cmd, **kwargs)
        path, request = kwargs["fork"]
        request = {**request, "connection": self.parent.connection_file}
        self.process = await asyncio.to_thread(ForkedProcess, path, request, kwargs["stdout"])
        self.pid = self.pgid = self.process.pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info
