"""Values of a real project where they bite: proposals, plans, the report, cards that cite, a model, a kernel."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from small_values import SMALL

from jupyter_coimprove.activities.values.starting import STARTING
from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.proposals.using import use
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text
from jupyter_coimprove.workbench import (
    deciding,
    planning,
    proposing,
    reporting,
    running,
    shelf,
    tools,
    trailing,
    values,
)

SHELL = [{"kind": "insert", "cell": 4, "source": "from os import system as s\ns('ls')"}]


def test_a_proposal_that_violates_shows_it_and_needs_a_reason(bench, train, put) -> None:
    put()
    before = train.read_bytes()
    item = proposing.propose(bench, train, SHELL)
    line = "violates 'no shell' (values version 1), must: `os.system` is called, which 'os.system' forbids (cell 5, line 2)"
    assert line in proposing.view(item).warnings
    with pytest.raises(DecisionError) as error:
        deciding.accept(bench, id=item.id)
    assert "violates 'no shell' (values version 1)" in error.value.message
    assert "--despite WHY" in error.value.remedy
    with pytest.raises(DecisionError):
        deciding.accept(bench, id=item.id, despite="  ")
    assert train.read_bytes() == before
    deciding.accept(bench, id=item.id, despite="lists files, nothing else")
    assert b"as s" in train.read_bytes()
    (row,) = trailing.trail(bench, subject=item.id).decisions
    assert row.reason == "lists files, nothing else"
    kept = bench.record().get(row.id).data["values"]
    assert (kept["version"], kept["violated"][0]["principle"]) == (1, "no shell")
    sound = proposing.propose(bench, train, [{"kind": "insert", "cell": 4, "source": "print('os.system')"}])
    assert sound.data["notes"] == []
    with pytest.raises(UsageError, match="violates nothing that stops it"):
        deciding.accept(bench, id=sound.id, despite="just so")
    deciding.accept(bench, id=sound.id)


def test_what_a_person_makes_of_a_proposal_is_held_against_them_too(bench, train, put) -> None:
    put()
    item = proposing.propose(bench, train, [{"kind": "insert", "cell": 4, "source": "x = 1"}])
    with pytest.raises(DecisionError, match="no shell"):
        deciding.edit(bench, id=item.id, text="import os\nos.system('ls')")
    deciding.edit(bench, id=item.id, text="x = 2")


def test_a_plan_shows_what_it_violates_and_a_must_stops_it_until_a_reason_is_given(bench, write, put) -> None:
    put()
    path = write(
        ("parameters", "lr = 0.1\ncommand = None"),
        "import os\nif command:\n    os.system(command)\nscore = lr",
        "print(f'score {score:.3f}')",
    )
    plan = planning.plan(bench, notebook=str(path), factor=["lr=0.3"], response="score", direction="max", blocks=2, repeat=False)  # fmt: skip
    assert any(one.startswith("violates 'often enough' (values version 1), should: 2 blocks") for one in plan.warnings)  # fmt: skip
    assert any("must: `os.system`" in one for one in plan.warnings)
    for decide in (
        lambda: deciding.accept(bench, id=plan.id),
        lambda: running.run(bench, experiment=plan.id),
    ):
        with pytest.raises(DecisionError, match="violates 'no shell'"):
            decide()
    assert bench.record().get(plan.id).state == "draft"
    deciding.accept(bench, id=plan.id, despite="the command is ours")
    assert bench.record().get(plan.id).state == "registered"
    with pytest.raises(UsageError, match="it was accepted before"):
        running.run(bench, experiment=plan.id, despite="again")


def test_a_should_warns_and_stops_nothing(bench, train, put) -> None:
    put()
    plan = planning.plan(bench, notebook=str(train), factor=["lr=0.3"], response="score", direction="max", blocks=2)  # fmt: skip
    assert any("often enough" in one for one in plan.warnings)
    deciding.accept(bench, id=plan.id)


def test_what_an_arm_puts_in_is_looked_at(bench, write, put) -> None:
    put(SMALL.replace('kind = "calls"\nforbid = ["os.system"]', 'kind = "data"\nforbid = ["raw/*"]').replace('text = "import os; os.system(\'ls\')"', 'text = "open(\'raw/x\')"'))  # fmt: skip
    path = write(
        ("parameters", "file = 'data/a.csv'"),
        "import pandas as pd\nscore = len(pd.read_csv(file))",
        "print(f'score {score}')",
    )
    plan = planning.plan(bench, notebook=str(path), factor=["file='raw/b.csv'"], response="score", direction="max", blocks=5)  # fmt: skip
    (line,) = [one for one in plan.warnings if "no shell" in one]
    assert "arm file=raw/b.csv: 'raw/b.csv' is read, which 'raw/*' forbids" in line


def test_violations_are_cards_that_cite_and_what_is_judged_none_stays_away(bench, write, put) -> None:
    card = put()
    path = write("import os as o\ngo = o.system\ngo('ls')", ("", "score = 1\nprint(f'score {score}')"))
    item = proposing.propose(bench, path, [{"kind": "insert", "cell": 2, "source": "o.system('again')"}])
    view = values.values(bench, notebook=str(path))
    assert view.exit_code == 4
    mine, theirs = view.cards
    assert mine.evidence[0] == "violates 'no shell' (values version 1), must"
    assert (mine.cells, mine.used) == ((1,), (card,))
    assert theirs.used == (item.id, card)
    assert view.sections[0].columns == ("principle", "severity", "notebook", item.id)
    assert view.sections[0].rows[0] == ("no shell", "must", 1, 1)
    deciding.reject(bench, id=mine.id)
    plan = planning.plan(bench, notebook=str(path), factor=["score=2"], response="score", direction="max", blocks=5)  # fmt: skip
    # Without a reason the card is away, and the value still binds.
    with pytest.raises(DecisionError, match="no shell"):
        deciding.accept(bench, id=plan.id)
    deciding.undo(bench, id=mine.id)
    deciding.reject(bench, id=mine.id, reason="a fixed command of ours")
    deciding.accept(bench, id=plan.id)
    deciding.reject(bench, id=item.id, reason="no")
    again = values.values(bench, notebook=str(path))
    assert [one.id for one in again.cards] == []
    assert again.exit_code == 0
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import os\nos.system('rm')")]), path
    )
    assert values.values(bench, notebook=str(path)).exit_code == 4, "other code is judged anew"


def test_the_report_says_what_it_was_held_against_and_what_it_violates(ended, bench, put) -> None:
    finding = shelf.finding_of(bench.record(), ended)
    deciding.accept(bench, id=finding.id)
    assert "Values" not in reporting_text(bench)
    put()
    plain = reporting.report(bench)
    assert plain.warnings == ()
    assert "Held against the values in force here, version 1" in reporting_text(bench)
    assert "nothing in it violates them" in reporting_text(bench)
    deciding.undo(bench, id=finding.id)
    deciding.edit(bench, id=finding.id, text="This proves that the rate matters.")
    warned = reporting.report(bench)
    assert any(one.startswith("violates 'modest' (values version 1), should: 'proves' is told") for one in warned.warnings)  # fmt: skip
    assert "'proves' is told" in reporting_text(bench).replace("\\", "")
    html = reporting.report(bench, format="html")
    assert "<h2>Values</h2>" in Path(html.path).read_text()
    view = values.values(bench, notebook=str(bench.root() / "train.ipynb"))
    assert "report" in view.sections[0].columns
    assert any(card.data.get("principle") == "modest" for card in view.cards)


def reporting_text(bench) -> str:
    return Path(reporting.report(bench).path).read_text()


def test_licences_beside_files_and_headers_of_tables_are_read(bench, train, put) -> None:
    folder = train.parent
    (folder / "a.csv").write_text("age,Surname\n1,x\n")
    (folder / "a.csv.license").write_text(
        "SPDX-FileCopyrightText: us\nSPDX-License-Identifier: CC-BY-NC-4.0\n"
    )
    (folder / "d").mkdir()
    (folder / "d" / "b.csv").write_text("age\n1\n")
    (folder / "d" / "datapackage.json").write_text('{"licenses": [{"name": "CC0-1.0"}]}')
    put(STARTING)
    proposing.propose(
        bench,
        train,
        [
            {
                "kind": "insert",
                "cell": 4,
                "source": "import pandas as pd\npd.read_csv('a.csv')\npd.read_csv('d/b.csv')",
            }
        ],
    )
    found = {
        card.data["principle"]: card.evidence[1] for card in values.values(bench, notebook=str(train)).cards
    }
    assert found["licences are known"].startswith("'a.csv' is licensed 'CC-BY-NC-4.0'")
    assert found["people are not named"].startswith("'a.csv' has the column 'Surname'")
    assert len(found) == 2


def test_a_model_reads_them_and_speaks_over_them(bench, write, put, monkeypatch) -> None:
    path = write("import os\nos.system('ls')", "score = 1")
    asked = []

    def answers(body) -> Answer:
        asked.append(json.dumps(body))
        return Answer(content=(Text("The shell matters most."),))

    assert "no values are in force" in use(tools.tools(bench, path), "check_values", {}).said
    put()
    before = len(list(bench.record().follow(0)))
    told = json.loads(use(tools.tools(bench, path), "check_values", {}).said)["data"]
    assert told["version"] == 1
    assert told["principles"][0]["checks"] == [{"kind": "calls", "forbid": ["os.system"]}]
    assert [one["principle"] for one in told["violations"]] == ["no shell"]
    assert len(list(bench.record().follow(0))) == before, "reading writes nothing"
    with MessagesServer(answers) as service:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
        view = values.values(bench, notebook=str(path), provider="anthropic")
        whole = values.values(bench, provider="anthropic")
    assert view.words.strip() == "The shell matters most."
    assert view.adds == ""
    assert "`os.system` is called" in asked[0]
    assert whole.words.strip() == "The shell matters most."
    assert "often enough" in asked[1]


@pytest.mark.slow
def test_a_kernel_shows_them_for_anybody_and_begins_them_for_a_person(bench, train, put) -> None:
    from kernel_door import Kernel, error_of

    put()
    bench.close()
    kernel = Kernel(train.parent, COIMPROVE_ROOT=str(train.parent))
    try:
        assert kernel.run("%load_ext jupyter_coimprove") == []
        (shown,) = kernel.run(f"x = 1\n%coai values {train.name}", person=False)
        assert "values version 1" in shown["data"]["text/plain"]
        assert (
            "nobody is at the prompt" in error_of(kernel.run("%coai values --init", person=False))["evalue"]
        )
        assert "is there already" in error_of(kernel.run("%coai values --init"))["evalue"]
    finally:
        kernel.end()
