"""A cell as IPython runs it, in plain Python that keeps lines and columns.

A place in the result is the same place in the cell, except inside lines that were magic:
those become ``pass``, or the statement that ``%time`` and ``%timeit`` run, where it stood.
"""

from __future__ import annotations

import ast
import functools
import re

#: Cell magics whose body runs as Python in the notebook's own namespace.
PYTHON_CELLS = frozenset(
    {"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "snakeviz", "scalene", "pyinstrument"}
    | {"debug", "notify", "heat", "wandb"}
)
#: Shell words that IPython understands without a percent sign.
_AUTOMAGIC = re.compile(
    r"\s*(?:pip|conda|mamba|cd|ls|ll|pwd|cat|cp|mv|mkdir|rm|rmdir|env|matplotlib|pylab)(?:\s+[^\s=(,.].*)?$"
)
_ASSIGN = re.compile(r"(\s*)([\w.,\s\[\]'\"*]+?=\s*)([%!])(?!=)(.*)$", re.DOTALL)
_ESCAPE = re.compile(r"(\s*)(%%?|!!?|\?\??|,|;|/)(.*)$", re.DOTALL)
_HELP = re.compile(r"\s*%{0,2}[\w.*\[\]'\"]+\?\??\s*(?:#.*)?$")
_PYTHON_LINE = re.compile(r"(?:time|timeit|prun|memit|lprun|mprun)\b(?:\s+-\w+(?:\s+\d+)?)*\s+(?=\S)")
_BRACES = re.compile(r"\{([A-Za-z_][\w.\[\]'\"]*)\}")
_TOKEN = re.compile(r"#[^\n]*|[rRbBuUfF]{0,2}(?:'''|\"\"\"|'|\")|[()\[\]{}]|\\\n?|[A-Za-z_0-9]+|\s+|.")


@functools.lru_cache(maxsize=1024)
def python_source(source: str) -> str:
    """The cell as plain Python; an opaque cell (``%%bash``) is as many empty lines.

    Raises SyntaxError when the cell does not parse, as IPython would.
    """
    if _parses(source):
        return source
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].startswith("%%") and lines[first][2:3].isalpha():
        name = re.match(r"\w+", lines[first][2:])
        if name is None or name[0] not in PYTHON_CELLS:
            return "\n" * source.count("\n")
        # The body may start with another cell magic; the line itself becomes empty.
        body = lines[first + 1 :]
        return "\n".join([""] * (first + 1) + ([python_source("\n".join(body))] if body else []))
    plain = "\n".join(_lines(lines))
    if _parses(plain):
        return plain
    other = _as_ipython(source)
    if other is not None:
        return other
    _parse(plain)
    return plain


def _parse(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(f"cannot be parsed: {error}") from error


def _parses(source: str) -> bool:
    try:
        _parse(source)
    except SyntaxError:
        return False
    return True


def _lines(lines: list[str]) -> list[str]:
    """Each logical line that is magic made Python; lines inside strings and brackets stay."""
    out: list[str] = []
    index, depth, quote = 0, 0, ""
    while index < len(lines):
        line = lines[index]
        if depth == 0 and not quote and (new := _magic(line)) is not None:
            out.append(new)
            while line.endswith("\\") and index + 1 < len(lines):
                index += 1
                line = lines[index]
                out.append("")
            index += 1
            continue
        depth, quote = _scan(line, depth, quote)
        out.append(line)
        while depth == 0 and not quote and line.endswith("\\") and index + 1 < len(lines):
            index += 1
            line = lines[index]
            depth, quote = _scan(line, depth, quote)
            out.append(line)
        index += 1
    return out


def _scan(line: str, depth: int, quote: str) -> tuple[int, str]:
    """Bracket depth and open triple quote after this line."""
    index = 0
    while index < len(line):
        if quote:
            end = _close(line, index, quote)
            if end < 0:
                # A string in single quotes ends with its line, unless a backslash carries it on.
                return depth, quote if len(quote) == 3 or line.endswith("\\") else ""
            index, quote = end, ""
            continue
        match = _TOKEN.match(line, index)
        token = match[0] if match else line[index]
        index += len(token)
        if token.startswith("#"):
            break
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth = max(0, depth - 1)
        elif token[-1] in "'\"":
            quote = token.lstrip("rRbBuUfF")
    return depth, quote if len(quote) == 3 else ""


def _close(line: str, index: int, quote: str) -> int:
    while index < len(line):
        if line[index] == "\\":
            index += 2
        elif line.startswith(quote, index):
            return index + len(quote)
        else:
            index += 1
    return -1


def _magic(line: str) -> str | None:
    """The line in Python if it is magic, else None."""
    assign = _ASSIGN.match(line)
    if assign and not _parses(line.strip()):
        return f"{assign[1]}{assign[2]}{_names(assign[4])}"
    if _HELP.match(line) and not line.strip().startswith("#"):
        return _pass(line)
    escape = _ESCAPE.match(line)
    if escape:
        indent, mark, rest = escape.groups()
        run = _PYTHON_LINE.match(rest) if mark == "%" else None
        if run:
            # ``%time x = f()`` is ``if 1:x = f()`` with x in its old column.
            body = rest[run.end() :]
            moved = indent + "if 1:" + " " * (run.end() - 4) + body
            if _parses(moved.strip()):
                return moved
        return indent + (
            _names(rest) if _BRACES.search(rest) and mark in "!!%" else _pass(line[len(indent) :])
        )
    if _AUTOMAGIC.match(line) and not _parses(line.strip()):
        return line[: len(line) - len(line.lstrip())] + _pass(line.lstrip())
    return None


def _pass(text: str) -> str:
    indent = text[: len(text) - len(text.lstrip())]
    return (indent + "pass").ljust(len(text))


def _names(rest: str) -> str:
    """What a shell line reads of the namespace: ``!ls {folder}`` reads ``folder``."""
    found = [name for name in _BRACES.findall(rest) if _parses(name)]
    return "(" + "".join(f"{name}, " for name in found) + ")" if found else "None"


def _as_ipython(source: str) -> str | None:
    """IPython's own transformation (prompts, indented cells), where it keeps the lines."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        out = TransformerManager().transform_cell(source)
    except SyntaxError:
        return None
    out = out[:-1] if out.endswith("\n") and not source.endswith("\n") else out
    return out if _parses(out) and out.count("\n") == source.count("\n") else None
