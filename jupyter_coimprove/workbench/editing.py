"""Editing a draft plan: its file, single keys, or a person's editor; checked before it is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, NothingToDo, Stale, UnknownName, UsageError
from jupyter_coimprove.workbench import shelf
from jupyter_coimprove.workbench.registering import check_binding

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def edit_plan(
    bench: Bench, item: Item, *, file: str | None, sets: list[str], editor: Callable[[Bench, str, str], str]
) -> None:
    """Write a new ``plan.toml`` when it loads, binds and differs; else nothing is changed."""
    from jupyter_coimprove.experiments import planfile
    from jupyter_coimprove.notebook.io import write_atomic

    if item.state not in ("draft", "deferred"):
        raise DecisionError(
            f"{item.id} is {item.state}; a registered plan cannot change",
            remedy="plan a new experiment, or `coimprove replicate` this one",
        )
    root = bench.root()
    path = shelf.plan_path(root, item.id)
    plan, text = shelf.current_plan(root, item)
    if file is not None:
        new = bench.text_of(file)
    elif sets:
        new = with_values(text, sets)
    else:
        new = editor(bench, text, ".toml")
    loaded = planfile.load(new)
    if not planfile.changed(plan, loaded):
        raise NothingToDo("nothing was changed", remedy=f"the plan is {path}")
    check_binding(shelf.read_notebook(bench, shelf.notebook_path(root, loaded.notebook)), loaded)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, new.encode(), expect=None)


def as_shown(bench: Bench, item: Item, digest: str | None) -> None:
    """Stale where it says something else by now than what had that digest, which was shown."""
    from jupyter_coimprove.experiments import registration
    from jupyter_coimprove.workbench import deciding

    if digest is not None and item.kind != "experiment" and deciding.digest_of(item) != digest:
        raise Stale(
            f"{item.id} is not what was shown any more", remedy="look at it as it is now, then decide again"
        )
    if digest is None or item.kind != "experiment" or item.state not in ("draft", "deferred"):
        return
    plan, _ = shelf.current_plan(bench.root(), item)
    if registration.digest(plan) != digest:
        raise Stale(
            f"the plan of {item.id} was changed elsewhere since it was shown",
            remedy="look at it as it is now, then decide again",
        )


def with_values(text: str, sets: list[str]) -> str:
    """The plan's text with ``KEY=VALUE`` put in; keys of tables as ``response.direction``.

    An arm is ``arms.N`` (from 1, as in the file), ``arms.N.set.FACTOR`` its level there, ``arms.+`` a
    new one. VALUE is JSON, TOML or a bare word; without one the entry, or the arm, is taken out.
    """
    import tomlkit

    document = tomlkit.parse(text)
    for entry in sets:
        key, sep, value = _split(entry)
        if not sep:
            raise UsageError(f"{entry!r} sets nothing", remedy="write KEY=VALUE, as in --set blocks=8")
        _put(document, key, value.strip())
    return tomlkit.dumps(document)


def _split(entry: str) -> tuple[str, str, str]:
    """KEY and VALUE; a name in quotes may have ``=`` and ``.`` in it, as in ``arms.1.set."a=b"=2``."""
    quoted = re.match(r"""((?:[^"=]|"[^"]*")*)(=)(.*)\Z""", entry, re.DOTALL)
    return (quoted[1].strip(), quoted[2], quoted[3]) if quoted else (entry, "", "")


def _put(document: Any, key: str, value: str) -> None:
    """One entry; a table or arm that is not there is named with those that are."""
    parts = [part[1:-1] if part.startswith('"') else part for part in re.findall(r'"[^"]*"|[^.]+', key)]
    table: Any = document
    for depth, name in enumerate(parts[:-1]):
        rest = ".".join(parts[depth:])
        if not isinstance(table, list) and rest in table:
            # The name itself has dots, as seeds have: `seeds.np.random.seed`.
            parts = [*parts[:depth], rest]
            break
        table = _step(table, name)
    last = parts[-1]
    if isinstance(table, list):
        return _put_arm(table, last, value)
    if not value:
        if last not in table:
            raise UnknownName("entry of plan.toml", key, list(table))
        del table[last]
        return None
    table[last] = _parsed(value)
    return None


def _step(table: Any, name: str) -> Any:
    if isinstance(table, list):
        if not name.isdigit() or not 1 <= int(name) <= len(table):
            raise UnknownName("arm of plan.toml", name, [str(n + 1) for n in range(len(table))])
        return table[int(name) - 1]
    if name not in table:
        raise UnknownName("table of plan.toml", name, list(table))
    return table[name]


def _put_arm(arms: Any, name: str, value: str) -> None:
    """Take an arm out, or put a new one in: ``{"set": {FACTOR: LEVEL}}``."""
    import tomlkit

    if name != "+":
        _step(arms, name)
        if value:
            raise UsageError("an arm is changed by its entries", remedy="write arms.N.set.FACTOR=LEVEL")
        del arms[int(name) - 1]
        return
    parsed = _parsed(value)
    if not isinstance(parsed, dict) or not isinstance(parsed.get("set"), dict):
        raise UsageError("a new arm is a JSON object", remedy='write arms.+={"set": {"FACTOR": "LEVEL"}}')
    arm = tomlkit.table()
    for entry, said in parsed.items():
        if isinstance(said, dict):
            inline = tomlkit.inline_table()
            inline.update(said)
            arm[entry] = inline
        else:
            arm[entry] = said
    arms.append(arm)


def _parsed(value: str) -> Any:
    """JSON, else TOML, else the text itself: ``--set direction=max`` needs no quotes."""
    import tomlkit
    from tomlkit.exceptions import ParseError

    try:
        return json.loads(value, parse_constant=_no_number)
    except (ValueError, RecursionError):
        pass  # not JSON: TOML or a word
    try:
        return tomlkit.parse(f"x = {value}")["x"]
    except ParseError:
        return value


def _no_number(name: str) -> Any:
    """NaN and infinities are no JSON."""
    raise ValueError(name)
