"""How the code uses a setting that is a text or a list: the texts it compares with, the members it picks by number."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.trees import last_name
from jupyter_coimprove.notebook.units import Unit

#: Names that mean one thing here and another there: the value must be one that is compared with.
_COMMON = frozenset("name names kind type mode method key k v c col column label x s value which tag".split())  # noqa: SIM905


@dataclass(frozen=True, kw_only=True)
class Switches:
    """By the last part of a path: ``texts`` it is compared with in the code, and the ``picked`` by number."""

    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    picked: frozenset[str] = frozenset()

    def others(self, name: str, value: object) -> tuple[str, ...]:
        """The other texts that the code knows for this setting, in its order; none where it is no switch."""
        last = last_of(name)
        known = self.texts.get(last, ())
        if not isinstance(value, str) or (last.lower() in _COMMON and value not in known):
            return ()
        return tuple(text for text in known if text != value)


def last_of(name: str) -> str:
    """``opt`` of ``cfg.train.opt@cell3``."""
    return name.partition("@")[0].rpartition(".")[2]


def switches(units: Sequence[Unit], functions: Mapping[str, tuple[str, ...]]) -> Switches:
    """Read from all code: ``if cfg.opt == "sgd"``, ``MODEL in ("gbm", "rf")``, ``match``, ``{"sgd": SGD}[opt]``."""
    texts: dict[str, list[str]] = {}
    picked: set[str] = set()
    handed: dict[str, set[str]] = {}
    for unit in units:
        for node in unit.nodes:
            if isinstance(node, ast.Compare) and len(node.ops) == 1:
                _compared(node, texts)
            elif isinstance(node, ast.Match):
                _know(texts, node.subject, [c for case in node.cases for c in ast.walk(case.pattern)])
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                if isinstance(node.value, ast.Dict):
                    _know(texts, node.slice, [k for k in node.value.keys if k is not None])
                elif isinstance(literal(node.slice), int):
                    picked |= _last(node.value)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Tuple, ast.List)):
                picked |= _last(node.value)
            elif isinstance(node, ast.Call):
                names = functions.get(last_name(node.func), ())
                pairs = [(k.arg, k.value) for k in node.keywords if k.arg]
                for argument, value in [*pairs, *zip(names, node.args, strict=False)]:
                    for key in _last(value):
                        handed.setdefault(key, set()).add(argument)
    for key, arguments in handed.items():
        # What an argument is compared with, the setting that is handed to it is.
        for argument in arguments - {key}:
            texts.setdefault(key, []).extend(texts.get(argument, ()))
            picked |= {key} if argument in picked else set()
    return Switches(
        texts={k: tuple(dict.fromkeys(v)) for k, v in texts.items() if v}, picked=frozenset(picked)
    )


def _compared(node: ast.Compare, texts: dict[str, list[str]]) -> None:
    left, right = node.left, node.comparators[0]
    if isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
        _know(texts, left, [right])
        _know(texts, right, [left])
    elif isinstance(node.ops[0], (ast.In, ast.NotIn)) and isinstance(right, (ast.Tuple, ast.List, ast.Set)):
        _know(texts, left, right.elts)


def _know(texts: dict[str, list[str]], side: ast.expr, nodes: Iterable[ast.AST]) -> None:
    if isinstance(side, ast.Call) and last_name(side.func) in ("lower", "upper", "strip"):
        side = side.func.value if isinstance(side.func, ast.Attribute) else side
    found = [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    for key in _last(side):
        texts.setdefault(key, []).extend(found)


def _last(node: ast.expr) -> set[str]:
    path = path_of(node) if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)) else None
    return {path.rpartition(".")[2]} if path else set()
