"""Configurations as people write them at the top of a notebook, and the ways they are read."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Style:
    """``cell`` makes the configuration, ``@L@`` stands for the value that varies, of key ``lr``.

    ``paths`` is how each key is read, ``whole`` what holds the varied key, ``kind`` item or attr; ``root`` the
    name that it all hangs on; ``more`` are other places the value is kept in.
    """

    name: str
    cell: str
    paths: dict[str, str]
    kind: str
    root: str = "cfg"
    more: tuple[str, ...] = ()
    whole: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.paths["lr"], *self.more)


def _items(root: str = "cfg", **keys: str) -> dict[str, str]:
    return {k: f"{root}{keys.get(k, '')}['{k}']" for k in ("lr", "epochs", "width")}


def _attributes(root: str = "cfg", **keys: str) -> dict[str, str]:
    return {k: f"{root}{keys.get(k, '')}.{k}" for k in ("lr", "epochs", "width")}


DEFAULTS = "from dataclasses import dataclass\n@dataclass\nclass Config:\n    lr: float = @L@\n    epochs: int = 3\n    width: int = 4\n"

STYLES = [
    Style(name="dict", cell="cfg = {'lr': @L@, 'epochs': 3, 'width': 4}", paths=_items(), kind="item"),
    Style(name="dict call", cell="cfg = dict(epochs=3, lr=@L@, width=4)", paths=_items(), kind="item"),
    Style(
        name="nested dict", cell="cfg = {'optim': {'lr': @L@, 'epochs': 3}, 'width': 4}", kind="item",
        paths=_items(lr="['optim']", epochs="['optim']"),
    ),
    Style(name="set one by one", cell="cfg = {}\ncfg['lr'] = @L@\ncfg['epochs'] = 3\ncfg['width'] = 4", paths=_items(), kind="item"),
    Style(name="class", cell="class CFG:\n    lr = @L@\n    epochs = 3\n    width = 4", paths=_attributes("CFG"), kind="attr", root="CFG"),
    Style(
        name="nested class", cell="class CFG:\n    class optim:\n        lr = @L@\n        epochs = 3\n    width = 4",
        paths=_attributes("CFG", lr=".optim", epochs=".optim"), kind="attr", root="CFG",
    ),
    Style(
        name="instance of a class", cell="class CFG:\n    lr = @L@\n    epochs = 3\n    width = 4\ncfg = CFG()",
        paths=_attributes(), kind="attr", more=("CFG.lr",),
    ),
    Style(
        name="SimpleNamespace", cell="from types import SimpleNamespace\ncfg = SimpleNamespace(lr=@L@, epochs=3, width=4)",
        paths=_attributes(), kind="attr",
    ),
    Style(
        name="Namespace", cell="import argparse\nargs = argparse.Namespace(epochs=3, lr=@L@, width=4)",
        paths=_attributes("args"), kind="attr", root="args",
    ),
    Style(
        name="namespace of a dict", cell="from types import SimpleNamespace\ncfg = SimpleNamespace(**{'lr': @L@, 'epochs': 3, 'width': 4})",
        paths=_attributes(), kind="attr",
    ),
    Style(name="dataclass defaults", cell=DEFAULTS + "cfg = Config()", paths=_attributes(), kind="attr", more=("Config.lr",)),
    Style(
        name="dataclass instance", cell=DEFAULTS.replace("@L@", "0.5") + "cfg = Config(lr=@L@, epochs=3)",
        paths=_attributes(), kind="attr",
    ),
    Style(name="names", cell="LR = @L@\nEPOCHS = 3\nWIDTH = 4", paths={"lr": "LR", "epochs": "EPOCHS", "width": "WIDTH"}, kind="name", root="LR"),
    Style(name="names at once", cell="lr, epochs, width = @L@, 3, 4", paths={k: k for k in ("lr", "epochs", "width")}, kind="name", root="lr"),
    Style(name="annotated names", cell="lr: float = @L@\nepochs: int = 3\nwidth: int = 4", paths={k: k for k in ("lr", "epochs", "width")}, kind="name", root="lr"),
]  # fmt: skip

#: Cells that read other keys only: E is ``epochs``, W is ``width``.
OTHER = [
    "$a = @E@ + 1\n---\nprint($a)",
    "def $a():\n    return @E@ * 2\n---\nprint($a())",
    "$a = [@W@ for _ in range(@E@)]\n---\nprint($a)",
    "class $a:\n    def __init__(self):\n        self.w = @W@\n---\n$b = $a()\n---\nprint($b.w)",
    'print(f"{@E@} epochs")\n---\n$a = 1',
    "$a = lambda: @W@ + @E@\n---\nprint($a())",
    "@W@ = 9\n---\nprint(@W@)",
    "if @E@ > 2:\n    $a = @W@\n---\nprint($a)",
]
#: Cells that read the varied key.
READ = [
    "$a = @L@ * 2\n---\nprint($a)",
    "def $a():\n    return @L@ * 2\n---\n$b = 1\n---\nprint($a())",
    "class $a:\n    def run(self):\n        return @L@\n---\n$b = $a()\n---\nprint($b.run())",
    "$a = [@E@, @L@]\n---\nprint($a)",
    "@L@ *= 2\n---\nprint(@L@)",
    "def $a(x=@L@):\n    return x\n---\nprint($a())",
]
#: Cells that read all of it: C is what holds the varied key.
WHOLE_ITEM = [
    "print(@C@)\n---\n$a = 1",
    "$a = @C@\n---\nprint($a['epochs'] if 'epochs' in $a else $a)",
    "def $a(**kw):\n    return sorted(map(str, kw.values()))\n---\nprint($a(**@C@))",
    "for $a in @C@:\n    print($a)",
    "$a = list(@C@.values())\n---\nprint($a)",
    "$a = {**@C@, 'x': 1}\n---\nprint($a)",
    "$a = @C@.copy()\n---\n$a['lr'] = 1\nprint($a)",
    "import json\n$a = json.dumps(@C@)\n---\nprint($a)",
    "def $a(c):\n    return str(c['lr'])\n---\nprint($a(@C@))",
    "def $a(c):\n    return [v for v in c.values()]\n---\n$b = 2\n---\nprint($a(@C@))",
    "$a = 'l' + 'r'\n---\nprint(@C@[$a])",
    "$a = @C@.get\n---\nprint($a('lr'))",
    "$a = @C@ | {'x': 1}\n---\nprint($a)",
    "$a = @C@.pop('lr')\n---\nprint($a)",
    "$a = [@C@]\n---\nprint($a[0]['lr'])",
    "import operator\nprint(operator.itemgetter('lr')(@C@))",
    "print('%(lr)s' % @C@)",
    "print('{lr}'.format_map(@C@))",
    "@C@.update(lr2=@C@['lr'])\n---\nprint(len(@C@))",
    "def $a():\n    return $b(@C@)\n---\n$b = lambda c: c['lr']\n---\nprint($a())",
    "class $a:\n    def __init__(self, c):\n        self.n = str(c)\n---\n$b = $a(@C@)\n---\nprint($b.n)",
    "class $a:\n    def __init__(self, c):\n        self.n = c.get('epochs')\n    def __new__(cls, c):\n        print(c['lr'])\n        return object.__new__(cls)\n---\n$b = $a(@C@)",
    "def $a(c, k='epochs'):\n    return c.get(k)\n---\nprint($a(@C@), $a(@C@, 'lr'))",
    "def $a(c):\n    return c.get('epochs')\n---\nprint($a(@C@))\n---\n$b = $a\ndef $a(c):\n    return c['lr']\n---\nprint($a(@C@), $b(@C@))",
    "def $a(c):\n    def inner():\n        return c['lr']\n    return inner\n---\n$b = $a(@C@)\n---\nprint($b())",
    "$a = @C@\n---\ndef $b():\n    return $a['lr']\n---\nprint($b())",
    "match @C@:\n    case {'lr': $a}:\n        print($a)",
    "print(@C@.get('lr', 3))\n---\n$a = 1",
]
WHOLE_ATTR = [
    "$a = @C@\n---\nprint($a.lr)",
    "print(vars(@C@)['lr'])",
    "$a = 'l' + 'r'\n---\nprint(getattr(@C@, $a))",
    "print(getattr(@C@, 'lr', 3))\n---\n$a = 1",
    "print(@C@.__dict__['lr'])\n---\n$a = 1",
    "def $a(c):\n    return c.lr * 2\n---\nprint($a(@C@))",
    "def $a(c):\n    return vars(c)\n---\n$b = 1\n---\nprint($a(@C@)['lr'])",
    "$a = {'cfg': @C@}\n---\nprint($a['cfg'].lr)",
    "from operator import attrgetter\nprint(attrgetter('lr')(@C@))",
    "def $a(self):\n    return self.lr\n@C@.get = $a\n---\n$b = @C@.get\n---\nprint(@C@.get(@C@))",
    "from copy import copy\n$a = copy(@C@)\n---\nprint($a.lr)",
    "match @C@.lr:\n    case $a:\n        print($a)",
    "print('{0.lr}'.format(@C@))",
    "import pickle\n$a = [v for k, v in sorted(vars(@C@).items()) if not k.startswith('_') and k != 'optim']\n---\nprint(str($a))",
]
#: Fields that work something out of others, read by a harmless name.
DERIVED = [
    "class $a:\n    lr = @L@\n    twice = property(lambda self: self.lr * 2)\n---\n$b = $a()\n---\nprint($b.twice)",
    "class $a:\n    lr = @L@\n    double = lr * 2\n---\nprint($a.double)",
    "class $a:\n    lr = @L@\n    @classmethod\n    def show(cls):\n        return cls.lr\n---\nprint($a.show())",
    "$a = {'lr': @L@}\n$b = $a\n---\nprint($b['lr'])",
    "class $a(dict):\n    def __getitem__(self, k):\n        return super().__getitem__('lr')\n$b = $a(lr=@L@, epochs=3)\n---\nprint($b['epochs'])",
    "class $a:\n    def __init__(self, **kw):\n        self.__dict__.update(kw)\n        self.total = sum(kw.values())\n$b = $a(lr=@L@, epochs=3)\n---\nprint($b.total)",
    "from dataclasses import dataclass\n@dataclass\nclass $a:\n    lr: float = @L@\n    epochs: int = 3\n    def __post_init__(self):\n        self.total = self.lr + 1\n$b = $a()\n---\nprint($b.total)",
    "$a = [@L@, 2]\n---\nprint($a[1])\n---\nprint($a[0])",
    "$a = {'lr': @L@, **{'lr': 7}}\n---\nprint($a['lr'])",
    "$a = $b = {'lr': @L@, 'epochs': 3}\n---\nprint($b)",
    "if True:\n    $a = @L@\n---\n$b = 1\n---\nprint($a)",
    "for $a in range(2):\n    $b = @L@\n---\nprint($b)",
    "$a = @L@\n$b = $a * 2\n---\nprint($b)",
    "$a = @L@\ndef $b():\n    return $a\n$c = $b()\n---\nprint($c)",
    "$a = @L@; print($a)\n---\n$b = 1",
    "def $a(lr=@L@):\n    return lr\n---\nprint($a())",
    "$a = 1\n$a = @L@\n$a = 3\n---\nprint($a)",
    "class $a:\n    lr = @L@\n    def __init_subclass__(cls):\n        print(cls.lr)\n---\nclass $b($a):\n    pass",
    "class $a(type):\n    def __getattribute__(cls, n):\n        return type.__getattribute__(cls, 'lr')\nclass $b(metaclass=$a):\n    lr = @L@\n    epochs = 3\n---\nprint($b.epochs)",
]  # fmt: skip


def cells_of(style: Style, template: str, fresh: Callable[[], str]) -> list[str]:
    holder = style.paths["lr"].removesuffix("['lr']").removesuffix(".lr")
    text = template.replace("@L@", style.paths["lr"]).replace("@E@", style.paths["epochs"])
    text = text.replace("@W@", style.paths["width"]).replace("@C@", style.whole or holder)
    for letter in "abcd":
        if f"${letter}" in text:
            text = text.replace(f"${letter}", fresh())
    return text.split("\n---\n")


def uses(style: Style, rng: random.Random) -> tuple[str, list[str]]:
    """A family and templates of cells over this style."""
    wholes = {"item": WHOLE_ITEM, "attr": WHOLE_ATTR, "name": READ}[style.kind]
    family = rng.choice(["other key", "other key", "varied key", "whole"])
    chosen = {"other key": OTHER, "varied key": READ, "whole": wholes}[family]
    return family, rng.sample(chosen, min(len(chosen), 2))
