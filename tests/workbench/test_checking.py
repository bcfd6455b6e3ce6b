"""`check NB`: findings in the record, "not a problem" in one key, and what happens when code changes."""

from __future__ import annotations

import json

import pytest

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.workbench import checking, deciding, planning, showing

FLAWED = (
    "import pandas as pd\nfrom sklearn.preprocessing import StandardScaler\n"
    "from sklearn.linear_model import LogisticRegression\nfrom sklearn.model_selection import train_test_split\n"
    "df = pd.read_csv('data.csv')\nX, y = df.drop(columns='y'), df['y']",
    "scaler = StandardScaler()\nX = scaler.fit_transform(X)",
    "a, b, c, d = train_test_split(X, y)",
    "lr = 0.1\nscore = LogisticRegression(C=lr).fit(a, c).score(b, d)\nprint('accuracy', score)",
)


@pytest.fixture
def flawed(write):
    return write(*FLAWED)


def test_a_finding_is_shown_with_cell_fix_and_diff_and_waits_in_the_record(bench, flawed):
    view = checking.check(bench, notebook=str(flawed))
    (row,) = view.findings
    assert view.exit_code == 4
    assert (row.kind, row.cell, row.line, row.state) == ("preprocessing", 2, 2, "pending")
    assert "`scaler` is learnt from `X` in cell 2" in row.evidence
    assert "+a = scaler.fit_transform(a)\n+b = scaler.transform(b)" in row.diff
    assert [item.id for item in deciding.review(bench).items] == [row.id]
    assert flawed.read_text().count("fit_transform") == 1


def test_asked_again_it_is_the_same_finding(bench, flawed):
    first, again = (checking.check(bench, notebook=str(flawed)).findings[0].id for _ in range(2))
    assert first == again
    assert len(bench.record().find("check")) == 1


def test_not_a_problem_stays_while_other_code_changes_and_comes_back_when_its_own_does(bench, flawed, write):
    (row,) = checking.check(bench, notebook=str(flawed)).findings
    view = checking.check(bench, notebook=str(flawed), ok=row.id, reason="for a demonstration")
    assert (view.findings, view.judged, view.exit_code) == ((), 1, 0)
    write(
        FLAWED[0],
        "# of the old paper\n" + FLAWED[1],
        "print('new')",
        FLAWED[2],
        FLAWED[3].replace("0.1", "0.3"),
    )
    assert checking.check(bench, notebook=str(flawed)).exit_code == 0
    write(FLAWED[0], FLAWED[1].replace("(X)", "(X + 1)"), *FLAWED[2:])
    changed = checking.check(bench, notebook=str(flawed))
    assert changed.exit_code == 4
    assert changed.findings[0].id != row.id
    write(*FLAWED)
    assert checking.check(bench, notebook=str(flawed)).judged == 1


def test_a_number_of_the_list_names_a_finding_too(bench, flawed):
    assert checking.check(bench, notebook=str(flawed), ok="1").judged == 1
    assert [row.state for row in checking.check(bench, notebook=str(flawed), all=True).findings] == [
        "rejected"
    ]


def test_a_finding_is_decided_on_like_any_other_and_the_decision_is_taken_back(bench, flawed):
    (row,) = checking.check(bench, notebook=str(flawed)).findings
    assert deciding.accept(bench, id=row.id).summary.endswith("accepted")
    assert checking.check(bench, notebook=str(flawed)).exit_code == 4
    deciding.undo(bench, id=row.id)
    deciding.reject(bench, id=row.id, reason="a demonstration")
    assert showing.show(bench, id=row.id).findings[0].state == "rejected"
    deciding.undo(bench, id=row.id)
    assert checking.check(bench, notebook=str(flawed)).findings[0].state == "pending"


def test_what_is_mended_waits_no_longer(bench, flawed, write):
    checking.check(bench, notebook=str(flawed))
    write(
        FLAWED[0],
        "scaler = StandardScaler()",
        FLAWED[2],
        "a, b = scaler.fit_transform(a), scaler.transform(b)",
        FLAWED[3],
    )
    assert checking.check(bench, notebook=str(flawed)).exit_code == 0
    assert not deciding.review(bench).items


def test_a_plan_says_in_one_line_what_stands_open(bench, flawed):
    plan = planning.plan(
        bench, notebook=str(flawed), factor=["lr=0.3"], response="score", direction="max", blocks=3
    )
    assert any("open checks" in line and "learnt before the split" in line for line in plan.warnings)
    checking.check(bench, notebook=str(flawed), ok="1")
    plan = planning.plan(
        bench, notebook=str(flawed), factor=["lr=0.4"], response="score", direction="max", blocks=3
    )
    assert not any("open checks" in line for line in plan.warnings)


def test_what_cannot_be_meant_is_said(bench, flawed):
    with pytest.raises(UnknownName, match="finding of this notebook"):
        checking.check(bench, notebook=str(flawed), ok="chk_nothing")
    with pytest.raises(UsageError, match="--ok"):
        checking.check(bench, notebook=str(flawed), reason="because")
    (row,) = checking.check(bench, notebook=str(flawed)).findings
    with pytest.raises(UsageError, match="not edited"):
        deciding.edit(bench, id=row.id, text="no")


def test_the_command_line_tells_findings_by_its_exit_code(bench, flawed, monkeypatch, capsys):
    bench.close()
    monkeypatch.chdir(flawed.parent)
    monkeypatch.setenv("COIMPROVE_ROOT", str(flawed.parent))
    assert main(["check", "train.ipynb"]) == 4
    text = capsys.readouterr().out
    assert "cell 2, line 2: learnt before the split" in text
    assert "-X = scaler.fit_transform(X)" in text
    assert main(["check", "train.ipynb", "--json"]) == 4
    data = json.loads(capsys.readouterr().out)
    assert data["findings"][0]["trail"][0]["cell"] == 2
    assert main(["check", "train.ipynb", "--ok", "1"]) == 0


def test_findings_and_results_say_what_the_last_check_left_open(bench, flawed):
    checking.check(bench, notebook=str(flawed))
    (line,) = checking.noted(bench.record(), "train.ipynb")
    assert "learnt before the split" in line
    assert checking.noted(bench.record(), "other.ipynb") == ()
    checking.check(bench, notebook=str(flawed), ok="1")
    assert checking.noted(bench.record(), "train.ipynb") == ()
