"""A question: what goes along, what comes back, what is kept, and what is never sent."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.errors import DecisionError, Interrupted, ProviderError, UsageError
from jupyter_coimprove.proposals.provider import Block, Part, Request
from jupyter_coimprove.providers.scripted import ScriptedProvider
from jupyter_coimprove.workbench import conversing, retelling, spending, talking
from jupyter_coimprove.workbench.bench import Bench

Step = Sequence[Any] | Callable[[Request], Any] | Exception


def words(text: str, **usage: Any) -> list[Part]:
    end = {
        "stop": "complete",
        "usage": {"model": "some-model", "requests": 1, "input": 100, "output": 20, **usage},
    }
    return [Part(type="text", text=text[:5]), Part(type="text", text=text[5:]), Part(type="end", detail=end)]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ScriptedProvider]:
    """Answer all questions by this script."""

    def make(*steps: Any) -> ScriptedProvider:
        provider = ScriptedProvider(steps)
        monkeypatch.setattr(talking, "provider_for", lambda bench, named=None, model=None: provider)
        return provider

    return make


@pytest.fixture
def at(bench: Bench, train: Path) -> Bench:
    bench.where = dataclasses.replace(bench.where, notebook=train, cell_id="cell-3")
    return bench


def test_the_answer_streams_and_is_kept(at: Bench, scripted: Any) -> None:
    provider = scripted(words("It is the rate."))
    said: list[str] = []
    at.say = said.append
    view = talking.ask(at, text="which part matters?")
    assert (said, view.text) == (["It is", " the rate."], "It is the rate.")
    assert (view.stop, view.usage, view.provider) == (
        "complete",
        {"input": 100, "output": 20, "requests": 1},
        provider.label,
    )
    (request,) = provider.requests
    assert request.stable > 3
    assert {tool.kind for tool in request.tools} == {"read", "propose", "ask"}
    assert "facts" in view.sent
    (kept,) = at.record().find("message")
    assert (kept.actor["kind"], kept.data["usage"]["input"]) == ("ai", 100)
    assert "which part" not in json.dumps(dict(kept.data)), "the journal has no words of the conversation"


def test_the_same_question_on_the_same_code_is_answered_from_the_record(
    at: Bench, scripted: Any, train: Path
) -> None:
    provider = scripted(words("First."), words("Second."), words("Third."))
    first = talking.ask(at, text="why?")
    again = talking.ask(at, text=" why? ")
    assert (again.text, again.recorded != "", again.sent, again.id) == ("First.", True, "nothing", first.id)
    assert talking.ask(at, text="why?", fresh=True).text == "Second."
    train.write_text(train.read_text().replace("lr = 0.1", "lr = 0.2"))
    assert talking.ask(at, text="why?").text == "Third."
    assert len(provider.requests) == 3


def test_changed_outputs_are_said_with_a_recorded_answer(at: Bench, scripted: Any, train: Path) -> None:
    scripted(words("First."))
    talking.ask(at, text="why?")
    node = json.loads(train.read_text())
    node["cells"][3]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["score 0.9\n"]}]
    train.write_text(json.dumps(node))
    assert "outputs have changed" in talking.ask(at, text="why?").warnings[0]


def test_numbers_that_nothing_here_shows_are_said_with_the_answer(
    at: Bench, scripted: Any, train: Path
) -> None:
    node = json.loads(train.read_text())
    node["cells"][3]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["score 0.9134\n"]}]
    train.write_text(json.dumps(node))
    scripted(words("The score is 0.913, with lr = 0.7 and `width` of 3. Try lr = 0.01."))
    at.live = {"variables": [{"name": "width", "type": "int", "value": 3}]}
    view = talking.ask(at, text="how good is it?")
    assert [(n.text, n.backed) for n in view.numbers] == [("0.913", True), ("0.7", False), ("3", True)]
    assert view.numbers[0].why == "cell 4"
    assert "has 0.1" in view.numbers[1].why
    again = talking.ask(at, text="how good is it?")
    assert (again.recorded != "", again.numbers) == (True, view.numbers)


def test_values_put_into_a_question_are_kept_from_a_model_where_outputs_are(
    at: Bench, scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = scripted(words("First."))
    at.live = {"put_in": ["{Out[3]}", "{df}"]}
    monkeypatch.setenv("COIMPROVE_OUTPUTS_POLICY", "force-off")
    with pytest.raises(DecisionError, match=r"\{Out\[3\]\}, \{df\} may not be told"):
        talking.ask(at, text="why is 0.2 so low?")
    assert provider.requests == []
    monkeypatch.setenv("COIMPROVE_OUTPUTS_POLICY", "user-choice")
    assert talking.ask(at, text="why is 0.2 so low?").text == "First."


def test_nobody_at_the_prompt_asks_no_model(at: Bench, scripted: Any) -> None:
    provider = scripted(words("First."))
    at.where = dataclasses.replace(at.where, at_prompt=False)
    assert talking.ask(at, text="why?").stop == "not asked"
    assert provider.requests == []
    at.where = dataclasses.replace(at.where, at_prompt=True)
    talking.ask(at, text="why?")
    at.where = dataclasses.replace(at.where, at_prompt=False)
    assert talking.ask(at, text="why?").text == "First."


def test_earlier_words_go_along_and_reset_forgets_them(at: Bench, scripted: Any) -> None:
    provider = scripted(words("One."), words("Two."), words("Three."))
    talking.ask(at, text="a?")
    talking.ask(at, text="b?")
    assert [(t.role, t.text) for t in provider.requests[1].history] == [
        ("person", "a?"),
        ("assistant", "One."),
    ]
    assert "**Question**" in retelling.conversation(at).text
    retelling.reset(at)
    talking.ask(at, text="c?")
    assert list(provider.requests[2].history) == []


@pytest.mark.parametrize("stop", ["refused", "limit", "cut"])
def test_an_answer_that_is_not_whole_proposes_nothing(at: Bench, scripted: Any, stop: str) -> None:
    block = Part(
        type="block", block=Block(kind="plan", v=1, data={"factors": [{"name": "lr", "levels": ["0.3"]}]})
    )
    scripted([Part(type="text", text="Well"), block, Part(type="end", detail={"stop": stop})], words("Now."))
    view = talking.ask(at, text="why?")
    assert (view.stop, view.proposals, view.exit_code) == (stop, (), 1)
    assert at.record().find("experiment") == []
    assert talking.ask(at, text="why?").text == "Now.", "what was not whole is not the recorded answer"


def test_a_stopped_answer_leaves_nothing_but_what_it_used(at: Bench, scripted: Any) -> None:
    stopped = iter([False, False, True, True, True, True])
    at.cancelled = lambda: next(stopped, True)
    scripted(words("It is the rate."))
    with pytest.raises(Interrupted):
        talking.ask(at, text="why?")
    assert conversing.of(at, at.where.notebook).entries() == []


def test_a_plan_that_is_proposed_waits_with_its_author(at: Bench, scripted: Any) -> None:
    plan = {
        "factors": [{"name": "lr", "levels": ["0.3"]}],
        "response": "score",
        "direction": "max",
        "question": "does lr matter?",
        "why": "it is the rate",
    }
    scripted([Part(type="block", block=Block(kind="plan", v=1, data=plan)), *words("See the plan.")])
    view = talking.ask(at, text="what should I try?")
    (item,) = at.record().find("experiment")
    assert (view.proposals, item.state) == ((item.id,), "draft")
    assert (item.actor["kind"], item.actor["display"], item.data["asked_by"]["kind"]) == (
        "ai",
        "some-model",
        "person",
    )


def test_what_would_be_sent_is_shown_and_not_sent(
    at: Bench, scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = scripted()
    monkeypatch.setattr(
        provider, "sent", lambda request: {"text": request.text, "facts": len(request.context)}
    )
    view = talking.ask(at, text="why?", show_request=True)
    assert view.request is not None
    assert view.request["text"] == "why?"
    assert provider.requests == []


def test_only_what_was_chosen_goes_along(at: Bench, scripted: Any) -> None:
    provider = scripted(words("One."), words("Two."))
    at.live = {"variables": [{"name": "lr", "type": "float"}, {"name": "gain", "type": "float"}]}
    talking.ask(at, text="a?", cells="1,3-4", vars="lr")
    assert [b.data["cell"] for b in provider.requests[0].context if b.kind == "cell"] == [1, 3, 4]
    assert [b.data["name"] for b in provider.requests[0].context if b.kind == "variable"] == ["lr"]
    talking.ask(at, text="b?", no_context=True)
    assert (provider.requests[1].context, provider.requests[1].tools) == ((), ())
    with pytest.raises(UsageError):
        talking.ask(at, text="c?", cells="last")


def test_a_secret_in_the_question_is_not_sent(at: Bench, scripted: Any) -> None:
    provider = scripted(words("One."))
    key = "sk-ant-" + "a1" * 20
    talking.ask(at, text=f"why does {key} fail?")
    assert provider.requests[0].text == "why does *** fail?"


def test_budgets_hold_before_anything_is_sent(
    at: Bench, scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = scripted(words("One.", input=900, model="m"), words("Two."))
    monkeypatch.setattr(provider, "count", lambda request: 1_000)
    monkeypatch.setenv("COIMPROVE_TOKENS_REQUEST", "999")
    with pytest.raises(DecisionError, match="COIMPROVE_TOKENS_REQUEST"):
        talking.ask(at, text="a?")
    assert provider.requests == []
    monkeypatch.setenv("COIMPROVE_TOKENS_REQUEST", "1000")
    monkeypatch.setenv("COIMPROVE_TOKENS_DAY", "1500")
    monkeypatch.setenv("COIMPROVE_PRICES", '{"*": {"input": 10, "output": 100}}')
    view = talking.ask(at, text="a?")
    assert view.cost == pytest.approx((900 * 10 + 20 * 100) / 1e6)
    with pytest.raises(DecisionError, match="COIMPROVE_TOKENS_DAY"):
        talking.ask(at, text="b?")
    (row,) = spending.usage(at).rows
    assert (row.questions, row.input, row.cost) == (1, 900, view.cost)


def test_what_a_failed_answer_used_is_kept(at: Bench, scripted: Any) -> None:
    scripted(ProviderError("no", usage={"input": 7, "requests": 1, "model": "m"}))
    with pytest.raises(ProviderError):
        talking.ask(at, text="a?")
    assert [row.input for row in spending.usage(at).rows] == [7]


def test_without_a_model_only_computed_commands_come_back(at: Bench) -> None:
    view = talking.ask(at, text="which of these parts matter?")
    assert (view.provider, view.sent, len(view.commands) <= 3) == ("builtin", "nothing", True)
    assert talking.ask(at, text="tell me a story").exit_code == 3
    assert at.record().find("message") == []


def test_an_experiment_has_a_budget_of_its_own(
    at: Bench, scripted: Any, train: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_coimprove.workbench import planning

    made = planning.plan(
        at, notebook=str(train), factor=["lr=0.3"], response="score", direction="max", blocks=4
    )
    other = planning.plan(
        at, notebook=str(train), factor=["lr=0.4"], response="score", direction="max", blocks=4
    )
    monkeypatch.setenv("COIMPROVE_TOKENS_EXPERIMENT", "4000")
    provider = scripted(words("One.", input=4000), words("Two."), words("Three."))
    talking.ask(at, text=f"how does {made.id} look?")
    with pytest.raises(DecisionError, match="COIMPROVE_TOKENS_EXPERIMENT"):
        talking.ask(at, text=f"and {made.id[:12]} now?")
    assert talking.ask(at, text="something else?").text == "Two."
    assert talking.ask(at, text=f"how does {other.id} look?").text == "Three."
    assert len(provider.requests) == 3
    assert spending.on(at, train, made.id)[0] == 4020
    assert "tokens an experiment 4000" in spending.usage(at).budgets
