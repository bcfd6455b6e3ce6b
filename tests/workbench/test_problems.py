"""Problems of a real notebook in every door: the command line, a kernel, and with a model's words over them."""

from __future__ import annotations

import json

import nbformat
import pytest

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text
from jupyter_coimprove.workbench import deciding, problems


@pytest.fixture
def saved(write):
    """A notebook saved with a flat curve, a claim, and references beside it."""
    path = write("train()", ("", "lr = 0.1\nscore = lr"))
    node = nbformat.read(path, as_version=4)
    text = "".join(f"epoch {i} loss: 0.6931\n" for i in range(1, 9))
    node.cells[0].outputs = [nbformat.v4.new_output("stream", text=text)]
    node.cells.append(nbformat.v4.new_markdown_cell("The schedule improves the score by 0.001."))
    nbformat.write(node, path)
    (path.parent / "refs.bib").write_text("@article{flat99, title={Why a loss improves not: flat points}}")
    (path.parent / "broken.bib").write_text("nothing of the kind")
    (path.parent / "paper.pdf").write_bytes(b"%PDF-1.4")
    return path


def test_problems_are_told_as_json_with_references_and_what_was_not_read(saved, capsys) -> None:
    before = saved.read_bytes()
    assert main(["problem", str(saved), "--root", str(saved.parent), "--json"]) == 0
    view = json.loads(capsys.readouterr().out)
    flat, untested = view["cards"]
    assert flat["title"] == "`loss` is flat"
    assert flat["evidence"] == ["`loss` moves by 0 over 8 points, from 0.6931 to 0.6931"]
    assert flat["known"] == ["[flat99] Why a loss improves not: flat points"]
    assert untested["title"].startswith("never varied: lr")
    assert any("broken.bib is no BibTeX" in one for one in view["warnings"])
    assert any("paper.pdf" in one for one in view["unseen"])
    assert any("improves the score" in one or "0.001 in cell 3" in one for one in view["unseen"])
    assert saved.read_bytes() == before


def test_the_persons_own_card_is_theirs_and_stays(bench, saved) -> None:
    view = problems.problem(bench, notebook=str(saved), add="The score ignores rare classes")
    (mine,) = [card for card in view.cards if card.data.get("source") == "own"]
    assert mine.author_kind == "person"
    assert mine in problems.problem(bench, notebook=str(saved)).cards
    assert [card.weight for card in view.cards] == sorted((card.weight for card in view.cards), reverse=True)
    deciding.reject(bench, id=mine.id, reason="done")
    assert mine.id not in {card.id for card in problems.problem(bench, notebook=str(saved)).cards}
    with pytest.raises(UsageError, match="an empty problem"):
        problems.problem(bench, notebook=str(saved), add=" ")
    with pytest.raises(UsageError, match="none was asked for"):
        problems.problem(bench, notebook=str(saved), seconds=3.0)


def test_an_accepted_slice_is_a_problem_until_that_is_undone(bench, saved) -> None:
    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.workbench import cards

    made = Card(
        kind="slice", title="error 60% where size ≥ 90 (5% elsewhere)", key="slice:size", data={"mean": 0.6}
    )
    (row,) = cards.keep(bench, "errors", "train.ipynb", [made])
    deciding.accept(bench, id=row.id)
    (found,) = [
        card for card in problems.problem(bench, notebook=str(saved)).cards if card.title == made.title
    ]
    assert found.used == (row.id,)
    deciding.undo(bench, id=row.id)
    assert made.title not in [card.title for card in problems.problem(bench, notebook=str(saved)).cards]


def test_tagged_cases_that_are_accepted_are_a_problem_and_pending_ones_are_not(bench, saved) -> None:
    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.workbench import cards

    made = [
        Card(kind="tag", title=f"cases tagged {word}: 2", key=f"tag:{word}", evidence=("items 3, 7",), data={"word": word, "items": [3, 7]})
        for word in ("blurred", "cut")
    ]  # fmt: skip
    row, _ = cards.keep(bench, "errors", "train.ipynb", made)
    deciding.accept(bench, id=row.id)
    view = problems.problem(bench, notebook=str(saved))
    (found,) = [card for card in view.cards if "tagged" in card.title]
    assert (found.kind, found.title, found.used) == ("problem", "cases tagged blurred: 2", (row.id,))
    assert found.goal == "cases that are blurred come out right"
    assert {one[0]: one[1] for one in view.sections[0].rows}["tagged cases"] == 1
    again = problems.problem(bench, notebook=str(saved))
    assert [card.id for card in again.cards if "tagged" in card.title] == [found.id]


def test_past_experiments_leave_open_ends(ended, bench) -> None:
    view = problems.problem(bench, notebook=str(bench.root() / "train.ipynb"))
    table = {row[0]: row[1] for row in view.sections[0].rows}
    assert table["untested settings"] == 1
    (card,) = [card for card in view.cards if card.title.startswith("never varied")]
    assert "lr" in card.known[0]
    assert not any(one.startswith("lr =") for one in card.untried)
    assert all(ended in c.used for c in view.cards if c.title.startswith("undecided"))


def test_what_only_says_in_which_form_data_comes_is_no_setting_to_vary(bench, write) -> None:
    source = (
        "lr = 0.1\nfrom sklearn.datasets import load_wine\nfrom sklearn.linear_model import LogisticRegression\n"
        "X, y = load_wine(return_X_y=True)\nscore = LogisticRegression(C=lr, max_iter=5000, verbose=0).fit(X, y).score(X, y)"
    )
    view = problems.problem(bench, notebook=str(write(source)))
    (card,) = [card for card in view.cards if card.title.startswith("never varied")]
    assert [one.partition(" = ")[0] for one in card.untried] == ["lr", "LogisticRegression.max_iter"]


def test_a_model_adds_its_words_over_the_same_facts(bench, saved, monkeypatch) -> None:
    asked = []

    def answers(body) -> Answer:
        asked.append(json.dumps(body))
        return Answer(content=(Text("The flat loss matters most."),))

    with MessagesServer(answers) as service:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
        view = problems.problem(bench, notebook=str(saved), provider="anthropic")
    assert view.words.strip() == "The flat loss matters most."
    assert view.adds == ""
    assert "moves by 0 over 8 points" in asked[0]


@pytest.mark.slow
def test_a_kernel_shows_them_and_a_run_needs_a_line_of_its_own(saved) -> None:
    from kernel_door import Kernel, error_of

    kernel = Kernel(saved.parent)
    try:
        assert kernel.run("%load_ext jupyter_coimprove") == []
        (shown,) = kernel.run(f"%coai problem {saved.name}")
        assert "`loss` is flat" in shown["data"]["text/plain"]
        assert "only line" in error_of(kernel.run(f"x = 1\n%coai problem {saved.name} --run"))["evalue"]
        assert (
            "nobody is at the prompt"
            in error_of(kernel.run(f"%coai errors {saved.name}", person=False))["evalue"]
        )
    finally:
        kernel.end()
