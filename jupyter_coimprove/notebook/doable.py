"""Keeps what an operator can carry out: the likeliest parts are tried on the code, on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_coimprove.notebook.candidates import Candidate
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import Flow
from jupyter_coimprove.notebook.operators import Around, Surroundings, refusal

#: So many parts from the top are tried; further down it is told when one is planned.
TRIED = 40
#: Operators for which it matters what other code needs.
_NEEDS = frozenset({"identity", "drop-statement", "drop-item"})


def doable(notebook: Notebook, flow: Flow, ranked: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, by rank, without those whose operator refuses one of their places."""
    parts = [c for c in ranked if c.operator != "set"][:TRIED]
    if not parts:
        return list(ranked)
    plain = {c.source: flow.sources[c.index] or "" for c in notebook.code_cells}
    surroundings = None
    if any(c.operator in _NEEDS for c in parts):
        surroundings = Surroundings.of(notebook, lambda source: plain.get(source, source))
    known: dict[int | str, Around] = {}
    refused = {c.name for c in parts if _refused(notebook, c, plain, surroundings, known)}
    return [c for c in ranked if c.name not in refused]


def _refused(
    notebook: Notebook, candidate: Candidate, plain: Mapping[str, str], surroundings: Surroundings | None,
    known: dict[int | str, Around],
) -> bool:  # fmt: skip
    for place in candidate.places:
        key: int | str = place.file or place.address.ordinal
        source = notebook.beside[place.file] if place.file else notebook.cells[place.address.ordinal].source
        if surroundings is not None and key not in known:
            known[key] = surroundings.of_file(key) if isinstance(key, str) else surroundings.of_cell(key)
        text = source if place.file else plain[source]
        if refusal(source, text, place.start, place.end, candidate.operator, around=known.get(key)):
            return True
    return False
