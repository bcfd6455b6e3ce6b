"""Which parameters a run may be given: names that are only names, values that are only literals.

papermill writes parameters into a cell as text, so a name with code in it would run, and a
misspelled one would be ignored and the default measured instead (RELIABILITY facts 3).
"""

from __future__ import annotations

import builtins
import keyword
import math
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from jupyter_coimprove.errors import UnknownName, UsageError

MAX_DEPTH = 20
MAX_BYTES = 64 * 1024
#: Whole numbers fit in 64 bits, signed or not.
INT_RANGE = (-(2**63), 2**64 - 1)


def check_parameters(params: Mapping[str, Any], known: Iterable[str] | None) -> None:
    """Refuse what could be more than ``name = literal``.

    ``known`` are the names of the parameters cell; None leaves that check out. Raises
    UsageError for a bad name or value, UnknownName (with close ones) for an unknown name.
    """
    import json

    names = None if known is None else set(known)
    for name, value in params.items():
        _check_name(name)
        if names is not None and name not in names:
            raise UnknownName("parameter", name, names, remedy="tag the cell that sets it `parameters`")
        _check_value(name, value, 1)
    size = len(json.dumps(dict(params)).encode())
    if size > MAX_BYTES:
        raise UsageError(
            f"the parameters are {size // 1024} KB of JSON; at most {MAX_BYTES // 1024} KB fit",
            remedy="put large values into a file and pass its path",
        )


def _check_name(name: Any) -> None:
    if type(name) is not str or not name.isidentifier():
        raise UsageError(f"{name!r} is not a name a parameter can have", remedy="use letters, digits and _")
    if unicodedata.normalize("NFKC", name) != name:
        raise UsageError(
            f"{name!r} is read by Python as {unicodedata.normalize('NFKC', name)!r}",
            remedy="use the plain spelling of that name",
        )
    if keyword.iskeyword(name):
        raise UsageError(f"{name!r} is a keyword of Python", remedy="rename the parameter")
    if name.startswith("__") and name.endswith("__"):
        raise UsageError(f"{name!r} is reserved by Python", remedy="rename the parameter")
    if hasattr(builtins, name):
        raise UsageError(f"{name!r} is a built-in of Python", remedy="rename the parameter")


def _check_value(name: str, value: Any, depth: int) -> None:
    """Exact JSON types: a subclass may carry a ``__repr__`` that is code."""
    if depth > MAX_DEPTH:
        raise UsageError(f"parameter {name} is nested deeper than {MAX_DEPTH}", remedy="flatten it")
    kind = type(value)
    if value is None or kind is bool:
        return
    if kind is str:
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise UsageError(f"parameter {name} has half a character in it", remedy="check its encoding")
    elif kind is int:
        if not INT_RANGE[0] <= value <= INT_RANGE[1]:
            raise UsageError(f"parameter {name} is a number beyond 64 bits", remedy="pass it as text")
    elif kind is float:
        if not math.isfinite(value):
            raise UsageError(
                f"parameter {name} is {value}, which is no literal", remedy="use a finite number"
            )
    elif kind is list:
        for item in value:
            _check_value(name, item, depth + 1)
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise UsageError(f"parameter {name} has a key that is no text", remedy="use text as keys")
            _check_value(name, key, depth + 1)
            _check_value(name, item, depth + 1)
    else:
        raise UsageError(
            f"parameter {name} is of type {kind.__name__}, which has no JSON form",
            remedy="use numbers, text, true, false, null, lists and mappings",
        )
