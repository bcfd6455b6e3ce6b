"""Values that runs do not agree on: away while cells run that they share, put back as one run has them.

Loaded by path in the kernel's Python, like all beside it.
"""

from __future__ import annotations

import linecache
from collections.abc import Iterable, Mapping
from typing import Any

#: How many inputs back IPython keeps under a name of its own; the last one gets its name when the next cell begins.
_BACK = {1: "_i00", 2: "_i", 3: "_ii", 4: "_iii"}


class Values:
    """The values of one kernel's namespace, by address (``lr``, ``cfg['lr']``, ``CFG.lr``)."""

    def __init__(self, shell: Any, tripwire: Any) -> None:
        self._shell, self._tripwire = shell, tripwire
        self._away = tripwire.Namespace(shell.user_ns)
        self._withheld: set[str] = set()

    def take(self, addresses: Iterable[str], sets: Mapping[str, str]) -> str:
        """Withhold these; why that cannot be, if it cannot. ``sets``: address -> the literal that was set there."""
        for address in addresses:
            try:
                if address in sets and not self._as_set(address, sets[address]):
                    return f"it changes what it sets {address} to"
                self._away.withhold(address)
            except (KeyError, AttributeError, TypeError, ValueError):
                return f"it does not leave {address} as it sets it"
            self._withheld.add(address)
        return ""

    def _as_set(self, address: str, text: str) -> bool:
        value, literal = eval(address, dict(self._shell.user_ns)), _literal(text)  # noqa: S307 - an address
        return type(value) is type(literal) and value == literal

    def give(self, binds: Iterable[tuple[str, str | None]]) -> None:
        """Put values back: literals, or what was there."""
        for address, text in binds:
            if address in self._withheld:
                self._withheld.remove(address)
                self._away.restore(address, *([] if text is None else [_literal(text)]))

    def broken(self) -> str:
        """What the last cell did with a withheld value, if it did."""
        found = self._away.broken()
        if not found:
            return ""
        name = found[0].isidentifier()
        return f"it {'binds' if name else 'uses'} {min(found)}, which differs between runs"

    def told(self, inputs: Iterable[tuple[int, str]]) -> None:
        """Let the history, and what shows code, have each cell (by its count) as this run has it."""
        history, names = self._shell.history_manager, self._shell.user_ns
        raw, parsed = history.input_hist_raw, history.input_hist_parsed
        for number, source in inputs:
            if not 0 < number < len(raw):
                continue
            code = self._shell.transform_cell(source)
            self._show(number, code)
            source = source.rstrip("\n")
            raw[number], parsed[number] = source, code.rstrip("\n")
            if f"_i{number}" in names:
                names[f"_i{number}"] = source
            kept = _BACK.get(len(raw) - number, "")
            if kept:
                setattr(history, kept, source)
                if kept in names:
                    names[kept] = source

    def _show(self, number: int, code: str) -> None:
        """The lines that tracebacks and ``inspect`` show of a cell."""
        lines = [line + "\n" for line in code.splitlines()]
        files = getattr(self._shell.compile, "_filename_map", {})
        for name in [name for name, count in files.items() if count == number]:
            for cache in (linecache.cache, getattr(linecache, "_ipython_cache", {})):
                if name in cache:
                    cache[name] = (len(code), None, lines, name)


def _literal(text: str) -> Any:
    """The value of a literal, arithmetic of numbers included."""
    return eval(text, {"__builtins__": {}})  # noqa: S307 - a literal, as the planning read it
