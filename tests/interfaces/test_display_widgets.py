"""The cards over plain dicts: what each button asks, and that no text in them is markup."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.interfaces.display import widgets
from jupyter_coimprove.interfaces.display.deciding_cards import CheckCard, FindingCard, PlanCard, ProposalCard
from jupyter_coimprove.interfaces.display.explorer import VEGALITE, Explorer, filtered
from jupyter_coimprove.interfaces.display.tags import TAGS
from jupyter_coimprove.interfaces.display.watching_card import ProgressCard
from jupyter_coimprove.kernelspace.errors import CoaiError
from jupyter_coimprove.wire.call import as_dict
from jupyter_coimprove.workbench import views as v


class Host:
    """What the host would answer, by verb, and what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[list[str]] = []

    def __call__(self, words: Any) -> dict[str, Any]:
        self.asked.append(list(words))
        said = self.answers[words[0]]
        if isinstance(said, Exception):
            raise said
        return {"view": said, "html": "<p>drawn by the host</p>", "text": "", "cards": {}}


def every(box: Any) -> Iterator[Any]:
    yield box
    for child in getattr(box, "children", ()):
        yield from every(child)


def press(card: Any, label: str) -> None:
    (button,) = [
        w for w in every(card.widget) if getattr(w, "description", "") == label and hasattr(w, "click")
    ]
    assert not button.disabled
    button.click()


def field(card: Any, label: str) -> Any:
    (found,) = [w for w in every(card.form) if getattr(w, "description", "") == label and hasattr(w, "value")]
    return found


def labels(card: Any) -> list[str]:
    return [w.description for w in every(card.widget) if hasattr(w, "click")]


PLAN: dict[str, Any] = {
    "view": "PlanView",
    "id": "exp_1",
    "state": "draft",
    "arms": [{"name": "a"}, {"name": "b"}],
    "prediction": [],
}
FINDING: dict[str, Any] = {"view": "FindingView", "id": "fnd_1", "state": "pending", "claim": "a is better"}
DECIDED = {
    "view": "DecisionView",
    "summary": "it is decided",
    "state": "accepted",
    "application": "none",
    "next": [],
}


def status(state: str, alive: bool = True) -> dict[str, Any]:
    row = {"id": "exp_1", "state": state, "counts": {"completed": 1, "queued": 3}, "total": 4, "left_s": 90.0, "alive": alive,
           "runs": [{"arm": "a", "block": 244010010, "replicate": 0, "state": "completed"}]}  # fmt: skip
    return {"view": "StatusView", "experiments": [row]}


def test_a_plan_is_accepted_and_can_be_run_later() -> None:
    host = Host(accept={**DECIDED, "state": "registered"}, run=status("running"))
    card = PlanCard(dict(PLAN), host)
    press(card, "Accept")
    assert "it is decided" in card.outcome.value
    press(card, "Run")
    assert host.asked == [["accept", "exp_1"], ["run", "exp_1"]]
    assert "Pause" in labels(card)


def test_a_plan_is_rejected_with_or_without_a_reason() -> None:
    for reason, words in (
        ("", ["reject", "exp_1"]),
        ("--too dear", ["reject", "exp_1", "--reason=--too dear"]),
    ):
        host = Host(reject=DECIDED)
        card = PlanCard(dict(PLAN), host)
        press(card, "Reject…")
        field(card, "Reason").value = reason
        press(card, "Reject")
        assert host.asked == [words]
        assert "Accept" not in labels(card)


def test_a_form_can_be_closed_and_nothing_was_asked() -> None:
    host = Host()
    card = FindingCard(dict(FINDING), host)
    press(card, "Edit…")
    press(card, "Close")
    assert host.asked == []
    assert card.form.children == ()


def test_numbers_that_no_run_backs_are_kept_only_when_asked_for() -> None:
    host = Host(edit=DECIDED)
    card = FindingCard(dict(FINDING), host)
    press(card, "Edit…")
    field(card, "Claim").value = "better by 3"
    field(card, "keep numbers that no run backs").value = True
    press(card, "Accept as edited")
    assert host.asked == [["edit", "fnd_1", "--text=better by 3", "--unbacked"]]


def test_an_error_is_shown_and_the_buttons_come_back() -> None:
    host = Host(show=FINDING, accept=CoaiError("stale", "it has changed", "look again"))
    card = FindingCard(dict(FINDING), host)
    press(card, "Accept")
    assert "it has changed" in card.outcome.value
    assert "look again" in card.outcome.value
    assert not any(w.disabled for w in every(card.widget) if hasattr(w, "click"))


def test_buttons_are_disabled_while_the_host_is_asked() -> None:
    seen: list[bool] = []
    card: Any = None

    def say(words: Any) -> dict[str, Any]:
        seen.extend(w.disabled for w in every(card.widget) if hasattr(w, "click"))
        return {"view": DECIDED, "html": ""}

    card = PlanCard(dict(PLAN), say)
    press(card, "Accept")
    assert len(seen) == 5
    assert all(seen)


def test_what_was_decided_has_no_buttons_left() -> None:
    card = FindingCard({**FINDING, "state": "rejected"}, Host())
    assert labels(card) == []
    assert "rejected" in card.outcome.value


def test_a_plan_file_that_changed_is_drawn_again_before_a_decision(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text("blocks = 8")
    plan = {**PLAN, "plan_file": str(file)}
    host = Host(show=plan, accept={**DECIDED, "state": "registered"})
    card = PlanCard(plan, host)
    file.write_text("blocks = 80")
    press(card, "Accept")
    assert host.asked == [["show", "exp_1"]]
    assert "drawn by the host" in card.body.value
    press(card, "Accept")
    assert host.asked[-1] == ["accept", "exp_1"]


def test_an_edited_plan_goes_to_the_host_as_a_file_that_is_gone_afterwards(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text("blocks = 8")
    read: list[str] = []

    def say(words: Any) -> dict[str, Any]:
        read.extend((words[-1], Path(words[-1]).read_text()))
        return {"view": {**PLAN, "plan_file": str(file)}, "html": "<p>x</p>"}

    card = PlanCard({**PLAN, "plan_file": str(file)}, say)
    press(card, "Edit…")
    field(card, "plan.toml").value = "blocks = 12"
    press(card, "Save")
    assert read[1] == "blocks = 12"
    assert not Path(read[0]).exists()


@pytest.mark.parametrize(
    ("state", "alive", "offered"),
    [("running", True, {"Follow", "Refresh", "Pause", "Cancel…"}), ("paused", False, {"Refresh", "Resume", "Cancel…"}),
     ("running", False, {"Refresh", "Resume", "Cancel…"}), ("completed", False, {"Results", "Refresh"})],
)  # fmt: skip
def test_an_experiment_offers_what_can_be_done_with_it(state: str, alive: bool, offered: set[str]) -> None:
    assert set(labels(ProgressCard(status(state, alive), Host()))) == offered


def test_following_is_driven_by_the_front_ends_clock_and_ends_by_itself() -> None:
    host = Host(status=status("running"))
    card = ProgressCard(status("running"), host)
    assert card.tick.playing is False
    press(card, "Follow")
    assert card.tick.playing is True
    card.tick.value += 1  # as the front end does
    host.answers["status"] = status("completed", alive=False)
    card.tick.value += 1
    assert card.tick.playing is False
    assert host.asked == [["status", "exp_1"]] * 3
    assert "1 of 4" in card.label.value


def test_an_experiment_is_cancelled_with_a_reason_and_paused_without() -> None:
    host = Host(cancel=status("cancelled", alive=False), pause=status("paused", alive=False))
    card = ProgressCard(status("running"), host)
    press(card, "Pause")
    press(card, "Cancel…")
    field(card, "Reason").value = "too dear"
    press(card, "Cancel it")
    assert host.asked == [["pause", "exp_1"], ["cancel", "exp_1", "--reason=too dear"]]


POINTS = [
    {"arm": arm, "block": block, "value": value}
    for arm, first in (("baseline", 0.80), ("lr=0.5", 0.84), ("no aug", 0.79))
    for block, value in ((277627367, first), (244010010, first + 0.01))
]
CHART = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
    "layer": [
        {"data": {"values": [{"zero": 0}]}},
        {"data": {"values": [{"treatment": "lr=0.5", "block": 277627367}, {"treatment": "no aug", "block": 244010010}]}},
        {"data": {"values": [{"treatment": "lr=0.5", "low": 0.0}, {"treatment": "no aug", "low": 0.0}]}},
    ],
}  # fmt: skip
RESULTS: dict[str, Any] = {
    "view": "ResultsView", "experiment": "exp_1", "baseline": "baseline", "response": "accuracy", "points": POINTS,
    "chart": CHART, "finding": "fnd_1", "finding_state": "pending", "claim": "a is better",
}  # fmt: skip


def test_the_explorer_shows_what_is_picked(read_html: Callable[[str], Any]) -> None:
    card = Explorer(dict(RESULTS), Host())
    assert len(card.table.value.split("<tr>")) == 4
    card.arm.value = "lr=0.5"
    words = read_html(card.table.value).text
    assert "difference" in words
    assert "+0.04" in words
    assert "no aug" not in words
    card.block.value = "244010010"
    assert "277627367" not in card.table.value
    (output,) = card.plot.outputs
    assert output["data"][VEGALITE]["layer"][1]["data"]["values"] == []
    card.arm.value = "baseline"
    assert len(card.plot.outputs[0]["data"][VEGALITE]["layer"][2]["data"]["values"]) == 2


def test_the_explorer_holds_the_card_of_a_finding_that_waits() -> None:
    assert "Accept" in labels(Explorer(dict(RESULTS), Host()))
    assert labels(Explorer({**RESULTS, "finding_state": "accepted"}, Host())) == []


def test_the_chart_is_for_the_version_that_lab_draws_and_the_original_stays() -> None:
    before = json.dumps(CHART)
    shown = filtered(CHART, "lr=0.5", None)
    assert shown is not None
    assert "v5" in shown["$schema"]
    assert shown["layer"][0]["data"]["values"] == [{"zero": 0}]
    assert [row["treatment"] for row in shown["layer"][2]["data"]["values"]] == ["lr=0.5"]
    assert json.dumps(CHART) == before


def test_results_without_a_chart_or_points_are_no_error() -> None:
    card = Explorer({**RESULTS, "chart": None, "points": []}, Host())
    assert card.plot.outputs == ()
    assert "No value" in card.table.value


def cards(text: str, fill_view: Callable[..., Any]) -> list[Any]:
    host = Host(**dict.fromkeys(("accept", "reject", "edit", "show"), CoaiError("x", text, text)))
    row = as_dict(fill_view(v.StatusView, text))
    row["experiments"] = [
        {
            **row["experiments"][0],
            "counts": {text: 1},
            "runs": [dict(r.__dict__) for r in fill_view(v.StatusView, text).experiments[0].runs],
        }
    ]
    made = [
        PlanCard({**as_dict(fill_view(v.PlanView, text)), "state": "draft", "plan_file": ""}, host),
        FindingCard({**as_dict(fill_view(v.FindingView, text)), "state": "pending"}, host),
        FindingCard({**as_dict(fill_view(v.FindingView, text)), "state": text}, host),
        ProgressCard(row, host),
        Explorer({**as_dict(fill_view(v.ResultsView, text)), "points": [{"arm": text, "block": text, "value": 1.0, "metric": text}], "chart": None}, host),
    ]  # fmt: skip
    press(made[0], "Reject…")
    press(made[0], "Reject")
    press(made[1], "Accept")
    made[0].decided({"view": {"summary": text, "state": text, "application": "queued", "next": [text]}})
    return made


def test_no_text_becomes_markup_in_any_card(
    hostile: str, fill_view: Callable[..., Any], read_html: Callable[[str], Any]
) -> None:
    import ipywidgets

    for card in cards(hostile, fill_view):
        for widget in every(card.widget):
            if (
                isinstance(widget, ipywidgets.HTML)
                and widget is not card.spacing
                and "<style>" not in widget.value[:7]
            ):
                page = read_html(widget.value)
                assert page.tags <= TAGS, widget.value
                assert page.attributes <= {"align", "role", "scope"}


def test_a_card_says_the_commands_where_widgets_are_not_drawn(fill_view: Callable[..., Any]) -> None:
    for card in (
        PlanCard(dict(PLAN), Host()),
        FindingCard(dict(FINDING), Host()),
        ProgressCard(status("running"), Host()),
        Explorer(dict(RESULTS), Host()),
    ):
        data, _ = card._repr_mimebundle_()
        assert "%coai" in data["text/plain"]
        assert "application/vnd.jupyter.widget-view+json" in data


def test_an_answer_that_is_only_read_has_no_card() -> None:
    assert widgets.card({"view": "ChecksView"}, None) is None
    assert widgets.card({"view": "StatusView", "experiments": []}, None) is None


def test_without_ipywidgets_there_is_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widgets, "available", lambda: False)
    assert widgets.card(dict(PLAN), None) is None


def test_a_finding_of_a_check_is_no_problem_in_one_click() -> None:
    found = {
        "id": "chk_1",
        "state": "pending",
        "file": "",
        "cell": 2,
        "title": "learnt <b>before</b> the split",
    }
    other = {**found, "id": "chk_2"}
    host = Host(reject={**DECIDED, "state": "rejected"})
    card = CheckCard({"view": "CheckView", "notebook": "a.ipynb", "findings": [found, other]}, host)
    first = next(w for w in every(card.widget) if getattr(w, "description", "") == "Not a problem")
    first.click()
    assert host.asked == [["reject", "chk_1"]]
    assert labels(card).count("Not a problem") == 1
    assert not any(
        "<b>before" in getattr(w, "value", "")
        for w in every(card.widget)
        if isinstance(getattr(w, "value", ""), str)
    )


CELLS: dict[str, Any] = {
    "view": "ProposalView", "id": "prp_1", "state": "pending", "title": "2 changes", "digest": "json:1",
    "changes": [{"kind": "insert", "source": "x = 1"}, {"kind": "delete", "source": ""}, {"kind": "replace", "source": "y = 2"}],
}  # fmt: skip


def test_proposed_cells_are_accepted_as_they_were_shown() -> None:
    host = Host(accept=DECIDED)
    card = ProposalCard(dict(CELLS), host)
    press(card, "Accept")
    assert host.asked == [["accept", "prp_1", "--digest=json:1"]]
    assert labels(card) == []


def test_proposed_cells_are_edited_source_by_source() -> None:
    host = Host(edit=DECIDED)
    card = ProposalCard(dict(CELLS), host)
    press(card, "Edit…")
    press(card, "Accept as edited")
    assert "nothing was changed" in card.outcome.value
    assert host.asked == []
    field(card, "Change 3").value = "y = 3\n# mine"
    press(card, "Accept as edited")
    assert host.asked == [["edit", "prp_1", "--digest=json:1", "--set=3=y = 3\n# mine"]]


def test_proposed_cells_are_put_off_or_rejected_and_what_only_deletes_is_not_edited() -> None:
    host = Host(defer=DECIDED, reject=DECIDED)
    deletes = {**CELLS, "changes": CELLS["changes"][1:2]}
    card = ProposalCard(dict(deletes), host)
    assert labels(card) == ["Accept", "Reject…", "Defer"]
    press(card, "Defer")
    assert host.asked == [["defer", "prp_1"]]
    assert labels(ProposalCard({**CELLS, "state": "stale"}, host)) == []
