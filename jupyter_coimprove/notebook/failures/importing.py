"""An import that fails: misspelt, moved, in another module, or not installed."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures import known, moved
from jupyter_coimprove.notebook.failures.near import nearest
from jupyter_coimprove.notebook.failures.situation import Diagnosis, Edit, Situation

_MODULE = re.compile(r"No module named '([\w.]+)'")
_NAME = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
_HONEST = {
    "load_boston": "`load_boston` was taken out of scikit-learn 1.2 because of an ethical problem of the data (a variable "
    "that assumes segregation by race). No other data set stands for it: choose one for your question, as "
    "`fetch_california_housing` or `load_diabetes`, and read the results anew.",
    "Panel": "pandas has no Panel since 0.25; a frame with a MultiIndex, or xarray, holds such data.",
    "interp2d": "`interp2d` was taken out of SciPy 1.14; `RegularGridInterpolator` or `RectBivariateSpline` do it, called otherwise.",
}  # fmt: skip
#: Modules of the usual libraries, to be near to where no kernel tells which can be imported.
_USUAL = [
    "numpy",
    "pandas",
    "matplotlib",
    "seaborn",
    "sklearn",
    "scipy",
    "torch",
    "tensorflow",
    "keras",
    "statsmodels",
    "tqdm",
    "plotly",
    "xgboost",
    "lightgbm",
    "json",
    "os",
    "sys",
    "re",
    "math",
    "random",
    "time",
    "datetime",
    "itertools",
    "functools",
    "collections",
    "pathlib",
]


def importing(s: Situation) -> Diagnosis | None:
    """ImportError and ModuleNotFoundError."""
    if s.failure.ename not in ("ImportError", "ModuleNotFoundError"):
        return None
    for name, words in _HONEST.items():
        if re.search(rf"\b{name}\b", s.said):
            return Diagnosis(rule="taken out", cause=words)
    named = _NAME.search(s.said)
    if named:
        return _no_name(s, named[1], named[2])
    missing = _MODULE.search(s.said)
    return _no_module(s, missing[1]) if missing else None


def _no_module(s: Situation, module: str) -> Diagnosis | None:
    node = _statement(s, module)
    if node is None:
        return None
    if isinstance(node, ast.ImportFrom) and len(node.names) >= 1:
        full = [f"{node.module}.{alias.name}" for alias in node.names]
        if any(name in moved.NAMES for name in full) or node.module in moved.MODULES:
            return _from_moved(s, node)
    if module in moved.MODULES and isinstance(node, ast.Import):
        return _renamed(s, node, module, moved.MODULES[module], "is now called")
    parent, _, last = module.rpartition(".")
    among = s.facts.attributes.get(parent, ()) if parent else (s.facts.modules or _USUAL)
    if not parent:
        usual = nearest(module, _USUAL)
        meant = (
            usual if usual and (not s.facts.modules or usual in s.facts.modules) else nearest(module, among)
        )
    else:
        meant = nearest(last, [name for name in among if not name.startswith("_")])
    if meant is None:
        package = moved.PACKAGES.get(module.partition(".")[0], module.partition(".")[0])
        return Diagnosis(
            rule="not installed", cause=f"No module `{module}` is installed in this kernel's environment, and none with a name "
            f"near to it. If it is a package, `%pip install {package}` would fetch it; nothing was fetched.",
        )  # fmt: skip
    return _renamed(s, node, module, f"{parent}.{meant}" if parent else meant, "is misspelt: there is")


def _statement(s: Situation, module: str) -> ast.Import | ast.ImportFrom | None:
    """The import that asks for this module."""
    for node in ast.walk(s.tree):
        if isinstance(node, ast.Import) and any(
            a.name == module or a.name.startswith(module + ".") for a in node.names
        ):
            return node
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and (node.module == module or node.module.startswith(module + "."))
        ):
            return node
    return None


def _renamed(s: Situation, node: ast.Import | ast.ImportFrom, old: str, new: str, how: str) -> Diagnosis:
    if isinstance(node, ast.ImportFrom):
        where = (node.module or "").replace(old, new, 1)
        text = f"from {where} import " + ", ".join(_alias(a) for a in node.names)
    else:
        names = []
        for alias in node.names:
            to = (
                alias.name.replace(old, new, 1)
                if alias.name == old or alias.name.startswith(old + ".")
                else alias.name
            )
            # Without a name of its own, code goes on to call it as it was.
            kept = alias.asname or (
                alias.name if to != alias.name and "." not in alias.name and _read(s, alias.name) else None
            )
            names.append(f"{to} as {kept}" if kept else to)
        text = "import " + ", ".join(names)
    return Diagnosis(
        rule="moved module",
        cause=f"`{old}` {how} `{new}`.",
        repair=f"`{text}`",
        edits=s.replaced(s.swapped((node, text))),
    )


def _read(s: Situation, name: str) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == name
        for i in range(len(s.flow.sources))
        for n in ast.walk(s.tree_of(i))
    )


def _alias(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _no_name(s: Situation, name: str, module: str) -> Diagnosis | None:
    node = next(
        (
            n
            for n in ast.walk(s.tree)
            if isinstance(n, ast.ImportFrom) and any(a.name == name for a in n.names)
        ),
        None,
    )
    if node is None:
        return None
    if home(name, module) is not None:
        return _from_moved(s, node)
    meant = nearest(name, [n for n in s.facts.attributes.get(module, ()) if not n.startswith("_")])
    if meant is None:
        meant = nearest(name, [n for n, at in known.exports().items() if at == module])
    if meant is None:
        return Diagnosis(
            rule="no such name",
            cause=f"`{module}` is there, but has no `{name}` in the version installed, and none near to it.",
        )
    alias = next(a for a in node.names if a.name == name)
    if alias.asname:
        return Diagnosis(
            rule="misspelt import", cause=f"`{module}` has no `{name}`; the nearest it has is `{meant}`.", repair=f"`{meant}`",
            edits=s.replaced(s.swapped((alias, f"{meant} as {alias.asname}"))),
        )  # fmt: skip
    return Diagnosis(
        rule="misspelt import", cause=f"`{module}` has no `{name}`; the nearest it has is `{meant}`.",
        repair=f"`{meant}` instead of `{name}`, wherever it is used", edits=_everywhere(s, node, {name: meant}, None),
    )  # fmt: skip


def home(name: str, module: str) -> str | None:
    """The full name that stands for ``module.name`` now; None where that is not known."""
    full = f"{module}.{name}"
    if full in moved.NAMES:
        return moved.NAMES[full]
    if module == "collections" and name in moved.CONTAINERS:
        return f"collections.abc.{name}"
    if module == "scipy.signal" and name in moved.WINDOWS:
        return f"scipy.signal.windows.{name}"
    if module in ("StringIO", "cStringIO"):
        return f"io.{name}"
    if module == "scipy" and f"numpy.{name}" not in moved.NAMES and name.islower():
        return f"numpy.{name}"
    if module.startswith("sklearn") and name in known.exports() and known.exports()[name] != module:
        return f"{known.exports()[name]}.{name}"
    if module in moved.MODULES:
        return f"{moved.MODULES[module]}.{name}"
    return None


def _from_moved(s: Situation, node: ast.ImportFrom) -> Diagnosis:
    """``from old import a, b``: each name from where it is now, and called what it is called now."""
    module, lines, renamed, said = node.module or "", [], {}, []
    stays = []
    for alias in node.names:
        new = home(alias.name, module)
        if new is None:
            stays.append(_alias(alias))
            continue
        said.append(f"`{module}.{alias.name}` is now `{new}`")
        if new.count(".") == 0:
            # A builtin or a module of its own.
            if new in known.MODULES or new in ("six", "pickle"):
                lines.append(
                    f"import {new}"
                    if (alias.asname or alias.name) == new
                    else f"import {new} as {alias.asname or alias.name}"
                )
            else:
                renamed[alias.asname or alias.name] = new
            continue
        where, _, last = new.rpartition(".")
        if where.rpartition(".")[2][:1].isupper():
            # A class method: ``ConfusionMatrixDisplay.from_estimator``.
            where, _, owner = where.rpartition(".")
            lines.append(f"from {where} import {owner}")
            renamed[alias.asname or alias.name] = f"{owner}.{last}"
            continue
        if alias.asname:
            lines.append(f"from {where} import {last} as {alias.asname}")
        else:
            lines.append(f"from {where} import {last}")
            if last != alias.name:
                renamed[alias.name] = last
    if stays:
        lines.insert(0, f"from {module} import " + ", ".join(stays))
    text = ("\n" + " " * node.col_offset).join(lines) or "pass"
    return Diagnosis(
        rule="moved name", cause="; ".join(said) + ".", repair=f"`{'; '.join(lines)}`" if lines else "the new name",
        edits=_everywhere(s, node, renamed, text),
    )  # fmt: skip


def _everywhere(
    s: Situation, node: ast.ImportFrom, renamed: dict[str, str], text: str | None
) -> tuple[Edit, ...]:
    """The import changed, and in all cells the names that it brought in."""
    out: list[Edit] = []
    for cell in s.notebook.code_cells:
        tree = s.tree if cell.index == s.failure.inner else s.tree_of(cell.index)
        bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        changes: list[tuple[ast.AST, str]] = [
            (n, renamed[n.id]) for n in ast.walk(tree)
            if isinstance(n, ast.Name) and n.id in renamed and isinstance(n.ctx, ast.Load) and n.id not in bound
        ]  # fmt: skip
        if cell.index == s.failure.inner:
            if text is not None:
                changes.append((node, text))
            else:
                changes += [(a, renamed[a.name]) for a in node.names if a.name in renamed]
        if changes:
            edits = s.replaced(s.swapped(*changes, cell=cell.index), cell.index)
            if cell.index == s.failure.inner and not edits:
                return ()
            out += edits
    return tuple(out)
