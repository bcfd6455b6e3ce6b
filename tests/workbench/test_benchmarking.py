"""`benchmark`: the validity report of a notebook on real data, what a person says of it, and the cell it proposes."""

from __future__ import annotations

import json

import pytest

from jupyter_coimprove.activities.activity import Card, Study
from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.workbench import benchmarking, cards, deciding, shelf

#: Real data with twelve rows of the test part planted a second time.
WINE = (
    "import numpy as np\nfrom sklearn.datasets import load_wine\nfrom sklearn.linear_model import LogisticRegression\n"
    "from sklearn.model_selection import train_test_split\nX, y = load_wine(return_X_y=True)",
    "X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=0)\n"
    "X_test = np.vstack([X_test, X_test[:12]])\ny_test = np.concatenate([y_test, y_test[:12]])",
    "model = LogisticRegression(C=0.001, max_iter=5000).fit(X_train, y_train)\npredicted = model.predict(X_test)",
    "accuracy = (predicted == y_test).mean()\nprint(f'accuracy {accuracy:.4f}')",
)


@pytest.fixture
def wine(write):
    return write(*WINE, name="wine.ipynb")


def test_without_a_run_it_says_what_the_code_and_the_record_tell_and_what_is_missing(bench, wine, capsys):
    assert main(["benchmark", str(wine), "--root", str(wine.parent), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["activity"], told["number"]) == ("benchmark", 2)
    form = next(part for part in told["sections"] if part["title"] == "Desiderata")
    assert ["what a better score is to mean", "not said (--goal TEXT)"] in form["facts"]
    assert any("--run" in one for one in told["unseen"])
    assert told["adds"], "what a model would add is said"


def test_what_a_person_asks_of_it_is_kept_and_what_must_be_is_added_to(bench, wine):
    benchmarking.benchmark(
        bench, notebook=str(wine), goal="fewer wrong wines", matters=0.02, must=["every vineyard"]
    )
    view = benchmarking.benchmark(bench, notebook=str(wine), must=["no blends"], matters=0.03)
    form = dict(next(part for part in view.sections if part.title == "Desiderata").facts)
    assert form["what a better score is to mean"] == "fewer wrong wines"
    assert form["the smallest difference that matters"] == "0.03"
    assert form["what it must not do without"] == "every vineyard; no blends"


def test_what_has_become_of_the_last_looks_reasons_is_said(bench, wine):
    """A benchmark is refined after results: what is gone, what is another, and what is new."""
    name = shelf.notebook_name(bench.root(wine), wine)

    def doubt(key: str, title: str) -> Card:
        return Card(kind="validity", title=title, key=key)

    first = [
        doubt("copies", "12 items are copies"),
        doubt("noise", "it cannot show 0.01"),
        doubt("stable", "no order"),
    ]
    assert benchmarking._since(bench, name, Study(headline="", cards=tuple(first)), run=True) == ()
    cards.keep(bench, "benchmark", name, first)
    (same,) = benchmarking._since(bench, name, Study(headline="", cards=tuple(first)), run=True)
    assert (same.lines, same.rows) == (("nothing has changed",), ())
    now = Study(
        headline="",
        cards=(doubt("noise", "it cannot show 0.005"), doubt("stable", "no order"), doubt("few", "too few")),
    )
    (since,) = benchmarking._since(bench, name, now, run=True)
    assert since.rows == (
        ("no longer found", "12 items are copies"),
        ("another now", "it cannot show 0.01; now it cannot show 0.005"),
        ("new", "too few"),
    )
    (unlooked,) = benchmarking._since(bench, name, now, run=False)
    assert [row[0] for row in unlooked.rows] == ["another now", "new"]


@pytest.mark.slow
def test_a_run_finds_the_planted_copies_and_proposes_the_cell_that_states_it(bench, wine):
    before = wine.read_bytes()
    view = benchmarking.benchmark(bench, notebook=str(wine), run=True, matters=0.01)
    (copies,) = [card for card in view.cards if card.title == "12 test items are copies"]
    assert copies.data["rows"] == list(range(72, 84))
    floor = next(part for part in view.sections if part.title == "Floor")
    assert floor.rows[0][0] == "the largest class"
    assert 0.3 < floor.rows[0][1] < floor.rows[2][1] < 1
    assert any(
        card.title.startswith("84 test items are too few for a difference of 0.01") for card in view.cards
    )
    proposals = [row for row in deciding.review(bench).items if row.kind == "proposal"]
    assert len(proposals) == 1
    assert wine.read_bytes() == before, "nothing is written before a person said so"
    deciding.accept(bench, id=proposals[0].id)
    last = json.loads(wine.read_text())["cells"][-1]
    assert "largest class" in "".join(last["source"])
    again = benchmarking.benchmark(bench, notebook=str(wine), run=True)
    assert not [row for row in deciding.review(bench).items if row.kind == "proposal"], "it is stated already"
    assert "12 test items are copies" in render(again)


def test_what_the_newest_experiment_tells_apart_is_read_from_the_record(ended, bench, train):
    view = benchmarking.benchmark(bench, notebook=str(train))
    part = next(part for part in view.sections if part.title == "Tells systems apart")
    assert part.lines[0].startswith(f"{ended} decided")
    assert any("Kendall's W" in line for line in part.lines)
    assert {row[0] for row in part.rows} == {"baseline", "lr=0.3", "unused=4"}


def test_what_cannot_be_is_refused_with_a_remedy(bench, write, wine):
    from jupyter_coimprove.registry import TOOL

    with pytest.raises(UsageError, match="does not matter"):
        benchmarking.benchmark(bench, notebook=str(wine), matters=-1.0)
    with pytest.raises(UsageError, match="names the items of a run"):
        benchmarking.benchmark(bench, notebook=str(wine), truth="y_test")
    with pytest.raises(UsageError, match=r"nothing that empty\.ipynb measures is found"):
        benchmarking.benchmark(bench, notebook=str(write("x = 'a'", name="empty.ipynb")))
    with pytest.raises(UsageError, match="is said in words"):
        benchmarking.benchmark(bench, notebook=str(wine), goal="  ")
    bench.actor = TOOL
    with pytest.raises(DecisionError):
        benchmarking.benchmark(bench, notebook=str(wine), goal="more")


def test_metrics_written_by_hand_are_tried_beside_their_definitions(bench, write) -> None:
    path = write(
        "import numpy as np",
        'def recall(truth, guess):\n    """Recall."""\n    return np.sum((truth == 1) & (guess == 1)) / np.sum(guess == 1)',
        'def mae(truth, guess):\n    """Mean absolute error."""\n    return np.mean(np.abs(truth - guess))',
        "score = recall(np.array([1, 0, 1]), np.array([1, 1, 1]))\nprint('recall', score)",
    )
    before = path.read_bytes()
    view = benchmarking.benchmark(bench, notebook=str(path), response="score", metrics=True)
    told = {part.title: part for part in view.sections}
    assert [row[0] for row in told["Metrics written by hand"].rows] == ["recall", "mae"]
    assert told["Metrics written by hand"].rows[1][3].startswith("that, on ")
    (card,) = [card for card in view.cards if card.kind == "metric"]
    assert card.title == "recall does not compute the recall that it says"
    assert "+    return np.sum((truth == 1) & (guess == 1)) / np.sum(truth == 1)" in card.data["diff"]
    assert path.read_bytes() == before
    plain = benchmarking.benchmark(bench, notebook=str(path), response="score")
    assert "Metrics written by hand" not in {part.title for part in plain.sections}
