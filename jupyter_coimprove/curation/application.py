"""An accepted edit carried out on the file's bytes, with what takes it back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.errors import DecisionError, NotebookError, Stale
from jupyter_coimprove.notebook.cells import Address, Cell, Notebook
from jupyter_coimprove.notebook.diff import visible
from jupyter_coimprove.notebook.io import parse, plain
from jupyter_coimprove.notebook.jsontext import Member, Style, find, members, skip, style_of
from jupyter_coimprove.notebook.splice import Splice, apply_splices, same, separator, text_of
from jupyter_coimprove.proposals.proposal import Edit

KEY = "coimprove"


@dataclass(frozen=True, kw_only=True)
class Restoring(Edit):
    """An edit that takes another back: ``stored`` is JSON text of the file as it stood before."""

    stored: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "stored": dict(self.stored)}


def edit_from_dict(data: Mapping[str, Any]) -> Edit:
    """An edit, or one that takes another back, from its ``as_dict``. Use it on stored inverses."""
    edit = Edit.from_dict(data)
    if "stored" not in data:
        return edit
    return Restoring(
        kind=edit.kind, address=edit.address, cell_kind=edit.cell_kind, source=edit.source,
        base=edit.base, stored=data["stored"],
    )  # fmt: skip


@dataclass
class _Slot:
    """One cell of the file that is to be: its text, what it was, and the gap before it."""

    text: str
    gap: str | None
    sheet: int
    old: Cell | None = None
    edit: Edit | None = None
    gone: bool = False


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """An array of cells in the text: from ``[`` to after ``]``, and the depth of its items."""

    start: int
    end: int
    level: int
    items: tuple[Member, ...]


def apply_edits(
    notebook: Notebook,
    edits: Sequence[Edit],
    *,
    metadata: Mapping[str, Any] | None,
    new_id: Callable[[], str],
) -> tuple[bytes, tuple[Edit, ...]]:
    """The file with these edits in it, and the edits that restore it from there.

    All edits address the notebook as given; several inserts after one cell keep their order.
    ``metadata`` goes under ``coimprove`` in the metadata of inserted and replaced cells.
    Bytes outside the touched cells stay as they are. Outputs stay with a replaced cell.
    Raises Stale when a cell is gone or no longer holds what the edit is based on, and
    DecisionError when two edits touch the same cell.
    """
    targets = [_target(notebook, edit) for edit in edits]
    touched = [t.index for e, t in zip(edits, targets, strict=True) if t is not None and e.kind != "insert"]
    if len(set(touched)) < len(touched):
        raise DecisionError("two edits touch the same cell", remedy="merge them into one edit")
    text, mark = text_of(notebook.raw)
    style, sheets = style_of(text), _sheets(notebook, text)
    slots = _slots(notebook, text, sheets)
    ids = {cell.id for cell in notebook.cells}
    after: dict[int, list[_Slot]] = {}
    for edit, target in zip(edits, targets, strict=True):
        if edit.kind == "insert":
            fresh = _inserted(notebook, edit, slots, sheets, style, metadata, new_id, ids, target)
            after.setdefault(-1 if target is None else target.index, []).append(fresh)
            continue
        assert target is not None
        slot = slots[target.index]
        slot.edit = edit
        if edit.kind == "delete":
            slot.gone = True
        else:
            slot.text = _replaced(
                notebook, edit, target, slot.text, style, sheets[slot.sheet].level, metadata
            )
    plan = list(after.get(-1, []))
    for index, slot in enumerate(slots):
        plan += [slot, *after.get(index, [])]
    new_text, hollow = _write(text, sheets, plan, style)
    data = mark + new_text.encode("utf-8")
    new = parse(data, notebook.path)
    _check(new, [s for s in plan if not s.gone])
    return data, tuple(_inverse(notebook, text, sheets, new, plan, hollow))


def _target(notebook: Notebook, edit: Edit) -> Cell | None:
    if edit.address is None:
        if edit.kind != "insert":
            raise DecisionError(f"a {edit.kind} edit names no cell", remedy="propose it again")
        return None
    where = f"cell {edit.address.ordinal + 1}"
    cell = notebook.find(edit.address)
    if cell is None:
        raise Stale(
            f"{where} is gone or has changed", remedy="look at the notebook as it is now and decide again"
        )
    if edit.kind != "insert" and cell.digest != edit.base:
        first = visible(cell.source.split("\n", 1)[0])[:60]
        raise Stale(
            f"{where} has changed since this was proposed (it now starts {first!r})",
            remedy="compare the proposal with the cell as it is now and decide again",
        )
    return cell


def _sheets(notebook: Notebook, text: str) -> list[_Sheet]:
    """The arrays of cells: one in nbformat 4, one a worksheet in nbformat 3."""
    root = skip(text, 0)
    if notebook.nbformat >= 4:
        holders, level = [root], 2
    else:
        worksheets = find(text, root, "worksheets")
        holders = [m.start for m in members(text, worksheets.start)] if worksheets else []
        level = 4
    out = []
    for holder in holders:
        array = find(text, holder, "cells")
        if array is not None and text[array.start] == "[":
            items = tuple(members(text, array.start))
            out.append(_Sheet(start=array.start, end=array.end, level=level, items=items))
    if not out:
        raise NotebookError(
            f"{notebook.path} has no list of cells to edit", remedy="open and save it in Jupyter first"
        )
    return out


def _slots(notebook: Notebook, text: str, sheets: Sequence[_Sheet]) -> list[_Slot]:
    cells = iter(notebook.cells)
    return [
        _Slot(
            text=text[item.start : item.end],
            gap=text[sheet.items[i - 1].end : item.start] if i else None,
            sheet=number,
            old=next(cells),
        )
        for number, sheet in enumerate(sheets)
        for i, item in enumerate(sheet.items)
    ]


def _inserted(
    notebook: Notebook, edit: Edit, slots: Sequence[_Slot], sheets: Sequence[_Sheet], style: Style,
    metadata: Mapping[str, Any] | None, new_id: Callable[[], str],
    ids: set[str | None], target: Cell | None,
) -> _Slot:  # fmt: skip
    sheet = 0 if target is None else slots[target.index].sheet
    if isinstance(edit, Restoring) and "cell" in edit.stored:
        return _Slot(text=edit.stored["cell"], gap=edit.stored.get("gap"), sheet=sheet, edit=edit)
    node = dict(edit.stored.get("node") or {}) if isinstance(edit, Restoring) else {}
    cell: dict[str, Any] = {"cell_type": edit.cell_kind, **node}
    if (notebook.nbformat, notebook.minor) >= (4, 5):
        fresh = str(node.get("id") or new_id())
        while fresh in ids:
            fresh = new_id()
        ids.add(fresh)
        cell["id"] = fresh
    code = edit.cell_kind == "code"
    # A cell that comes back has all that it had.
    if not node:
        cell["metadata"] = {KEY: dict(metadata)} if metadata else {}
    if not node and code and notebook.nbformat == 3:
        cell |= {"collapsed": False, "language": notebook.language, "outputs": []}
    elif not node and code:
        cell |= {"execution_count": None, "outputs": []}
    name = "input" if code and notebook.nbformat == 3 else "source"
    model = _model(slots, edit.cell_kind)
    shape = json.loads(model.text).get(name) if model else []
    cell[name] = _source(edit.source, shape, crlf=False)
    order = [m.key or "" for m in members(model.text, 0)] if model else sorted(cell)
    return _Slot(text=style.dump(cell, sheets[sheet].level, order), gap=None, sheet=sheet, edit=edit)


def _model(slots: Sequence[_Slot], kind: str) -> _Slot | None:
    """A cell of the same kind, else any, whose key order and source form a new one follows."""
    alike = (s for s in slots if s.old is not None and s.old.kind == kind)
    return next(alike, slots[0] if slots else None)


def _source(source: str, shape: Any, *, crlf: bool) -> Any:
    """The source as a list of lines or one string, whichever the file uses."""
    if crlf:
        source = source.replace("\n", "\r\n")
    if isinstance(shape, str):
        return source
    # Not str.splitlines: it also splits at form feeds, which end no line in a notebook.
    parts = source.split("\n")
    return [p + "\n" for p in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _replaced(
    notebook: Notebook, edit: Edit, old: Cell, cell_text: str, style: Style, level: int,
    metadata: Mapping[str, Any] | None,
) -> str:  # fmt: skip
    cell = json.loads(cell_text)
    name = "input" if notebook.nbformat == 3 and old.kind == "code" else "source"
    splices: list[Splice] = []
    stored = edit.stored if isinstance(edit, Restoring) else {}
    shape = cell.get(name)
    crlf = "\r\n" in (shape if isinstance(shape, str) else "".join(map(str, shape or [])))
    new_source = stored.get(name) or style.dump(_source(edit.source, shape, crlf=crlf), level + 1)
    meta = cell.get("metadata", {})
    if stored:
        before = json.loads(stored["metadata"]) if stored.get("metadata") else {}
        wanted = {k: v for k, v in meta.items() if k != KEY}
        if KEY in before:
            wanted[KEY] = before[KEY]
        new_meta = stored["metadata"] if same(wanted, before) else style.dump(wanted, level + 1, list(meta))
    elif metadata:
        new_meta = style.dump({**meta, KEY: dict(metadata)}, level + 1, list(meta))
    else:
        new_meta = None
    here = list(members(cell_text, 0))
    for key, value in ((name, new_source), ("metadata", new_meta)):
        member = find(cell_text, 0, key)
        if member is not None and value is not None:
            splices.append((member.start, member.end, value))
        elif member is None and value is not None:
            added = style.string(key) + style.colon + value + style.comma + style.pad(level + 1)
            splices.append((here[0].at, here[0].at, added))
        elif member is not None and stored and here[0].at == member.at:
            # The cell had none before: it was put in front, and is taken out again.
            splices.append((member.at, here[1].at, ""))
    return apply_splices(cell_text, splices)


def _write(
    text: str, sheets: Sequence[_Sheet], plan: Sequence[_Slot], style: Style
) -> tuple[str, dict[int, str]]:
    """The new text, and for arrays that were empty what stood between their brackets."""
    splices: list[Splice] = []
    hollow: dict[int, str] = {}
    for number, sheet in enumerate(sheets):
        everything = [s for s in plan if s.sheet == number]
        slots = [s for s in everything if not s.gone]
        if all(s.edit is None for s in everything):
            continue
        if not slots:
            stored = [s.edit.stored.get("hollow", "") for s in everything if isinstance(s.edit, Restoring)]
            splices.append((sheet.start + 1, sheet.end - 1, stored[0] if stored else ""))
            continue
        usual = separator(text, sheet.items) or style.comma + style.pad(sheet.level)
        if sheet.items:
            lead = text[sheet.start + 1 : sheet.items[0].at]
            trail = text[sheet.items[-1].end : sheet.end - 1]
        else:
            hollow[number] = text[sheet.start + 1 : sheet.end - 1]
            lead, trail = style.pad(sheet.level), style.pad(sheet.level - 1)
        edit = slots[0].edit
        if isinstance(edit, Restoring) and "around" in edit.stored:
            lead, trail = edit.stored["around"]
        out = [lead]
        for i, slot in enumerate(slots):
            out += [(slot.gap or _next_gap(slots, i) or usual) if i else "", slot.text]
        splices.append((sheet.start + 1, sheet.end - 1, "".join([*out, trail])))
    return apply_splices(text, splices), hollow


def _next_gap(slots: Sequence[_Slot], i: int) -> str | None:
    """The gap that stood after a restored first cell, for the cell that has none of its own."""
    before = slots[i - 1].edit
    return before.stored.get("after") if isinstance(before, Restoring) else None


def _check(new: Notebook, slots: Sequence[_Slot]) -> None:
    wanted = [s.edit.source if s.edit else (s.old.source if s.old else "") for s in slots]
    found = [cell.source for cell in new.cells]
    if [plain(w) for w in wanted] != found:
        raise DecisionError(
            "the edits do not give the notebook they describe",
            remedy="propose them again; nothing was written",
        )


def _inverse(
    notebook: Notebook, text: str, sheets: Sequence[_Sheet], new: Notebook, plan: Sequence[_Slot],
    hollow: Mapping[int, str],
) -> list[Edit]:  # fmt: skip
    """What restores the old file, addressed in the new one."""
    out: list[Edit] = []
    position = 0
    last: Address | None = None
    items = [item for sheet in sheets for item in sheet.items]
    alive = [s for s in plan if not s.gone]
    for number, slot in enumerate(plan):
        if not slot.gone:
            last = new.address(position)
            position += 1
            if slot.edit is not None and slot.old is None:
                out.append(_undo_insert(slot, last, new.cells[position - 1], hollow))
            elif slot.edit is not None and slot.old is not None:
                out.append(_undo_replace(notebook, slot, last, new.cells[position - 1], text, items))
            continue
        assert slot.old is not None
        stored: dict[str, Any] = {"cell": slot.text}
        if slot.gap is not None:
            stored["gap"] = slot.gap
        following = [s for s in plan[number + 1 :] if s.sheet == slot.sheet and s.old is not None]
        if following:
            stored["after"] = following[0].gap
        if not any(s.sheet == slot.sheet for s in alive):
            sheet = sheets[slot.sheet]
            stored["around"] = [
                text[sheet.start + 1 : sheet.items[0].at], text[sheet.items[-1].end : sheet.end - 1],
            ]  # fmt: skip
        out.append(
            Restoring(
                kind="insert", address=last, cell_kind=slot.old.kind, source=slot.old.source, stored=stored
            )
        )
    return out


def _undo_insert(slot: _Slot, address: Address, cell: Cell, hollow: Mapping[int, str]) -> Edit:
    if slot.sheet in hollow:
        return Restoring(
            kind="delete", address=address, cell_kind=cell.kind, base=cell.digest,
            stored={"hollow": hollow[slot.sheet]},
        )  # fmt: skip
    return Edit(kind="delete", address=address, cell_kind=cell.kind, base=cell.digest)


def _undo_replace(
    notebook: Notebook, slot: _Slot, address: Address, cell: Cell, text: str, items: Sequence[Member]
) -> Edit:
    assert slot.old is not None
    here = items[slot.old.index].start
    name = "input" if notebook.nbformat == 3 and slot.old.kind == "code" else "source"
    found = {key: find(text, here, key) for key in (name, "metadata")}
    stored = {key: text[m.start : m.end] if m else None for key, m in found.items()}
    return Restoring(
        kind="replace", address=address, cell_kind=slot.old.kind, source=slot.old.source,
        base=cell.digest, stored=stored,
    )  # fmt: skip
