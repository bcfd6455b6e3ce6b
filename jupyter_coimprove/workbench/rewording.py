"""Proposed cells as a person leaves them: which source of a proposal is another now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import NothingToDo, UnknownName, UsageError

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench


def sources(
    bench: Bench, item: Item, *, text: str | None, file: str | None, sets: Sequence[str],
    editor: Callable[[Bench, str, str], str],
) -> dict[int, str]:  # fmt: skip
    """The sources that differ from what was proposed, by the index of their edit.

    ``text`` or ``file`` is that of the only cell with a source; ``sets`` are ``N=SOURCE``, N from 1.
    Raises UsageError where one would be empty, NothingToDo where none is another.
    """
    from jupyter_coimprove.proposals import drafting

    old = {
        number: str(kept["source"])
        for number, kept in enumerate(item.data["edits"])
        if kept["kind"] != "delete"
    }
    if not old:
        raise UsageError(f"{item.id} only deletes: there is no source to edit")
    if sets:
        new = dict(_named(item, entry, old) for entry in sets)
    elif len(old) > 1:
        raise UsageError(
            f"{item.id} has {len(old)} sources", remedy="name the one you change: --set N=SOURCE, N from 1"
        )
    else:
        ((number, before),) = old.items()
        suffix = ".py" if item.data["edits"][number]["cell_kind"] == "code" else ".md"
        new = {
            number: text
            if text is not None
            else bench.text_of(file)
            if file
            else editor(bench, before, suffix)
        }
    for number, source in new.items():
        if not source.strip():
            raise UsageError(
                f"change {number + 1} would be empty", remedy=f"`coimprove reject {item.id}` says no to it"
            )
        if len(source) > drafting.SOURCE:
            raise UsageError(
                f"change {number + 1} has {len(source)} characters", remedy=f"at most {drafting.SOURCE}"
            )
    # An editor ends a file with a line end; a cell has none.
    new = {number: drafting.clean(source).removesuffix("\n") for number, source in new.items()}
    differ = {number: source for number, source in new.items() if source != old[number]}
    if not differ:
        raise NothingToDo("nothing was changed", remedy=f"`coimprove accept {item.id}` accepts it as it is")
    return differ


def _named(item: Item, entry: str, old: dict[int, str]) -> tuple[int, str]:
    number, sep, source = entry.partition("=")
    known = [str(index + 1) for index in old]
    if not sep or number.strip() not in known:
        raise UnknownName(f"change with a source in {item.id}", number.strip()[:40], known)
    return int(number) - 1, source
