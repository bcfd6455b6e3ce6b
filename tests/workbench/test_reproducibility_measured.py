"""Restart and run all tells notebooks that give their outputs again from those that do not, at least 95 in 100.

The public half: 40 of 40 right, and every flaw put down to what was planted. Of the private half see the last test.
"""

from __future__ import annotations

import pytest
from reproducibility_cases import Half, cases

from jupyter_coimprove.workbench.bench import Bench, Where
from jupyter_coimprove.workbench.shelf import read_notebook
from jupyter_coimprove.workbench.systems import again, read

#: Of all verdicts, so many are right; of the flawed ones found, so many are put down to what was planted.
RIGHT, NAMED = 0.95, 0.9


def measured(half: Half, tmp_path, monkeypatch, most: int | None = None) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    wrong, unnamed, flawed = [], [], 0
    listed = list(cases(half))[:most]
    for number, case in enumerate(listed):
        folder = tmp_path / f"n{number}"
        path = case.write(folder)
        bench = Bench(where=Where(cwd=folder), root_override=folder, waits=True)
        try:
            book = read_notebook(bench, path)
            found, _, _ = again(bench, book, read(book), None, None)
        finally:
            bench.close()
        bad = [one for one in found.cells if one.status != "equal"]
        print(number, case.name, "->", found.verdict, [one.why for one in bad][:1], flush=True)
        if (found.verdict == "not reproducible") != case.flawed:
            wrong.append((case.name, found.verdict, bad))
        elif case.flawed:
            flawed += 1
            if not any(case.kind in one.why for one in bad):
                unnamed.append((case.name, bad))
    right = len(listed) - len(wrong)
    print(
        f"{half}: {right} of {len(listed)} right, {flawed - len(unnamed)} of {flawed} named", wrong, unnamed
    )
    assert right >= RIGHT * len(listed), wrong
    assert len(unnamed) <= (1 - NAMED) * flawed, unnamed


def test_the_first_few(tmp_path, monkeypatch):
    """Kept short for the default run."""
    measured("public", tmp_path, monkeypatch, most=2)


@pytest.mark.slow
@pytest.mark.acceptance
@pytest.mark.timeout(1200)
def test_the_public_half(tmp_path, monkeypatch):
    measured("public", tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.acceptance
@pytest.mark.private
@pytest.mark.timeout(1200)
def test_the_private_half(tmp_path, monkeypatch):
    """Run for the first time when all was written. One flaw was missed: a number that depends on the clock, shown by the
    cell that prints a duration on another line; one number of each line is forgiven there."""
    measured("private", tmp_path, monkeypatch)
