"""Texts that try to take over a terminal or a page, and views filled with them (RELIABILITY, threats)."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any

from jupyter_coimprove.workbench import views

#: What a cell's output, a column's name or a repr may hold.
HOSTILE: tuple[str, ...] = (
    "<script>alert(1)</script>",
    "<img src=http://evil.example/x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href='http://evil.example'>",
    "\"><iframe src='javascript:alert(1)'></iframe>",
    "' onmouseover='alert(1)",
    "<style>@import 'http://evil.example/x.css'</style>",
    "<div style=\"background:url('http://evil.example/x')\" data-commandlinker-command=x>",
    "</code></pre></table><video poster=http://evil.example/x>",
    "[x](javascript:alert(1)) ![x](http://evil.example/x) $\\href{javascript:alert(1)}{x}$",
    "`<img src=http://evil.example/y>` `</code><img src=http://evil.example/z>`",
    "- <img src=http://evil.example/l>\n- <script>alert(2)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x1b[2J\x1b]0;title\x07\x1b[31mred\x9b31m",
    "abc\u202edef\u2066ghi\u200b\ufeff\u2028",
    "lone \ud800 surrogate",
    "bell\x07 back\x08\x08 null\x00 return\rover",
)


def every_view() -> list[type[views.View]]:
    """All classes of answers."""
    found = (cls for _, cls in inspect.getmembers(views, inspect.isclass) if issubclass(cls, views.View))
    return [cls for cls in found if cls is not views.View]


def fill(hint: Any, text: str, *, number: float | None = 0.5) -> Any:
    """A value of that type in which every text is ``text``; ``number`` None leaves out what may be missing."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        made: Any = hint
        return made(**{f.name: fill(hints[f.name], text, number=number) for f in dataclasses.fields(hint)})
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
    real = 0.5 if number is None else number
    simple: dict[Any, Any] = {str: text, bool: True, int: 3, float: real, Any: text}
    return simple[hint]
