"""Numbers in what a model says: what outputs, variables and runs back is linked, the rest is flagged."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from stated_cases import Case, cases

from jupyter_coimprove.evidence.finding import Reference
from jupyter_coimprove.workbench import stated
from jupyter_coimprove.workbench.knowing import seen

WORLDS = 60


def references(case: Case) -> list[Reference]:
    out = []
    for arm, (estimate, low, high) in case.world.effects.items():
        for quantity, value in (("estimate", estimate), ("low", low), ("high", high)):
            out.append(
                Reference(
                    text="",
                    key=f"effects/{arm}/{quantity}",
                    arm=arm,
                    metric="score",
                    quantity=quantity,
                    value=value,
                )
            )
    return out


def flagged(case: Case, folder: Path) -> tuple[str, ...]:
    read = seen.look(case.world.write(folder / f"{abs(hash(case.world.cells))}.ipynb"))
    found = stated.check(
        case.text, seen=read, live={"variables": list(case.world.variables)}, references=references(case)
    )
    return tuple(text.rstrip(" %") for text in found.unbacked)  # fmt: skip


def rates(seed: int, folder: Path) -> tuple[float, float, Counter[str]]:
    """Share of false statements with a wrong number flagged, of true ones with any flagged, and the misses by kind."""
    hits = alarms = false = true = 0
    missed: Counter[str] = Counter()
    for case in cases(seed, WORLDS):
        found = flagged(case, folder)
        if case.wrong:
            false += 1
            hits += bool(set(found) & set(case.wrong))
            missed[f"missed {case.kind}"] += not set(found) & set(case.wrong)
        else:
            true += 1
            alarms += bool(found)
            missed[f"alarm {case.kind}"] += bool(found)
    print(f"seed {seed}: {hits}/{false} false statements flagged, {alarms}/{true} true ones; {+missed}")
    return hits / false, alarms / true, +missed


@pytest.mark.parametrize("seed", [1, pytest.param(20261129, marks=[pytest.mark.private, pytest.mark.slow])])
def test_true_and_false_twins_are_told_apart(seed: int, tmp_path: Path) -> None:
    found, alarms, missed = rates(seed, tmp_path)
    assert found >= 0.90, missed
    assert alarms <= 0.05, missed
