"""An error in a notebook is explained, and its repair waits for the person like any proposal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.errors import DecisionError, NothingToDo, ProviderError, UnknownName
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text, UseTool
from jupyter_coimprove.wire.call import as_json
from jupyter_coimprove.workbench import deciding, fixing
from jupyter_coimprove.workbench.bench import Bench

CELLS = (
    "import numpy as np",
    "values = np.arange(4)",
    "total = np.product(values + 1)\nprint(total)",
    "total * 2",
)
SAID = "module 'numpy' has no attribute 'product'"


def failing(path: Path, cell: int, ename: str, evalue: str, *, line: int = 1) -> Path:
    """Let the notebook show this error at its cell (from 0), all above it run."""
    node = json.loads(path.read_text(encoding="utf-8"))
    for index, stored in enumerate(node["cells"][: cell + 1]):
        stored["execution_count"] = index + 1
    node["cells"][cell]["outputs"] = [
        {
            "output_type": "error", "ename": ename, "evalue": evalue,
            "traceback": [f"\x1b[31m{ename}\x1b[39m", f"Cell \x1b[32mIn[{cell + 1}]\x1b[39m, line {line}\n----> {line} …", evalue],
        }
    ]  # fmt: skip
    path.write_text(json.dumps(node, indent=1), encoding="utf-8")
    return path


@pytest.fixture
def moved(write: Callable[..., Path]) -> Path:
    """A notebook whose third cell asks NumPy for what it no longer has."""
    return failing(write(*CELLS), 2, "AttributeError", SAID)


def test_the_cause_is_told_and_the_repair_waits_without_a_change_of_the_file(
    bench: Bench, moved: Path
) -> None:
    before = moved.read_bytes()
    view = fixing.fix(bench, notebook=str(moved))
    assert (view.cell, view.line, view.rule) == (3, 1, "moved name")
    assert "`numpy.prod` stands for it" in view.cause
    assert "+total = np.prod(values + 1)" in view.diff
    assert view.verified == "not tried"
    assert "--verify" in view.warnings[0]
    assert moved.read_bytes() == before
    (id_,) = view.proposals
    item = bench.record().get(id_)
    assert (item.state, item.actor["kind"]) == ("pending", "tool")
    assert view.proposals == fixing.fix(bench, notebook=str(moved), cell="3").proposals
    assert json.loads(as_json(view))["view"] == "FixView"


def test_an_accepted_repair_stands_in_the_notebook(bench: Bench, moved: Path) -> None:
    (id_,) = fixing.fix(bench, notebook=str(moved)).proposals
    deciding.accept(bench, id=id_)
    cells = json.loads(moved.read_text(encoding="utf-8"))["cells"]
    assert "".join(cells[2]["source"]) == CELLS[2].replace("product", "prod")


def test_a_verified_repair_ran_in_a_kernel_of_its_own(bench: Bench, moved: Path) -> None:
    before = moved.read_bytes()
    view = fixing.fix(bench, notebook=str(moved), verify=True)
    assert view.verified == "works"
    assert view.tried.startswith("3 cells ran without an error in a fresh kernel")
    assert not view.warnings
    assert moved.read_bytes() == before


@pytest.mark.slow
def test_a_repair_that_does_not_work_is_not_proposed(bench: Bench, write: Callable[..., Path]) -> None:
    path = failing(
        write("import numpy as np", "total = np.product(3)\nraise RuntimeError('later')"),
        1,
        "AttributeError",
        SAID,
    )
    view = fixing.fix(bench, notebook=str(path), verify=True)
    assert (view.verified, view.proposals) == ("fails", ())
    assert "RuntimeError in cell 2: later" in view.tried


def test_only_a_person_has_a_notebook_run(bench: Bench, moved: Path) -> None:
    bench.actor = Actor(kind="ai", id="m", display="m", auth="os")
    with pytest.raises(DecisionError, match="verifying a repair runs the notebook"):
        fixing.fix(bench, notebook=str(moved), verify=True)


def test_cells_that_were_not_run_are_named(bench: Bench, write: Callable[..., Path]) -> None:
    path = failing(
        write("rate = 2", "rounds = 3", "rate * rounds"), 2, "NameError", "name 'rounds' is not defined"
    )
    node = json.loads(path.read_text(encoding="utf-8"))
    node["cells"][1]["execution_count"] = None
    path.write_text(json.dumps(node), encoding="utf-8")
    view = fixing.fix(bench, notebook=str(path))
    assert view.run == (2,)
    assert "was not run in this kernel" in view.cause
    assert not view.proposals


def test_what_no_rule_knows_is_said(bench: Bench, write: Callable[..., Path]) -> None:
    path = failing(write("raise LookupError('third shelf')"), 0, "LookupError", "third shelf")
    view = fixing.fix(bench, notebook=str(path))
    assert (view.cause, view.repair, view.proposals) == ("", "", ())
    assert "no rule knows its cause" in view.warnings[0]
    assert "a model could go on" in view.warnings[0]


def test_data_that_were_withdrawn_are_not_replaced(bench: Bench, write: Callable[..., Path]) -> None:
    said = "\n`load_boston` has been removed from scikit-learn since version 1.2."
    path = failing(write("from sklearn.datasets import load_boston"), 0, "ImportError", said)
    view = fixing.fix(bench, notebook=str(path))
    assert "No other data set stands for it" in view.cause
    assert not view.proposals


def test_a_notebook_without_an_error_has_nothing_to_fix(bench: Bench, train: Path) -> None:
    with pytest.raises(NothingToDo, match="no cell of train"):
        fixing.fix(bench, notebook=str(train))
    with pytest.raises(NothingToDo, match="cell 2 shows no error"):
        fixing.fix(bench, notebook=str(train), cell="2")
    with pytest.raises(UnknownName, match="no cell named '99'"):
        fixing.fix(bench, notebook=str(train), cell="99")


ODD = 'raise RuntimeError("the machine said 4711")'
REPLACED = {"kind": "replace", "cell": 1, "source": "print('mended')"}


@pytest.fixture
def odd(write: Callable[..., Path]) -> Path:
    """A notebook with an error that no rule knows."""
    path = write(ODD, "api_key = 'k'")
    node = json.loads(path.read_text())
    error = {
        "output_type": "error",
        "ename": "RuntimeError",
        "evalue": "the machine said 4711",
        "traceback": [],
    }
    node["cells"][0] |= {"outputs": [error], "execution_count": 1}
    path.write_text(json.dumps(node))
    return path


def _mends(body: Mapping[str, Any]) -> Answer:
    if "tool_result" in json.dumps(body["messages"][-1]):
        return Answer(content=(Text("The machine refused it."),))
    return Answer(content=(UseTool("propose_cells", {"edits": [REPLACED], "why": "it only prints"}),))


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesServer]:
    with MessagesServer(_mends) as running:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-" + "d4" * 20)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        yield running


def test_a_model_goes_on_where_no_rule_has_a_repair(bench: Bench, odd: Path, service: MessagesServer) -> None:
    before = odd.read_bytes()
    view = fixing.fix(bench, notebook=str(odd))
    assert view.words == "The machine refused it."
    assert view.model.startswith("claude")
    (id_,) = view.proposals
    kept = bench.record().get(id_)
    assert (kept.state, kept.actor["kind"]) == ("pending", "ai")
    assert view.next[0] == f"coimprove accept {id_}"
    assert not any("no rule has a repair" in one for one in view.warnings)
    assert "the machine said 4711" in service.asked[0].raw.decode()
    assert odd.read_bytes() == before
    assert "The machine refused it." in render(view)


def test_a_model_is_not_asked_where_a_rule_repairs_it_unless_it_is_named(
    bench: Bench, moved: Path, service: MessagesServer
) -> None:
    by_rules = fixing.fix(bench, notebook=str(moved))
    assert by_rules.proposals
    assert (by_rules.words, service.asked) == ("", [])
    view = fixing.fix(bench, notebook=str(moved), provider="anthropic")
    assert view.words == "The machine refused it."
    assert len(view.proposals) == 2
    told = json.dumps(service.asked[0].body["messages"])
    assert view.cause[:40] in told.replace("\\", "")


def test_what_the_rules_said_stands_where_the_model_does_not_answer_or_may_not(
    bench: Bench, odd: Path, service: MessagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COIMPROVE_AUTO_POLICY", "force-off")
    view = fixing.fix(bench, notebook=str(odd))
    assert "COIMPROVE_AUTO_POLICY" in view.warnings[-1]
    monkeypatch.delenv("COIMPROVE_AUTO_POLICY")
    monkeypatch.setenv("COIMPROVE_OUTPUTS_POLICY", "force-off")
    assert "COIMPROVE_OUTPUTS_POLICY" in fixing.fix(bench, notebook=str(odd)).warnings[-1]
    monkeypatch.delenv("COIMPROVE_OUTPUTS_POLICY")
    node = json.loads(odd.read_text())
    node["cells"][0]["metadata"]["tags"] = ["coimprove-exclude"]
    kept = odd.read_text()
    odd.write_text(json.dumps(node))
    view = fixing.fix(bench, notebook=str(odd), provider="anthropic")
    assert view.warnings[-1] == "no model was told: cell 1 is kept from models"
    odd.write_text(kept)
    assert service.asked == []
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    view = fixing.fix(bench, notebook=str(odd))
    assert view.error == "RuntimeError: the machine said 4711"
    assert "a model was asked as well, and gave no answer" in view.warnings[-1]
    with pytest.raises(ProviderError):
        fixing.fix(bench, notebook=str(odd), provider="anthropic")
