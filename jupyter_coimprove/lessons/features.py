"""What a proposal is made of, in a form in which two of them can have something in common."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

#: Longer values are data and say nothing that would come again.
LONGEST = 40
_NAMED = re.compile(r"^(?P<name>[A-Za-z_][\w.]*)=")
_CALL = re.compile(r"^\.?[A-Za-z_][\w.]*\(\)$")
_MAGIC = re.compile(r"^\s*[%!?].*$", re.MULTILINE)


def of_source(source: str) -> frozenset[str]:
    """What a cell of code is made of, as it stands there: ``name()`` that is called, ``name=value`` that is
    given or bound, ``import name``, ``:.2f`` that numbers are printed by. Empty for what is no Python."""
    try:
        tree = ast.parse(_MAGIC.sub("", source))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    return frozenset(_walked(tree))


def _walked(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _called(node)
        elif isinstance(node, ast.Import):
            yield from (f"import {alias.name.partition('.')[0]}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield f"import {node.module.partition('.')[0]}"
        elif isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            spec = "".join(str(p.value) for p in node.format_spec.values if isinstance(p, ast.Constant))
            if spec:
                yield f":{spec}"
        elif (
            isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        ):
            yield from _given(node.targets[0].id, node.value)


def _called(node: ast.Call) -> Iterator[str]:
    if isinstance(node.func, ast.Attribute):
        yield f".{node.func.attr}()"
    elif isinstance(node.func, ast.Name):
        yield f"{node.func.id}()"
    for keyword in node.keywords:
        if keyword.arg is not None:
            yield from _given(keyword.arg, keyword.value)


def _given(name: str, value: ast.expr) -> Iterator[str]:
    """``name=value`` where the value is short and is no computation."""
    plain = ast.Constant | ast.Name | ast.Attribute | ast.UnaryOp | ast.Tuple | ast.List
    if isinstance(value, plain) and not any(isinstance(part, ast.Call) for part in ast.walk(value)):
        text = f"{name}={ast.unparse(value)}"
        if len(text) <= LONGEST:
            yield text


def of_plan(plan: Mapping[str, Any]) -> frozenset[str]:
    """What a plan is made of: ``vary NAME``, ``NAME=LEVEL``, design, response and number of blocks.

    ``plan`` is ``plan.toml`` as it is read; what it does not have is left out.
    """
    found: list[str] = []
    for arm in plan.get("arms") or ():
        for name, level in dict(arm.get("set") or {}).items():
            found += [f"vary {name}", f"{name}={level}"]
    for key in ("design", "blocks", "test", "multiplicity", "smallest_effect", "margin"):
        if plan.get(key) not in (None, ""):
            found.append(f"{key}={plan[key]}")
    response = plan.get("response")
    if isinstance(response, Mapping) and response.get("name"):
        found.append(f"response={response['name']}")
    return frozenset(one for one in found if len(one) <= 2 * LONGEST)


def of_words(named: Mapping[str, Any]) -> frozenset[str]:
    """What is said of a card, a check or a finding: ``key value`` for each short value."""
    return frozenset(
        f"{key} {value}"
        for key, value in named.items()
        if isinstance(value, str | int) and 0 < len(str(value)) <= LONGEST
    )


def words(text: str) -> frozenset[str]:
    """The words of a feature or a reason, without case, of three letters at least: ``use_bias=False`` has ``bias``."""
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()
    return frozenset(word for word in re.findall(r"[^\W\d_]+", parts) if len(word) >= 3)


def name_of(feature: str) -> str:
    """Which choice a feature makes: the ``name`` of ``name=value``, ``call`` of a call, ``:`` of a format."""
    named = _NAMED.match(feature)
    if named:
        return named["name"]
    if feature.startswith(":"):
        return ":"
    return "call" if _CALL.match(feature) else feature


def special(feature: str) -> bool:
    """Whether it says what was chosen, and not only what such things are: a value, a rule, a source, what is varied."""
    return "=" in feature or feature.startswith(("rule ", "source ", "vary "))


def around(feature: str) -> bool:
    """Whether it only says where something comes from: no lesson is to warn of it."""
    return feature.startswith(("confidence ", "activity "))


def changes(proposed: Iterable[str], kept: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """What a person put in the place of what: (gone, come), either empty where nothing stands against it.

    Two values of one name belong together; of calls and formats only where it is one for one.
    """
    before, after = frozenset(proposed), frozenset(kept)
    gone, come = sorted(before - after), sorted(after - before)
    pairs: list[tuple[str, str]] = []
    for name in dict.fromkeys(map(name_of, (*gone, *come))):
        olds, news = _of(name, gone), _of(name, come)
        if len(olds) == len(news) == 1:
            pairs.append((olds[0], news[0]))
        else:
            pairs += [(old, "") for old in olds] + [("", new) for new in news]
    return tuple(pairs)


def _of(name: str, features: Sequence[str]) -> list[str]:
    return [one for one in features if name_of(one) == name]
