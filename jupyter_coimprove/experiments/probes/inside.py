"""Inside a run's kernel: rows are hashed where a model gets them, and labels are shuffled.

The text of this module and of ``tables`` is what runs there, so they use the standard library, and numpy
only where the notebook has it. Rows never leave the kernel: ``report`` gives counts.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
from typing import Any

from jupyter_coimprove.experiments.probes.tables import (
    COLUMNS,
    Table,
    copy_of,
    exchanged,
    function_of,
    grouped,
    labels_of,
    numbering,
    numbers_of,
    order_of,
    parted,
    taken,
)

#: A column is called an identifier when its order tells the labels this many deviations beyond chance.
SURE = 5.0


class Inside:
    """``mode`` is ``watch`` (hash and look), ``shuffle`` or ``again`` (shuffled once more for fitting)."""

    def __init__(self, mode: str, seed: int) -> None:
        self.mode, self.seed = mode, int(seed)
        self.rows: dict[int, Table] = {}
        self.told: dict[str, Any] = {
            "fits": {},
            "scored": {},
            "crossed": {},
            "columns": [],
            "shuffled": [],
            "copied": 0.0,
            "skipped": [],
        }
        self.numbered: dict[Any, list[Any]] = {}
        #: Of shuffled labels that came in groups: the group of each row, by its index and by its hash.
        self.by_index: dict[Any, int] = {}
        self.by_hash: dict[bytes, int] = {}
        self.members: dict[int, Any] = {}

    # What is put around arguments: each gives back what it was given, or its labels in another order.

    def fit(self, site: int, x: Any) -> Any:
        self._safely(self._fit, site, x)
        return x

    def fit_y(self, site: int, y: Any) -> Any:
        self._safely(self._digest, site, y)
        if self.mode == "watch":
            self._safely(self._columns, site, y)
        return self._again(site, y)

    def crossed_y(self, site: int, y: Any) -> Any:
        self._safely(self._digest, site, y)
        if self.mode == "watch":
            self._safely(self._columns, site, y)
        # Folds are fitted and scored by the same labels: whole groups would keep what leaks.
        return self._again(site, y, whole_groups=False)

    def scored(self, site: int, fits: list[int], x: Any) -> Any:
        if self.mode == "watch":
            self._safely(self._scored, site, fits, x)
        return x

    def crossed(self, site: int, x: Any) -> Any:
        self._safely(self._fit, site, x)
        if self.mode == "watch":
            self._safely(self._crossed, site)
        return x

    def labels(self, y: Any, names: dict[str, Any], what: str) -> Any:
        """The labels in random order: whole groups exchange theirs where each has one."""
        if self.mode == "watch":
            return y
        values = labels_of(y)
        if values is None:
            self._skip("labels", f"{what} is {type(y).__name__}, whose order cannot be changed")
            return y
        group, rows = grouped(values, names)
        if rows:
            order = exchanged(rows, len(values), self.seed)
            if self.mode == "again":
                self._safely(self._remember, rows, y, names, len(values))
        else:
            order = list(range(len(values)))
            random.Random(self.seed).shuffle(order)
        self.told["shuffled"].append([what, len(values), group[0], group[1]])
        return taken(y, order)

    def column(self, table: Any, name: Any, names: dict[str, Any], what: str) -> Any:
        """The same for one column of a table, or one member of a bunch."""
        if self.mode == "watch":
            return table
        try:
            old = table[name]
        except (KeyError, TypeError, IndexError):
            self._skip("labels", f"{what} is not there yet")
            return table
        new = self.labels(old, names, what)
        if new is not old:
            table = table.copy() if hasattr(table, "iloc") else copy.copy(table)
            table[name] = new
        return table

    def report(self) -> list[int]:
        """All that was seen, as JSON in numbers of six bytes each."""
        text = json.dumps(self.told).encode("utf-8")
        text += b" " * (-len(text) % 6)
        return [int.from_bytes(text[i : i + 6], "big") for i in range(0, len(text), 6)]

    # How it is done.

    def _safely(self, what: Any, site: Any, *given: Any) -> None:
        """A probe must not end a run: what it could not read is said."""
        try:
            what(site, *given)
        except Exception as error:  # noqa: BLE001
            self._skip(site, f"{type(error).__name__}: {error}")

    def _skip(self, site: Any, why: str) -> None:
        entry = [site, why[:160]]
        if entry not in self.told["skipped"] and len(self.told["skipped"]) < 20:
            self.told["skipped"].append(entry)

    def _again(self, site: int, y: Any, whole_groups: bool = True) -> Any:
        if self.mode != "again":
            return y
        values = labels_of(y)
        if values is None:
            self._skip(site, f"{type(y).__name__}, whose order cannot be changed")
            return y
        seed = f"{self.seed}/{site}"
        index = list(y.index) if hasattr(y, "iloc") else ()
        groups = self.members.get(site)
        if index and all(i in self.by_index for i in index):
            groups = [self.by_index[i] for i in index]
        if whole_groups and groups and len(groups) == len(values):
            # Whole groups exchange labels again: single rows would make another kind of noise.
            rows: dict[Any, list[int]] = {}
            for number, group in enumerate(groups):
                rows.setdefault(group, []).append(number)
            return taken(y, exchanged(rows, len(values), seed))
        order = list(range(len(values)))
        random.Random(seed).shuffle(order)
        return taken(y, order)

    def _remember(self, rows: Any, y: Any, names: dict[str, Any], length: int) -> None:
        group_of = [-1] * length
        for number, members in enumerate(rows.values()):
            for row in members:
                group_of[row] = number
        if hasattr(y, "iloc") and y.index.is_unique:
            self.by_index = dict(zip(y.index, group_of))
        for value in list(names.values()):
            if getattr(value, "ndim", 0) == 2 and len(value) == length:
                self.by_hash.update(zip(Table(value).hashes, group_of))

    def _digest(self, site: int, y: Any) -> None:
        """Which labels go with which rows: where a shuffle changes nothing of that, it did not arrive."""
        values, table = labels_of(y), self.rows.get(site)
        if values is not None:
            text = repr((values, table.hashes if table is not None else ())).encode("utf-8", "replace")
            self.told["fits"].setdefault(str(site), hashlib.blake2b(text, digest_size=6).hexdigest())

    def _fit(self, site: int, x: Any) -> None:
        self.rows.pop(site, None)
        self.members.pop(site, None)
        self.rows[site] = table = Table(x)
        if table.telling():
            single = len(set(table.hashes))
            self.told["copied"] = max(self.told["copied"], 1 - single / max(1, len(table.hashes)))
        if self.by_hash:
            found = [self.by_hash.get(h) for h in table.hashes]
            self.members[site] = None if None in found else found

    def _scored(self, site: int, fits: list[int], x: Any) -> None:
        known = [self.rows[fit] for fit in fits if fit in self.rows]
        if not known:
            self._skip(site, "scored before anything was fitted")
            return
        there = Table(x)
        for fitted in known:
            if sorted(fitted.hashes) == sorted(there.hashes):
                continue  # how well the model remembers: another question
            ours = set(fitted.hashes)
            shared = sum(h in ours for h in there.hashes)
            entry = [len(there.hashes), shared, len(fitted.hashes), int(fitted.telling())]
            old = self.told["scored"].get(str(site))
            if old is None or shared * old[0] > old[1] * len(there.hashes):
                self.told["scored"][str(site)] = entry
        for column, low, high in self.numbered.get(tuple(fits)[:1], ()):
            values = there.column(column)
            inside = [v for v in values or () if low <= v <= high]
            if values and len(inside) * 2 < len(values):
                # Numbered on beyond what was fitted, as in time: their neighbours tell nothing.
                self.told["columns"] = [
                    c for c in self.told["columns"] if not (c[0] == fits[0] and c[1] == column)
                ]

    def _crossed(self, site: int) -> None:
        there = self.rows[site]
        seen: dict[bytes, int] = {}
        for h in there.hashes:
            seen[h] = seen.get(h, 0) + 1
        twice = sum(n for n in seen.values() if n > 1)
        self.told["crossed"][str(site)] = [len(there.hashes), twice, int(there.telling())]

    def _columns(self, site: int, y: Any) -> None:
        table, labels = self.rows.get(site), labels_of(y)
        done = any(c[0] == site for c in self.told["columns"])
        # Of a single input, the relation to the target is the question itself.
        if (
            table is None
            or labels is None
            or len(labels) != len(table.hashes)
            or len(labels) < 30
            or done
            or table.width < 2
        ):
            return
        numbers = numbers_of(labels)
        few = len(set(labels)) <= max(2, min(20, len(labels) // 10))
        if len(set(labels)) < 2 or (not few and numbers is None):
            return
        found, parts, counted = [], {}, []
        for column in range(min(table.width, COLUMNS)):
            values = table.column(column) or table.words(column)
            if values is None or len(set(values)) < 2:
                continue
            kind = copy_of(values, labels) if few else function_of(values, numbers)
            if kind:
                found.append([site, column, table.name(column), kind])
                continue
            if table.column(column) is None:
                continue
            parts[column] = parted(values, labels) if few else False
            if numbering(values):
                counted.append(column)
                sign = order_of(values, labels if few else numbers, few)
                if sign > SURE:
                    found.append([site, column, table.name(column), "numbering"])
                    self.numbered.setdefault((site,), []).append((column, min(values), max(values)))
        apart = [column for column, whole in parts.items() if whole is True]
        near = [column for column, whole in parts.items() if whole is not True and whole > 0.9]
        if len(apart) == 1 and not near and len(parts) > 1 and apart[0] not in counted:
            found.append([site, apart[0], table.name(apart[0]), "parts"])
        if len(counted) == len(parts):
            # Nothing but numbers of rows: they are the question itself, as in a curve over a grid.
            found = [entry for entry in found if entry[3] != "numbering"]
        self.told["columns"] += found[:20]
