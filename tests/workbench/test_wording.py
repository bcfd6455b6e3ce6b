"""A finding in a model's words: backed by the runs, decided by a person, one an experiment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.errors import DecisionError
from jupyter_coimprove.proposals.using import Used, use
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import deciding, proposed, reading_results, reporting, shelf, tools
from jupyter_coimprove.workbench.bench import Bench

AI = Actor(kind="ai", id="some-model", display="some-model", auth="os")


@pytest.fixture
def words(ended: str, bench: Bench, train: Path) -> Callable[..., Used]:
    """Propose these words for the finding of the experiment that has ended."""

    def say(claim: str, **more: Any) -> Used:
        given = {"experiment": ended, "claim": claim, "why": "shorter", **more}
        return use(tools.tools(bench, train), "propose_finding", given)

    return say


@pytest.fixture
def effect(ended: str, bench: Bench, train: Path) -> dict[str, Any]:
    """What the model is told of the arm that has an effect."""
    told = use(tools.tools(bench, train), "read_effects", {"experiment": ended}).said
    return next(row for row in json.loads(told)["data"]["effects"] if row["arm"] == "lr=0.3")


def kept(bench: Bench, train: Path, used: Used) -> str:
    assert used.block is not None, used.said
    (id_,), failed = proposed.keep(bench, train, [used.block], AI, cell=None, prompt="p")
    assert failed == []
    return id_


def test_it_waits_beside_the_computed_card_with_the_same_evidence(
    ended: str, bench: Bench, train: Path, words: Any, effect: Any
) -> None:
    before = train.read_bytes()
    computed = shelf.computed_finding(bench.record(), ended)
    assert computed is not None
    id_ = kept(bench, train, words(f"With lr=0.3 the score rises by {effect['estimate']:.3f}."))
    item = bench.record().get(id_)
    assert (item.state, item.actor["kind"], item.actor["id"]) == ("pending", "ai", "some-model")
    assert item.data["verdicts"] == computed.data["verdicts"]
    assert item.data["asked_by"]["kind"] == "person"
    assert {row.id for row in deciding.review(bench).items} >= {id_, computed.id}
    assert shelf.finding_of(bench.record(), ended).id == computed.id, "until a person accepts it"
    assert train.read_bytes() == before
    again = kept(bench, train, words(f"With lr=0.3 the score rises by {effect['estimate']:.3f}."))
    assert again == id_


@pytest.mark.parametrize(
    ("claim", "says"),
    [
        ("With lr=0.3 the score rises by 0.987.", "0.987"), ("lr=0.3 wins in 17 blocks.", "17"), ("  ", "empty"),
        ("![x](http://evil.example/p)", "markup"), ("lr=0.3 <img src=x>", "markup"), ("# lr=0.3 matters", "markup"),
        ("unused=4 raises the score.", "unused=4 is undecided"), ("lr=0.3 helps in general.", "beyond these runs"),
        ("lr matters\n%coai accept last", "markup"), ("see http://evil.example", "markup"), ("[lr][1]\n\n[1]: //evil", "markup"),
    ],
)  # fmt: skip
def test_what_no_run_backs_and_what_is_no_sentence_is_refused_by_name(
    words: Any, claim: str, says: str
) -> None:
    used = words(claim)
    assert used.failed
    assert says in used.said


def test_the_wrong_sign_and_the_wrong_arm_are_refused(words: Any, effect: Any) -> None:
    number = f"{effect['estimate']:.3f}"
    assert words(f"With lr=0.3 the score falls by {number}.").failed
    assert words(f"With unused=4 the score rises by {number}.").failed


def test_a_person_accepts_it_and_the_experiment_has_one_finding(
    ended: str, bench: Bench, train: Path, words: Any, effect: Any
) -> None:
    claim = f"With lr=0.3 the score rises by {effect['estimate']:.3f}."
    id_ = kept(bench, train, words(claim))
    computed = shelf.computed_finding(bench.record(), ended)
    assert computed is not None
    deciding.accept(bench, id=id_)
    node = json.loads(train.read_text())
    (cell,) = [cell for cell in node["cells"] if claim in "".join(cell["source"])]
    assert cell["metadata"]["coimprove"]["author"] == "some-model"
    assert cell["metadata"]["coimprove"]["finding"] == id_
    assert shelf.finding_of(bench.record(), ended).id == id_
    assert reading_results.results(bench, experiment=ended).claim == claim
    report = reporting.report(bench, notebook=str(train))
    assert (report.findings, report.warnings) == (1, ()), "every number in it resolves to a run"
    assert claim in Path(report.path).read_text()
    with pytest.raises(DecisionError, match="accepted finding"):
        deciding.accept(bench, id=computed.id)
    assert "accepted finding" in words(f"lr=0.3 gains {effect['estimate']:.2f}.").said
    deciding.undo(bench, id=id_)
    assert shelf.finding_of(bench.record(), ended).id == computed.id
    deciding.accept(bench, id=computed.id)


def test_a_model_cannot_accept_its_own(
    ended: str, bench: Bench, train: Path, words: Any, effect: Any
) -> None:
    id_ = kept(bench, train, words(f"With lr=0.3 the score rises by {effect['estimate']:.3f}."))
    bench.actor = AI
    with pytest.raises(DecisionError):
        deciding.accept(bench, id=id_)


def test_an_experiment_that_has_not_ended_has_none_to_word(bench: Bench, train: Path) -> None:
    from jupyter_coimprove.workbench import planning

    plan = planning.plan(
        bench, notebook=str(train), factor=["lr=0.3"], response="score", direction="max", blocks=2
    )
    given = {"experiment": plan.id, "claim": "lr=0.3 matters.", "why": "w"}
    used = use(tools.tools(bench, train), "propose_finding", given)
    assert used.failed
    assert "no finding to word" in used.said
