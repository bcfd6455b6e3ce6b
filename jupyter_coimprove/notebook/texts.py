"""Values in YAML, JSON, TOML and INI texts: of files beside the notebook, and of strings in its cells."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Format = Literal["yaml", "json", "toml", "ini"]
#: Texts beyond this are data.
MAX_CHARACTERS = 60_000
#: Lists in lines beyond this are data too.
MAX_MEMBERS = 12
FILES: dict[str, Format] = {
    "yaml": "yaml",
    "yml": "yaml",
    "json": "json",
    "toml": "toml",
    "ini": "ini",
    "cfg": "ini",
}
_NUMBER = re.compile(r"[-+]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][-+]?\d+)?\Z")
_TABLE = re.compile(r"\s*\[(?!\[)\s*([^\]]+?)\s*\]\s*(#.*)?\Z")
_SECTION = re.compile(r"\[([^\]]+)\]")
_INI_PAIR = re.compile(r"([^\s#;\[=:][^=:\n]*?)\s*[=:]\s*(\S[^\n]*?)\s*\Z")
_PAIR = re.compile(r"\s*([\w.\-\"' ]+?)\s*=\s*")
_TOML_VALUE = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|\[[^\[\]]*\]|[^\s#,\[\]{}]+')


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One value: the keys that lead to it, itself, and where it stands in the text."""

    path: tuple[str, ...]
    value: Any
    start: int
    end: int


def format_of(file: str) -> Format | None:
    """The format of a config file, by its name."""
    return FILES.get(file.rpartition(".")[2].lower())


def entries(text: str, format_: Format) -> list[Entry]:
    """The scalars and lists of scalars of a text; nothing where it does not parse or is data."""
    if len(text) > MAX_CHARACTERS:
        return []
    if format_ == "toml":
        return list(_toml(text))
    if format_ == "ini":
        return list(_ini(text))
    return list(_yaml(text, quoted_keys=format_ == "json"))


def spelled(level: str, format_: Format) -> str:
    """A level as that format writes it: ``false`` for ``False``, ``null`` for ``None``."""
    words = {"True": "true", "False": "false", "None": "null"}
    if format_ == "ini" and level[:1] in "'\"":
        return level[1:-1]
    if format_ == "json" and level[:1] == "'":
        return '"' + level[1:-1] + '"'
    return words.get(level, level)


def as_number(text: str) -> int | float | None:
    """The number that a text is, or None."""
    if not _NUMBER.match(text):
        return None
    plain = text.replace("_", "")
    return int(plain) if plain.lstrip("+-").isdigit() else float(plain)


def _yaml(text: str, *, quoted_keys: bool) -> Iterator[Entry]:
    """YAML, of which JSON is a part; positions are those of the composed nodes."""
    import yaml

    try:
        # JSON may be indented by tabs, which YAML refuses; they are blanks all the same.
        root = yaml.compose(text.replace("\t", " ") if quoted_keys else text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    if isinstance(root, yaml.MappingNode):
        yield from _members(text, root, (), 0)


def _members(text: str, node: Any, path: tuple[str, ...], depth: int) -> Iterator[Entry]:
    import yaml

    if depth > 8:
        return
    # Members of a list in lines (``- epochs: 5``) are counted from 0, as the code reads them.
    listed = isinstance(node, yaml.SequenceNode)
    pairs: list[tuple[Any, Any]] = list(enumerate(node.value)) if listed else node.value
    for key, value in pairs:
        if not listed and not isinstance(key, yaml.ScalarNode):
            continue
        inner = (*path, str(key if listed else key.value))
        lines = isinstance(value, yaml.SequenceNode) and not value.flow_style
        if isinstance(value, yaml.MappingNode) or (lines and len(value.value) <= MAX_MEMBERS):
            yield from _members(text, value, inner, depth + 1)
        elif isinstance(value, yaml.ScalarNode):
            if value.style in ("|", ">") or value.start_mark.index >= value.end_mark.index:
                continue
            yield Entry(
                path=inner, value=_scalar(value), start=value.start_mark.index, end=value.end_mark.index
            )
        elif (
            isinstance(value, yaml.SequenceNode)
            and value.flow_style
            and all(isinstance(v, yaml.ScalarNode) for v in value.value)
        ):
            yield Entry(
                path=inner, value=[_scalar(v) for v in value.value],
                start=value.start_mark.index, end=value.end_mark.index,
            )  # fmt: skip


def _scalar(node: Any) -> Any:
    kind = node.tag.rpartition(":")[2]
    text = node.value
    if kind == "bool":
        return text.lower() in ("true", "yes", "on")
    if kind == "null":
        return None
    # YAML 1.1 reads 1e-3 as a text; whoever wrote it means the number.
    if kind in ("int", "float") or (kind == "str" and node.style is None and "e" in text.lower()):
        number = as_number(text)
        return number if number is not None else text if kind == "str" else None
    return text


def _toml(text: str) -> Iterator[Entry]:
    """Line by line, each value held against what the parser reads there."""
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError, RecursionError):
        return
    table: tuple[str, ...] = ()
    at = 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        if found := _TABLE.match(line.rstrip("\r\n")):
            table = tuple(part.strip().strip("\"'") for part in found.group(1).split("."))
            continue
        pair = _PAIR.match(line)
        value = _TOML_VALUE.match(line, pair.end()) if pair else None
        if pair is None or value is None:
            continue
        path = (*table, *(part.strip().strip("\"'") for part in pair.group(1).split(".")))
        stands = _at(tree, path)
        try:
            (read,) = tomllib.loads(f"x = {value.group()}").values()
        except (tomllib.TOMLDecodeError, ValueError):
            continue
        if read == stands and not isinstance(read, dict):
            yield Entry(path=path, value=read, start=start + value.start(), end=start + value.end())


def _ini(text: str) -> Iterator[Entry]:
    """Line by line, each value held against what the parser reads there."""
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    section, at = "", 0
    for line in text.splitlines(keepends=True):
        start, at = at, at + len(line)
        if found := _SECTION.match(line):
            section = found[1]
            continue
        pair = _INI_PAIR.match(line)
        if pair is None:
            continue
        key, value = parser.optionxform(pair[1]), pair[2]
        # Inherited values, and those that go on in the next line, stand elsewhere or not whole.
        if section in parser and parser[section].get(key) == value:
            yield Entry(
                path=(section, key),
                value=_of_ini(value),
                start=start + pair.start(2),
                end=start + pair.end(2),
            )


def _of_ini(text: str) -> Any:
    if text.lower() in ("true", "yes", "on", "false", "no", "off"):
        return text.lower() in ("true", "yes", "on")
    number = as_number(text)
    return text if number is None else number


def _at(tree: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(tree, dict) or key not in tree:
            return None
        tree = tree[key]
    return tree
