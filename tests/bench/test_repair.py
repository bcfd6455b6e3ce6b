"""Notebooks that libraries have moved away from: broken as they are, right when repaired, and not to be had by a constant."""

from __future__ import annotations

import pytest

from jupyter_coimprove.bench.families.repair import REPAIR, same_numbers
from jupyter_coimprove.bench.item import Answer, Patch, sources
from jupyter_coimprove.bench.rules import Instruments, repairing
from jupyter_coimprove.kernelspace.transform import python_source

#: Those that run today and give another number.
SILENT = {
    "a forest as it was grown", "how many starts", "folds nobody counted", "the width of a kernel", "groups without a row",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("template", REPAIR.templates)
def test_the_old_notebook_fails_or_gives_another_number_and_the_repaired_one_runs(template, execute):
    for seed in (1, 2):
        (sample,) = REPAIR.make(template, seed)
        old = execute(sources(sample.item), ("result",))
        new = execute(sample.truth.data["clean"], ("result",))
        assert not new.error, new.error
        assert bool(old.error) == (template not in SILENT), old.error
        if not old.error:
            assert old.values["result"] != new.values["result"]
        other = execute(["SEED = 4711", *sample.truth.data["clean"][1:]], ("result",))
        assert other.values["result"] != new.values["result"]


def test_a_number_that_was_only_written_down_is_no_repair(execute):
    (sample,) = REPAIR.make("which were seen", 5)
    last = len(sources(sample.item)) + 1
    number = execute(sample.truth.data["clean"], ("result",)).values["result"]
    middle = Patch(cell=last - 1, source="seen = spread = 1")
    written = Answer(patch=(middle, Patch(cell=last, source=f"result = {number!r}")))
    assert same_numbers(sample, written, execute).startswith("result is")
    assert "changes the seed" in same_numbers(
        sample, Answer(patch=(Patch(cell=2, source="SEED = 1"),)), execute
    )
    assert same_numbers(sample, Answer(patch=(Patch(cell=last, source="1 / 0"),)), execute).startswith("cell")
    assert same_numbers(sample, Answer(), execute) == "no patch"


def test_another_repair_with_the_same_numbers_is_as_good(execute):
    (sample,) = REPAIR.make("which were seen", 5)
    other = [
        Patch(cell=at, source=source.replace("np.in1d(", "np.isin(").replace("items[seen].ptp()", "items[seen].max() - items[seen].min()"))
        for at, source in enumerate(sources(sample.item), 2)
        if "in1d" in source
    ]  # fmt: skip
    last = [
        Patch(cell=at, source=source.replace("np.product(", "np.prod("))
        for at, source in enumerate(sources(sample.item), 2)
        if "np.product" in source
    ]
    assert not same_numbers(sample, Answer(patch=(*other, *last)), execute)


def test_the_rule_mends_one_error_after_the_other(execute):
    (sample,) = REPAIR.make("which were seen", 9)
    answer = repairing.repair(sample.item, Instruments(transform=python_source, execute=execute, playbook={}))
    assert len(answer.evidence) >= 2
    assert REPAIR.mark(sample, answer, execute).value == 1


def test_the_line_of_an_error_is_told(execute):
    ran = execute(["def f():\n    return 1 / 0\n", "a = 1\nb = f()\n"])
    assert (ran.cell, ran.line) == (2, 2)
    assert execute(["a = 1\nb = = 2"]).line == 2
    assert execute(["a = 1"]).line == 0
