"""Each kind of check on what violates it and on its twin; what is found cites the principle and hides the person."""

from __future__ import annotations

import pytest

from jupyter_coimprove.activities.values.judging import Verdict, new
from jupyter_coimprove.activities.values.personal import FORMS, real
from jupyter_coimprove.activities.values.rules import alternatives, spdx
from jupyter_coimprove.activities.values.subject import Claim, PlanFacts, Subject, notebook_of, report_of

SPLIT = (
    "from sklearn.datasets import load_wine\nfrom sklearn.model_selection import train_test_split\nfrom sklearn.svm import SVC\n"
    "X, y = load_wine(return_X_y=True)\nX_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\n# %%\n"
)  # fmt: skip
TUNED = "scores = {c: SVC(C=c).fit(X_train, y_train).score(X_test, y_test) for c in (1, 10)}\nbest = max(scores, key=scores.get)\nprint('accuracy', scores[best])"
PLAIN = "print('accuracy', SVC(C=1).fit(X_train, y_train).score(X_test, y_test))"


def said(verdict: Verdict) -> list[str]:
    return [one.said for one in verdict.violations]


def report(text: str) -> Subject:
    return Subject(kind="report", name="r", claims=report_of(text))


def test_tuning_on_test_data_is_found_by_the_flow_of_rows(held) -> None:
    (found,) = held("kind = 'test-tuning'", SPLIT + TUNED).violations
    assert found.said.startswith("chosen and reported on the same rows: ")
    assert (found.cell, found.where) == (2, "cell 2")
    assert held("kind = 'test-tuning'", SPLIT + PLAIN).violations == ()
    assert held("kind = 'test-tuning'\nkinds = ['overlap']", SPLIT + TUNED).violations == ()


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("import pandas as pd\nt = pd.read_csv('a.csv')\nt.to_csv('a.csv')", False),
        ("import pandas as pd\npd.read_csv('./a.csv').dropna().to_csv('a.csv')", False),
        ("from pathlib import Path\nhome = Path('data')\nx = (home / 'a.txt').read_text()\n(home / 'a.txt').unlink()", False),
        ("import shutil\nt = open('data/a.txt').read()\nshutil.rmtree('data')", False),
        ("import os\nt = open('a.txt').read()\nos.rename('a.txt', 'b.txt')", False),
        ("t = open('a.txt').read()\nwith open('a.txt', mode='w') as out:\n    out.write(t)", False),
        ("t = open('a.txt').read()\nwith open('a.txt', 'a') as out:\n    out.write(t)", True),
        ("import pandas as pd\nt = pd.read_csv('a.csv')\nt.to_csv('a.csv', mode='a')\nt.to_csv('b.csv')", True),
        ("import pandas as pd\nframe.to_csv('a.csv')\nt = pd.read_csv('a.csv')\nt.to_csv('a.csv')", True),
        ("t = open('a.txt').read().replace('a.txt', 'b.txt')\nname = 'a.txt'.replace('a', 'b')", True),
        ("import shutil\nt = open('data/a.txt').read()\nshutil.copy('data/a.txt', 'kept.txt')\nshutil.rmtree('dat')", True),
    ],
)  # fmt: skip
def test_what_is_read_is_not_written_over_moved_or_deleted(held, code, kept) -> None:
    found = held("kind = 'inputs'", code).violations
    assert (found == ()) is kept
    if not kept:
        assert "is read, and then written over, moved or deleted by `" in found[0].said
    assert held("kind = 'inputs'\nallow = ['*']", code).violations == ()


def test_what_draws_needs_a_seed_in_code_and_in_plans(held) -> None:
    assert said(held("kind = 'seeds'", "import random\nx = random.random()")) == ["`random.random` draws without a seed"]  # fmt: skip
    assert held("kind = 'seeds'", "import random\nrandom.seed(1)\nx = random.random()").violations == ()
    plan = Subject(kind="plan", name="q", plan=PlanFacts(blocks=3, seeded=True, uncontrolled=("os.urandom in cell 2",)))  # fmt: skip
    assert said(held("kind = 'seeds'", plan)) == ["no seed controls os.urandom in cell 2"]


def test_blocks_are_counted_and_an_effect_is_named(held) -> None:
    plan = Subject(kind="plan", name="q", plan=PlanFacts(blocks=7))
    check = "kind = 'blocks'\nleast = {}\nmost = {}\nsmallest_effect = {}"
    assert held(check.format(7, 7, "false"), plan).violations == ()
    assert said(held(check.format(8, 9, "true"), plan)) == ["7 blocks, at least 8 are required", "no smallest effect of interest is named"]  # fmt: skip
    assert said(held(check.format(1, 6, "false"), plan)) == ["7 blocks, at most 6 are allowed"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Dropout helps by 0.02 ± 0.01 over 10 seeds.", 0), ("Dropout helps by 0.02 (0.01 to 0.03), 10 blocks.", 0), ("The table has 12 rows.", 0),
        ("Dropout is better.", 0), ("Dropout helps by 0.02.", 2), ("Dropout helps by 0.02 [0.01, 0.03] over 2 blocks.", 1),
        ("Dropout helps by 0.02, 10 folds (see 3).", 1), ("A.\n\nB improves by 3 %.\n\nC improves by 4 % [1, 7] in 9 runs over 9 blocks.", 2),
    ],
)  # fmt: skip
def test_a_difference_is_told_with_interval_and_repetitions(held, text: str, wrong: int) -> None:
    assert len(held("kind = 'reporting'\nintervals = true\nblocks = 3", report(text)).violations) == wrong


def test_a_finding_says_by_its_rows_whether_an_interval_stands(held) -> None:
    claims = (
        Claim(where="finding fnd_1", text="lr=0.3 is better by 0.1", intervals=True, blocks=8),
        Claim(where="finding fnd_2", text="lr=0.4 is undecided", intervals=False, blocks=8),
    )
    verdict = held("kind = 'reporting'\nblocks = 5", Subject(kind="report", name="r", claims=claims))
    assert [(one.where, one.said.partition(":")[0]) for one in verdict.violations] == [("finding fnd_2", "a difference is told without its interval")]  # fmt: skip


def test_licences_of_files_and_packages_as_far_as_they_are_known(held) -> None:
    notebook = notebook_of(
        "import pandas as pd, cryptozoo, os\npd.read_csv('a.csv')\npd.read_csv('b.csv')\npd.read_csv('c.csv')"
    )
    known = {
        "a.csv": "CC-BY-4.0",
        "b.csv": "CC-BY-NC-4.0",
        "package:pandas": "BSD License",
        "package:cryptozoo": "GPL-3.0 OR Proprietary",
    }
    subject = Subject(kind="notebook", name="n", notebook=notebook, licences=known)
    found = said(held("kind = 'licences'\nallow = ['BSD*', 'CC-BY-4*']", subject))
    assert found == [
        "'b.csv' is licensed 'CC-BY-NC-4.0', which is not among BSD*, CC-BY-4*",
        "the licence of 'c.csv' is not known ([licences] in values.toml says it)",
        "'package cryptozoo' is licensed 'GPL-3.0 OR Proprietary', which is not among BSD*, CC-BY-4*",
    ]
    assert len(said(held("kind = 'licences'\nallow = ['BSD*', 'CC*']\npackages = false", subject))) == 1
    assert len(said(held("kind = 'licences'\nallow = ['BSD*', 'GPL*']\ndata = false", subject))) == 0
    assert (spdx("MIT License"), spdx("CC0-1.0"), alternatives("(MIT OR Apache-2.0)")) == ("MIT", "CC0-1.0", ["MIT", "Apache-2.0"])  # fmt: skip


def test_what_a_notebook_writes_itself_needs_no_licence(held) -> None:
    check = "kind = 'licences'\nallow = ['MIT']"
    own = "import torch, pandas as pd\nOUT = 'best.pt'\ntorch.save(model, OUT)\ntorch.load('best.pt')\ntable.to_csv('t.csv')\npd.read_csv('t.csv')\nwith open('n.txt', 'w') as f:\n    f.write('x')\nopen('n.txt').read()"
    assert held(check, own).violations == ()
    assert said(held(check, own.replace("torch.save(model, OUT)\n", ""))) == ["the licence of 'best.pt' is not known ([licences] in values.toml says it)"]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "text", "is_one"),
    [
        ("email", "a.person@uni-north.se", True), ("email", "data@example.org", False), ("email", "x@mail.example.com", False),
        ("card", "4111 1111 1111 1111", True), ("card", "4111 1111 1111 1112", False), ("card", "0000000000000000", False),
        ("iban", "DE89 3704 0044 0532 0130 00", True), ("iban", "DE88 3704 0044 0532 0130 00", False),
    ],
)  # fmt: skip
def test_forms_with_check_digits_are_checked(form: str, text: str, is_one: bool) -> None:
    import re

    assert re.fullmatch(FORMS[form], text)
    assert real(form, text) is is_one


@pytest.mark.parametrize("text", ["3.14159265358979", "v1.2.3-45", "a@b", "x = y @ z.T", "loss 0.123456789012345", "2024-01-31", "10-20-3000"])  # fmt: skip
def test_numbers_and_code_are_nobodys_data(held, text: str) -> None:
    check = "kind = 'personal-data'\nvalues = ['email', 'card', 'iban', 'us-ssn', 'phone']"
    notebook = notebook_of("x = 1")
    subject = Subject(kind="notebook", name="n", notebook=notebook, outputs={1: text}, prose={2: text})
    assert held(check, subject).violations == ()


def test_personal_data_is_found_in_columns_headers_texts_and_outputs_and_never_told(held) -> None:
    check = "kind = 'personal-data'\ncolumns = ['surname', 'phone*']\nvalues = ['email', 'PAT-\\d{5}']"
    notebook = notebook_of(
        "import pandas as pd\nt = pd.read_csv('p.csv')\nt['Surname'].value_counts()\nt.phone_home\nwho = 'r.quist@clinic-north.se'"
    )
    subject = Subject(
        kind="notebook", name="n", notebook=notebook, headers={"p.csv": ("age", "PHONE_work")},
        outputs={1: "write to data@example.org or r.quist@clinic-north.se"}, prose={2: "patient PAT-00017"},
    )  # fmt: skip
    found = said(held(check, subject))
    assert found == [
        "the column 'Surname' holds personal data by its name", "the column 'phone_home' holds personal data by its name",
        "'p.csv' has the column 'PHONE_work', personal data by its name", "personal data (email) stands in cell 1",
        "personal data (email) stands in the output of cell 1", "personal data (what a pattern of it describes) stands in cell 2",
    ]  # fmt: skip
    assert not any("quist" in one or "00017" in one for one in found)
    assert not held(check + "\noutputs = false", Subject(kind="notebook", name="n", notebook=notebook_of("x = 1"), outputs={1: "a@clinic-north.se"})).violations  # fmt: skip


def test_words_that_claim_too_much(held) -> None:
    check = r"kind = 'words'" + "\n" + r"forbid = ['(?i)\bproves?\b']"
    assert said(held(check, report("This proves it."))) == ["'proves' is told, which '(?i)\\\\bproves?\\\\b' forbids"]  # fmt: skip
    assert held(check, report("This improves it.")).violations == ()


def test_what_a_change_brings_in_is_what_was_not_there_before(held) -> None:
    check = "kind = 'calls'\nforbid = ['os.system']"
    before = held(check, "import os\nos.system('a')")
    after = held(check, "x = 1\n# %%\nimport os\nos.system('a')\nos.system('b')\n# %%\nos.system('a')")
    assert [one.cell for one in new(after, before).violations] == [2, 3]
    assert new(before, before).violations == ()


def test_another_language_is_not_judged_and_it_says_so(held) -> None:
    from dataclasses import replace

    other = replace(notebook_of("os.system('x')"), language="R")
    verdict = held(
        "kind = 'calls'\nforbid = ['os.system']", Subject(kind="notebook", name="n", notebook=other)
    )
    assert verdict.violations == ()
    assert "is written in R" in verdict.unseen[0]
