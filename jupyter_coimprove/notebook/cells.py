"""What a notebook is, as it was read: cells, their addresses, and places in their code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from jupyter_coimprove.digests import digest_source
from jupyter_coimprove.errors import NotebookError

CellKind = Literal["code", "markdown", "raw"]


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a cell is: its id where the file has ids, else ordinal and neighbours' digests."""

    id: str | None
    ordinal: int
    digest: str
    before: str
    after: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id, "ordinal": self.ordinal, "digest": self.digest,
            "before": self.before, "after": self.after,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Address:
        return cls(
            id=data.get("id"), ordinal=int(data["ordinal"]), digest=data["digest"],
            before=data.get("before", ""), after=data.get("after", ""),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell. ``source`` has ``\\n`` line ends; ``outputs`` and ``metadata`` are as stored."""

    index: int
    kind: CellKind
    source: str
    id: str | None = None
    tags: tuple[str, ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()
    execution_count: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        return digest_source(self.source)


@dataclass(frozen=True, kw_only=True)
class Notebook:
    """A notebook file as it was read; ``raw`` are its bytes, ``node`` the parsed JSON, untouched.

    ``key`` is the ordered tuple of cell digests: what the notebook is, wherever it lies.
    ``beside`` are the texts of local modules it imports (transitively) and of config files it
    names, by path relative to its folder (posix; may begin with ``../``): its code too.
    ``left_out`` says why others that it imports or names are not among them.
    ``paired`` are the formats that jupytext keeps it in, as its metadata say; empty for none.
    """

    path: Path
    raw: bytes
    node: Mapping[str, Any]
    nbformat: int
    minor: int
    cells: tuple[Cell, ...]
    kernel: str | None
    language: str
    beside: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    paired: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(cell.digest for cell in self.cells)

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.kind == "code")

    def address(self, index: int) -> Address:
        """The address of cell ``index`` (0-based over all cells)."""
        cell = self.cells[index]
        return Address(
            id=cell.id,
            ordinal=index,
            digest=cell.digest,
            before=self.cells[index - 1].digest if index else "",
            after=self.cells[index + 1].digest if index + 1 < len(self.cells) else "",
        )

    def find(self, address: Address) -> Cell | None:
        """The cell at this address now, or None when it is gone or cannot be told apart.

        By id where both have one; else the same source, nearest in neighbours and ordinal.
        """
        if address.id is not None:
            return next((c for c in self.cells if c.id == address.id), None)
        same = [c for c in self.cells if c.digest == address.digest]
        if not same:
            return None

        def likeness(cell: Cell) -> tuple[int, int]:
            here = self.address(cell.index)
            neighbours = (here.before == address.before) + (here.after == address.after)
            return (neighbours, -abs(cell.index - address.ordinal))

        return max(same, key=likeness)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A stretch of source inside one code cell, or a file beside it: what a factor binds to.

    ``start`` and ``end`` are character offsets in the source, ``text`` what stands there
    (checked again before it is replaced), ``address`` the cell. ``file`` is empty for a cell;
    else a key of ``Notebook.beside``, and the address has ordinal -1 and that text's digest.
    """

    address: Address
    start: int
    end: int
    text: str
    file: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "address": self.address.as_dict(), "start": self.start,
            "end": self.end, "text": self.text, **({"file": self.file} if self.file else {}),
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Place:
        return cls(
            address=Address.from_dict(data["address"]), start=int(data["start"]),
            end=int(data["end"]), text=data["text"], file=str(data.get("file", "")),
        )  # fmt: skip

    @property
    def where(self) -> str:
        """The cell or file, as a person calls it."""
        return self.file or f"cell {self.address.ordinal + 1}"

    def check(self, notebook: Notebook) -> str:
        """The source this place is in. Raises NotebookError when the text there has changed."""
        if self.file:
            source = notebook.beside.get(self.file)
        else:
            cell = notebook.find(self.address)
            source = None if cell is None else cell.source
        if source is None or source[self.start : self.end] != self.text:
            raise NotebookError(
                f"{self.where} no longer reads {self.text!r} where the plan expects it",
                remedy="plan again on the notebook as it is now",
            )
        return source

    def key(self, notebook: Notebook) -> int | str:
        """The index of the cell, or the path of the file beside it. NotebookError as in ``check``."""
        self.check(notebook)
        cell = None if self.file else notebook.find(self.address)
        return self.file if cell is None else cell.index

    def overlaps(self, other: Place) -> bool:
        """Whether the two have code in common."""
        same = self.file == other.file and (bool(self.file) or self.address == other.address)
        return same and self.start < other.end and other.start < self.end
