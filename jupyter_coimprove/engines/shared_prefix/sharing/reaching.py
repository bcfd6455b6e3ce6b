"""What each cell's result may depend on of what varies, and where that can no longer be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

_OPAQUE = re.compile(
    r"\b(globals|locals|vars|dir|eval|exec|compile|inspect|dill|get_ipython|In|Out|builtins|gc|ctypes|except|"
    r"suppress|getattr|_getframe|__\w+__|_+|_i\w*|_oh|_dh)\b|import\s*\*|modules"
)


@dataclass(frozen=True, kw_only=True)
class CellReach:
    """What one cell's result may depend on.

    ``reads`` are addresses that vary (``lr``, ``cfg['lr']``, ``CFG.lr``) and that it may read, itself or through
    what it calls. ``stop``: why nothing can be told from this cell on, in words for people; empty: it can.
    """

    reads: frozenset[str] = frozenset()
    stop: str = ""


def reach(
    sources: Sequence[str],
    varied: Collection[str] | Mapping[str, int],
    *,
    transform: Callable[[str], str],
) -> tuple[CellReach, ...]:
    """For each code cell, in the order run, what it reads of ``varied``.

    ``varied`` are addresses, or address -> index of the first cell that sees it vary (all, where not given).
    ``transform`` makes a cell plain Python or raises SyntaxError. From a stop on, a cell reads all that varies.
    """
    starts = varied if isinstance(varied, Mapping) else dict.fromkeys(varied, 0)
    words = {address: re.compile(rf"(?<![^\W_]){re.escape(_root(address))}(?![^\W_])") for address in starts}
    out: list[CellReach] = []
    stop = ""
    for index, source in enumerate(sources):
        stop = stop or _stop(source, transform)
        read = {a for a, word in words.items() if starts[a] <= index and (stop or word.search(source))}
        out.append(CellReach(reads=frozenset(read), stop=stop))
    return tuple(out)


def _root(address: str) -> str:
    found = re.match(r"\w+", address)
    return found[0] if found else address


def _stop(source: str, transform: Callable[[str], str]) -> str:
    try:
        plain = transform(source)
    except SyntaxError as error:
        return f"it does not parse: {error.msg}"
    if plain != source:
        return "it has a magic"
    found = _OPAQUE.search(source)
    return f"it has {found[0]}, through which any name can be read" if found else ""
