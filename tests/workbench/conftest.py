"""A small training notebook, and the whole way on it with real kernels."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_notebooks import lab_notebook
from small_values import SMALL

from jupyter_coimprove.workbench import amending, deciding, planning, running, values
from jupyter_coimprove.workbench.bench import Bench, Where

CELLS = (
    ("parameters", "SEED = 0\nlr = 0.1\nuse_bias = True\nunused = 3"),
    ("", "import random\nrandom.seed(SEED)\nnoise = random.gauss(0, 0.01)"),
    ("", "gain = 0.5 if use_bias else 0.2\nscore = 0.4 + lr * (1 + noise) + gain * 0.1 + noise"),
    ("", "print(f'score {score:.4f}')"),
)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook of these cells into an empty project; its path."""

    def make(*cells: str | tuple[str, str], name: str = "train.ipynb") -> Path:
        path = tmp_path / name
        path.write_text(
            lab_notebook(tuple(("", c) if isinstance(c, str) else c for c in cells)), encoding="utf-8"
        )
        return path

    return make


@pytest.fixture
def train(write: Callable[..., Path]) -> Path:
    """The small training notebook."""
    return write(*CELLS)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A bench in the project's folder, with a key of its own."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    made = Bench(where=Where(cwd=tmp_path), root_override=tmp_path, waits=True)
    yield made
    made.close()


@pytest.fixture(scope="session")
def ended_project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A project whose one experiment has run to its end (two blocks), and the experiment: made once."""
    folder = tmp_path_factory.mktemp("ended")
    (folder / "train.ipynb").write_text(lab_notebook(CELLS), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(folder / ".jupyter-data"))
        made = Bench(where=Where(cwd=folder), root_override=folder, waits=True)
        plan = planning.plan(
            made, notebook=str(folder / "train.ipynb"), factor=["lr=0.3", "unused=4"], response="score",
            direction="max", blocks=2,
        )  # fmt: skip
        running.run(made, experiment=plan.id, workers=2, wait=True)
        made.close()
    return folder, plan.id


@pytest.fixture
def ended(ended_project: tuple[Path, str], tmp_path: Path, train: Path) -> str:
    """That experiment in this test's own copy of the project (ask for it before ``bench`` reads anything)."""
    folder, experiment = ended_project
    shutil.copytree(folder, tmp_path, symlinks=True, dirs_exist_ok=True)
    assert train.is_file()
    return experiment


@pytest.fixture
def put(bench: Bench) -> Callable[..., str]:
    """Write the file, look at it, and accept what it says; the card's id."""

    def written(text: str = SMALL, *, accept: bool = True) -> str:
        path = amending.path(bench)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        card = values.values(bench).cards[0]
        if accept:
            deciding.accept(bench, id=card.id)
        return card.id

    return written
