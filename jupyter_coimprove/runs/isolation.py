"""A run's own view of the notebook's folder: it reads what it would have read alone.

Notebooks write ``best.pt`` or ``history.csv`` and read it back; in parallel they would load each
other's. So what a run writes stays its own: in private layers over the person's folders where the
system offers them (``layers``), else in a tree of links and private copies (``links``). It is moved
out as artifacts when the run ends; what changed outside of it is a stray.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_coimprove.digests import digest_file
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.runs import layers as _layers
from jupyter_coimprove.runs import links
from jupyter_coimprove.runs.layers import Layers
from jupyter_coimprove.runs.run import Work
from jupyter_coimprove.runs.snapshot import files_of, thaw
from jupyter_coimprove.runs.strays import (
    LEFT_OUT,
    SCAN_ENTRIES,
    Conflict,
    Stamp,
    conflicts,
    met_outside,
    scan,
)

__all__ = [
    "Conflict",
    "Finished",
    "View",
    "chain_of",
    "code_of",
    "conflicts",
    "finish",
    "prepare",
    "remove",
    "remove_tree",
]

chain_of = links.chain_of
#: Names that a project's own record has: another run's outputs are below.
_OURS = ("coimprove", ".coimprove")


@dataclass(frozen=True, kw_only=True)
class View:
    """One run's view. ``cwd`` is where it runs; ``origin`` the folder that ``cwd`` stands for.

    ``start`` and ``before`` are (mtime_ns, size) of the view's own files and of the originals that
    ``code`` could reach; ``frozen`` are paths of files of which the view has its own text, ``since`` when
    the code was frozen (seconds): what has not changed from then on carries nothing between runs. With ``layers`` there is no tree: the run sees the real paths.
    """

    root: Path
    cwd: Path
    top: Path
    origin: Path
    files: Path
    start: Mapping[str, Stamp] = field(default_factory=dict)
    before: Mapping[str, Stamp] = field(default_factory=dict)
    skip: Path | None = None
    code: str = ""
    frozen: frozenset[str] = frozenset()
    since: float = 0.0
    layers: Layers | None = None


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What came of a view.

    ``written`` are ``{path, file, size, digest}``, ``path`` relative to the notebook's folder (absolute
    outside the project), ``file`` below ``files/``; a file over the limit has no ``file``, it is named
    and not kept. ``strays`` are paths that changed outside the view, ``reads`` paths read there.
    """

    written: tuple[Mapping[str, Any], ...] = ()
    strays: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


def prepare(work: Work, *, layers: Layers | None = None) -> View:
    """Build the view of ``work.source_dir``; frozen modules and overlays stand in for its files.

    Raises EngineError when the folder is too large, OSError when it cannot be written.
    """
    origin = work.source_dir.resolve()
    folder = work.folder.resolve()
    root = folder / "view"
    remove(root)
    root.mkdir(parents=True)
    chain = links.chain_of(origin)
    if layers is not None:
        return _over(work, layers, chain)
    # Never look into where runs lie, wherever that is: views would nest.
    builder = links.Builder(folder.parent if folder.parent not in (origin, *origin.parents) else folder)
    cwd = builder.build(chain, root)
    frozen = _frozen(work)
    for name, data in frozen.items():
        if not links.put(cwd, root, name, data) and name in work.overlay:
            raise _out_of_reach(name, work)
    code = code_of(work)
    return View(
        root=root, cwd=cwd, top=chain[0], origin=origin, files=folder / "files", start=_scan_own(root),
        before=scan(origin, chain, builder.skip, code), skip=builder.skip, code=code, frozen=frozenset(frozen), since=_frozen_at(work),
    )  # fmt: skip


def _over(work: Work, layers: Layers, chain: list[Path]) -> View:
    origin, folder = work.source_dir.resolve(), work.folder.resolve()
    runs = folder.parent if folder.parent not in (origin, *origin.parents) else folder
    _layers.make(layers, [runs, *(level / name for level in chain for name in _OURS)])
    frozen = _frozen(work)
    for name, data in frozen.items():
        path = Path(os.path.normpath(origin / name))
        if not _layers.put(layers, path, data) and name in work.overlay:
            raise _out_of_reach(name, work)
    start = {str(path): stamp for path, _, stamp in _layers.written(layers)}
    return View(
        root=folder / "view", cwd=origin, top=chain[0], origin=origin, files=folder / "files", start=start,
        frozen=frozenset(frozen), since=_frozen_at(work),
        layers=layers,
    )  # fmt: skip


def _frozen(work: Work) -> dict[str, bytes]:
    """What stands in for files, by path relative to the notebook's folder: frozen ones, then the run's own."""
    files: dict[str, bytes] = thaw(work.snapshot)[0] if work.snapshot is not None else {}
    return {**files, **{name: text.encode("utf-8") for name, text in work.overlay.items()}}


def _frozen_at(work: Work) -> float:
    return 0.0 if work.snapshot is None else work.snapshot.stat().st_ctime


def _out_of_reach(name: str, work: Work) -> EngineError:
    """Where the run's own text cannot stand, its result would be another arm's."""
    return EngineError(
        f"{name} is changed by {work.arm}, but lies outside of what a run sees",
        remedy="move the file nearer to the notebook, or leave this factor out",
    )


def code_of(work: Work) -> str:
    """All that the run executes, as text: names of files are looked for in it."""
    cells = [cell["source"] for cell in work.notebook.get("cells", ())]
    texts = [source if isinstance(source, str) else "".join(source) for source in cells]
    if work.snapshot is not None:
        texts += [file.read_text("utf-8", "replace") for _, _, file in files_of(work.snapshot)]
    return "\n".join([*texts, *work.overlay.values(), *map(repr, work.parameters.values())])


def _scan_own(root: Path) -> dict[str, Stamp]:
    """(mtime_ns, size) of the regular files in real folders of the view, by path below ``root``."""
    found: dict[str, Stamp] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in files:
            path = os.path.join(folder, name)
            info = os.lstat(path)
            if stat.S_ISREG(info.st_mode):
                found[os.path.relpath(path, root)] = (info.st_mtime_ns, info.st_size)
    return found


def finish(
    view: View,
    *,
    keep_bytes: int | None = None,
    opened: Iterable[tuple[str, str]] = (),
    shared: Iterable[Path] = (),
) -> Finished:
    """Move what the run wrote to ``files/``, remove the view, and name what changed outside of it.

    At most ``keep_bytes`` are kept, smaller files first; the others are named with size and digest.
    ``opened`` are (``w``, ``r`` or ``l``, path) as the run's own process told, ``shared`` folders that do not count.
    """
    found = sorted(_changed(view), key=lambda item: item[3])
    written: list[Mapping[str, Any]] = []
    kept = 0
    for name, place, file, size in found:
        record = {"path": name, "size": size, "digest": digest_file(file)}
        if keep_bytes is None or kept + size <= keep_bytes:
            kept += size
            record["file"] = place
            target = view.files / place
            target.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all: a name in files/ is an artifact.
            partial = target.with_name(f".{target.name}.part")
            shutil.move(file, partial)
            os.replace(partial, target)
        written.append(record)
    strays, reads = met_outside(opened, view.origin, _private(view), shared, view.root.parent, view.since)
    if view.layers is None:
        strays |= _strays(view)
    remove(view.root)
    return Finished(
        written=tuple(sorted(written, key=lambda item: str(item["path"]))),
        strays=tuple(sorted(strays)),
        reads=tuple(sorted(reads)),
    )


def _changed(view: View) -> Iterator[tuple[str, str, Path, int]]:
    """(name, place below files/, file, size) of everything the run wrote and that is kept."""
    if view.layers is None:
        for inside, stamp in _scan_own(view.root).items():
            if view.start.get(inside) != stamp:
                path = view.root / inside
                name = os.path.relpath(path, view.cwd)
                # `../out/x` cannot be a path below files/: what was above is kept under its place in the view.
                place = name if not name.startswith("..") else os.path.join("above", inside)
                yield name, place, path, stamp[1]
        return
    home = Path(os.environ.get("HOME") or os.path.expanduser("~"))
    for path, file, stamp in _layers.written(view.layers):
        if view.start.get(str(path)) == stamp or _unchanged(path, stamp):
            continue
        if path.is_relative_to(view.origin):
            yield str(path.relative_to(view.origin)), str(path.relative_to(view.origin)), file, stamp[1]
        elif path.is_relative_to(view.top):
            place = os.path.join("above", view.top.name or "root", path.relative_to(view.top))
            yield os.path.relpath(path, view.origin), place, file, stamp[1]
        elif path.is_relative_to(home) and not any(
            part.startswith(".") for part in path.relative_to(home).parts
        ):
            yield str(path), os.path.join("outside", path.relative_to(path.anchor)), file, stamp[1]


def _unchanged(path: Path, stamp: Stamp) -> bool:
    """Whether a file was only opened for writing: the layer holds a copy of what is there anyway."""
    try:
        info = os.lstat(path)
    except OSError:
        return False
    return (info.st_mtime_ns, info.st_size) == stamp


def _private(view: View) -> tuple[Path, ...]:
    """The folders below which everything is the run's own."""
    return (view.root,) if view.layers is None else tuple(layer.at for layer in view.layers.layers)


def _strays(view: View) -> set[str]:
    chain = [view.origin]
    while chain[0] != view.top:
        chain.insert(0, chain[0].parent)
    after = scan(view.origin, chain, view.skip or view.root, view.code)
    full = len(view.before) >= SCAN_ENTRIES or len(after) >= SCAN_ENTRIES
    changed = {
        path for path, stamp in after.items() if view.before.get(path, None if not full else stamp) != stamp
    }
    gone = set() if full else set(view.before) - set(after)
    # The run had its own text of these: a person may edit theirs.
    return (changed | gone) - {os.path.normpath(name) for name in view.frozen}


def remove(root: Path) -> None:
    """Remove a view and its layers, whatever rights a run gave its files; links are never followed."""
    for base in _layers.bases(root.parent):
        remove_tree(base)


def remove_tree(root: Path) -> None:
    """Remove a folder whatever rights its parts have; a link is removed, never followed."""
    if root.is_symlink():
        root.unlink()
        return

    def once_more(function: Any, path: str, _error: Any) -> None:
        os.chmod(os.path.dirname(path), 0o700)
        if not os.path.islink(path):
            os.chmod(path, 0o700)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)

    if root.exists():
        shutil.rmtree(root, onerror=once_more)
