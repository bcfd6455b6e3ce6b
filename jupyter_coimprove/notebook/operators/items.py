"""Taking a member out of a display: ``[a, b, c]`` without ``b``, and nothing else touched.

The text is read with a small lexer that knows strings, comments and brackets; the result is
accepted only when Python reads it as the same display without exactly that member.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from jupyter_coimprove.errors import PlanError

_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL
)
_COMMENT = re.compile(r"#[^\n]*")
_MAGIC = re.compile(r"[ \t]*(?:[%!]|[\w, ]+=\s*[%!])[^\n]*")
_PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, kw_only=True)
class Bracket:
    """A pair of brackets, its own commas, and the comments between: offsets into the source."""

    open: int
    close: int
    commas: list[int] = field(default_factory=list)


@dataclass
class _Lexed:
    brackets: list[Bracket]
    comments: list[tuple[int, int]]


def drop(source: str, start: int, end: int) -> str:
    """The source without the member at ``[start, end)`` and the comma that goes with it.

    Raises PlanError when no bracketed display has it as a member.
    """
    lexed = _lex(source)
    bracket, start, end = _display(source, lexed, start, end)
    index = sum(comma < start for comma in bracket.commas)
    before = _members(source, bracket)
    if before is None or index >= len(before[1]):
        raise _not_a_member(source[start:end])
    after_comma = next((c for c in bracket.commas if c >= end), None)
    edited = _cut(source, bracket, start, end, index, after_comma)
    closing = bracket.close - (len(source) - len(edited))
    kind, members = before
    left = _members(edited, Bracket(open=bracket.open, close=closing))
    if kind == "Tuple" and left != (kind, members[:index] + members[index + 1 :]):
        # (a, b) without a would be (b): a tuple of one needs its comma.
        last = _last_code(edited, _lex(edited).comments, bracket.open, closing)
        edited = edited[:last] + "," + edited[last:]
        left = _members(edited, Bracket(open=bracket.open, close=closing + 1))
    if left != (kind, members[:index] + members[index + 1 :]):
        raise PlanError(
            f"{source[start:end]!r} cannot be taken out of its display without changing more",
            remedy="leave this arm out of the plan",
        )
    return edited


def _lex(source: str) -> _Lexed:
    """Brackets, their commas, and comments. Lines of magics at depth 0 are passed over."""
    out = _Lexed([], [])
    stack: list[tuple[str, int, list[int]]] = []
    position, line_start = 0, True
    while position < len(source):
        char = source[position]
        if line_start and not stack and (magic := _MAGIC.match(source, position)):
            position = magic.end()
            continue
        line_start = char == "\n"
        if char == "#":
            found = _COMMENT.match(source, position)
            assert found is not None  # the pattern begins with this character
            out.comments.append(found.span())
            position = found.end()
            continue
        if char in "\"'" and (found := _STRING.match(source, position)):
            position = found.end()
            continue
        if char in _PAIRS:
            stack.append((char, position, []))
        elif char == "," and stack:
            stack[-1][2].append(position)
        elif stack and char == _PAIRS[stack[-1][0]]:
            _, opened, commas = stack.pop()
            out.brackets.append(Bracket(open=opened, close=position, commas=commas))
        position += 1
    return out


def _display(source: str, lexed: _Lexed, start: int, end: int) -> tuple[Bracket, int, int]:
    """The innermost display around a stretch; brackets that only group are part of the member."""
    around = sorted((b for b in lexed.brackets if b.open < start and b.close >= end), key=lambda b: -b.open)
    for bracket in around:
        inside = source[bracket.open + 1 : bracket.close].strip()
        if source[bracket.open] == "(" and inside == source[start:end] and not _called(source, bracket.open):
            start, end = bracket.open, bracket.close + 1
            continue
        if source[bracket.open] == "[" and _called(source, bracket.open):
            break  # an index is no list: x[a, b] without b would be another index
        return bracket, start, end
    raise _not_a_member(source[start:end])


def _called(source: str, opening: int) -> bool:
    """Whether a bracket follows an operand, so that it calls or subscripts it."""
    before = source[:opening].rstrip(" \t")[-1:]
    if not (before.isalnum() or before in ("_", ")", "]", '"', "'")) or not before:
        return False
    word = re.search(r"[^\W\d]\w*\Z", source[:opening].rstrip(" \t"))
    return word is None or word.group() not in (
        "in",
        "return",
        "and",
        "or",
        "not",
        "if",
        "else",
        "yield",
        "is",
    )


def _members(source: str, bracket: Bracket) -> tuple[str, list[str]] | None:
    """Kind and members of a display, each as a dump of its tree; None where it is none."""
    text = source[bracket.open : bracket.close + 1]
    called = _called(source, bracket.open) and text[0] == "("
    try:
        node = ast.parse(("f" if called else "") + text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if isinstance(node, (ast.List, ast.Set, ast.Tuple)):
        return type(node).__name__, [ast.dump(element) for element in node.elts]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return "Dict", [f"{ast.dump(k) if k else '**'}: {ast.dump(v)}" for k, v in pairs]
    if called and isinstance(node, ast.Call):
        return "Call", [ast.dump(argument) for argument in (*node.args, *node.keywords)]
    return None


def _cut(source: str, bracket: Bracket, start: int, end: int, index: int, after: int | None) -> str:
    """Cut a member with the comma after it, or else with the one before it on the same line."""
    if after is not None and source[end:after].strip():
        # A comment stands before the comma: it stays, the comma goes.
        return source[:start] + source[end:after].lstrip(" \t") + source[after + 1 :]
    if after is None and index:
        comma = bracket.commas[index - 1]
        gap = source[comma + 1 : start]
        if not gap.strip() and "\n" not in gap:
            return source[:comma] + source[end:]
    stop = end if after is None else after + 1
    spaces = len(source[stop:]) - len(source[stop:].lstrip(" \t"))
    if after is not None or source[stop + spaces : stop + spaces + 1] == "#":
        stop += spaces
    return _without(source, start, stop)


def _without(source: str, start: int, end: int) -> str:
    """Cut a stretch; a line that has nothing left goes with it."""
    line = source.rfind("\n", 0, start) + 1
    stop = source.find("\n", end)
    if stop >= 0 and not source[line:start].strip() and not source[end:stop].strip():
        return source[:line] + source[stop + 1 :]
    return source[:start] + source[end:]


def _last_code(source: str, comments: list[tuple[int, int]], opening: int, closing: int) -> int:
    """The offset after the last character before ``closing`` that is neither space nor comment."""
    position = closing
    while position > opening + 1:
        inside = next((a for a, b in comments if a < position <= b), None)
        if inside is not None:
            position = inside
        elif source[position - 1].isspace():
            position -= 1
        else:
            break
    return position


def _not_a_member(text: str) -> PlanError:
    return PlanError(
        f"{text!r} is not a member of a bracketed list, so it cannot be dropped",
        remedy="leave this factor out of the plan",
    )
