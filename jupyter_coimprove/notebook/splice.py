"""An edited notebook written back so that only what was edited changes in the file."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.jsontext import Member, Style, members, skip, style_of, value_end

#: What a splice is: replace ``text[start:end]`` by the string.
Splice = tuple[int, int, str]

BOM = b"\xef\xbb\xbf"


def text_of(raw: bytes) -> tuple[str, bytes]:
    """The file's text, and the byte order mark it starts with (or nothing)."""
    if raw.startswith(BOM):
        return raw[len(BOM) :].decode("utf-8"), BOM
    return raw.decode("utf-8"), b""


def apply_splices(text: str, splices: Sequence[Splice]) -> str:
    """All replacements at once; they must not overlap."""
    out, position = [], 0
    for start, end, new in sorted(splices, key=lambda s: (s[0], s[1])):
        out += [text[position:start], new]
        position = end
    out.append(text[position:])
    return "".join(out)


def same(a: Any, b: Any) -> bool:
    """Equal as JSON: ``1``, ``1.0`` and ``true`` are three things, NaN equals NaN."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(v, b[k]) for k, v in a.items())
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and (a == b or (a != a and b != b))


def render(notebook: Notebook, node: Mapping[str, Any]) -> bytes:
    """The file's bytes with ``node`` in place of ``notebook.node``.

    Values that are equal keep their bytes; what is new is written in the file's own style
    (indent, key order, escapes, line ends). An unedited node gives the original bytes.
    """
    text, mark = text_of(notebook.raw)
    splices: list[Splice] = []
    _value(text, skip(text, 0), notebook.node, node, 0, style_of(text), splices)
    return mark + apply_splices(text, splices).encode("utf-8")


def _value(text: str, start: int, old: Any, new: Any, level: int, style: Style, out: list[Splice]) -> None:
    if same(old, new):
        return
    here = list(members(text, start)) if text[start] in "{[" else []
    if isinstance(old, Mapping) and isinstance(new, Mapping) and here:
        return _object(text, start, here, old, new, level, style, out)
    if isinstance(old, list) and isinstance(new, (list, tuple)) and here and new:
        return _array(text, start, here, old, new, level, style, out)
    end = _end(text, start, here)
    out.append((start, end, style.dump(new, level)))


def _end(text: str, start: int, here: Sequence[Member]) -> int:
    return skip(text, here[-1].end) + 1 if here else value_end(text, start)


def _object(
    text: str, start: int, here: list[Member], old: Mapping[str, Any], new: Mapping[str, Any],
    level: int, style: Style, out: list[Splice],
) -> None:  # fmt: skip
    kept = [m for m in here if m.key in new]
    if not kept or len({m.key for m in here}) < len(here):
        out.append((start, _end(text, start, here), style.dump(new, level, [m.key or "" for m in here])))
        return
    for member in kept:
        assert member.key is not None
        _value(text, member.start, old[member.key], new[member.key], level + 1, style, out)
    out += _removed(here, [m.key not in new for m in here])
    added = [k for k in new if k not in old]
    in_order = [m.key or "" for m in here] == sorted(m.key or "" for m in here)
    groups: dict[int, list[str]] = {}
    for key in sorted(added) if in_order else added:
        # Among sorted keys a new one goes to its place, else to the end.
        before = sum((m.key or "") < key for m in kept) if in_order else len(kept)
        groups.setdefault(before, []).append(key)
    for before, keys in groups.items():
        lines = [style.string(k) + style.colon + style.dump(new[k], level + 1) for k in keys]
        _insert(text, kept, before, lines, level, style, out)


def _insert(
    text: str, kept: Sequence[Member], before: int, parts: list[str], level: int, style: Style,
    out: list[Splice],
) -> None:  # fmt: skip
    gap = separator(text, kept) or style.comma + style.pad(level + 1)
    if before == 0:
        out.append((kept[0].at, kept[0].at, "".join(part + gap for part in parts)))
    else:
        end = kept[before - 1].end
        out.append((end, end, "".join(gap + part for part in parts)))


def separator(text: str, here: Sequence[Member]) -> str:
    """What stands between the first two members, comma included ("" with fewer than two)."""
    return text[here[0].end : here[1].at] if len(here) > 1 else ""


def _removed(here: Sequence[Member], gone: Sequence[bool]) -> list[Splice]:
    """Take members out, each with the separator before it, the leading ones with the one after."""
    out: list[Splice] = []
    first = gone.index(False)
    if first:
        out.append((here[0].at, here[first].at, ""))
    out += [(here[i - 1].end, here[i].end, "") for i in range(first + 1, len(here)) if gone[i]]
    return out


def _array(
    text: str, start: int, here: list[Member], old: Sequence[Any], new: Sequence[Any],
    level: int, style: Style, out: list[Splice],
) -> None:  # fmt: skip
    before_keys, after_keys = ([json.dumps(v, sort_keys=True) for v in side] for side in (old, new))
    gone, added = [False] * len(old), dict[int, list[str]]()
    for op, a, b, c, d in difflib.SequenceMatcher(
        None, before_keys, after_keys, autojunk=False
    ).get_opcodes():
        if op == "equal":
            continue
        paired = min(b - a, d - c)
        for i in range(paired):
            _value(text, here[a + i].start, old[a + i], new[c + i], level + 1, style, out)
        gone[a + paired : b] = [True] * (b - a - paired)
        if d - c > paired:
            added[a + paired] = [style.dump(v, level + 1) for v in new[c + paired : d]]
    if all(gone):
        out.append((start, _end(text, start, here), style.dump(new, level)))
        return
    out += _removed(here, gone)
    for before, parts in added.items():
        _insert(text, here, before, parts, level, style, out)
