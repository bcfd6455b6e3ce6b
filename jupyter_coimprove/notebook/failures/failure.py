"""An error as a kernel told it, and what is known of the things it was raised over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.notebook.cells import Cell, Notebook

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
#: A frame in a cell: ``Cell In[3], line 2``; older: ``<ipython-input-3-…> in <module>`` and an arrow below.
_FRAME = re.compile(
    r"(?:Cell In\s?\[(?P<count>\d+)\],? line:? ?(?P<line>\d+))|(?:Input In \[(?P<c2>\d+)\], in <cell line: (?P<l2>\d+)>)"
    r"|(?:<ipython-input-(?P<c3>\d+)-\w+>[^\n]*\n(?:(?!^-+>).*\n)*?-+> ?(?P<l3>\d+))",
    re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """``cell`` (an index) was run and ended with this error, raised in ``inner`` at ``line`` (from 1).

    ``inner`` is another cell where a function defined there was at work. ``line`` 0: not known.
    """

    ename: str
    evalue: str
    cell: int
    inner: int
    line: int = 0


@dataclass(frozen=True, kw_only=True)
class Value:
    """What is known of a variable: its class, and as far as it has them shape, columns, keys, element kind."""

    kind: str
    shape: tuple[int, ...] = ()
    dtype: str = ""
    columns: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the environment knows; all of it may be empty.

    ``values`` of the running kernel, ``attributes`` of paths in the code (``@`` is the object of the error),
    ``parameters`` of what is called there, ``modules`` that can be imported, ``live`` whether a kernel told.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    live: bool = False

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Facts:
        """Of what ``kernelspace.failing`` told; what is not of the right form is left out."""
        return cls(
            values={str(name): _value(told) for name, told in _mapping(data.get("values")).items()},
            attributes={str(k): _words(v) for k, v in _mapping(data.get("attributes")).items()},
            parameters={str(k): _words(v) for k, v in _mapping(data.get("parameters")).items()},
            modules=_words(data.get("modules")), live=data.get("live") is True,
        )  # fmt: skip


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _words(value: Any) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, (list, tuple)) else ()


def _value(told: Any) -> Value:
    data = _mapping(told)
    shape = data.get("shape")
    return Value(
        kind=str(data.get("kind", "")), dtype=str(data.get("dtype", "")), columns=_words(data.get("columns")),
        dtypes=_words(data.get("dtypes")), keys=_words(data.get("keys")),
        shape=tuple(n for n in shape if isinstance(n, int)) if isinstance(shape, (list, tuple)) else (),
    )  # fmt: skip


def failed(notebook: Notebook) -> tuple[int, ...]:
    """The cells that show an error, in order."""
    return tuple(cell.index for cell in notebook.code_cells if error_of(cell) is not None)


def error_of(cell: Cell) -> Mapping[str, Any] | None:
    """The error a cell shows, or None."""
    return next((o for o in cell.outputs if o.get("output_type") in ("error", "pyerr")), None)


def shown_in(notebook: Notebook, index: int) -> Failure | None:
    """The error that a cell of the file shows."""
    error = error_of(notebook.cells[index])
    if error is None:
        return None
    text = _ANSI.sub("", "\n".join(str(line) for line in error.get("traceback") or ()))
    counts = {c.execution_count: c.index for c in notebook.code_cells if c.execution_count is not None}
    inner, line = index, 0
    for count, number in frames(text):
        if count in counts:
            inner, line = counts[count], number
    return Failure(
        ename=str(error.get("ename", "")), evalue=_ANSI.sub("", str(error.get("evalue", ""))), cell=index,
        inner=inner, line=line,
    )  # fmt: skip


def frames(text: str) -> Sequence[tuple[int, int]]:
    """(execution count, line) of the frames of a traceback that lie in cells, outermost first."""
    out = []
    for found in _FRAME.finditer(text):
        count = found["count"] or found["c2"] or found["c3"]
        line = found["line"] or found["l2"] or found["l3"]
        out.append((int(count), int(line)))
    return out
