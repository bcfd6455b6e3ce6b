"""What families of notebooks say is planted shows when they are executed, and goes when it is taken out."""

from __future__ import annotations

import pytest

from jupyter_coimprove.bench.families import extract, speed
from jupyter_coimprove.bench.families import make_reproducible as repro
from jupyter_coimprove.bench.families import shift_monitor as shift
from jupyter_coimprove.bench.item import Answer, Patch, sources
from jupyter_coimprove.workbench.cell_running import Executor


@pytest.mark.slow
@pytest.mark.parametrize("template", repro.MAKE_REPRODUCIBLE.templates)
def test_sound_notebooks_come_out_again_flawed_ones_do_not_and_their_patch_mends_them(
    template: str, execute: Executor
) -> None:
    for seed in range(2):
        for sample in repro.MAKE_REPRODUCIBLE.make(template, seed):
            names = (sample.truth.data["name"], sample.truth.data["split"])
            one, other = execute(sources(sample.item), names), execute(sources(sample.item), names)
            again = not one.error and not other.error and one.values == other.values
            assert again == (sample.truth.verdict == "sound"), (seed, sample.truth.kind, one.error)
            if sample.truth.verdict == "flawed":
                mended = repro.MAKE_REPRODUCIBLE.perfect(sample)
                mark = repro.MAKE_REPRODUCIBLE.mark(sample, mended, execute)
                assert mark.fixed, (seed, sample.truth.kind, mark.why)


def test_a_patch_that_leaves_nothing_of_the_notebook_mends_nothing(execute: Executor) -> None:
    flawed = next(s for s in repro.MAKE_REPRODUCIBLE.make("wine-logistic", 2) if s.truth.verdict == "flawed")
    cells = (flawed.item.notebook or {})["cells"]
    emptied = tuple(Patch(cell=n, source="pass") for n in range(1, len(cells)))
    cheat = (*emptied, Patch(cell=len(cells), source=f"{flawed.truth.data['name']} = 0.9"))
    answer = Answer(verdict="flawed", kind=flawed.truth.kind, patch=cheat)
    assert repro.MAKE_REPRODUCIBLE.mark(flawed, answer, execute).fixed is False


def test_each_set_of_cells_draws_afresh(execute: Executor) -> None:
    cells = ["import random\nimport numpy as np", "x = [float(np.random.rand()), random.random()]"]
    assert execute(cells, ("x",)).values != execute(cells, ("x",)).values


@pytest.mark.slow
@pytest.mark.parametrize("template", speed.SPEED.templates)
def test_what_is_called_slow_is_and_what_is_called_fast_gives_the_same(
    template: str, execute: Executor
) -> None:
    (sample,) = speed.SPEED.make(template, 5)
    mark = speed.SPEED.mark(sample, speed.SPEED.perfect(sample), execute)
    assert mark.value == 1.0, mark.why


def test_a_result_that_is_copied_is_not_equal_under_another_seed(execute: Executor) -> None:
    (sample,) = speed.SPEED.make("pairs", 5)
    copied = execute(sources(sample.item), ("result",)).values["result"]
    answer = Answer(
        patch=(Patch(cell=3, source=f"nearest = []\nfor i in range(N):\n    best = None\nresult = {copied}"),)
    )
    assert speed.SPEED.mark(sample, answer, execute).value == 0.0


def test_a_shift_changes_its_column_alone() -> None:
    for template in shift.SHIFT_MONITOR.templates:
        for seed in range(10):
            flawed, sound = sorted(
                shift.SHIFT_MONITOR.make(template, seed), key=lambda s: s.truth.verdict or ""
            )
            changed = [
                n
                for n in sound.item.material["now"]
                if sound.item.material["now"][n] != flawed.item.material["now"][n]
            ]
            assert changed == [flawed.truth.kind]
            assert sound.item.material["shipped"] == flawed.item.material["shipped"]


def test_the_golden_values_of_an_extraction_are_the_notebooks_and_tell_parameters_apart(
    execute: Executor,
) -> None:
    (sample,) = extract.EXTRACT.make("shared-chance", 3)
    ran = extract.expected(sample, execute)
    assert not ran.error
    results = ran.values["results"]
    assert len(set(results)) == extract.GOLDEN
    head, *rest = sources(sample.item)
    given = sample.truth.data["golden"][0]
    alone = execute([*(f"{k} = {v!r}" for k, v in given.items()), *rest], ("score",))
    assert alone.values["score"] == pytest.approx(results[0])
    # The aside draws from the generator that the rest draws from: without it the result is another.
    without = [cell for cell in rest if "preview" not in cell]
    assert execute([head, *without], ("score",)).values != execute([head, *rest], ("score",)).values


@pytest.mark.slow
@pytest.mark.parametrize("template", extract.EXTRACT.templates)
def test_cells_that_are_called_spare_are_and_ballast_costs(template: str, execute: Executor) -> None:
    for seed in range(2):
        (sample,) = extract.EXTRACT.make(template, seed)
        assert not extract.expected(sample, execute).error
        perfect = extract.EXTRACT.perfect(sample)
        assert extract.EXTRACT.mark(sample, perfect, execute).value == 1.0
        if spare := sample.truth.data["spare"]:
            heavy = Answer(
                value=str(perfect.value) + "\n" + "\n".join("# " + c.split("\n")[-1] for c in spare)
            )
            assert extract.EXTRACT.mark(sample, heavy, execute).value == 0.5
