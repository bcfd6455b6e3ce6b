"""Cards in JupyterLab: buttons that decide, forms by keyboard, both themes, and nothing that leaks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running_lab import Lab

from jupyter_coimprove.testing.hostile import HOSTILE


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A front end that does not draw our card data: the widgets are what a person has there."""
    lab = Lab(tmp_path_factory.mktemp("lab"), without=("jupyter-coimprove:magics",))
    yield lab
    lab.end()


#: Cards over plain dicts: what the host would answer is written down here, so that each click
#: and its outcome can be seen by itself. The whole way with a real host is below.
SETUP = """
import json
from jupyter_coimprove.interfaces.display import deciding_cards, explorer, watching_card, widgets
from jupyter_coimprove.kernelspace import where
from jupyter_coimprove.kernelspace.errors import CoaiError
asked, stands = [], []
answers = {answers}
def say(words):
    asked.append(list(words))
    stands.append(where.click(get_ipython()))
    answer = answers[words[0]]
    if "error" in answer:
        raise CoaiError(**answer["error"])
    return answer
"""
PLAN = {
    "view": "PlanView", "id": "exp_01JABCDEFGHJKMNPQRSTVWXYZ0", "state": "draft", "plan_file": "plan.toml",
    "arms": [{"name": "baseline"}, {"name": "lr=0.1"}, {"name": "no augmentation"}], "prediction": [],
}  # fmt: skip
FINDING = {
    "view": "FindingView", "id": "fnd_01JABCDEFGHJKMNPQRSTVWXYZ0", "state": "pending",
    "claim": "lr=0.1 raises accuracy by 0.0123 [0.0040, 0.0206].",
}  # fmt: skip


def answer(**view: Any) -> dict[str, Any]:
    return {"view": view, "text": "", "html": "", "cards": {}}


def running(state: str, done: int, alive: bool = True) -> dict[str, Any]:
    runs = [
        {
            "arm": arm,
            "block": block,
            "replicate": 0,
            "state": "completed" if i * 2 + block - 1 < done else "queued",
        }
        for i, arm in enumerate(("baseline", "lr=0.1"))
        for block in (1, 2)
    ]
    row = {
        "id": PLAN["id"], "state": state, "counts": {"completed": done, "queued": 4 - done}, "total": 4, "left_s": 42.0,
        "alive": alive, "runs": runs,
    }  # fmt: skip
    return answer(view="StatusView", summary="", experiments=[row])


def cells(answers: dict[str, Any], *shown: str) -> list[str]:
    return [SETUP.format(answers=f"json.loads({json.dumps(json.dumps(answers))})"), *shown]


def asked(book: Any, number: int) -> Any:
    """What the clicks so far asked of the host."""
    text = book.run(number).inner_text()
    return json.loads(text)


#: A notebook that takes no time: what `%coai` does with it is the whole way.
TRAINING = [
    "lr = 0.1\nmomentum = 0.9\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.8 + 0.1 * lr + 0.02 * momentum + noise\nprint('accuracy', accuracy)",
]
REVEAL = "print(json.dumps([asked, stands]))"


def test_a_finding_is_accepted_by_a_click(open_notebook: Callable[..., Any]) -> None:
    said = answer(
        summary=f"{FINDING['id']} is accepted",
        state="accepted",
        application="queued",
        next=["coimprove apply"],
    )
    show = answer(**FINDING)
    book = open_notebook(
        "accept.ipynb",
        cells({"accept": said, "show": show}, f"deciding_cards.FindingCard({FINDING!r}, say)", REVEAL),
    )
    book.run(0)
    card = book.run(1)
    card.get_by_role("button", name="Accept").click()
    card.get_by_text("is accepted").wait_for()
    assert "coimprove apply" in card.inner_text()
    assert card.get_by_role("button").count() == 0
    words, stands = asked(book, 2)
    assert words == [["show", FINDING["id"]], ["accept", FINDING["id"]]]
    assert all(stand["at_prompt"] and stand["lone_line"] for stand in stands)


def test_a_finding_is_rejected_with_a_reason_by_keyboard_alone(open_notebook: Callable[..., Any]) -> None:
    said = answer(summary=f"{FINDING['id']} is rejected", state="rejected", application="none", next=[])
    book = open_notebook(
        "reject.ipynb", cells({"reject": said}, f"deciding_cards.FindingCard({FINDING!r}, say)", REVEAL)
    )
    book.run(0)
    card = book.run(1)
    card.get_by_role("button", name="Reject…").press("Enter")
    card.get_by_label("Reason").wait_for()
    book.page.wait_for_function("() => document.activeElement.tagName === 'INPUT'")
    book.page.keyboard.type("the split leaks")
    book.page.keyboard.press("Tab")
    book.page.keyboard.press("Enter")
    card.get_by_text("is rejected").wait_for()
    assert asked(book, 2)[0] == [["reject", FINDING["id"], "--reason=the split leaks"]]


def test_a_finding_is_edited_in_ones_own_words(open_notebook: Callable[..., Any]) -> None:
    said = answer(
        summary=f"{FINDING['id']} is edited", state="edited", application="queued", next=["coimprove apply"]
    )
    book = open_notebook(
        "edit.ipynb", cells({"edit": said}, f"deciding_cards.FindingCard({FINDING!r}, say)", REVEAL)
    )
    book.run(0)
    card = book.run(1)
    card.get_by_role("button", name="Edit…").click()
    field = card.get_by_label("Claim")
    assert field.input_value() == FINDING["claim"]
    field.fill("A larger step helps.")
    card.get_by_role("button", name="Accept as edited").click()
    card.get_by_text("is edited").wait_for()
    assert asked(book, 2)[0] == [["edit", FINDING["id"], "--text=A larger step helps."]]


def test_an_error_is_shown_and_the_card_can_be_used_again(open_notebook: Callable[..., Any]) -> None:
    error = {
        "error": {"code": "decision", "message": "it was decided <b>meanwhile</b>", "remedy": "look at it"}
    }
    book = open_notebook(
        "error.ipynb", cells({"reject": error}, f"deciding_cards.FindingCard({FINDING!r}, say)")
    )
    book.run(0)
    card = book.run(1)
    card.get_by_role("button", name="Reject…").click()
    card.get_by_role("button", name="Reject", exact=True).click()
    card.get_by_text("it was decided <b>meanwhile</b>").wait_for()
    assert "look at it" in card.inner_text()
    assert card.get_by_role("button", name="Accept").is_enabled()


def test_a_finding_that_changed_meanwhile_is_shown_before_it_is_decided(
    open_notebook: Callable[..., Any],
) -> None:
    show = answer(**{**FINDING, "claim": "lr=0.1 changes nothing."})
    book = open_notebook(
        "stale.ipynb", cells({"show": show}, f"deciding_cards.FindingCard({FINDING!r}, say)", REVEAL)
    )
    book.run(0)
    card = book.run(1)
    card.get_by_role("button", name="Accept").click()
    card.get_by_text("changes nothing").wait_for()
    assert [words[0] for words in asked(book, 2)[0]] == ["show"]


def test_code_that_clicks_is_no_person(open_notebook: Callable[..., Any]) -> None:
    code = f"""
card = deciding_cards.FindingCard({FINDING!r}, say)
[b for b in card.row.children if b.description == 'Reject…'][0].click()
[b for b in card.form.children[-1].children if b.description == 'Reject'][0].click()
print(json.dumps([asked, stands]))
"""
    said = answer(summary="rejected", state="rejected", application="none", next=[])
    book = open_notebook("code.ipynb", cells({"reject": said}, code))
    book.run(0)
    words, stands = asked(book, 1)
    assert words == [["reject", FINDING["id"]]]
    assert not any(stand["at_prompt"] or stand["lone_line"] for stand in stands)


@pytest.mark.slow
def test_a_plan_is_predicted_edited_accepted_run_and_followed(
    open_notebook: Callable[..., Any], pictures: Path
) -> None:
    answers = {
        "predict": {**answer(**{**PLAN, "prediction": ["lr=0.1", "baseline", "no augmentation"]}), "html": "<p>the plan now</p>"},
        "edit": {**answer(**PLAN), "html": "<p>the plan, edited</p>"},
        "accept": running("running", 1), "status": running("completed", 4, alive=False), "pause": running("paused", 2, alive=False),
    }  # fmt: skip
    book = open_notebook(
        "plan.ipynb",
        cells(
            answers,
            f"open('plan.toml', 'w').write('blocks = 8\\n'); deciding_cards.PlanCard({PLAN!r}, say)",
            REVEAL,
            "answers['status'] = answers['done']",
        ),
    )
    book.run(0)
    card = book.run(1)
    card.get_by_role("button", name="Predict…").click()
    ranking = card.get_by_label("Best first")
    assert ranking.input_value() == "baseline > lr=0.1 > no augmentation"
    ranking.fill("lr=0.1 > baseline > no augmentation")
    card.get_by_role("button", name="Predict", exact=True).click()
    card.get_by_text("Kept before any result").wait_for()
    card.get_by_role("button", name="Edit…").click()
    assert card.get_by_label("plan.toml").input_value() == "blocks = 8\n"
    book.page.screenshot(path=str(pictures / "plan-edit-light.png"))
    card.get_by_label("plan.toml").fill("blocks = 12\n")
    card.get_by_role("button", name="Save").click()
    card.get_by_text("the plan, edited").wait_for()
    card.get_by_role("button", name="Accept and run").click()
    card.get_by_text("running: 1 of 4 runs, about 42 s left").wait_for()
    card.get_by_role("button", name="Follow").click()
    book.page.screenshot(path=str(pictures / "running-light.png"))
    book.run(3)  # from now on it has ended: the front end's clock asks again, and nobody else
    card.get_by_text("completed: 4 of 4 runs").wait_for()
    assert card.get_by_role("button", name="Results").is_enabled()
    words = asked(book, 2)[0]
    assert len([w for w in words if w[0] == "status"]) >= 2
    assert [w[0] for w in words[:3]] == ["predict", "edit", "accept"]
    assert words[2] == ["accept", PLAN["id"], "--run"]


def test_a_plan_file_that_changed_is_shown_before_it_is_accepted(open_notebook: Callable[..., Any]) -> None:
    answers = {"show": {**answer(**PLAN), "html": "<p>as it is now</p>"}}
    book = open_notebook(
        "changed.ipynb",
        cells(
            answers,
            f"open('plan.toml', 'w').write('a'); deciding_cards.PlanCard({PLAN!r}, say)",
            "open('plan.toml', 'w').write('b')",
            REVEAL,
        ),
    )
    book.run(0)
    card = book.run(1)
    book.run(2)
    card.get_by_role("button", name="Accept", exact=True).click()
    card.get_by_text("as it is now", exact=True).wait_for()
    assert [words[0] for words in asked(book, 3)[0]] == ["show"]


@pytest.mark.slow
def test_the_whole_way_from_a_plan_to_an_accepted_finding(
    lab: Any, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    lab.write("training.ipynb", TRAINING)
    lines = [
        "%load_ext jupyter_coimprove",
        "%coai plan training.ipynb -f lr=0.5 -f momentum=0.85 -r accuracy --direction max --blocks 6 --smallest-effect 0.02",
        "%coai results last",
        "%coai review",
    ]
    book = open_notebook("study.ipynb", lines, height=2600)
    book.run(0)
    plan = book.run(1)
    plan.get_by_role("button", name="Accept and run").wait_for()
    for theme in ("light", "dark"):
        book.theme(theme)
        book.page.screenshot(path=str(pictures / f"plan-{theme}.png"))
    plan.get_by_role("button", name="Predict…").click()
    plan.get_by_label("Best first").fill("lr=0.5 > baseline > momentum=0.85")
    plan.get_by_role("button", name="Predict", exact=True).click()
    plan.get_by_text("Kept before any result").wait_for()
    plan.get_by_role("button", name="Accept and run").click()
    plan.get_by_role("button", name="Follow").click()
    plan.get_by_role("button", name="Results").wait_for(timeout=240_000)
    results = book.run(2)
    results.get_by_role("button", name="Accept").wait_for()
    results.locator("canvas, svg").first.wait_for()
    for theme in ("light", "dark"):
        book.theme(theme)
        results.scroll_into_view_if_needed()
        book.page.screenshot(path=str(pictures / f"results-{theme}.png"))
    results.get_by_label("Arm").select_option("lr=0.5")
    results.get_by_role("columnheader", name="difference").wait_for()
    book.page.screenshot(path=str(pictures / "explorer-light.png"))
    before = json.loads((lab.folder / "training.ipynb").read_text())
    results.get_by_role("button", name="Accept").click()
    results.get_by_text("is accepted").first.wait_for()
    assert "coimprove apply" in results.inner_text()
    assert json.loads((lab.folder / "training.ipynb").read_text()) == before, "written only when it is closed"
    assert book.elsewhere == []
    assert book.dialogs == []


#: Every view as HTML and every card, filled with one hostile text.
DRAW = """
import ipywidgets, json
from IPython.display import HTML, display
from jupyter_coimprove.interfaces.display import deciding_cards, explorer, watching_card
from jupyter_coimprove.interfaces.display.answer import Answer
from jupyter_coimprove.interfaces.display.html import render_html
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.kernelspace.errors import CoaiError
from jupyter_coimprove.testing.hostile import HOSTILE, every_view, fill
from jupyter_coimprove.wire.call import as_dict
from jupyter_coimprove.workbench import views as v
def say(words):
    raise CoaiError('x', text, text)
for text in HOSTILE:
    # One output a text, not one a view: Lab shows 50 outputs of a cell.
    drawn = [(render(view), render_html(view)) for view in (fill(cls, text) for cls in every_view())]
    whole = {'view': {}, 'text': ''.join(t for t, _ in drawn), 'html': ''.join(h for _, h in drawn)}
    display(Answer(whole, None, live=False))
    text = text.replace(chr(0xd800), '?')
    status = json.loads(json.dumps(as_dict(fill(v.StatusView, text))))
    results = {**json.loads(json.dumps(as_dict(fill(v.ResultsView, text)))), 'chart': None,
               'points': [{'arm': text, 'block': text, 'value': 1.0, 'metric': text}], 'finding_state': 'pending'}
    display(ipywidgets.VBox([card.widget for card in (
        deciding_cards.PlanCard({**as_dict(fill(v.PlanView, text)), 'state': 'draft', 'plan_file': ''}, say),
        deciding_cards.FindingCard({**as_dict(fill(v.FindingView, text)), 'state': 'pending'}, say),
        watching_card.ProgressCard({**status, 'experiments': status['experiments'][:1]}, say),
        explorer.Explorer(results, say),
    )]))
"""


@pytest.mark.slow
def test_nothing_in_any_answer_loads_or_runs_anything(open_notebook: Callable[..., Any]) -> None:
    hostile = "display(HTML('<img src=http://evil.example/control>'))"
    book = open_notebook("hostile.ipynb", [DRAW, hostile])
    shown = book.run(0)
    shown.get_by_role("button", name="Accept and run").nth(len(HOSTILE) - 1).wait_for()
    # The errors they bring are hostile too: of a plan's card, and of a finding's.
    shown.get_by_role("button", name="Accept and run", exact=True).first.click()
    shown.get_by_role("button", name="Accept", exact=True).last.click()
    shown.get_by_text("Not done:").nth(1).wait_for()
    assert book.elsewhere == []
    assert book.dialogs == []
    with book.page.expect_request("http://evil.example/control"):
        book.run(1)  # the counting itself works
