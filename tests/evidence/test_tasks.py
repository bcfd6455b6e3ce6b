"""Tables of several tasks: each stands; from ten on an interquartile mean beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.evidence.compare import compare
from jupyter_coimprove.evidence.comparing_tasks import over_tasks
from jupyter_coimprove.evidence.tables import read_table
from jupyter_coimprove.evidence.tasks import interquartile_difference, interquartile_mean

RNG = np.random.default_rng(21)


def table(folder: Path, tasks: int, blocks: int = 5, *, lack: bool = False) -> Path:
    lines = ["dataset,seed,model,score"]
    for task in range(tasks):
        level = RNG.normal(0.5, 0.1)
        for seed in range(blocks):
            shared = RNG.normal(0, 0.02)
            lines.append(f"d{task},{seed},base,{level + shared:.6f}")
            if not (lack and task == seed == 0):
                lines.append(f"d{task},{seed},new,{level + shared + 0.05 + RNG.normal(0, 0.005):.6f}")
    path = folder / "runs.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def told(path: Path):
    read = read_table(path, task="dataset", treatment="model", response="score")
    return over_tasks(read, "base", lambda part: compare(part, baseline="base"))


def test_a_few_tasks_stand_each_by_itself(tmp_path):
    found = told(table(tmp_path, 3))
    assert [effect.arm for effect in found.evidence.effects] == ["new, d0", "new, d1", "new, d2"]
    assert {effect.n for effect in found.evidence.effects} == {5}
    assert found.summaries == ()
    assert any("under 10 tasks" in note for note in found.evidence.notes)


def test_many_tasks_have_an_interquartile_mean_beside_them(tmp_path):
    found = told(table(tmp_path, 12))
    assert len(found.evidence.effects) == 12
    ((name, summary),) = found.summaries
    assert (name, summary.tasks) == ("new", 12)
    assert summary.low < summary.estimate < summary.high
    assert summary.estimate == pytest.approx(0.05, abs=0.02)
    assert any("decide nothing" in note for note in found.evidence.notes)


def test_tasks_that_lack_a_run_are_not_summarised_and_it_is_said(tmp_path):
    found = told(table(tmp_path, 12, lack=True))
    assert found.summaries == ()
    assert any("not summarised" in note for note in found.evidence.notes)


def test_the_interquartile_mean_cuts_a_quarter_at_each_end():
    scores = RNG.normal(0, 1, 40)
    assert interquartile_mean(scores) == pytest.approx(stats.trim_mean(scores, 0.25))
    same = RNG.normal(0, 1, (10, 5))
    made = interquartile_difference(same, same + 0.3, 0.05)
    assert (made.estimate, made.low, made.high) == pytest.approx((0.3, 0.3, 0.3))


def test_a_task_that_cannot_be_compared_is_named(tmp_path):
    path = table(tmp_path, 2)
    with path.open("a", encoding="utf-8") as file:
        file.write("alone,0,base,0.5\n")
    with pytest.raises(UsageError, match="task alone"):
        told(path)
    with pytest.raises(UnknownName, match="datset"):
        read_table(path, task="datset", treatment="model", response="score")


def test_unequal_budgets_of_tuning_are_called_confounded(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(
        "seed,model,score,n_trials\n1,base,0.5,10\n2,base,0.6,10\n1,new,0.7,200\n2,new,0.8,200\n",
        encoding="utf-8",
    )
    notes = read_table(path, treatment="model", block="seed", response="score").notes
    assert any("confounded" in note and "n_trials" in note for note in notes)
    equal = path.read_text(encoding="utf-8").replace("200", "10")
    path.write_text(equal, encoding="utf-8")
    assert not any(
        "confounded" in note
        for note in read_table(path, treatment="model", block="seed", response="score").notes
    )
