"""Values withheld while shared cells run: whoever uses or copies one shows, and all is put back where it was."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_coimprove.engines.shared_prefix.sharing.tripwire import Namespace, Touched

CONFIG = {"cfg": "cfg = {'a': 1, 'lr': 0.1, 'b': 2}", "CFG": "class CFG:\n    a = 1\n    lr = 0.1\n    b = 2"}
ADDRESS = {"cfg": "cfg['lr']", "CFG": "CFG.lr"}


def made(source: str, *addresses: str) -> tuple[dict[str, Any], Namespace]:
    names: dict[str, Any] = {}
    exec(source, names)
    namespace = Namespace(names)
    for address in addresses:
        namespace.withhold(address)
    return names, namespace


def test_a_withheld_name_is_absent_and_comes_back_in_its_place() -> None:
    names, namespace = made("a = 1\nlr = 0.1\nseed = 0\nb = 2", "lr", "seed")
    with pytest.raises(NameError, match="lr"):
        exec("x = lr", names)
    exec("c = 3", names)
    assert not namespace.broken()
    namespace.restore("seed", 7)
    namespace.restore("lr")
    assert [(k, v) for k, v in names.items() if k != "__builtins__"] == [
        ("a", 1), ("lr", 0.1), ("seed", 7), ("b", 2), ("c", 3)
    ]  # fmt: skip


def test_a_withheld_name_that_appears_is_told() -> None:
    names, namespace = made("lr = 0.1", "lr")
    exec("from math import *\nlr = e", names)
    assert namespace.broken() == ["lr"]


@pytest.mark.parametrize("root", CONFIG)
@pytest.mark.parametrize(
    "use",
    [
        "@ * 2", "2 * @", "-@", "bool(@)", "str(@)", 'f"{@}"', "print(@)", "@ == 1", "@ < 1", "{@: 1}", "list(@)",
        "isinstance(@, float)", "@.real", "@[0]", "@()", "hash(@)", "sum([@])", "import copy; copy.copy(@)",
        "import pickle; pickle.dumps(@)", "import json; json.dumps({'k': @})", "round(@)", "range(@)", "x = @\nx += 1",
    ],
)  # fmt: skip
def test_a_use_raises_and_is_told_even_where_it_is_swallowed(root: str, use: str) -> None:
    names, namespace = made(CONFIG[root], ADDRESS[root])
    code = use.replace("@", ADDRESS[root])
    try:
        exec(code, names)
    except (Touched, TypeError):
        pass
    else:
        pytest.fail("nothing was raised")
    assert namespace.broken() == [ADDRESS[root]]


@pytest.mark.parametrize(
    "copy", ["x = @", "x = [@]", "x = dict(cfg)", "x = {**cfg}", "def f(a=@): pass", "cfg2 = cfg.copy()"]
)
def test_a_copy_is_told(copy: str) -> None:
    names, namespace = made(CONFIG["cfg"], ADDRESS["cfg"])
    exec(copy.replace("@", "cfg['lr']"), names)
    assert namespace.broken() == ["cfg['lr']"]


def test_a_value_set_anew_or_taken_out_is_told() -> None:
    for code in ("cfg['lr'] = 3", "cfg.update(lr=3)"):
        names, namespace = made(CONFIG["cfg"], ADDRESS["cfg"])
        exec(code, names)
        assert namespace.broken() == ["cfg['lr']"]


@pytest.mark.parametrize("root", CONFIG)
def test_other_keys_are_read_and_set_as_ever(root: str) -> None:
    names, namespace = made(CONFIG[root], ADDRESS[root])
    other = ADDRESS[root].replace("lr", "a")
    exec(
        f"x = {other}\n{other} = 5\ndef f():\n    return {other}\ny = f()\nfor i in range(3):\n    pass",
        names,
    )
    assert not namespace.broken()
    namespace.restore(ADDRESS[root], 0.25)
    assert eval(ADDRESS[root], names) == 0.25
    holder = names[root]
    keys = list(holder if isinstance(holder, dict) else vars(holder))
    assert [k for k in keys if k in ("a", "lr", "b")] == ["a", "lr", "b"]


def test_the_default_of_a_dataclass_is_put_back_wherever_it_is_kept() -> None:
    source = "from dataclasses import dataclass\n@dataclass{}\nclass Config:\n    a: int = 1\n    lr: float = {}\ncfg = Config()"
    for options in ("", "(frozen=True)", "(kw_only=True)"):
        names, namespace = made(source.format(options, "0.1"), "Config.lr", "cfg.lr")
        assert not namespace.broken()
        namespace.restore("Config.lr", 0.25)
        namespace.restore("cfg.lr", 0.25)
        alone: dict[str, Any] = {}
        exec(source.format(options, "0.25"), alone)
        for text in ("repr(cfg)", "repr(Config())", "Config.lr", "Config.__doc__", "cfg.a", "vars(cfg)"):
            assert eval(text, names) == eval(text, alone)
        assert names["Config"].__dataclass_fields__["lr"].default == 0.25


def test_an_address_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        made("cfg = {}", "cfg['lr']")
    with pytest.raises(KeyError):
        made("a = 1", "cfg['lr']")
