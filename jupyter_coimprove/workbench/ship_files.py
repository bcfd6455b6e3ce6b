"""The files of a shipped module: where they go, what they may replace, and how the module is tried before."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.digests import digest_bytes
from jupyter_coimprove.errors import UsageError

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.workbench.bench import Bench

#: What was written, with digests: a file that a person changed since is not replaced.
MANIFEST = "ship.json"
CODE = "code"


def name_of(path: Path, wanted: str | None, taken: frozenset[str]) -> str:
    """A module's name: the one asked for, or the notebook's made one; never that of a module it imports."""
    if wanted is not None:
        if not wanted.isidentifier() or wanted in taken or wanted in sys.stdlib_module_names:
            raise UsageError(
                f"{wanted!r} cannot be the module's name", remedy="use a plain name that it does not import"
            )
        return wanted
    name = re.sub(r"\W+", "_", path.stem).strip("_").lower() or "notebook"
    name = f"n{name}" if name[0].isdigit() else name
    return (
        f"{name}_module"
        if name in taken or name in sys.stdlib_module_names or not name.isidentifier()
        else name
    )


def folder_for(bench: Bench, path: Path, name: str, output: str | None) -> Path:
    """Where the files go."""
    return bench.path(output) if output is not None else bench.root(path) / "coimprove" / "ship" / name


def copies(notebook: Notebook) -> tuple[dict[str, str], tuple[str, ...], bool]:
    """(path below the shipped folder -> text of a module beside the notebook, folders to import from, whether all came).

    What names its own place (``__file__``) has to stay where it is.
    """
    modules = {key: text for key, text in notebook.beside.items() if key.endswith(".py")}
    here = notebook.path.resolve().parent
    if any("__file__" in text for text in modules.values()):
        return {}, (), False
    ups = max((PurePosixPath(key).parts.count("..") for key in modules), default=0)
    place = PurePosixPath(CODE, *(here.parts[len(here.parts) - ups :] if ups else ()))
    out = {os.path.normpath(place / key): text for key, text in modules.items()}
    folders = {place.as_posix()} if modules else set()
    for file in out:
        folders |= {
            parent.as_posix() for parent in PurePosixPath(file).parents if parent.parts[:1] == (CODE,)
        }
    ordered = sorted(folders, key=lambda one: (one != place.as_posix(), -len(PurePosixPath(one).parts), one))
    return out, tuple(ordered), not any(key.endswith(".py") for key in notebook.left_out)


def write(folder: Path, files: Mapping[str, str], manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Write them all, or none: UsageError where a file is there that we did not write, or that was changed since."""
    from jupyter_coimprove.notebook.io import write_atomic

    texts = {name: text.encode() for name, text in files.items()}
    digests = {name: digest_bytes(data) for name, data in texts.items()}
    texts[MANIFEST] = (
        json.dumps({**manifest, "files": digests}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    ).encode()
    known = read_manifest(folder).get("files", {}) if (folder / MANIFEST).is_file() else {}
    before: dict[str, bytes | None] = {}
    for name in texts:
        path = folder / name
        before[name] = path.read_bytes() if path.is_file() else None
        old = before[name]
        if path.exists() and (
            old is None or (name != MANIFEST and digest_bytes(old) not in (known.get(name), digests[name]))
        ):
            raise UsageError(
                f"{path} is there and was not written by this, or was changed since",
                remedy="move it away, or name another folder with --output",
            )
    for name, data in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / name, data, expect=before[name])
    return tuple(str(folder / name) for name in texts)


def read_manifest(folder: Path) -> dict[str, Any]:
    """What was shipped into this folder. UsageError where it was nothing of ours."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{folder} holds no shipped module: {error}", remedy="`coimprove ship NOTEBOOK` makes one"
        ) from error
    if not isinstance(found, dict) or not isinstance(found.get("files", {}), dict):
        raise UsageError(
            f"{folder / MANIFEST} is not what `coimprove ship` writes",
            remedy="ship again into another folder",
        )
    return found


@contextmanager
def laid_out(files: Mapping[str, str]) -> Iterator[Path]:
    """The files in a folder of their own, for as long as they are tried."""
    with tempfile.TemporaryDirectory(prefix="coimprove-ship-") as place:
        for name, text in files.items():
            path = Path(place, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield Path(place)


def trial(module: Path) -> str:
    """Code that executes the module in a process of its own, from the folder that it stands in, and keeps what it said."""
    return f"""
import json, os, subprocess, sys
_done = subprocess.run(
    [sys.executable, {str(module)!r}, "--json", "--folder", os.getcwd()], capture_output=True, text=True,
    env={{**os.environ, "MPLBACKEND": "Agg"}}, stdin=subprocess.DEVNULL,
)
with open("coimprove-shipped.json", "w", encoding="utf-8") as _file:
    json.dump({{"code": _done.returncode, "out": _done.stdout[-20000:], "err": _done.stderr[-4000:]}}, _file)
"""
