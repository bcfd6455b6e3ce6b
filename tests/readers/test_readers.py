"""Every tracker's runs come out as the same table, with what varies as treatment and seeds as blocks."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from tracked_truth import accuracy, pairs, series

from jupyter_coimprove.errors import CoimproveError, UnknownName, UsageError
from jupyter_coimprove.evidence.compare import compare
from jupyter_coimprove.evidence.tables import Table
from jupyter_coimprove.evidence.tracked import Tracked, TrackedRun, table_of
from jupyter_coimprove.readers.recognising import read_tracked, reader_of

SOURCES = ("mlruns", "mlflow_db", "search_runs", "wandb_csv", "wandb_written", "wandb_folder", "optuna_db", "optuna_csv", "wandb_chart")  # fmt: skip
TOOLS = {
    "mlruns": "MLflow",
    "mlflow_db": "MLflow",
    "search_runs": "MLflow",
    "optuna_db": "Optuna",
    "optuna_csv": "Optuna",
}


def tracked(path: Path, part: str | None = None) -> Tracked:
    found = read_tracked(path, part)
    assert found is not None
    return found


def responses(table: Table) -> dict[tuple[float, int], float | None]:
    """(rate, seed) -> response, whatever the treatments are called."""
    out = {}
    for result in table.results:
        rate = re.search(r"0[.p]\d+", result.treatment)
        assert rate is not None
        out[float(rate[0].replace("p", ".")), int(result.block)] = result.value.number
    return out


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_is_recognised_and_gives_every_run_its_response(
    source: str, request: pytest.FixtureRequest
) -> None:

    path = request.getfixturevalue(source)
    found = tracked(path)
    assert found.tool == TOOLS.get(source, "W&B")
    table = table_of(found, response="value" if source.startswith("optuna") else None)
    assert responses(table) == {(float(r), s): pytest.approx(accuracy(r, s)) for r, s in pairs()}
    base = next(t for t in table.treatments if "0.01" in t or "0p01" in t)
    evidence = compare(table, baseline=base, direction="max")
    assert [(e.n, e.verdict) for e in evidence.effects] == [(6, "better")]
    assert evidence.notes[0].startswith("post hoc")
    assert tracked(path).digest == found.digest


def test_a_series_is_reduced_as_asked_and_that_is_said(mlruns: Path) -> None:

    found = tracked(mlruns)
    plain, best = table_of(found), table_of(found, reduction="max")
    assert responses(best)[0.1, 2] == pytest.approx(max(series("0.1", 2)))
    assert responses(table_of(found, reduction="at 0"))[0.1, 2] == pytest.approx(series("0.1", 2)[0])
    assert any("series of up to 3 steps: its 'last'" in note for note in plain.notes)
    assert any("optimistic" in note for note in best.notes)
    assert not any("optimistic" in note for note in plain.notes)


def test_of_several_experiments_one_is_named(mlruns: Path) -> None:
    import shutil

    shutil.copytree(mlruns / "417", mlruns / "418")
    (mlruns / "418" / "meta.yaml").write_text("experiment_id: '418'\nname: other\nlifecycle_stage: active\n")
    with pytest.raises(UsageError, match="holds several: digits, other") as caught:
        read_tracked(mlruns)
    assert "--part" in caught.value.remedy
    assert len(tracked(mlruns, "other").runs) == 12
    with pytest.raises(UnknownName, match="no experiment named 'othr'"):
        read_tracked(mlruns, "othr")
    assert len(tracked(mlruns / "417").runs) == 12


def test_what_no_reader_knows_is_a_plain_table_or_an_error(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("seed,model,acc\n1,a,0.5\n")
    assert reader_of(table) is None
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no runs"):
        reader_of(tmp_path / "empty")
    with pytest.raises(UsageError, match="there is no file"):
        reader_of(tmp_path / "gone")


def test_broken_sources_are_named(mlruns: Path, wandb_folder: Path, tmp_path: Path) -> None:
    metric = next(mlruns.glob("417/*/metrics/val/acc"))
    metric.write_text("yesterday 0.5 1\n")
    with pytest.raises(UsageError, match="metric val/acc of run"):
        read_tracked(mlruns)
    next(wandb_folder.glob("offline*/files/wandb-summary.json")).write_text("{")
    with pytest.raises(UsageError, match="cannot be read"):
        read_tracked(wandb_folder)
    cut = tmp_path / "cut.db"
    cut.write_bytes(b"SQLite format 3\x00" + b"\x00" * 200)
    with pytest.raises(UsageError, match="cannot be read"):
        read_tracked(cut)


def runs(*entries: tuple[str, int, str]) -> Tracked:
    """(model, seed, lr)"""
    made = tuple(
        TrackedRun(
            id=str(i),
            name=f"r{i}",
            params={"model": m, "seed": str(s), "lr": lr},
            metrics={"acc": 0.5 + s / 10},
        )
        for i, (m, s, lr) in enumerate(entries)
    )
    return Tracked(tool="MLflow", runs=made)


def test_unequal_tuning_is_labelled_confounded() -> None:
    unequal = runs(("a", 0, "1"), ("a", 1, "1"), ("a", 0, "2"), ("a", 1, "3"), ("b", 0, "1"), ("b", 1, "1"))
    (note,) = [n for n in table_of(unequal, treatment="model").notes if "confounded" in n]
    assert "model=a was run in 3 settings" in note
    equal = runs(("a", 0, "1"), ("a", 1, "2"), ("b", 0, "1"), ("b", 1, "2"))
    assert not any("unequal" in n for n in table_of(equal, treatment="model").notes)
    more = runs(("a", 0, "1"), ("a", 0, "1"), ("a", 1, "1"), ("b", 0, "1"), ("b", 1, "1"))
    assert any("never the best of them" in n for n in table_of(more, treatment="model").notes)


def test_without_a_seed_nothing_is_compared() -> None:
    made = tuple(
        TrackedRun(id=str(i), name=f"trial {i}", params={"lr": str(i)}, metrics={"acc": 0.5})
        for i in range(4)
    )
    with pytest.raises(UsageError, match="cannot be paired") as caught:
        table_of(Tracked(tool="Optuna", runs=made))
    assert "--block" in caught.value.remedy


def test_runs_that_failed_count_as_missing_and_those_under_way_are_left_out() -> None:
    made = tuple(
        TrackedRun(
            id=f"{m}{s}", name="x", params={"model": m, "seed": str(s)}, metrics={"acc": 0.5},
            state="failed" if (m, s) == ("b", 1) else "running" if s == 2 else "finished",
        )
        for m in "ab" for s in (0, 1, 2)
    )  # fmt: skip
    table = table_of(Tracked(tool="MLflow", runs=made))
    assert [r.value.kind for r in table.results] == ["finite", "finite", "finite", "missing"]
    assert any("2 runs that have not ended" in n for n in table.notes)
    assert any("1 runs failed" in n for n in table.notes)


def test_names_that_are_not_there_are_refused_with_close_ones(mlflow_db: Path) -> None:
    found = tracked(mlflow_db)
    for wrong, more in (
        ("metric", {"response": "ac"}),
        ("parameter", {"block": "sead"}),
        ("parameter", {"treatment": "lrr"}),
    ):
        with pytest.raises(UnknownName, match=f"no {wrong} named"):
            table_of(found, **more)
    with pytest.raises(CoimproveError, match="is no reduction"):
        table_of(found, reduction="worst")


def test_without_tensorboard_its_folder_is_refused_with_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_coimprove.errors import EngineError

    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    (tmp_path / "runs" / "a_seed0").mkdir(parents=True)
    (tmp_path / "runs" / "a_seed0" / "events.out.tfevents.1700000000.host.1.0").write_bytes(b"")
    with pytest.raises(EngineError, match="tensorboard is not installed") as caught:
        read_tracked(tmp_path / "runs")
    assert "jupyter-coimprove[tensorboard]" in caught.value.remedy


def test_tensorboard_runs_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for rate, seed in pairs():
        writer = EventFileWriter(str(tmp_path / "runs" / f"lr{rate.replace('.', 'p')}_seed{seed}"))
        for step, value in enumerate(series(rate, seed)):
            summary = Summary(value=[Summary.Value(tag="acc/test", simple_value=value)])
            writer.add_event(Event(step=step, wall_time=float(step), summary=summary))
        writer.close()
    found = responses(table_of(tracked(tmp_path / "runs")))
    assert found == {(float(r), s): pytest.approx(accuracy(r, s), abs=1e-6) for r, s in pairs()}
