"""`systems` on notebooks that are really run: the verdict, the lock, costs, and speed-ups that hold."""

from __future__ import annotations

import json

import pytest

from jupyter_coimprove.errors import DecisionError, NotebookError, UsageError
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import deciding
from jupyter_coimprove.workbench.systems import systems

#: Rows of real data worked through one by one, so often that it is most of what the notebook takes (a second).
WINE = (
    "import pandas as pd\nfrom sklearn.datasets import load_wine\ndf = load_wine(as_frame=True).frame",
    "total = 0.0\nfor _ in range(400):\n    for i, row in df.iterrows():\n        total += row['alcohol'] * row['hue']\nprint(round(total, 6))",
    "names = [str(n) for n in range(12)]\nprint(len(names), 'of', df.shape)",
)


def part(view, title):
    return next(one for one in view.sections if one.title == title)


def saved(path, *texts):
    """Give the code cells these printed outputs, as they were saved."""
    node = json.loads(path.read_text())
    for count, (cell, text) in enumerate(zip(node["cells"], texts, strict=True), start=1):
        cell["execution_count"] = count
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}] if text else []
    path.write_text(json.dumps(node))
    return path


def test_without_running_it_reads_order_state_and_environment(bench, write, tmp_path):
    path = write(
        "import numpy as np\nprint(missing)", "x = np.random.rand()", "open('/srv/nobody/there/x.csv')"
    )
    before = path.read_bytes()
    view = systems(bench, notebook=str(path), lock=str(tmp_path / "lock.txt"))
    lines = "\n".join(part(view, "hidden state and order").lines)
    assert "hidden state: cell 1 reads `missing`, which no cell defines" in lines
    assert "unseeded: cell 2 draws by numpy.random.rand" in lines
    assert "absolute path: cell 3 names '/srv/nobody/there/x.csv'; it is not on this machine" in lines
    assert view.exit_code == 0
    assert path.read_bytes() == before
    import numpy

    lock = (tmp_path / "lock.txt").read_text()
    assert f"numpy=={numpy.__version__}" in lock
    assert str(tmp_path) not in lock
    assert any("--rerun" in one for one in view.unseen)


def test_a_lock_tells_drift_and_no_other_file_is_written_over(bench, write, tmp_path):
    path, lock = write("import numpy"), tmp_path / "lock.txt"
    systems(bench, notebook=str(path), lock=str(lock))
    import re

    lock.write_text(re.sub(r"^numpy==.*$", "numpy==1.0", lock.read_text(), flags=re.MULTILINE))
    view = systems(bench, notebook=str(path), lock=str(lock))
    assert ("lock.txt", "numpy", "1.0") in [row[:3] for row in part(view, "environment").rows]
    other = tmp_path / "notes.txt"
    other.write_text("mine")
    with pytest.raises(UsageError, match="not a lock of ours"):
        systems(bench, notebook=str(path), lock=str(other))
    assert other.read_text() == "mine"


def test_a_rerun_compares_every_cell_and_brings_a_card_for_each_cause(bench, write):
    path = saved(
        write("import random, time\nt = time.time()", "print(1 + 1)", "print(random.random())", "print('took', time.time() - t)"),
        "", "2\n", "0.25\n", "took 0.1\n",
    )  # fmt: skip
    before = path.read_bytes()
    view = systems(bench, notebook=str(path), rerun=True)
    assert view.exit_code == 4
    table = part(view, "reproducibility")
    assert dict(table.facts)["verdict"] == "not reproducible"
    assert [row[1] for row in table.rows] == ["equal", "equal", "differs", "equal"]
    assert "unseeded: random.random in cell 3" in table.rows[2][2]
    assert [card.title for card in view.cards] == ["cell 3 does not give its output again: unseeded"]
    mending = part(view, "what would mend it")
    assert '+__import__("random").seed(0)' in mending.code.splitlines()
    assert "random.random draws without a seed" in mending.lines[0]
    cost = part(view, "cost by cell")
    assert [row[0] for row in cost.rows] == [1, 2, 3, 4]
    assert all(row[1] is not None and row[3] is not None for row in cost.rows)
    assert path.read_bytes() == before
    fixed = write(
        "import random, time\nrandom.seed(0)\nt = time.time()",
        "print(1 + 1)",
        "print(random.random())",
        "print('took', time.time() - t)",
    )
    saved(fixed, "", "2\n", "0.8444218515250481\n", "took 0.1\n")
    again = systems(bench, notebook=str(fixed), rerun=True)
    assert (again.exit_code, again.cards) == (0, ())
    assert again.summary.startswith("reproducible")


def test_costs_and_drift_come_from_recorded_runs(bench, ended, train):
    view = systems(bench, notebook=str(train))
    cost = part(view, "cost by cell")
    assert "recorded runs of the baseline" in cost.lines[0]
    assert {row[0] for row in cost.rows} <= {1, 2, 3, 4}
    assert len(cost.rows) == 4
    assert f"no drift against {ended}" in part(view, "environment").lines


def test_only_a_person_has_it_run(bench, train):
    bench.actor = TOOL
    for asked in ({"rerun": True}, {"speed": True}, {"lock": "x.txt"}):
        with pytest.raises(DecisionError):
            systems(bench, notebook=str(train), **asked)


@pytest.mark.parametrize("asked", [{"seconds": 0.0}, {"pairs": 0}, {"pairs": 99}])
def test_what_cannot_be_is_refused_before_anything_runs(bench, train, asked):
    with pytest.raises(UsageError):
        systems(bench, notebook=str(train), rerun=True, **asked)


def test_a_notebook_in_another_language_is_not_read_as_python(bench, train):
    node = json.loads(train.read_text())
    node["metadata"] = {
        "kernelspec": {"name": "ir", "language": "R", "display_name": "R"},
        "language_info": {"name": "R"},
    }
    train.write_text(json.dumps(node))
    view = systems(bench, notebook=str(train))
    assert "is in R" in view.summary
    with pytest.raises(UsageError, match="in R"):
        systems(bench, notebook=str(train), speed=True)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_speed_up_is_offered_with_its_ratio_and_accepted_gives_the_same(bench, write):
    path = write(*WINE)
    view = systems(bench, notebook=str(path), speed=True, pairs=2)
    (card,) = [one for one in view.cards if one.kind == "speed-up"]
    assert card.data["rule"] == "iterrows"
    assert card.data["ratio"] >= 1.2
    (proposal,) = bench.record().find("proposal")
    assert "all outputs and written files are equal in 2 of 2 pairs" in proposal.data["expected"]
    assert proposal.actor["kind"] == "tool"
    deciding.accept(bench, id=proposal.id)
    assert 'df.to_dict("records")' in path.read_text().replace("\\", "")
    assert [row[-1] for row in part(view, "speed-ups").rows] == [f"offered: {proposal.id}"]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_change_that_is_not_equal_is_never_offered(bench, write):
    """Rows of mixed numbers: iterrows makes whole numbers floats, a dictionary does not, and it shows."""
    path = write(
        "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2] * 400, 'b': [0.5, 1.5] * 400})",
        "for i, row in df.iterrows():\n    last = row['a']\nprint(last)",
    )
    view = systems(bench, notebook=str(path), speed=True, pairs=1)
    assert view.cards == ()
    (row,) = part(view, "speed-ups").rows
    assert "not equal: cell 2" in row[-1]
    assert bench.record().find("proposal") == []


@pytest.mark.slow
def test_what_fails_cannot_be_made_faster(bench, write):
    path = write(
        "import pandas as pd\ndf = pd.DataFrame({'a': [1]})",
        "for i, row in df.iterrows():\n    row['a'] / 0\n1 / 0",
    )
    with pytest.raises(NotebookError, match="division by zero"):
        systems(bench, notebook=str(path), speed=True)


def test_defaults_that_have_changed_since_the_versions_that_a_notebook_names_are_told(bench, write):
    path = write("# ran with scikit-learn 0.21\nfrom sklearn.svm import SVC", "model = SVC(C=3)")
    (row,) = part(systems(bench, notebook=str(path)), "defaults that have changed").rows
    assert row == (2, "SVC", 'gamma="auto"', "scikit-learn 0.22")
