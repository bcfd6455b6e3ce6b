"""Problems that are read from saved outputs, prose, the record and references; nothing runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_coimprove.activities.problem import Sight, own, problem
from jupyter_coimprove.activities.problems.claims import claimed
from jupyter_coimprove.activities.problems.curves import Curve, curves, troubled
from jupyter_coimprove.activities.problems.history import Past, noisy, open_ends
from jupyter_coimprove.activities.problems.references import bibtex, cited, prose
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.io import parse
from jupyter_coimprove.workbench.stated import shown


def notebook(*cells: tuple[str, str]) -> Notebook:
    """Cells as (source, what it printed); a source that begins with # is Markdown where nothing was printed."""
    made = []
    for source, printed in cells:
        kind = "markdown" if source.startswith("#") and not printed else "code"
        cell = {"cell_type": kind, "metadata": {}, "source": source, "id": f"c{len(made)}"}
        if kind == "code":
            out = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
            if printed.startswith("!"):
                out = [
                    {"output_type": "error", "ename": "ValueError", "evalue": printed[1:], "traceback": []}
                ]
            cell |= {"outputs": out, "execution_count": 1}
        made.append(cell)
    text = json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    return parse(text.encode(), Path("n.ipynb"))


def log(name: str, values: list[float]) -> str:
    return "".join(f"epoch {i} {name}: {value:.4f}\n" for i, value in enumerate(values, start=1))


def titles(found) -> list[str]:
    return [card.title for card in found]


def test_errors_and_warnings_are_problems_with_their_cells() -> None:
    made = notebook(
        ("f()", "!bad shape"),
        ("g()", "x.py:3: ConvergenceWarning: lbfgs failed to converge\n  warnings.warn"),
    )
    cards = problem(Sight(notebook=made)).cards
    assert titles(cards) == ["cell 1 fails: ValueError", "cell 2 warns: ConvergenceWarning"]
    assert cards[0].next == ("fix n.ipynb --cell 1",)
    assert "lbfgs failed" in cards[1].evidence[0]


@pytest.mark.parametrize(
    ("name", "values", "title"),
    [
        ("loss", [0.693, 0.693, 0.692, 0.693, 0.693, 0.693], "`loss` is flat"),
        ("loss", [1.0, 1.4, 2.2, 5.0, 19.0, 80.0], "`loss` diverges"),
        ("loss", [1.0, 0.8, float("nan"), float("nan"), float("nan")], "`loss` diverges"),
        ("val loss", [1.0, 0.6, 0.5, 0.55, 0.6, 0.7, 0.8], "`val loss` gets worse after its best point"),
        (
            "val accuracy",
            [0.5, 0.8, 0.85, 0.8, 0.78, 0.74, 0.7],
            "`val accuracy` gets worse after its best point",
        ),
    ],
)
def test_a_curve_that_goes_nowhere_or_the_wrong_way_is_a_problem(
    name: str, values: list[float], title: str
) -> None:
    made = notebook(("train()", log(name, values)))
    assert titles(troubled(curves(made))) == [title]


@pytest.mark.parametrize(
    "values", [[1.0, 0.7, 0.5, 0.4, 0.35, 0.33, 0.32], [1.0, 0.5, 0.52, 0.48, 0.5, 0.47, 0.49], [0.9, 0.4]]
)
def test_a_curve_that_falls_is_none(values: list[float]) -> None:
    assert list(troubled(curves(notebook(("train()", log("val loss", values)))))) == []


def test_several_curves_of_a_line_are_told_apart() -> None:
    text = "".join(f"Epoch {i}/6 - loss: {1 / i:.3f} - val_acc: 0.{i}0 - lr: 0.1 - 3s\n" for i in range(1, 7))
    assert {(c.name, len(c.values)) for c in curves(notebook(("t()", text)))} == {("loss", 6), ("val_acc", 6)}


def test_a_score_at_or_below_a_printed_dummy_is_a_problem() -> None:
    made = notebook(("a()", "test accuracy: 0.61\ndummy accuracy: 0.63\ntest f1: 0.70\ndummy f1: 0.10\n"))
    facts = list(shown(made.cells[0].outputs[0]["text"], "a()", 1))
    cards = problem(Sight(notebook=made, facts=facts)).cards
    assert titles(cards) == ["accuracy 0.61 is no better than a dummy's 0.63"]


TEXT = "# Results\nThe scheduler improves accuracy by 0.4 points. Dropout is 2% better. Section 3.2 has 12 figures."


def test_differences_in_prose_are_claims_and_other_numbers_are_not() -> None:
    assert [(c.text, c.cell) for c in claimed(notebook((TEXT, "")))] == [("0.4%", 1), ("2%", 1)]


NOISY = Past(
    id="exp_1", question="does lr matter?", response="accuracy", blocks=5, factors=("lr",), verdicts={"lr=0.3": "undecided", "b": "better"},
    values=(0.90, 0.91, 0.89, 0.905, 0.895), deviations=("one run was repeated",), smallest_effect=0.002, finding="fnd_1",
)  # fmt: skip


def test_a_claim_under_the_noise_says_how_many_blocks_it_needs() -> None:
    from jupyter_coimprove.evidence.noise import noise

    cards = problem(Sight(notebook=notebook((TEXT, "")), past=[NOISY])).cards
    claims = [card for card in cards if card.data["source"] == "claim"]
    ((_, needed),) = noise(NOISY.values, blocks=5, claims=(0.004,)).claims
    assert needed > 5
    assert titles(claims) == [f"the 0.4% in cell 1 needs about {needed} blocks"]
    assert "The scheduler improves accuracy by 0.4 points" in claims[0].evidence[0]
    assert claims[0].used == ("exp_1",)


def test_claims_without_a_measured_spread_are_not_judged_and_that_is_said() -> None:
    study = problem(Sight(notebook=notebook((TEXT, ""))))
    assert study.cards == ()
    assert any(
        "the baseline's spread was never measured; `coimprove noise n.ipynb" in one for one in study.unseen
    )


def test_open_ends_and_noise_come_from_the_record() -> None:
    assert titles(open_ends([NOISY])) == ["undecided: lr=0.3", "exp_1 was not run as registered"]
    (card,) = noisy([NOISY])
    assert card.title == "accuracy is too noisy for 5 blocks"
    assert "0.002" in card.evidence[0]


def test_references_are_read_and_cited_by_key() -> None:
    made = bibtex(
        '@string{x = "y"}\n@article{guo17,\n title = {On {Calibration} of accuracy under noise}, year = 2017}\n@misc{other, title="Frogs"}', "r.bib"
    )  # fmt: skip
    assert [(one.key, one.title) for one in made] == [
        ("guo17", "On Calibration of accuracy under noise"),
        ("other", "Frogs"),
    ]
    assert cited(next(noisy([NOISY])), made).known == ()
    (card,) = (one for one in open_ends([NOISY]) if one.title.startswith("undecided"))
    note = prose(
        "# Schedules\nWhether undecided treatments matter is known from blocks.", "notes/schedules.md"
    )
    assert cited(card, [*made, *note]).known == ("[schedules] Schedules",)


def test_a_list_of_works_in_a_note_is_cited_work_by_work() -> None:
    note = (
        "# Reading\nWhat I have read.\n\n- [@guo17] On calibration\n  of modern networks under noise\n- [@frogs] Frogs in ponds\n"
        "\n[kapoor24]: Leakage and the crisis of reproduction, with undecided treatments\n\n## @nadeau03\nInference for blocks that overlap.\n"
    )
    made = prose(note, "reading.md")
    assert [(one.key, one.title) for one in made] == [
        ("guo17", "On calibration"), ("frogs", "Frogs in ponds"),
        ("kapoor24", "Leakage and the crisis of reproduction, with undecided treatments"),
        ("nadeau03", "Inference for blocks that overlap."), ("reading", "Reading"),
    ]  # fmt: skip
    assert made[0].text == " On calibration of modern networks under noise"
    assert "Frogs" not in made[0].text


@pytest.mark.parametrize(
    "line", ["- [ ] a thing to do", "- [x] a thing done", "[^1]: a footnote", "[paper](https://e.org/x)", "[docs]: https://e.org",
             "see [@guo17] for more", "`[@guo17]`", "[local]: other.md"],
)  # fmt: skip
def test_a_link_a_box_and_a_footnote_are_no_works(line: str) -> None:
    assert [one.key for one in prose(f"# Notes\n\n{line}\n", "notes.md")] == ["notes"]


@pytest.mark.parametrize("text", ["no entry at all", "@article{key, title = {never closed}"])
def test_what_is_no_bibtex_says_why(text: str) -> None:
    with pytest.raises(ValueError, match=r"holds no entry|line 1 is not closed"):
        bibtex(text, "r.bib")


def test_the_persons_own_stand_among_the_others_and_an_empty_notebook_has_none() -> None:
    study = problem(
        Sight(notebook=notebook(("f()", "!bad"), ("1", "")), more=[own("the loss is noisy\nI saw it twice")])
    )
    assert titles(study.cards) == ["cell 1 fails: ValueError", "the loss is noisy"]
    bare = problem(Sight(notebook=notebook(("x = 1", ""))))
    assert bare.headline == "no problems in n.ipynb"
    assert "saved without any" in bare.unseen[0]


def test_a_curve_of_one_value_is_flat_but_names_what_it_is() -> None:
    (card,) = troubled([Curve(name="loss", cell=2, values=(0.0,) * 6)])
    assert card.evidence == ("`loss` moves by 0 over 6 points, from 0 to 0",)
