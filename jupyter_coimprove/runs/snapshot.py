"""The code a run is made of, frozen: local modules that the notebook imports, configurations it names.

Editing ``utils.py`` or ``config.yaml`` while an experiment runs for hours must change nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jupyter_coimprove.digests import digest_bytes, digest_json
from jupyter_coimprove.runs.beside import Beside


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Frozen files. ``files`` maps a path relative to the notebook's folder to its digest.

    On disk ``root/0/`` is the notebook's folder, ``root/1/`` its parent, and so on.
    """

    root: Path
    files: Mapping[str, str]
    digest: str


def freeze(beside: Beside, dest: Path) -> Snapshot:
    """Write the files that belong to a notebook's code to ``dest``."""
    dest.mkdir(parents=True, exist_ok=True)
    files: dict[str, str] = {}
    for name, data in sorted(beside.files.items()):
        up, rest = level_of(name)
        target = dest / str(up) / rest
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        files[name] = digest_bytes(data)
    return Snapshot(root=dest, files=files, digest=digest_json(files))


def level_of(name: str) -> tuple[int, PurePosixPath]:
    """How many levels above the notebook's folder a path like ``../src/lib.py`` begins, and the rest."""
    parts = PurePosixPath(name).parts
    up = next((n for n, part in enumerate(parts) if part != ".."), len(parts))
    return up, PurePosixPath(*parts[up:])


def thaw(root: Path) -> tuple[dict[str, bytes], str]:
    """The frozen files by path relative to the notebook's folder, and their digest."""
    files = {"/".join([*[".."] * up, *rest.parts]): file.read_bytes() for up, rest, file in files_of(root)}
    return files, digest_json({name: digest_bytes(files[name]) for name in sorted(files)})


def files_of(root: Path) -> Iterator[tuple[int, Path, Path]]:
    """``(levels up, path below that level, file)`` of everything in a snapshot folder."""
    for level in sorted(root.iterdir()) if root.is_dir() else ():
        if level.name.isdigit():
            for file in sorted(level.rglob("*")):
                if file.is_file():
                    yield int(level.name), file.relative_to(level), file
