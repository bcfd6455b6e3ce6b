"""What the panel draws from one answer: the form of a plan, the grid of runs, two runs beside each other."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pending_findings import bench_of, experiment
from small_notebooks import lab_notebook

from jupyter_coimprove.errors import CoimproveError, NothingToDo, Stale, UnknownName, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import deciding, running, shelf, showing, watching
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.registering import register
from jupyter_coimprove.workbench.views import PairView, PlanView
from jupyter_coimprove.workbench.works import Works


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".data"))
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def plan(project: Path) -> str:
    return experiment(project)


@pytest.fixture
def bench(project: Path) -> Iterator[Bench]:
    made = bench_of(project)
    yield made
    made.close()


def edited(bench: Bench, plan: str, *sets: str) -> PlanView:
    view = deciding.edit(bench, id=plan, set=list(sets))
    assert isinstance(view, PlanView)
    return view


def values(view: PlanView) -> dict[str, object]:
    return {field.key: field.value for field in view.fields}


def test_a_plan_that_was_changed_elsewhere_is_neither_edited_nor_accepted_unseen(
    bench: Bench, plan: str
) -> None:
    shown = showing.show(bench, id=plan)
    assert isinstance(shown, PlanView)
    edited(bench, plan, "blocks=5")
    with pytest.raises(Stale):
        deciding.edit(bench, id=plan, set=["blocks=6"], digest=shown.digest)
    with pytest.raises(Stale):
        deciding.accept(bench, id=plan, digest=shown.digest)
    now = showing.show(bench, id=plan)
    assert isinstance(now, PlanView)
    assert (values(now)["blocks"], now.state) == (5, "draft")
    again = deciding.edit(bench, id=plan, set=["blocks=6"], digest=now.digest)
    assert isinstance(again, PlanView)
    assert values(again)["blocks"] == 6


def test_the_answer_to_an_edit_redraws_the_whole_form(bench: Bench, plan: str) -> None:
    shown = showing.show(bench, id=plan)
    assert isinstance(shown, PlanView)
    assert values(shown)["blocks"] == 4
    assert values(shown)["margin"] is None
    assert all(field.help for field in shown.fields)
    assert [arm.key for arm in shown.arms] == ["", "arms.1"]
    view = edited(
        bench, plan, "blocks=6", 'question="Is 5 = 5?"', "margin=0.01", "alpha=0.1", 'seeds."SEED"=true'
    )
    assert {key: values(view)[key] for key in ("blocks", "question", "margin", "alpha")} == {
        "blocks": 6, "question": "Is 5 = 5?", "margin": 0.01, "alpha": 0.1,
    }  # fmt: skip
    assert view.power.basis
    assert view.cost.runs == 13
    assert view.arms[1].diff
    assert values(edited(bench, plan, "margin="))["margin"] is None


def test_every_field_can_be_set_to_what_it_is(bench: Bench, plan: str, project: Path) -> None:
    """Each key and JSON value of the form is one that ``--set`` takes; together they change nothing."""
    from jupyter_coimprove.experiments import planfile
    from jupyter_coimprove.workbench.editing import with_values

    shown = showing.show(bench, id=plan)
    assert isinstance(shown, PlanView)
    text = shelf.plan_path(project, plan).read_text()
    sets = [f"{field.key}={json.dumps(field.value)}" for field in shown.fields if field.value is not None]
    assert planfile.changed(planfile.load(text), planfile.load(with_values(text, sets))) == []


def test_arms_are_changed_added_and_taken_out(bench: Bench, plan: str) -> None:
    view = edited(bench, plan, 'arms.1.set.lr="0.5"')
    assert [arm.settings.get("lr") for arm in view.arms] == [None, "0.5"]
    view = edited(bench, plan, 'arms.+={"set": {"lr": "0.7"}}')
    assert [arm.key for arm in view.arms] == ["", "arms.1", "arms.2"]
    view = edited(bench, plan, "arms.1=")
    assert [arm.settings.get("lr") for arm in view.arms] == [None, "0.7"]


@pytest.mark.parametrize(
    ("set_", "error"),
    [
        ("arms.9=", UnknownName), ("arms.x=", UnknownName), ("arms.1=3", UsageError), ("arms.+=3", UsageError),
        ("nowhere.x=1", UnknownName), ("nothing=", UnknownName), ("blocks", UsageError), ("blocks=NaN", CoimproveError),
        ("margin=NaN", CoimproveError), ("blocks={", CoimproveError), ("question=", CoimproveError),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_said_and_changes_nothing(
    bench: Bench, plan: str, project: Path, set_: str, error: type[Exception]
) -> None:
    before = shelf.plan_path(project, plan).read_bytes()
    with pytest.raises(error):
        edited(bench, plan, set_)
    assert shelf.plan_path(project, plan).read_bytes() == before


def test_the_grid_shows_runs_that_are_wanted_and_follows_order_and_dropped_arms(
    bench: Bench, plan: str, project: Path
) -> None:
    edited(bench, plan, 'arms.+={"set": {"lr": "0.7"}}')
    register(bench, bench.record().get(plan))
    (row,) = watching.status(bench, experiment=plan).experiments
    assert row.arms == ("baseline", "lr=0.3", "lr=0.7")
    assert len(row.planned) == row.total == 13
    view = running.cancel(bench, target=plan, arm="lr=0.3", reason="too slow")
    assert {cell.arm for cell in view.experiments[0].planned} == {"baseline", "lr=0.7"}

    running._reorder(bench, bench.record().get(plan), ["lr=0.7"])
    item = bench.record().get(plan)
    (row,) = watching.status(bench, experiment=plan).experiments
    assert row.arms == ("lr=0.7", "baseline", "lr=0.3")
    assert any("order lr=0.7" in text for text in shelf.deviations(item))
    queue = Works(project, bench.record(), item, workers=1).queue()
    order = [(work.block, work.arm) for work in queue.waiting() if work.replicate == 0]
    blocks = list(dict.fromkeys(block for block, _ in order))
    assert order == [(block, arm) for block in blocks for arm in ("lr=0.7", "baseline")]


def test_an_order_of_unknown_arms_or_of_what_has_ended_is_refused(bench: Bench, plan: str) -> None:
    register(bench, bench.record().get(plan))
    with pytest.raises(UnknownName, match="lr=9"):
        running.resume(bench, experiment=plan, order="lr=9 > baseline")
    with pytest.raises(UsageError, match="twice"):
        running.resume(bench, experiment=plan, order="baseline > baseline")
    bench.record().append(
        [Draft(id=plan, kind="experiment", event="completed", state="completed", actor=TOOL)]
    )
    with pytest.raises(NothingToDo):
        running.resume(bench, experiment=plan, order="baseline")


def run_of(bench: Bench, plan: str, arm: str, block: int, score: float) -> str:
    """A run that has ended, with its executed notebook."""
    id_ = new_id("run", bench.clock)
    data = {
        "experiment": plan, "arm": arm, "block": block, "replicate": 0, "seconds": 1.5, "cell_seconds": [0.1, 1.4],
        "metrics": [{"name": "score", "value": {"kind": "finite", "number": score}, "step": None, "source": "probe"}],
    }  # fmt: skip
    bench.record().append(
        [Draft(id=id_, kind="run", event="completed", state="completed", data=data, actor=TOOL)]
    )
    folder = bench.layout().run(id_)
    folder.mkdir(parents=True)
    node = json.loads(lab_notebook((("parameters", f"lr = {arm}"), ("", "print(score)"))))
    node["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [f"{score}\n"]}]
    (folder / "output.ipynb").write_text(json.dumps(node))
    return id_


def test_two_runs_stand_beside_each_other_and_show_no_interim_values(bench: Bench, plan: str) -> None:
    register(bench, bench.record().get(plan))
    block = shelf.registered(bench.record().get(plan)).blocks[0]
    one, other = run_of(bench, plan, "baseline", block, 0.5), run_of(bench, plan, "lr=0.3", block, 0.7)
    view = showing.show(bench, id=one, other=other)
    assert isinstance(view, PairView)
    assert [(pair.name, pair.left, pair.right) for pair in view.parameters if not pair.same] == [
        ("arm", "baseline", "lr=0.3"), ("lr", None, "0.3"),
    ]  # fmt: skip
    assert view.metrics == ()
    assert not any(cell.left_output or cell.right_output for cell in view.cells)
    assert view.warnings
    (row,) = watching.status(bench, experiment=plan).experiments
    assert [(run.slowest, run.response, run.cell_seconds) for run in row.runs] == [(2, "", (0.1, 1.4))] * 2

    bench.record().append(
        [Draft(id=plan, kind="experiment", event="completed", state="completed", actor=TOOL)]
    )
    view = showing.show(bench, id=one, other=other)
    assert isinstance(view, PairView)
    assert ("score", "0.5", "0.7") in [(pair.name, pair.left, pair.right) for pair in view.metrics]
    first, second = view.cells
    assert "-lr = baseline" in first.diff
    assert "+lr = lr=0.3" in first.diff
    assert (second.left_output, second.right_output, second.same) == ("0.5\n", "0.7\n", False)
    assert (second.left_seconds, second.diff) == (1.4, "")
    with pytest.raises(UsageError, match="is one run"):
        showing.show(bench, id=one, other=one)
    with pytest.raises(UsageError, match="not a run"):
        showing.show(bench, id=one, other=plan)


def test_runs_whose_notebooks_are_gone_are_compared_by_what_the_record_has(bench: Bench, plan: str) -> None:
    runs = [run_of(bench, plan, "baseline", 1, 0.5), run_of(bench, plan, "baseline", 2, 0.5)]
    shutil.rmtree(bench.layout().run(runs[0]))
    bench.record().append(
        [Draft(id=plan, kind="experiment", event="abandoned", state="abandoned", actor=TOOL)]
    )
    view = showing.show(bench, id=runs[0], other=runs[1])
    assert isinstance(view, PairView)
    assert view.cells == ()
    assert [pair.name for pair in view.parameters if not pair.same] == ["block"]


def test_plan_toml_stays_readable_after_every_edit(bench: Bench, plan: str, project: Path) -> None:
    edited(bench, plan, 'arms.+={"set": {"lr": "0.7"}, "name": "bold"}', "status=exploratory")
    text = shelf.plan_path(project, plan).read_text()
    assert tomllib.loads(text)["arms"][1] == {"set": {"lr": "0.7"}, "name": "bold"}
    assert "# What is compared." in text, "explanations stay"
