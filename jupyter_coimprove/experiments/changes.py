"""Changes of an arm carried out in the texts they stand in: cells, modules and configurations."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.experiments.code import Transform, blank_magics, parse
from jupyter_coimprove.experiments.levels import literal
from jupyter_coimprove.notebook.candidates import OperatorName
from jupyter_coimprove.notebook.cells import Notebook, Place
from jupyter_coimprove.notebook.operators import Around, Surroundings, carry_out, configs
from jupyter_coimprove.notebook.operators.code import Code

#: A cell by its index, or a file beside the notebook by its path.
Key = int | str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One place that an arm or a block changes. ``text`` is the level as source; empty for other operators."""

    place: Place
    key: Key
    operator: OperatorName
    text: str
    owner: str


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One text before and after."""

    key: Key
    before: str
    after: str


def edits(notebook: Notebook, changes: Sequence[Change], transform: Transform | None) -> tuple[Edit, ...]:
    """One edit a text. Raises PlanError where changes meet, or a text would no longer read."""
    around = _Arounds(notebook, transform)
    texts: dict[Key, list[Change]] = {}
    for change in changes:
        texts.setdefault(change.key, []).append(change)
    out = []
    for key in sorted(texts, key=lambda k: (isinstance(k, str), k if isinstance(k, int) else 0, str(k))):
        old = notebook.cells[key].source if isinstance(key, int) else notebook.beside[key]
        new = _carried(old, texts[key], transform, around)
        python = isinstance(key, int) or configs.language_of(key) is None
        if (
            python
            and parse(old, _plain(key, transform)) is not None
            and parse(new, _plain(key, transform)) is None
        ):
            owners = ", ".join(sorted({c.owner for c in texts[key]}))
            raise PlanError(
                f"{where(key)} no longer parses with {owners} changed", remedy="leave this level out"
            )
        if new != old:
            out.append(Edit(key=key, before=old, after=new))
    return tuple(out)


def where(key: Key) -> str:
    """A text as a person calls it: ``cell 3`` or ``models/net.py``."""
    return f"cell {key + 1}" if isinstance(key, int) else key


def _plain(key: Key, transform: Transform | None) -> Transform:
    """How a text becomes plain Python: files have no magics."""
    return str if isinstance(key, str) else transform or blank_magics


class _Arounds:
    """What surrounds each text, read when an operator first asks."""

    def __init__(self, notebook: Notebook, transform: Transform | None) -> None:
        self.notebook = notebook
        self.transform = transform or blank_magics
        self.found: Surroundings | None = None

    def __call__(self, key: Key) -> Around:
        if self.found is None:
            self.found = Surroundings.of(self.notebook, self.transform)
        return self.found.of_cell(key) if isinstance(key, int) else self.found.of_file(key)


def _carried(
    source: str, changes: Sequence[Change], transform: Transform | None, around: Callable[[Key], Around]
) -> str:
    """All changes of one text, from its end so that earlier offsets hold, the inner of two nested ones first."""
    todo = sorted(_apart(changes), key=lambda c: (-c.place.start, c.place.end))
    ends = {number: change.place.end for number, change in enumerate(todo)}
    for number, change in enumerate(todo):
        start, end = change.place.start, ends[number]
        try:
            edited = _one(source, change, start, end, transform, around)
        except PlanError as error:
            raise PlanError(
                f"{change.owner} ({where(change.key)}): {error.message}", remedy=error.remedy
            ) from error
        for later in range(number + 1, len(todo)):
            if ends[later] >= end:
                ends[later] += len(edited) - len(source)
        source = edited
    return source


def _one(
    source: str, change: Change, start: int, end: int, transform: Transform | None, around: Callable[[Key], Around]
) -> str:  # fmt: skip
    if change.operator != "set":
        plain = _plain(change.key, transform)
        try:
            return carry_out(source, plain(source), start, end, change.operator, around=around(change.key))
        except SyntaxError as error:
            raise PlanError(f"it does not parse ({error})", remedy="leave this factor out") from error
    language = configs.language_of(change.key) if isinstance(change.key, str) else None
    if language is not None:
        return configs.set_value(source, start, end, literal(change.text), language, typed=change.text)
    inside = _in_string(source, start, end, _plain(change.key, transform))
    if inside is not None:
        return _set_in_string(source, start, end, change.text, inside)
    return source[:start] + _fitted(source, start, end, change.text) + source[end:]


def _in_string(source: str, start: int, end: int, plain: Transform) -> tuple[int, int] | None:
    """The body of the string around a stretch that is a part of it; None for code."""
    if not any(quote in source[:start] for quote in "\"'"):
        return None
    try:
        code = Code.read(source, plain(source))
    except (PlanError, SyntaxError):
        return None
    for node in ast.walk(code.tree):
        span = code.span(node)
        if span is None or not (span[0] < start and end < span[1]):
            continue
        if isinstance(node, ast.JoinedStr):
            raise PlanError(
                "it stands in an f-string, which is left as it is", remedy="leave this factor out"
            )
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            token = source[span[0] : span[1]]
            body = token.lstrip("rRbBuU")
            quote = 3 if body[:3] in ('"""', "'''") else 1
            first = span[0] + len(token) - len(body) + quote
            last = span[1] - quote
            if source[first:last].replace("\r\n", "\n") != node.value:
                raise PlanError("it stands in a string with escapes", remedy="leave this factor out")
            return first, last
    return None


def _set_in_string(source: str, start: int, end: int, level: str, inside: tuple[int, int]) -> str:
    first, last = inside
    body = source[first:last]
    language = configs.guess(body)
    if language is None:
        raise PlanError("it stands in a string that is no YAML, JSON or TOML", remedy="leave this factor out")
    new = configs.set_value(body, start - first, end - first, literal(level), language, typed=level)
    if "\\" in new or ((quote := source[last : last + 3]) and quote[0] in new and "\n" not in body):
        raise PlanError("the level cannot be written inside this string", remedy="choose another level")
    if source[last : last + 3] in ('"""', "'''") and source[last : last + 3] in new:
        raise PlanError("the level cannot be written inside this string", remedy="choose another level")
    return source[:first] + new + source[last:]


def _apart(changes: Sequence[Change]) -> list[Change]:
    """Changes without those inside another that takes its inside along; what only passes on keeps it."""
    out: list[Change] = []
    for change in sorted(changes, key=lambda c: (c.place.start, -c.place.end)):
        over = next((c for c in reversed(out) if change.place.start < c.place.end), None)
        if over is None:
            out.append(change)
            continue
        same = change.place == over.place and (change.text, change.operator) != (over.text, over.operator)
        if change.place.end > over.place.end or same:
            raise PlanError(
                f"{over.owner} and {change.owner} overlap in {where(change.key)}",
                remedy="vary one of them",
            )
        if over.operator == "identity" and change.place != over.place:
            out.append(change)
    return out


def _fitted(source: str, start: int, end: int, text: str) -> str:
    """A level in parentheses where its neighbours would otherwise read into it (``-1 ** 2``, ``1.real``)."""
    before, after = source[start - 1 : start], source[end : end + 1]
    following = source[end:].lstrip(" \t")
    glued = (before.isalnum() or before == "_") or (after.isalnum() or after in ("_", "."))
    signed = text.startswith(("-", "+")) and following.startswith(("**", ".", "[", "("))
    return f"({text})" if glued or signed else text


def is_config(place: Place) -> bool:
    """Whether a place is in a configuration file, whose values are written in its own language."""
    return bool(place.file) and configs.language_of(place.file) is not None
