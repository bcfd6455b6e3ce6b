"""How likely a value is what a researcher would vary: by its name, its place and what depends on it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.found import POSITIONAL, Found
from jupyter_coimprove.notebook.levels import tokens
from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.scopes import HARMLESS, base, path_of
from jupyter_coimprove.notebook.steps import LAYERS
from jupyter_coimprove.notebook.trees import calls, identifiers, last_name, of_kind
from jupyter_coimprove.notebook.units import Unit

BASE = {
    "parameter": 1.0,
    "config": 0.85,
    "constant": 0.7,
    "default": 0.65,
    "literal": 0.55,
    "item": 0.4,
    "seed": 0.3,
    "term": 0.65,
    "step": 0.6,
    "statement": 0.55,
}
#: What is taken out rather than set: its name says nothing about how likely that is.
PARTS = frozenset({"term", "step", "statement"})
LIKELY = frozenset(
    """lr learning rate dropout drop decay wd momentum epochs epoch batch bs hidden width depth layers estimators max
    leaf c alpha gamma beta lambda k n neighbors components clusters kernel degree aug augment noise aux smoothing
    patience ngram sublinear lookback lags lag window log use residual norm solver penalty activation optimizer
    warmup clip temperature latent dim embed heads features labeled train weight l1 l2 eta sigma subsample colsample
    reg regularization loss criterion strategy weights scale stop early roll degrees repeats""".split()  # noqa: SIM905
)
#: What changes speed, looks or where files lie, not the result.
UNLIKELY = frozenset(
    """verbose verbosity jobs workers device cuda gpu path paths file filename dir folder url data ckpt checkpoint
    figsize fontsize color colors cmap label labels title print every interval progress disp silent debug name
    names tags sep encoding dpi linewidth lw ls marker save cache threads pin memory dtype version copy output
    return store disp xlabel ylabel legend inplace axis columns index header font as frame X y""".split()  # noqa: SIM905
)
#: What changes no score, or what only makes a method that later code calls.
_EXACT_UNLIKELY = frozenset(
    """n_jobs return_X_y as_frame num_workers keepdim inplace batch_first prepend from_logits probability oob_score refit
    compute_score compute_distances fit_inverse_transform sparse_output qstat fft full_output retbins retstep coef
    delim_whitespace cov_type use_t attach_wls old_names typ markersize skiprows nrows usecols""".split()  # noqa: SIM905
)
#: Calls that tell of a result what it is already.
_REPORTING = frozenset(
    {"summary", "summary_frame", "conf_int", "to_latex", "to_html", "reset_index", "anova_lm"}
)
#: What a text that nothing compares is, and what a switch may be called all the same.
_SAYING = frozenset({"name", "names", "tags"})
#: Likely alone, but saying nothing beside a word that is not.
_COMMON = frozenset(
    {"n", "k", "use", "max", "min", "log", "early", "stop", "loss", "train", "features", "window"}
)
#: How it is measured rather than what is measured: other folds are another question.
PROTOCOL = frozenset(
    {"folds", "fold", "splits", "repeats", "repeat", "cv", "classes", "holdout", "bootstraps"}
)
#: What changes speed first.
BATCHES = frozenset({"batch", "bs", "batchsize", "shuffle", "chunk"})
#: How long it runs.
BUDGETS = frozenset(
    {"epochs", "epoch", "iter", "iters", "iterations", "steps", "rounds", "episodes", "passes"}
)
#: Layer sizes must fit together: changing one alone mostly fails.
SHAPES = frozenset(
    {
        "in_features",
        "out_features",
        "in_channels",
        "out_channels",
        "input_size",
        "num_embeddings",
        "num_features",
    }
    | {"normalized_shape", "kernel_size", "padding", "stride", "padding_idx", "size"}
)
#: Values that are already searched over.
_GRIDS = frozenset({"grid", "distributions", "dist", "range", "grids", "space"})
#: Makers of made-up data: what they are given is the question's setting rather than its answer.
_DATA = ("make_", "load_", "fetch_")


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What the code reads of keys and arguments, counted once for the whole notebook."""

    keys: Counter[str]
    whole: frozenset[str]
    stores: Counter[str]
    given: dict[str, list[ast.Call]]

    functions: Mapping[str, tuple[str, ...]]
    #: Last part of a path -> words of the arguments it is handed to as it is.
    uses: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, flow: Flow, units: Sequence[Unit], functions: Mapping[str, tuple[str, ...]]) -> Usage:
        keys: Counter[str] = Counter()
        stores: Counter[str] = Counter()
        whole: set[str] = set()
        given: dict[str, list[ast.Call]] = {}
        uses: dict[str, frozenset[str]] = {}
        own = set(functions)
        for unit in units:
            names = frozenset() if unit.file else flow.statements[unit.statement].names.binds
            stores.update(names)
            top = unit.node
            keys.update([n.attr for n in of_kind(top, ast.Attribute) if isinstance(n.ctx, ast.Load)])
            read = [literal(n.slice) for n in of_kind(top, ast.Subscript) if isinstance(n.ctx, ast.Load)]
            keys.update([key for key in read if isinstance(key, str)])
            for call in calls(top):
                _count_call(call, own, keys, whole, given)
                _count_uses(call, functions, uses)
            over = [loop.iter for loop in of_kind(top, ast.For)]
            over += [loop.iter for loop in of_kind(top, ast.comprehension)]
            whole |= {name.id for name in over if isinstance(name, ast.Name)}
            if not unit.file:
                bound = [n.id for n in identifiers(top) if isinstance(n.ctx, ast.Store)]
                stores.update([name for name in bound if name not in names])
        return cls(
            keys=keys, whole=frozenset(whole), stores=stores, given=given, functions=functions, uses=uses
        )


def _count_call(
    node: ast.Call, own: set[str], keys: Counter[str], whole: set[str], given: dict[str, list[ast.Call]]
) -> None:
    name = last_name(node.func)
    given.setdefault(name, []).append(node)
    if name in ("get", "pop", "getattr") and node.args:
        key = literal(node.args[-1] if name == "getattr" and len(node.args) == 2 else node.args[0])
        if isinstance(key, str):
            keys[key] += 1
    for keyword in node.keywords:
        value = keyword.value
        if keyword.arg is None:
            # ``**cfg`` and ``**vars(args)`` use every key.
            inner = value.args[0] if isinstance(value, ast.Call) and value.args else value
            if isinstance(inner, ast.Name):
                whole.add(inner.id)
    if name not in own and name not in HARMLESS and name not in ("parse_args", "asdict"):
        whole.update(
            a.id for a in [*node.args, *(k.value for k in node.keywords if k.arg)] if isinstance(a, ast.Name)
        )
    if (
        name in ("items", "values")
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    ):
        whole.add(node.func.value.id)


def _count_uses(
    node: ast.Call, functions: Mapping[str, tuple[str, ...]], uses: dict[str, frozenset[str]]
) -> None:
    """``lr=RATE`` and ``range(ROUNDS)``: what a value is handed to says what it is."""
    last = last_name(node.func)
    names = functions.get(last) or POSITIONAL.get(last, ())
    handed = [(k.arg, k.value) for k in node.keywords if k.arg] + list(zip(names, node.args, strict=False))
    if last == "range" and len(node.args) == 1:
        handed.append(("epochs", node.args[0]))
    for name, value in handed:
        path = path_of(value) if isinstance(value, (ast.Name, ast.Attribute, ast.Subscript)) else None
        if path:
            key = path.rpartition(".")[2]
            uses[key] = uses.get(key, frozenset()) | tokens(name)


def start_mask(flow: Flow, f: Found) -> int:
    """As bits: the statements whose results depend on this value."""
    if f.through:
        mask = 0
        for start, path in f.through:
            mask |= flow.dependents(start, path)
            if flow.statements[start].names.stars:
                mask |= flow.dependents(-1, path)
        return mask
    if f.path is None or (f.kind == "literal" and not f.function):
        return flow.after[f.statement] | 1 << f.statement
    name = base(f.path)
    mask = 0
    for start in _binders(flow, name, f.statement):
        mask |= flow.dependents(start, f.path)
        if start != f.statement:
            mask |= 1 << start if f.callee == "" and f.function else 0
    if not f.function and f.kind == "item" and not flow.readers.get((f.statement, name)):
        mask |= 1 << f.statement
    return mask


def _binders(flow: Flow, name: str, statement: int) -> list[int]:
    """The statements at or after this one that bind the name it is read by."""
    names = flow.statements[statement].names
    if name in names.binds or name in flow.statements[statement].changes:
        return [statement]
    # ``args`` is bound by ``parse_args`` further down.
    later = [i for i in range(statement, len(flow.statements)) if name in flow.statements[i].names.binds]
    return later[:1]


def unread(flow: Flow, usage: Usage, f: Found) -> bool:
    """Whether the code shows that nothing reads this value, whoever holds it."""
    if f.kind in ("config", "seed") and f.path and "." in f.path and not f.callee:
        root, key = base(f.path), f.path.rpartition(".")[2]
        holders = {root} | {name for name, made in flow.instances.items() if made == root}
        parents = set(f.path.split(".")[1:-1])
        return not usage.keys[key] and not holders & usage.whole and not parents & set(usage.keys)
    if f.kind == "default" or (f.kind == "seed" and f.callee and f.function):
        return _always_given(usage, f)
    return False


def _always_given(usage: Usage, f: Found) -> bool:
    """A default that every call in the notebook overrides."""
    owner = f.name.partition("@")[0].rpartition(".")[0].rpartition(".")[2]
    calls = usage.given.get(owner, [])
    if not calls or any(any(isinstance(a, ast.Starred) for a in c.args) for c in calls):
        return False
    names = usage.functions.get(owner, ())
    place = names.index(f.argument) if f.argument in names else len(names)
    return all(len(c.args) > place or any(k.arg in (f.argument, None) for k in c.keywords) for c in calls)


def score(
    f: Found, *, measured: bool, shown: bool, dead: bool, reassigned: bool, condition: str = "",
    uses: frozenset[str] = frozenset(), overwritten: int | None = None, switch: bool = False,
) -> tuple[float, str]:  # fmt: skip
    """(score, label): the label says why a value is ranked low, and is empty otherwise.

    ``uses`` are words of the arguments it is handed to (``lr=RATE``), which say what it is;
    ``switch`` says that the code compares it with other texts;
    ``overwritten`` is the index of the cell that gives it another value before anything reads it.
    """
    value = BASE[f.kind] + f.weight
    last = f.name.partition("@")[0].rpartition(".")[2]
    words = tokens(last)
    if f.kind == "item":
        words = tokens(f.argument)
    # The last word says what it is: ``label_smoothing`` smooths, ``train_path`` is a path.
    head = last.rstrip("_").rpartition("_")[2].lower()
    unlikely = (
        bool(words & UNLIKELY - (_SAYING if switch else frozenset()) and head not in LIKELY)
        or last in _EXACT_UNLIKELY
        or f.argument in _EXACT_UNLIKELY
        or _is_path(f)
    )
    if f.kind in PARTS:
        unlikely = False
        # A term whose weight can be set to 0 is asked about there.
        value -= 0.1 if f.kind == "term" and ("." in f.argument or f.argument.isidentifier()) else 0.0
    else:
        value += _by_name(words | (uses if not words & LIKELY else frozenset()), last)
    if f.kind == "item" and f.operator == "drop-item":
        value += _of_member(f)
    if isinstance(f.value, bool) or switch:
        value += 0.1
    elif isinstance(f.value, float) and 0 < f.value < 1:
        value += 0.08
    elif isinstance(f.value, str):
        value -= 0.15 if len(f.value) < 80 and "\n" not in f.value else 0.5
    if tokens(f.name.partition("[")[0].partition("@")[0]) & _GRIDS:
        value -= 0.4
    if f.kind == "literal":
        maker = f.callee.rpartition(".")[2]
        value += 0.12 if maker[:1].isupper() else 0.0
        value -= 0.25 if maker.startswith(_DATA) or maker in ("train_test_split",) else 0.0
        value -= 0.25 if last in SHAPES or last.startswith("arg") else 0.0
        value -= 0.1 if not maker[:1].isupper() and not f.function else 0.0
    if f.kind == "item" and isinstance(f.value, (int, float)):
        value -= 0.15
    if f.kind in ("default", "constant") and last in SHAPES:
        value -= 0.2
    if overwritten is not None:
        return round(min(value, 1.0) * 0.05, 4), f"overwritten in cell {overwritten + 1}"
    if dead or not shown:
        return round(min(value, 1.0) * 0.05, 4), "never read"
    if f.callee.rpartition(".")[2] in _REPORTING:
        return round(0.1 * value, 4), "changes no result by its name"
    if f.drawing:
        return 0.04, "drawing only"
    if condition:
        return round(0.15 * value, 4), f"only when {condition}"
    if unlikely:
        return round(0.1 * value, 4), "changes no result by its name"
    if reassigned:
        return round(0.3 * value, 4), "set again later"
    if not measured:
        return round(0.2 * value, 4), "reaches no measure"
    return round(value, 4), ""


def _of_member(f: Found) -> float:
    """Layers, callbacks, steps of features and augmentations are components; other members are less sure."""
    node = f.node.elts[1] if isinstance(f.node, ast.Tuple) and len(f.node.elts) == 2 else f.node
    if not isinstance(node, ast.Call):
        return 0.0
    last = last_name(node.func)
    for prefix, weight in LAYERS.items():
        if last.startswith(prefix):
            return max(weight, 0.0)
    if f.argument == "callbacks":
        return 0.45
    return 0.25 if f.callee else 0.1


def _by_name(words: frozenset[str], last: str) -> float:
    """What the words of a name add: more for what is learned with, less for budgets and protocols."""
    said = words & LIKELY
    telling = (
        last not in SHAPES
        and last not in ("drop_last", "drop_first", "drop_remainder")
        and bool(said - _COMMON or (said and not words - said))
    )
    value = 0.25 if telling else 0.0
    if words & PROTOCOL or {"n", "test"} <= words or {"n", "val"} <= words:
        return value - 0.4
    if words & BATCHES:
        return value - 0.25
    return value - (0.1 if words & BUDGETS else 0.0)


def _is_path(f: Found) -> bool:
    text = f.value
    return isinstance(text, str) and (
        "/" in text
        or text.rpartition(".")[2] in ("csv", "pt", "pth", "json", "npz", "pkl", "png", "txt", "tsv")
    )
