"""Where a call comes from, and whether a person typed it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.kernelspace import where


def shell(parent: dict[str, Any] | None, **names: Any) -> Any:
    """What ipykernel's shell has of this, with that request under way (None: a terminal)."""
    if parent is None:
        return SimpleNamespace(
            user_ns=names, history_manager=SimpleNamespace(input_hist_raw=["", "%coai version"])
        )
    return SimpleNamespace(user_ns=names, kernel=object(), get_parent=lambda: parent)


def request(code: str, *, stdin: bool = True, kind: str = "execute_request") -> dict[str, Any]:
    return {
        "header": {"msg_type": kind}, "content": {"code": code, "allow_stdin": stdin}, "metadata": {"cellId": "c1"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    ["%coai accept exp_1", "\n  # yes\n%coai  accept   exp_1  \n", "x = %coai accept exp_1", "coai accept exp_1",
     "%coai accept \\\n exp_1"],
)  # fmt: skip
def test_a_cell_with_that_line_alone_is_a_persons(raw: str) -> None:
    assert where.is_lone_line(raw, "accept exp_1")


@pytest.mark.parametrize(
    "raw",
    ["", "decide_all()", "1\n%coai accept exp_1", "%coai accept exp_1\n%coai accept exp_1", "%coai accept exp_2",
     "get_ipython().run_line_magic('coai', 'accept exp_1')", "if 1: %coai accept exp_1", "%coai"],
)  # fmt: skip
def test_any_other_cell_is_code_that_decides(raw: str) -> None:
    assert not where.is_lone_line(raw, "accept exp_1")


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\n\r\\"), max_size=40))
def test_a_line_that_was_not_typed_is_never_taken_for_one(other: str) -> None:
    typed = "%coai " + other
    assert where.is_lone_line(typed, "accept exp_1") == (
        not other.strip().startswith("#")
        and other.split() == ["accept", "exp_1"]
        and len(typed.splitlines()) == 1
    )


def test_a_front_end_that_takes_input_is_a_prompt_and_nbclient_is_none() -> None:
    assert where.at_prompt(shell(request("x")))
    assert not where.at_prompt(shell(request("x", stdin=False)))
    assert not where.at_prompt(shell({}))


def test_a_click_is_a_message_from_the_front_end() -> None:
    assert where.click(shell(request("", kind="comm_msg")))["at_prompt"]
    called = where.click(shell(request("card.accept.click()")))
    assert not called["at_prompt"]
    assert not called["lone_line"]


def test_the_cell_is_the_requests() -> None:
    found = where.place(shell(request("%coai version")), "version")
    assert found["cell_id"] == "c1"
    assert found["lone_line"]


def test_the_notebook_is_the_front_ends_if_it_is_there(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    assert where.notebook(shell(request(""))) is None
    path.write_text("{}")
    assert where.notebook(shell(request(""))) == str(path)
    other = tmp_path / "b.ipynb"
    other.write_text("{}")
    assert where.notebook(shell(request(""), __vsc_ipynb_file__=str(other))) == str(other)


def test_a_terminal_without_a_tty_is_no_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115 (closed below)
    import sys

    assert not where.at_prompt(shell(None))
    assert where.place(shell(None), "version")["lone_line"]
    sys.stdin.close()
