"""Where what was found stands, in a cell or in a file beside the notebook, and levels in the words of that text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from jupyter_coimprove.digests import digest_source
from jupyter_coimprove.notebook.cells import Address, Notebook, Place
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.found import Found
from jupyter_coimprove.notebook.levels import NEEDED, levels, shorter, tokens
from jupyter_coimprove.notebook.literals import Spans
from jupyter_coimprove.notebook.switches import Switches, last_of
from jupyter_coimprove.notebook.texts import as_number, format_of, spelled


@dataclass(frozen=True, kw_only=True)
class Places:
    """The texts of a notebook with the offsets of their lines."""

    notebook: Notebook
    cells: Mapping[int, Spans]
    files: Mapping[str, Spans]
    cell_of: tuple[int, ...]

    @classmethod
    def read(cls, notebook: Notebook, flow: Flow) -> Places:
        cells = {
            c.index: Spans.of(notebook.address(c.index), c.source, flow.sources[c.index] or "")
            for c in notebook.code_cells
        }
        files = {file: Spans.of(address_of(text), text, text) for file, text in notebook.beside.items()}
        return cls(
            notebook=notebook, cells=cells, files=files, cell_of=tuple(s.cell for s in flow.statements)
        )

    def of(self, f: Found) -> tuple[Place, ...]:
        """All places of this, or nothing where one of them cannot be told (inside a magic, an escape)."""
        spans = self.files[f.file] if f.file else self.cells[self.cell_of[f.statement]]
        if f.span is not None and f.file and format_of(f.file):
            start, end = f.span
            return (
                Place(address=spans.address, start=start, end=end, text=spans.source[start:end], file=f.file),
            )
        out = []
        for node in (f.node, *f.also):
            place = spans.place(node)
            if place is not None and f.span is not None:
                place = _inside(place, f.span, getattr(node, "value", ""))
            if place is None:
                return ()
            out.append(replace(place, file=f.file) if f.file else place)
        return tuple(out)


def address_of(text: str) -> Address:
    """The address of a file beside the notebook: its text's digest, and no ordinal."""
    return Address(id=None, ordinal=-1, digest=digest_source(text), before="", after="")


def _inside(place: Place, span: tuple[int, int], value: object) -> Place | None:
    """A stretch of a string's value in its source, where nothing in it is escaped."""
    if not isinstance(value, str):
        return None
    at = place.text.find(value)
    if at < 0:
        return None
    start, end = place.start + at + span[0], place.start + at + span[1]
    return replace(place, start=start, end=end, text=value[span[0] : span[1]])


def offered(f: Found, source: str, known: Switches) -> tuple[str, ...]:
    """Other levels worth a try, as they would be written where the value stands."""
    format_ = format_of(f.file)
    if isinstance(f.value, str) and f.span is None and source[:1] in "'\"" and f.kind == "config":
        number = as_number(f.value)
        if number is not None:
            # An argument given to a parser: a number in quotes.
            return tuple(f"{source[0]}{text}{source[0]}" for text in levels(f.name, f.value, number))
    if isinstance(f.value, (list, tuple)):
        # What is picked by its number must be there; columns that a call is given name its data.
        picked = last_of(f.name) in known.picked or (
            f.kind == "literal" and bool(tokens(f.argument) & NEEDED)
        )
        return () if picked else shorter(f.name, source, f.value)
    found = levels(f.name, source, f.value, known.others(f.name, f.value))
    if f.span is not None:
        return tuple(spelled(level, format_ or "yaml") for level in found)
    return found
