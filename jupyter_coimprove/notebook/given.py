"""Arguments that a parser is given in the notebook: they win over its defaults."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.notebook.found import Found
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.texts import as_number
from jupyter_coimprove.notebook.trees import last_name, of_kind
from jupyter_coimprove.notebook.units import Unit


@dataclass(frozen=True, kw_only=True)
class Given:
    """Where the arguments of each parser are kept (``parser`` -> ``args``), and those given with their values."""

    names: Mapping[str, str]
    found: tuple[Found, ...] = ()
    #: Paths (``args.lr``) whose default nothing uses.
    paths: frozenset[str] = field(default_factory=frozenset)


def given_arguments(units: Sequence[Unit]) -> Given:
    """Every ``parse_args`` of the notebook; where it has no list, what ``sys.argv`` was set to."""
    names: dict[str, str] = {}
    found: list[Found] = []
    argv: tuple[Unit, ast.expr] | None = None
    for unit in units:
        for node in of_kind(unit.node, ast.Assign):
            target, value = node.targets[0], node.value
            if path_of(target) == "sys.argv":
                argv = (unit, value)
            if not (
                isinstance(value, ast.Call) and last_name(value.func) in ("parse_args", "parse_known_args")
            ):
                continue
            if isinstance(target, ast.Tuple) and target.elts:
                target = target.elts[0]
            parser = path_of(value.func.value) if isinstance(value.func, ast.Attribute) else None
            if not isinstance(target, ast.Name):
                continue
            if parser:
                names[parser] = target.id
            listed = (
                value.args[0]
                if value.args
                else next((k.value for k in value.keywords if k.arg == "args"), None)
            )
            if listed is not None:
                found += _listed(unit, target.id, listed, first=0)
            elif argv is not None:
                found += _listed(argv[0], target.id, argv[1], first=1)
    return Given(names=names, found=tuple(found), paths=frozenset(f.name for f in found))


def _listed(unit: Unit, name: str, listed: ast.expr, first: int) -> list[Found]:
    """``["--lr", "0.1", "--depth=3", "--amp"]`` or ``"--lr 0.1".split()``."""
    words: list[tuple[str, ast.expr, int]] = []
    if isinstance(listed, ast.List):
        for element in listed.elts[first:]:
            text = element.value if isinstance(element, ast.Constant) else None
            words.append((text if isinstance(text, str) else "", element, -1))
    elif (
        isinstance(listed, ast.Call) and last_name(listed.func) == "split" and isinstance(listed.func, ast.Attribute)
        and isinstance(listed.func.value, ast.Constant) and isinstance(listed.func.value.value, str)
    ):  # fmt: skip
        text, at = listed.func.value.value, 0
        for word in text.split():
            at = text.index(word, at)
            words.append((word, listed.func.value, at))
            at += len(word)
    out = []
    for index, (word, node, at) in enumerate(words):
        if not word.startswith("--"):
            continue
        flag, equals, value = word.partition("=")
        path = f"{name}.{flag.lstrip('-').replace('-', '_')}"
        after = words[index + 1] if index + 1 < len(words) else None
        if equals:
            start = max(at, 0) + len(flag) + 1
            out.append(_found(unit, path, node, _value(value), (start, start + len(value))))
        elif after is not None and after[0] and not after[0].startswith("--"):
            span = None if after[2] < 0 else (after[2], after[2] + len(after[0]))
            out.append(_found(unit, path, after[1], _value(after[0]) if span else after[0], span))
        elif at < 0 and (after is None or after[0].startswith("--")):
            # A switch: it is there or not.
            out.append(
                Found(
                    name=path, kind="item", node=node, statement=unit.statement, path=path, operator="drop-item",
                    file=unit.file, through=unit.through, argument=path, weight=0.4,
                )
            )  # fmt: skip
    return out


def _found(unit: Unit, path: str, node: ast.expr, value: Any, span: tuple[int, int] | None) -> Found:
    return Found(
        name=path, kind="config", node=node, statement=unit.statement, path=path, value=value, span=span,
        weight=0.2, file=unit.file, through=unit.through,
    )  # fmt: skip


def _value(text: str) -> Any:
    number = as_number(text)
    return text if number is None else number
