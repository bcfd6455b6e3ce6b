"""Nothing that a notebook says commands a terminal or a page, in any view."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.interfaces.display import safe
from jupyter_coimprove.interfaces.display.html import render_html
from jupyter_coimprove.interfaces.display.tags import ATTRIBUTES, TAGS, tag, text
from jupyter_coimprove.interfaces.display.text import render

any_text = st.text(st.characters(exclude_categories=()), max_size=80)


def dangerous(shown: str) -> list[str]:
    return [
        c
        for c in shown
        if c != "\n" and (unicodedata.category(c) in ("Cc", "Cs") or c in "\u202e\u2066\u200b\u2028")
    ]


def test_every_view_is_drawn_as_text_without_control_characters(
    view_class: type, hostile: str, fill_view: Callable[..., Any]
) -> None:
    assert dangerous(render(fill_view(view_class, hostile))) == []


def test_every_view_is_drawn_as_html_from_plain_tags_alone(
    view_class: type, hostile: str, fill_view: Callable[..., Any], read_html: Callable[[str], Any]
) -> None:
    page = read_html(render_html(fill_view(view_class, hostile)))
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES
    assert not any("evil" in value for value in page.values)
    assert dangerous(page.text) == []


def test_every_view_is_drawn_when_its_numbers_are_missing(
    view_class: type, fill_view: Callable[..., Any]
) -> None:
    view = fill_view(view_class, "word", number=None)
    assert "word" in render(view)
    assert "word" in render_html(view)


@given(any_text)
def test_text_on_a_screen_has_no_controls_and_loses_no_letters(raw: str) -> None:
    shown = safe.block(raw)
    assert dangerous(shown) == []
    assert [c for c in raw if c.isalnum()] == [c for c in shown if c.isalnum()] or "<U+" in shown


@given(any_text)
def test_markup_gives_back_the_text_it_was_made_of(raw: str) -> None:
    import html

    assert html.unescape(text(raw)) == safe.block(raw)


def test_a_tag_or_attribute_that_is_not_plain_is_refused() -> None:
    with pytest.raises(ValueError, match="script"):
        tag("script", "alert(1)")
    with pytest.raises(ValueError, match="onclick"):
        tag("p", "x", onclick="alert(1)")


def test_a_hostile_attribute_value_stays_in_its_attribute(
    hostile: str, read_html: Callable[[str], Any]
) -> None:
    page = read_html(tag("p", "x", title=hostile))
    assert page.tags == {"p"}
    assert page.attributes == {"title"}
