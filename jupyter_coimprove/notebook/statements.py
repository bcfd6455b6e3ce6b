"""Statements whose absence leaves every name defined: transformations in place, feature columns, effects."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_coimprove.notebook.calls import DRAWING
from jupyter_coimprove.notebook.items import SAME_SHAPE
from jupyter_coimprove.notebook.levels import tokens
from jupyter_coimprove.notebook.literals import MISSING, literal
from jupyter_coimprove.notebook.parts import Code, Part, Scope, spelled
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.steps import CHANGING
from jupyter_coimprove.notebook.trees import last_name, walk

#: Calls that make another kind of thing of their input: without them what follows fails.
_RESHAPING = frozenset(
    """to cuda cpu view reshape flatten ravel squeeze unsqueeze permute transpose swapaxes astype float long int half
    double numpy detach item tolist values to_numpy tensor as_tensor from_numpy array asarray list tuple set dict str
    DataFrame Series concat concatenate append merge join split encode decode load stack cat hstack vstack max min len
    sum next iter compile copy deepcopy groupby pivot get_dummies fit format open resolve Path parse expand repeat
    reset_index set_index drop rename to_dict categorical to_categorical one_hot DataParallel fit_transform transform
    agg read_csv update round lower_bound predict embed pad pad_sequence batch prepare wrap apply_fn jit stack_arrays
    reduce cumsum tz_localize to_datetime interpolate_shape flip_dims backward step head tail moveaxis rearrange
    expand_dims sqrt exp argmax mean softmax sigmoid cast map iloc sample_weight index_select gather any all""".split()  # noqa: SIM905
)
#: What is kept for looking at, not for learning.
_KEPT = frozenset(
    """history hist log logs logger results result metrics metric scores stats record records state ckpt environ cache
    summary report losses accs res row rows out_dict best meta config cfg args params settings info memo table seen
    counts counter store timings output outputs vocab index mapping lookup q qtable policy axes ax rcparams""".split()  # noqa: SIM905
)
#: Calls for their effect on training.
_EFFECTS: dict[str, float] = {
    "clip_grad_norm_": 0.35, "clip_grad_value_": 0.35, "clip_grad_norm": 0.35, "apply": 0.1, "fillna": 0.15,
    "dropna": 0.1, "drop_duplicates": 0.1, "interpolate": 0.1, "clip_": 0.1, "shuffle": -0.15, "clamp_": 0.1,
}  # fmt: skip
_EFFECT_WORDS = frozenset({"augment", "freeze", "unfreeze", "init", "normalize", "normalise", "standardize", "clip", "ema", "prune", "quantize", "warmup"})  # fmt: skip
_IN_PLACE_NO = frozenset(
    {"zero_", "requires_grad_", "copy_", "fill_", "__init__", "_", "share_memory_", "retain_grad_"}
)
_SCHEDULES = frozenset({"sched", "scheduler", "schedule", "lrs", "annealer"})


def statements(
    node: ast.stmt, scope: Scope, code: Code, taken: set[int], schedules: frozenset[str]
) -> Iterator[Part]:
    """This statement, if it can be left out. ``taken`` are expressions that are steps or terms already."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        if id(node.value) not in taken or isinstance(node.targets[0], ast.Subscript):
            yield from _assigned(node, node.targets[0], scope, code)
    elif isinstance(node, ast.AugAssign):
        yield from _scaled(node, scope)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield from _called(node, node.value, scope, schedules)


def _part(name: str, node: ast.stmt, weight: float) -> Part:
    return Part(name=name, kind="statement", operator="drop-statement", node=node, weight=weight)


def _assigned(node: ast.Assign, target: ast.expr, scope: Scope, code: Code) -> Iterator[Part]:
    value = node.value
    if isinstance(target, ast.Subscript):
        yield from _stored(node, target, scope, code)
        return
    targets = target.elts if isinstance(target, ast.Tuple) else [target]
    names = [t.id for t in targets if isinstance(t, ast.Name)]
    reads = {n.id for n in walk(value) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    if len(names) != len(targets) or not names or not set(names) <= reads or scope.forward:
        return
    values = value.elts if isinstance(value, ast.Tuple) else [value]
    if len(values) not in (1, len(names)) or not all(_same_kind(v, names) for v in values):
        return
    if tokens(names[0]) & {
        "best",
        "total",
        "tot",
        "running",
        "i",
        "step",
        "count",
        "done",
        "best_acc",
        "t",
        "epoch",
    }:
        return
    verb = _verb(values[0])
    weight = 0.3 if _standardises(values[0]) else 0.15 if _telling(values[0]) else -0.1
    yield _part(f"{names[0]}.{verb}" if verb else names[0], node, weight)


def _standardises(value: ast.expr) -> bool:
    """``(x - x.mean()) / x.std()``."""
    called = {last_name(n.func) for n in walk(value) if isinstance(n, ast.Call)}
    return (
        isinstance(value, ast.BinOp)
        and bool(called & {"mean", "min", "median"})
        and bool(called & {"std", "max", "var"})
    )


def _same_kind(value: ast.expr, names: list[str]) -> bool:
    """Whether the value is of the kind its input was: other numbers, fewer rows."""
    if isinstance(value, ast.BinOp):
        if isinstance(value.op, (ast.Add, ast.Sub)):
            # ``x = x + 1`` counts and ``x = x + y`` sums; ``x = x - x.mean()`` is a change of all of it.
            return isinstance(value.op, ast.Sub) and any(
                isinstance(n, ast.Name) and n.id in names for n in walk(value.right)
            )
        return isinstance(value.op, (ast.Mult, ast.Div)) and not isinstance(value.right, ast.List)
    if isinstance(value, ast.Subscript):
        # A mask or a selection; ``x[0]`` and ``x["key"]`` are other things.
        return not isinstance(value.slice, (ast.Constant, ast.UnaryOp, ast.Tuple)) and not isinstance(
            value.value, ast.Call
        )
    if isinstance(value, ast.Call):
        node: ast.expr = value
        while isinstance(node, ast.Call):
            last = last_name(node.func)
            if last in _RESHAPING or (last[:1].isupper() and not isinstance(node.func, ast.Attribute)):
                return False
            if path_of(node.func) and (path_of(node.func) or "").startswith("self."):
                return False
            node = (
                node.func.value
                if isinstance(node.func, ast.Attribute)
                else node.args[0]
                if node.args
                else node.func
            )
        return last_name(value.func) != ""
    if isinstance(value, ast.ListComp):
        return bool(value.generators[0].ifs) or (
            isinstance(value.elt, ast.Call) and bool(tokens(last_name(value.elt.func)) & CHANGING)
        )
    return False


def _item(node: ast.expr) -> bool:
    return any(isinstance(n, ast.Call) and last_name(n.func) in ("item", "len") for n in walk(node))


def _verb(value: ast.expr) -> str:
    if isinstance(value, ast.Call):
        return last_name(value.func)
    if isinstance(value, ast.Subscript):
        return "subset"
    if isinstance(value, ast.BinOp):
        return {"Add": "plus", "Sub": "minus", "Mult": "times", "Div": "scaled"}.get(
            type(value.op).__name__, ""
        )
    return "each" if isinstance(value, ast.ListComp) else ""


def _telling(value: ast.expr) -> bool:
    """A change of values (a log, a ratio, a cleaning), rather than of rows."""
    if isinstance(value, ast.Call):
        return bool(
            tokens(last_name(value.func))
            & (CHANGING | {"log1p", "log", "replace", "sub", "fillna", "impute", "rolling", "strip"})
        )
    return isinstance(value, ast.BinOp)


def _stored(node: ast.Assign, target: ast.Subscript, scope: Scope, code: Code) -> Iterator[Part]:
    """``out["hour"] = …`` where nothing else names the column; ``X[:, 7] = np.log1p(X[:, 7])``."""
    root = path_of(target.value)
    name = spelled(target, scope)
    if root is None or tokens(root.rpartition(".")[2]) & _KEPT or literal(node.value) is not MISSING:
        return
    again = ast.dump(target).replace("Store()", "Load()")
    in_place = any(
        isinstance(n, ast.Subscript) and ast.dump(n).replace("Store()", "Load()") == again
        for n in walk(node.value)
    )
    key = literal(target.slice)
    if isinstance(key, str):
        own = sum(
            (isinstance(n, ast.Constant) and n.value == key)
            or (isinstance(n, ast.Attribute) and n.attr == key)
            for n in walk(node)
        )
        elsewhere = code.keys.get(key, 0) - own
        if (
            in_place
            and isinstance(node.value, ast.Call)
            and last_name(node.value.func) in ("astype", "to_datetime", "map", "fit_transform")
        ):
            return
        if in_place or elsewhere <= 0:
            # A column that is only copied is data; one that is computed is an idea.
            copied = not in_place and (path_of(node.value) or "").count(".") == 1
            yield _part(name, node, 0.05 if copied else 0.3)
        return
    if isinstance(target.slice, ast.JoinedStr):
        text = "".join(str(v.value) for v in target.slice.values if isinstance(v, ast.Constant)).strip("_- ")
        if text:
            yield _part(f"{root}.{text}", node, 0.2)
        return
    if in_place:
        yield _part(name or f"{root}.part", node, 0.3)


def _scaled(node: ast.AugAssign, scope: Scope) -> Iterator[Part]:
    """``X /= 255``, ``X -= X.mean(0)``, ``lr *= 0.9``: no counter."""
    name = spelled(node.target, scope)
    if not name or scope.forward or tokens(name) & _KEPT:
        return
    if isinstance(node.op, (ast.Mult, ast.Div)):
        yield _part(f"{name}.{'times' if isinstance(node.op, ast.Mult) else 'scaled'}", node, 0.15)
    elif isinstance(node.op, ast.Sub) and literal(node.value) is MISSING and not _item(node.value):
        root = path_of(node.target) if isinstance(node.target, (ast.Name, ast.Attribute)) else None
        if root and any(isinstance(n, ast.Name) and n.id == root.partition(".")[0] for n in walk(node.value)):
            yield _part(f"{name}.minus", node, 0.15)


def _called(node: ast.Expr, call: ast.Call, scope: Scope, schedules: frozenset[str]) -> Iterator[Part]:
    last = last_name(call.func)
    path = path_of(call.func) or last
    root = path.rpartition(".")[0]
    if last in DRAWING or last in ("print", "display"):
        return
    if last in ("add", "append") and call.args and isinstance(call.args[0], ast.Call):
        maker = last_name(call.args[0].func)
        if maker.startswith(SAME_SHAPE) or "EarlyStopping" in maker or "ReduceLR" in maker:
            yield _part(f"{root or 'list'}[{maker}]", node, 0.05 if "Dropout" in maker else 0.3)
        return
    if last == "step":
        owner = root.rpartition(".")[2]
        if root in schedules or owner in schedules or tokens(owner) & _SCHEDULES:
            yield _part(path, node, 0.2)
        return
    keywords = {k.arg: k.value for k in call.keywords}
    if isinstance(inplace := keywords.get("inplace"), ast.Constant) and inplace.value is True:
        if last not in ("drop", "rename", "set_index", "reset_index"):
            yield _part(path, node, _EFFECTS.get(last, 0.1))
        return
    if (
        scope.method == "__init__"
        and scope.klass
        and last.endswith("_") is False
        and "init" not in tokens(last)
    ):
        return
    if last in ("fillna", "dropna", "drop_duplicates", "interpolate"):
        return
    if last == "apply" and not (call.args and "init" in tokens(path_of(call.args[0]) or "")):
        return
    if last in _EFFECTS:
        yield _part(last if last.startswith("clip_grad") else path, node, _EFFECTS[last])
    elif last.endswith("_") and last not in _IN_PLACE_NO and not last.startswith("_"):
        yield _part(path, node, 0.1)
    elif (
        tokens(last) & _EFFECT_WORDS
        and call.args
        and last[:1].islower()
        and "." not in path
        and last != "init"
    ):
        yield _part(path, node, 0.15)
    elif last == "update" and tokens(root.rpartition(".")[2]) & {"ema", "swa", "target"}:
        yield _part(path, node, 0.25)
