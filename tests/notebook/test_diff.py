"""A diff shows everything that would change, also what hides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.notebook.diff import unified, visible


def test_the_lines_that_change_are_shown_with_three_lines_around() -> None:
    old = "\n".join(f"line {i}" for i in range(20))
    diff = unified(old, old.replace("line 10", "line ten"), name="cell 3")
    assert diff.startswith("--- a/cell 3\n+++ b/cell 3\n@@ -8,7 +8,7 @@\n")
    assert "-line 10\n+line ten\n" in diff
    assert "line 6" not in diff


def test_equal_sources_have_no_diff() -> None:
    assert unified("x", "x", name="n") == ""


def test_bidirectional_and_control_characters_are_escaped() -> None:
    diff = unified("a", "if admin:\u202e # ok\u2066\x1b[2K\x00", name="evil\u202e")
    assert "\\u202e # ok\\u2066\\x1b[2K\\x00" in diff
    assert "\u202e" not in diff


@given(st.text(), st.text(), st.text(max_size=5))
def test_nothing_hidden_gets_through(old: str, new: str, name: str) -> None:
    diff = unified(old, new, name=name)
    assert not any(
        c in diff for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200f\x1b\r\x00\ud800"
    )


def test_letters_of_every_script_stay() -> None:
    assert visible("größe = 'שלום 中文 🎉'\t") == "größe = 'שלום 中文 🎉'\t"
