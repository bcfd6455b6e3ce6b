"""Configurations at the top of a notebook, as people write them."""

from __future__ import annotations

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
