"""The output notebook on disk: always a whole one, written in pieces, only when something changed.

papermill opens the file and writes; killed meanwhile it leaves half a notebook, and a full disk
destroys the last good one (RELIABILITY fact 2).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from jupyter_coimprove.faults import fault_point

_PIECE = 256 * 1024
_SPLIT = ("application/javascript", "image/svg+xml")


class _Lines:
    """Text that is stored as a list of lines."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Lazy:
    """A list whose items are shaped when their turn comes, so that no copy of all is held."""

    def __init__(self, items: list[Any], shape: Callable[[Any], Any]) -> None:
        self.items, self.shape = items, shape


def notebook_chunks(nb: Mapping[str, Any]) -> Iterator[str]:
    """The text that ``nbformat.writes`` gives, in pieces: memory stays flat for large outputs."""
    cells = _Lazy(nb["cells"], _cell)
    metadata = {
        k: v for k, v in nb["metadata"].items() if not k.startswith("orig_nbformat") and k != "signature"
    }
    yield from _emit({**nb, "metadata": metadata, "cells": cells}, 0)


def _lines(value: Any) -> Any:
    return _Lines(value) if isinstance(value, str) else value


def _bundle(data: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _lines(v) if k.startswith("text/") or k in _SPLIT else v for k, v in data.items()}


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(cell)
    if "source" in out:
        out["source"] = _lines(out["source"])
    if "attachments" in out:
        out["attachments"] = {name: _bundle(data) for name, data in out["attachments"].items()}
    out["metadata"] = {k: v for k, v in cell["metadata"].items() if k != "trusted"}
    if cell["cell_type"] == "code":
        out["outputs"] = _Lazy(cell["outputs"], _output)
    return out


def _output(output: Mapping[str, Any]) -> dict[str, Any]:
    kind = output["output_type"]
    if kind in ("execute_result", "display_data") and "data" in output:
        return {**output, "data": _bundle(output["data"])}
    if kind == "stream":
        return {**output, "text": _lines(output["text"])}
    return dict(output)


def _emit(value: Any, level: int) -> Iterator[str]:
    if isinstance(value, _Lines):
        yield from _emit_lines(value.text, level)
    elif isinstance(value, Mapping):
        yield from _emit_items(
            ((f"{json.dumps(str(k), ensure_ascii=False)}: ", value[k]) for k in sorted(value)), level, "{}"
        )
    elif isinstance(value, _Lazy):
        yield from _emit_items((("", value.shape(item)) for item in value.items), level, "[]")
    elif isinstance(value, (list, tuple)):
        yield from _emit_items((("", item) for item in value), level, "[]")
    else:
        yield json.dumps(value, ensure_ascii=False)


def _emit_items(items: Iterable[tuple[str, Any]], level: int, marks: str) -> Iterator[str]:
    margin = "\n" + " " * (level + 1)
    empty = True
    for prefix, item in items:
        yield (marks[0] if empty else ",") + margin + prefix
        empty = False
        yield from _emit(item, level + 1)
    yield marks if empty else "\n" + " " * level + marks[1]


def _emit_lines(text: str, level: int) -> Iterator[str]:
    margin = "\n" + " " * (level + 1)
    opened = False
    rest = ""
    for start in range(0, len(text), _PIECE):
        lines = (rest + text[start : start + _PIECE]).splitlines(keepends=True)
        # The last line may go on, and a "\r" may belong to a "\n" that comes.
        rest = lines.pop() if start + _PIECE < len(text) else ""
        if lines:
            yield ("," if opened else "[") + margin + ("," + margin).join(map(encode_basestring, lines))
            opened = True
    if rest:
        yield ("," if opened else "[") + margin + encode_basestring(rest)
        opened = True
    yield "\n" + " " * level + "]" if opened else "[]"


def write_atomic(path: Path, chunks: Iterable[str]) -> None:
    """Replace ``path`` by these chunks, or leave it as it was: there is never half a file.

    Raises OSError; the unfinished temporary file is removed.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with open(temporary, "wb") as handle:
            for chunk in chunks:
                handle.write(chunk.encode("utf-8", "replace"))
            handle.flush()
            fault_point("artifact.written")
            os.fsync(handle.fileno())
        fault_point("artifact.synced")
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    fault_point("artifact.replaced")
