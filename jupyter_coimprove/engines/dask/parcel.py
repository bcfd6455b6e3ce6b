"""Files by content, for a worker that does not see the person's folders: the notebook's there, artifacts back."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from jupyter_coimprove.engines.dask import folder
from jupyter_coimprove.errors import EngineError

_ARTIFACTS = ("output.ipynb", "log.txt", "files")


def unpack(tree: bytes, pieces: Iterable[bytes], dest: Path) -> tuple[Path, Path | None]:
    """Write what ``Folders.send`` sent; the notebook's folder, and the frozen code or None.

    Raises EngineError where a content is in none of the pieces.
    """
    told = json.loads(zlib.decompress(tree))
    where: dict[str, zipfile.ZipFile] = {}
    for piece in pieces:
        made = zipfile.ZipFile(io.BytesIO(piece))
        where.update((name, made) for name in made.namelist())
    for name, (digest, mode) in told["files"].items():
        held = where.get(folder.member(digest))
        if held is None:
            raise EngineError(f"the content of {name} did not come with it", remedy="restart the worker")
        _write(held, folder.member(digest), dest, name, mode)
    source = dest / folder.TREE / told["here"]
    source.mkdir(parents=True, exist_ok=True)
    frozen = dest / folder.FROZEN
    return source, frozen if frozen.is_dir() else None


def pack_artifacts(run: Path) -> bytes:
    """``output.ipynb``, ``log.txt`` and what is below ``files/`` of one run."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as made:
        for name in _ARTIFACTS:
            path = run / name
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file() and not file.is_symlink():
                    made.write(
                        file, file.relative_to(run).as_posix(), compress_type=folder.packing(_head(file))
                    )
    return out.getvalue()


def _head(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(1 << 16)


def take_in(data: bytes | None, came: Path, run: Path) -> None:
    """Let a run's artifacts be those that came: by content, else those that a worker wrote to ``came``.

    What an earlier attempt left is removed first. Raises OSError, EngineError for a name that leads elsewhere.
    """
    run.mkdir(parents=True, exist_ok=True)
    if data is not None:
        came.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(io.BytesIO(data)) as made:
            _extract(made, came, lambda name: name.split("/")[0] in _ARTIFACTS)
    for name in _ARTIFACTS:
        old, new = run / name, came / name
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
        if new.exists():
            os.replace(new, old)
    shutil.rmtree(came, ignore_errors=True)


def _extract(made: zipfile.ZipFile, dest: Path, wanted: Callable[[str], bool]) -> None:
    """Write the members that are wanted; none leads out of ``dest``."""
    for info in made.infolist():
        if not info.is_dir() and wanted(info.filename):
            _write(made, info.filename, dest, info.filename, (info.external_attr >> 16) & 0o777)


def _write(made: zipfile.ZipFile, member: str, dest: Path, name: str, mode: int) -> None:
    parts = PurePosixPath(name).parts
    if PurePosixPath(name).is_absolute() or ".." in parts or "\0" in name:
        raise EngineError(
            f"a worker sent a file named {name!r}, which leads out of its run",
            remedy="do not trust this cluster",
        )
    target = dest.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with made.open(member) as source, open(target, "wb") as sink:
        shutil.copyfileobj(source, sink)
    if mode:
        target.chmod(mode | 0o600)
