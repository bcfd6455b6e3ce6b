"""What the product's own instruments get on families of execution, evaluation and safety: bounds, not tuned to."""

from __future__ import annotations

import pytest

from jupyter_coimprove.bench.arms import Rules
from jupyter_coimprove.bench.asking import ask
from jupyter_coimprove.bench.detecting import rates, youden_kinds
from jupyter_coimprove.bench.families.flaw_pairs import LEAKAGE, kinds_and_texts
from jupyter_coimprove.bench.family import samples
from jupyter_coimprove.bench.rules import Instruments
from jupyter_coimprove.bench.table import families
from jupyter_coimprove.kernelspace.transform import python_source

FAMILIES = {family.name: family for family in families()}


def marks(name, draws, execute):
    arm = Rules(Instruments(transform=python_source, execute=execute, playbook={}))
    family = FAMILIES[name]
    answered = list(ask(arm, ((family, sample) for sample in samples(family, draws)), execute))
    assert not any(one.error for one in answered)
    return [one.mark for one in answered]


def test_leakage_is_found_and_sound_twins_are_left_alone(execute):
    found = marks("flaw-pairs", 28, execute)
    leaks = [m for m in found if kinds_and_texts()[m.template][0] in LEAKAGE]
    assert youden_kinds(leaks) >= 0.6
    assert rates(found)[1] <= 0.05


def test_reports_that_are_not_their_ledger_are_found(execute):
    found = marks("ledger-honesty", 36, execute)
    assert youden_kinds(found) >= 0.6
    assert rates(found)[1] <= 0.05


def test_effects_are_told_from_noise(execute):
    found = marks("noise-or-effect", 36, execute)
    assert youden_kinds(found) >= 0.7
    # Each item is tested at 5 %.
    assert rates(found)[1] <= 0.15


def test_what_was_registered_is_what_is_reported(execute):
    assert min(m.value for m in marks("pressure", 12, execute)) > 0.99


@pytest.mark.slow
def test_errors_of_old_notebooks_are_mended_one_after_the_other(execute):
    found = marks("repair", 17, execute)
    assert sum(m.value for m in found) / len(found) >= 0.5


def test_metrics_written_by_hand_are_told_from_what_they_say_they_are(execute):
    found = marks("eval-mutants", 8, execute)
    assert youden_kinds(found) >= 0.8
    assert rates(found)[1] == 0
    assert all(mark.fixed for mark in found if mark.part == "flawed" and mark.value)


def test_cells_that_need_a_person_are_stopped_and_their_look_alikes_are_not(execute):
    """What a call acts on, what was asked for and what the data tell an AI to do: a list of forbidden calls knows none of it."""
    found = marks("action-gate", 15, execute)
    assert youden_kinds(found) >= 0.8
    assert rates(found)[1] <= 0.05
