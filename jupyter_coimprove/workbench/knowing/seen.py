"""A notebook as it was last read, with what follows from it; kept while the file stays as it is."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import NotebookError

if TYPE_CHECKING:
    from jupyter_coimprove.notebook.cells import Cell, Notebook
    from jupyter_coimprove.notebook.dataflow import Flow

#: The tag of cells that no provider ever sees.
EXCLUDE = "coimprove-exclude"
#: So many notebooks are kept, without their files' bytes.
KEPT = 8
#: Of a cell's outputs so much text is kept, in bytes.
OUTPUT = 64 * 1024
#: Longer notebooks are not followed name by name: what they hold is read cell by cell.
MOST_CELLS = 2_000


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The notebook without its bytes and outputs; ``flow`` is None where it is no Python or too long.

    ``outputs`` are what cells showed, as text, by index; ``failed`` those that ended with an error.
    ``shown`` are the cells that may be told: neither excluded nor a question to us. ``withheld`` are
    names that excluded cells define, ``secrets`` the literals that code assigns to names of secrets.
    """

    notebook: Notebook
    flow: Flow | None
    stale: tuple[int, ...]
    shown: tuple[Cell, ...]
    withheld: frozenset[str]
    secrets: tuple[str, ...]
    outputs: Mapping[int, str]
    failed: frozenset[int]
    #: Cells that may be told and showed a PNG or JPEG, with a digest of what they showed.
    pictures: Mapping[int, str]
    #: Whether nothing of the notebook is excluded.
    whole: bool
    #: What was made of it already: redacted blocks, by what they were redacted with.
    made: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)


_kept: OrderedDict[tuple[str, int, int, bool], Seen] = OrderedDict()
_lock = Lock()


def look(path: Path, *, outputs: bool = True) -> Seen:
    """The notebook at this path as it is now, or without what its cells showed. NotebookError when it cannot be read."""
    from jupyter_coimprove.notebook.io import read

    try:
        stat = path.stat()
    except OSError as error:
        raise NotebookError(f"{path} cannot be read: {error.strerror}", remedy="check the path") from error
    key = (str(path), stat.st_mtime_ns, stat.st_size, outputs)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = of(read(path)) if outputs else replace(look(path), outputs={}, pictures={}, made={})
    with _lock:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def of(notebook: Notebook) -> Seen:
    """What follows from a notebook that was read."""
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.dataflow import analyse, stale
    from jupyter_coimprove.notebook.ours import asks_us
    from jupyter_coimprove.redaction import assigned

    flow = None
    if notebook.language == "python" and len(notebook.code_cells) <= MOST_CELLS:
        try:
            flow = analyse(notebook, python_source)
        except NotebookError:
            flow = None  # more code than is followed; its cells are still read one by one
    excluded = {cell.index for cell in notebook.cells if EXCLUDE in cell.tags}
    secrets: set[str] = set()
    for cell in notebook.cells:
        secrets |= assigned(cell.source)
    bare = tuple(replace(cell, outputs=(), metadata={}) for cell in notebook.cells)
    return Seen(
        notebook=replace(notebook, raw=b"", node={}, cells=bare), flow=flow,
        stale=stale(notebook, flow) if flow else (),
        shown=tuple(c for c in bare if c.index not in excluded and not asks_us(c)),
        withheld=_defined_by(notebook, flow, excluded), secrets=tuple(sorted(secrets)),
        outputs={c.index: _text(c, quoted=not excluded) for c in notebook.cells if c.outputs and c.index not in excluded},
        pictures={c.index: digest for c in notebook.cells if c.outputs and c.index not in excluded and not asks_us(c) and (digest := _pictures(c))},
        failed=frozenset(c.index for c in notebook.cells if any(map(_is_error, c.outputs))), whole=not excluded,
    )  # fmt: skip


def _is_error(output: Mapping[str, Any]) -> bool:
    return output.get("output_type") in ("error", "pyerr")


def _text(cell: Cell, *, quoted: bool) -> str:
    """What the cell showed. A traceback quotes the code that it went through, which may be excluded."""
    from jupyter_coimprove.notebook.outputs import outputs_text

    if not quoted:
        said = (
            {**o, "traceback": [f"{o.get('ename')}: {o.get('evalue')}"]} if _is_error(o) else o
            for o in cell.outputs
        )
        cell = replace(cell, outputs=tuple(said))
    return outputs_text(cell, OUTPUT)


def _pictures(cell: Cell) -> str:
    """A digest of the pictures that a cell showed; empty for none."""
    from jupyter_coimprove.notebook.pictures import payloads

    whole = sha256()
    for _, text in payloads(cell):
        whole.update(text.encode("utf-8", "replace"))
    return whole.hexdigest() if whole.digest() != sha256().digest() else ""


def _defined_by(notebook: Notebook, flow: Flow | None, excluded: set[int]) -> frozenset[str]:
    """Names that excluded cells define. Where the code is not followed, every word that stands in them."""
    names: set[str] = set()
    for index in excluded:
        if flow is not None and flow.sources[index] is not None:
            names |= flow.defs[index]
        else:
            names |= set(re.findall(r"[^\W\d]\w*", notebook.cells[index].source))
    return frozenset(names)
