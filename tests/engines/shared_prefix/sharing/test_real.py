"""Notebooks that people wrote: the rule reads them all, and shares what comes before what varies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_coimprove.engines.shared_prefix.sharing import Variant, share
from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.experiments.changes import Change, edits
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Candidate
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import read
from jupyter_coimprove.notebook.parameters import parameters_cell
from jupyter_coimprove.notebook.reading import read_candidates
from jupyter_coimprove.workbench.beside import with_files


def variants(notebook: Notebook, candidate: Candidate) -> list[Variant]:
    """The notebook as it is, and with the candidate's first level; none where that cannot be put there."""
    sources = {cell.index: cell.source for cell in notebook.code_cells}
    tagged = parameters_cell(notebook)
    at = 0 if tagged is None else list(sources).index(tagged) + 1
    one = Variant(sources=list(sources.values()), at=at)
    if candidate.parameter:
        return [one, Variant(sources=one.sources, parameters={candidate.name: candidate.levels[0]}, at=at)]
    text = candidate.levels[0] if candidate.operator == "set" and candidate.levels else "12345"
    changes = [
        Change(
            place=place, key=place.key(notebook), operator=candidate.operator,
            text=text if candidate.operator == "set" else "", owner=candidate.name,
        )
        for place in candidate.places
    ]  # fmt: skip
    try:
        carried = edits(notebook, changes, python_source)
    except CoimproveError:
        return []
    files = {edit.key: edit.after for edit in carried if isinstance(edit.key, str)}
    changed = {**sources, **{edit.key: edit.after for edit in carried if isinstance(edit.key, int)}}
    return [one, Variant(sources=list(changed.values()), at=at, files=files)]


def shares(paths: list[Path]) -> Iterator[tuple[str, str, int, int, str]]:
    """Notebook, candidate, cells shared of how many, and why no more, for the first two candidates of each."""
    for path in paths:
        notebook = with_files(read(path))
        for candidate in read_candidates(notebook, python_source).candidates[:2]:
            found = variants(notebook, candidate)
            if not found:
                continue
            one, other = share(found, transform=python_source, settings=True)
            count = sum(a.key == b.key for a, b in zip(one, other, strict=True))
            assert [a.key == b.key for a, b in zip(one, other, strict=True)] == [
                i < count for i in range(len(one))
            ]
            why = other[count].stop if count < len(other) else ""
            yield path.parent.name, candidate.name, count, len(one), why


def told(found: list[tuple[str, str, int, int, str]]) -> tuple[int, int]:
    for name, candidate, count, cells, why in found:
        print(f"{name}: {candidate}: {count} of {cells} cells{', ' + why if why else ''}")
    shared, total = sum(row[2] for row in found), sum(row[3] for row in found)
    print(f"{shared} of {total} cells are shared")
    return shared, total


def test_training_notebooks_share_their_preparation(shared_data: Path) -> None:
    found = list(shares(sorted((shared_data / "training").rglob("*.ipynb"))))
    shared, total = told(found)
    assert shared > 0.3 * total
    by_name = {row[0]: row[2] for row in found}
    assert all(
        by_name[name] >= 3 for name in ("01_digits_cnn", "03_resnet_mini", "05_concrete_mlp", "07_wine_bn")
    )


@pytest.mark.slow
def test_every_public_notebook_is_read(shared_data: Path) -> None:
    found = list(shares(sorted((shared_data / "notebooks").rglob("*.ipynb"))))
    shared, total = told(found)
    assert len(found) >= 50
    assert shared > 0.3 * total
