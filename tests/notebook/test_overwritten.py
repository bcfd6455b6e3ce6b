"""Settings that a later cell overwrites are no factors; the value that counts is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Reading
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.reading import read_candidates

Read = Callable[..., Reading]
RAN = "def brew(o):\n    return ferment(o.heat, o.malt, o.mash.minutes, o.mash.sugar)\n"
TEXT = 'SETUP = """\nmash:\n  minutes: 90\n  sugar: 0.3\n"""\noven = yaml.safe_load(SETUP)\n'


def labels(reading: Reading) -> dict[str, str]:
    """Source of a value -> its label."""
    return {c.source: c.label for c in reading.candidates if c.operator == "set"}


@pytest.mark.parametrize(
    ("cells", "old", "new"),
    [
        ([TEXT, 'oven["mash"]["minutes"] = 45'], "90", "45"),
        ([TEXT + "print(oven)", "oven['mash'].update(minutes=45)"], "90", "45"),
        (["p = argparse.ArgumentParser()\np.add_argument('--heat', type=float, default=0.7)\np.add_argument('--malt', type=int, default=5)\noven = p.parse_args([])", "oven.heat = 0.2"], "0.7", "0.2"),
        (["@dataclass\nclass Brew:\n    heat: float = 0.7\n    malt: int = 5", "oven = Brew()", "oven = replace(oven, heat=0.2)"], "0.7", "0.2"),
        (["class Brew:\n    heat = 0.7\n    malt = 5", "oven = Brew()\noven.heat = 0.2"], "0.7", "0.2"),
        (["oven = {'heat': 0.7, 'malt': 5}", "oven = {**oven, 'heat': 0.2}"], "0.7", "0.2"),
        (["oven = {'heat': 0.7, 'malt': 5}", "oven['malt'] = 9\noven |= {}\noven['heat'] = 0.2"], "0.7", "0.2"),
        (["oven = dict(heat=0.7, malt=5)", "setattr(oven, 'heat', 0.2)"], "0.7", "0.2"),
    ],
)  # fmt: skip
def test_what_is_overwritten_before_it_is_read_says_so_and_ranks_low(
    reading: Read, cells: list[str], old: str, new: str
) -> None:
    reads = reading(RAN, *cells, "test_score = brew(oven)\nprint(test_score)")
    found = labels(reads)
    assert found[old] == f"overwritten in cell {len(cells) + 1}", found
    order = [c.source for c in reads.candidates if c.operator == "set"]
    if new in order:
        assert not found[new].startswith("overwritten")
        assert order.index(new) < order.index(old)


@pytest.mark.parametrize(
    "between",
    ["brew(oven)", "early = oven['heat'] * 2", "first = brew(oven)", "def later():\n    return oven['heat']\nlater()"],
)  # fmt: skip
def test_what_is_read_before_it_is_overwritten_counts(reading: Read, between: str) -> None:
    reads = reading(RAN, "oven = {'heat': 0.7}", between, "oven['heat'] = 0.2\nscore = brew(oven)")
    assert not labels(reads)["0.7"].startswith("overwritten")


def test_a_value_that_is_made_from_the_former_one_has_read_it(reading: Read) -> None:
    reads = reading(RAN, "oven = {'heat': 0.7}", "oven['heat'] = oven['heat'] / 2\nscore = brew(oven)")
    assert not labels(reads)["0.7"].startswith("overwritten")


def test_a_value_in_a_file_that_a_cell_overwrites_is_no_factor(notebook: Callable[..., Notebook]) -> None:
    made = notebook(
        RAN, "with open('kettle.yaml') as f:\n    oven = yaml.safe_load(f)", "oven['mash']['minutes'] = 45", "score = brew(oven)"
    )  # fmt: skip
    made = replace(made, beside={"kettle.yaml": "mash:\n  minutes: 90\n  sugar: 0.3\n"})
    found = labels(read_candidates(made, python_source))
    assert found["90"] == "overwritten in cell 3"
    assert not found["0.3"].startswith("overwritten")
