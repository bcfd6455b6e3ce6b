"""What a researcher would vary comes first, in notebooks of several domains written before the ranking was tuned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from invented_notebooks import ALL, Invented

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Candidate, Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.reading import read_candidates

Make = Callable[..., Notebook]


def read(make: Make, invented: Invented) -> tuple[Notebook, Reading]:
    notebook = replace(make(*invented.cells), beside=invented.beside)
    return notebook, read_candidates(notebook, python_source)


def stands_in(notebook: Notebook, where: int | str, text: str, candidate: Candidate) -> bool:
    """Whether one of the candidate's places overlaps this text of the cell or file."""
    source = notebook.beside[where] if isinstance(where, str) else notebook.cells[where].source
    start = source.index(text)
    return any(
        (p.file == where if isinstance(where, str) else not p.file and p.address.ordinal == where)
        and p.start < start + len(text) and start < p.end
        for p in candidate.places
    )  # fmt: skip


@pytest.mark.parametrize("invented", ALL, ids=lambda i: i.name)
def test_what_a_researcher_would_vary_is_among_the_first_ten(notebook: Make, invented: Invented) -> None:
    made, reading = read(notebook, invented)
    first = reading.candidates[:10]
    missing = [
        (where, text, operator)
        for where, text, operator in invented.wanted
        if not any(c.operator == operator and stands_in(made, where, text, c) for c in first)
    ]
    assert not missing, "\n".join(
        f"{c.score:.2f} {c.operator} {c.name} {c.label}" for c in reading.candidates[:16]
    )


@pytest.mark.parametrize("invented", ALL, ids=lambda i: i.name)
def test_places_hold_their_text_and_names_are_unique(notebook: Make, invented: Invented) -> None:
    made, reading = read(notebook, invented)
    names = [c.name for c in reading.candidates]
    assert len(set(names)) == len(names)
    for candidate in reading.candidates:
        for place in candidate.places:
            text = made.beside[place.file] if place.file else made.cells[place.address.ordinal].source
            assert text[place.start : place.end] == place.text
