"""Two clones of one repository: what both decide, find and say merges through git, and approves nothing elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_notebooks import lab_notebook
from two_clones import Person, two

CELLS = (
    ("parameters", "SEED = 0\nlr = 0.1\nunused = 3"),
    ("", "import random\nrandom.seed(SEED)\nnoise = random.gauss(0, 0.01)"),
    ("", "score = 0.4 + lr * (1 + noise) + noise"),
    ("", "print(f'score {score:.4f}')"),
)


@pytest.fixture
def both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Person, Person]:
    return two(tmp_path, lab_notebook(CELLS), ("ann", "bo"), capsys)


def id_of(view: dict) -> str:
    return dict(view["sections"][0]["facts"])["id"]


def section(view: dict, title: str) -> dict:
    return next(part for part in view["sections"] if part["title"] == title)


def decided(person: Person) -> dict[str, tuple[str, str, str]]:
    """By reason: what was decided, by whom, and whether it counts here."""
    return {
        row["reason"]: (row["verb"], row["by"], row["trust"]) for row in person.says("trail")["decisions"]
    }


def test_decisions_and_a_debate_of_both_merge_and_nothing_is_approved_on_the_others_machine(
    both: tuple[Person, Person],
) -> None:
    ann, bo = both
    # Each works for themselves: own problems, decided with reasons.
    cards = {}
    for person, verb in ((ann, "accept"), (bo, "reject")):
        view = person.says("problem", "train.ipynb", "--add", f"{person.name} sees a plateau")
        (mine,) = [card for card in view["cards"] if card["author"] == person.name]
        cards[person.name] = mine["id"]
        person.says(verb, mine["id"], "--reason", f"because {person.name} says so")
    question = id_of(ann.says("debate", "--open", "Which rate?", "--option", "low", "--option", "high"))
    ann.says(
        "debate",
        question,
        "--choose",
        "low",
        "--because",
        "It was stable in ann's hands",
        "--cite",
        cards["ann"],
    )
    ann.commit("Ann's work")
    bo.commit("Bo's work")
    ann.push()
    bo.pull()
    assert bo.git("rev-list", "--merges", "HEAD"), "both had committed: it was a merge"
    assert bo.journals() == sorted(p.name for p in bo.clone.glob("coimprove/journal/*.jsonl"))
    assert {name.partition("-")[0] for name in bo.journals()} == {"ann", "bo"}

    # The question is Ann's word; what she said is nowhere in what git shares.
    seen = bo.says("debate", question)
    assert dict(section(seen, "Question")["facts"])["opened by"] == "ann (unverified: it was not opened here)"
    assert "Which rate?: 1 wrote blind" in seen["summary"]
    assert "stable in ann" not in bo.shared
    bo.says(
        "debate", question, "--choose", "high", "--because", "It learns faster for bo", "--cite", cards["ann"]
    )
    ann.says("problem", "train.ipynb", "--add", "meanwhile ann found another")
    ann.commit("More of Ann's")
    bo.commit("Bo's position, sealed")
    bo.push()
    ann.pull()
    assert "faster for bo" not in ann.shared

    # Ann's round is over; her words are published, Bo's stay his until he publishes them.
    ann.says("debate", question, "--reveal")
    ann.commit("Revealed")
    ann.push()
    bo.pull()
    theirs = bo.says("debate", question)
    words = dict(section(theirs, "In their words")["facts"])
    assert words == {"ann": "It was stable in ann's hands", "bo": "It learns faster for bo"}
    assert any(one.startswith("ann: unverified here") for one in theirs["warnings"])
    assert section(theirs, "Evidence")["rows"][0][3] == "foreign, unverified"
    bo.says("debate", question, "--reveal")
    bo.says(
        "debate",
        question,
        "--choose",
        "low",
        "--because",
        "ann has seen more of it",
        "--action",
        "run ten blocks",
    )
    refused = bo.says("debate", question, "--close", code=1)
    assert "was opened by ann elsewhere" in refused["error"]["message"]
    bo.commit("Bo revised")
    bo.push()
    ann.pull()
    closed = ann.says("debate", question, "--close")
    assert (
        closed["summary"] == "Which rate?: closed; consensus on low, 100% of the views (2 for it), no dissent"
    )
    by = {row[0]: row for row in section(closed, "Positions")["rows"]}
    assert by["ann"][5] == "person"
    assert by["bo"][5] == "person, unverified"
    assert section(closed, "Who changed")["rows"] == [["bo", 2, "revised", "high", "low", "nothing cited"]]
    consensus = next(card for card in closed["cards"] if card["kind"] == "consensus")
    assert "unverified here: bo" in consensus["evidence"]
    ann.says("accept", consensus["id"], "--reason", "we agree")
    ann.commit("Closed")
    ann.push()
    bo.pull()

    # Everybody's words under their name; what the other decided approves nothing here.
    assert decided(ann)["because bo says so"] == ("rejected", "bo", "imported")
    assert decided(ann)["because ann says so"] == ("accepted", "ann", "own")
    assert decided(bo)["because ann says so"] == ("accepted", "ann", "imported")
    assert decided(bo)["we agree"] == ("accepted", "ann", "imported")
    for person, other in ((bo, cards["ann"]), (bo, consensus["id"]), (ann, cards["bo"])):
        shown = person.says("show", other)
        assert any("it was not made here and approves nothing" in one for one in shown["warnings"])
        for verb in ("accept", "reject", "defer", "undo"):
            assert "foreign and unverified" in person.says(verb, other, code=1)["error"]["message"]
        assert other not in json.dumps(person.says("problem", "train.ipynb")["cards"])
        assert not person.says("review")["items"] or other not in json.dumps(person.says("review"))
    assert bo.says("debate", question, "--choose", "low", "--because", "again", code=1)["error"][
        "message"
    ].endswith("is closed")
    for person in both:
        person.says("verify")
        assert "<<<<<<<" not in person.shared
        assert not person.git("status", "--porcelain")


def test_who_wrote_in_the_journal_of_another_is_not_believed(both: tuple[Person, Person]) -> None:
    ann, bo = both
    question = id_of(ann.says("debate", "--open", "Which rate?", "--option", "low", "--option", "high"))
    ann.says("debate", question, "--choose", "low", "--because", "It was stable")
    ann.commit("Ann's")
    ann.push()
    bo.pull()
    bo.says("debate", question, "--choose", "high", "--because", "It learns faster")
    bo.says("debate", question, "--reveal")
    bo.commit("Bo's")
    # A line under Ann's name, made elsewhere with another key.
    mallory = Person(name="ann", clone=bo.clone, keys=bo.keys.parent / "keys of mallory", capsys=bo.capsys)
    mallory.says("debate", question, "--choose", "high", "--because", "I, ann, changed my mind")
    mallory.says("debate", question, "--reveal")
    # And Bo's journal, edited by hand after he wrote it: its digests do not fit any more.
    (journal,) = (bo.clone / "coimprove" / "journal").glob("bo-*.jsonl")
    text = journal.read_text(encoding="utf-8")
    journal.write_text(text.replace("It learns faster", "It is the best of all"), encoding="utf-8")
    bo.commit("Forged")
    bo.push()
    ann.pull()
    ann.says("debate", question, "--reveal")
    view = ann.says("debate", question)
    assert any(
        "is said to be by ann, but it is not signed with the key of here: not counted" in one
        for one in view["warnings"]
    )
    words = json.dumps(view["sections"])
    assert "changed my mind" not in words
    assert "best of all" not in words
    assert {row[0] for row in section(view, "Positions")["rows"]} == {"ann"}
    assert "no consensus is claimed" in view["summary"]
    assert ann.says("verify", code=1)


def a_finding_each(ann: Person, bo: Person, of_bo: str) -> dict[str, str]:
    """Ann accepts a finding of train.ipynb, Bo one of this notebook, and both have both; the findings' ids by name."""
    found: dict[str, str] = {}
    for person, level, notebook in ((ann, "0.3", "train.ipynb"), (bo, "0.5", of_bo)):
        plan = person.says(
            "plan", notebook, "-f", f"lr={level}", "--response", "score", "--direction", "max", "--blocks", "2"
        )  # fmt: skip
        person.says("run", plan["id"], "--wait", "--workers", "2")
        finding = next(row for row in person.says("review")["items"] if row["kind"] == "finding")
        found[person.name] = finding["id"]
        person.says("accept", finding["id"], "--reason", f"{person.name} trusts it")
        person.commit(f"A finding of {person.name}")
    ann.push()
    bo.pull()
    bo.push()
    ann.pull()
    return found


@pytest.mark.slow
def test_findings_of_both_meet_and_each_one_counts_where_it_was_accepted(both: tuple[Person, Person]) -> None:
    ann, bo = both
    # An accepted finding is a cell of its notebook: two in one place of one notebook are a conflict where git was not told otherwise (below).
    (ann.clone / "other.ipynb").write_bytes((ann.clone / "train.ipynb").read_bytes())
    ann.commit("Another notebook")
    ann.push()
    bo.pull()
    found = a_finding_each(ann, bo, "other.ipynb")
    assert not ann.git("status", "--porcelain")
    question = id_of(
        ann.says(
            "debate",
            "--open",
            "Is a higher rate better?",
            "--option",
            "yes",
            "--option",
            "no",
            "--about",
            found["ann"],
        )
    )
    view = ann.says(
        "debate", question, "--choose", "yes", "--because", "Both findings say so", "--cite", found["bo"]
    )
    rows = {row[0]: row for row in section(view, "Evidence")["rows"]}
    assert (rows[found["ann"]][3], rows[found["bo"]][3]) == ("accepted", "foreign, unverified")
    for person, other in ((ann, found["bo"]), (bo, found["ann"])):
        assert any("approves nothing" in one for one in person.says("show", other)["warnings"])
        assert "foreign and unverified" in person.says("accept", other, code=1)["error"]["message"]
        mine = "train.ipynb" if person is ann else "other.ipynb"
        report = Path(person.says("report", mine)["path"]).read_text(encoding="utf-8")
        assert found[person.name] in report
        assert other not in report
        person.says("verify")


@pytest.mark.slow
def test_findings_of_both_at_one_place_of_one_notebook_merge_where_git_was_told_how(
    both: tuple[Person, Person],
) -> None:
    ann, bo = both
    for person in both:
        told = person.says("merge-notebook", "--setup")
        assert any("merge.coimprove.driver" in row["text"] for row in told["checks"])
    assert (bo.clone / ".gitattributes").read_text() == "*.ipynb merge=coimprove\n"
    found = a_finding_each(ann, bo, "train.ipynb")
    for person, other in ((ann, found["bo"]), (bo, found["ann"])):
        cells = json.loads((person.clone / "train.ipynb").read_text())["cells"]
        marks = [cell["metadata"]["coimprove"] for cell in cells if "coimprove" in cell["metadata"]]
        assert [(one["finding"], one["decided_by"]) for one in marks] == [
            (found["ann"], "ann"),
            (found["bo"], "bo"),
        ]
        assert not person.git("status", "--porcelain")
        assert any("approves nothing" in one for one in person.says("show", other)["warnings"])
        assert "foreign and unverified" in person.says("accept", other, code=1)["error"]["message"]
        person.says("verify")
    # What is no plain matter stays with the person: marks in the file, and git says so.
    for person, text in ((ann, "from ann"), (bo, "from bo")):
        path = person.clone / "train.ipynb"
        path.write_text(path.read_text().replace("score =", f"# {text}\\nscore =", 1))
        person.commit(text)
    ann.push()
    with pytest.raises(AssertionError, match="CONFLICT"):
        bo.pull()
    assert "<<<<<<<" in (bo.clone / "train.ipynb").read_text()
