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

    from jupyter_coimprove.activities.cases.naming import Named

WRITES = "coimprove-items.npz"


def source(wanted: Sequence[Named], loss: str = "") -> str:
    """The cell's code: it binds no name of the notebook's."""
    given = [one.as_dict() for one in wanted]
    call = f"write(__import__('__main__').__dict__, {given!r}, {loss!r}, {WRITES!r})"
    text = f"{_inside()}\n{call}\n"
    return f"exec(compile({text!r}, '<coimprove items>', 'exec'), {{'__name__': '<coimprove items>'}})"


@functools.cache
def _inside() -> str:
    tree = ast.parse(resources.files(__package__).joinpath("inside.py").read_text(encoding="utf-8"))
    kept = [n for n in tree.body if not (isinstance(n, ast.ImportFrom) and n.module == "__future__")]
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
class Items:
    """All test items: ``truth`` and ``predicted`` are codes into ``labels`` (numbers where there are none), ``loss``
    each one's. ``drawn`` are the items that ``columns`` have; ``score`` has the probability of each of ``classes``."""

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

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Items:
        """From the arrays of the file that the instrument wrote."""
        meta: dict[str, Any] = json.loads(bytes(arrays["meta"].tobytes()).decode("utf-8"))
        columns = tuple(
            Column(name=str(one["name"]), values=arrays[f"c{i}"], levels=tuple(map(str, one["levels"])))
            for i, one in enumerate(meta["columns"])
        )
        return cls(
            named=meta["named"], loss_of=str(meta["loss"]), labels=tuple(meta["labels"]), truth=arrays["truth"],
            predicted=arrays["predicted"], loss=arrays["loss"], drawn=arrays["drawn"], columns=columns,
            cases=tuple(Case(**one) for one in meta["cases"]), classes=tuple(meta["classes"]), score=arrays.get("score"),
        )  # fmt: skip
