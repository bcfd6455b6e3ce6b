"""What the handlers of one server share: requests under way, followed projects, open windows."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.interfaces.server.following import Following, Tell, encoded
from jupyter_coimprove.interfaces.server.presence import Presence
from jupyter_coimprove.interfaces.server.tasks import Tasks
from jupyter_coimprove.workbench.bench import Progress

log = logging.getLogger(__name__)
#: Of so many projects it is remembered that work was asked for there.
ROOTS = 200


class Shared:
    """One a server; ``settings`` are the web application's."""

    def __init__(self, settings: dict[str, Any], *, configured: Mapping[str, Any] | None = None) -> None:
        #: What the server's configuration settles: ``c.Coimprove``.
        self.configured = dict(configured or {})
        self.ai_policy = str(self.configured.get("ai_policy", ""))
        self.tasks = Tasks()
        self.following = Following()
        self.presence = Presence()
        self.windows: set[Tell] = set()
        self._settings = settings
        self._roots: dict[Path, None] = {}

    def progress(self, request: str, progress: Progress) -> None:
        """Tell every window how far a request is; the one that asked knows its name."""
        said = {
            "type": "progress", "request": request, "text": progress.text, "done": progress.done,
            "total": progress.total, "left_s": progress.left_s,
        }  # fmt: skip
        text = encoded(said)
        for tell in list(self.windows):
            tell([text])

    def say(self, request: str, text: str) -> None:
        """Tell every window more words of an answer; the one that asked knows its name."""
        told = encoded({"type": "answer.delta", "request": request, "text": text})
        for tell in list(self.windows):
            tell([told])

    def listen(self, root_dir: str) -> Callable[..., Coroutine[Any, Any, None]]:
        """What is told of every action on a file: a rename is followed at once."""
        base = Path(os.path.expanduser(root_dir))

        async def told(*, data: dict[str, Any], **rest: Any) -> None:
            if data.get("action") != "rename" or not data.get("source_path"):
                return
            old, new = str(data["source_path"]), str(data["path"])
            try:
                await asyncio.get_running_loop().run_in_executor(None, self.presence.renamed, base, old, new)
            except CoimproveError as error:
                # It is found by its cells when it is opened; who renamed it needs to know nothing of this.
                log.warning("%s was not followed to %s: %s", old, new, error)

        return told

    async def look_again(self) -> None:
        """Take seats that could not be taken before, off the event loop."""
        if self.presence.any:
            await asyncio.get_running_loop().run_in_executor(None, self.presence.refresh)

    def remember(self, root: Path) -> None:
        """Work was asked for in this project: its runs count as activity, whether a window is open or not."""
        self._roots[root] = None
        while len(self._roots) > ROOTS:
            del self._roots[next(iter(self._roots))]

    async def stay_awake(self) -> None:
        """While runs live, the server counts as active: its idle culler waits for them."""
        roots = list(dict.fromkeys([*self.following.roots, *self._roots]))
        if await asyncio.get_running_loop().run_in_executor(None, any_lives, roots):
            self._settings["coimprove_last_activity"] = datetime.now(UTC)


def any_lives(roots: Iterable[Path]) -> bool:
    """Whether a runner of this machine is at work in one of these projects."""
    return any(_lives(root) for root in roots)


def _lives(root: Path) -> bool:
    from jupyter_coimprove.workbench import watching
    from jupyter_coimprove.workbench.bench import Bench, Where

    bench = Bench(where=Where(cwd=root), root_override=root)
    try:
        return any(
            watching.alive(bench, item.id) for item in bench.record().find("experiment", state="running")
        )
    except CoimproveError:
        return False  # a record that cannot be read keeps nobody awake; opening it says why
    finally:
        bench.close()
