"""A result is shipped as a module that was tried against its notebook, and watched from then on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_coimprove.activities.ship import papers
from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.workbench import deciding, monitoring, shelf, shipping

TABLE = "age,group,y\n" + "\n".join(f"{20 + i % 50},{'ab'[i % 2]},{i % 7}" for i in range(200)) + "\n"
READS = (
    ("parameters", "cut = 30\nunused = 1"),
    ("", "import csv\nfrom helpers import double\nrows = list(csv.DictReader(open('data.csv')))"),
    ("", "print(rows[:2])\naside = len(rows)"),
    ("", "score = double(sum(int(r['age']) > cut for r in rows)) / len(rows)\nprint(f'score {score:.3f}')"),
)


@pytest.fixture
def project(write, tmp_path) -> Path:
    (tmp_path / "data.csv").write_text(TABLE)
    (tmp_path / "helpers.py").write_text("def double(x):\n    return 2 * x\n")
    return write(*READS)


def python(folder: Path, *given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *given], cwd=folder, capture_output=True, text=True, check=False)


def test_what_is_shipped_runs_and_tests_itself_anywhere(bench, project, tmp_path):
    view = shipping.ship(bench, source=str(project))
    assert view.exit_code == 0
    assert view.summary == "train.py gives score as the notebook does: equal"
    (card,) = view.cards
    assert (card.kind, card.state, card.cells) == ("module", "pending", (1, 2, 4))
    assert card.data["values"]["module"] == card.data["values"]["notebook"] == pytest.approx(1.56)
    folder = tmp_path / "coimprove" / "ship" / "train"
    assert {path.name for path in folder.iterdir()} == {
        "train.py", "test_train.py", "CARD.md", "inputs.schema.json", "requirements.txt", "ship.json", "code",
    }  # fmt: skip
    assert (folder / "code" / "helpers.py").is_file()
    tested = python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_train.py")
    assert "2 passed" in tested.stdout, tested.stdout + tested.stderr
    said = python(tmp_path.parent, str(folder / "train.py"), "--cut", "60", "--json")
    assert json.loads(said.stdout) == {"score": pytest.approx(0.36)}
    about = (folder / "CARD.md").read_text()
    assert "`data.csv`" in about
    assert "| `cut` | `30` |" in about
    assert "does not depend on: unused" in about
    # A second time it replaces its own files, and no others.
    assert shipping.ship(bench, source=str(project), no_verify=True).exit_code == 0
    (folder / "train.py").write_text("mine\n")
    with pytest.raises(UsageError, match=r"train\.py is there and was not written by this"):
        shipping.ship(bench, source=str(project), no_verify=True)
    assert (folder / "train.py").read_text() == "mine\n"


def test_a_look_runs_and_writes_nothing(bench, project, tmp_path):
    before = sorted(path.name for path in tmp_path.iterdir())
    bench.where = bench.where.__class__(cwd=tmp_path, at_prompt=False)
    view = shipping.ship(bench, source=str(project), dry_run=True)
    assert "def run(cut=30, *, folder=None):" in view.sections[1].code
    assert view.cards == ()
    assert (
        sorted(
            path.name
            for path in tmp_path.iterdir()
            if path.name not in ("coimprove", ".coimprove", ".jupyter-data")
        )
        == before
    )
    assert not (tmp_path / "coimprove" / "ship").exists()


def test_what_does_not_give_the_number_is_not_shipped(bench, write, tmp_path):
    path = write("import time\nscore = time.time_ns() % 10**9 / 7", "print(score)")
    view = shipping.ship(bench, source=str(path), response="score")
    assert view.exit_code == shipping.DIFFERS
    assert view.summary == "not shipped: train.py does not give the notebook's score"
    assert "the notebook itself gives" in view.cards[0].evidence[0]
    assert view.files == ()
    assert not (tmp_path / "coimprove" / "ship").exists()


def test_a_notebook_that_seeds_nothing_is_seeded_as_an_experiment_does(bench, write):
    view = shipping.ship(
        bench, source=str(write("import random\nscore = random.random()", "print(f'score {score}')"))
    )
    assert view.exit_code == 0
    assert any("does not seed random" in line for line in view.warnings)


def test_a_job_is_the_notebook_with_its_parameters(bench, train, tmp_path):
    view = shipping.ship(bench, source=str(train), job=True, no_verify=True)
    folder = tmp_path / "coimprove" / "ship" / "train"
    assert (
        "papermill train.ipynb out/train.ipynb --cwd . -k python3 -p SEED 0 -p lr 0.1 -p use_bias true -p unused 3"
        in (folder / "papermill.sh").read_text()
    )
    told = json.loads((folder / "jupyter-scheduler.json").read_text())
    assert told["parameters"] == {"SEED": 0, "lr": 0.1, "use_bias": True, "unused": 3}
    line = (folder / "crontab.txt").read_text().splitlines()[1]
    assert line.startswith(
        '0 3 * * * cd "${PROJECT:?the folder of the project}" && mkdir -p out && papermill '
    )
    assert view.exit_code == 0


def test_a_percent_sign_does_not_end_the_line_of_a_crontab(tmp_path):
    """There ``%`` is the end of the command; and without a folder nothing runs."""
    text = papers.job("nb", "nb.ipynb", "python3", {"form": "%d %"}, {"form": "'%d %'"})["crontab.txt"]
    line = text.splitlines()[1].removeprefix("0 3 * * * ")
    assert line.count("%") == line.count("\\%") == 2
    command = line.replace("\\%", "%").replace("papermill", "echo")
    done = subprocess.run(
        ["sh", "-c", command],
        env={"PROJECT": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.rstrip().endswith("-p form %d %")
    bare = subprocess.run(
        ["sh", "-c", command], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )
    assert (bare.returncode != 0, bare.stdout) == (True, "")


def test_an_accepted_finding_is_shipped_with_its_treatment_and_its_runs(ended, bench, tmp_path):
    finding = shelf.finding_of(bench.record(), ended)
    with pytest.raises(DecisionError, match="no accepted finding"):
        shipping.ship(bench, source=ended)
    deciding.accept(bench, id=finding.id)
    view = shipping.ship(bench, source=finding.id, arm="lr=0.3")
    assert view.exit_code == 0, view.summary
    (card,) = view.cards
    assert card.used[:2] == (finding.id, ended)
    assert len(card.used) == 4
    assert card.data["parameters"]["lr"] == "0.3"
    assert card.data["values"]["recorded"] == card.data["values"]["module"]
    folder = tmp_path / "coimprove" / "ship" / "train"
    assert finding.id in (folder / "CARD.md").read_text()
    golden = (folder / "test_train.py").read_text()
    assert repr(card.data["values"]["recorded"]) in golden
    # New metrics are held against the runs; what is outside becomes a problem.
    (tmp_path / "new.json").write_text(json.dumps([{"score": 0.2}]))
    watched = monitoring.monitor(bench, folder=str(folder), metrics=str(tmp_path / "new.json"))
    assert watched.exit_code == monitoring.DRIFTS
    (problem,) = watched.cards
    assert (problem.kind, problem.state) == ("problem", "pending")
    assert {finding.id, ended, card.id} <= set(problem.used)
    assert bench.record().get(problem.id).data["activity"] == "problem"


def test_new_data_are_held_against_the_schema(bench, write, tmp_path):
    pytest.importorskip("pandas")
    (tmp_path / "data.csv").write_text(TABLE)
    path = write("import pandas as pd\ndf = pd.read_csv('data.csv')", "score = df.age.mean()\nprint(score)")
    folder = Path(shipping.ship(bench, source=str(path), no_verify=True).files[0]).parent
    same = monitoring.monitor(bench, folder=str(folder), data=str(tmp_path / "data.csv"))
    assert (same.exit_code, same.cards) == (0, ())
    assert same.summary == "train: nothing has drifted"
    older = tmp_path / "new.csv"
    older.write_text(TABLE.replace("a,", "z,").replace("age", "AGE"))
    with_drift = monitoring.monitor(bench, folder=str(folder), data=str(older))
    assert with_drift.exit_code == monitoring.DRIFTS
    (problem,) = with_drift.cards
    assert any(line.startswith("age: it is not there any more") for line in problem.evidence)
    assert any("z: 100 of 200 rows" in line for line in problem.evidence)
    with pytest.raises(UsageError, match="has no interval"):
        monitoring.monitor(bench, folder=str(folder), metrics=str(older))


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "nothing new is named"), ({"data": "none.csv"}, "holds no shipped module")],
)
def test_bad_input_is_told(given, said, bench, tmp_path):
    with pytest.raises(UsageError, match=said):
        monitoring.monitor(bench, folder=str(tmp_path), **given)


def test_what_was_shipped_is_found_by_its_notebook(bench, project, tmp_path):
    with pytest.raises(UsageError, match=r"train\.ipynb was not shipped") as error:
        monitoring.monitor(bench, folder=str(project), data="data.csv")
    assert "coimprove ship NOTEBOOK" in error.value.remedy
    shipping.ship(bench, source=str(project), name="first", no_verify=True)
    shipping.ship(bench, source=str(project), name="second", no_verify=True)
    manifest = tmp_path / "coimprove" / "ship" / "first" / "ship.json"
    later = (manifest.parents[1] / "second" / "ship.json").stat().st_mtime + 5
    os.utime(manifest, (later, later))
    with pytest.raises(UsageError, match="first has no interval"):
        monitoring.monitor(bench, folder=str(project), metrics="new.json")
