"""Lines of a cell that are IPython's and not Python's: which of them are harmless, and what they name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jupyter_coimprove.engines.shared_prefix.sharing import words
from jupyter_coimprove.engines.shared_prefix.sharing.doings import Doing
from jupyter_coimprove.kernelspace.transform import PYTHON_CELLS

_NAME = re.compile(r"[^\W\d]\w*")
_LINE = re.compile(
    r"\s*(?:[\w.,\s\[\]'\"*()]+=\s*)?(?P<mark>%%?|!!?|[?,;/])?\s*(?P<name>[\w.]*)(?P<rest>.*)$", re.DOTALL
)


def magics(source: str, plain: str) -> Doing:
    """What the lines of ``source`` that were made Python in ``plain`` may read; every word counts as a name."""
    doing = Doing()
    lines, others = source.split("\n"), plain.split("\n")
    if plain == source:
        alone = source.strip()
        if alone.partition(" ")[0] in words.AUTOMAGIC and "\n" not in alone and _NAME.fullmatch(alone):
            doing.hide(f"{alone} is a magic that may read any name")
        return doing
    if len(lines) != len(others):
        doing.hide("it cannot be told which of its lines are magic")
        return doing
    for text in _differing(lines, others):
        if text.lstrip().startswith(("%%", "%", "!")) or not text.lstrip().startswith((">>>", "...", "In [")):
            _read(doing, text)
    return doing


def _differing(lines: list[str], others: list[str]) -> Iterator[str]:
    """The logical lines of magic; the whole body of an opaque cell with its first line."""
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    name = re.match(r"%%(\w+)", lines[first])
    if name and name[1] not in PYTHON_CELLS:
        yield "\n".join(lines[first:])
        return
    index = 0
    while index < len(lines):
        if lines[index].strip() != others[index].strip():
            start = index
            while lines[index].endswith("\\") and index + 1 < len(lines):
                index += 1
            yield "\n".join(lines[start : index + 1])
        index += 1


def _read(doing: Doing, text: str) -> None:
    found = _LINE.match(text)
    mark, name, rest = (found["mark"] or "", found["name"], found["rest"]) if found else ("", "", text)
    first = text.strip().split("\n")[0]
    named = set(_NAME.findall(text))
    if mark == "%%" and name not in words.CELL_MAGICS:
        doing.hide(f"%%{name} is not known to be harmless")
    elif mark == "%" and name not in words.LINE_MAGICS:
        doing.hide(f"%{name} is not known to be harmless")
    elif mark == "%" and name == "load_ext" and rest.strip() not in words.EXTENSIONS:
        doing.hide(f"the extension {rest.strip()} may read any name")
    elif (not mark and not first.endswith("?") and name not in words.LINE_MAGICS) or mark in (",", ";", "/"):
        doing.hide(f"{first[:40]!r} is not known to be harmless")
    if reflecting := named & words.NAMES:
        doing.hide(f"its magic uses {min(reflecting)}, through which any name can be read")
    doing.names |= {(word,) for word in named}
    doing.sets |= {(word,) for word in named}
    doing.texts.add(text)
