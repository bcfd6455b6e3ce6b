"""Setting a value in YAML, JSON, TOML or INI text: written in that language, the rest byte for byte."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from pathlib import PurePosixPath
from typing import Any

from jupyter_coimprove.errors import PlanError

#: Which language a file is written in, by suffix.
_SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml", ".ini": "ini", ".cfg": "ini"}
_PLAIN_WORD = re.compile(r"[A-Za-z][\w./-]*\Z")


def language_of(file: str) -> str | None:
    """``yaml``, ``json``, ``toml``, ``ini`` by a file's name; None for Python and all else."""
    return _SUFFIXES.get(PurePosixPath(file).suffix.lower())


def set_value(text: str, start: int, end: int, value: Any, language: str, *, typed: str = "") -> str:
    """The text with ``value`` at ``[start, end)``, checked by reading both.

    ``typed`` is how the person wrote the level: kept where the language reads it as that value.
    Raises PlanError when no way to write it gives exactly that value there and nothing else changed.
    """
    before = read(text, language)
    old = text[start:end]
    for spelling in _spellings(value, language, old, typed):
        new = text[:start] + spelling + text[end:]
        try:
            after = read(new, language)
        except PlanError:
            continue
        changed = list(differences(before, after))
        if changed and all(_means(found, value, language) for found in changed):
            return new
    raise PlanError(
        f"{value!r} cannot be written for {old!r} in this {language.upper()} text",
        remedy="choose another level, or leave this factor out of the plan",
    )


def read(text: str, language: str) -> Any:
    """The values that a text of this language holds. PlanError where it does not read."""
    try:
        return _READERS[language](text)
    except (ValueError, RecursionError, _yaml_error()) as error:
        raise PlanError(f"this {language.upper()} text does not read: {error}") from error
    except Exception as error:
        if type(error).__module__ == "configparser":
            raise PlanError(f"this INI text does not read: {error}") from error
        raise


def guess(text: str) -> str | None:
    """The language of a text in a string: a mapping as JSON, TOML or YAML (None: no configuration)."""
    for language in ("json", "toml", "yaml"):
        try:
            value = read(text, language)
        except PlanError:
            continue
        if isinstance(value, dict) and value:
            return language
    return None


def differences(before: Any, after: Any) -> Iterator[Any]:
    """The new values where two readings differ; a changed structure counts as one difference."""
    if isinstance(before, dict) and isinstance(after, dict) and list(before) == list(after):
        for key in before:
            yield from differences(before[key], after[key])
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from differences(one, other)
    elif type(before) is not type(after) or (before != after and not (before != before and after != after)):
        yield after


def _means(found: Any, value: Any, language: str) -> bool:
    if language == "ini":
        return str(found) == (value if isinstance(value, str) else found) and _ini_value(found) in (
            value,
            str(value),
        )
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, list):
        return (
            isinstance(found, list)
            and len(found) == len(value)
            and all(_means(f, v, language) for f, v in zip(found, value, strict=True))
        )
    if isinstance(value, dict):
        return (
            isinstance(found, dict)
            and list(found) == list(value)
            and all(_means(found[k], v, language) for k, v in value.items())
        )
    if isinstance(value, bool) or isinstance(found, bool) or value is None:
        return found is value
    return bool(found == value) and isinstance(found, str) == isinstance(value, str)


def _ini_value(text: Any) -> Any:
    import ast

    lowered = str(text).lower()
    if lowered in ("true", "yes", "on", "false", "no", "off"):
        return lowered in ("true", "yes", "on")
    try:
        return ast.literal_eval(str(text))
    except (ValueError, SyntaxError):
        return text


def _spellings(value: Any, language: str, old: str, typed: str) -> Iterator[str]:
    """Ways to write a value, the likeliest first: as the person did, as the old one was."""
    if isinstance(value, bool):
        word = "true" if value else "false"
        if language == "ini" or language == "yaml":
            pairs = (("yes", "no"), ("on", "off"), ("true", "false"))
            for yes, no in pairs:
                if old.strip().lower() in (yes, no):
                    word = yes if value else no
        yield _cased(word, old)
        yield word
    elif value is None:
        yield from ("null", "~") if language in ("yaml", "json") else ("none",) if language == "ini" else ()
    elif isinstance(value, (int, float)):
        if typed.strip():
            yield typed.strip()
        yield from _number(value)
    elif isinstance(value, str):
        yield from _string(value, language, old)
    else:
        yield from _nested(value, language)


def _cased(word: str, old: str) -> str:
    return word.upper() if old.isupper() else word.capitalize() if old[:1].isupper() else word


def _number(value: float) -> Iterator[str]:
    if isinstance(value, float) and not math.isfinite(value):
        raise PlanError(f"{value} cannot be written in a configuration")
    text = repr(value)
    if "e" in text and "." not in text.partition("e")[0]:
        # YAML 1.1 reads 1e-05 as text: its numbers have a point.
        mantissa, _, exponent = text.partition("e")
        yield f"{mantissa}.0e{exponent}"
    yield text


def _string(value: str, language: str, old: str) -> Iterator[str]:
    if language == "ini":
        yield value
        return
    if old[:1] == "'" and language != "json" and "\n" not in value:
        if language == "yaml":
            yield "'" + value.replace("'", "''") + "'"
        elif "'" not in value:
            yield f"'{value}'"
    if language == "yaml" and old[:1] not in "\"'" and _PLAIN_WORD.match(value):
        yield value
    yield json.dumps(value, ensure_ascii=False)


def _nested(value: Any, language: str) -> Iterator[str]:
    if isinstance(value, (list, tuple)):
        yield "[" + ", ".join(_one(entry, language) for entry in value) + "]"
    elif isinstance(value, dict):
        if language == "toml":
            yield (
                "{ "
                + ", ".join(f"{json.dumps(str(k))} = {_one(v, language)}" for k, v in value.items())
                + " }"
            )
        else:
            yield (
                "{" + ", ".join(f"{json.dumps(str(k))}: {_one(v, language)}" for k, v in value.items()) + "}"
            )
    else:
        raise PlanError(f"{value!r} cannot be written in a configuration")


def _one(value: Any, language: str) -> str:
    found = next(_spellings(value, language, '"', ""), None)
    if found is None:
        raise PlanError(f"{value!r} cannot be written in {language.upper()}")
    return found


def _yaml(text: str) -> Any:
    import yaml

    # The same values as everybody's safe_load; several documents are a list of them.
    return list(yaml.safe_load_all(text)) if "\n---" in text else yaml.safe_load(text)


def _yaml_error() -> type[Exception]:
    import yaml

    error: type[Exception] = yaml.YAMLError
    return error


def _toml(text: str) -> Any:
    import tomllib

    return tomllib.loads(text)


def _ini(text: str) -> Any:
    parser = ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser}


_READERS: dict[str, Callable[[str], Any]] = {"yaml": _yaml, "json": json.loads, "toml": _toml, "ini": _ini}
