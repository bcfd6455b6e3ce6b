"""Tables of ``plan.toml`` that know where they stand, so that every complaint has its line."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.errors import PlanError, UnknownName

_TYPES: dict[type, str] = {str: "text in quotes", bool: "true or false", int: "a whole number", float: "a number",
                           list: "a list in brackets", dict: "a table"}  # fmt: skip
_MISSING = object()


@dataclass(frozen=True)
class Table:
    """A table of the file that knows where it stands, so that complaints can say so."""

    text: str
    path: str
    data: Mapping[str, Any]

    def only(self, known: Collection[str]) -> Table:
        for key in self.data:
            if key not in known:
                where = f" of [{self.path}]" if self.path else ""
                raise UnknownName(f"entry{where} (plan.toml, line {self.line(key)})", key, known)
        return self

    def line(self, key: str) -> int:
        """The line on which an entry stands, as near as can be told."""
        lines = self.text.splitlines()
        start = 0
        header = re.compile(rf"\s*\[\[?\s*{re.escape(self.path.partition('[')[0])}\s*\]\]?")
        if self.path:
            hits = [n for n, line in enumerate(lines) if header.match(line)]
            number = re.search(r"\[(\d+)\]\Z", self.path)
            nth = int(number.group(1)) - 1 if number else 0
            start = hits[nth] if nth < len(hits) else 0
        entry = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]|\s*\[\[?\s*{re.escape(key)}\s*\]\]?")
        return 1 + next((n for n in range(start, len(lines)) if entry.match(lines[n])), start)

    def refuse(self, key: str, why: str, remedy: str = "") -> PlanError:
        name = f"{self.path}.{key}" if self.path else key
        return PlanError(f"plan.toml, line {self.line(key)}: {name} {why}", remedy=remedy)

    def get(self, key: str, kind: type, default: Any = _MISSING) -> Any:
        """An entry of this type; PlanError otherwise, or when it is missing without a default."""
        value = self.data.get(key, default)
        if value is _MISSING:
            raise self.refuse(key, "is missing", f"write {key} = … with {_TYPES[kind]}")
        if value is default:
            return value
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise self.refuse(key, f"is {value!r}, not {_TYPES[kind]}")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.refuse(key, f"is {value}, not a finite number")
        return value

    def choice(self, key: str, known: tuple[str, ...], default: Any = _MISSING) -> Any:
        value = self.get(key, str, default)
        if value not in known:
            raise self.refuse(key, f"is {value!r}", f"write one of {', '.join(known)}")
        return value

    def texts(self, key: str, default: Any = _MISSING) -> tuple[str, ...]:
        value = self.get(key, list, default)
        if not all(isinstance(entry, str) for entry in value):
            raise self.refuse(key, f"is {value!r}, not a list of texts in quotes")
        return tuple(value)

    def table(self, key: str, default: Any = _MISSING) -> Table:
        path = f"{self.path}.{key}" if self.path else key
        return Table(self.text, path, self.get(key, dict, default))

    def tables(self, key: str) -> list[Table]:
        path = f"{self.path}.{key}" if self.path else key
        value = self.get(key, list, [])
        if not all(isinstance(entry, dict) for entry in value):
            raise self.refuse(key, "is not a list of tables", f"write each as [[{path}]]")
        return [Table(self.text, f"{path}[{n}]", entry) for n, entry in enumerate(value, 1)]
