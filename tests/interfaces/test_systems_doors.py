"""`systems` by the command line, in a kernel, and with a scripted model: the same facts by each door."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kernel_door import Kernel, error_of
from small_notebooks import lab_notebook

from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text

#: Real data; one draw without a seed, so that the second cell cannot give its output again.
CELLS = (
    ("", "from sklearn.datasets import load_wine\nimport numpy as np\nX, y = load_wine(return_X_y=True)"),
    ("", "rows = np.random.permutation(len(X))\nprint(f'alcohol {X[rows[:50], 0].mean():.6f}')"),
    ("", "print(X.shape, 'rows and columns')"),
)  # fmt: skip


@pytest.fixture
def wine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / ".jupyter-data"))
    path = tmp_path / "wine.ipynb"
    node = json.loads(lab_notebook(CELLS))
    for count, (cell, text) in enumerate(
        zip(node["cells"], ("", "alcohol 12.9876\n", "(178, 13) rows and columns\n"), strict=True), start=1
    ):
        cell["execution_count"] = count
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}] if text else []
    path.write_text(json.dumps(node))
    return path


@pytest.mark.slow
def test_the_command_line_tells_by_cell_and_ends_with_4(
    wine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = wine.parent / "lock.txt"
    code = main(["systems", str(wine), "--rerun", "--lock", str(lock), "--root", str(wine.parent), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code == 4, told
    sections = {part["title"]: part for part in told["sections"]}
    table = sections["reproducibility"]
    assert ["verdict", "not reproducible"] in table["facts"]
    assert [row[1] for row in table["rows"]] == ["equal", "differs", "equal"]
    assert "unseeded: numpy.random.permutation in cell 2" in table["rows"][1][2]
    assert "scikit-learn==" in lock.read_text()
    assert told["files"] == [str(lock)]
    assert "a model would" in told["adds"]
    assert told["cards"][0]["kind"] == "reproducibility"


def test_a_model_speaks_over_the_same_facts(
    wine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []

    def model(body: object) -> Answer:
        seen.append(json.dumps(body))
        return Answer(content=(Text("Seed the permutation in cell 2."),))

    with MessagesServer(model) as service:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
        assert main(["systems", str(wine), "--root", str(wine.parent), "--json", "-p", "anthropic"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["words"] == "Seed the permutation in cell 2."
    assert told["adds"] == ""
    assert "unseeded: cell 2 draws by numpy.random.permutation" in seen[0]


@pytest.mark.slow
def test_in_a_kernel_it_reads_for_anybody_and_runs_for_a_person(
    wine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(wine.parent)
    kernel = Kernel(wine.parent, COIMPROVE_ROOT=str(wine.parent))
    try:
        assert kernel.run("%load_ext jupyter_coimprove") == []
        (shown,) = kernel.run("x = 1\n%coai systems wine.ipynb", person=False)
        assert "unseeded: cell 2 draws by numpy.random.permutation" in shown["data"]["text/plain"]
        assert (
            "nobody is at the prompt"
            in error_of(kernel.run("%coai systems wine.ipynb --rerun", person=False))["evalue"]
        )
        shown = [
            one for one in kernel.run("%coai systems wine.ipynb --rerun") if one["type"] == "display_data"
        ][-1]
        assert "not reproducible" in shown["data"]["text/plain"]
    finally:
        kernel.end()
