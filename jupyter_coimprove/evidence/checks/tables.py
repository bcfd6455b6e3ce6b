"""Methods and functions of tables and arrays: statistics, columns, shifts, joins, copies."""

from __future__ import annotations

import ast
from dataclasses import replace

from jupyter_coimprove.evidence.checks import library
from jupyter_coimprove.evidence.checks.expressions import Expressions
from jupyter_coimprove.evidence.checks.rows import END, START, Step, any_overlap, bound, complement, within
from jupyter_coimprove.evidence.checks.subscripts import column_names, group_word, root_of, steps_of
from jupyter_coimprove.evidence.checks.values import MISSING, NOTHING, Frame, Function, Stat, Val, join

BY_ROWS = {"vstack", "concat", "concatenate", "cat", "append", "row_stack", "r_", "ConcatDataset"}
BY_COLUMNS = {"hstack", "column_stack", "c_", "dstack"}
_SAME_ROWS = set(
    """copy reset_index set_index sort_index astype rename query reindex to_numpy round clip abs where mask convert_dtypes
    infer_objects squeeze unsqueeze reshape ravel flatten view values float long int to cpu numpy detach clone
    numpy_ tolist contiguous cuda sort_values toarray todense""".split()  # noqa: SIM905
)


class Tables(Expressions):
    """Each returns what is known of the result, or None when it is no such call."""

    def statistic(self, value: Val, name: str, node: ast.Call) -> Val:
        """A mean, a maximum, a median over rows: of errors a score, of scores an average or a choice."""
        if value.error or (value.models and value.items is None and value.error):
            loss = "loss" in value.marks
            if loss and name not in ("item", "float"):
                return value
            score = self.score(node, "loss" if loss else "error", value.rows, value.models)
            kept = self.evaluate(score, value, NOTHING, value, node)
            return replace(
                kept,
                models=value.models,
                rows=value.rows,
                stats=value.stats,
                marks=frozenset({"score of rows"}),
            )
        deep = value.deep()
        if deep.scores:
            if name in ("max", "min", "nanmax", "nanmin", "amax", "amin"):
                return replace(deep, items=None, keys=None, chosen=deep.chosen | self.select(deep, node))
            if name in ("mean", "median", "average", "nanmean", "std", "nanmedian", "describe"):
                self.averaged |= {s.loops for s in deep.scores}
            return replace(deep, items=None, keys=None)
        if value.models:
            return replace(value, frame=None)
        if "rolling" in value.marks:
            return replace(value, marks=value.marks - {"rolling"})
        if not deep.rows:
            return deep
        per_row = next((self.ev(k.value).const for k in node.keywords if k.arg in ("axis", "dim")), MISSING)
        at = (
            1
            if isinstance(node.func, ast.Name)
            or "module" in self.ev(node.func.value if isinstance(node.func, ast.Attribute) else None).marks
            else 0
        )
        if per_row is MISSING and len(node.args) > at:
            per_row = self.ev(node.args[at]).const
        if (isinstance(per_row, int) and per_row in (1, -1)) or per_row == "columns":
            return replace(value, frame=None, items=None)
        kind = "group" if "grouped" in value.marks else "preprocessing"
        stat = Stat(
            kind=kind, rows=deep.rows, where=self.where(node), what=name, over=value.text or _named(node),
            origins=self.origins(deep),
        )  # fmt: skip
        return Val(stats=deep.stats | {stat}, marks=frozenset({"statistic"}))

    def origins(self, value: Val) -> frozenset[tuple[str, str]]:
        return value.origins

    def learnt_by(self, kind: str, value: Val, name: str, node: ast.Call, *, aligned: bool) -> Val:
        """The result of a function that learns from all rows it is given."""
        deep = value.deep()
        stat = Stat(
            kind=kind,
            rows=deep.rows,
            where=self.where(node),
            what=name,
            over=value.text or _named(node),
            origins=deep.origins,
        )
        if not deep.rows:
            return deep
        if aligned:
            return replace(
                value,
                stats=value.stats | {stat},
                frame=replace(value.frame, unknown=False) if value.frame else None,
            )
        return Val(
            stats=deep.stats | {stat}, marks=frozenset({"column names"}), frame=Frame(base="", unknown=True)
        )

    def joined(self, name: str, args: list[Val], keywords: dict[str, Val], node: ast.AST) -> Val:
        """Tables or arrays put together: under each other (rows may be copies) or side by side."""
        first = args[0] if args else NOTHING
        parts = (
            list(first.items)
            if first.items is not None and not first.rows
            else [first]
            if first.keys is None
            else []
        )
        if first.keys is not None and not first.rows:
            parts = list(first.keys.values())
        if name == "append" or name in ("c_", "r_"):
            parts = args if name == "append" else parts
        axis = keywords.get(
            "axis", keywords.get("dim", args[1] if len(args) > 1 and name != "append" else NOTHING)
        ).const
        beside = name in BY_COLUMNS or axis in (1, -1, "columns")
        value = join([p.deep() for p in parts])
        if beside:
            self.joins.append((self.where(node), value.origins))
            added = dict(first.keys) if first.keys and not first.rows else {}
            frame = value.frame
            if added and "*" not in added:
                frame = Frame(base=root_of(value), only=frozenset(added), added=added)
            return replace(value, frame=frame, index=None)
        for n, a in enumerate(parts):
            for b in parts[n + 1 :]:
                if a.rows and b.rows and any_overlap(a.rows, b.rows) and a.models == b.models:
                    return self.repeated(value, node, "joined with copies of the same rows")
        return value

    def method(
        self, value: Val, name: str, args: list[Val], keywords: dict[str, Val], node: ast.Call
    ) -> Val | None:
        """A method of a table or array; None when it is not one known here."""
        if (name in library.STATISTICS and name not in ("describe",)) or name in ("item",):
            if name == "item" and not value.error:
                return value
            if name in ("sum",) or not ("grouped" in value.marks and not value.error):
                return self.statistic(value, name, node)
        if name == "sum":
            return (
                self.statistic(value, name, node)
                if value.error or value.scores
                else replace(value, frame=None)
            )
        if "grouped" in value.marks and name in library.AGGREGATES:
            stat = self.statistic(value, name, node)
            if name == "transform":
                return replace(
                    value,
                    stats=value.stats | stat.stats,
                    marks=value.marks - {"grouped"},
                    origins=frozenset(),
                    frame=None,
                )
            return stat
        if name in library.CORRELATIONS and value.rows:
            return self.learnt_by("selection", value, name, node, aligned=False)
        if name in ("groupby", "resample"):
            return self.grouped(value, args, keywords, node)
        if name == "value_counts" and value.rows:
            self.acknowledge(value, node)
            counted = Stat(
                kind="preprocessing",
                rows=value.rows,
                where=self.where(node),
                what="value_counts",
                over=value.text,
            )
            return Val(stats=value.stats | {counted})
        if name in ("unique", "nunique", "drop_duplicates"):
            self.acknowledge(value, node)
            if name == "drop_duplicates" and not any(m.startswith("groups:") for m in value.marks):
                # What was joined with rows of its own is there once again.
                rows = {r for r in value.rows if not any(r != o and within(r, o) for o in value.rows)}
                return replace(value, copies=frozenset(), rows=frozenset(rows))
            return replace(
                value, index=(), frame=None, stats=frozenset(), origins=frozenset(), copies=frozenset()
            ).marked("unique")
        if name in ("shift", "rolling", "ewm", "expanding", "diff", "pct_change", "unfold"):
            return self.moved(value, name, args, keywords, node)
        if name in library.FILLS or (name == "fillna" and "method" in keywords):
            return self.filled(value, name, keywords, node)
        if name in ("drop", "pop", "filter", "select_dtypes", "assign", "insert"):
            return self.columns_changed(value, name, args, keywords, node)
        if name == "isin":
            return self.member(value, args[0] if args else NOTHING)
        if name in ("head", "tail", "nlargest", "nsmallest", "first"):
            return self.ends(value, name, args, node)
        if name in ("isna", "isnull", "notna", "notnull") and value.frame is None and value.rows:
            part = "in" if name.startswith("is") else "out"
            return replace(value, index=(Step(f"value:missing {value.text}", part),), origins=frozenset())
        if name == "align" and args:
            return Val(items=(value, args[0]))
        if name in ("dropna", "sort_values", "sort"):
            return replace(value, marks=value.marks | {"sorted"}) if name != "dropna" else value
        if name in ("idxmax", "idxmin", "argmax", "argmin", "argsort"):
            return self.extreme(value, name, node)
        if (
            name in ("apply", "map", "transform", "applymap", "pipe")
            and args
            and isinstance(args[0].obj, Function)
        ):
            given = replace(value, marks=value.marks - {"grouped"})
            result = self.call_function(args[0].obj, [given], {})
            return replace(result, rows=value.rows, order=value.order)
        if name in ("map", "merge", "join", "replace", "fillna"):
            return self.looked_up(value, name, args, keywords)
        if name in _SAME_ROWS:
            extra = join([a.deep() for a in [*args, *keywords.values()]])
            marks = {"array"} if name in ("to_numpy", "numpy", "toarray") else set()
            return replace(value, stats=value.stats | extra.stats, marks=value.marks | marks)
        return None

    def looked_up(self, value: Val, name: str, args: list[Val], keywords: dict[str, Val]) -> Val:
        """Values filled or looked up: the rows stay, what the other side had learnt comes along."""
        extra = join([a.deep() for a in [*args, *keywords.values()]])
        added = extra.frame.added if extra.frame is not None and name in ("merge", "join") else {}
        frame = value.frame
        if frame is not None and added:
            frame = replace(frame, added={**frame.added, **added})
        if frame is not None and name in ("merge", "join") and frame.only is not None:
            frame = replace(frame, only=None)
        return replace(value, stats=value.stats | extra.stats, frame=frame, marks=value.marks - {"statistic"})

    def grouped(self, value: Val, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val:
        by = keywords.get("by", args[0] if args else NOTHING)
        names = column_names(by)
        for name in [names] if isinstance(names, str) else names or ():
            if group_word(name):
                self.acknowledge(value.marked(f"groups:{name}"), node)
        return value.marked("grouped")

    def acknowledge(self, value: Val, node: ast.AST) -> None:
        """The notebook itself looks at who rows belong to."""
        if any(m.startswith("groups:") for m in value.marks):
            self.grouping |= {m[7:] for m in value.marks if m.startswith("groups:")}
            for rows in value.rows:
                self.acknowledged.setdefault(rows.root, self.where(node))

    def moved(self, value: Val, name: str, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val:
        """Shifts and windows: evidence of time order, and of looking ahead."""
        if not value.rows:
            return value
        for rows in value.rows:
            self.temporal.setdefault(rows.root, self.where(node))
        by = keywords.get("periods", args[0] if args else Val(const=1)).const
        if by is MISSING and node.args and isinstance(node.args[0], ast.UnaryOp):
            by = -1 if isinstance(node.args[0].op, ast.USub) else by
        ahead = (name == "shift" and isinstance(by, (int, float)) and by < 0) or (
            name == "rolling" and keywords.get("center", NOTHING).const is True
        )
        marks = {"future"} if ahead else {"lagged"}
        if name in ("rolling", "ewm", "expanding"):
            marks.add("rolling")
        where = self.where(node)
        origins = (
            frozenset((root, f"ahead of {column} (line {where.line})") for root, column in value.origins)
            if ahead
            else frozenset()
        )
        return replace(
            value, marks=value.marks | marks, origins=origins, frame=None if origins else value.frame
        )

    def filled(self, value: Val, name: str, keywords: dict[str, Val], node: ast.Call) -> Val:
        if not value.rows:
            return value
        how = str(keywords["method"].const) if "method" in keywords else name
        temporal = "dates" in value.marks or any(r.root in self.temporal for r in value.rows)
        if temporal:
            return value.marked("filled from later") if how in ("bfill", "backfill", "interpolate") else value
        stat = Stat(
            kind="neighbours",
            rows=value.rows,
            where=self.where(node),
            what=how,
            over=value.text or _named(node),
        )
        return replace(value, stats=value.stats | {stat})

    def columns_changed(
        self, value: Val, name: str, args: list[Val], keywords: dict[str, Val], node: ast.Call
    ) -> Val | None:
        frame = value.frame or Frame(base=root_of(value))
        if name == "assign":
            for key, held in keywords.items():
                if isinstance(held.obj, Function):
                    held = self.call_function(held.obj, [value], {})
                value = self.set_column(value, key, held)
            return value
        if name == "insert":
            if len(args) > 2 and isinstance(args[1].const, str) and isinstance(node.func, ast.Attribute):
                self.store(node.func.value, self.set_column(value, args[1].const, args[2]))
            return NOTHING
        if name == "pop":
            column = args[0].const if args else MISSING
            if not isinstance(column, str) or not value.rows:
                return None
            result = self.column(value, column)
            if isinstance(node.func, ast.Attribute):
                added = {k: v for k, v in frame.added.items() if k != column}
                self.store(
                    node.func.value,
                    replace(value, frame=replace(frame, without=frame.without | {column}, added=added)),
                )
            return result
        if name in ("filter", "select_dtypes"):
            return replace(value, frame=replace(frame, unknown=True))
        given = keywords.get("columns", args[0] if args else NOTHING)
        axis = keywords.get("axis", args[1] if len(args) > 1 else NOTHING).const
        labels = keywords.get("index", given)
        if labels.index is not None and "columns" not in keywords and axis not in (1, "columns"):
            return self.rest(value, labels)
        names = column_names(given)
        if not value.rows or (names is None and "columns" not in keywords and axis not in (1, "columns")):
            return value
        if names is None:
            more = given.frame
            without = frame.without | (
                more.without if more is not None and more.only is not None else frozenset()
            )
            return replace(value, frame=replace(frame, without=without, unknown=True))
        gone = frozenset([names] if isinstance(names, str) else names)
        added = {k: v for k, v in frame.added.items() if k not in gone}
        return replace(
            value,
            frame=replace(frame, without=frame.without | gone, added=added, where=self.where(node)),
            stats=value.stats | given.stats,
        )

    def rest(self, value: Val, labels: Val) -> Val:
        """``df.drop(train.index)``: the other part of the same cut."""
        steps = labels.index or ()
        own = steps_of(value)
        if steps[: len(own)] == own:
            steps = steps[len(own) :]
        if not steps:
            return value
        return value.part(*steps[:-1], complement(steps[-1]))

    def member(self, value: Val, other: Val) -> Val:
        """``ids.isin(chosen)``: a mask of the rows whose label or group was chosen."""
        steps = other.index if other.index else steps_of(other) if "unique" in other.marks else ()
        if not steps:
            return replace(value, frame=None, origins=frozenset())
        belongs = "labels" not in value.marks and any(m.startswith("groups:") for m in value.marks)
        if belongs or "unique" in other.marks:
            for step in steps:
                self.shuffles[step.site] = True
                self.shuffles[step.site.removeprefix("cut:")] = True
        return Val(rows=frozenset(), index=steps, order=other.order, marks=frozenset({"mask"}))

    def ends(self, value: Val, name: str, args: list[Val], node: ast.Call) -> Val:
        count = self.bound(node.args[0], END) if node.args else ("", 5.0)
        if value.scores:
            chosen = (
                self.select(value, node)
                if (args and args[0].const == 1) or name.startswith("n")
                else frozenset()
            )
            return replace(value, chosen=value.chosen | chosen)
        if name in ("nlargest", "nsmallest") or not value.rows:
            return value
        if name == "head":
            return value.part(Step(f"cut:{value.order}", (START, count)))
        return value.part(
            Step(
                f"cut:{value.order}",
                (bound(f"-{args[0].const}") if args and isinstance(args[0].const, int) else count, END),
            )
        )

    def extreme(self, value: Val, name: str, node: ast.AST) -> Val:
        deep = value.deep()
        if deep.scores:
            if name == "argsort":
                return replace(deep, marks=deep.marks | {"sorted"})
            return Val(chosen=deep.chosen | self.select(deep, node))
        if value.models:
            return replace(value, hard=True)
        if value.stats and not value.rows:
            return Val(
                stats=value.stats, marks=frozenset({"column names"}), frame=Frame(base="", unknown=True)
            )
        return value


def _named(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        text = ast.unparse(node.func.value)
        if text in ("np", "pd", "torch", "numpy", "F", "stats", "preprocessing") and node.args:
            text = ast.unparse(node.args[0])
        return text[:60]
    return ast.unparse(node.args[0])[:60] if node.args else ""
