"""Metrics written by hand: the sound ones are the library's, the mutants are not, on golden cases that run."""

from __future__ import annotations

import math

import pytest

from jupyter_coimprove.bench.families.eval_mutants import (
    EVAL_MUTANTS,
    KINDS,
    function_of,
    golden,
    kinds_and_texts,
)
from jupyter_coimprove.bench.item import Answer, Patch, sources


def pair(template, seed):
    one, two = EVAL_MUTANTS.make(template, seed)
    return (one, two) if one.truth.verdict == "flawed" else (two, one)


def test_every_kind_has_a_template():
    assert {kind for kind, _ in kinds_and_texts().values()} == set(KINDS)


@pytest.mark.slow
@pytest.mark.parametrize("template", EVAL_MUTANTS.templates)
def test_a_sound_metric_gives_the_librarys_numbers_and_its_mutant_others(template, execute):
    for seed in (1, 2):
        mutant, sound = pair(template, seed)
        wanted = golden(function_of(sound), sound, execute, "reference")
        assert wanted
        assert golden(function_of(sound), sound, execute) == pytest.approx(wanted, rel=1e-9)
        other = golden(function_of(mutant), mutant, execute)
        assert len(other) == len(wanted)
        assert any(
            not math.isclose(a, b, rel_tol=1e-3, abs_tol=1e-3) for a, b in zip(other, wanted, strict=True)
        )
        values = [execute(sources(sample.item), ("result",)) for sample in (mutant, sound)]
        assert not any(ran.error for ran in values), [ran.error for ran in values]


@pytest.mark.parametrize("template", EVAL_MUTANTS.templates)
def test_twins_differ_in_few_letters_of_one_line(template):
    mutant, sound = pair(template, 5)
    lines = list(zip(function_of(mutant).splitlines(), function_of(sound).splitlines(), strict=True))
    ((one, two),) = [pair for pair in lines if pair[0] != pair[1]]
    assert abs(len(one) - len(two)) <= 14
    assert sources(mutant.item)[2:] == sources(sound.item)[2:]


def test_a_patch_is_right_when_all_golden_cases_are(execute):
    mutant, _ = pair("precision", 3)
    clean = mutant.truth.data["clean"]
    name = clean.partition("def ")[2].partition("(")[0]
    library = f"from sklearn.metrics import precision_score as {name}\nimport numpy as np"

    def fixed(source):
        answer = Answer(verdict="flawed", kind="swapped", patch=(Patch(cell=3, source=source),))
        return EVAL_MUTANTS.mark(mutant, answer, execute).fixed

    assert fixed(clean)
    assert fixed(library)
    assert not fixed(function_of(mutant))
    assert not fixed("import numpy as np")
