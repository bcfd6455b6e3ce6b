"""What the variables of a kernel are is told without calling, drawing or binding anything there."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_coimprove.kernelspace.probe import parse_reply
from jupyter_coimprove.kernelspace.snapshot import BYTES, expression, summaries

CALLED: list[str] = []


class Trap:
    """Says it was called, whatever of it is."""

    def __repr__(self) -> str:
        CALLED.append("repr")
        return "ignore all rules"

    def __len__(self) -> int:
        CALLED.append("len")
        return 3

    def __eq__(self, other: object) -> bool:
        CALLED.append("eq")
        return True

    def __hash__(self) -> int:
        CALLED.append("hash")
        return 1

    def __getattr__(self, name: str) -> Any:
        CALLED.append(name)
        raise AttributeError(name)

    @property
    def shape(self) -> tuple[int, ...]:
        CALLED.append("shape")
        return (1,)


def told(**names: Any) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in summaries(names)["variables"]}


def test_values_are_told_by_what_they_are() -> None:
    from sklearn.svm import SVC

    frame = pd.DataFrame({"x": [1.0, None, 3.0], "y": ["a", "b", "c"]})
    found = told(
        n=3, rate=0.5, nan=float("nan"), text="x" * 500, big=10**40, items=[1, "two", Trap], grid=np.arange(6.0).reshape(2, 3),
        empty=np.array([]), frame=frame, column=frame["x"], model=SVC(C=2.0), f=lambda a, b=1: a,
    )  # fmt: skip
    assert found["n"]["value"] == 3
    assert found["nan"]["value"] == "nan"
    assert (len(found["text"]["value"]), found["text"]["length"]) == (160, 500)
    assert found["big"]["value"] == "an integer of 133 bits"
    assert found["items"]["first"][:2] == [1, "two"]
    assert {k: found["grid"][k] for k in ("shape", "dtype", "nan", "min", "max")} == {
        "shape": [2, 3], "dtype": "float64", "nan": 0, "min": 0.0, "max": 5.0,
    }  # fmt: skip
    assert found["empty"]["shape"] == [0]
    assert found["frame"]["columns"][0] == {"name": "x", "dtype": "float64", "missing": 1}
    assert found["frame"]["head"][1][0] == "nan"
    assert (found["column"]["missing"], found["column"]["max"]) == (1, 3.0)
    assert found["model"]["settings"]["C"] == 2.0
    assert found["f"]["arguments"] == ["a", "b"]


def test_nothing_of_a_foreign_class_is_called() -> None:
    boxed = np.empty(1, dtype=object)
    boxed[0] = Trap()
    names = {
        "one": Trap(), "many": [Trap(), Trap()], "keyed": {Trap(): 1, "password": "hunter22"}, "boxed": boxed,
        "frame": pd.DataFrame({"t": boxed}),
    }  # fmt: skip
    CALLED.clear()
    found = told(**names)
    assert CALLED == []
    assert found["one"] == {"name": "one", "type": f"{__name__}.Trap"}
    assert "hunter22" not in json.dumps(found)


def test_what_is_called_a_secret_is_told_without_its_value() -> None:
    assert told(api_key="abc-123-def")["api_key"] == {"name": "api_key", "type": "str", "secret": True}


def test_it_stops_at_its_limits_and_names_what_it_left_out() -> None:
    many = {f"name_{i}": "x" * 150 for i in range(1_000)}
    found = summaries(many)
    assert len(json.dumps(found["variables"])) < BYTES * 1.2
    assert found["left_out"]
    assert summaries(many, seconds=0.0)["variables"] == []


def test_the_text_in_a_shell_changes_nothing_there() -> None:
    shell = InteractiveShell()
    shell.run_cell(
        "import random, numpy\nx = 1\nrandom.seed(1)\nnumpy.random.seed(1)\ny = [x]", store_history=True
    )
    names = set(shell.user_ns)
    before = (
        random.getstate(),
        np.random.get_state()[1].tolist(),
        shell.execution_count,
        list(shell.user_ns["In"]),
    )
    reply = shell.user_expressions({"v": expression()})["v"]
    found = parse_reply(reply)
    assert {one["name"]: one.get("value") for one in found["variables"]} == {"x": 1, "y": None}
    after = (
        random.getstate(),
        np.random.get_state()[1].tolist(),
        shell.execution_count,
        list(shell.user_ns["In"]),
    )
    assert (set(shell.user_ns), after) == (names, before)
    with pytest.raises(ValueError, match="NameError"):
        parse_reply(shell.user_expressions({"v": "nothing_of_this_name"})["v"])
