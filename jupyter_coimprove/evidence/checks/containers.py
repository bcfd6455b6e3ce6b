"""Built-in functions, containers and constructors: what they keep of what they are given."""

from __future__ import annotations

import ast
from dataclasses import replace

from jupyter_coimprove.evidence.checks.estimators import Estimators
from jupyter_coimprove.evidence.checks.rows import Rows
from jupyter_coimprove.evidence.checks.values import MISSING, NOTHING, Frame, Function, Val, join

REPORTS = {
    "print",
    "display",
    "log_metric",
    "log_metrics",
    "info",
    "log",
    "add_scalar",
    "write",
    "pprint",
    "echo",
}
CONTAINERS = {"append", "add", "extend", "insert", "update", "setdefault"}
PASSING = (
    REPORTS
    | CONTAINERS
    | {
        "range",
        "len",
        "str",
        "format",
        "enumerate",
        "zip",
        "dict",
        "list",
        "tuple",
        "join",
        "keys",
        "items",
        "int",
        "float",
        "tqdm",
        "trange",
    }
)
ARRAYS = {"array", "asarray", "tensor", "as_tensor", "stack", "csr_matrix", "pad_sequence"}
SAME = {
    "list",
    "tuple",
    "iter",
    "tqdm",
    "set",
    "array",
    "asarray",
    "tensor",
    "as_tensor",
    "from_numpy",
    "deepcopy",
    "copy",
    "csr_matrix",
    "ascontiguousarray",
    "float",
    "int",
    "round",
    "str",
    "stack",
    "squeeze",
    "DataLoader",
    "ravel",
    "compute",
    "float32",
}
MADE_UP = {
    "linspace",
    "logspace",
    "geomspace",
    "zeros",
    "ones",
    "eye",
    "full",
    "empty",
    "zeros_like",
    "ones_like",
}
GENERATORS = {"default_rng", "RandomState", "Generator", "check_random_state", "PCG64"}
LOSSES = {
    "cross_entropy",
    "mse_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "nll_loss",
    "l1_loss",
    "smooth_l1_loss",
    "huber_loss",
    "binary_crossentropy",
}


class Containers(Estimators):
    """Each returns what is known of the result, or None when the call is none of these."""

    def frame(self, value: Val, keywords: dict[str, Val], node: ast.Call) -> Val:
        if value.keys is not None and not value.rows:
            held = join([v.deep() for v in value.keys.values()])
            if held.scores:
                return Val(keys=value.keys, scores=held.scores, chosen=held.chosen)
            table = held if held.rows else self.fresh(node)
            root = sorted(r.root for r in table.rows)[0]
            table = replace(
                table,
                rows=frozenset({Rows(root)}) if not held.rows else table.rows,
                index=None,
                stats=frozenset(),
                origins=frozenset({(root, "*")}),
            )
            added = {k: v for k, v in value.keys.items() if k != "*"}
            table = replace(table, marks=table.marks | keywords.get("index", NOTHING).marks & {"dates"})
            plain = {k: v for k, v in added.items() if v.stats or (v.origins and v.frame is None)}
            only = frozenset(added) if "*" not in value.keys else None
            return replace(table, frame=Frame(base=root, only=only, added=plain), items=None, keys=None)
        if value.items is not None and value.items and value.items[0].keys is not None:
            held = value.items[0]
            return Val(keys=held.keys, scores=held.deep().scores, chosen=held.chosen)
        index = keywords.get("index", NOTHING)
        if value is NOTHING and index.rows:
            base = self.site(node, "data")
            frame = Frame(base=base, only=frozenset())
            return Val(rows=index.rows, frame=frame, order=index.order, marks=index.marks & {"dates"})
        value = value if value.rows else value.deep()
        if value.rows and value.frame is None:
            return replace(value, frame=Frame(base=sorted(r.root for r in value.rows)[0]), items=None)
        return replace(value, items=None)

    def builtin(
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
        if name == "sort" and method and value.items is not None and isinstance(node.func, ast.Attribute):
            self.store(node.func.value, value.marked("sorted"))
            return NOTHING
        if name in MADE_UP:
            return NOTHING
        if name in GENERATORS:
            return Val(marks=frozenset({"generator"}))
        if name == "len":
            return (
                Val(
                    index=(),
                    marks=first.marks & {"unique"} | {m for m in first.marks if m.startswith("groups:")},
                )
                if first.rows or first.index is not None
                else Val()
            )
        if name in ("max", "min") and not method and args:
            if first.keys is not None and "key" not in keywords and len(args) == 1:
                return NOTHING
            deep = join([a.deep() for a in args])
            if deep.scores and (len(args) == 1 or self.loops):
                return replace(deep, items=None, keys=None, chosen=deep.chosen | self.select(deep, node))
            return self.statistic(first, name, node) if len(args) == 1 and not deep.scores else deep
        if name == "sorted":
            deep = first.deep()
            return replace(deep, items=None, keys=None, marks=deep.marks | {"sorted"})
        if name == "sum" and not method and args:
            return (
                replace(first.deep(), items=None, keys=None)
                if not first.error
                else self.statistic(first, "sum", node)
            )
        if name == "enumerate":
            item = first if "fold pairs" in first.marks else self.iterate(first)
            item = replace(item, marks=item.marks - {"fold pairs"})
            return Val(items=(Val(items=(NOTHING, item)),))
        if name == "zip" and args:
            return Val(items=(Val(items=tuple(self.iterate(a) for a in args)),))
        if name == "next" and args:
            return self.iterate(first)
        if name == "map" and not method and len(args) > 1:
            over = (
                args[1].items if args[1].items is not None and not args[1].rows else (self.iterate(args[1]),)
            )
            return Val(items=tuple(self.invoke(args[0], [one], {}, node) for one in over))
        if name in ("items", "values", "keys") and method and value.keys is not None:
            held = join(value.keys.values(), keep_members=True)
            if name == "items":
                return Val(items=(Val(items=(Val(), held)),))
            return Val(items=(held,)) if name == "values" else Val()
        if name == "get" and method and value.keys is not None and args:
            return value.keys.get(str(first.const), join(value.keys.values(), keep_members=True))
        if name == "dict" and not method:
            return Val(keys=dict(keywords) | dict(first.keys or {}))
        if name == "optimize" and method and isinstance(first.obj, Function):
            score = self.call_function(first.obj, [NOTHING], {})
            self.select(score.deep(), node)
            return NOTHING
        if name == "index" and method and args:
            return Val(chosen=first.chosen)
        if (name == "float" and first.error) or (name == "item" and value.error):
            return self.statistic(first if first.error else value, "item", node)
        if name in SAME and args and not method:
            deep = first.deep()
            if name in ARRAYS and not first.rows and deep.rows:
                return replace(deep, items=None, keys=None)
            return first
        return None

    def contain(self, value: Val, name: str, args: list[Val], node: ast.Call) -> Val:
        """``scores.append(x)``: the list holds it from now on."""
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        new = args[-1] if args else NOTHING
        if name in ("extend", "update") and new.items is not None:
            items = (*(value.items or ()), *new.items)
        else:
            items = (*(value.items or ()), new)
        held = replace(value, items=items[:32], const=MISSING)
        if name == "update" and new.keys is not None:
            held = replace(value, keys={**(value.keys or {}), **new.keys})
        if owner is not None and isinstance(owner, (ast.Name, ast.Attribute, ast.Subscript)):
            self.store(owner, held)
        return NOTHING

    def weights(self, keywords: dict[str, Val], node: ast.Call) -> None:
        weights = keywords.get("weights", NOTHING).const
        if isinstance(weights, tuple) and weights and all(isinstance(w, (int, float)) for w in weights):
            share = max(weights) if len(weights) > 1 else max(weights[0], 1 - weights[0])
            if share >= 0.85:
                self.imbalance.append(self.where(node))


def words(node: ast.expr) -> str:
    """What a printed expression says in words: its texts, and names that stand by themselves."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str) else ""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.JoinedStr):
        return " ".join(words(v) for v in node.values)
    if isinstance(node, ast.FormattedValue):
        return words(node.value)
    if isinstance(node, (ast.BinOp, ast.Dict, ast.Tuple, ast.List)):
        return " ".join(words(c) for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr))
    return ""
