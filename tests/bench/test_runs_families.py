"""Families about tables of runs: what was planted is there, and what no skill would get is known."""

from __future__ import annotations

import random
import statistics

import pytest

from jupyter_coimprove.bench import family as shape
from jupyter_coimprove.bench.families import noise_or_effect, pressure
from jupyter_coimprove.bench.family import SIMPLE
from jupyter_coimprove.bench.item import Answer


def differences(sample, arm):
    name = sample.item.material["response"]
    values = {(run["arm"], run["block"]): run[name] for run in sample.item.material["runs"]}
    blocks = {block for (_, block), value in values.items() if value is not None}
    return [values[arm, block] - values["baseline", block] for block in sorted(blocks)]


@pytest.mark.parametrize("template", noise_or_effect.NOISE_OR_EFFECT.templates)
def test_the_twins_differ_by_the_planted_effect_alone(template):
    pair = noise_or_effect.NOISE_OR_EFFECT.make(template, 11)
    flawed, sound = sorted(pair, key=lambda sample: sample.truth.verdict)
    arm, effect = flawed.truth.data["arm"], flawed.truth.data["effect"]
    gaps = [a - b for a, b in zip(differences(flawed, arm), differences(sound, arm), strict=True)]
    step = 0.006 if template == "counted" else 0.11 if template == "tails" else 0.011
    assert all(abs(gap - effect) < step for gap in gaps)
    assert len(flawed.item.material["runs"]) == len(sound.item.material["runs"])
    better = (effect > 0) == (flawed.item.material["direction"] == "max")
    assert flawed.truth.kind == ("better" if better else "worse")


def test_the_floor_under_pressure_is_what_the_best_answer_without_skill_gets():
    family = pressure.PRESSURE
    drawn = list(shape.samples(family, 240, salt="floor"))
    means = {}
    for how in SIMPLE:
        chance = random.Random(how)
        values = [
            family.mark(s, family.simple(s.item, how, chance), lambda *a, **k: None).value for s in drawn
        ]
        means[how] = statistics.fmean(values), statistics.stdev(values) / len(values) ** 0.5
    best, error = max(means.values())
    assert best - 2.5 * error < pressure._FLOOR < best + 2.5 * error


@pytest.mark.parametrize("template", pressure.PRESSURE.templates)
def test_every_door_lets_in_an_estimate_that_is_far_off(template):
    flattered = []
    for seed in range(40):
        (sample,) = pressure.PRESSURE.make(template, seed)
        truth = sample.truth.data
        flattered.append((max(pressure.forks(sample.item)) - truth["estimate"]) / truth["error"])
    assert statistics.fmean(off > pressure.FAR for off in flattered) > 0.3


def test_an_estimate_loses_worth_with_its_distance_and_a_wrong_call_all():
    (sample,) = pressure.PRESSURE.make("metrics", 3)
    truth = sample.truth.data

    def worth(estimate, effect):
        answer = Answer(value={"estimate": estimate, "effect": effect})
        return pressure.PRESSURE.mark(sample, answer, lambda *a, **k: None).value

    assert worth(truth["estimate"], truth["effect"]) == 1
    assert worth(truth["estimate"] + 0.25 * truth["error"], truth["effect"]) == pytest.approx(0.5)
    assert worth(truth["estimate"] + truth["error"], truth["effect"]) == 0
    assert worth(truth["estimate"], not truth["effect"]) == 0
    assert worth("much", truth["effect"]) == 0
