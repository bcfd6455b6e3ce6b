"""Numbers are read from a kernel's namespace without a trace, and never by an unknown repr."""

from __future__ import annotations

import collections
import decimal
import fractions
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from jupyter_coimprove.kernelspace import probe
from jupyter_coimprove.runs.run import Value


class Hostile:
    """Whatever is asked of it, it answers badly."""

    def __repr__(self) -> str:
        raise AssertionError("nobody may ask for this")

    __str__ = __repr__


class Loaded(Exception):
    def __str__(self) -> str:
        raise AssertionError("no text")


def ask(ns: dict[str, Any], expr: str, shape: str = "number") -> Value:
    """As a kernel does it: evaluated in the person's namespace, formatted, parsed here."""
    shell = InteractiveShell.instance()
    shell.reset(new_session=False)
    shell.user_ns.update(ns)
    before = set(shell.user_ns)
    reply = shell.user_expressions({"coimprove": probe.expression([(expr, shape)])})["coimprove"]
    assert set(shell.user_ns) == before
    answer = probe.parse_reply(reply)
    return Value.from_dict(answer["values"][0])


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0), (0.1, 0.1), (True, 1.0), (np.float32(0.5), 0.5), (np.int64(-2), -2.0), (np.bool_(True), 1.0),
        (np.array(2.5), 2.5), (decimal.Decimal("0.25"), 0.25), (fractions.Fraction(1, 4), 0.25),
        (pd.Series([1, 2]).mean(), 1.5),
    ],
)  # fmt: skip
def test_numbers_of_every_make_are_numbers(value: Any, number: float) -> None:
    assert ask({"x": value}, "x") == Value.of(number)


@pytest.mark.torch
def test_a_tensor_with_one_number_is_a_number() -> None:
    import torch

    assert ask({"x": torch.tensor(1.5, requires_grad=True)}, "x") == Value.of(1.5)
    assert ask({"x": torch.arange(3.0)}, "x", "series").series == (0.0, 1.0, 2.0)
    assert ask({"x": torch.ones(2, 3)}, "x").text == "Tensor of shape (2, 3), not one number"


@pytest.mark.parametrize(
    ("value", "kind"), [(math.nan, "nan"), (math.inf, "inf"), (np.float64("-inf"), "-inf"), (np.nan, "nan")]
)
def test_what_is_no_finite_number_is_a_kind(value: float, kind: str) -> None:
    assert ask({"x": value}, "x") == Value(kind=kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.9", "'0.9'"), ([1, 2], "list of 2 items"), (None, "None"), (np.ones((2, 3)), "ndarray of shape (2, 3)"),
        (Hostile(), "object of type Hostile"), ("x" * 10_000, None), (2 + 1j, "(2+1j)"), (b"1", "object of type bytes"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_described(value: Any, text: str | None) -> None:
    found = ask({"x": value}, "x")
    assert found.kind == "text"
    assert len(found.text) <= 200
    assert text is None or found.text == f"{text}, not one number"


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        ("nowhere", "NameError: name 'nowhere' is not defined"), ("1 / 0", "ZeroDivisionError: division by zero"),
        ("x y", "SyntaxError"), ("bad()", "Loaded"), ("int('9' * 9999)", "ValueError"), ("10 ** 400", "OverflowError"),
        ("exit_now()", "SystemExit"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_missing_with_the_reason(expr: str, text: str) -> None:
    def bad() -> None:
        raise Loaded

    def exit_now() -> None:
        raise SystemExit

    found = ask({"x": 1, "bad": bad, "exit_now": exit_now}, expr)
    assert found.kind == "missing"
    assert found.text.startswith(text)


@pytest.mark.parametrize(
    "value",
    [
        [1, 2.5], (1, 2.5), np.array([1, 2.5]), pd.Series([1, 2.5], index=["a", "b"]), collections.deque([1, 2.5]),
        [np.float32(1), np.array(2.5)], {"a": 1, "b": 2.5}.values(),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_sequences_are_series(value: Any) -> None:
    assert ask({"x": value}, "x", "series") == Value(kind="series", series=(1.0, 2.5))


def test_gaps_in_a_series_are_none_and_too_long_ones_are_refused() -> None:
    assert ask({"x": [1, None, math.nan, math.inf]}, "x", "series").series == (1.0, None, None, None)
    assert ask({"x": range(100_001)}, "x", "series").text == "100001 numbers, more than 100000"
    assert len(ask({"x": np.zeros(100_000)}, "x", "series").series) == 100_000
    assert ask({"x": ["a"]}, "x", "series").kind == "text"
    assert ask({"x": "abc"}, "x", "series").kind == "text"
    assert ask({"x": 4}, "x", "series").series == (4.0,)


def test_names_the_person_defined_are_named_values_first() -> None:
    shell = InteractiveShell()
    shell.run_cell("import os\ndef f(): pass\nclass C: pass\nacc = 1\n_hidden = 2\nopen = 3")
    reply = shell.user_expressions({"coimprove": probe.expression([])})["coimprove"]
    assert probe.parse_reply(reply)["defined"] == ["acc", "f", "C"]


def test_a_namespace_that_shadows_built_ins_is_read_all_the_same() -> None:
    ns = {"float": None, "len": 3, "eval": "x", "exec": 0, "globals": 1, "math": "m", "json": 2}
    assert ask(ns, "len") == Value.of(3)


@given(st.floats())
def test_every_float_survives_exactly(number: float) -> None:
    shell = InteractiveShell.instance()
    shell.user_ns["x"] = number
    answer = probe.parse_reply(
        shell.user_expressions({"coimprove": probe.expression([("x", "number")])})["coimprove"]
    )
    assert Value.from_dict(answer["values"][0]) == Value.of(number)
