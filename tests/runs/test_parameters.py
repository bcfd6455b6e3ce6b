"""Parameters are names and literals, and nothing else reaches the injected cell."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_coimprove.engines.papermill.injection import bind
from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.runs.parameters import INT_RANGE, check_parameters
from jupyter_coimprove.testing.engine_contract import a_work

texts = st.text()
literals = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
names = st.text(min_size=1, max_size=12) | st.from_regex(r"[a-z_]{1,6}", fullmatch=True) | st.sampled_from(
    ["lr", "print", "class", "__name__", "ﬁt", "a=1;b", "lr\n", "ℌ", "lr ", "if", "_x", "é"]
)  # fmt: skip


@given(st.dictionaries(names, literals, max_size=4))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # papermill 2.7 itself: entrypoints
def test_what_is_let_through_is_literal_assignments_of_the_same_values(
    tmp_path: Path, params: dict[str, Any]
) -> None:
    try:
        check_parameters(params, None)
    except UsageError:
        return
    if not params:
        return
    nb, index = bind(a_work(tmp_path, "r", "pass", parameters=params))
    cell = nb.cells[index.index(None)]
    body = ast.parse(cell.source).body
    assert [type(node) for node in body] == [ast.Assign] * len(params)
    found = {}
    for node in body:
        assert isinstance(node, ast.Assign)
        (target,) = node.targets
        assert isinstance(target, ast.Name)
        found[target.id] = ast.literal_eval(node.value)
    assert json.dumps(found) == json.dumps(params)


@pytest.mark.parametrize(
    "name",
    ["lr=1;open('x','w')#", "class", "None", "print", "__doc__", "ﬁt", "", "a b", "1a", "lr\n", "match(1)"],
)
def test_a_name_that_is_not_only_a_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_parameters({name: 1}, {name})
    assert caught.value.remedy


def test_a_misspelled_name_is_refused_and_the_close_one_offered() -> None:
    with pytest.raises(UnknownName) as caught:
        check_parameters({"learning_rte": 1}, ["learning_rate", "epochs"])
    assert "learning_rate" in caught.value.remedy


class Sly(str):
    def __repr__(self) -> str:
        return "open('x', 'w')"


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        float("nan"), float("inf"), 1j, b"x", (1, 2), {1, 2}, Sly("x"), {1: 2}, {"a": Sly("x")}, object(), "\ud800",
        INT_RANGE[1] + 1, deep(20), "x" * 70_000,
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_a_value_that_is_no_plain_json_is_refused(value: Any) -> None:
    with pytest.raises(UsageError):
        check_parameters({"lr": value}, ["lr"])


@pytest.mark.parametrize(
    "value", [True, None, -0.0, 2**64 - 1, deep(19), {"a": [None, {"b": "ü\n\"'"}]}, "True"]
)
def test_plain_values_pass(value: Any) -> None:
    check_parameters({"lr": value}, ["lr"])
