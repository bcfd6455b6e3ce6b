"""The running kernel of a notebook: found among the servers of this person, asked as a front end asks."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jupyter_coimprove.errors import PreviewsOff

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench

#: How long a server may take to name its kernels; a kernel to begin with what is asked of it, in seconds.
SERVER_S, BUSY_S, TEST_S = 3.0, 5.0, 15.0
#: Kernels in which the sandbox held, by their connection files as they were.
_tested: set[tuple[str, int]] = set()


@dataclass(frozen=True, kw_only=True)
class LiveKernel:
    """A kernel that is running, by its connection file."""

    connection: Path

    @property
    def _key(self) -> tuple[str, int]:
        return str(self.connection), self.connection.stat().st_mtime_ns

    @property
    def tested(self) -> bool:
        """Whether the sandbox was tried in this kernel by this process, and held."""
        return self._key in _tested

    def preview(self, bench: Bench, request: Mapping[str, Any]) -> dict[str, Any]:
        """What the kernel answers to ``kernelspace.preview``; ``state`` is off where it gives no answer."""
        from jupyter_coimprove.kernelspace.preview import expression
        from jupyter_coimprove.kernelspace.probe import parse_reply

        reply = self._ask(bench, expression(request), float(request["seconds"]) + TEST_S)
        if isinstance(reply, str):
            return {"state": "off", "why": reply}
        try:
            answer = parse_reply(reply)
        except (ValueError, SyntaxError, KeyError, TypeError) as error:
            return {"state": "off", "why": f"the kernel could not: {str(error)[:300]}"}
        if request.get("probe") and answer.get("state") == "ran":
            _tested.add(self._key)
        return answer

    def _ask(self, bench: Bench, expression: str, seconds: float) -> Mapping[str, Any] | str:
        """The entry of ``user_expressions``, or why there is none."""
        from queue import Empty

        from jupyter_client.blocking.client import BlockingKernelClient

        client = BlockingKernelClient(connection_file=str(self.connection))
        client.load_connection_file()
        client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)
        try:
            asked = client.execute(
                "",
                silent=True,
                store_history=False,
                allow_stdin=False,
                user_expressions={"preview": expression},
            )
            until = time.monotonic() + seconds + BUSY_S
            while time.monotonic() < until:
                bench.check_cancelled()
                try:
                    reply = client.get_shell_msg(timeout=0.2)
                except Empty:
                    continue
                if reply["parent_header"].get("msg_id") == asked:
                    content = reply["content"]
                    entry = (content.get("user_expressions") or {}).get("preview")
                    return entry if isinstance(entry, Mapping) else "this kernel evaluates no expressions"
            return "the kernel was at work and did not come to it"
        finally:
            client.stop_channels()


def of(bench: Bench, notebook: Path) -> LiveKernel:
    """The kernel of this notebook. PreviewsOff where none runs, it is at work, or it cannot be reached."""
    found = bench.kernels() if bench.kernels is not None else dict(_running())
    state, connection = found.get(notebook.resolve(), ("", None))
    if connection is None or not connection.is_file():
        raise PreviewsOff(
            f"no running kernel of {notebook.name} is known here, and a preview runs in a copy of it",
            remedy="open the notebook and run it down to there; in it: `%coai preview ID`",
        )
    if state == "busy":
        raise PreviewsOff(f"the kernel of {notebook.name} is at work", remedy="ask again when it is idle")
    return LiveKernel(connection=connection)


def _running() -> Iterator[tuple[Path, tuple[str, Path | None]]]:
    """(notebook, (what its kernel does, its connection file)) of every server that this person runs here."""
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(jupyter_runtime_dir())
    for file in sorted(folder.glob("jpserver-*.json"), key=lambda one: one.stat().st_mtime):
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
            sessions = _sessions(told)
        except (OSError, ValueError, KeyError, TypeError, urllib.error.URLError):
            continue  # a server that has gone, or lets nobody in without a password
        for one in sessions:
            kernel, path = one.get("kernel") or {}, str(one.get("path", "")).removeprefix("RTC:")
            name = str(kernel.get("id", ""))
            if one.get("type") == "notebook" and name.replace("-", "").isalnum():
                notebook = Path(told["root_dir"]).expanduser() / path.lstrip("/")
                yield (
                    notebook.resolve(),
                    (str(kernel.get("execution_state", "")), folder / f"kernel-{name}.json"),
                )


def _sessions(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    url = str(told["url"])
    if urlsplit(url).scheme not in ("http", "https") or told.get("sock"):
        raise ValueError("it is not reached by a port")
    # No proxy: a server of this computer is asked, with its token.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        url.rstrip("/") + "/api/sessions", headers={"Authorization": f"token {told['token']}"}
    )
    with opener.open(request, timeout=SERVER_S) as answer:
        found = json.loads(answer.read(1 << 22))
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
