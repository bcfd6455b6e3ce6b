"""What a provider may know of a notebook: facts by value, the same bytes, and never what is excluded."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.errors import NothingToDo
from jupyter_coimprove.proposals.context import arrange, text
from jupyter_coimprove.workbench import knowing
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.tools import tools as tools_of

SECRET = "correct-horse-battery-7"


def told(bench: Bench, path: Path, question: str = "", cell: str | None = None, **wanted: Any) -> str:
    entries = knowing.blocks(bench, path, question, cell, knowing.Wanted(**wanted))
    return text(arrange(entries, 60_000)[0])


def of_kind(said: str, kind: str) -> list[dict[str, Any]]:
    return [one["data"] for one in map(json.loads, said.splitlines()) if one["kind"] == kind]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A notebook with outputs, an error, a question to us, a secret and an excluded cell."""

    def cell(kind: str, source: str, outputs: list[Any] | None = None, count: int | None = None, tags: tuple[str, ...] = ()) -> dict[str, Any]:  # fmt: skip
        made: dict[str, Any] = {
            "cell_type": kind,
            "id": f"c{len(cells)}",
            "metadata": {"tags": list(tags)},
            "source": source,
        }
        if kind == "code":
            made |= {"outputs": outputs or [], "execution_count": count}
        cells.append(made)
        return made

    cells: list[dict[str, Any]] = []
    out = {"output_type": "stream", "name": "stdout", "text": f"rate 0.1 {SECRET}\n"}
    error = {"output_type": "error", "ename": "ValueError", "evalue": "bad shape", "traceback": ["hidden_price = 7", "ValueError: bad shape"]}  # fmt: skip
    image = {
        "output_type": "display_data",
        "data": {"image/png": "A" * 5000, "text/plain": "<Figure>"},
        "metadata": {},
    }
    cell("markdown", "# Data\nSome words.")
    cell("code", f"rate = 0.1\ndb_password = '{SECRET}'\nprint(rate)", [out], 5)
    cell("code", "hidden_price = 7", [{"output_type": "stream", "name": "stdout", "text": "seven-of-nine"}], 2, ("coimprove-exclude",))  # fmt: skip
    cell("code", "score = rate * 2\nscore", [image], 3)
    cell("code", "score + hidden_price", [error], 4)
    cell(
        "code",
        "%%coai\nwhat is the score?",
        [{"output_type": "stream", "name": "stdout", "text": "an earlier answer"}],
        6,
    )
    found = tmp_path / "n.ipynb"
    found.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return found


def test_cells_come_with_what_they_showed_and_their_marks(bench: Bench, path: Path) -> None:
    cells = {one["cell"]: one for one in of_kind(told(bench, path), "cell")}
    assert set(cells) == {1, 2, 4, 5}
    assert "rate 0.1" in cells[2]["outputs"]
    assert "image/png, 5000 characters" in cells[4]["outputs"]
    assert cells[4]["marks"] == ["stale"]
    assert cells[5]["marks"] == ["stale", "error"]
    assert of_kind(told(bench, path), "outline")[0]["outline"] == [{"cell": 1, "level": 1, "title": "Data"}]


def test_an_excluded_cell_is_never_told_nor_what_only_it_defines(bench: Bench, path: Path) -> None:
    live = {
        "variables": [
            {"name": "hidden_price", "type": "int", "value": 7777},
            {"name": "rate", "type": "float", "value": 0.1},
        ]
    }
    said = told(bench, path, "what is hidden_price in cell 3?", live=live, cells=None)
    for word in ("seven-of-nine", "hidden_price = 7", "7777"):
        assert word not in said
    assert [one["name"] for one in of_kind(said, "variable")] == ["rate"]


def test_questions_to_us_and_their_answers_are_no_part_of_the_notebook(bench: Bench, path: Path) -> None:
    assert "an earlier answer" not in told(bench, path)


def test_a_secret_is_masked_wherever_it_stands(
    bench: Bench, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_API_TOKEN", "env-value-123")
    live = {"variables": [{"name": "note", "type": "str", "value": f"{SECRET} env-value-123"}]}
    said = told(bench, path, live=live)
    assert SECRET not in said
    assert "env-value-123" not in said
    assert said.count("***") >= 4


def test_the_dataflow_of_what_is_asked_about_is_told(bench: Bench, path: Path) -> None:
    (flow,) = of_kind(told(bench, path, "why is rate so low?"), "dataflow")
    assert flow == {"name": "rate", "defined_in": [2], "read_in": [4], "reaches": [2, 4, 5]}


def test_the_stable_part_does_not_depend_on_the_question(bench: Bench, path: Path) -> None:
    one = arrange(knowing.blocks(bench, path, "why is rate so low?", "c3"), 60_000)
    two = arrange(knowing.blocks(bench, path, "and the score?", None), 60_000)
    assert one[1] == two[1] > 4
    assert text(one[0][: one[1]]) == text(two[0][: two[1]])
    assert one[0] != two[0]


def test_chosen_cells_and_variables_are_all_that_is_told(bench: Bench, path: Path) -> None:
    live = {"variables": [{"name": "a", "type": "int"}, {"name": "b", "type": "int"}]}
    said = told(bench, path, live=live, cells=(3,), variables=("b",))
    assert [one["cell"] for one in of_kind(said, "cell")] == [4]
    assert [one["name"] for one in of_kind(said, "variable")] == ["b"]
    assert of_kind(said, "outline") == []


def test_who_runs_the_server_keeps_outputs_and_values_from_every_model(
    bench: Bench, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = {"variables": [{"name": "rate", "type": "float", "value": "0.1"}], "age_s": 0}
    seen = told(bench, path, "what is rate?", live=live)
    assert "bad shape" in seen
    assert of_kind(seen, "variables") or '"value":"0.1"' in seen
    monkeypatch.setenv("COIMPROVE_OUTPUTS_POLICY", "force-off")
    kept = told(bench, path, "what is rate?", live=live)
    assert "bad shape" not in kept
    assert '"value"' not in kept
    assert "score = rate * 2" in kept
    tools = {tool.name: tool for tool in tools_of(bench, path, knowing.Wanted(live=live))}
    assert tools["read_output"].call({"cell": 2}).data["outputs"] == ""
    assert "bad shape" not in str(tools["read_cells"].call({"cells": [1, 2, 4, 5]}).data)
    assert all(measured["last"] is None for measured in tools["list_candidates"].call({}).data["measured"])
    with pytest.raises(NothingToDo):
        tools["read_variables"].call({"names": ["rate"]})


def test_a_changed_file_is_read_again(bench: Bench, write: Callable[..., Path]) -> None:
    path = write("a = 1")
    assert "a = 1" in told(bench, path)
    path.write_text(path.read_text().replace("a = 1", "a = 12345"))
    assert "a = 12345" in told(bench, path)


def test_findings_and_experiments_of_the_record_are_told(ended: str, bench: Bench, tmp_path: Path) -> None:
    said = told(bench, tmp_path / "train.ipynb")
    (experiment,) = of_kind(said, "experiment")
    assert (experiment["id"], experiment["state"]) == (ended, "completed")
