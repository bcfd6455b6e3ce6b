"""A real kernel of a test's own, asked as a front end asks."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any


class Kernel:
    """A kernel of this test's own, asked as a front end asks."""

    def __init__(self, folder: Path, **more: str) -> None:
        from jupyter_client.manager import KernelManager

        # ipc as in the runs: no TCP port, and no warning about one.
        self.manager = KernelManager(
            kernel_name="python3", transport="ipc", connection_file=str(folder / "k.json")
        )
        env = {
            **os.environ,
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_RUNTIME_DIR": str(folder),
            **more,
        }
        self.manager.start_kernel(cwd=str(folder), env=env)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(
        self, code: str, *, person: bool = True, interrupt_after: float | None = None, patience: float = 60
    ) -> list[dict[str, Any]]:
        """What the cell puts out: ``{"type", …content}``, in order; ``patience`` is for each, in seconds.

        As in a notebook, what follows on one stream is one output: a line may come in two messages.
        """
        id_ = self.client.execute(code, allow_stdin=person)
        if interrupt_after is not None:
            time.sleep(interrupt_after)
            self.manager.interrupt_kernel()
        out: list[dict[str, Any]] = []
        while True:
            message = self.client.get_iopub_msg(timeout=patience)
            if message["parent_header"].get("msg_id") != id_:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return out
            if kind == "stream" and out and (out[-1]["type"], out[-1].get("name")) == (kind, content["name"]):
                out[-1]["text"] += content["text"]
            elif kind in ("stream", "display_data", "update_display_data", "execute_result", "error"):
                out.append({"type": kind, **content})

    def complete(self, code: str) -> list[str]:
        id_ = self.client.complete(code, len(code))
        while True:
            message = self.client.get_shell_msg(timeout=60)
            if message["parent_header"].get("msg_id") == id_ and message["msg_type"] == "complete_reply":
                found: list[str] = message["content"]["matches"]
                return found

    def end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


def error_of(out: list[dict[str, Any]]) -> dict[str, Any]:
    errors = [one for one in out if one["type"] == "error"]
    assert len(errors) == 1, out
    return errors[0]
