"""Methods of models and transformers: fit, transform, predict, score; metrics and losses."""

from __future__ import annotations

import ast
from dataclasses import replace

from jupyter_coimprove.evidence.checks import library
from jupyter_coimprove.evidence.checks.expressions import stat_kind
from jupyter_coimprove.evidence.checks.splitting import Splitting
from jupyter_coimprove.evidence.checks.values import MISSING, NOTHING, Class, Function, Model, Stat, Val, join

_SELF = {
    "to",
    "eval",
    "train",
    "cuda",
    "cpu",
    "float",
    "double",
    "compile",
    "set_params",
    "requires_grad_",
    "half",
    "set_output",
    "apply",
}
_PREDICT = {"predict", "fit_predict"}
_SOFT = {"predict_proba", "decision_function", "predict_log_proba", "score_samples", "staged_predict_proba"}


class Estimators(Splitting):
    """What calls on a model do."""

    def make(self, name: str, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val | None:
        """A new transformer, splitter, pipeline, search or model by its class's name."""
        role = (
            "splitter" if name in library.SPLITTERS
            else "stateless" if name in library.STATELESS
            else "search" if name in library.SEARCHES
            else "chain" if name in library.CHAINS
            else "sampler" if name in library.SAMPLERS
            else "selector" if name in library.SELECTORS
            else "transformer" if name in library.LEARNERS | library.ENCODERS | library.CATEGORIES
            else ""
        )  # fmt: skip
        given = (
            join(a.deep() for a in args) if not role and not name.endswith(library.ESTIMATORS) else NOTHING
        )
        if not role:
            network = name in library.NETWORKS
            if not name[:1].isupper() or (given.rows and not network) or name in library.QUIET:
                return None
            role = "network" if network else "model"
        parts = (
            tuple(_models([*args, *keywords.values()]))
            if role in ("chain", "search", "selector", "model", "network")
            else ()
        )
        if role in ("model", "network"):
            parts = () if role == "network" else parts
        return self.model(node, name, role, parts=parts, keywords=keywords)

    def known(self, model: Model) -> frozenset[Stat]:
        """What a fitted transformer learnt, as inputs carry it."""
        stats: set[Stat] = set()
        if model.role == "chain":
            for part in model.parts:
                stats |= self.known(part.obj)
            return frozenset(stats)
        if model.role in ("stateless", "splitter"):
            return frozenset()
        fits = model.fits or [f for part in model.parts for f in part.obj.fits]
        for fit in fits:
            stats |= fit.stats
            over = fit.x.text or "its data"
            stats.add(
                Stat(kind=stat_kind(model), rows=fit.rows, where=fit.where, what=model.name or model.kind, over=over,
                     origins=fit.x.origins)
            )  # fmt: skip
        return frozenset(stats)

    def on_model(
        self, value: Val, name: str, args: list[Val], keywords: dict[str, Val], node: ast.Call
    ) -> Val | None:
        """A method of a model; None when it is none that is known."""
        model: Model = value.obj
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            model.name = model.name or node.func.value.id
        x = keywords.get("X", keywords.get("x", args[0] if args else NOTHING))
        y = keywords.get("y", args[1] if len(args) > 1 else None)
        own = self.own_method(value, name)
        if own is not None:
            return self.call_function(own, args, keywords)
        if name in ("fit", "partial_fit", "adapt", "fit_generator"):
            return self._fitted(value, model, x, y, keywords, node)
        if name in ("fit_transform", "fit_resample", "fit_sample"):
            self._fitted(value, model, x, y, keywords, node)
            if model.role == "sampler" or name != "fit_transform":
                copies = [
                    self.repeated(a, node, f"{model.kind} made new rows from old ones")
                    for a in (x, y or NOTHING)
                ]
                return Val(items=tuple(copies))
            return self._transformed(model, x)
        if (
            name in ("transform", "inverse_transform", "texts_to_sequences", "get_support")
            or name == "get_feature_names_out"
        ):
            if name in ("get_support", "get_feature_names_out"):
                return Val(stats=self.known(model), marks=frozenset({"column names"}))
            return self._transformed(model, x)
        if name in _PREDICT | _SOFT or name.startswith("staged_"):
            if name == "fit_predict":
                self._fitted(value, model, x, y, keywords, node)
            return replace(self.output(value, x if x.rows else x.deep()), hard=name in _PREDICT)
        if name in ("score", "evaluate") and (x.rows or x.deep().rows):
            x = x if x.rows else x.deep()
            score = self.score(node, "score", x.rows, frozenset({model.number}))
            return self.evaluate(
                score, replace(x, chosen=x.chosen | value.chosen), y or NOTHING, NOTHING, node
            )
        if name == "split" and model.role == "splitter":
            return self._folds(model, args, node)
        if name in _SELF:
            return value
        if name in (
            "parameters",
            "state_dict",
            "named_parameters",
            "get_params",
            "load_state_dict",
            "zero_grad",
            "step",
            "set_epoch",
        ):
            return Val(marks=frozenset({"instance"}))
        if model.role == "network" and any(a.rows for a in args):
            return self.output(value, join(args))
        return None

    def own_method(self, value: Val, name: str) -> Function | None:
        """The method that a class of the notebook defines."""
        made = value.obj.keywords.get("") if isinstance(value.obj, Model) else None
        while made is not None and isinstance(made.obj, Class):
            cls = made.obj
            for part in cls.node.body:
                if (
                    isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))
                    and part.name == name
                    and name != "forward"
                ):
                    return Function(node=part, scope=cls.scope, owner=value, cell=cls.cell, file=cls.file)
            made = next((b for base in cls.bases if (b := cls.scope.get(base)) is not None), None)
        return None

    def _fitted(
        self, value: Val, model: Model, x: Val, y: Val | None, keywords: dict[str, Val], node: ast.Call
    ) -> Val:
        if model.role == "splitter":
            return value
        self.fit(model, x, y, node)
        if model.role == "search" and x.rows:
            self.crossed(model.keywords.get("cv", NOTHING), keywords.get("groups"), x, node)
        watched = keywords.get("eval_set", keywords.get("validation_data"))
        stops = any("early" in k for k in (*model.keywords, *keywords)) or "callbacks" in keywords
        if watched is not None and stops:
            held = watched.items[0] if watched.items else watched
            held = held.items[0] if held.items and not held.rows else held
            score = self.score(node, "early stopping", held.rows, frozenset({model.number}))
            self.select(self.evaluate(score, held, NOTHING, NOTHING, node), node)
        return value

    def _transformed(self, model: Model, x: Val) -> Val:
        x = x if x.rows or not x.items else x.deep()
        frame = None if model.kind in library.SELECTORS | library.LEARNERS else x.frame
        return replace(x, stats=x.stats | self.known(model), frame=frame, items=None, keys=None)

    def metric(self, name: str, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val | None:
        """A metric of truth and prediction."""
        truth = keywords.get("y_true", args[0] if args else NOTHING)
        rest = args[1:] if "y_true" not in keywords else args
        predicted = next(
            (keywords[k] for k in ("y_pred", "y_score", "y_prob") if k in keywords),
            rest[0] if rest else NOTHING,
        )
        truth, predicted = truth.deep(), predicted.deep()
        models = predicted.models | truth.models
        if not models:
            return None
        rows = predicted.rows or truth.rows
        score = self.score(node, name, rows, models)
        held = predicted if predicted.models else truth
        return self.evaluate(score, held, truth, predicted, node)

    def called_model(self, value: Val, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val:
        """``net(x)``, ``layer(x)``, ``criterion(net(x), y)``."""
        given = [*args, *keywords.values()]
        if len(given) > 1 and any(a.models for a in given):
            return self.loss(given, node)
        x = join([a.deep() for a in given])
        if not x.rows:
            return x
        value.obj.fed.append(x)
        return self.output(value, x)

    def loss(self, given: list[Val], node: ast.AST) -> Val:
        del node
        deep = [g.deep() for g in given]
        value = join(deep)
        predicted = next(d for d in deep if d.models)
        for number in predicted.models:
            self.models[number].truths += [d for d in deep if d.origins and not d.models]
        return replace(
            value,
            rows=predicted.rows or value.rows,
            stats=predicted.stats,
            error=True,
            marks=value.marks | {"loss"},
            frame=None,
            copies=predicted.copies,
        )

    def backward(self, value: Val, node: ast.AST) -> Val:
        """``loss.backward()``: the models in it learn from its rows."""
        for number in sorted(value.models):
            self.fit(self.models[number], replace(value, models=frozenset(), scores=frozenset()), None, node)
        return NOTHING


def _models(values: list[Val]) -> list[Val]:
    out: list[Val] = []
    for value in values:
        if isinstance(value.obj, Model) and value.obj.role not in ("splitter",):
            out.append(value)
        for member in value.items or ():
            out += _models([member])
    return out


__all__ = ["MISSING", "Estimators"]
