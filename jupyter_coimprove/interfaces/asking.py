"""From a ``%coai`` line to an answer: words, where they were typed, the host, the display."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_coimprove import __version__
from jupyter_coimprove.kernelspace import where
from jupyter_coimprove.kernelspace.client import host
from jupyter_coimprove.kernelspace.errors import Cancelled, CoaiError

if TYPE_CHECKING:
    from jupyter_coimprove.interfaces.display.answer import Answer

_NAME = re.compile(r"(?<!\{)\{([A-Za-z_]\w*)(?:\[(\d+)\])?\}(?!\})")


def ask(shell: Any, line: str, names: Mapping[str, Any]) -> Answer | None:
    """Carry one line out and give its answer; help is printed. Raises CoaiError."""
    from jupyter_coimprove.interfaces.display.answer import Answer
    from jupyter_coimprove.interfaces.display.live import Live

    words = [interpolate(word, names) for word in split(line)]
    stands = where.place(shell, line)
    kernel = where.in_kernel(shell)
    with Live(shell, label=f"coai {words[0] if words else ''}".strip(), person=stands["at_prompt"]) as live:
        said = host().call(
            words, stands, version=__version__, progress=live.show, live=_failure(shell) if words[:1] == ["fix"] else None,
            width=None if kernel else terminal_width(), color=not kernel and stands["at_prompt"],
        )  # fmt: skip
        request = said.get("result", {}).get("view", {}).get("request")
        if words[:1] == ["preview"] and request:
            told = _previewed(shell, request, said["result"]["view"]["decision"])
            said = host().call(words, stands, version=__version__, progress=live.show, live=told)
    if "help" in said:
        print(said["help"], end="")  # noqa: T201 (help is plain text, as of any magic)
        return None
    answer = Answer(said["result"], shell, live=kernel and stands["at_prompt"])
    if said.get("interrupted"):
        answer._ipython_display_()
        raise Cancelled("interrupted", "interrupted, but this was done already")
    if answer.data.get("exit_code") and not stands["at_prompt"]:
        # Nobody reads it now: a notebook that is executed as a whole must not go on as if all were well.
        answer._ipython_display_()
        raise CoaiError("failed", str(answer.data.get("summary", "")), "the answer above says why")
    return answer


def _failure(shell: Any) -> dict[str, Any]:
    """The last error of this kernel, as `fix` is told it; nothing where none is held."""
    from jupyter_coimprove.kernelspace.last_error import last_error

    found = last_error(shell)
    return {"failure": found} if found else {}


def _previewed(shell: Any, request: Mapping[str, Any], decision: str) -> dict[str, Any]:
    """What came of a preview that was asked for here: the kernel itself makes the copy."""
    from jupyter_coimprove.kernelspace.preview.forking import preview

    return {"preview": {"decision": decision, "answer": preview(shell, request)}}


def split(line: str) -> list[str]:
    """The words of a line, quoted as in a shell. CoaiError when a quote is left open."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise CoaiError(
            "usage", f"{str(error).lower()}: {line}", "close the quote, or put a \\ before it"
        ) from None


def interpolate(word: str, names: Mapping[str, Any], *, longest: int | None = None) -> str:
    """``{name}``, ``{In[3]}``, ``{Out[3]}`` and ``{Err[3]}`` by their values; any other brace stays as it is.

    A value of more than ``longest`` characters is cut, and that is said.
    """

    def value(found: re.Match[str]) -> str:
        there, thing = _resolved(found, names)
        if not there:
            return found[0]
        text = str(getattr(thing, "id", "") or thing) if type(thing).__name__ == "Answer" else str(thing)
        if longest is None or len(text) <= longest:
            return text
        return f"{text[:longest]}… ({len(text) - longest} more characters of {found[0]})"

    return _NAME.sub(value, word)


def put_in(word: str, names: Mapping[str, Any]) -> list[str]:
    """The braces that ``interpolate`` replaces by values, as they are written; ``{In[3]}`` is source, no value."""
    found = (m for m in _NAME.finditer(word) if m[1] != "In" and _resolved(m, names)[0])
    return list(dict.fromkeys(m[0] for m in found))


def _resolved(found: re.Match[str], names: Mapping[str, Any]) -> tuple[bool, Any]:
    """Whether a brace names something, and what."""
    name, number = found[1], found[2]
    if name not in names:
        return False, None
    if number is None:
        return True, names[name]
    try:
        return True, names[name][int(number)]
    except (LookupError, TypeError):
        return False, None


def terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size().columns
