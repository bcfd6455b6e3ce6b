"""The whole loop in JupyterLab with a model: question, tools, plan, two predictions, runs, finding, and what was learnt.

What was said is `whole_loop.md` beside this file, as `coimprove conversation` exports it (ids, times and the port
written out).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from lab_cards import Desk, sources
from running_lab import Lab

from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text, UseTool

pytestmark = pytest.mark.slow
TRANSCRIPT = Path(__file__).with_name("whole_loop.md")
CELLS = [
    "SEED = 0\nlr = 0.1\nunused = 3",
    "import random\nrandom.seed(SEED)\nnoise = random.gauss(0, 0.01)",
    "score = 0.4 + lr * (1 + noise) + noise",
]
PLAN = {
    "factors": [{"name": "lr", "levels": ["0.3"]}, {"name": "unused", "levels": ["4"]}],
    "question": "Does the learning rate matter?", "response": "score", "direction": "max", "blocks": 4,
    "why": "The score is computed from `lr`; nothing reads `unused`.",
    "expected": "A higher `lr` raises the score; `unused` changes nothing.",
}  # fmt: skip
#: The person below ranks the arm that nothing reads above the baseline.
BY_MODEL = ["lr=0.3", "baseline", "unused=4"]


class Model:
    """Reads before it proposes, predicts without seeing what the person expects, reads before it concludes."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, body: Mapping[str, Any]) -> Answer:
        self.asked.append(json.dumps(body["messages"]))
        last = [at for at, message in enumerate(body["messages"]) if is_question(message)][-1]
        turn = body["messages"][last:]
        question = json.dumps(turn[0])
        results = [
            item for message in turn for item in message["content"]
            if isinstance(item, dict) and item["type"] == "tool_result"
        ]  # fmt: skip
        if "Predict the experiment" in question:
            found = re.findall(r"Predict the experiment (exp_\w+)", question)
            if not results:
                return Answer(content=(UseTool("predict", {"experiment": found[-1], "ranking": BY_MODEL}),))
            return Answer(content=(Text("I have predicted it."),))
        if "What did we learn" in question:
            if not results:
                return Answer(content=(Text("I read what the runs show. "), UseTool("read_findings")))
            return Answer(content=(Text("`lr=0.3` raises the score; `unused` changes nothing."),))
        if not results:
            return Answer(content=(Text("I look at what can be varied. "), UseTool("list_candidates")))
        if len(results) == 1:
            return Answer(content=(UseTool("propose_plan", PLAN),))
        return Answer(content=(Text("I propose to vary `lr` and, as a check, `unused`."),))


def is_question(message: Mapping[str, Any]) -> bool:
    """Whether a person said it: no result of a tool."""
    content = message["content"]
    return message["role"] == "user" and (
        isinstance(content, str) or all(item["type"] != "tool_result" for item in content)
    )


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Iterator[Lab]:
    with MessagesServer(model) as service, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_API_KEY", "sk-ant-" + "b2" * 20)
        patch.setenv("ANTHROPIC_BASE_URL", service.url)
        running = Lab(tmp_path_factory.mktemp("loop"))
        yield running
        running.end()


def test_from_a_question_to_what_was_learnt_with_both_predictions_side_by_side(
    lab: Lab, model: Model, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    book = open_notebook("n.ipynb", CELLS, width=1500, height=1100)
    page, desk = book.page, Desk(lab)

    def tab(name: str) -> Any:
        page.evaluate("(tab) => window.jupyterapp.commands.execute('coimprove:open', {tab})", name)
        return page.locator(f"#coimprove-panel-body-{name}")

    def say(words: str, answered: str) -> None:
        chat = tab("chat")
        chat.get_by_text("answers questions; lines that begin with /").wait_for()
        field = chat.get_by_role("combobox", name="A verb or a question")
        field.fill(words)
        field.press("Enter")
        try:
            chat.get_by_text(answered).first.wait_for()
        except Exception as error:
            raise AssertionError(chat.inner_text()) from error

    say("Does the learning rate matter? Plan it.", "I propose to vary")
    body = tab("experiments")
    body.get_by_text("Does the learning rate matter?").first.click()
    body.get_by_role("button", name="Accept and run").wait_for()
    assert not list(lab.folder.glob("coimprove/runs/*")), "nothing runs before a person says so"

    # The model predicts first; what it said is not seen before the person's own is kept.
    body.get_by_role("button", name="Ask claude-sonnet-5-5").click()
    body.get_by_text("has predicted; both show side by side once you have").wait_for()
    assert body.get_by_role("group", name="Predictions").count() == 0
    body.get_by_role("list", name="Arms, best first").get_by_role("listitem").filter(
        has_text="baseline"
    ).focus()
    for _ in range(3):
        page.keyboard.press("Alt+ArrowDown")
    first = (
        body.get_by_role("list", name="Arms, best first").get_by_role("listitem").filter(has_text="lr=0.3")
    )
    first.focus()
    for _ in range(3):
        page.keyboard.press("Alt+ArrowUp")
    body.get_by_role("button", name="Keep as my prediction").click()
    both = body.get_by_role("group", name="Predictions")
    both.wait_for()
    assert "they differ on unused=4, baseline" in both.inner_text()
    page.screenshot(path=pictures / "loop-predictions.png")
    assert "unused=4 > baseline" not in "".join(model.asked), "the model was never shown the person's"

    body.get_by_role("button", name="Accept and run").click()
    body.get_by_role("article", name="Finding").wait_for(timeout=240_000)
    scores = body.get_by_role("group", name="Predictions").get_by_role("row").filter(has_text="Pairs right")
    assert len(re.findall(r"\d of \d", scores.inner_text())) == 2
    page.screenshot(path=pictures / "loop-results.png")
    body.get_by_role("article", name="Finding").get_by_role("button", name="Accept", exact=True).click()
    page.locator(".coai-Mark").first.wait_for()
    assert any("lr=0.3" in source for source in sources(book)[3:] + sources(book)[:3])
    assert len(sources(book)) == len(CELLS) + 1

    say("What did we learn?", "raises the score; ")
    assert "fnd_" in model.asked[-1], "it read the finding that was accepted"
    book.save()
    desk.run("conversation", "n.ipynb", "--output", "said.md")
    assert plain((lab.folder / "said.md").read_text()) == TRANSCRIPT.read_text()
    assert book.elsewhere == []
    assert book.dialogs == []


def plain(text: str) -> str:
    """A conversation without what differs each time."""
    text = re.sub(r"(exp|fnd|prp|prd|msg)_\w+", r"\1_…", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
