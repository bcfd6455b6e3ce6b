"""The instrument that reads a notebook's test items: the code of its cell, and what it wrote."""

from __future__ import annotations

import ast
import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.activities.slices.table import Column

if TYPE_CHECKING:
    import numpy as np

    from jupyter_coimprove.activities.cases.expressions import Named
    from jupyter_coimprove.activities.cases.showing import Way

WRITES = "coimprove-items.npz"


def source(
    wanted: Sequence[Named],
    loss: str = "",
    ways: Sequence[Sequence[Way]] | None = None,
    also: Sequence[int] = (),
) -> str:
    """The cell's code: it binds no name of the notebook's. ``ways`` of showing are of each of ``wanted`` (None: nothing
    is shown); ``also`` are items that are shown beside the worst."""
    given = [one.as_dict() for one in wanted]
    shown = [[way.as_dict() for way in many] for many in ways or ()]
    more = f", {shown!r}, draw, {list(also)!r}" if ways is not None else ""
    call = f"write(__import__('__main__').__dict__, {given!r}, {loss!r}, {WRITES!r}{more})"
    text = f"{_inside()}\n{call}\n"
    return f"exec(compile({text!r}, '<coimprove items>', 'exec'), {{'__name__': '<coimprove items>'}})"


@functools.cache
def _inside() -> str:
    kept = [
        node
        for name in ("inside.py", "drawing.py")
        for node in ast.parse(resources.files(__package__).joinpath(name).read_text(encoding="utf-8")).body
        if not (isinstance(node, ast.ImportFrom) and node.module == "__future__")
    ]
    return "from __future__ import annotations\n" + ast.unparse(ast.Module(body=kept, type_ignores=[]))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One item worth looking at, as the notebook displays it; ``item`` counts from 0, ``name`` is its row's."""

    item: int
    name: str
    truth: str
    predicted: str
    loss: float
    shown: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One item as the notebook's own code shows it: by which expression, of which cell (from 1), by kind of output."""

    item: int
    way: str
    cell: int
    data: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Items:
    """All test items: ``truth`` and ``predicted`` are codes into ``labels`` (numbers where there are none), ``loss``
    each one's. ``drawn`` are the items that ``columns`` have; ``score`` has the probability of each of ``classes``.
    ``shown`` are items as the notebook shows them; ``unshown`` says why there are none."""

    named: Mapping[str, str]
    loss_of: str
    labels: tuple[str, ...]
    truth: np.ndarray
    predicted: np.ndarray
    loss: np.ndarray
    drawn: np.ndarray
    columns: tuple[Column, ...]
    cases: tuple[Case, ...]
    classes: tuple[str, ...] = ()
    score: np.ndarray | None = field(default=None)
    shown: tuple[Shown, ...] = ()
    unshown: str = ""

    @property
    def alone(self) -> str:
        """The class of all items where their labels are of one alone; else empty."""
        first = self.truth[:1]
        return (
            self.labels[int(first[0])] if self.labels and len(first) and (self.truth == first).all() else ""
        )

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Items:
        """From the arrays of the file that the instrument wrote."""
        meta: dict[str, Any] = json.loads(bytes(arrays["meta"].tobytes()).decode("utf-8"))
        drawn: dict[str, Any] = {"shown": [], "why": ""}
        if "shown" in arrays:
            drawn = json.loads(bytes(arrays["shown"].tobytes()).decode("utf-8"))
        columns = tuple(
            Column(name=str(one["name"]), values=arrays[f"c{i}"], levels=tuple(map(str, one["levels"])))
            for i, one in enumerate(meta["columns"])
        )
        return cls(
            named=meta["named"], loss_of=str(meta["loss"]), labels=tuple(meta["labels"]), truth=arrays["truth"],
            predicted=arrays["predicted"], loss=arrays["loss"], drawn=arrays["drawn"], columns=columns,
            cases=tuple(Case(**one) for one in meta["cases"]), classes=tuple(meta["classes"]), score=arrays.get("score"),
            shown=tuple(Shown(**one) for one in drawn["shown"]), unshown=str(drawn["why"]),
        )  # fmt: skip
