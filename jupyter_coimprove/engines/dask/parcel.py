"""Files by content, for a worker that does not see the person's folders: the notebook's there, artifacts back."""

from __future__ import annotations

import io
import os
import shutil
import stat
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.runs.provenance import named_inputs
from jupyter_coimprove.runs.run import Work
from jupyter_coimprove.runs.snapshot import files_of
from jupyter_coimprove.runs.strays import LEFT_OUT

MAX_FILES = 20_000
MAX_UP = 3
#: Version control and environments: nothing that a run reads.
_NOT_SENT = LEFT_OUT | {".git", ".hg", ".svn", ".venv", "venv", "node_modules", ".tox", ".nox"}
_ARTIFACTS = ("output.ipynb", "log.txt", "files")
_TREE, _FROZEN, _HERE = "tree", "frozen", "here"


def pack(works: Iterable[Work], *, most_mb: float) -> bytes:
    """The folder of these runs' notebook, files above it that the code names, and the frozen code.

    Runs have the folder and the frozen code in common. Raises EngineError over ``most_mb``.
    """
    works = list(works)
    origin = works[0].source_dir.resolve()
    above = sorted({path for work in works for path in _above(work, origin)})
    snapshot = works[0].snapshot
    frozen = list(files_of(snapshot)) if snapshot is not None else []
    ups = [up for up, _, _ in frozen if up <= MAX_UP] + [_up(path, origin) for path in above]
    highest = max(ups, default=0)
    top = origin.parents[highest - 1] if highest else origin
    most = int(most_mb * 2**20)
    size = count = 0
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as made:
        made.writestr(_HERE, origin.relative_to(top).as_posix())
        files = [(path, f"{_TREE}/{path.relative_to(top).as_posix()}") for path in above]
        files += [(file, f"{_FROZEN}/{up}/{rest.as_posix()}") for up, rest, file in frozen]
        own = ((path, f"{_TREE}/{(origin.relative_to(top) / inside).as_posix()}") for path, inside in _below(origin, works[0].folder.parent))  # fmt: skip
        for path, name in (*files, *own):
            size, count = size + path.stat().st_size, count + 1
            if size > most or count > MAX_FILES:
                what = f"more than {MAX_FILES} files" if count > MAX_FILES else f"more than {most_mb:g} MB"
                raise EngineError(
                    f"workers do not see {origin}, and with it {what} would have to be sent to each",
                    remedy="put it on a file system that workers see under the same path, move what the notebook "
                    "does not read elsewhere, or raise COIMPROVE_CLUSTER_MB",
                )
            made.write(path, name)
    return out.getvalue()


def _above(work: Work, origin: Path) -> Iterator[Path]:
    """Files that the code names by a relative path and that lie a few folders up."""
    sources = []
    for cell in work.notebook.get("cells", ()):
        source = cell.get("source", "")
        if cell.get("cell_type") == "code":
            sources.append(python_source(source if isinstance(source, str) else "".join(source)))
    for entry in named_inputs(sources, origin).files:
        path = Path(os.path.normpath(origin / str(entry["path"])))
        relative = not Path(str(entry["path"])).is_absolute()
        if relative and not path.is_relative_to(origin) and _up(path, origin) <= MAX_UP:
            yield path


def _up(path: Path, origin: Path) -> int:
    return next(
        (n for n, base in enumerate(origin.parents, 1) if path.is_relative_to(base)), len(origin.parents) + 1
    )


def _below(folder: Path, skip: Path) -> Iterator[tuple[Path, Path]]:
    """``(file, path below folder)`` of everything that a run may read there; links are followed once."""
    seen: set[str] = set()
    for here, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(here)
        if real in seen or real == str(skip.resolve()):
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if name not in _NOT_SENT)
        for name in sorted(files):
            path = Path(here) / name
            if path.is_file() and stat.S_ISREG(path.stat().st_mode):
                yield path, path.relative_to(folder)


def unpack(data: bytes, dest: Path) -> tuple[Path, Path | None]:
    """Write what ``pack`` made; the notebook's folder, and the frozen code or None."""
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        here = made.read(_HERE).decode()
        _extract(made, dest, lambda name: name.startswith((f"{_TREE}/", f"{_FROZEN}/")))
    source = dest / _TREE / here
    source.mkdir(parents=True, exist_ok=True)
    frozen = dest / _FROZEN
    return source, frozen if frozen.is_dir() else None


def pack_artifacts(folder: Path) -> bytes:
    """``output.ipynb``, ``log.txt`` and what is below ``files/`` of one run."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as made:
        for name in _ARTIFACTS:
            path = folder / name
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file() and not file.is_symlink():
                    made.write(file, file.relative_to(folder).as_posix())
    return out.getvalue()


def take_in(data: bytes | None, came: Path, folder: Path) -> None:
    """Let a run's artifacts be those that came: by content, else those that a worker wrote to ``came``.

    What an earlier attempt left is removed first. Raises OSError, EngineError for a name that leads elsewhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if data is not None:
        came.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(io.BytesIO(data)) as made:
            _extract(made, came, lambda name: name.split("/")[0] in _ARTIFACTS)
    for name in _ARTIFACTS:
        old, new = folder / name, came / name
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
        if new.exists():
            os.replace(new, old)
    shutil.rmtree(came, ignore_errors=True)


def _extract(made: zipfile.ZipFile, dest: Path, wanted: object) -> None:
    """Write the members that are wanted; none leads out of ``dest``."""
    assert callable(wanted)
    for info in made.infolist():
        if info.is_dir() or not wanted(info.filename):
            continue
        parts = PurePosixPath(info.filename).parts
        if PurePosixPath(info.filename).is_absolute() or ".." in parts or "\0" in info.filename:
            raise EngineError(
                f"a worker sent a file named {info.filename!r}, which leads out of its run",
                remedy="do not trust this cluster",
            )
        target = dest.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with made.open(info) as source, open(target, "wb") as sink:
            shutil.copyfileobj(source, sink)
        mode = (info.external_attr >> 16) & 0o777
        if mode:
            target.chmod(mode | 0o600)
