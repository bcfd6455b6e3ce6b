"""Variants of one notebook: equal keys at a cell mean the same state after it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jupyter_coimprove.engines.shared_prefix.sharing.reaching import CellReach, reach
from jupyter_coimprove.engines.shared_prefix.sharing.setting import Found, find
from jupyter_coimprove.engines.shared_prefix.sharing.settings import Setting, blanked


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

    Variants with an equal ``key`` have the same state and output after this cell, and may share it, but for what
    is withheld. ``needs`` are the addresses that must hold this variant's values before the cell runs; all others
    that vary are withheld until then (and put in place at the end). ``stop``: why the rule gave up at or before
    this cell (all is needed then). ``sets``: address -> literal, as it stands in this variant's cell, of what the
    cell only sets: variants that share it have other literals there. After it ran as it stands for any of them,
    these are withheld.
    """

    key: str
    needs: frozenset[str]
    stop: str = ""
    sets: Mapping[str, str] = field(default_factory=dict)


def keys(variants: Sequence[Variant], *, transform: Callable[[str], str]) -> tuple[tuple[str, ...], ...]:
    """For each variant, for each of its cells, ``Shared.key``."""
    return tuple(tuple(cell.key for cell in cells) for cells in share(variants, transform=transform))


def share(
    variants: Sequence[Variant], *, transform: Callable[[str], str], settings: bool = False
) -> tuple[tuple[Shared, ...], ...]:
    """For each variant, for each of its cells, how far it may be shared.

    A key covers the code up to its cell and the values of what that code may read. Two variants that are
    equal in all (replicates) have equal keys to the end: what is to be repeated is the caller's to say.
    With ``settings`` cells are shared as well by variants that differ in literals they only set (``lr = 0.1``,
    ``cfg = {"lr": 0.1}``); who asks for that has to withhold and restore ``Shared.sets``.
    """
    places = {variant.at for variant in variants if variant.parameters}
    if len(places) == 1:
        # One that sets nothing has the place of those that do.
        variants = [replace(variant, at=min(places)) for variant in variants]
    varied = varied_parameters(variants)
    texts = [tuple(variant.sources) for variant in variants]
    found = find(texts, varied, transform=transform) if settings else Found()
    known: dict[tuple[tuple[str, ...], int], tuple[CellReach, ...]] = {}
    out = []
    for variant, sources in zip(variants, texts, strict=True):
        if (sources, variant.at) not in known:
            starts = {**dict.fromkeys(varied, variant.at), **found.starts}
            known[sources, variant.at] = reach(sources, starts, transform=transform)
        out.append(tuple(_cells(variant, sources, varied, known[sources, variant.at], found)))
    return tuple(out)


def _cells(
    variant: Variant,
    sources: tuple[str, ...],
    varied: frozenset[str],
    reads: tuple[CellReach, ...],
    found: Found,
) -> list[Shared]:
    # What is in a file may be read by any cell, through any function.
    digest = _digest("files", dict(variant.files))
    needs: frozenset[str] = frozenset()
    given: dict[str, str] = {}
    out = []
    for index, (source, cell) in enumerate(zip(sources, reads, strict=True)):
        sets: list[tuple[str, Setting]] = found.at(sources, index)
        values: list[Any] = []
        if index == variant.at:
            values.append(["common", _values(variant, set(variant.parameters) - varied)])
        fresh = cell.reads - needs
        values.append(_values(variant, fresh & varied))
        values.append([[address, given.get(address, "")] for address in sorted(fresh - varied)])
        needs |= cell.reads
        given |= {address: setting.text for address, setting in sets}
        digest = _digest(digest, blanked(source, [setting for _, setting in sets]), values)
        out.append(
            Shared(key=digest, needs=needs, stop=cell.stop, sets={a: setting.text for a, setting in sets})
        )
    return out


def varied_parameters(variants: Sequence[Variant]) -> frozenset[str]:
    """Parameters that not every variant has, or not with one value; 1, 1.0 and True are three."""
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
