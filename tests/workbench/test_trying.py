"""`check --probe`: runs in their own views, kept with what they showed; a person asks for them."""

from __future__ import annotations

import json

import pytest

from jupyter_coimprove.errors import DecisionError, NotebookError, PlanError, UsageError
from jupyter_coimprove.evidence.checks.labelling import source
from jupyter_coimprove.evidence.checks.listening import listen
from jupyter_coimprove.evidence.checks.probed import Ran, Shuffles, of_labels
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.io import parse
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import checking, reading_results, shelf

NEAREST = "import numpy as np\nfrom sklearn.neighbors import KNeighborsClassifier"
DATA = "rng = np.random.default_rng(3)\nX = rng.normal(size=(90, 3))\ny = (X[:, 0] + rng.normal(0, 0.5, 90) > 0).astype(int)"
COPIES = "X, y = np.repeat(X, 3, axis=0), np.repeat(y, 3)"
SPLIT = "order = rng.permutation(len(y))\na, b = order[: len(y) // 2], order[len(y) // 2 :]"
SCORE = "model = KNeighborsClassifier(1).fit(X[a], y[a])\nacc = model.score(X[b], y[b])\nprint(f'accuracy {acc:.3f}')\nopen('written.txt', 'w').write('x')"
LEAKING = (NEAREST, DATA, COPIES, SPLIT, SCORE)
SOUND = (NEAREST, DATA, "print(len(y))", SPLIT, SCORE)
TWO = {"workers": 2, "response": "acc", "direction": "max"}


@pytest.mark.slow
def test_rows_and_shuffled_labels_show_the_leak_and_nothing_of_the_folder_changes(bench, write, tmp_path):
    path = write(*LEAKING)
    before = path.read_bytes()
    view = checking.check(bench, notebook=str(path), probe=True, **TWO)
    assert view.exit_code == 4
    kinds = {row.kind: row for row in view.findings}
    assert kinds["overlap"].experiment == view.experiment
    assert "of the fitted rows are copies" in view.unseen[0]
    assert path.read_bytes() == before
    assert not (tmp_path / "written.txt").exists()
    # Kept: one experiment of a probe, its eleven runs, and nothing that a report would count.
    record = bench.record()
    item = record.get(view.experiment)
    assert item.state == "completed"
    assert len(shelf.runs_of(record, item.id)) == 11
    with pytest.raises(PlanError, match="is a probe"):
        reading_results.results(bench, experiment=item.id)


def test_what_a_probe_found_stands_until_its_code_changes_or_somebody_calls_it_no_problem(
    bench, write, tmp_path
):
    # Nothing is printed or named that could be a response: one run, which counts rows.
    end = "model = KNeighborsClassifier(1).fit(X[a], y[a])\nmodel.score(X[b], y[b]);\nopen('written.txt', 'w').write('x');"
    leaking = (*LEAKING[:-1], end)
    path = write(*leaking)
    view = checking.check(bench, notebook=str(path), probe=True, workers=1)
    (row,) = (row for row in view.findings if row.experiment)
    assert (row.kind, row.cell, view.exit_code) == ("overlap", 5, 4)
    assert "counted in a run" in row.evidence
    assert any("labels were not shuffled: no response" in line for line in view.unseen)
    assert "probed: rows: 135 scored" in render(view)
    assert "not probed: labels" in render(view)
    assert not (tmp_path / "written.txt").exists()
    record = bench.record()
    assert [shelf.is_probe(one) for one in record.find("experiment")] == [True]
    assert len(shelf.runs_of(record, view.experiment)) == 1

    def now():
        return {r.id: r.cell for r in checking.check(bench, notebook=str(path)).findings if r.experiment}

    assert now() == {row.id: 5}
    write("# a title\nstart = 1", *leaking)
    assert now() == {row.id: 6}
    checking.check(bench, notebook=str(path), ok=row.id, reason="on purpose")
    assert now() == {}
    write(*leaking[:-1], end.replace("(1)", "(3)"))
    assert now() == {}
    write(*leaking)
    assert now() == {}


@pytest.mark.slow
def test_a_sound_notebook_is_left_alone_and_what_was_found_before_is_gone(bench, write):
    path = write(*LEAKING)
    checking.check(bench, notebook=str(path), probe=True, **TWO)
    write(*SOUND)
    view = checking.check(bench, notebook=str(path), probe=True, **TWO)
    assert not [row for row in view.findings if row.experiment]
    assert "none of them also fitted on" in view.seen[0]
    assert "where chance is" in view.seen[1]


def test_a_notebook_that_has_nothing_to_listen_to_is_refused_with_the_reason(bench, write):
    with pytest.raises(UsageError, match=r"nothing in train.ipynb can be probed: no model") as told:
        checking.check(bench, notebook=str(write("x = 1", "print(x)")), probe=True)
    assert "fit(X, y)" in told.value.remedy
    assert not bench.record().find("experiment")


@pytest.mark.slow
def test_a_notebook_that_fails_says_of_what(bench, write):
    path = write(*LEAKING[:-1], SCORE + "\n1 / 0")
    with pytest.raises(NotebookError, match="ZeroDivisionError"):
        checking.check(bench, notebook=str(path), probe=True, **TWO)


@pytest.mark.slow
def test_the_time_limit_ends_it_and_what_is_missing_is_said(bench, write):
    path = write(*LEAKING[:-1], SCORE + "\nimport time\ntime.sleep(60)")
    with pytest.raises(NotebookError, match="did not run to its end"):
        checking.check(bench, notebook=str(path), probe=True, seconds=6.0, **TWO)


def test_it_is_a_persons_decision(bench, write):
    bench.actor = Actor(kind="ai", id="m", display="m", auth="token")
    with pytest.raises(DecisionError):
        checking.check(bench, notebook=str(write(*LEAKING)), probe=True)
    assert not bench.record().find("experiment")


def test_what_cannot_be_meant_is_said(bench, write):
    path = str(write(*LEAKING))
    with pytest.raises(UsageError, match="judges what a probe has found"):
        checking.check(bench, notebook=path, probe=True, ok="1")
    with pytest.raises(UsageError, match="none was asked for"):
        checking.check(bench, notebook=path, seconds=3.0)
    with pytest.raises(UsageError, match="no time"):
        checking.check(bench, notebook=path, probe=True, seconds=-1.0)
    with pytest.raises(UsageError):
        checking.check(bench, notebook=path, probe=True, response="nowhere()")


def test_the_command_line_has_it(write, monkeypatch, capsys, bench):
    bench.close()
    path = write("x = 1")
    monkeypatch.chdir(path.parent)
    monkeypatch.setenv("COIMPROVE_ROOT", str(path.parent))
    assert main(["check", "train.ipynb", "--probe"]) == 2
    assert "nothing in train.ipynb can be probed" in capsys.readouterr().err
    assert main(["check", "train.ipynb", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["seen"] == []


def test_labels_of_which_a_shuffle_does_not_arrive_are_not_called_shuffled(write):
    path = write(*LEAKING[:2], SPLIT, SCORE)
    _, heard = listen(parse(path.read_bytes(), path), python_source)
    found = source(parse(path.read_bytes(), path), python_source, heard)
    report = {"copied": 0.0, "fits": {"0": "aa"}, "shuffled": [["y", 90, "", 0]], "skipped": []}
    whole, same = Ran(value=0.9, report=report), [Ran(value=0.9, report=report)] * 5
    judged = of_labels(whole, same, same, found, heard.calls, name="acc", direction="max")
    assert not judged.findings
    assert "the same labels of the same rows" in judged.unseen[0]


def shuffles(whole, shuffled, chance, direction="max"):
    return Shuffles(whole=whole, shuffled=shuffled, chance=chance, direction=direction)


def test_a_score_leaks_that_stays_far_above_chance():
    chance = (0.48, 0.52, 0.5, 0.51, 0.49)
    assert shuffles(0.9, (0.8, 0.82, 0.79, 0.81, 0.83), chance).leaks
    assert not shuffles(0.9, (0.5, 0.52, 0.47, 0.51, 0.53), chance).leaks
    # Surely above, but not by much of what the notebook shows.
    assert not shuffles(0.9, (0.52, 0.53, 0.52, 0.53, 0.52), (0.5, 0.5, 0.5, 0.51, 0.5)).leaks
    assert not shuffles(0.9, (0.9, 0.2), (0.5, 0.4)).leaks
    assert shuffles(1.0, (1.1, 1.2, 1.15, 1.1), (4.0, 4.2, 4.1, 3.9), "min").leaks
    assert shuffles(1.0, (1.0,) * 5, (0.0,) * 5).leaks
    assert not shuffles(0.5, (0.5,) * 5, (0.5,) * 5).leaks


def test_where_copies_are_fitted_on_chance_is_not_known_and_that_is_said(write):
    path = write(*LEAKING[:2], SPLIT, SCORE)
    notebook = parse(path.read_bytes(), path)
    _, heard = listen(notebook, python_source)
    report = {"copied": 0.4, "fits": {"0": "aa"}, "shuffled": [["y", 90, "", 0]], "skipped": []}
    other = {**report, "fits": {"0": "bb"}}
    shuffled, chance = [Ran(value=0.8, report=other)] * 5, [Ran(value=0.5, report=other)] * 5
    found = source(notebook, python_source, heard)
    judged = of_labels(
        Ran(value=0.9, report=report), shuffled, chance, found, heard.calls, name="acc", direction="max"
    )
    assert not judged.findings
    assert "40 % of the fitted rows are copies" in judged.unseen[0]
    calm = {**report, "copied": 0.0}
    assert of_labels(
        Ran(value=0.9, report=calm), shuffled, chance, found, heard.calls, name="acc", direction="max"
    ).findings
