"""Combinations of settings that no completed run has: the holes of a grid that somebody meant to fill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

Combination = tuple[tuple[str, str], ...]


def level(value: object) -> str:
    """A level as it is compared: numbers by their value, so that ``0.10`` and ``1e-1`` are one."""
    if isinstance(value, bool):
        return str(value)
    try:
        number = float(str(value))
    except ValueError:
        return str(value).strip()
    return f"{number:.12g}"


def gaps(
    levels: Mapping[str, Sequence[object]],
    completed: Iterable[Mapping[str, object]],
    times: Sequence[object] = (),
    of: str = "",
) -> tuple[Combination, ...]:
    """The combinations of ``levels`` that no completed run has, in the order of the grid; levels as ``level`` has them.

    ``completed`` are the settings of the runs that gave a result; what they say beyond the factors is passed over.
    With ``times``, the levels of ``of`` (seeds), a combination counts as filled when it was run at each of them.
    """
    names = list(levels)
    wanted = {level(one) for one in times}
    found: dict[Combination, set[str]] = {}
    for settings in completed:
        if all(name in settings for name in names):
            key = tuple((name, level(settings[name])) for name in names)
            found.setdefault(key, set()).add(level(settings.get(of, "")))
    cells = product(*(dict.fromkeys(map(level, levels[name])) for name in names))
    keys = (tuple(zip(names, cell, strict=True)) for cell in cells)
    return tuple(key for key in keys if key not in found or wanted - found[key])
