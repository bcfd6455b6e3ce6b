"""A question in JupyterLab's chat: its words come as they are said, live variables go along, a proposal waits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from running_lab import Lab

from jupyter_coimprove.record.roots import init as root_at
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text, UseTool

EDIT = {
    "kind": "insert",
    "cell": 2,
    "cell_kind": "code",
    "source": "print('spread', max(found) - min(found))",
}
CELLS = ["rate = 0.1", "found = [3, 1, 4]\nprint(sum(found))"]


def script(body: Mapping[str, Any]) -> Answer:
    said = json.dumps(body["messages"][-1])
    if "tool_result" in said:
        return Answer(content=(Text("I proposed a cell that prints the **spread**."),))
    if "which spread" in said:
        ask = {"question": "Which spread do you mean?", "options": ["the range", "/accept last"]}
        return Answer(content=(UseTool("ask_person", ask),))
    if "the range" in said or "/accept last" in said:
        return Answer(content=(Text("Then it is three."),))
    if "slowly" in said:
        return Answer(content=(Text("word " * 600, piece=5),), pace_s=0.05)
    return Answer(content=(UseTool("propose_cells", {"edits": [EDIT], "why": "to see the spread"}),))


@pytest.fixture(scope="module")
def service() -> Iterator[MessagesServer]:
    with MessagesServer(script) as running:
        yield running


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, service: MessagesServer) -> Iterator[Lab]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_API_KEY", "sk-ant-" + "b2" * 20)
        patch.setenv("ANTHROPIC_BASE_URL", service.url)
        running = Lab(tmp_path_factory.mktemp("talk"))
    yield running
    running.end()


@pytest.mark.slow
def test_a_question_is_answered_stopped_and_ends_in_a_card(
    lab: Lab, service: MessagesServer, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    book = open_notebook("n.ipynb", CELLS, width=1300, height=900)
    book.run(1)
    book.page.evaluate("() => window.jupyterapp.commands.execute('coimprove:open', {tab: 'chat'})")
    chat = book.page.locator("#coimprove-panel-body-chat")
    chat.get_by_text("answers questions; lines that begin with /").wait_for()
    field = chat.get_by_role("combobox", name="A verb or a question")

    # Who answers is the person's choice, and the built-in provider is always one.
    who = chat.get_by_label("Provider")
    who.select_option("builtin")
    chat.get_by_text("No model is asked").wait_for()
    field.fill("which of these matter?")
    field.press("Enter")
    chat.locator(".coai-Entry-answer:not([role=status])").first.wait_for()
    assert service.asked == []
    book.page.screenshot(path=pictures / "chat-provider.png")
    who.select_option("anthropic")
    chat.get_by_text("answers questions; lines that begin with /").wait_for()

    field.fill("slowly, what is it?")
    field.press("Enter")
    chat.get_by_text("word word").first.wait_for()
    book.page.screenshot(path=pictures / "chat-streaming.png")
    chat.get_by_role("button", name="Stop").click()
    chat.get_by_text("Stopped.").wait_for()
    assert chat.get_by_text("Refused:").count() == 0

    field.fill("propose a cell for the spread")
    field.press("Enter")
    chat.get_by_text("I proposed a cell that prints the").wait_for()
    # What ran was not saved, as `%%coai` says it.
    chat.get_by_text("cells ran since this notebook was saved").wait_for()
    assert chat.locator("strong", has_text="spread").count() == 1
    assert '"name":"found"' in service.asked[-1].raw.decode().replace("\\", "")
    card = book.page.locator(".jp-Notebook .coai-Card[data-id^='prp_']")
    toggle = card.locator(".coai-Card-toggle")
    toggle.wait_for()
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.click()
    card.get_by_role("button", name="Accept", exact=True).wait_for()
    card.get_by_text("to see the spread").wait_for()
    book.page.screenshot(path=pictures / "chat-proposed.png")
    assert book.elsewhere == []


@pytest.mark.slow
def test_a_question_is_said_anew_and_the_old_branch_is_a_press_away(
    lab: Lab, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    book = open_notebook("anew.ipynb", CELLS, width=1300, height=900)
    root_at(lab.folder)
    book.page.evaluate("() => window.jupyterapp.commands.execute('coimprove:open', {tab: 'chat'})")
    chat = book.page.locator("#coimprove-panel-body-chat")
    field = chat.get_by_role("combobox", name="A verb or a question")
    chat.get_by_label("Provider").select_option("builtin")
    said = chat.locator(".coai-Entry-said")
    for number, line in enumerate(("which parts matter?", "is it stable?")):
        field.fill(line)
        field.press("Enter")
        chat.locator(".coai-Entry-answer:not([role=status])").nth(number).wait_for()
    said.first.get_by_role("button", name="Say anew").click()
    chat.get_by_text("Instead of: which parts matter?").wait_for()
    assert field.input_value() == "which parts matter?"
    field.fill("which parts matter most?")
    field.press("Enter")
    said.first.get_by_text("which parts matter most?").wait_for()
    assert said.count() == 1
    said.first.get_by_text("2/2").wait_for()
    book.page.screenshot(path=pictures / "chat-branch.png")
    said.first.get_by_role("button", name="What was asked here before").click()
    said.nth(1).get_by_text("is it stable?").wait_for()
    assert said.first.get_by_text("1/2").count() == 1
    assert book.elsewhere == []


@pytest.mark.slow
def test_what_is_asked_back_is_answered_by_a_press_or_a_key(
    lab: Lab, service: MessagesServer, open_notebook: Callable[..., Any], pictures: Path
) -> None:
    book = open_notebook("asked.ipynb", CELLS, width=1300, height=900)
    root_at(lab.folder)
    book.page.evaluate("() => window.jupyterapp.commands.execute('coimprove:open', {tab: 'chat'})")
    chat = book.page.locator("#coimprove-panel-body-chat")
    chat.get_by_label("Provider").select_option("anthropic")
    field = chat.get_by_role("combobox", name="A verb or a question")

    def last() -> str:
        return json.dumps(service.asked[-1].body["messages"][-1])

    for number, name in enumerate(("the range", "/accept last")):
        field.fill(f"which spread, {number}?")
        field.press("Enter")
        offered = chat.get_by_role("group", name="Answers to choose from").last
        option = offered.get_by_role("button", name=name, exact=True)
        option.wait_for()
        for theme in ("JupyterLab Dark", "JupyterLab Light"):
            book.page.evaluate(
                "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", theme
            )
            book.page.wait_for_timeout(400)
            book.page.screenshot(path=pictures / f"chat-asked-{theme[11:].lower()}.png")
        field.fill("half a thought")
        if number:
            option.press("Enter")
        else:
            option.click()
        chat.get_by_text("Then it is three.").nth(number).wait_for()
        assert name in last()
        # It knows what it had asked.
        assert "Which spread do you mean?" in json.dumps(service.asked[-1].body["messages"][-2])
        # It is answered, and what was being typed is still there.
        assert offered.get_by_role("button", name=name, exact=True).is_disabled()
        assert field.input_value() == "half a thought"
    # A model's words are words: the verb in one was not carried out.
    assert chat.get_by_text("Refused:").count() == 0
    assert book.elsewhere == []
