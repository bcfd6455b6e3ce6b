"""Hostile text in every field of the record, in every view of the panel: nothing is loaded, nothing pops up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab_cards import opened, recorded
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


PROPOSED = "proposed.ipynb"


def hostile_proposals(lab: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Proposals, a plan and predictions by a model whose every text is of the corpus, and one that was refused with such words."""
    from jupyter_coimprove.workbench import proposing

    monkeypatch.setenv("JUPYTER_DATA_DIR", str(lab.folder.parent / "data"))
    path = lab.write(PROPOSED, CELLS)
    plan = experiment(lab.folder, notebook=PROPOSED)
    bench = bench_of(lab.folder)
    record, ids = bench.record(), []
    try:
        for chunk in CHUNKS:
            text, name = "\n\n".join(chunk), " ".join(chunk)
            author = Actor(kind="ai", id=name, display=name, auth="os")
            commented = "\n".join(f"# {line}" for line in text.splitlines())
            edits = [
                {"kind": "insert", "cell": 1, "cell_kind": "markdown", "source": text},
                {"kind": "insert", "cell": 1, "source": commented},
                {"kind": "replace", "cell": 2, "source": CELLS[1] + "\n" + commented},
            ]
            item = proposing.propose(
                bench,
                path,
                edits,
                why=text,
                expected=text,
                author=author,
                extra={"prompt": text, "model": name},
            )
            ids.append(item.id)
            record.append([
                Draft(
                    id=new_id("prediction", SystemClock()), kind="prediction", event="predicted", actor=author,
                    data={"experiment": plan, "ranking": [name, "baseline", "lr=0.3"], "p_better": {}, "quantiles": {}},
                ),
                Draft(id=item.id, kind="proposal", event="edited", actor=author, data={"title": name}),
                Draft(
                    id=new_id("decision", SystemClock()), kind="decision", event="rejected", actor=author,
                    data={"subject": item.id, "verb": "rejected", "reason": text},
                ),
            ])  # fmt: skip
        person = Actor(kind="person", id=name, display=name, auth="os")
        ranked = {
            "experiment": plan,
            "ranking": ["lr=0.3", "baseline", *CHUNKS[0][:3]],
            "p_better": {},
            "quantiles": {},
        }
        record.append([
            Draft(
                id=new_id("prediction", SystemClock()), kind="prediction", event="predicted", actor=person, data=ranked
            ),
        ])  # fmt: skip
    finally:
        bench.close()
    return ids


def test_hostile_proposals_are_read_edited_and_refused_and_load_nothing(
    lab: Any, open_notebook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, pictures: Path
) -> None:
    ids = hostile_proposals(lab, monkeypatch)
    book = open_notebook(PROPOSED, CELLS, width=1300, height=1400)
    page = book.page
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if r.url.rstrip("/").endswith("/x") else None)
    # At the cell: each card whole, then in its own editor, then with the words in which it is refused.
    for id_ in ids:
        shown = opened(book, id_)
        shown.locator(".coai-Diff").first.wait_for()
        assert "evil" in shown.inner_text()
    shown.get_by_role("button", name="Edit…").click()
    shown.get_by_label("Source of change 1").wait_for()
    page.screenshot(path=pictures / "exfiltration-card.png")
    page.keyboard.press("Escape")
    second = opened(book, ids[0])
    second.get_by_role("button", name="Reject…").click()
    page.keyboard.type("".join(CORPUS[:6]).replace("\n", " ")[:400])
    page.keyboard.press("Enter")
    recorded(book, ids[0], "rejected")

    def tab(name: str) -> Any:
        page.evaluate("(tab) => window.jupyterapp.commands.execute('coimprove:open', {tab})", name)
        return page.locator(f"#coimprove-panel-body-{name}")

    inbox = tab("inbox")
    rows = inbox.locator(".coai-InboxRow").filter(has_text="Proposal")
    rows.nth(len(ids) - 1).wait_for(state="detached")
    for number in range(len(ids) - 1):
        rows.nth(number).click(position={"x": 5, "y": 5})
        inbox.locator(".coai-mod-active .coai-Details:not([aria-busy=true])").wait_for()
    experiments = tab("experiments")
    experiments.get_by_role("listitem").first.locator("button").first.click()
    experiments.get_by_role("group", name="Predictions").wait_for()
    page.screenshot(path=pictures / "exfiltration-predictions.png")
    record = tab("record")
    record.get_by_role("list", name="Decisions").get_by_role("listitem").first.wait_for()
    page.wait_for_load_state("networkidle")
    found = page.evaluate(FOUND, ["#coimprove-panel *", ".coai-CellCards *"])
    assert found == [], found
    assert book.elsewhere == []
    assert asked == []
    assert book.dialogs == []


#: What could load, run or send anything, and stands in these places.
FOUND = """([...places]) => places.flatMap(place => [...document.querySelectorAll(place)])
    .filter(e => /^(script|iframe|audio|video|source|style|link|base|form|object|embed|a|svg)$/.test(e.localName)
        && !(e.localName === 'form' && ['coai-Form', 'coai-Import', 'coai-NewArm'].includes(e.className))
        || [...e.attributes].some(a => /^on|^data-commandlinker|^href$|^srcset$|^background$/.test(a.name)))
    .map(e => e.outerHTML.slice(0, 200))"""


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
    found = page.evaluate(FOUND, ["#coimprove-panel *"])
    assert found == [], found
    assert book.elsewhere == []
    assert asked == []
    assert book.dialogs == []
