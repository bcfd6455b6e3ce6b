"""Levels as source text: what may stand for a value, of which type, and when two are the same."""

from __future__ import annotations

import ast
import builtins
import keyword
import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from jupyter_coimprove.errors import UsageError

MAX_DEPTH = 20
MAX_BYTES = 64 * 1024
KEPT, DROPPED = "kept", "dropped"
#: How a person may call the level at which something is taken away.
OFF_WORDS = frozenset({DROPPED, "off", "without", "false", "none"})

_BARE = re.compile(r"[^\W\d][\w .:/@+\-]*\Z")
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*\Z")
#: A fraction of one of these is never meant.
_COUNT = re.compile(
    r"(^|_)(n|num|k|epochs?|batch(_?size)?|steps?|iters?|max_iter|layers?|depth|width|hidden|units|"
    r"folds?|repeats?|workers|seed|window|lookback|degree|n_\w+|num_\w+|\w*_size)\Z",
    re.IGNORECASE,
)
_FRACTIONS = ("test_size", "train_size", "validation_size", "val_size")
_TYPES: dict[str, type] = {
    t.__name__: t for t in (bool, int, float, complex, str, bytes, list, tuple, dict, set, type(None))
}


class NotLiteral(ValueError):
    """The text is not a value written out: it is code, or nothing that parses."""


def literal(source: str) -> Any:
    """The value that ``source`` writes out. Raises NotLiteral for names, calls and non-Python."""
    try:
        return ast.literal_eval(source.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise NotLiteral(f"{source!r} is not a literal") from error


def canonical(source: str) -> str:
    """The same literal as text that can stand anywhere in an expression: no comment, one operand."""
    value = literal(source)
    stripped = source.strip()
    node = ast.parse(stripped, mode="eval").body
    text = ast.get_source_segment(stripped, node) or stripped
    if isinstance(node, ast.BinOp) or (isinstance(node, ast.Tuple) and not text.startswith("(")):
        text = f"({text})"
    return repr(value) if "\n" in text else text


def type_name(value: Any) -> str:
    """The type as a person names it: ``int``, ``str``, ``None``."""
    return "None" if value is None else type(value).__name__


def depth(value: Any) -> int:
    """How deep a value is nested; a number is 0."""
    if isinstance(value, dict):
        return 1 + max((max(depth(k), depth(v)) for k, v in value.items()), default=0)
    if isinstance(value, (list, tuple, set)):
        return 1 + max(map(depth, value), default=0)
    return 0


def json_exact(value: Any) -> bool:
    """Whether JSON says this value and nothing else: no tuple, set, bytes, or integer past 2**53."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return True
    if isinstance(value, int):
        return abs(value) <= 2**53
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, list):
        return all(map(json_exact, value))
    return isinstance(value, dict) and all(isinstance(k, str) and json_exact(v) for k, v in value.items())


def same(a: Any, b: Any) -> bool:
    """Whether two level values are one: ``0.1`` and ``.1``, ``1`` and ``1.0``, but not ``1`` and ``True``."""
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return bool(a == b)


def check_name(what: str, name: str) -> None:
    """Refuse what is no name: code, a keyword, text that Unicode would rewrite (RELIABILITY)."""
    if not _NAME.match(name):
        raise UsageError(
            f"{what} {name!r} is not a name", remedy="give a name as `coimprove candidates` lists it"
        )
    for part in name.split("."):
        if keyword.iskeyword(part):
            raise UsageError(
                f"{what} {name!r}: {part!r} is a keyword of Python, not a name",
                remedy="`coimprove candidates` lists the names of a notebook",
            )
        if unicodedata.normalize("NFKC", part) != part:
            raise UsageError(f"{what} {name!r} is not in Unicode's normal form (NFKC)")
        if part.startswith("__"):
            raise UsageError(f"{what} {name!r}: names with two leading underscores are Python's own")


def injectable(name: str) -> bool:
    """Whether a name may be set by an injected cell: a plain name that shadows nothing of Python's."""
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("__")
        and unicodedata.normalize("NFKC", name) == name
        and not hasattr(builtins, name)
    )


def is_count(name: str) -> bool:
    """Whether a name speaks of a whole number (``epochs``, ``batch_size``, ``n_estimators``)."""
    last = name.partition("@")[0].rpartition(".")[2]
    return last not in _FRACTIONS and bool(_COUNT.search(last))


def coerce(name: str, text: str, *, baseline: str, type_: str = "") -> tuple[str, str]:
    """A level as source text, checked against the baseline's type, and a warning or "".

    ``text`` is what a person typed; for a baseline that is a string a bare word will do.
    Raises UsageError naming both types.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise UsageError(f"a level of {name} is over {MAX_BYTES // 1024} KB")
    known, base = _baseline(baseline, type_)
    try:
        value = literal(text)
    except NotLiteral as error:
        if known is str and _BARE.match(text.strip()):
            return _quoted(text.strip()), ""
        raise _refuse_text(name, text.strip(), known, baseline) from error
    if depth(value) > MAX_DEPTH:
        raise UsageError(f"a level of {name} is nested deeper than {MAX_DEPTH}")
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"level {text!r} of {name} is not finite")
    warning = ""
    if known is not None and base is not None and not _fits(value, known):
        if known is int and isinstance(value, float) and not is_count(name):
            warning = f"{name} is an int in the notebook ({baseline}); the level {text.strip()} is a float"
        else:
            raise _refuse_type(name, text.strip(), type_name(value), known.__name__, baseline)
    return canonical(text), warning


def distinct(name: str, levels: Sequence[str], baseline_value: Any = None) -> None:
    """Refuse levels that are equal. ``levels[0]`` is the baseline, which need not be a literal."""
    seen: list[tuple[str, Any]] = []
    for number, level in enumerate(levels):
        try:
            value = literal(level)
        except NotLiteral:
            if number or baseline_value is None:
                continue
            value = baseline_value
        for other, earlier in seen:
            if same(value, earlier):
                which = "the notebook's own value" if other == levels[0] else f"the level {other}"
                raise UsageError(
                    f"level {level} of {name} is equal to {which}"
                    + (f" ({other})" if other == levels[0] else ""),
                    remedy="the baseline is always compared with: name only other levels"
                    if other == levels[0]
                    else "name each level once",
                )
        seen.append((level, value))


def short(level: str) -> str:
    """A level as an arm's name shows it: strings bare where that is clear, long ones cut."""
    try:
        value = literal(level)
    except NotLiteral:
        value = None
    if isinstance(value, str) and _BARE.match(value):
        level = value
    level = " ".join(level.split())
    return level if len(level) <= 40 else level[:39] + "…"


def _baseline(source: str, type_: str) -> tuple[type | None, Any]:
    try:
        value = literal(source)
    except NotLiteral:
        known = _TYPES.get(type_)
        return (known, known) if known is not type(None) else (None, None)
    return (None, None) if value is None else (type(value), value)


def _fits(value: Any, known: type) -> bool:
    if value is None:
        return known is not bool
    if known is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return type(value) is known


def _quoted(text: str) -> str:
    return '"' + text + '"'


def _refuse_type(name: str, text: str, got: str, wanted: str, baseline: str) -> UsageError:
    remedy = f"write '\"{text}\"' for the text {text}" if wanted == "str" else f"give a {wanted}"
    return UsageError(
        f"level {text} of {name} is of type {got}, but {name} is of type {wanted} ({baseline})", remedy=remedy
    )


def _refuse_text(name: str, text: str, known: type | None, baseline: str) -> UsageError:
    if known is not None and known is not str and _BARE.match(text):
        return _refuse_type(name, text, "str", known.__name__, baseline)
    return UsageError(
        f"level {text!r} of {name} is code or unfinished, not a value",
        remedy="a level is a literal: a number, a string in quotes, True, None, or a list of these",
    )
