"""Defaults that libraries have changed since a notebook ran: it runs as before and gives other numbers.

From the release notes of scikit-learn 0.21 to 1.4, pandas 2.0 and 3.0, and NumPy 2.0.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from jupyter_coimprove.activities.activity import Section
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.literals import Spans
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.splice import apply_splices


@dataclass(frozen=True, kw_only=True)
class Default:
    """``parameter`` of ``names`` was ``old`` before version ``since`` of ``package``.

    ``place`` is where it may be given without its name (-1: not). ``names`` with a dot in front are methods.
    ``where`` is what the notebook must speak of for it to matter, as a pattern.
    """

    package: str
    names: str
    parameter: str
    old: str
    since: tuple[int, ...]
    place: int = -1
    where: str = ""


_FOLDS = (
    "cross_val_score cross_validate cross_val_predict GridSearchCV RandomizedSearchCV learning_curve validation_curve permutation_test_score "
    "RFECV LassoCV ElasticNetCV LassoLarsCV LarsCV MultiTaskLassoCV LogisticRegressionCV CalibratedClassifierCV GraphicalLassoCV"
)
DEFAULTS = (
    Default(
        package="scikit-learn", parameter="n_estimators", old="10", since=(0, 22), place=0,
        names="RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor RandomTreesEmbedding",
    ),
    Default(package="scikit-learn", parameter="cv", old="3", since=(0, 22), names=_FOLDS),
    Default(
        package="scikit-learn", parameter="n_splits", old="3", since=(0, 22), place=0,
        names="KFold StratifiedKFold GroupKFold TimeSeriesSplit",
    ),
    Default(package="scikit-learn", parameter="gamma", old='"auto"', since=(0, 22), names="SVC SVR NuSVC NuSVR OneClassSVM"),
    Default(package="scikit-learn", parameter="solver", old='"liblinear"', since=(0, 22), names="LogisticRegression"),
    Default(package="scikit-learn", parameter="contamination", old="0.1", since=(0, 22), names="IsolationForest LocalOutlierFactor"),
    Default(package="scikit-learn", parameter="max_iter", old="5", since=(0, 21), names="SGDClassifier SGDRegressor Perceptron PassiveAggressiveClassifier"),
    Default(package="scikit-learn", parameter="tol", old="None", since=(0, 21), names="SGDClassifier SGDRegressor Perceptron PassiveAggressiveClassifier"),
    Default(package="scikit-learn", parameter="init", old='"random"', since=(1, 2), names="TSNE"),
    Default(package="scikit-learn", parameter="learning_rate", old="200.0", since=(1, 2), names="TSNE"),
    Default(package="scikit-learn", parameter="n_init", old="10", since=(1, 4), names="KMeans"),
    Default(package="scikit-learn", parameter="n_init", old="3", since=(1, 4), names="MiniBatchKMeans"),
    Default(package="pandas", parameter="regex", old="True", since=(2, 0), names=".str.replace", place=5),
    Default(
        package="pandas", parameter="observed", old="False", since=(3, 0), names=".groupby",
        where=r"Categorical|category|\bq?cut\(",
    ),
    Default(package="numpy", parameter="rcond", old="-1", since=(2, 0), names="numpy.linalg.lstsq", place=2),
)  # fmt: skip
_ROOTS = {"scikit-learn": "sklearn", "pandas": "pandas", "numpy": "numpy"}
_NAMED = re.compile(
    r"\b(?P<name>scikit-learn|sklearn|pandas|numpy)\b(?:\s*(?:==|=|:|,?\s*version|\s+v)?\s*v?)(?P<version>\d+(?:\.\d+)+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One call that takes a default which was another; ``cell`` counts from 0. ``source`` is the cell with it said."""

    default: Default
    cell: int
    line: int
    call: str

    @property
    def said(self) -> str:
        since = ".".join(map(str, self.default.since))
        return f"{self.call}: {self.default.parameter} was {self.default.old} before {self.default.package} {since}"


def numbers(version: str) -> tuple[int, ...]:
    """``1.4.2rc1`` as (1, 4, 2), for comparison."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def named(notebook: Notebook) -> dict[str, str]:
    """The versions that Markdown and comments say it ran with; the first that is said of each."""
    out: dict[str, str] = {}
    for cell in notebook.cells:
        lines = cell.source.split("\n")
        text = "\n".join(
            line for line in lines if cell.kind != "code" or line.lstrip().startswith(("#", "%pip", "!pip"))
        )
        for found in _NAMED.finditer(text):
            name = found["name"].lower()
            out.setdefault("scikit-learn" if name == "sklearn" else name, found["version"])
    return out


def changed(
    notebook: Notebook, flow: Flow, ran: Mapping[str, str], now: Mapping[str, str]
) -> tuple[Changed, ...]:
    """Calls that rest on a default which was another in the version it ran with; only where both are known."""
    crossed = [
        one for one in DEFAULTS
        if one.package in ran and one.package in now and numbers(ran[one.package]) < one.since <= numbers(now[one.package])
    ]  # fmt: skip
    text = "\n".join(cell.source for cell in notebook.code_cells)
    asked = [one for one in crossed if not one.where or re.search(one.where, text)]
    roots = _imported(flow)
    return tuple(found for node, cell in _calls(flow) for found in _of(node, cell, asked, roots))


def _imported(flow: Flow) -> dict[str, str]:
    out: dict[str, str] = {}
    for statement in flow.statements:
        for node in statement.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    short = alias.asname or alias.name.partition(".")[0]
                    out[short] = alias.name if alias.asname else short
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                out.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
    return out


def _calls(flow: Flow) -> Iterator[tuple[ast.Call, int]]:
    for statement in flow.statements:
        for node in statement.nodes:
            if isinstance(node, ast.Call):
                yield node, statement.cell


def _of(node: ast.Call, cell: int, asked: list[Default], roots: Mapping[str, str]) -> Iterator[Changed]:
    func = node.func
    written = ast.unparse(func)
    path = path_of(func) if isinstance(func, (ast.Name, ast.Attribute)) else None
    first, dot, rest = (path or "").partition(".")
    whole = roots.get(first, first) + dot + rest
    given = {keyword.arg for keyword in node.keywords}
    for one in asked:
        if one.parameter in given or None in given or 0 <= one.place < len(node.args):
            continue
        for name in one.names.split():
            method = name.startswith(".") and written.endswith(name) and isinstance(func, ast.Attribute)
            last = whole.rpartition(".")[2]
            function = (whole == name and "." in name) or (
                last == name and whole.partition(".")[0] == _ROOTS[one.package] and last != whole
            )
            if method or function:
                yield Changed(default=one, cell=cell, line=node.lineno, call=written.rpartition(".")[2])


def stated(
    notebook: Notebook, flow: Flow, found: tuple[Changed, ...], transform: Callable[[str], str]
) -> dict[int, str]:
    """The cells' new sources with the old defaults said; a call inside a line that is no Python stays as it is."""
    out: dict[int, str] = {}
    roots = _imported(flow)
    for cell in sorted({one.cell for one in found}):
        source = notebook.cells[cell].source
        try:
            plain = transform(source)
            tree = ast.parse(plain)
        except SyntaxError:
            continue
        spans = Spans.of(notebook.address(cell), source, plain)
        asked = [one.default for one in found if one.cell == cell]
        splices: list[tuple[int, int, str]] = []
        for node in ast.walk(tree):
            place = spans.place(node) if isinstance(node, ast.Call) else None
            if place is None or not isinstance(node, ast.Call):
                continue
            said = dict.fromkeys(
                f"{one.default.parameter}={one.default.old}" for one in _of(node, cell, asked, roots)
            )
            if said:
                inside = place.text[:-1].rstrip()
                comma = "" if inside.endswith(("(", ",")) else ", "
                end = place.start + len(inside)
                splices.append((end, end, (" " if inside.endswith(",") else comma) + ", ".join(said)))
        if splices:
            out[cell] = apply_splices(source, sorted(splices))
    return out


def section(found: tuple[Changed, ...], where: str) -> Section:
    """The calls, and what each took then."""
    rows = tuple(
        (one.cell + 1, one.call, f"{one.default.parameter}={one.default.old}", f"{one.default.package} {'.'.join(map(str, one.default.since))}")
        for one in found
    )  # fmt: skip
    return Section(
        title="defaults that have changed", columns=("cell", "call", "then", "changed by"), rows=rows,
        lines=(f"since {where}; said outright, each call does what it did then",),
    )  # fmt: skip
