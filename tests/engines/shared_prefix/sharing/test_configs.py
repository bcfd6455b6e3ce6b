"""Configurations at the top of a notebook: cells are shared where the keys that they read do not vary."""

from __future__ import annotations

import pytest

from jupyter_coimprove.engines.shared_prefix.sharing import Variant, share
from jupyter_coimprove.kernelspace.transform import python_source

DATACLASS = "from dataclasses import dataclass\n@dataclass{}\nclass Config:\n    lr: float = {}\n    epochs: int = 3\n"

#: Idiom -> the cell that makes it, what reads another key, what reads the key that varies.
IDIOMS = {
    "dict": ("cfg = {'lr': <>, 'epochs': 3}", "cfg['epochs']", "cfg['lr']"),
    "call of dict": ("cfg = dict(lr=<>, epochs=3)", "cfg['epochs']", "cfg['lr']"),
    "dict of dicts": ("cfg = {'optim': {'lr': <>}, 'epochs': 3}", "cfg['epochs']", "cfg['optim']['lr']"),
    "another key of an inner dict": (
        "cfg = {'optim': {'lr': <>, 'epochs': 3}}", "cfg['optim']['epochs']", "cfg['optim']['lr']",
    ),
    "key by key": ("cfg = {}\ncfg['lr'] = <>\ncfg['epochs'] = 3", "cfg['epochs']", "cfg['lr']"),
    "get with a default": ("cfg = {'lr': <>, 'epochs': 3}", "cfg.get('epochs', 1)", "cfg.get('lr')"),
    "inner dict by another name": (
        "cfg = {'optim': {'lr': <>, 'epochs': 3}}\noptim = cfg['optim']", "optim['epochs']", "optim['lr']",
    ),
    "dict by another name": ("cfg = {'lr': <>, 'epochs': 3}\nc = cfg", "c['epochs']", "c['lr']"),
    "class": ("class CFG:\n    lr = <>\n    epochs = 3", "CFG.epochs", "CFG.lr"),
    "class with methods": (
        "class CFG:\n    lr = <>\n    epochs = 3\n    def show(self):\n        return self.lr", "CFG.epochs", "CFG().show()",
    ),
    "class in a class": ("class CFG:\n    class optim:\n        lr = <>\n        epochs = 3", "CFG.optim.epochs", "CFG.optim.lr"),
    "instance of a class": ("class CFG:\n    lr = <>\n    epochs = 3\ncfg = CFG()", "cfg.epochs", "cfg.lr"),
    "SimpleNamespace": ("import types\ncfg = types.SimpleNamespace(lr=<>, epochs=3)", "cfg.epochs", "cfg.lr"),
    "Namespace of argparse": (
        "from argparse import Namespace\nargs = Namespace(lr=<>, epochs=3)", "args.epochs", "args.lr",
    ),
    "namespace of a dict": (
        "from types import SimpleNamespace\ncfg = SimpleNamespace(**{'lr': <>, 'epochs': 3})", "cfg.epochs", "cfg.lr",
    ),
    "namespace, attribute by attribute": (
        "from types import SimpleNamespace\ncfg = SimpleNamespace()\ncfg.lr = <>\ncfg.epochs = 3", "cfg.epochs", "cfg.lr",
    ),
    "dataclass": (DATACLASS.format("", "<>") + "cfg = Config()", "cfg.epochs", "cfg.lr"),
    "frozen dataclass": (DATACLASS.format("(frozen=True)", "<>") + "cfg = Config()", "cfg.epochs", "cfg.lr"),
    "dataclass given its values": (DATACLASS.format("", "0.5") + "cfg = Config(lr=<>)", "cfg.epochs", "cfg.lr"),
    "getattr of a namespace": (
        "from types import SimpleNamespace\ncfg = SimpleNamespace(lr=<>, epochs=3)", "getattr(cfg, 'epochs')", "getattr(cfg, 'lr')",
    ),
    "constants": ("LR = <>\nEPOCHS = 3", "EPOCHS", "LR"),
    "names at once": ("lr, epochs = <>, 3", "epochs", "lr"),
    "in a function": ("cfg = {'lr': <>, 'epochs': 3}\ndef epochs():\n    return cfg['epochs']", "epochs()", "cfg['lr']"),
    "given to a function": (
        "cfg = {'lr': <>, 'epochs': 3}\ndef epochs(c):\n    return c['epochs']", "epochs(cfg)", "cfg['lr']",
    ),
    "given to a constructor": (
        "cfg = {'lr': <>, 'epochs': 3}\nclass Model:\n    def __init__(self, c):\n        self.n = c['epochs']",
        "Model(cfg)", "cfg['lr']",
    ),
}  # fmt: skip


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
