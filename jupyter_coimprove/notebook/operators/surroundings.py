"""What surrounds each text of a notebook: read once, asked by operators for every cell and file."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.operators.around import Around, Everywhere, Facts, facts_of
from jupyter_coimprove.notebook.trees import parsed


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Facts of every cell (by index) and module beside the notebook (by path)."""

    cells: Mapping[int, Facts]
    files: Mapping[str, Facts]

    @classmethod
    def of(cls, notebook: Notebook, transform: Callable[[str], str]) -> Surroundings:
        """Read all code once; what does not parse is left out."""
        cells = {c.index: f for c in notebook.code_cells if (f := _facts(c.source, transform)) is not None}
        files = {
            name: found
            for name, text in notebook.beside.items()
            if name.endswith(".py") and (found := _facts(text, str)) is not None
        }
        return cls(cells=cells, files=files)

    @functools.cached_property
    def _places(self) -> dict[int | str, int]:
        keys: list[int | str] = [*self.cells, *self.files]
        return {key: place for place, key in enumerate(keys)}

    @functools.cached_property
    def _all(self) -> Everywhere:
        names = [*(f"in cell {n + 1}" for n in self.cells), *(f"in {path}" for path in self.files)]
        return Everywhere(names, [*self.cells.values(), *self.files.values()], len(self.cells))

    def of_cell(self, index: int) -> Around:
        """What surrounds a code cell: cells before and after it share its names, modules do not."""
        place = self._places.get(index)
        return self._all.around_unread(cell=True) if place is None else self._all.around(place)

    def of_file(self, name: str) -> Around:
        """What surrounds a module: those that import it read its names."""
        place = self._places.get(name)
        return self._all.around_unread(cell=False) if place is None else self._all.around(place)


def _facts(source: str, transform: Callable[[str], str]) -> Facts | None:
    try:
        return _read(transform(source))
    except SyntaxError:
        return None


@functools.lru_cache(maxsize=2048)
def _read(plain: str) -> Facts | None:
    """The same for every arm and run of an experiment: read once."""
    try:
        return facts_of(parsed(plain))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
