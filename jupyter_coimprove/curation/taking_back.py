"""The edits that take others back, for a notebook whose bytes are not at hand: it is open in a window."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_coimprove.curation.application import KEY, Restoring
from jupyter_coimprove.digests import digest_source
from jupyter_coimprove.errors import Stale
from jupyter_coimprove.notebook.cells import Address, Cell, Notebook
from jupyter_coimprove.proposals.proposal import Edit

#: Outputs of a deleted cell that are kept with the decision, in characters of JSON.
LARGEST = 1 << 20


def marked(notebook: Notebook, decision: str) -> list[Cell]:
    """The cells that say of themselves that they stand there by this decision."""
    return [
        cell
        for cell in notebook.cells
        if isinstance(mark := cell.metadata.get(KEY), dict) and mark.get("decision") == decision
    ]


def standing(notebook: Notebook, edits: Sequence[Mapping[str, Any]], decision: str) -> bool:
    """Whether what these edits do stands: cells say so of themselves, and what was only deleted is gone."""
    if marked(notebook, decision):
        return True
    return all(
        edit["kind"] == "delete" and notebook.find(Address.from_dict(edit["address"])) is None
        for edit in edits
    )


def is_back(notebook: Notebook, edits: Sequence[Mapping[str, Any]], decision: str) -> bool:
    """Whether what these edits (of ``taking_back``) take back is taken back already."""
    if marked(notebook, decision):
        return False
    if any(edit["kind"] != "insert" for edit in edits):
        return True
    return all(
        any(
            cell.id == edit["cell_id"] if edit.get("cell_id") else cell.source == edit["source"]
            for cell in notebook.cells
        )
        for edit in edits
    )


def before(edit: Edit, edits: Sequence[Edit], notebook: Notebook) -> dict[str, Any]:
    """What must be known of a cell to take an edit back where its bytes are not at hand.

    ``mark`` of a replaced one, if it had been accepted before; the ``node`` of a deleted one, and as its
    ``anchor`` the address of the cell after which it stood, as that will be (null: it was the first).
    """
    cell = notebook.find(edit.address) if edit.address is not None else None
    if cell is None or edit.kind == "insert":
        return {}
    if edit.kind == "replace":
        mark = cell.metadata.get(KEY)
        return {"mark": mark} if isinstance(mark, dict) else {}
    return {"node": _node(notebook, cell), "anchor": _anchor(cell, edits, notebook)}


def _node(notebook: Notebook, cell: Cell) -> dict[str, Any]:
    """The cell as stored, without its source; of outputs so much as a line of the record should hold."""
    if notebook.nbformat < 4:
        return {}
    node = {key: value for key, value in notebook.node["cells"][cell.index].items() if key != "source"}
    if "outputs" in node and len(json.dumps(node["outputs"])) > LARGEST:
        node["outputs"] = []
    return node


def _anchor(cell: Cell, edits: Sequence[Edit], notebook: Notebook) -> dict[str, Any] | None:
    found = [(edit, notebook.find(edit.address)) for edit in edits if edit.address is not None]
    gone = {at.index for edit, at in found if at is not None and edit.kind == "delete"}
    new = {at.index: edit.source for edit, at in found if at is not None and edit.kind == "replace"}
    for index in range(cell.index - 1, -1, -1):
        if index not in gone:
            address = notebook.address(index)
            digest = digest_source(new[index]) if index in new else address.digest
            return {**address.as_dict(), "digest": digest}
    return None


def taking_back(edit: Mapping[str, Any]) -> dict[str, Any]:
    """What undoes an edit as it was queued (``Edit.as_dict`` with ``was``, ``cell_id`` and ``before``).

    An insert is deleted, a replaced source put back, a deleted cell inserted after the one before
    it. ``base`` is the digest of what was applied: a cell that a person changed since is not touched.
    """
    source, was = str(edit.get("source", "")), str(edit.get("was", ""))
    address: Any = edit.get("address")
    kind = edit["kind"]
    if kind == "insert":
        ordinal = address["ordinal"] + 1 if address else 0
        here = Address(
            id=edit.get("cell_id") or None, ordinal=ordinal, digest=digest_source(source),
            before=address["digest"] if address else "", after=address["after"] if address else "",
        )  # fmt: skip
        back = Edit(kind="delete", address=here, cell_kind=edit["cell_kind"], base=here.digest)
        return {**back.as_dict(), "was": source}
    if kind == "replace":
        there = Address.from_dict({**address, "digest": digest_source(source)})
        back = Edit(kind="replace", address=there, cell_kind=edit["cell_kind"], source=was, base=there.digest)
        cell = {"metadata": {KEY: edit["mark"]}} if edit.get("mark") else {}
        return {**back.as_dict(), "was": source, "cell": cell}
    node = dict(edit.get("node") or {})
    anchor = edit.get("anchor")
    place = Address.from_dict(anchor) if anchor else None
    return {
        **Edit(kind="insert", address=place, cell_kind=edit["cell_kind"], source=was).as_dict(),
        "was": "", "cell_id": str(node.pop("id", None) or ""), "cell": node,
    }  # fmt: skip


def addressed(edits: list[Mapping[str, Any]], notebook: Notebook, decision: str) -> tuple[Edit, ...]:
    """Such edits for a file that was saved since: cells are found by their mark, not by where they were.

    Raises Stale when a person has changed what is to be taken back (F44). What is gone already
    needs no edit.
    """
    cells = marked(notebook, decision)
    out: list[Edit] = []
    for entry in edits:
        edit = Edit.from_dict(entry)
        if edit.kind == "insert":
            node = {**entry.get("cell", {}), **({"id": entry["cell_id"]} if entry.get("cell_id") else {})}
            out.append(
                Restoring(
                    kind="insert", address=edit.address, cell_kind=edit.cell_kind, source=edit.source, stored={"node": node}
                )
            )  # fmt: skip
            continue
        cell = next((cell for cell in cells if cell.digest == edit.base), None)
        if cell is None:
            continue
        cells.remove(cell)
        address = notebook.address(cell.index)
        if edit.kind == "delete":
            out.append(Edit(kind="delete", address=address, cell_kind=edit.cell_kind, base=cell.digest))
            continue
        bare = {name: value for name, value in cell.metadata.items() if name != KEY}
        bare |= entry.get("cell", {}).get("metadata", {})
        out.append(
            Restoring(
                kind="replace",
                address=address,
                cell_kind=edit.cell_kind,
                source=edit.source,
                base=cell.digest,
                stored={"metadata": json.dumps(bare, ensure_ascii=False)},
            )
        )
    if cells:
        raise Stale(
            f"cell {cells[0].index + 1} was changed since it was accepted",
            remedy="take your words out of it yourself, or leave it: it is not overwritten",
        )
    return tuple(out)
