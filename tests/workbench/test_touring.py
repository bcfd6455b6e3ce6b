"""The tour: twelve activities in order, each with what it sees here and what is on record; nothing runs, nothing changes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from jupyter_coimprove.activities.table import ACTIVITIES
from jupyter_coimprove.activities.tour import STOPS
from jupyter_coimprove.errors import NotebookError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text
from jupyter_coimprove.wire.parse import parse
from jupyter_coimprove.workbench import touring
from jupyter_coimprove.workbench.bench import Bench, Where


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".coimprove" not in path.parts
    }


def facts(view) -> dict[int, dict[str, str]]:
    return {number: dict(part.facts) for number, part in enumerate(view.sections, 1)}


def test_all_twelve_stand_in_the_papers_order_each_with_a_command_that_exists() -> None:
    assert [stop.number for stop in STOPS] == list(range(1, 13))
    for stop in STOPS:
        assert parse(shlex.split(stop.command.format(notebook="train.ipynb")), prog="coimprove").verb
    named = {activity.name: activity.number for activity in ACTIVITIES}
    for stop in STOPS:
        assert named.get(stop.verb, stop.number) == stop.number
        for activity in ACTIVITIES:
            assert activity.number != stop.number or activity.title == stop.title


def test_it_tells_what_each_sees_in_a_notebook_and_leaves_everything_as_it_is(
    ended: str, bench: Bench, train: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = len(bench.record().find("run"))
    before, lines = files(train.parent), len(list(bench.record().follow()))
    asked: list[object] = []

    def answers(body: object) -> Answer:
        asked.append(body)
        return Answer(content=(Text("no"),))

    with MessagesServer(answers) as service:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
        view = touring.tour(bench, notebook=str(train))
    assert not asked, "no model is asked"
    assert files(train.parent) == before
    assert len(list(bench.record().follow())) == lines
    told = facts(view)
    assert view.summary == "the twelve activities on train.ipynb; nothing was run"
    assert [part.title.split(" ")[0] for part in view.sections] == [str(number) for number in range(1, 13)]
    assert told[4]["here"].startswith("train.ipynb: ")
    assert told[4]["recorded"] == "1 experiment (1 completed)"
    assert told[5]["recorded"] == f"{runs} runs ({runs} completed)"
    assert told[6]["here"] == "1 finding, 1 to decide on"
    assert told[10]["here"] == "no accepted findings to tell"
    assert told[11]["here"] == "no debate is recorded here"
    assert told[12]["recorded"].startswith("1 decision (")
    assert all(one["here"] and one["command"].startswith("coimprove ") for one in told.values())
    assert "\n12 Bidirectional co-improvement\n" in render(view)


def test_without_a_notebook_it_goes_through_the_example_and_writes_nothing(
    tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path.parent / "keys"))
    assert main(["tour", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["activity"], len(told["sections"])) == ("tour", 12)
    assert "this is the example" in told["warnings"][0]
    assert told["next"] == ["coimprove demo"]
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_that_is_not_there_or_has_no_code_is_named(bench: Bench, write, tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="nowhere"):
        touring.tour(bench, notebook=str(tmp_path / "nowhere.ipynb"))
    with pytest.raises(NotebookError, match="no code cells"):
        touring.tour(bench, notebook=str(write("")))


def test_what_an_activity_cannot_say_is_told_in_its_place(bench: Bench, write) -> None:
    view = touring.tour(bench, notebook=str(write("x = 1")))
    told = facts(view)
    assert told[2]["here"].startswith("nothing yet: nothing that train.ipynb measures is found")
    assert len(told) == 12


def test_the_notebook_in_front_is_the_one(
    train: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    bench = Bench(where=Where(cwd=tmp_path, notebook=train), root_override=tmp_path)
    view = touring.tour(bench)
    assert view.summary.startswith("the twelve activities on train.ipynb")
    assert facts(view)[1]["command"] == "coimprove problem train.ipynb"
    bench.close()
