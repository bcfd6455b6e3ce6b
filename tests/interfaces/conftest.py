"""Views filled with any text, and what must not come out of drawing them."""

from __future__ import annotations

import typing
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from jupyter_coimprove.testing.hostile import HOSTILE, every_view, fill


@pytest.fixture(scope="session")
def fill_view() -> Callable[..., Any]:
    return fill


@pytest.fixture(params=every_view(), ids=lambda cls: cls.__name__)
def view_class(request: pytest.FixtureRequest) -> type:
    return typing.cast(type, request.param)


@pytest.fixture(params=range(len(HOSTILE)))
def hostile(request: pytest.FixtureRequest) -> str:
    return HOSTILE[request.param]


class Reader(HTMLParser):
    """Tags, attributes and text of a fragment, as a browser's parser would take them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.values: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += " " + data

    def handle_comment(self, data: str) -> None:
        self.tags.add("!--")

    def handle_decl(self, decl: str) -> None:
        self.tags.add("!")

    def handle_pi(self, data: str) -> None:
        self.tags.add("?")


@pytest.fixture(scope="session")
def read_html() -> Callable[[str], Reader]:
    def read(fragment: str) -> Reader:
        reader = Reader()
        reader.feed(fragment)
        reader.close()
        return reader

    return read
