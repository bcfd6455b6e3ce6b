"""What completes a ``%coai`` line: verbs, options, their choices, notebooks, and recent ids."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import Any

from jupyter_coimprove.wire.verbs import BY_NAME, COMMON, Option, Verb

#: Which records an option's ``completes`` stands for.
_KINDS: dict[str, tuple[str, ...]] = {
    "experiment": ("experiment",),
    "finding": ("finding",),
    "proposal": ("experiment", "finding", "proposal", "check", "card", "lesson"),
    "any": ("experiment", "finding", "proposal", "check", "card", "lesson", "run", "decision"),
}
_BEGUN = re.compile(r"\s*(?:[A-Za-z_]\w*\s*=\s*)?(%{0,2})coai\s(.*)\Z", re.DOTALL)
Ids = Callable[[Sequence[str], str], list[str]]


def matches(shell: Any, line: str) -> dict[str, Any]:
    """IPython's matcher result for a line that ends at the cursor; nothing where it is no ``%coai`` line."""
    from IPython.core.completer import SimpleCompletion

    begun = _BEGUN.match(line)
    if begun is None or (not begun[1] and "coai" in shell.user_ns):
        return {"completions": []}
    words = begun[2].split()
    fragment = "" if line[-1:].isspace() else (words.pop() if words else "")

    def ids(kinds: Sequence[str], prefix: str) -> list[str]:
        from jupyter_coimprove import __version__
        from jupyter_coimprove.kernelspace import where
        from jupyter_coimprove.kernelspace.client import host

        return host().complete(kinds, prefix, where.place(shell), version=__version__)

    found = complete(words, fragment, ids=ids)
    return {
        "completions": [SimpleCompletion(text, type="magic") for text in found],
        "matched_fragment": fragment,
        "suppress": bool(found),
        "ordered": True,
    }


def complete(before: Sequence[str], fragment: str, *, ids: Ids) -> list[str]:
    """What the word under the cursor may become; ``ids`` is asked only where an id belongs."""
    if not before:
        known = [*BY_NAME, "help", "--help"]
        return [name for name in known if name.startswith(fragment)]
    verb = BY_NAME.get(before[0])
    if verb is None:
        return [name for name in BY_NAME if name.startswith(fragment)] if list(before) == ["help"] else []
    options = {name: option for option in _options(verb) for name in (option.flag, option.short) if name}
    waiting = options.get(before[-1])
    if waiting is not None and waiting.type != "flag":
        return _values(waiting, fragment, ids)
    if fragment.startswith("-"):
        used = {options[word].name for word in before if word in options and options[word].type != "list"}
        flags = [option.flag for option in _options(verb) if option.flag and option.name not in used]
        return [flag for flag in [*flags, "--help"] if flag.startswith(fragment)]
    positional = [option for option in verb.options if not option.flag]
    number = _positionals_before(before[1:], options)
    return _values(positional[number], fragment, ids) if number < len(positional) else []


def _options(verb: Verb) -> tuple[Option, ...]:
    return tuple(option for option in (*verb.options, *COMMON) if option.flag)


def _positionals_before(words: Sequence[str], options: dict[str, Option]) -> int:
    count, skip = 0, False
    for word in words:
        if skip:
            skip = False
        elif word in options:
            skip = options[word].type != "flag"
        elif not word.startswith("-"):
            count += 1
    return count


def _values(option: Option, fragment: str, ids: Ids) -> list[str]:
    if option.choices:
        return [choice for choice in option.choices if choice.startswith(fragment)]
    out: list[str] = []
    if option.type == "path":
        out += paths(fragment, ".ipynb" if option.completes == "notebook" else "")
    kinds = _KINDS.get(option.completes)
    if kinds is not None:
        out += ids(kinds, fragment)
    return out


def paths(fragment: str, suffix: str, limit: int = 200) -> list[str]:
    """Files with that suffix, and folders, that begin so; hidden ones only when a dot was typed."""
    folder, start = os.path.split(fragment)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:
            found = [(entry.name, entry.is_dir()) for entry in entries if entry.name.startswith(start)]
    except OSError:
        return []
    out = []
    for name, is_dir in sorted(found):
        if (name.startswith(".") and not start.startswith(".")) or not (is_dir or name.endswith(suffix)):
            continue
        path = os.path.join(folder, name) + ("/" if is_dir else "")
        out.append(path.replace(" ", "\\ "))
    return out[:limit]
