"""Lines of the record as events, told to every window that follows a project."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.errors import CoimproveError

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Line

#: Messages for one window, in order, each the text of a JSON object.
Tell = Callable[[Sequence[str]], None]
#: How long one look at the folder lasts; a window that leaves is noticed within it.
LOOK_S = 0.5
#: How long lines of a stream are gathered: far below what a person sees, and a window is told in one go.
GATHER_S = 0.03


def event(line: Line) -> dict[str, Any]:
    """A line as windows see it: ``{seq, type, id, v, payload}``.

    What somebody says in a debate is not told on the way: `debate` knows who may read it.
    """
    data = {key: value for key, value in line.data.items() if key != "content" or line.kind != "position"}
    return {
        "seq": line.seq, "type": f"{line.kind}.{line.event}", "id": line.id, "v": line.v,
        "payload": {"state": line.state, "data": data, "actor": dict(line.actor), "at": line.at, "trust": line.trust},
    }  # fmt: skip


def encoded(message: Mapping[str, Any]) -> str:
    """A message as it is sent; once, however many windows it goes to."""
    return json.dumps(message, allow_nan=False, default=list)


class Following:
    """One thread a followed project; it reads the record there and ends with its last window."""

    def __init__(self) -> None:
        self._windows: dict[Path, dict[Tell, int]] = {}
        #: Windows that have asked and are not answered yet, and after what; None: from now on.
        self._asked: dict[Path, dict[Tell, int | None]] = {}
        self._threads: dict[Path, threading.Thread] = {}
        self._lock = threading.Lock()

    @property
    def roots(self) -> list[Path]:
        """The projects that are followed now."""
        with self._lock:
            return list({**self._windows, **self._asked})

    def follow(self, root: Path, after: int | None, tell: Tell) -> None:
        """Tell this window every line after that ``seq``, and each new one, in order and once.

        None for only those that are new. It is answered ``{type: "following", root, after}``
        first: what was asked of the record before that may lack a line, what is asked after does not.
        """
        with self._lock:
            self._asked.setdefault(root, {})[tell] = after
            thread = self._threads.get(root)
            if thread is None or not thread.is_alive():
                thread = threading.Thread(
                    target=self._watch, args=(root,), daemon=True, name="coimprove-events"
                )
                self._threads[root] = thread
                thread.start()

    def leave(self, tell: Tell) -> None:
        """This window follows nothing any more."""
        with self._lock:
            for followed in (self._windows, self._asked):
                for root in list(followed):
                    followed[root].pop(tell, None)
                    if not followed[root]:
                        del followed[root]

    def _watch(self, root: Path) -> None:
        from jupyter_coimprove.record.store import open_record

        try:
            # A connection of its own: this thread only reads.
            record = open_record(root, clock=SystemClock(), read_only=True)
        except CoimproveError as error:
            self._to_all(root, {"type": "error", "error": error.as_dict()})
            self._forget(root)
            return
        try:
            while (windows := self._of(root)) is not None:
                self._begin(root, record.sync)
                if not windows:
                    continue
                first = min(windows.values())
                if not record.wait(first, LOOK_S):
                    continue
                self._pass_on(root, list(record.follow(first)))
                # The first line after a rest is told at once; of a stream several at a time.
                time.sleep(GATHER_S)
        except CoimproveError as error:
            self._to_all(root, {"type": "error", "error": error.as_dict()})
            self._forget(root)
        finally:
            record.close()

    def _of(self, root: Path) -> dict[Tell, int] | None:
        """Windows that are told, and up to where; None once nobody follows, and then this thread is over."""
        with self._lock:
            found = dict(self._windows.get(root, {}))
            if not found and root not in self._asked:
                self._threads.pop(root, None)
                return None
            return found

    def _begin(self, root: Path, top: Callable[[], int]) -> None:
        """Answer those that asked: from here on they are told each line."""
        with self._lock:
            if root not in self._asked:
                return
        now = top()
        with self._lock:
            asked = self._asked.pop(root, {})
            # A number from another record, such as one that was made anew, is of the future: from now on.
            begin = {tell: now if after is None else min(after, now) for tell, after in asked.items()}
            self._windows.setdefault(root, {}).update(begin)
        for tell, after in begin.items():
            tell([encoded({"type": "following", "root": str(root), "after": after})])

    def _pass_on(self, root: Path, lines: Sequence[Line]) -> None:
        told = [(line.seq, encoded({"root": str(root), **event(line)})) for line in lines]
        with self._lock:
            windows = self._windows.get(root, {})
            due = {tell: [text for seq, text in told if seq > seen] for tell, seen in windows.items()}
            for tell in windows:
                windows[tell] = max([windows[tell], *(seq for seq, _ in told)])
        for tell, texts in due.items():
            if texts:
                tell(texts)

    def _to_all(self, root: Path, message: Mapping[str, Any]) -> None:
        with self._lock:
            to = {**self._windows.get(root, {}), **self._asked.get(root, {})}
        for tell in to:
            tell([encoded({"root": str(root), **message})])

    def _forget(self, root: Path) -> None:
        with self._lock:
            self._windows.pop(root, None)
            self._asked.pop(root, None)
            self._threads.pop(root, None)
