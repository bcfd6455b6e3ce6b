"""A notebook file read without changing a byte, and written only whole."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_coimprove.digests import digest_file
from jupyter_coimprove.errors import NotebookError, Stale
from jupyter_coimprove.faults import fault_point
from jupyter_coimprove.notebook.cells import Cell, CellKind, Notebook
from jupyter_coimprove.notebook.splice import render, text_of

__all__ = ["file_digest", "parse", "plain", "read", "render", "write_atomic"]

MAX_BYTES = 256 * 2**20
MAX_DEPTH = 64
MAX_CELLS = 10_000
_SURROGATE = re.compile("[\ud800-\udfff]")
_KINDS: dict[str, CellKind] = {"code": "code", "markdown": "markdown", "raw": "raw"}


def file_digest(path: Path) -> str:
    """``raw:<hex>`` of the notebook file as it lies. NotebookError when it cannot be read."""
    try:
        return digest_file(path)
    except OSError as error:
        raise _unreadable(path, error) from error


def read(path: Path) -> Notebook:
    """The notebook in this file, nbformat 3 to 4.5. NotebookError, with a remedy, otherwise."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise NotebookError(
                f"{path} is {size / 2**20:.0f} MB; notebooks up to {MAX_BYTES // 2**20} MB are read",
                remedy="clear its outputs: jupyter nbconvert --clear-output --inplace FILE",
            )
        return parse(path.read_bytes(), path)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> NotebookError:
    if isinstance(error, FileNotFoundError):
        return NotebookError(f"there is no notebook {path}", remedy="check the path and the current folder")
    if isinstance(error, IsADirectoryError):
        return NotebookError(f"{path} is a folder", remedy="name a .ipynb file in it")
    return NotebookError(f"{path} cannot be read: {error.strerror}", remedy="check its permissions")


def parse(raw: bytes, path: Path) -> Notebook:
    """The notebook in these bytes; ``path`` names it in messages and is kept."""
    node = _json(raw, path)
    if not isinstance(node, dict) or not isinstance(node.get("nbformat"), int):
        raise NotebookError(f"{path} is JSON but no notebook", remedy="name a file that Jupyter saved")
    major, minor = node["nbformat"], node.get("nbformat_minor", 0)
    minor = minor if isinstance(minor, int) else 0
    if not 3 <= major <= 4:
        raise NotebookError(
            f"{path} has nbformat {major}; 3 to 4 are read",
            remedy="update this package" if major > 4 else "open and save it in Jupyter first",
        )
    stored = list(_stored_cells(node, major, path))
    if len(stored) > MAX_CELLS:
        raise NotebookError(
            f"{path} has {len(stored)} cells; up to {MAX_CELLS} are read", remedy="split the notebook"
        )
    seen: set[str] = set()
    cells = tuple(_cell(i, c, major, minor, seen, path) for i, c in enumerate(stored))
    meta = node.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    spec, info = (v if isinstance(v := meta.get(k), dict) else {} for k in ("kernelspec", "language_info"))
    pairing = meta.get("jupytext")
    formats = pairing.get("formats") if isinstance(pairing, dict) else None
    kernel, language = spec.get("name"), info.get("name") or spec.get("language") or "python"
    return Notebook(
        path=path, raw=raw, node=node, nbformat=major, minor=minor, cells=cells,
        kernel=kernel if isinstance(kernel, str) else None, language=str(language),
        paired=plain(formats) if isinstance(formats, str) else "",
    )  # fmt: skip


def _json(raw: bytes, path: Path) -> Any:
    if len(raw) > MAX_BYTES:
        raise NotebookError(f"{path} is over {MAX_BYTES // 2**20} MB", remedy="clear its outputs")
    if not raw.strip():
        raise NotebookError(f"{path} is empty", remedy="restore it from a checkpoint or from git")
    try:
        node = json.loads(text_of(raw)[0])
    except UnicodeDecodeError as error:
        raise NotebookError(
            f"{path} is not UTF-8 text (byte {error.start})",
            remedy="save it as UTF-8, or open and save it in Jupyter",
        ) from error
    except RecursionError as error:
        raise _too_deep(path) from error
    except ValueError as error:
        raise NotebookError(
            f"{path} is not JSON or was cut off: {error}",
            remedy="restore it from .ipynb_checkpoints or from git; conflict markers must be resolved",
        ) from error
    level, depth = [node], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise _too_deep(path)
        level = [
            child
            for value in level
            if isinstance(value, (dict, list))
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, (dict, list))
        ]
    return node


def _too_deep(path: Path) -> NotebookError:
    return NotebookError(f"{path} nests deeper than {MAX_DEPTH}", remedy="clear its outputs")


def _stored_cells(node: Mapping[str, Any], major: int, path: Path) -> list[Any]:
    """The cells as stored; the worksheets of nbformat 3 one after another."""
    if major == 4:
        cells = node.get("cells")
    else:
        sheets = node.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        lists = [s.get("cells") if isinstance(s, dict) else None for s in sheets]
        cells = [c for cells in lists for c in (cells if isinstance(cells, list) else [])]
    if not isinstance(cells, list):
        raise NotebookError(f"{path} is a notebook without cells", remedy="open and save it in Jupyter")
    return cells


def plain(source: str) -> str:
    """Source as cells have it: ``\\n`` line ends, lone surrogates replaced one by one.

    A lone surrogate cannot be stored, shown or executed; the file keeps its own.
    """
    return _SURROGATE.sub("\ufffd", source.replace("\r\n", "\n").replace("\r", "\n"))


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = "".join(v for v in value if isinstance(v, str))
    return plain(value) if isinstance(value, str) else ""


def _cell(index: int, cell: Any, major: int, minor: int, seen: set[str], path: Path) -> Cell:
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        raise NotebookError(f"cell {index + 1} of {path} is no cell", remedy="open and save it in Jupyter")
    kind = _KINDS.get(cell["cell_type"], "markdown")
    meta = cell.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    tags = meta.get("tags")
    id_ = cell.get("id") if (major, minor) >= (4, 5) else None
    if not isinstance(id_, str) or id_ in seen:
        # The format wants them unique; a repeated one addresses the first cell only.
        id_ = None
    else:
        seen.add(id_)
    outputs = cell.get("outputs") if kind == "code" else None
    count = cell.get("execution_count", cell.get("prompt_number"))
    return Cell(
        index=index,
        kind=kind,
        source=_text(cell.get("input" if major == 3 and kind == "code" else "source")),
        id=id_,
        tags=tuple(t for t in tags if isinstance(t, str)) if isinstance(tags, list) else (),
        outputs=tuple(o for o in outputs if isinstance(o, dict)) if isinstance(outputs, list) else (),
        execution_count=count if isinstance(count, int) and kind == "code" else None,
        metadata=meta,
    )


def write_atomic(path: Path, data: bytes, *, expect: bytes | None) -> None:
    """Put ``data`` in the place of the file: wholly or not at all, its mode kept.

    Stale when the file no longer holds ``expect`` (None: whatever is there, or nothing).
    NotebookError when it cannot be written; the old file is then as it was.
    """
    target = Path(os.path.realpath(path))
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.stem[:40]}.", suffix=".tmp", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
        else:
            # mkstemp makes private files; a new notebook gets the mode any new file gets.
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(temporary, 0o666 & ~mask)
        if expect is not None and (not target.exists() or target.read_bytes() != expect):
            raise Stale(
                f"{path} has changed since it was read", remedy="look at it as it is now and decide again"
            )
        fault_point("notebook.before_replace")
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise NotebookError(
            f"{path} cannot be written: {error.strerror}; it is as it was",
            remedy="free space or fix permissions, then apply again",
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
    _settle(target.parent)


def _settle(folder: Path) -> None:
    """Have the renaming survive a power cut too, where the file system can do that."""
    # The new file is in place and complete: a folder that cannot be synced changes nothing in that.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
