"""Hostile text in every field of the record, in every view of the panel: nothing is loaded, nothing pops up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pending_findings import bench_of, experiment

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.evidence.finding import Finding
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.registry import Actor

CORPUS = [
    text.encode("utf-8", "replace").decode()
    for text in json.loads((Path(__file__).parents[2] / "labextension/test/corpus.json").read_text())
]
#: A name that a file can have.
NOTEBOOK = "<img src=x onerror=alert(1)> ![x](https:evil.example).ipynb"
CELLS = [
    "lr = 0.1\nSEED = 0",
    "import random\nrandom.seed(SEED)\nscore = lr + random.random() / 100",
    "print('score', score)",
]
CHUNKS = [CORPUS[i::6] for i in range(6)]


def hostile_record(lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans and findings whose every text is of the corpus: question, claim, reason, names, author."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(lab.folder.parent / "data"))
    lab.write(NOTEBOOK, CELLS)
    plan = experiment(lab.folder, notebook=NOTEBOOK)
    bench = bench_of(lab.folder)
    record = bench.record()
    try:
        for chunk in CHUNKS:
            text, name = "\n\n".join(chunk), " ".join(chunk)
            author = Actor(kind="ai", id=name, display=name, auth="os")
            id_ = new_id("finding", SystemClock())
            card = Finding(
                id=id_, experiment=plan, notebook=NOTEBOOK, claim=text, verdicts={name: "better"},
                references=(), status=name, digest="json:" + id_,
            )  # fmt: skip
            data = {
                **card.as_dict(),
                "markdown": text,
                "deviations": [text],
                "rationale": text,
                "reason": text,
            }
            record.append([
                Draft(id=id_, kind="finding", event="proposed", state="pending", actor=author, data=data),
                Draft(
                    id=new_id("decision", SystemClock()), kind="decision", event="deferred", actor=author,
                    data={"subject": id_, "verb": "deferred", "reason": text},
                ),
            ])  # fmt: skip
        everything = "\n\n".join(CORPUS)
        more = {"question": everything, "response": everything, "rationale": everything}
        record.append(
            [Draft(id=plan, kind="experiment", event="edited", state="draft", actor=author, data=more)]
        )
    finally:
        bench.close()


def test_nothing_is_loaded_and_nothing_pops_up(
    lab: Any, open_notebook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, pictures: Path
) -> None:
    hostile_record(lab, monkeypatch)
    book = open_notebook(NOTEBOOK, CELLS, width=1300, height=1000)
    page = book.page
    # A picture named "x" would be asked of this server: that is no foreign request, and still none of ours.
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if r.url.rstrip("/").endswith("/x") else None)

    def tab(name: str) -> Any:
        page.evaluate("(tab) => window.jupyterapp.commands.execute('coimprove:open', {tab})", name)
        return page.locator(f"#coimprove-panel-body-{name}")

    inbox = tab("inbox")
    rows = inbox.locator(".coai-InboxRow")
    rows.nth(len(CHUNKS) - 1).wait_for()
    for number in range(rows.count()):
        rows.nth(number).click(position={"x": 5, "y": 5})
        inbox.locator(".coai-mod-active .coai-Details:not([aria-busy=true])").wait_for()
    assert "<img src=x onerror=alert(1)>" in inbox.inner_text()

    chat = tab("chat")
    field = chat.locator("textarea")
    for line in ["/review", *CORPUS[::15], f"/show {CORPUS[2]}"]:
        before = chat.locator(".coai-Entry:not([aria-busy=true])").count()
        field.fill(line)
        field.press("Escape")
        field.press("Enter")
        chat.locator(".coai-Entry:not([aria-busy=true])").nth(before).wait_for()
    for query in ("@", "/show "):
        field.fill(query)
        field.press("End")

    for name in ("experiments", "record"):
        tab(name).locator(":scope > *").first.wait_for()
    record = page.locator("#coimprove-panel-body-record")
    record.get_by_role("list", name="Decisions").get_by_role("listitem").nth(len(CHUNKS) - 1).wait_for()
    for summary in record.locator("summary").all():
        summary.click()
    page.screenshot(path=pictures / "exfiltration.png")
    page.wait_for_load_state("networkidle")
    found = page.evaluate(
        """() => [...document.querySelectorAll('#coimprove-panel *')]
            .filter(e => /^(script|iframe|audio|video|source|style|link|base|form|object|embed|a|svg)$/.test(e.localName)
                && !(e.localName === 'form' && ['coai-Form', 'coai-Import'].includes(e.className))
                || [...e.attributes].some(a => /^on|^data-commandlinker|^href$|^srcset$|^background$/.test(a.name)))
            .map(e => e.outerHTML.slice(0, 200))"""
    )
    assert found == [], found
    assert book.elsewhere == []
    assert asked == []
    assert book.dialogs == []
