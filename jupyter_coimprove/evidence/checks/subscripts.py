"""Rows and columns of values: subscripts, slices, columns of tables, and what is stored into them."""

from __future__ import annotations

import ast
from dataclasses import replace

from jupyter_coimprove.evidence.checks.rows import END, START, Bound, Step, bound
from jupyter_coimprove.evidence.checks.state import State
from jupyter_coimprove.evidence.checks.values import MISSING, NOTHING, Frame, Val, join


class Subscripts(State):
    """Reading and writing parts of a value."""

    def ev_Subscript(self, node: ast.Subscript) -> Val:
        if ast.unparse(node.value) in ("np.c_", "np.r_", "numpy.c_", "numpy.r_"):
            kind = node.value.attr if isinstance(node.value, ast.Attribute) else "c_"
            return self.joined(kind, [self.ev(node.slice)], {}, node)
        value = self.ev(node.value)
        by_loc = "by loc" in value.marks
        value = replace(value, marks=value.marks - {"by loc", "module"})
        if "column names" in value.marks and not value.rows:
            frame = replace(value.frame or Frame(base=""), unknown=True)
            return Val(
                stats=value.stats | self.ev(node.slice).stats, frame=frame, marks=frozenset({"column names"})
            )
        key = node.slice
        if isinstance(key, ast.Tuple) and key.elts and (value.rows or value.index is not None):
            found = self.rows_of(value, key.elts[0])
            columns = key.elts[1] if len(key.elts) > 1 else None
            if columns is not None and not isinstance(columns, ast.Slice):
                picked = self.ev(columns)
                named = column_names(picked)
                if by_loc and named is not None and isinstance(named, str):
                    return self.column(found, named)
                if named is not None or picked.frame is not None:
                    return self.columns(found, picked)
                return replace(found, stats=found.stats | picked.stats)
            return found
        if isinstance(key, ast.Slice):
            return self.sliced(value, key)
        index = self.ev(key)
        if (
            value.items is not None
            and isinstance(index.const, int)
            and -len(value.items) <= index.const < len(value.items)
        ):
            picked = value.items[index.const]
            return self.first_of_sorted(value, picked, index, node)
        if value.keys is not None and index.const is not MISSING and str(index.const) in value.keys:
            return self.picked(value, value.keys[str(index.const)])
        if value.keys is not None and not value.rows:
            if "sorted" in value.marks and isinstance(index.const, int) and index.const in (0, -1):
                return replace(
                    value,
                    chosen=value.chosen | self.select(value.deep(), node),
                    marks=value.marks - {"sorted"},
                )
            if value.scores and index.chosen:
                return replace(value, chosen=value.chosen | index.chosen)
            held = join(value.keys.values(), keep_members=True)
            return self.picked(index, held)
        if value.rows or value.index is not None:
            if index.index is not None:
                return self.take(value, index)
            named = column_names(index)
            if named is not None and not by_loc and value.frame is not None:
                return self.columns(value, index)
            if index.frame is not None and "column names" in index.marks:
                return self.columns(value, index)
            if index.const is not MISSING and isinstance(index.const, str) and not by_loc:
                return self.column(value, index.const)
            if index.stats and not index.rows:
                return replace(value, stats=value.stats | index.stats)
            if isinstance(index.const, int) and value.scores:
                return self.first_of_sorted(value, replace(value, items=None), index, node)
            if by_loc or value.frame is None or "array" in value.marks:
                value = self.some(value, index, key)
            return self.picked(index, replace(value, items=None))
        return self.first_of_sorted(value, self.picked(index, value.deep()), index, node)

    def picked(self, by: Val, value: Val) -> Val:
        """A member that was picked by something chosen is chosen itself."""
        return replace(value, chosen=value.chosen | by.chosen) if by.chosen else value

    def first_of_sorted(self, value: Val, picked: Val, index: Val, node: ast.AST) -> Val:
        """The first or last of what was sorted by score is the best one."""
        if "sorted" in value.marks and isinstance(index.const, int) and index.const in (0, -1):
            chosen = self.select(value, node)
            return replace(
                picked, chosen=picked.chosen | chosen | index.chosen, marks=picked.marks - {"sorted"}
            )
        return replace(picked, chosen=picked.chosen | index.chosen)

    def rows_of(self, value: Val, key: ast.expr) -> Val:
        """``X[rows, …]`` and ``df.loc[rows, …]``: the rows only."""
        if isinstance(key, ast.Slice):
            return self.sliced(value, key)
        index = self.ev(key)
        if index.index is not None:
            return self.take(value, index)
        return self.picked(index, self.some(value, index, key))

    def some(self, value: Val, index: Val, key: ast.expr) -> Val:
        """Rows by a key that the code does not explain: some of them, the same for the same key."""
        one = index.const is not MISSING or any(m.startswith("loop:") for m in index.marks)
        if one or not value.rows or isinstance(key, ast.Constant):
            return value
        return value.part(Step(f"some:{ast.unparse(key)}", ""))

    def take(self, value: Val, index: Val) -> Val:
        """Rows by number, mask or label."""
        steps = index.index or ()
        narrowed = (
            value.part(*steps)
            if value.index is None or value.rows
            else replace(value, index=(*(value.index or ()), *steps))
        )
        copies = value.copies | index.copies
        return replace(
            narrowed, order=index.order or value.order, copies=copies, chosen=value.chosen | index.chosen,
            marks=value.marks | {m for m in index.marks if m.startswith("groups:")},
        )  # fmt: skip

    def sliced(self, value: Val, key: ast.Slice) -> Val:
        if value.items is not None and not value.rows:
            low, high = self.ev(key.lower).const, self.ev(key.upper).const
            low, high = (None if c is MISSING else c for c in (low, high))
            if all(c is None or isinstance(c, int) for c in (low, high)) and key.step is None:
                return replace(value, items=value.items[low:high], const=MISSING)
            return value
        step = self.ev(key.step).const
        if isinstance(step, int) and step > 1 and (value.rows or value.index is not None):
            first = ast.unparse(key.lower) if key.lower is not None else "0"
            return value.part(Step(f"stride:{value.order}:{step}", first))
        if key.lower is None and key.upper is None:
            return value
        if value.index is None and not value.rows:
            return value
        if step not in (MISSING, None, 1):
            return value
        running = self.ev(key.lower)
        if any(m.startswith("loop:") for m in running.marks) and key.upper is not None:
            if "batches" in running.marks or not value.rows:
                return value
            for rows in value.rows:
                self.temporal.setdefault(rows.root, self.where())
            # Which windows is not known from the code; those of one call are other ones than another's.
            window = Step(self.site(key, "window") + "".join(f"<{at}" for at in self.path), "")
            return replace(value.part(window), origins=frozenset(), marks=value.marks | {"lagged"})
        low, high = self.bound(key.lower, START), self.bound(key.upper, END)
        cut = Step(f"cut:{value.order}", (low, high))
        if low == START and high == END:
            return value
        series = value.origins and "series" in value.marks
        return replace(value.part(cut), marks=value.marks | ({"lagged"} if series else frozenset()))

    def bound(self, node: ast.expr | None, default: Bound) -> Bound:
        if node is None:
            return default
        known = self.ev(node).const
        if isinstance(known, (int, float)) and not isinstance(known, bool):
            return bound(str(known))
        return bound(ast.unparse(node))

    def column(self, value: Val, name: str) -> Val:
        """One column of a table."""
        if value.keys and name in value.keys:
            return self.picked(value, value.keys[name])
        frame = value.frame or Frame(base=root_of(value))
        if name in frame.added:
            held = frame.added[name]
            return replace(
                held,
                rows=value.rows,
                order=value.order,
                stats=held.stats | value.stats,
                marks=held.marks | {m for m in value.marks if m in ("grouped", "rolling")},
            )
        marks = {
            m
            for m in value.marks
            if m in ("dates", "chance", "grouped", "rolling") or m.startswith("groups:")
        }
        if group_word(name):
            marks.add(f"groups:{name}")
        return replace(
            value, frame=None, origins=frozenset({(frame.base, name)}), marks=frozenset(marks), items=None,
            keys=None, obj=None,
        )  # fmt: skip

    def columns(self, value: Val, picked: Val) -> Val:
        """Some columns of a table, by a name, a list of names, or names computed."""
        names = column_names(picked)
        if isinstance(names, str):
            return self.column(value, names)
        frame = value.frame or Frame(base=root_of(value))
        stats = value.stats | picked.stats
        if names is None:
            chosen = picked.frame or Frame(base=frame.base, unknown=True)
            kept = replace(
                frame, without=frame.without | chosen.without, unknown=frame.unknown or chosen.unknown
            )
            if chosen.only is not None:
                kept = replace(kept, only=chosen.only)
            added = {
                k: v
                for k, v in frame.added.items()
                if k not in kept.without and (kept.only is None or k in kept.only)
            }
            if chosen.unknown:
                added = {}
            return replace(value, frame=replace(kept, added=added, where=self.where()), stats=stats)
        only = frozenset(names)
        added = {k: v for k, v in frame.added.items() if k in only}
        return replace(value, frame=replace(frame, only=only, added=added, where=self.where()), stats=stats)

    def store(self, target: ast.expr, value: Val) -> None:
        """Bind a name, members of a pattern, a column, an attribute."""
        if isinstance(target, ast.Name):
            self.scope.names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            self._unpack(target, value)
        elif isinstance(target, ast.Starred):
            self.store(target.value, value)
        elif isinstance(target, (ast.Subscript, ast.Attribute)):
            self._into(target, value)

    def _unpack(self, target: ast.Tuple | ast.List, value: Val) -> None:
        items = value.items
        starred = [n for n, e in enumerate(target.elts) if isinstance(e, ast.Starred)]
        if items is not None and not starred and len(items) == len(target.elts):
            for element, item in zip(target.elts, items, strict=True):
                self.store(element, item)
        elif items is not None and starred and len(items) >= len(target.elts) - 1:
            first = starred[0]
            tail = len(target.elts) - first - 1
            for element, item in zip(target.elts[:first], items[:first], strict=True):
                self.store(element, item)
            self.store(target.elts[first], join(items[first : len(items) - tail]))
            for element, item in zip(target.elts[first + 1 :], items[len(items) - tail :], strict=True):
                self.store(element, item)
        else:
            for n, element in enumerate(target.elts):
                held = replace(value, items=None)
                if value.rows and not value.index:
                    # ``X, y = load()``: the same rows, other columns.
                    held = replace(
                        held, origins=frozenset((o, f"{c}[{n}]") for o, c in value.origins), frame=None
                    )
                self.store(element, held)

    def _into(self, target: ast.Subscript | ast.Attribute, value: Val) -> None:
        owner = target.value
        inner = owner
        while isinstance(inner, ast.Attribute) and inner.attr in ("loc", "iloc", "at", "iat", "values"):
            inner = inner.value
        held = self.ev(inner)
        if isinstance(target, ast.Attribute):
            name: str | None = target.attr
        else:
            key = (
                target.slice.elts[-1]
                if isinstance(target.slice, ast.Tuple) and target.slice.elts
                else target.slice
            )
            picked = NOTHING if isinstance(key, ast.Slice) else self.ev(key)
            if value.const is True and picked.index:
                # ``mask[rows] = True``
                self.store(inner, Val(index=picked.index))
                return
            named = column_names(picked)
            name = named if isinstance(named, str) else None
            if named is not None and not isinstance(named, str) and held.rows:
                for one in named:
                    held = self.set_column(held, one, value)
                self.store(inner, held)
                return
            if name is None and isinstance(picked.const, (int, float)):
                name = str(picked.const)
            partial = isinstance(target.slice, ast.Tuple) and name is not None
            if partial and held.rows and name is not None:
                value = join([self.column(held, name), value])
        if (
            held.rows
            and (held.frame is not None or isinstance(target, ast.Subscript))
            and name is not None
            and not held.keys
        ):
            self.store(inner, self.set_column(held, name, value))
        elif held.rows and held.obj is None:
            picked = (
                NOTHING
                if isinstance(target, ast.Attribute)
                else self.ev(target.slice)
                if not isinstance(target.slice, (ast.Slice, ast.Tuple))
                else NOTHING
            )
            self.store(
                inner,
                replace(
                    join([held, value.deep()]),
                    frame=held.frame,
                    rows=held.rows,
                    scores=held.scores | value.scores,
                ),
            )
        else:
            keys = dict(held.keys or {})
            label = name if name is not None else "*"
            keys[label] = (
                join([keys[label], value], keep_members=True) if label == "*" and label in keys else value
            )
            if held.obj is not None and held.keys is not None and isinstance(held.keys, dict):
                # An instance: every name of it sees what is set.
                held.keys[label] = keys[label]
            else:
                self.store(
                    inner,
                    replace(
                        held, keys=keys, scores=held.scores | value.scores if label == "*" else held.scores
                    ),
                )

    def set_column(self, table: Val, name: str, value: Val) -> Val:
        frame = table.frame or Frame(base=root_of(table))
        own = replace(value.deep(), rows=table.rows, frame=None, keys=None, items=None)
        self.parents[frame.base, name] = (self.parents.get((frame.base, name), frozenset()) | own.origins) - {
            (frame.base, name)
        }
        own = replace(own, origins=frozenset({(frame.base, name)}))
        self.made[frame.base, name] = self.where()
        if value.frame is not None and not own.origins:
            own = replace(own, origins=table.origins)
        added = {**frame.added, name: own}
        only = frame.only if frame.only is None else frame.only | {name}
        return replace(
            table, frame=replace(frame, added=added, only=only, without=frame.without - {name}),
            marks=table.marks | (own.marks & {"lagged", "dates"}),
        )  # fmt: skip


def column_names(value: Val) -> str | tuple[str, ...] | None:
    """A column's name, several, or None when the code does not say."""
    if isinstance(value.const, str):
        return value.const
    if isinstance(value.const, tuple) and value.const and all(isinstance(c, str) for c in value.const):
        return value.const
    return None


def root_of(value: Val) -> str:
    return next(iter(sorted(r.root for r in value.rows)), "")


def steps_of(value: Val) -> tuple[Step, ...]:
    """The narrowing that these rows are, as their labels would select."""
    rows = sorted(value.rows, key=lambda r: len(r.steps))
    return rows[0].steps if rows else ()


def group_word(name: object) -> bool:
    from jupyter_coimprove.evidence.checks import library

    text = str(name).lower()
    for end in ("_id", "id", "_no", "_code"):
        if text.endswith(end) and len(text) > len(end):
            text = text[: -len(end)].rstrip("_")
            break
    return text in library.GROUP_WORDS
