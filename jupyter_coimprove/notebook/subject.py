"""What a notebook's result is about: its data, and the model that is trained on them, by their names in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jupyter_coimprove.notebook.trees import last_name, walk

#: Functions that bring data of a name of their own: ``load_digits``, ``fetch_california_housing``.
_LOADS = re.compile(r"(?:load|fetch|make)_([a-z0-9_]+)")
#: Functions that read data from what their first argument names.
_READS = re.compile(r"read_\w+|loadtxt|genfromtxt|load|load_dataset|open|imread|fetch_openml")
#: What a file of data ends with; a name without one is a data set's own (``load_dataset("imdb")``).
_DATA = re.compile(
    r"\.(csv|tsv|parquet|feather|json|jsonl|npz|npy|xlsx?|h5|hdf5|txt|data|arff|zip|gz)\Z", re.IGNORECASE
)
_NOT_DATA = frozenset(
    {"make_pipeline", "make_union", "make_column_transformer", "make_scorer", "load_module"}
)
_TRAINS = frozenset({"fit", "fit_transform", "partial_fit", "train", "parameters"})
_SHOWN = 2


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Names of the data and of the models, in the order of the code; either may be empty."""

    data: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


def subject(trees: Iterable[ast.Module]) -> Subject:
    """The data that are loaded and the classes whose objects are trained, as far as names tell."""
    modules = list(trees)
    calls = [node for tree in modules for node in walk(tree) if isinstance(node, ast.Call)]
    data = dict.fromkeys(name for call in calls for name in _data(call))
    made = {
        target.id: node.value
        for tree in modules
        for node in walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    models = dict.fromkeys(name for call in calls for name in _models(call, made))
    return Subject(data=tuple(data)[:_SHOWN], models=tuple(models)[:_SHOWN])


def _data(call: ast.Call) -> Iterator[str]:
    name = last_name(call.func)
    if name in _NOT_DATA:
        return
    first = call.args[0] if call.args else None
    text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    if _READS.fullmatch(name) and text:
        last = re.split(r"[/\\]", text)[-1]
        if _DATA.search(last) or name in ("load_dataset", "fetch_openml"):
            yield last
    elif found := _LOADS.fullmatch(name):
        yield found[1]


def _models(call: ast.Call, made: dict[str, ast.expr]) -> Iterator[str]:
    """The class of what ``X.fit(…)`` is called on, through pipelines to their last step."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _TRAINS:
        return
    of: ast.expr | None = call.func.value
    seen: set[str] = set()
    while isinstance(of, ast.Name) and of.id not in seen:
        seen.add(of.id)
        of = made.get(of.id)
    if not isinstance(of, ast.Call):
        return
    name = last_name(of.func)
    if name in ("make_pipeline", "Pipeline") and of.args:
        last: ast.expr = of.args[-1]
        if isinstance(last, ast.List) and last.elts:
            last = last.elts[-1]
        if isinstance(last, ast.Tuple) and last.elts:
            last = last.elts[-1]
        name = last_name(last.func) if isinstance(last, ast.Call) else ""
    if name[:1].isupper() and not re.search(r"Scaler|Encoder|Imputer|Vectorizer|Transformer|PCA\Z", name):
        yield name
