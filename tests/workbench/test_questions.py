"""What goes along with a question holds its answer, or one reading tool brings it; long notebooks go in short."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from notebook_questions import questions
from question_measures import measure

from jupyter_coimprove.proposals.context import arrange, text
from jupyter_coimprove.workbench import knowing, talking
from jupyter_coimprove.workbench.bench import Bench, Where
from jupyter_coimprove.workbench.knowing import brief, seen


def long_notebook(path: Path) -> Path:
    sources = ["import numpy as np\nfrom sklearn.svm import SVC", "rate = 0.03"]
    body = "\n".join(f"    part_{n} = step({n}, 'a text that is long enough to matter')" for n in range(20))
    sources += [f"def fit_{n}(data, rate=0.1):\n    '''Fit it.'''\n{body}" for n in range(12)]
    sources += ["secret_cell = 'hidden'", "plt.figure()\nplt.plot(a)\nplt.title('x' * 30)\nbest = fit_3(a)\nfor x in a:\n    go(x)"]  # fmt: skip
    cells = [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": s} for n, s in enumerate(sources)]  # fmt: skip
    cells[1]["metadata"] = {"tags": ["parameters"]}
    cells[-2]["metadata"] = {"tags": ["coimprove-exclude"]}
    cells.append(
        {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# End\n" + "Many words. " * 60}
    )
    path.write_text(json.dumps({"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}))  # fmt: skip
    return path


def test_a_long_notebook_goes_in_short_but_for_what_is_asked_about(bench: Bench, tmp_path: Path) -> None:
    path = long_notebook(tmp_path / "long.ipynb")
    size = len(path.read_text())
    context, _ = arrange(knowing.blocks(bench, path, "what does fit_7 do?", "c13"), talking.BUDGET)
    rows = {row["cell"]: row for block in context if block.kind == "cells" for row in block.data["cells"]}
    whole = {block.data["cell"]: block.data["source"] for block in context if block.kind == "cell"}
    assert rows[4]["source"].startswith("def fit_1(data, rate=0.1)")
    assert "part_3" not in rows[4]["source"]
    assert rows[16]["source"] == "best = fit_3(a)\nfor x in a: …\n… 3 that draw"
    assert len(rows[17]["markdown"]) <= brief.WORDS
    assert "part_19" in whole[10], "the cell that the question names"
    assert "part_19" in whole[14], "the cell in front"
    assert "part_19" in whole[13], "the code before it"
    assert whole[2] == "rate = 0.03", "parameters are never cut"
    assert "hidden" not in text(context)
    assert len(text(context)) < size / 2.5


def test_a_short_notebook_goes_whole(bench: Bench, train: Path) -> None:
    context, _ = arrange(knowing.blocks(bench, train, "why?"), talking.BUDGET)
    told = {block.data["cell"]: block.data["source"] for block in context if block.kind == "cell"}
    assert told == {cell.index + 1: cell.source for cell in seen.look(train).shown}


@pytest.mark.shared_data
@pytest.mark.parametrize("seed", [1, pytest.param(20261130, marks=[pytest.mark.slow, pytest.mark.private])])
def test_no_question_about_public_notebooks_is_lost(shared_data: Path, tmp_path: Path, seed: int) -> None:
    total: Counter[str] = Counter()
    for path in sorted((shared_data / "notebooks").rglob("*.ipynb")):
        found = measure(path, questions(path, seed, 3), tmp_path, "")
        assert found.pop("lost") == []
        found.pop("kinds")
        total += Counter(found)
    print(dict(total))
    assert total["questions"] >= 60
    assert total["answerable"] >= 0.9 * total["questions"]


def test_without_a_model_no_answer_is_made_up(train: Path, tmp_path: Path) -> None:
    bench = Bench(where=Where(cwd=tmp_path, notebook=train), root_override=tmp_path)
    try:
        for question in questions(train, 1, 6):
            said = talking.ask(bench, text=question.text, provider="builtin")
            assert said.stop in ("needs_model", "complete")
            assert bool(said.commands) == (said.stop == "complete"), "commands, or that it needs a model"
    finally:
        bench.close()
