"""Results that exist already, kept as evidence: post hoc for good, with their source, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tracked_truth import accuracy, pairs

from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.interfaces import cli
from jupyter_coimprove.workbench import (
    comparing,
    deciding,
    importing,
    keeping,
    planning,
    reading_results,
    reporting,
    shelf,
    showing,
    watching,
)
from jupyter_coimprove.workbench.bench import Bench


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "runs.csv"
    rows = ["seed,model,acc"]
    rows += [
        f"{seed},{'base' if rate == '0.01' else 'wide'},{accuracy(rate, seed)}" for rate, seed in pairs()
    ]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def search_runs(tmp_path: Path) -> Path:
    path = tmp_path / "search.csv"
    rows = ["run_id,status,metrics.acc,params.lr,params.seed"]
    rows += [f"r{i},FINISHED,{accuracy(r, s)},{r},{s}" for i, (r, s) in enumerate(pairs())]
    path.write_text("\n".join(rows) + "\n")
    return path


def test_imported_results_become_a_finding_that_says_post_hoc(bench: Bench, train: Path, table: Path) -> None:
    found = importing.import_results(bench, source=str(table), notebook=str(train))
    assert (found.status, found.baseline, found.response) == ("post hoc", "base", "acc")
    assert [(e.arm, e.verdict, e.n) for e in found.effects] == [("wide", "better", 6)]
    assert "post hoc" in found.summary
    assert any(note.startswith("post hoc: imported from runs.csv") for note in found.notes)
    assert any(note.startswith("to confirm: register") for note in found.notes)
    item = bench.record().get(found.experiment)
    assert (item.state, item.data["status"]) == ("completed", "post hoc")
    runs = shelf.runs_of(bench.record(), item.id)
    assert len(runs) == 12
    assert {run.data["imported"]["digest"] for run in runs} == {item.data["imported"]["digest"]}
    assert {run.data["imported"]["source"] for run in runs} == {"runs.csv"}
    card = bench.record().get(found.finding)
    assert (card.data["status"], card.state) == ("post hoc", "pending")
    deciding.accept(bench, id=found.finding)
    cells = json.loads(train.read_text())["cells"]
    assert any("Post hoc" in "".join(cell["source"]) for cell in cells)


def test_the_same_results_are_kept_once(bench: Bench, train: Path, table: Path) -> None:
    first = importing.import_results(bench, source=str(table), notebook=str(train))
    before = len(list(bench.record().follow(0)))
    again = importing.import_results(bench, source=str(table), notebook=str(train))
    assert again.experiment == first.experiment
    assert "nothing was added" in again.summary
    assert len(list(bench.record().follow(0))) == before
    other = importing.import_results(bench, source=str(table), notebook=str(train), baseline="wide")
    assert other.experiment != first.experiment
    assert any("imported before, understood otherwise" in text for text in other.warnings)


def test_a_changed_table_is_other_results(bench: Bench, train: Path, table: Path) -> None:
    first = importing.import_results(bench, source=str(table), notebook=str(train))
    table.write_text(table.read_text().replace("wide,0.8", "wide,0.9", 1))
    assert (
        importing.import_results(bench, source=str(table), notebook=str(train)).experiment != first.experiment
    )


def test_imports_never_confirm_run_or_count_as_registered(bench: Bench, train: Path, table: Path) -> None:
    found = importing.import_results(bench, source=str(table), notebook=str(train))
    with pytest.raises(DecisionError, match="no code of it here"):
        planning.replicate(bench, finding=found.finding)
    card = bench.record().get(found.finding)
    assert card.data["extra"]["counts"]["registered"] == 0
    assert card.data["extra"]["counts"]["runs"] == 12


def test_other_verbs_take_an_import_as_it_is(bench: Bench, train: Path, table: Path) -> None:
    found = importing.import_results(bench, source=str(table), notebook=str(train))
    assert reading_results.results(bench, experiment=found.experiment).effects == found.effects
    assert showing.show(bench, id=found.experiment).summary
    (row,) = watching.status(bench).experiments
    assert (row.state, row.counts["completed"]) == ("completed", 12)
    assert keeping.verify(bench).exit_code == 0
    deciding.accept(bench, id=found.finding)
    assert reporting.report(bench, notebook=str(train)).summary


def test_a_tracker_s_runs_are_imported_and_compared_alike(
    bench: Bench, train: Path, search_runs: Path
) -> None:
    compared = comparing.compare(bench, table=str(search_runs), baseline="lr=0.01")
    found = importing.import_results(bench, source=str(search_runs), notebook=str(train), baseline="lr=0.01")
    assert [(e.arm, e.estimate, e.low) for e in found.effects] == [
        (e.arm, e.estimate, e.low) for e in compared.effects
    ]
    assert any("read from MLflow" in note for note in found.notes)


def test_what_is_not_understood_is_refused_before_anything_is_kept(
    bench: Bench, train: Path, table: Path
) -> None:
    with pytest.raises(UsageError, match="which notebook"):
        importing.import_results(bench, source=str(table))
    with pytest.raises(UsageError, match="--reduction says nothing"):
        importing.import_results(bench, source=str(table), notebook=str(train), reduction="last")
    assert bench.record().find("experiment") == []


def test_folds_can_be_called_splits(bench: Bench, train: Path, table: Path) -> None:
    plain = importing.import_results(bench, source=str(table), notebook=str(train))
    split = importing.import_results(bench, source=str(table), notebook=str(train), block_kind="split")
    assert split.effects[0].method == "nadeau-bengio"
    assert split.effects[0].high - split.effects[0].low > plain.effects[0].high - plain.effects[0].low  # type: ignore[operator]


def test_the_command_imports_and_tells(
    tmp_path: Path,
    train: Path,
    table: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["import", "runs.csv", "--notebook", "train.ipynb", "--root", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "imported from runs.csv (table), post hoc" in out
    assert "correlates" in out, "what pairing gained is told"
