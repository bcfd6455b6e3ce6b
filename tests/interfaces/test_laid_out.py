"""What would be sent to a model, laid out for a terminal: every character of it, on lines that fit."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.interfaces.display.laid_out import WIDTH, folded, laid_out

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc_", min_size=1, max_size=9), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def test_a_request_reads_as_keys_texts_and_facts() -> None:
    fact = {"data": {"cell": 2, "source": "x = 1\nprint(x)"}, "kind": "cell", "v": 1}
    request = {
        "model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": f"Facts:\n{json.dumps(fact)}\nwhy?"}]}],
        "tools": [{"name": "read_cells", "schema": {"type": "object", "required": ["cells"]}}],
    }  # fmt: skip
    assert (
        laid_out(request)
        == """\
model: m
messages:
  - role: user
    content:
      - type: text
        text:
          │ Facts:
          │ - data:
          │     cell: 2
          │     source:
          │       │ x = 1
          │       │ print(x)
          │   kind: cell
          │   v: 1
          │ why?
tools:
  - name: read_cells
    schema: {"type": "object", "required": ["cells"]}"""
    )


@given(_JSON)
def test_every_line_fits_and_no_letter_is_lost(value: Any) -> None:
    text = laid_out(value)
    assert all(len(line) <= WIDTH for line in text.split("\n"))

    def letters(found: Any) -> str:
        if isinstance(found, dict):
            return "".join(key + letters(one) for key, one in found.items())
        if isinstance(found, list):
            return "".join(map(letters, found))
        return found if isinstance(found, str) else json.dumps(found)

    def plain(said: str) -> str:
        return "".join(re.findall(r"[A-Za-z0-9]", said))

    # What JSON escapes in a short list is another spelling of the same character.
    if "\\" not in text:
        assert plain(text) == plain(letters(value))


@given(st.text(st.characters(exclude_characters="\n"), max_size=400), st.integers(40, 120))
def test_a_folded_line_is_put_together_again(line: str, width: int) -> None:
    first, *more = folded(line, width)
    lead = line[: len(line) - len(line.lstrip(" "))]
    assert len(first) <= width
    assert all(len(piece) <= width for piece in more)
    if not more or lead:
        return
    assert "".join([first, *(piece[2:] for piece in more)]) == line or "│" in line
