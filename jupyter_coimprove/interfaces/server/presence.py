"""The notebooks that the windows of this server have open: a seat for each, held while its socket lives."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import CoimproveError, DecisionError, UsageError
from jupyter_coimprove.interfaces import places

if TYPE_CHECKING:
    from jupyter_coimprove.record.locks import FileLock
    from jupyter_coimprove.registry import Actor

#: A window has so many notebooks open at most, and a name so long.
MOST, LONGEST = 1000, 200


@dataclass
class _Window:
    """One window: the socket that speaks for it, whose it is, and what it has open."""

    socket: object
    actor: Actor
    paths: dict[str, Path] = field(default_factory=dict)
    #: By path of the contents API: the project, the name there, and the lock.
    seats: dict[str, tuple[Path, str, FileLock]] = field(default_factory=dict)


class Presence:
    """Safe to use from several threads; files are touched, so call it off the event loop."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def set(
        self, socket: object, window: str, actor: Actor, base: Path, paths: Iterable[str]
    ) -> list[dict[str, Any]]:
        """Replace what this window has open. The answer names each path's project and notebook.

        DecisionError when the window is somebody else's. A window whose socket broke comes back
        with a new one, and keeps what it had.
        """
        with self._lock:
            known = self._windows.get(window)
            if known is not None and known.actor.id != actor.id:
                raise DecisionError("this window is somebody else's", remedy="reload the page")
            if known is None:
                known = self._windows[window] = _Window(socket, actor)
            known.socket, known.actor = socket, actor
            told: list[dict[str, Any]] = []
            known.paths = {}
            for path in dict.fromkeys(paths):
                try:
                    known.paths[path] = places.inside(base, path)
                except CoimproveError as error:
                    told.append({"path": path, "root": "", "notebook": "", "error": error.as_dict()})
            for path in [path for path in known.seats if path not in known.paths]:
                self._stand_up(window, known, path)
            return [*told, *(self._settle(window, known, path) for path in known.paths)]

    def refresh(self) -> None:
        """Take seats that could not be taken before: a project was made, or another server let go."""
        with self._lock:
            for window, known in self._windows.items():
                for path in known.paths:
                    held = known.seats.get(path)
                    if held is None or not held[2].path.exists():
                        self._settle(window, known, path)

    def renamed(self, base: Path, old: str, new: str) -> None:
        """The contents API moved a file or folder: what is about it follows, and so do its seats."""
        from jupyter_coimprove.record.roots import Layout, find_root
        from jupyter_coimprove.workbench import presence, whereabouts
        from jupyter_coimprove.workbench.bench import Bench, Where

        before, after = places.inside(base, old), places.inside(base, new)
        root = find_root(after)
        if not (Layout(root).visible.is_dir() or Layout(root).hidden.is_dir()):
            return
        old, new = old.strip("/"), new.strip("/")
        with self._lock:
            bench = Bench(where=Where(cwd=root), root_override=root)
            try:
                whereabouts.renamed(bench, before, after)
            finally:
                bench.close()
            for window, known in self._windows.items():
                for path in [path for path in known.paths if path == old or path.startswith(old + "/")]:
                    there = new + path[len(old) :]
                    del known.paths[path]
                    known.paths[there] = places.inside(base, there)
                    if path in known.seats:
                        presence.rise(known.seats.pop(path)[2])
                    self._settle(window, known, there)

    def leave(self, socket: object) -> None:
        """Everything that this socket spoke for is closed; what was claimed there is queued again."""
        with self._lock:
            for window in [name for name, known in self._windows.items() if known.socket is socket]:
                known = self._windows.pop(window)
                for path in list(known.seats):
                    self._stand_up(window, known, path)

    def belongs(self, window: str, actor: Actor) -> bool:
        """Whether a window is connected here, and this person's. Waits for nobody: the event loop asks."""
        known = self._windows.get(window)
        return known is not None and known.actor.id == actor.id

    @property
    def any(self) -> bool:
        return bool(self._windows)

    def _settle(self, window: str, known: _Window, path: str) -> dict[str, Any]:
        """Take the seat where there is a project; which notebook that is."""
        from jupyter_coimprove.record.roots import Layout, check_ours, find_root
        from jupyter_coimprove.workbench import claiming, presence, shelf, whereabouts
        from jupyter_coimprove.workbench.bench import Bench, Where

        file = known.paths[path]
        root = find_root(file)
        layout = Layout(root)
        answer: dict[str, Any] = {
            "path": path,
            "root": str(root),
            "notebook": shelf.notebook_name(root, file),
        }
        if not (layout.visible.is_dir() or layout.hidden.is_dir()):
            return answer  # opening a notebook makes no project of its folder
        bench = Bench(where=Where(cwd=file.parent, notebook=file, open=True), actor=known.actor)
        try:
            check_ours(layout)
            name = whereabouts.name_at(bench, file)
            held = known.seats.get(path)
            if held is not None and held[:2] == (root, name) and held[2].path.exists():
                return answer
            if held is not None:
                self._stand_up(window, known, path)
            # What a window that died had not saved waits for this one.
            claiming.recover(bench, name)
            lock = presence.sit(layout, name, window, known.actor.display)
            known.seats[path] = (root, name, lock)
        except CoimproveError as error:
            answer["error"] = error.as_dict()
        finally:
            bench.close()
        return answer

    def _stand_up(self, window: str, known: _Window, path: str) -> None:
        from jupyter_coimprove.workbench import claiming, presence
        from jupyter_coimprove.workbench.bench import Bench, Where

        root, name, lock = known.seats.pop(path)
        presence.rise(lock)
        bench = Bench(where=Where(cwd=root), root_override=root, actor=known.actor)
        try:
            claiming.release(bench, window, name)
        except CoimproveError:
            # Nothing is lost: a claim whose seat is free counts as queued for everybody.
            pass
        finally:
            bench.close()


def said(message: Mapping[str, Any]) -> tuple[str, list[str]]:
    """(window, paths) of a ``present`` message. UsageError for anything else."""
    window, paths = message.get("window"), message.get("paths")
    if (
        isinstance(window, str) and 0 < len(window) <= LONGEST
        and isinstance(paths, list) and len(paths) <= MOST and all(isinstance(path, str) for path in paths)
    ):  # fmt: skip
        return window, paths
    raise UsageError(
        "a window says {op: 'present', window, paths}", remedy=f"at most {MOST} paths, each a text"
    )
