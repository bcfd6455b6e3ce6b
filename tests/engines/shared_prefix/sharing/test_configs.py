"""Configurations at the top of a notebook: cells are shared where the keys that they read do not vary."""

from __future__ import annotations

import pytest
from config_idioms import DATACLASS, IDIOMS

from jupyter_coimprove.engines.shared_prefix.sharing import Variant, share
from jupyter_coimprove.kernelspace.transform import python_source


def shared(*cells: str) -> int:
    """How many of the cells two variants share; ``<>`` is what they differ in."""
    variants = [Variant(sources=[cell.replace("<>", value) for cell in cells]) for value in ("0.1", "0.25")]
    one, other = share(variants, transform=python_source, settings=True)
    return sum(a.key == b.key for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("idiom", IDIOMS)
def test_a_cell_is_shared_where_the_keys_it_reads_do_not_vary(idiom: str) -> None:
    made, other, read = IDIOMS[idiom]
    assert shared(made, f"n = {other}", "print(n)") == 3
    assert shared(made, f"n = {other}", f"rate = {read}", "print(n)") == 2


WHOLE = [
    "print(cfg)",
    "dict(**cfg)",
    "for k in cfg:\n    pass",
    "len(cfg)",
    "x = [cfg]",
    "cfg['l' + 'r']",
    "cfg.items()",
    "cfg | {}",
    "f(cfg)",
]


@pytest.mark.parametrize("cell", WHOLE)
def test_whoever_reads_all_of_it_depends_on_every_key(cell: str) -> None:
    assert shared("cfg = {'lr': <>, 'epochs': 3}", "n = cfg['epochs']", cell) == 2


NOT_KNOWN = [
    "def f(c):\n    return c['lr']",
    "def f(c):\n    return g(c)",
    "def f(c):\n    kept.append(c)",
    "def f(c, k='lr'):\n    return c[k]",
    "def f(*c):\n    return c[0]['lr']",
    "def f(c):\n    return c['n']\nf = wrap(f)",
    "@wrap\ndef f(c):\n    return c['n']",
    "from numpy import *\ndef f(c):\n    return c['n']",
    "class f:\n    def __init__(self, c):\n        self.n = c['n']\nf.__init__ = other",
    "class f:\n    def __init__(self, c):\n        self.n = c['n']\nsetattr(f, '__init__', other)",
    "class f(Base):\n    def __init__(self, c):\n        self.n = c['n']",
    "class f:\n    class g:\n        def __init__(self, c):\n            self.n = c['n']",
    "from there import f",
    "class f:\n    def __init__(self, c):\n        self.n = c['n']\n    def __new__(cls, c):\n        return c['lr']",
    "class f:\n    def __init__(self, c):\n        self.n = c['n']\n    __init__ = wrap(__init__)",
]


@pytest.mark.parametrize("function", NOT_KNOWN)
def test_what_is_given_to_a_function_that_may_read_all_of_it_depends_on_every_key(function: str) -> None:
    assert shared("cfg = {'lr': <>, 'n': 3}", function, "f(cfg)") == 2


NOT_ONLY_SET = [
    "cfg = {'lr': <>}\nprint(cfg)",
    "lr = <>\nhalf = lr / 2",
    "cfg = {'lr': <>, **{'lr': 7}}",
    "a = b = {'lr': <>}",
    "if True:\n    lr = <>",
    "class CFG:\n    lr = <>\n    half = lr / 2",
    "class CFG(Base):\n    lr = <>",
    "lr = compute(<>)",
    "lr = <>\nglobals()",
    DATACLASS.format("", "<>") + "    def __post_init__(self):\n        self.n = self.lr\ncfg = Config()",
    "x = y * <>",
    "print(<>)",
]


@pytest.mark.parametrize("cell", NOT_ONLY_SET)
def test_a_cell_that_does_more_with_a_value_than_set_it_is_not_shared(cell: str) -> None:
    assert shared("import os", cell, "n = 1") == 1


def test_a_value_that_two_cells_set_is_not_taken_for_one_setting() -> None:
    assert shared("lr = <>", "n = 1", "lr = <>", "print(lr)") == 0


def test_what_is_only_set_is_told_with_the_literal_that_stands_there() -> None:
    variants = [
        Variant(sources=[f"cfg = {{'lr': {v}, 'n': 3}}", "x = cfg['n']"]) for v in ("1e-3", "10 ** -2")
    ]
    found = share(variants, transform=python_source, settings=True)
    assert [dict(cells[0].sets) for cells in found] == [{"cfg['lr']": "1e-3"}, {"cfg['lr']": "10 ** -2"}]
    assert all(not cell.needs for cells in found for cell in cells)
