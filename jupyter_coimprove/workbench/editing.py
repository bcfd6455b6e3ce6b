"""Editing a draft plan: its file, single keys, or a person's editor; checked before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, NothingToDo, UnknownName, UsageError
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
        new = _read(bench, file)
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


def _read(bench: Bench, file: str) -> str:
    path = bench.path(file)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def with_values(text: str, sets: list[str]) -> str:
    """The plan's text with ``KEY=VALUE`` put in; keys of tables as ``response.direction``."""
    import tomlkit
    from tomlkit.exceptions import ParseError

    document = tomlkit.parse(text)
    for entry in sets:
        key, sep, value = entry.partition("=")
        if not sep:
            raise UsageError(f"{entry!r} sets nothing", remedy="write KEY=VALUE, as in --set blocks=8")
        *tables, last = key.strip().split(".")
        table: Any = document
        for name in tables:
            if name not in table:
                raise UnknownName("table of plan.toml", name, list(table))
            table = table[name]
        try:
            parsed: Any = tomlkit.parse(f"x = {value.strip()}")["x"]
        except ParseError:
            # A bare word is text: `--set direction=max` needs no quotes.
            parsed = value.strip()
        table[last] = parsed
    return tomlkit.dumps(document)
