"""Which literals variants differ in only set a value, so that the cell around them is shared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.engines.shared_prefix.sharing.paths import Path, address_of
from jupyter_coimprove.engines.shared_prefix.sharing.reaching import Reader, cell_of
from jupyter_coimprove.engines.shared_prefix.sharing.settings import Setting, blanked, settings

#: The cells of a variant -> for each of them its settings.
_All = Mapping[tuple[str, ...], Sequence[Sequence[Setting]]]


@dataclass(frozen=True, kw_only=True)
class Found:
    """``starts``: address -> the first cell that sees it vary; ``held`` the settings by variant and cell."""

    starts: Mapping[str, int] = field(default_factory=dict)
    held: _All = field(default_factory=dict)

    def at(self, sources: tuple[str, ...], index: int) -> list[tuple[str, Setting]]:
        """What varies of what this cell of this variant sets."""
        if sources not in self.held:
            return []
        found = [(address_of(s.path), s) for s in self.held[sources][index]]
        return [(address, s) for address, s in found if self.starts.get(address) == index + 1]


def find(
    variants: Sequence[tuple[str, ...]], parameters: Collection[str], *, transform: Callable[[str], str]
) -> Found:
    """The addresses that variants' cells give different literals, and that no code of those cells reads.

    An address counts if one cell alone gives it different literals and nothing above or below it varies too.
    """
    distinct = list(dict.fromkeys(variants))
    if len(distinct) < 2:
        return Found()
    held = {sources: _of(sources, transform) for sources in distinct}
    cells: dict[Path, set[int]] = {}
    for index in range(min(len(sources) for sources in distinct)):
        if len({sources[index] for sources in distinct}) > 1:
            for path in _differing([(sources[index], held[sources][index]) for sources in distinct]):
                cells.setdefault(path, set()).add(index)
    others = [(name,) for name in parameters]
    once = {path: min(where) for path, where in cells.items() if len(where) == 1}
    apart = {
        path: index
        for path, index in once.items()
        if not any(_nested(path, other) for other in [*others, *cells] if other != path)
        and path not in others
    }
    for sources in distinct:
        for path in _read(sources, held[sources], apart, transform):
            apart.pop(path, None)
    return Found(starts={address_of(path): index + 1 for path, index in apart.items()}, held=held)


def _of(sources: tuple[str, ...], transform: Callable[[str], str]) -> list[list[Setting]]:
    reader, out = Reader({}), []
    for source in sources:
        cell = cell_of(source, transform)
        out.append(settings(cell.acts, source, cell.plain, reader.places))
        reader.read(cell)
    return out


def _differing(cells: Sequence[tuple[str, Sequence[Setting]]]) -> set[Path]:
    """The addresses whose literals differ between cells that are the same but for their settings."""
    alike: dict[str, list[Mapping[Path, str]]] = {}
    for source, found in cells:
        alike.setdefault(blanked(source, found), []).append({s.path: s.text for s in found})
    return {
        path
        for group in alike.values()
        for path in group[0]
        if len({texts[path] for texts in group}) > 1
    }  # fmt: skip


def _nested(one: Path, other: Path) -> bool:
    depth = min(len(one), len(other))
    return one[:depth] == other[:depth]


def _read(
    sources: tuple[str, ...],
    held: Sequence[Sequence[Setting]],
    wanted: Mapping[Path, int],
    transform: Callable[[str], str],
) -> set[Path]:
    """Those of ``wanted`` that the cell which sets them reads as well, or where nothing can be told."""
    by_address = {address_of(path): path for path in wanted}
    reader, out = Reader(by_address), set()
    for index, source in enumerate(sources):
        cell = cell_of(source, transform)
        here = {s.path: s for s in held[index] if wanted.get(s.path) == index}
        done: set[Path] = set()
        reader.begin(cell)
        for act in cell.acts:
            found = {by_address[address] for address in reader.act(act)}
            own = {path for path, s in here.items() if s.statement is act.node}
            spans = {(here[path].start, here[path].end) for path in own}
            # A default that an instance takes over is set with it.
            taken = {path for path in done & found if (here[path].start, here[path].end) in spans}
            out |= (done & found) - taken
            out |= {path for path in own if _reads_itself(act.now.names, path)}
            done |= own
        # A variant that does not set it there has another text there, and shares nothing from that cell on.
        out |= set(here) if reader.stop else set()
    return out


def _reads_itself(names: Collection[Path], path: Path) -> bool:
    """Whether a statement reads the name that it sets: ``lr = 0.1 if lr else 0.2``."""
    return any(name[0] == path[0] and name != path for name in names)
