"""Restart and run all tells notebooks that give their outputs again from those that do not, at least 95 in 100."""

from __future__ import annotations

import pytest
from reproducibility_cases import Half, cases

from jupyter_coimprove.workbench.bench import Bench, Where
from jupyter_coimprove.workbench.systems import systems

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
            view = systems(bench, notebook=str(path), rerun=True)
        finally:
            bench.close()
        told = next(part for part in view.sections if part.title == "reproducibility")
        verdict = dict(told.facts)["verdict"]
        assert verdict in ("reproducible", "within tolerance", "not reproducible")
        assert (view.exit_code == 4) == (verdict == "not reproducible")
        if (verdict == "not reproducible") != case.flawed:
            wrong.append((case.name, verdict, [row for row in told.rows if row[1] != "equal"]))
        elif case.flawed:
            flawed += 1
            reasons = " ".join(str(entry) for row in told.rows for entry in row)
            if case.kind not in reasons:
                unnamed.append((case.name, reasons))
    print(
        f"{half}: {len(listed) - len(wrong)} of {len(listed)} right, {flawed - len(unnamed)} of {flawed} named",
        wrong,
        unnamed,
    )
    assert len(wrong) <= (1 - RIGHT) * len(listed), wrong
    assert len(unnamed) <= (1 - NAMED) * flawed, unnamed


def test_the_first_few(tmp_path, monkeypatch):
    """Kept short for the default run."""
    measured("public", tmp_path, monkeypatch, most=2)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_public_half(tmp_path, monkeypatch):
    measured("public", tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.private
@pytest.mark.timeout(1200)
def test_the_private_half(tmp_path, monkeypatch):
    measured("private", tmp_path, monkeypatch)
