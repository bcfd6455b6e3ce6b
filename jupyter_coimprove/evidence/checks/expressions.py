"""Reads expressions: names, attributes, subscripts, arithmetic, comprehensions."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from jupyter_coimprove.evidence.checks.rows import Rows, Step, beside, complement
from jupyter_coimprove.evidence.checks.subscripts import (
    Subscripts,
    root_of,
    steps_of,
)
from jupyter_coimprove.evidence.checks.values import (
    MISSING,
    NOTHING,
    Copies,
    Frame,
    Model,
    Scope,
    Stat,
    Val,
    join,
)  # fmt: skip

_VIEWS = {"iloc", "loc", "values", "T", "data", "array", "at", "iat"}
_SIZES = {"shape", "ndim", "size", "dtype", "device", "empty", "nbytes"}


class Expressions(Subscripts):
    """``ev`` gives what is known of an expression's value."""

    def ev(self, node: ast.expr | None) -> Val:
        if node is None:
            return NOTHING
        self.tick()
        method = getattr(self, f"ev_{type(node).__name__}", None)
        if method is not None:
            value: Val = method(node)
            return value
        return join([self.ev(c) for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)])

    def ev_Constant(self, node: ast.Constant) -> Val:
        return Val(const=node.value)

    def ev_Name(self, node: ast.Name) -> Val:
        found = self.scope.get(node.id)
        if found is not None:
            return replace(found, text=node.id)
        # Bound nowhere: a name of a library that a snippet does not import.
        return Val(text=node.id, marks=frozenset({"module"}))

    def ev_NamedExpr(self, node: ast.NamedExpr) -> Val:
        value = self.ev(node.value)
        self.store(node.target, value)
        return value

    def ev_Lambda(self, node: ast.Lambda) -> Val:
        from jupyter_coimprove.evidence.checks.values import Function

        return Val(obj=Function(node=node, scope=self.scope, cell=self.cell, file=self.file))

    def ev_Tuple(self, node: ast.Tuple | ast.List | ast.Set) -> Val:
        items: list[Val] = []
        for element in node.elts:
            value = self.ev(element.value if isinstance(element, ast.Starred) else element)
            if isinstance(element, ast.Starred):
                items += value.items if value.items is not None else [value]
            else:
                items.append(value)
        consts = [i.const for i in items]
        const: Any = MISSING if any(c is MISSING for c in consts) else tuple(consts)
        return Val(items=tuple(items), const=const)

    ev_List = ev_Tuple
    ev_Set = ev_Tuple

    def ev_Dict(self, node: ast.Dict) -> Val:
        keys: dict[str, Val] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            held = self.ev(value)
            if key is None:
                keys.update(held.keys or {})
            else:
                name = self.ev(key)
                text = str(name.const) if name.const is not MISSING else "*"
                keys[text] = join([keys[text], held], keep_members=True) if text in keys else held
        return Val(keys=keys)

    def ev_JoinedStr(self, node: ast.JoinedStr) -> Val:
        parts = [self.ev(v.value) if isinstance(v, ast.FormattedValue) else self.ev(v) for v in node.values]
        if all(p.const is not MISSING for p in parts):
            return Val(const="".join(str(p.const) for p in parts))
        return join(p.deep() for p in parts)

    def ev_IfExp(self, node: ast.IfExp) -> Val:
        self.ev(node.test)
        return join([self.ev(node.body), self.ev(node.orelse)], keep_members=True)

    def ev_BoolOp(self, node: ast.BoolOp) -> Val:
        return join([self.ev(v) for v in node.values], keep_members=True)

    def ev_UnaryOp(self, node: ast.UnaryOp) -> Val:
        value = self.ev(node.operand)
        if isinstance(node.op, (ast.Invert, ast.Not)) and value.index:
            return replace(value, index=(*value.index[:-1], complement(value.index[-1])))
        if isinstance(node.op, ast.USub) and isinstance(value.const, (int, float)):
            return replace(value, const=-value.const)
        return value

    def ev_BinOp(self, node: ast.BinOp) -> Val:
        left, right = self.ev(node.left), self.ev(node.right)
        if isinstance(node.op, ast.MatMult):
            for a, b in ((left, right), (right, left)):
                if isinstance(b.obj, Model):
                    return self.output(b, a)
        if isinstance(node.op, ast.Add) and left.items is not None and right.items is not None:
            return Val(items=(*left.items, *right.items))
        if isinstance(left.const, (int, float)) and isinstance(right.const, (int, float)):
            return Val(const=_arithmetic(node.op, left.const, right.const), marks=left.marks | right.marks)
        value = join([left.deep(), right.deep()])
        if left.rows and right.rows:
            value = replace(value, rows=beside(left.rows, right.rows))
        # A constant beside it changes no row; row numbers stay row numbers only alone.
        return replace(
            self.against(value, left, right), frame=left.frame or right.frame, index=None, const=MISSING
        )

    def against(self, value: Val, left: Val, right: Val) -> Val:
        """A prediction beside what it should be is an error, until it is averaged."""
        for a, b in ((left, right), (right, left)):
            if a.models and not a.scores and not b.models and (b.rows or b.origins) and not a.error:
                return replace(value, error=True, models=a.models, rows=a.rows or value.rows, stats=a.stats)
        if left.models or right.models:
            rows = (left.rows if left.models else frozenset()) | (right.rows if right.models else frozenset())
            return replace(value, rows=rows or value.rows)
        return value

    def ev_Compare(self, node: ast.Compare) -> Val:
        left, rest = self.ev(node.left), [self.ev(c) for c in node.comparators]
        value = join([left.deep(), *(r.deep() for r in rest)])
        value = self.against(value, left, rest[0])
        if (
            left.rows
            and not left.models
            and not value.error
            and isinstance(node.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE))
        ):
            names = {ast.Lt: "<", ast.GtE: ">=", ast.Gt: ">", ast.LtE: "<="}
            # Comparing with what was drawn by chance is a draw; with a date or a number, a cut.
            kind = "draw" if "chance" in left.marks else "cut"
            text = f"{kind}:{self.site(node, '') if kind == 'draw' else ''}{ast.unparse(node.left)}|{ast.unparse(node.comparators[0])}"
            part = names[type(node.ops[0])]
            return replace(value, index=(Step(text, part),), frame=None, marks=value.marks - {"chance"})
        if (
            left.rows
            and isinstance(node.ops[0], (ast.Eq, ast.NotEq))
            and not value.error
            and rest[0].const is not MISSING
        ):
            part = str(rest[0].const) if isinstance(node.ops[0], ast.Eq) else f"not {rest[0].const}"
            return replace(value, index=(Step(f"value:{ast.unparse(node.left)}", part),), frame=None)
        return replace(value, frame=None, index=None)

    def ev_Attribute(self, node: ast.Attribute) -> Val:
        value = self.ev(node.value)
        if isinstance(value.obj, Scope):
            return value.obj.names.get(node.attr, NOTHING)
        if value.keys and node.attr in value.keys:
            return value.keys[node.attr]
        if node.attr in _SIZES:
            return Val(marks=value.marks & {"instance"})
        if (
            node.attr in ("data", "target", "images")
            and value.frame is None
            and {c for _, c in value.origins} == {"*"}
        ):
            return replace(value, origins=frozenset((root, f"*[{node.attr}]") for root, _ in value.origins))
        if node.attr == "values" and value.rows:
            return value.marked("array")
        if node.attr in _VIEWS:
            return replace(value, marks=value.marks - {"by loc"}).marked(
                *(["by loc"] if node.attr in ("loc", "at", "iloc") else [])
            )
        if node.attr == "columns" and value.rows:
            return Val(frame=value.frame or Frame(base=root_of(value)), marks=frozenset({"column names"}))
        if node.attr == "index" and value.rows:
            # Row labels: the rows themselves, as numbers.
            return replace(
                value, index=steps_of(value), frame=None, origins=frozenset(), marks=value.marks | {"labels"}
            )
        if node.attr in ("tensors", "dataset", "datasets"):
            return value
        model = value.obj
        if isinstance(model, Model):
            return self.learnt(value, model, node)
        if "module" in value.marks:
            return replace(value, text=node.attr)
        if value.frame is not None and value.rows and not node.attr.startswith("_"):
            return self.column(value, node.attr)
        return replace(value, obj=None, items=None, keys=None) if value.obj is None else Val(text=node.attr)

    def learnt(self, value: Val, model: Model, node: ast.Attribute) -> Val:
        """``scaler.mean_``, ``forest.feature_importances_``, ``search.best_score_``, ``self.x``."""
        if node.attr == "best_score_":
            rows = frozenset().union(*(f.rows for f in model.fits)) if model.fits else frozenset()
            score = self.score(node, _scoring(model), rows, frozenset({model.number}), folds=True)
            x = join([f.x for f in model.fits])
            return self.evaluate(score, x, NOTHING, NOTHING, node)
        if node.attr in ("best_estimator_", "named_steps", "steps"):
            return value
        if node.attr.endswith("_") and model.fits and not node.attr.startswith("_"):
            stats: set[Stat] = set()
            for fit in model.fits:
                kind = "selection" if model.role in ("model", "network", "selector") else stat_kind(model)
                if model.role == "model" and not any(
                    w in node.attr for w in ("importances", "coef", "ranking", "support")
                ):
                    continue
                stats |= fit.stats
                stats.add(self.stat(kind, fit.rows, fit.where, value.text or model.kind, fit.x.text))
            return Val(stats=frozenset(stats), models=frozenset())
        return Val(text=node.attr)

    def stat(self, kind: str, rows: frozenset[Rows], where: Any, what: str, over: str) -> Stat:
        return Stat(kind=kind, rows=rows, where=where, what=what, over=over)

    def output(self, model: Val, x: Val) -> Val:
        """What a model says of inputs."""
        made = model.obj
        return Val(
            rows=x.rows, order=x.order, stats=x.stats, models=frozenset({made.number}) | x.models, chosen=model.chosen | x.chosen,
            marks=x.marks & {"dates"}, text=x.text,
        )  # fmt: skip

    def iterate(self, value: Val) -> Val:
        """One of its members, as a loop sees them."""
        if "range" in value.marks:
            return Val(marks=value.marks & {"batches"})
        if "listed" in value.marks and value.items:
            return value.items[0]
        if "grouped" in value.marks and value.rows:
            return Val(items=(NOTHING, value))
        if "fold pairs" in value.marks:
            return replace(value, marks=value.marks - {"fold pairs"})
        if value.items is not None and not value.rows:
            return join(value.items, keep_members=True) if value.items else NOTHING
        if value.keys is not None and not value.rows:
            return Val(const=MISSING)
        if value.rows and value.items is not None:
            return value
        if value.frame is not None and value.rows:
            return Val(frame=value.frame, marks=frozenset({"column names"}))
        return replace(value, keys=value.keys)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> tuple[Val, Val]:
        outer = self.scope
        self.scope = Scope(outer=outer)
        loops = 0
        item = NOTHING
        special: Val | None = None
        try:
            for generator in node.generators:
                over = self.ev(generator.iter)
                loop = self.site(generator.target, "loop")
                self.loops.append(loop)
                loops += 1
                item = self.iterate(over)
                if not item.rows and item.index is None and item.items is None:
                    item = item.marked(f"loop:{loop}")
                elif item.items is not None and not item.rows:
                    item = replace(
                        item,
                        items=tuple(
                            i.marked(f"loop:{loop}") if not i.rows and i.index is None else i
                            for i in item.items
                        ),
                    )
                self.store(generator.target, item)
                for test in generator.ifs:
                    condition = self.ev(test)
                    if "column names" in item.marks and isinstance(generator.target, ast.Name):
                        special = self._names_left(over, generator.target.id, test)
                    elif item.stats or condition.stats:
                        special = Val(
                            stats=condition.stats,
                            frame=Frame(base="", unknown=True),
                            marks=frozenset({"column names"}),
                        )
            rows = item.rows if not item.frame or "column names" not in item.marks else frozenset()
            if isinstance(node, ast.DictComp):
                key, value = self.ev(node.key), self.ev(node.value)
            else:
                key, value = NOTHING, self.ev(node.elt)
            if rows and not (
                value.rows or value.scores or value.models or value.items or value.keys or value.obj
            ):
                # One of these for each row: whatever it is, it belongs to that row.
                value = replace(value, rows=rows, index=None, const=MISSING, order=item.order)
            # Collected, they are no longer one of the loop: ``[part for j, part in enumerate(parts) if j != k]``.
            own = {f"loop:{loop}" for loop in self.loops[len(self.loops) - loops :]}
            value = replace(value, marks=value.marks - own)
        finally:
            del self.loops[len(self.loops) - loops :]
            self.scope = outer
        return key, special if special is not None else value

    def _names_left(self, over: Val, name: str, test: ast.expr) -> Val:
        """``[c for c in df if c != "target"]``: which columns that leaves."""
        frame = over.frame or Frame(base="")
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and ast.unparse(test.left) == name:
            what = self.ev(test.comparators[0]).const
            if isinstance(test.ops[0], ast.NotEq) and isinstance(what, str):
                return Val(
                    frame=replace(frame, without=frame.without | {what}), marks=frozenset({"column names"})
                )
            if isinstance(test.ops[0], ast.NotIn) and isinstance(what, tuple):
                return Val(
                    frame=replace(frame, without=frame.without | {str(w) for w in what}),
                    marks=frozenset({"column names"}),
                )
        return Val(frame=replace(frame, unknown=True), marks=frozenset({"column names"}))

    def ev_ListComp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Val:
        key, value = self._comprehension(node)
        del key
        if "column names" in value.marks:
            return value
        if value.rows:
            return replace(value, obj=None, items=(value,), keys=None, marks=value.marks | {"listed"})
        return Val(items=(value,), scores=value.scores, chosen=value.chosen)

    ev_SetComp = ev_ListComp
    ev_GeneratorExp = ev_ListComp

    def ev_DictComp(self, node: ast.DictComp) -> Val:
        key, value = self._comprehension(node)
        name = str(key.const) if key.const is not MISSING else "*"
        return Val(keys={name: value})

    def ev_Await(self, node: ast.Await) -> Val:
        return self.ev(node.value)

    def ev_Starred(self, node: ast.Starred) -> Val:
        return self.ev(node.value)

    def repeated(self, value: Val, node: ast.AST, what: str) -> Val:
        return replace(value, copies=value.copies | {Copies(self.where(node), what)})


def stat_kind(model: Model) -> str:
    from jupyter_coimprove.evidence.checks import library

    if model.kind in library.SELECTORS:
        return "selection"
    if model.kind in library.ENCODERS:
        return "encoding"
    return "categories" if model.kind in library.CATEGORIES else "preprocessing"


def _scoring(model: Model) -> str:
    scoring = model.keywords.get("scoring")
    return str(scoring.const) if scoring is not None and scoring.const is not MISSING else "score"


def _arithmetic(op: ast.operator, a: float, b: float) -> Any:
    try:
        if isinstance(op, ast.Add):
            return a + b
        if isinstance(op, ast.Sub):
            return a - b
        if isinstance(op, ast.Mult):
            return a * b
        if isinstance(op, ast.Div):
            return a / b
        if isinstance(op, ast.FloorDiv):
            return a // b
    except ZeroDivisionError:
        return MISSING
    return MISSING


def consts(values: Iterable[Val]) -> list[Any]:
    return [v.const for v in values if v.const is not MISSING]
