"""Views filled with any text, and what must not come out of drawing them."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from jupyter_coimprove.workbench import views

VIEWS = [
    cls
    for _, cls in inspect.getmembers(views, inspect.isclass)
    if issubclass(cls, views.View) and cls is not views.View
]

#: What notebooks may hold to take over a terminal or a page (RELIABILITY, threats).
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=http://evil.example/x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='http://evil.example'>",
    "\"><iframe src='javascript:alert(1)'></iframe>",
    "' onmouseover='alert(1)",
    "<style>@import 'http://evil.example/x.css'</style>",
    "<div style=\"background:url('http://evil.example/x')\" data-commandlinker-command=x>",
    "</code></pre></table><video poster=http://evil.example/x>",
    "[x](javascript:alert(1)) ![x](http://evil.example/x) $\\href{javascript:alert(1)}{x}$",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x1b[2J\x1b]0;title\x07\x1b[31mred\x9b31m",
    "abc\u202edef\u2066ghi\u200b\ufeff\u2028",
    "lone \ud800 surrogate",
    "bell\x07 back\x08\x08 null\x00 return\rover",
]


def fill(hint: Any, text: str, *, number: float | None = 0.5) -> Any:
    """A value of that type in which every text is ``text``."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return hint(**{f.name: fill(hints[f.name], text, number=number) for f in dataclasses.fields(hint)})
    if origin is typing.Literal:
        return arguments[0]
    if origin in (types.UnionType, typing.Union):
        inner = next(a for a in arguments if a is not type(None))
        return None if number is None and inner is not str else fill(inner, text, number=number)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return (fill(arguments[0], text, number=number),) * 2
        return tuple(fill(a, text, number=number) for a in arguments)
    if origin in (Mapping, dict):
        return {text: fill(arguments[1], text, number=number)}
    simple: dict[Any, Any] = {
        str: text,
        bool: True,
        int: 3,
        float: 0.5 if number is None else number,
        Any: text,
    }
    return simple[hint]


@pytest.fixture(scope="session")
def fill_view() -> Callable[..., Any]:
    return fill


@pytest.fixture(params=VIEWS, ids=lambda cls: cls.__name__)
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
