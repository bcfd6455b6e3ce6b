"""Letting a step pass its input on: ``self.bn(h)`` becomes ``h``, ``nn.Dropout(0.3)`` becomes ``nn.Identity()``."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.notebook.operators.around import Around
from jupyter_coimprove.notebook.operators.code import Code, Splice, breaks_line
from jupyter_coimprove.notebook.scopes import path_of

#: Methods of transformers and modules: what they are given is passed on.
_GIVEN = frozenset(
    [
        "fit_transform",
        "transform",
        "inverse_transform",
        "forward",
        "transform_fit",
        "__call__",
        "apply_transform",
    ]
)
#: Methods of arrays, tensors, frames and texts: what they are called on is passed on.
_RECEIVER = frozenset(
    """relu relu_ leaky_relu sigmoid tanh softmax log_softmax clip clip_ clamp clamp_ clamp_min clamp_max abs abs_
    exp log log1p expm1 sqrt square pow round floor ceil normal_ dropout fillna dropna ffill bfill interpolate
    drop drop_duplicates replace rename sort_values sort_index reset_index query sample rolling ewm rank diff
    shift astype round lower upper strip lstrip rstrip casefold title swapcase normalize detach contiguous float
    double half cpu copy add sub mul div divide multiply subtract add_ sub_ mul_ div_ where mask masked_fill
    masked_fill_ nan_to_num roll flip sort shuffle batch repeat prefetch cache augment filter assign""".split()  # noqa: SIM905
)
_ACCESSORS = frozenset({"str", "dt", "cat", "list", "struct"})
#: Keywords that name a function's main input.
_MAIN = (
    "x",
    "X",
    "input",
    "inputs",
    "data",
    "features",
    "tensor",
    "image",
    "img",
    "text",
    "df",
    "a",
    "y",
    "h",
)
#: Layers that take something else than they give, or give something else than one tensor.
_NO_LAYER = re.compile(
    r".*Loss\Z|(?:LSTM|GRU|RNN)(?:Cell)?\Z|RNNBase\Z|Embedding(?:Bag)?\Z|Sequential\Z|Module(?:List|Dict)?\Z|"
    r"Parameter(?:List|Dict)?\Z|MultiheadAttention\Z|Transformer\Z|DataParallel\Z|Input\Z|Model\Z"
)
_SK_MODULES = (
    "sklearn.preprocessing", "sklearn.decomposition", "sklearn.feature_selection", "sklearn.impute",
    "sklearn.random_projection", "sklearn.kernel_approximation", "sklearn.manifold", "sklearn.cluster.FeatureAgg",
    "sklearn.feature_extraction.text.TfidfTransformer", "sklearn.compose.ColumnTransformer",
)  # fmt: skip
_SK_NOT = frozenset(
    """LabelEncoder OneHotEncoder OrdinalEncoder LabelBinarizer MultiLabelBinarizer TargetEncoder
    LatentDirichletAllocation TSNE MDS""".split()  # noqa: SIM905
)
#: Scalers that do nothing with these arguments, and stay what they are.
_NEUTRAL = {
    "StandardScaler": ("with_mean=False, with_std=False", frozenset({"mean_", "scale_", "var_"})),
    "RobustScaler": ("with_centering=False, with_scaling=False", frozenset({"center_", "scale_"})),
}
#: What ``FunctionTransformer`` can do as well.
_COMMON = frozenset(
    """fit transform fit_transform inverse_transform set_output get_params set_params n_features_in_
    feature_names_in_ __class__""".split()  # noqa: SIM905
)
_MODULE_COMMON = frozenset(
    """train eval to cuda cpu parameters named_parameters state_dict load_state_dict zero_grad apply children
    modules named_modules requires_grad_ register_forward_hook forward training half float double __class__""".split()  # noqa: SIM905
)
_STEPS = frozenset(
    {
        "Pipeline",
        "ColumnTransformer",
        "FeatureUnion",
        "make_pipeline",
        "make_union",
        "make_column_transformer",
    }
)
_PASSTHROUGH = '"passthrough"'
_FUNCTION_TRANSFORMER = (
    '__import__("sklearn.preprocessing", fromlist=["FunctionTransformer"]).FunctionTransformer()'
)
_TORCH_IDENTITY = '__import__("torch").nn.Identity()'
#: Operands that bind tighter than anything around them.
_ATOMS = (
    ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.List, ast.Dict, ast.Set, ast.ListComp,
    ast.SetComp, ast.DictComp, ast.JoinedStr,
)  # fmt: skip
_DATA_ATTRIBUTES = frozenset(
    [
        "shape",
        "T",
        "values",
        "dtype",
        "device",
        "data",
        "index",
        "columns",
        "ndim",
        "size",
        "str",
        "dt",
        "cat",
        "loc",
        "iloc",
        "mT",
        "H",
    ]
)


def call_at(code: Code, start: int, end: int) -> ast.Call:
    """The call that stands there. PlanError where there is none."""
    for node in code.at(start, end):
        if isinstance(node, ast.Expr):
            node = node.value
        if isinstance(node, ast.Call):
            if code.in_f_string(node):
                raise PlanError(f"{_shown(code, node)} stands in an f-string, which is left as it is")
            return node
    text = " ".join(code.source[start:end].split())[:60]
    raise PlanError(
        f"{text!r} is not a call, so there is no input it could pass on",
        remedy="name a call such as self.bn(h), or leave this factor out of the plan",
    )


def identity(code: Code, call: ast.Call, around: Around) -> tuple[list[Splice], ast.AST]:
    """The splices that make a step pass its input on, and what takes its place in the tree.

    Raises PlanError where it cannot be told what is passed on, or other code needs what it does.
    """
    name = path_of(call.func) or ""
    last = call.func.attr if isinstance(call.func, ast.Attribute) else name
    if _is_step(code, call):
        if _is_last_step(code, call) and not _is_transformer(around.resolve(name)):
            raise _refused(code, call, "the last step of a pipeline makes its predictions")
        return _written(code, call, _PASSTHROUGH)
    if _is_class(name, last, around):
        return _constructor(code, call, name, last, around)
    return _applied(code, call, name, last, around)


def _is_class(name: str, last: str, around: Around) -> bool:
    """``StandardScaler``, ``PCA``, ``nn.ReLU``; not ``G`` or ``NET``, which hold a model."""
    known = name.partition(".")[0] in around.imports or last in around.classes
    return len(last) > 1 and last[0].isupper() and (known or not last.isupper())


def _constructor(
    code: Code, call: ast.Call, name: str, last: str, around: Around
) -> tuple[list[Splice], ast.AST]:
    resolved = around.resolve(name)
    bound = _bound_to(code, call)
    uses = dict(around.uses.get(bound, {})) if bound else {}
    if bound and bound.startswith("self."):
        # An object's layers are reached by other names from outside: ``model.bn.weight``.
        for owner, attributes in around.uses.items():
            if owner.endswith("." + bound.removeprefix("self.")):
                uses |= attributes
    if _is_transformer(resolved) and last in _NEUTRAL:
        arguments, lost = _NEUTRAL[last]
        _refuse_uses(code, call, bound, {u: w for u, w in uses.items() if u in lost})
        start, end = code.sure(call)[0], code.sure(call.func)[1]
        return _written(code, call, f"{code.source[start:end]}({arguments})")
    if _is_transformer(resolved):
        _refuse_uses(code, call, bound, {u: w for u, w in uses.items() if u not in _COMMON})
        return _written(code, call, _FUNCTION_TRANSFORMER)
    if resolved.startswith(("torch.nn.", "torchvision.transforms", "torch_geometric.nn.")) or _local_module(
        name, around
    ):
        if _NO_LAYER.match(last):
            raise _refused(code, call, f"{last} does not give one output for one input")
        _refuse_uses(code, call, bound, {u: w for u, w in uses.items() if u not in _MODULE_COMMON})
        return _written(code, call, _spelled_identity(name, around))
    if ".layers." in resolved or resolved.startswith("keras"):
        if _NO_LAYER.match(last):
            raise _refused(code, call, f"{last} does not give one output for one input")
        _refuse_uses(code, call, bound, uses)
        owner = name.rpartition(".")[0]
        activation = f"{owner}.Activation" if owner else '__import__("keras").layers.Activation'
        return _written(code, call, f'{activation}("linear")')
    raise _refused(
        code, call, f"{last} is not known as a layer or a transformer that could pass its input on"
    )


def _is_transformer(resolved: str) -> bool:
    last = resolved.rpartition(".")[2]
    return resolved.startswith(_SK_MODULES) and last not in _SK_NOT


def _local_module(name: str, around: Around, depth: int = 0) -> bool:
    """Whether a class defined in this code is a module of torch."""
    bases = around.classes.get(name.rpartition(".")[2], ())
    return depth < 5 and any(
        around.resolve(base) in ("torch.nn.Module", "nn.Module", "Module")
        or _local_module(base, around, depth + 1)
        for base in bases
        if base
    )


def _spelled_identity(name: str, around: Around) -> str:
    owner = name.rpartition(".")[0]
    if owner and around.resolve(owner) == "torch.nn":
        return f"{owner}.Identity()"
    for alias, target in around.imports.items():
        if target == "torch.nn":
            return f"{alias}.Identity()"
        if target == "torch.nn.Identity":
            return f"{alias}()"
    return "torch.nn.Identity()" if around.imports.get("torch") == "torch" else _TORCH_IDENTITY


def _bound_to(code: Code, call: ast.Call) -> str | None:
    above = code.parents.get(call)
    if isinstance(above, ast.Assign) and len(above.targets) == 1:
        return path_of(above.targets[0])
    return None


def _refuse_uses(code: Code, call: ast.Call, bound: str | None, uses: dict[str, str]) -> None:
    for attribute, where in sorted(uses.items()):
        place = f" {where}" if where else ""
        raise _refused(code, call, f"{bound}.{attribute} is read{place}, and without the step there is none")


def _is_step(code: Code, call: ast.Call) -> bool:
    """Whether it is a step of a scikit-learn pipeline: ``("scale", StandardScaler())`` in its list."""
    return _step_list(code, call) is not None


def _step_list(code: Code, call: ast.Call) -> tuple[list[ast.expr], ast.expr, str] | None:
    above = code.parents.get(call)
    if isinstance(above, ast.Call) and call in above.args:
        last = (path_of(above.func) or "").rpartition(".")[2]
        return (above.args, call, last) if last in ("make_pipeline", "make_union") else None
    if not isinstance(above, ast.Tuple) or not 2 <= len(above.elts) <= 3 or call not in above.elts[:2]:
        return None
    outer = code.parents.get(above)
    if isinstance(outer, ast.Call) and above in outer.args:
        last = (path_of(outer.func) or "").rpartition(".")[2]
        return (outer.args, above, last) if last == "make_column_transformer" else None
    if not isinstance(outer, ast.List) or above.elts[1] is not call:
        return None
    owner = code.parents.get(outer)
    owner = code.parents.get(owner) if isinstance(owner, ast.keyword) else owner
    if isinstance(owner, ast.Call):
        last = (path_of(owner.func) or "").rpartition(".")[2]
        return (outer.elts, above, last) if last in _STEPS else None
    return None


def _is_last_step(code: Code, call: ast.Call) -> bool:
    found = _step_list(code, call)
    return found is not None and found[2] in ("Pipeline", "make_pipeline") and found[0][-1] is found[1]


def _applied(
    code: Code, call: ast.Call, name: str, last: str, around: Around
) -> tuple[list[Splice], ast.AST]:
    """``f(x, …)``, ``self.bn(x)``, ``scaler.fit_transform(X)`` or ``x.relu()``: the data itself."""
    _check_context(code, call)
    if last == "fit_resample" and len(call.args) == 2:
        one, other = (code.source[slice(*code.sure(arg))] for arg in call.args)
        return _written(code, call, f"({one}, {other})")
    main = _main_input(code, call, name, last, around)
    text = code.source[slice(*code.sure(main))]
    if _needs_brackets(code, call, main, text):
        text = f"({text})"
    return [(*code.sure(call), text)], main


def _main_input(code: Code, call: ast.Call, name: str, last: str, around: Around) -> ast.expr:
    first = _first(call)
    if not isinstance(call.func, ast.Attribute):
        if first is None:
            raise _refused(code, call, "it is given no input that it could pass on")
        return first
    receiver = call.func.value
    root = name.partition(".")[0]
    if (
        root in around.imports
        or (root in ("self", "cls", "super") and last not in _RECEIVER)
        or (isinstance(receiver, ast.Call) and path_of(receiver.func) == "super")
    ):
        # ``np.clip(p, 0, 1)``, ``self.bn1(h)``: a function or a layer, given the data.
        data = name.count(".") > 1 and root in ("self", "cls") and last in _RECEIVER
        if first is not None and not data:
            return first
        raise _refused(code, call, "it is given no input that it could pass on")
    if last in _RECEIVER:
        while isinstance(receiver, ast.Attribute) and receiver.attr in _ACCESSORS:
            receiver = receiver.value
        return receiver
    if last in _GIVEN and first is not None:
        return first
    if first is None:
        if call.keywords:
            raise _refused(code, call, f"it is not known whether .{last}() passes on what it is called on")
        return receiver
    raise _refused(
        code, call, f"it is not known whether .{last}() passes on what it is called on or what it is given"
    )


def _first(call: ast.Call) -> ast.expr | None:
    if call.args:
        return None if isinstance(call.args[0], ast.Starred) else call.args[0]
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    return next((named[key] for key in _MAIN if key in named), None)


def _check_context(code: Code, call: ast.Call) -> None:
    above = code.parents.get(call)
    if isinstance(above, ast.Expr):
        raise _refused(code, call, "its result is not used", "drop the statement instead: drop-statement")
    if isinstance(above, (ast.Await, ast.YieldFrom, ast.Starred, ast.withitem)):
        raise _refused(code, call, "what it gives is not data")
    if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        raise _refused(code, call, "it is a decorator")
    apart = isinstance(above, ast.Assign) and any(isinstance(t, (ast.Tuple, ast.List)) for t in above.targets)
    if apart and (path_of(call.func) or "").rpartition(".")[2] != "fit_resample":
        raise _refused(code, call, "its result is taken apart")
    if isinstance(above, (ast.For, ast.comprehension)) and isinstance(above.target, (ast.Tuple, ast.List)):
        raise _refused(code, call, "its result is taken apart")
    if isinstance(above, ast.Call) and above.func is call:
        raise _refused(code, call, "what it gives is called")
    if (
        isinstance(above, ast.Subscript)
        and isinstance(above.slice, ast.Constant)
        and type(above.slice.value) is int
    ):
        raise _refused(code, call, "its result is taken apart")
    if isinstance(above, ast.Attribute) and above.attr not in _DATA_ATTRIBUTES:
        outer = code.parents.get(above)
        if not (isinstance(outer, ast.Call) and outer.func is above):
            raise _refused(code, call, f"the attribute .{above.attr} of its result is read")


def _needs_brackets(code: Code, call: ast.Call, main: ast.expr, text: str) -> bool:
    start, end = code.sure(call)
    before, after = code.source[start - 1 : start] if start else "", code.source[end : end + 1]
    if before.isalnum() or before == "_" or after.isalnum() or after == "_":
        return True
    if breaks_line(text):
        return True
    above = code.parents.get(call)
    if isinstance(main, ast.Constant):
        return isinstance(above, ast.Attribute) and isinstance(main.value, (int, float, complex))
    if isinstance(main, _ATOMS):
        return False
    plain = isinstance(main, (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare))
    return not (plain and isinstance(above, (ast.Assign, ast.Return, ast.AugAssign, ast.AnnAssign)))


def _written(code: Code, call: ast.Call, text: str) -> tuple[list[Splice], ast.AST]:
    return [(*code.sure(call), text)], ast.parse(text, mode="eval").body


def _refused(code: Code, call: ast.Call, why: str, remedy: str = "") -> PlanError:
    return PlanError(
        f"{_shown(code, call)} cannot be made to pass its input on: {why}",
        remedy=remedy or "leave this factor out of the plan, or vary an argument of it instead",
    )


def _shown(code: Code, node: ast.AST) -> str:
    text = " ".join(code.source[slice(*code.sure(node))].split())
    return repr(text if len(text) <= 60 else text[:59] + "…")
