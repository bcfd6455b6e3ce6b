"""Flawed notebooks and their sound twins: the flaw moves the number, and only the right patch brings it back."""

from __future__ import annotations

import math

import pytest

from jupyter_coimprove.bench import family as shape
from jupyter_coimprove.bench.families.flaw_pairs import FLAW_PAIRS, KINDS, LEAKAGE, kinds_and_texts, restored
from jupyter_coimprove.bench.item import Answer, Patch, sources


def pair(template, seed):
    one, two = FLAW_PAIRS.make(template, seed)
    return (one, two) if one.truth.verdict == "flawed" else (two, one)


def test_every_kind_has_two_templates_and_leakage_is_half_of_the_kinds():
    kinds = [kind for kind, _ in kinds_and_texts().values()]
    assert set(kinds) == set(KINDS)
    assert min(map(kinds.count, KINDS)) >= 2
    assert set(LEAKAGE) < set(KINDS)


@pytest.mark.parametrize("template", FLAW_PAIRS.templates)
def test_twins_have_the_same_cells_but_the_planted_ones_and_the_same_imports(template):
    for seed in range(5):
        flawed, sound = (sources(sample.item) for sample in pair(template, seed))
        assert len(flawed) == len(sound)
        planted = pair(template, seed)[0].truth.cells
        assert {i + 2 for i in range(len(flawed)) if flawed[i] != sound[i]} == set(planted)
        # Near enough in length that only reading tells them apart.
        assert abs(len("".join(flawed)) - len("".join(sound))) < 70
        assert [line for line in "\n".join(flawed).splitlines() if "import" in line] == [
            line for line in "\n".join(sound).splitlines() if "import" in line
        ]


@pytest.mark.slow
@pytest.mark.parametrize("template", FLAW_PAIRS.templates)
def test_the_flaw_moves_the_number_and_both_notebooks_run(template, execute):
    moved = 0
    for seed in (1, 2, 4):
        values = []
        for sample in pair(template, seed):
            ran = execute(sources(sample.item), ("result",))
            assert not ran.error, (ran.error, sources(sample.item))
            values.append(ran.values["result"])
        assert all(map(math.isfinite, values))
        moved += values[0] != values[1]
    # A choice on the test rows is now and then the one that other rows would have made.
    assert moved >= (1 if kinds_and_texts()[template][0] == "tuned" else 3), template


def test_a_patch_is_right_only_when_the_number_is_the_sound_one(execute):
    flawed, sound = pair("what the scaler sees", 3)
    (at,) = flawed.truth.cells
    clean, own = flawed.truth.data["clean"][at - 2], sources(flawed.item)[at - 2]
    same = Patch(cell=at, source=clean)
    assert restored(flawed, (same,), execute)
    # Another way to the same number is as good.
    assert restored(flawed, (Patch(cell=at, source="before = 1\n" + clean),), execute)
    assert not restored(flawed, (Patch(cell=at, source=clean + "\nraise ValueError"),), execute)
    nothing = Patch(cell=at, source=own + "\n# as it was")
    assert not restored(flawed, (nothing,), execute)
    said = FLAW_PAIRS.mark(flawed, Answer(verdict="flawed", kind="preprocessing", patch=(nothing,)), execute)
    assert (said.value, said.kind_right, said.fixed) == (1, True, False)
    assert FLAW_PAIRS.mark(sound, Answer(verdict="flawed", patch=(same,)), execute).fixed is None


def test_what_is_planted_stands_nowhere_in_an_item():
    for sample in shape.samples(FLAW_PAIRS, 28):
        assert "flawed" not in str(sample.item.notebook)
        assert not any(sample.item.template == kind for kind in KINDS)
