"""Calls: of the notebook's own functions, of models, of the libraries; what is printed."""

from __future__ import annotations

import ast
from dataclasses import replace

from jupyter_coimprove.evidence.checks import library
from jupyter_coimprove.evidence.checks.containers import (
    CONTAINERS,
    LOSSES,
    PASSING,
    REPORTS,
    Containers,
    words,
)
from jupyter_coimprove.evidence.checks.tables import BY_COLUMNS, BY_ROWS
from jupyter_coimprove.evidence.checks.values import (
    MISSING,
    NOTHING,
    Class,
    Function,
    Model,
    Scope,
    Val,
    join,
)
from jupyter_coimprove.notebook.trees import last_name


class Calls(Containers):
    """``ev_Call`` sends each call to what knows it; what nobody knows joins its arguments."""

    def ev_Call(self, node: ast.Call) -> Val:
        function = node.func
        method = isinstance(function, ast.Attribute)
        value = self.ev(function.value) if isinstance(function, ast.Attribute) else NOTHING
        name = last_name(function)
        args: list[Val] = []
        for argument in node.args:
            given = self.ev(argument.value if isinstance(argument, ast.Starred) else argument)
            args += list(given.items or (given,)) if isinstance(argument, ast.Starred) else [given]
        keywords: dict[str, Val] = {}
        for keyword in node.keywords:
            given = self.ev(keyword.value)
            if keyword.arg is None:
                keywords.update({k: v for k, v in (given.keys or {}).items() if k != "*"})
            else:
                keywords[keyword.arg] = given
        if method and isinstance(value.obj, Scope):
            return self.invoke(value.obj.names.get(name, NOTHING), args, keywords, node)
        if method and value.keys is not None and name in value.keys and value.keys[name].obj is not None:
            return self.invoke(value.keys[name], args, keywords, node)
        callee = self.scope.get(name) if not method else None
        if callee is not None and "module" not in callee.marks:
            return self.invoke(callee, args, keywords, node)
        if not name:
            return self.invoke(self.ev(function), args, keywords, node)
        name = self.aliases.get(name, name) if not method else name
        if callee is not None and callee.text and not method and name not in self.aliases.values():
            # ``act=nn.ReLU``, then ``act()``.
            name = callee.text
        self._vary(name, args, keywords)
        found = self._library(
            name, value, args, keywords, node, method=method and "module" not in value.marks
        )
        if found is not None:
            return found
        return self._unknown(value, args, keywords, node)

    def _vary(self, name: str, args: list[Val], keywords: dict[str, Val]) -> None:
        """Loops whose variable seeds something, and loops whose variable does something else."""
        if name in library.SEED_CALLS:
            for value in [*args, *keywords.values()]:
                self.seeded(value)
            return
        for key, value in keywords.items():
            if key in library.SEED_WORDS:
                self.seeded(value)
            elif name not in PASSING:
                self.varied(value)
        if name not in PASSING:
            for value in args:
                self.varied(value)

    def invoke(self, function: Val, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val:
        """Call what a name is bound to."""
        made = function.obj
        if isinstance(made, Function):
            if any(frame is made.node for frame in self.following):
                return join([*args, *keywords.values()])
            return self._within(made, args, keywords, node)
        if isinstance(made, Class):
            return self.construct(made, args, keywords)
        if isinstance(made, Model):
            own = self.own_method(function, "__call__")
            if own is not None:
                return self.call_function(own, args, keywords)
            return self.called_model(function, args, keywords, node)
        return join([function, *(a.deep() for a in args), *(v.deep() for v in keywords.values())])

    def _within(self, made: Function, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val:
        self.following.append(made.node)
        self.path.append(f"{node.lineno}:{node.col_offset}")
        try:
            return self.call_function(made, args, keywords)
        finally:
            self.following.pop()
            self.path.pop()

    def _library(
        self,
        name: str,
        value: Val,
        args: list[Val],
        keywords: dict[str, Val],
        node: ast.Call,
        *,
        method: bool,
    ) -> Val | None:
        first = args[0] if args else NOTHING
        if method and name == "backward":
            return self.backward(value, node)
        if method and isinstance(value.obj, Model):
            found = self.on_model(value, name, args, keywords, node)
            if found is not None:
                return found
        if method and name in CONTAINERS and not (value.rows and value.frame):
            return self.contain(value, name, args, node)
        if name in REPORTS:
            label = " ".join(words(a) for a in node.args)
            self.report(join([a.deep() for a in [*args, *keywords.values()]]), label, node)
            return NOTHING
        found = self.builtin(name, value, args, keywords, node, method=method)
        if found is not None:
            return found
        found = self.split_call(name, value, args, keywords, node)
        if found is not None:
            return found
        if method and (
            value.rows or value.stats or value.scores or value.models or value.items or value.keys
        ):
            found = self.method(value, name, args, keywords, node)
            if found is not None:
                return found
        if name in library.METRICS or name.endswith(("_score", "_error")):
            found = self.metric(name, args, keywords, node)
            if found is not None:
                return found
        if name in LOSSES and len(args) > 1 and any(a.models for a in args):
            return self.loss(args[:2], node)
        if name in library.CROSS:
            return self._cross(name, args, keywords, node)
        if name in ("lstsq", "polyfit", "curve_fit", "solve") and len(args) > 1:
            fitted = self.model(node, name, "model")
            self.fit(fitted.obj, first, args[1], node)
            return Val(items=(fitted, NOTHING, NOTHING, NOTHING), obj=fitted.obj)
        if not method:
            return self._function(name, args, keywords, node)
        return None

    def _function(self, name: str, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val | None:
        first = args[0] if args else NOTHING
        if name in library.LEARNING_CALLS:
            kind = library.LEARNING_CALLS[name]
            result = self.learnt_by(
                kind, first if first.rows else join(args), name, node, aligned=kind != "selection"
            )
            return (
                Val(items=(result, result))
                if kind == "selection" and name in ("f_classif", "f_regression", "chi2")
                else result
            )
        if name in library.STATISTICS | library.CORRELATIONS and args:
            if name in library.CORRELATIONS:
                return self.learnt_by("selection", first, name, node, aligned=False)
            return self.statistic(first, name, node)
        if name in BY_ROWS | BY_COLUMNS and args:
            return self.joined(name, args, keywords, node)
        if name in ("argmax", "argmin", "argsort") and args:
            return self.extreme(first, name, node)
        if name == "TensorDataset":
            value = join([a.deep() for a in args])
            return replace(value, rows=first.rows, items=tuple(args))
        if name in ("DataFrame", "Series"):
            return self.frame(first, keywords, node)
        if name in ("date_range", "to_datetime"):
            return replace(first if first.rows else NOTHING, marks=first.marks | {"dates"})
        if name == "sliding_window_view":
            return self.moved(first, "unfold", args, keywords, node)
        if name == "make_classification":
            self.weights(keywords, node)
        return self.make(name, args, keywords, node)

    def _cross(self, name: str, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val:
        estimator = keywords.get("estimator", args[0] if args else NOTHING)
        x = keywords.get("X", args[1] if len(args) > 1 else NOTHING)
        y = keywords.get("y", args[2] if len(args) > 2 else NOTHING)
        x = x if x.rows else x.deep()
        cv = keywords.get("cv", args[4] if len(args) > 4 else NOTHING)
        if x.rows:
            self.crossed(cv, keywords.get("groups"), x, node)
        number = (
            estimator.obj.number
            if isinstance(estimator.obj, Model)
            else self.model(node, "estimator", "model").obj.number
        )
        scoring = keywords.get("scoring", NOTHING)
        metric = "score" if scoring is NOTHING else str(scoring.const)
        if name == "cross_val_predict":
            return Val(
                rows=x.rows, models=frozenset({number}), stats=x.stats, marks=frozenset({"out of fold"})
            )
        score = self.score(node, metric, x.rows, frozenset({number}), folds=True)
        return self.evaluate(score, x, y, NOTHING, node)

    def _unknown(self, value: Val, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val:
        """A call nobody knows: what it gives back may hold all that it was given."""
        plain = value if "module" not in value.marks else NOTHING
        given = [a.deep() for a in args]
        data = any(g.rows for g in (plain, *given))
        # What is named on the side (parameters, weights) brings what it learnt, not its rows.
        given += [replace(d, rows=frozenset()) if data else d for d in (v.deep() for v in keywords.values())]
        if isinstance(plain.obj, Model):
            plain = NOTHING if not plain.rows else replace(plain, obj=None)
        result = join([plain.deep(), *given])
        if plain.rows:
            result = replace(result, frame=plain.frame, order=plain.order)
        result = replace(result, index=plain.index)
        result = replace(
            result, const=MISSING, marks=result.marks - {"statistic", "range", "module"}, text=""
        )
        if result.rows or result.scores or result.models or result.index is not None or result.stats:
            return replace(result, index=None) if result.rows else result
        if isinstance(value.obj, Model) and value.obj.role != "instance":
            return result
        if "parse_dates" in keywords:
            return self.fresh(node).marked("dates")
        return self.fresh(node, result)
