"""The table of tools: what is read is typed and redacted, what is proposed is checked and not kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.proposals.provider import Block
from jupyter_coimprove.proposals.using import Used, use
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import proposed, tools
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.knowing import Wanted

AI = Actor(kind="ai", id="m", display="m", auth="os")


@pytest.fixture
def asked(bench: Bench, train: Path) -> Callable[..., Used]:
    def call(tool: str, wanted: Wanted | None = None, /, **given: Any) -> Used:
        return use(tools.tools(bench, train, wanted), tool, given)

    return call


def data(used: Used) -> Mapping[str, Any]:
    assert not used.failed, used.said
    found: Mapping[str, Any] = json.loads(used.said)["data"]
    return found


def test_schemas_are_closed_and_every_tool_says_what_it_is_for(bench: Bench, train: Path) -> None:
    import jsonschema

    made = tools.tools(bench, train, Wanted(no_images=""))
    assert [tool.name for tool in made] == [row[0] for row in tools.TABLE]
    for tool in made:
        jsonschema.Draft202012Validator.check_schema(dict(tool.schema))
        assert tool.schema["additionalProperties"] is False
        assert tool.help.endswith(".")


def test_what_is_read_says_what_it_is_of(asked: Callable[..., Used]) -> None:
    assert data(asked("read_cells", cells=[3]))["cells"][0]["source"].startswith("gain = 0.5")
    flow = data(asked("read_dataflow", name="lr"))
    assert (flow["of"], flow["defined_in"], flow["read_in"]) == ("train.ipynb", [1], [3])
    found = data(asked("list_candidates"))
    assert "lr" in [row["name"] for row in found["candidates"]]
    assert "score" in [row["name"] for row in found["measured"]]
    assert data(asked("check_notebook"))["checks"] == []
    live = Wanted(live={"variables": [{"name": "api_key", "type": "str", "value": "sk-ant-" + "x" * 30}]})
    assert data(asked("read_variables", live, names=["api_key"]))["variables"][0]["value"] == "***"


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("read_cells", {"cells": [99]}, "cells: 1-4"), ("read_dataflow", {"name": "lrr"}, "did you mean lr"),
        ("read_cells", {"cells": ["1"]}, "cannot take"), ("read_effects", {"experiment": "exp_01JZZZZZZZ"}, "no "),
        ("propose_cells", {"edits": [{"kind": "replace", "cell": 77, "source": "x"}], "why": ""}, "cell"),
        ("propose_plan", {"factors": [{"name": "nope", "levels": ["1"]}], "question": "?", "why": ""}, "nope"),
        ("run_cell", {"cell": 1}, "no tool named"),
    ],
)  # fmt: skip
def test_a_model_is_told_what_it_did_wrong(
    asked: Callable[..., Used], name: str, given: dict[str, Any], said: str
) -> None:
    used = asked(name, **given)
    assert used.failed
    assert said in used.said


def test_effects_of_an_ended_experiment_are_told(
    ended: str, bench: Bench, asked: Callable[..., Used]
) -> None:
    before = len(list(bench.record().follow(0)))
    found = data(asked("read_effects", experiment=ended))
    assert {row["arm"] for row in found["effects"]} == {"lr=0.3", "unused=4"}
    assert data(asked("read_runs", experiment=ended))["state"] == "completed"
    data(asked("read_findings"))
    assert len(list(bench.record().follow(0))) == before, "reading writes nothing"


def test_a_proposal_is_kept_only_when_it_is_given_to_be_kept(
    bench: Bench, train: Path, asked: Callable[..., Used]
) -> None:
    before = train.read_bytes()
    edits = [{"kind": "insert", "cell": 4, "cell_kind": "code", "source": "print(score)"}]
    cells = asked("propose_cells", edits=edits, why="to see it")
    plan = asked(
        "propose_plan",
        factors=[{"name": "lr", "levels": ["0.3"]}],
        question="does it matter?",
        why="w",
        response="score",
        direction="max",
    )
    assert cells.block is not None
    assert plan.block is not None
    assert bench.record().find("proposal") + bench.record().find("experiment") == []
    ids, failed = proposed.keep(bench, train, [cells.block, plan.block], AI, cell=None, prompt="p")
    assert failed == []
    assert [bench.record().get(id_).kind for id_ in ids] == ["proposal", "experiment"]
    assert all(bench.record().get(id_).actor["kind"] == "ai" for id_ in ids)
    guess = asked(
        "predict",
        experiment=ids[1],
        ranking=["lr=0.3", "baseline"],
        p_better=[{"arm": "lr=0.3", "chance": 0.8}],
    )
    assert guess.block is not None
    proposed.keep(bench, train, [guess.block], AI, cell=None, prompt="p")
    (prediction,) = bench.record().find("prediction")
    assert (prediction.actor["kind"], prediction.data["p_better"]) == ("ai", {"lr=0.3": 0.8})
    assert train.read_bytes() == before


def test_what_can_no_longer_be_kept_is_said(bench: Bench, train: Path) -> None:
    block = Block(
        kind="cells", v=1, data={"edits": [{"kind": "delete", "cell": 44, "source": ""}], "why": "w"}
    )
    ids, failed = proposed.keep(bench, train, [block], AI, cell=None, prompt="p")
    assert (ids, len(failed)) == ([], 1)


def test_tools_tell_no_more_than_was_chosen(asked: Callable[..., Used]) -> None:
    only = Wanted(cells=(0,))
    assert asked("read_cells", only, cells=[2]).failed
    assert asked("list_candidates", only).failed
    assert data(asked("read_cells", only, cells=[1]))["cells"]
