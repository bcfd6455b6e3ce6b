"""Variants of one notebook: equal keys at a cell mean the same state after it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.engines.shared_prefix.sharing.reaching import reach


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One run's code.

    ``sources`` are its code cells in the order run, bound, **without** the cell that papermill adds for
    ``parameters``, which runs before cell ``at`` (so cells of a variant with and one without it are the same by
    index). ``files`` are texts that this run reads instead of the folder's own (``Work.overlay``).
    """

    sources: Sequence[str]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    at: int = 0
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Shared:
    """One cell of one variant.

    Variants with an equal ``key`` have the same state and output after this cell, and may share it.
    ``needs`` are the addresses that must hold this variant's values before the cell runs; those of later cells
    only are withheld until then. ``stop``: why the rule gave up at or before this cell (all is needed then).
    """

    key: str
    needs: frozenset[str]
    stop: str = ""


def keys(variants: Sequence[Variant], *, transform: Callable[[str], str]) -> tuple[tuple[str, ...], ...]:
    """For each variant, for each of its cells, ``Shared.key``."""
    return tuple(tuple(cell.key for cell in cells) for cells in share(variants, transform=transform))


def share(variants: Sequence[Variant], *, transform: Callable[[str], str]) -> tuple[tuple[Shared, ...], ...]:
    """For each variant, for each of its cells, how far it may be shared.

    A key covers the code up to its cell and the values of what that code may read. Two variants that are
    equal in all (replicates) have equal keys to the end: what is to be repeated is the caller's to say.
    """
    varied = _varied(variants)
    known: dict[tuple[tuple[str, ...], int], tuple[Any, ...]] = {}
    out = []
    for variant in variants:
        sources = tuple(variant.sources)
        if (sources, variant.at) not in known:
            starts = dict.fromkeys(varied, variant.at)
            known[sources, variant.at] = reach(sources, starts, transform=transform)
        # What is in a file may be read by any cell, through any function.
        digest = _digest("files", dict(variant.files))
        needs: frozenset[str] = frozenset()
        cells = []
        for index, (source, cell) in enumerate(zip(sources, known[sources, variant.at], strict=True)):
            values: list[Any] = []
            if index == variant.at:
                values.append(["common", _values(variant, set(variant.parameters) - varied)])
            values.append(_values(variant, cell.reads - needs))
            needs |= cell.reads
            digest = _digest(digest, source, values)
            cells.append(Shared(key=digest, needs=needs, stop=cell.stop))
        out.append(tuple(cells))
    return tuple(out)


def _varied(variants: Sequence[Variant]) -> frozenset[str]:
    """Parameters that not every variant has, or not with one value."""
    names = {name for variant in variants for name in variant.parameters}
    return frozenset(n for n in names if len({json.dumps(_values(v, {n})) for v in variants}) > 1)


def _values(variant: Variant, names: set[str] | frozenset[str]) -> list[list[str]]:
    """(name, value as text); a name that the variant does not set keeps what its cells give it."""
    return [
        [name, _text(variant.parameters[name]) if name in variant.parameters else ""]
        for name in sorted(names)
    ]


def _text(value: Any) -> str:
    return f"{type(value).__name__} {json.dumps(value, sort_keys=True, default=repr)}"


def _digest(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts).encode("utf-8", "replace")).hexdigest()
