"""Splits that cannot be believed: what stands on both sides is counted by running each twin."""

from __future__ import annotations

import statistics

import pytest

from jupyter_coimprove.bench.arms import Rules
from jupyter_coimprove.bench.asking import ask, marks_of
from jupyter_coimprove.bench.detecting import rates
from jupyter_coimprove.bench.families.split_audit import SPLIT_AUDIT
from jupyter_coimprove.bench.family import samples
from jupyter_coimprove.bench.item import Sample, sources
from jupyter_coimprove.bench.rules import Instruments, probing
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.workbench.cell_running import Executor


def ran(sample: Sample, execute: Executor) -> tuple[float, float]:
    """How much stands on both sides of the split, and the score."""
    proof = f"_proof = float({sample.truth.data['proof']})"
    told = execute([*sources(sample.item), proof, "_score = float(score)"], ["_proof", "_score"])
    assert not told.error, (sample.item.template, told.error)
    return float(str(told.values["_proof"])), float(str(told.values["_score"]))


@pytest.mark.parametrize("template", SPLIT_AUDIT.templates)
def test_the_flawed_twin_has_on_both_sides_what_the_sound_one_has_not(
    template: str, execute: Executor
) -> None:
    twins = {s.truth.verdict: ran(s, execute)[0] for s in SPLIT_AUDIT.make(template, 4)}
    assert twins["flawed"] > 0
    assert twins["sound"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("template", SPLIT_AUDIT.templates)
def test_the_flawed_twins_score_better_than_they_should(template: str, execute: Executor) -> None:
    gains = []
    for seed in range(6):
        scores = {s.truth.verdict: ran(s, execute)[1] for s in SPLIT_AUDIT.make(template, seed)}
        gains.append(scores["flawed"] - scores["sound"])
    assert statistics.median(gains) > 0


@pytest.mark.parametrize("template", SPLIT_AUDIT.templates)
def test_twins_look_alike(template: str) -> None:
    one, other = (s.item for s in SPLIT_AUDIT.make(template, 9))
    assert one.ask == other.ask
    first, second = ("\n".join(sources(item)) for item in (one, other))
    assert len(sources(one)) == len(sources(other))
    assert first.count("\n") == second.count("\n")
    assert abs(len(first) - len(second)) <= 12
    assert sum(c.isdigit() for c in first) == sum(c.isdigit() for c in second)
    assert "#?" not in first + second


def test_the_cell_that_a_right_answer_names_holds_the_difference() -> None:
    for template in SPLIT_AUDIT.templates:
        one, other = SPLIT_AUDIT.make(template, 2)
        cells = [s.item.notebook["cells"] for s in (one, other) if s.item.notebook]
        differ = {
            n for n, pair in enumerate(zip(*cells, strict=True), 1) if pair[0]["source"] != pair[1]["source"]
        }
        assert differ <= set(one.truth.cells)


@pytest.mark.slow
def test_checks_and_probes_reach_what_they_are_to_reach(execute: Executor) -> None:
    asked = [(SPLIT_AUDIT, s) for s in samples(SPLIT_AUDIT, len(SPLIT_AUDIT.templates))]
    arm = Rules(Instruments(transform=python_source, execute=execute, playbook={}))
    hit, false = rates(marks_of(ask(arm, asked, execute))["split-audit"])
    assert hit - false >= 0.6
    assert false <= 0.05


def test_a_probe_counts_rows_that_no_rule_can_see(execute: Executor) -> None:
    flawed, sound = sorted(
        SPLIT_AUDIT.make("duplicates: pages of a server", 1), key=lambda s: str(s.truth.verdict)
    )
    tools = Instruments(transform=python_source, execute=execute, playbook={})
    assert [f.kind for f in probing.found(flawed.item, tools, shuffles=0)] == ["overlap"]
    assert probing.found(sound.item, tools, shuffles=0) == ()
