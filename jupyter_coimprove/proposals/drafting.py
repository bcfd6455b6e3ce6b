"""From what somebody proposes in plain JSON to edits that are pinned to the cells they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.notebook.cells import Cell, Notebook
from jupyter_coimprove.proposals.proposal import Edit

#: Edits of one proposal; characters of one cell's source, and of a reason or an expected effect.
MOST, SOURCE, WORDS = 50, 200_000, 4_000
KINDS = ("insert", "replace", "delete")
CELL_KINDS = ("code", "markdown", "raw")
_KEYS = ("kind", "cell", "cell_kind", "source")


def edits_of(notebook: Notebook, given: object) -> tuple[Edit, ...]:
    """Edits from ``{"kind", "cell", "cell_kind", "source"}`` each, on the notebook as it is now.

    ``cell`` is an id or a number from 1; an insert comes after it, or at the top where it is null.
    Raises UsageError or UnknownName, and says which edit it is about.
    """
    if not isinstance(given, Sequence) or isinstance(given, str | bytes) or not given:
        raise UsageError(
            "a proposal has a list of edits",
            remedy='as in {"edits": [{"kind": "insert", "cell": 3, "source": "x = 1"}], "why": "…"}',
        )
    if len(given) > MOST:
        raise UsageError(
            f"a proposal has {len(given)} edits", remedy=f"at most {MOST}: propose them in parts"
        )
    edits = tuple(_edit(notebook, number, entry) for number, entry in enumerate(given, start=1))
    touched: dict[int, int] = {}
    for number, edit in enumerate(edits, start=1):
        if edit.kind != "insert" and edit.address is not None:
            first = touched.setdefault(edit.address.ordinal, number)
            if first != number:
                raise UsageError(
                    f"edits {first} and {number} touch the same cell", remedy="merge them into one edit"
                )
    return edits


def clean(text: str) -> str:
    """Text as it can be kept: ``\\n`` line ends, lone surrogates replaced (RELIABILITY F24)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def words(name: str, value: object) -> str:
    """A reason or an expected effect. UsageError when it is no text, or too long."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UsageError(f"{name} is a text")
    if len(value) > WORDS:
        raise UsageError(f"{name} has {len(value)} characters", remedy=f"at most {WORDS}")
    return clean(value).strip()


def _edit(notebook: Notebook, number: int, entry: object) -> Edit:
    if not isinstance(entry, Mapping):
        raise UsageError(f"edit {number} is no JSON object", remedy=f"with the keys {', '.join(_KEYS)}")
    for key in entry:
        if key not in _KEYS:
            raise UnknownName(f"key of edit {number}", str(key), _KEYS)
    kind = entry.get("kind")
    if kind not in KINDS:
        raise UsageError(f"edit {number} is of kind {kind!r}", remedy=f"one of {', '.join(KINDS)}")
    cell = _cell(notebook, number, entry.get("cell"), kind)
    wanted = entry.get("cell_kind")
    if wanted is not None and wanted not in CELL_KINDS:
        raise UsageError(f"edit {number} makes a {wanted!r} cell", remedy=f"one of {', '.join(CELL_KINDS)}")
    if kind != "insert" and cell is not None and wanted not in (None, cell.kind):
        raise UsageError(
            f"edit {number} makes a {wanted} cell of cell {cell.index + 1}, which is {cell.kind}",
            remedy="delete it and insert another",
        )
    source = _source(number, kind, entry.get("source"))
    address = notebook.address(cell.index) if cell is not None else None
    if kind == "insert":
        return Edit(kind="insert", address=address, cell_kind=wanted or "code", source=source)
    assert cell is not None
    if kind == "replace" and source == clean(cell.source):
        raise UsageError(f"edit {number} changes nothing in cell {cell.index + 1}", remedy="leave it out")
    return Edit(kind=kind, address=address, cell_kind=cell.kind, source=source, base=cell.digest)


def _source(number: int, kind: str, source: object) -> str:
    if kind == "delete":
        if source not in (None, ""):
            raise UsageError(
                f"edit {number} deletes a cell and has a source", remedy="leave out `source`, or replace it"
            )
        return ""
    if not isinstance(source, str) or not source.strip():
        raise UsageError(
            f"edit {number} has no source",
            remedy="give `source`, a text that is not empty; an edit of kind delete takes a cell out",
        )
    if len(source) > SOURCE:
        raise UsageError(
            f"the source of edit {number} has {len(source)} characters", remedy=f"at most {SOURCE}"
        )
    return clean(source)


def _cell(notebook: Notebook, number: int, named: object, kind: str) -> Cell | None:
    """The cell that an edit names; None is the top, where only an insert can be."""
    if named is None:
        if kind == "insert":
            return None
        raise UsageError(f"edit {number} names no cell to {kind}", remedy="give `cell`, its id or its number")
    if isinstance(named, bool) or not isinstance(named, int | str):
        raise UsageError(
            f"edit {number} names cell {named!r}", remedy="a cell is named by its id or its number"
        )
    return find_cell(notebook, named)


def find_cell(notebook: Notebook, named: int | str) -> Cell:
    """A cell by its id, or its number from 1. UnknownName when there is none."""
    if isinstance(named, str):
        found = next((cell for cell in notebook.cells if cell.id == named), None)
        if found is not None:
            return found
    place = int(named) if isinstance(named, int) or named.isdecimal() else 0
    if 1 <= place <= len(notebook.cells):
        return notebook.cells[place - 1]
    count = len(notebook.cells)
    raise UnknownName(
        "cell", str(named)[:80], [cell.id for cell in notebook.cells if cell.id],
        remedy=f"{notebook.path.name} has {count} cell{'' if count == 1 else 's'}, by number from 1 or by id",
    )  # fmt: skip


def said(edit: Edit) -> str:
    """What an edit does, in a few words: ``change cell 3``."""
    place = edit.address.ordinal + 1 if edit.address else 0
    if edit.kind == "insert":
        return f"new {edit.cell_kind} cell {f'after cell {place}' if place else 'at the top'}"
    return f"{'change' if edit.kind == 'replace' else 'delete'} cell {place}"


def title(edits: Sequence[Edit]) -> str:
    """What a proposal does, on one line."""
    if len(edits) == 1:
        return said(edits[0])
    rest = len(edits) - 2
    listed = ", ".join(said(edit) for edit in edits[:2])
    return f"{len(edits)} changes: {listed}" + (f" and {rest} more" if rest else "")
