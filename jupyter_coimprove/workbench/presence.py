"""Which notebooks are open in a front end now: every door asks here before it writes one.

A window that has a notebook open holds a seat: a lock file below the project's hidden folder,
one a notebook and window. The operating system lets go of it when the server that holds it
dies, so that a free seat is proof that nobody sits there (record/locks.py).
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jupyter_coimprove.record.locks import FileLock
    from jupyter_coimprove.record.roots import Layout
    from jupyter_coimprove.workbench.bench import Bench

#: A seat that nobody holds is cleared away after so long; nobody is about to take it any more.
OLD_S = 86_400.0
#: How long to wait for somebody who is writing the same notebook.
WRITER_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """Somebody has a notebook open: who they are, on which host, in which window (as digest)."""

    by: str
    host: str
    window: str


def _short(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def seat(layout: Layout, notebook: str, window: str) -> Path:
    """The lock file of one window on one notebook (by the name that the record has for it)."""
    return layout.open / f"{_short(notebook)}.{_short(window)}.lock"


def sit(layout: Layout, notebook: str, window: str, by: str) -> FileLock:
    """Take the seat; the caller keeps the lock and stands up by ``rise``. RecordBusy when it is taken.

    The project must be there already: opening a notebook makes no folder.
    """
    from jupyter_coimprove.record.locks import FileLock

    layout.open.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(seat(layout, notebook, window), what=by)
    lock.acquire(0)
    return lock


def rise(lock: FileLock) -> None:
    """Give the seat back. Its file goes while the lock is still held, so that no other can be lost."""
    with suppress(OSError):
        lock.path.unlink()
    lock.release()


def sitting(layout: Layout, notebook: str) -> tuple[Sitting, ...]:
    """Who has this notebook open now, in no particular order."""
    from jupyter_coimprove.record.locks import holder

    found = []
    for path in sorted(layout.open.glob(f"{_short(notebook)}.*.lock")):
        by = holder(path)
        if by is not None:
            told = str(by.get("what") or "somebody")
            found.append(Sitting(by=told, host=str(by.get("host", "")), window=path.name.split(".")[1]))
            continue
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > OLD_S:
                path.unlink()
    return tuple(found)


def sits(layout: Layout, notebook: str, window: str) -> bool:
    """Whether this window has the notebook open now."""
    from jupyter_coimprove.record.locks import holder

    return holder(seat(layout, notebook, window)) is not None


@dataclass(frozen=True, kw_only=True)
class Open:
    """A notebook is open: ``who`` in words; ``window`` where a window of ours shows it and can carry out edits."""

    who: str
    window: bool


def opened(bench: Bench, notebook: str, *, near: Path | None = None, said: bool = False) -> Open | None:
    """Who has it open; None where its file may be written.

    A call that comes from a front end (``Where.open``) has its own notebook open, whether a
    window of ours shows it or not, and maybe others: those are written when the person says so
    (``said``, as by ``apply``). ``near`` is a file of the project, where it is not the call's.
    """
    from jupyter_coimprove.workbench import shelf

    seats = sitting(bench.layout(near), notebook)
    if seats:
        names = sorted({one.by for one in seats})
        return Open(who=f"{' and '.join(names)}, in a window of Jupyter", window=True)
    where = bench.where
    own = where.notebook is not None and shelf.notebook_name(bench.root(near), where.notebook) == notebook
    if where.open and (own or (where.elsewhere and not said)):
        return Open(who=f"{bench.actor.display}, where this was asked", window=False)
    return None


def opened_by(bench: Bench, notebook: str, window: str) -> bool:
    """Whether the call stands in this notebook, and this window has it open."""
    from jupyter_coimprove.workbench import shelf

    at = bench.where.notebook
    return (
        at is not None
        and shelf.notebook_name(bench.root(), at) == notebook
        and sits(bench.layout(), notebook, window)
    )


@contextmanager
def writing(layout: Layout, notebook: str) -> Iterator[None]:
    """Be the only one who writes this notebook's file; RecordBusy when somebody takes too long."""
    from jupyter_coimprove.record.locks import held

    with held(writer(layout, notebook), what=f"the file of {notebook}", timeout=WRITER_S):
        yield


def writer(layout: Layout, notebook: str) -> Path:
    """The lock that is held while a door writes the notebook's file."""
    return layout.locks / f"{_short(notebook)}.writer"
