"""What the built-in collaborator reaches on claims and on notebooks that have to come out again."""

from __future__ import annotations

import pytest

from jupyter_coimprove.bench import detecting
from jupyter_coimprove.bench.arms import Rules
from jupyter_coimprove.bench.asking import ask, marks_of
from jupyter_coimprove.bench.families.claim_check import CLAIM_CHECK
from jupyter_coimprove.bench.families.make_reproducible import MAKE_REPRODUCIBLE
from jupyter_coimprove.bench.family import Family, Mark, samples
from jupyter_coimprove.bench.rules import Instruments
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.workbench.cell_running import Executor


def marks(family: Family, draws: int, execute: Executor) -> list[Mark]:
    arm = Rules(Instruments(transform=python_source, execute=execute, playbook={}))
    return marks_of(ask(arm, [(family, sample) for sample in samples(family, draws)], execute))[family.name]


@pytest.mark.parametrize(
    ("family", "draws"),
    [(CLAIM_CHECK, 60), pytest.param(MAKE_REPRODUCIBLE, 20, marks=pytest.mark.slow)],
    ids=["claim-check", "make-reproducible"],
)
def test_most_that_is_flawed_is_found_by_its_kind_and_hardly_a_sound_one_is_accused(
    family: Family, draws: int, execute: Executor
) -> None:
    found = marks(family, draws, execute)
    _, false = detecting.rates(found)
    assert detecting.youden_kinds(found) >= 0.6
    assert false <= 0.05
    fixed = [mark.fixed for mark in found if mark.fixed is not None and mark.value]
    assert not fixed or sum(fixed) >= 0.7 * len(fixed)
