"""Which files a request may name: inside the folder that is served, and what runs left."""

from __future__ import annotations

from pathlib import Path

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.wire.parse import Call

_LONGEST = 1024


def inside(root: Path, text: object) -> Path:
    """The file or folder that a path of the contents API names. UsageError for any other place.

    Links are followed before it is decided, so that a link out of the folder leads nowhere.
    """
    path = str(text)
    if len(path) > _LONGEST or "\0" in path or "\\" in path:
        raise _refused(path)
    base = root.resolve()
    try:
        found = (base / path.lstrip("/")).resolve()
    except (OSError, RuntimeError) as error:
        raise _refused(path) from error
    if not found.is_relative_to(base):
        raise _refused(path)
    return found


def check_paths(call: Call, root: Path, folder: Path) -> None:
    """Make every path of a call absolute, and refuse those outside of the server's folder."""
    base = root.resolve()
    for option in call.verb.options:
        value = call.arguments.get(option.name)
        if option.type == "path" and isinstance(value, str) and value:
            # Relative to the notebook in front, as its own cells would read it.
            call.arguments[option.name] = str(_below(base, folder, value))


def _below(base: Path, folder: Path, text: str) -> Path:
    if text.startswith(("/", "~")):
        raise _refused(text)
    return inside(base, str(folder.relative_to(base) / text))


def run_file(runs: Path, run: str, path: str) -> Path:
    """A file that a run left, by its path below the run's folder. UsageError when there is none."""
    from jupyter_coimprove.ids import is_id

    if not is_id(run, "run"):
        raise UsageError(f"{run[:40]!r} is no run")
    folder = runs / run
    if folder.is_symlink():
        raise _refused(path)
    found = inside(folder, path)
    if not found.is_file():
        raise UsageError(f"{run} left no file {path[:200]!r}", remedy="`coimprove gc` may have removed it")
    return found


def _refused(path: str) -> UsageError:
    return UsageError(
        f"{path[:200]!r} is outside of the folder that is served here",
        remedy="name a file below it",
    )
