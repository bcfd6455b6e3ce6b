"""``%%coai`` with a question: what was typed, what the kernel knows, the host, the answer as it comes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from jupyter_coimprove import __version__
from jupyter_coimprove.interfaces import asking
from jupyter_coimprove.kernelspace import failed, history, snapshot, where
from jupyter_coimprove.kernelspace.client import host
from jupyter_coimprove.kernelspace.errors import Cancelled, CoaiError

#: How often what is written is drawn again.
EVERY_S = 0.12
FORMATS = ("markdown", "text", "code", "json")
#: A value that is put into a question ends here.
LONGEST = 20_000


def converse(shell: Any, line: str, cell: str, names: Mapping[str, Any]) -> None:
    """Ask what the cell says, with the options of the line; show the answer and its cards. Raises CoaiError."""
    from jupyter_coimprove.interfaces.display.answer import Answer
    from jupyter_coimprove.interfaces.display.live import Live

    words, form = _options(asking.split(line))
    known = {**names, "Err": failed.errors}
    question = asking.interpolate(cell, known, longest=LONGEST).strip()
    if not question:
        raise CoaiError("usage", "there is no question in this cell", "write one below the %%coai line")
    stands = where.place(shell)
    kernel = where.in_kernel(shell)
    shown = Shown(kernel=kernel, person=stands["at_prompt"], form=form)
    try:
        with Live(shell, label="coai", person=stands["at_prompt"]) as live:
            said = host().call(
                ["ask", *words, "--", question], stands, version=__version__, progress=live.show, say=shown.add,
                live={**_live(words, names), **_put_in(cell, known), **history.ran(shell)}, width=None if kernel else asking.terminal_width(),
                color=not kernel and stands["at_prompt"],
            )  # fmt: skip
    except (CoaiError, KeyboardInterrupt):
        shown.stopped()
        raise
    if "help" in said:
        print(said["help"], end="")  # noqa: T201 (help is plain text, as of any magic)
        return
    shown.end(said["result"])
    for more in said["result"].get("more", ()):
        Answer(more, shell, live=kernel and stands["at_prompt"])._ipython_display_()
    if said.get("interrupted"):
        raise Cancelled("interrupted", "interrupted, but the answer was whole already")


def _options(words: list[str]) -> tuple[list[str], str]:
    """The words for the host, and in which form the answer is shown."""
    out, form, left = [], "markdown", list(words)
    while left:
        word = left.pop(0)
        name, equals, value = word.partition("=")
        if name in ("-f", "--format"):
            form = value if equals else (left.pop(0) if left else "")
            if form not in FORMATS:
                raise CoaiError("usage", f"no format {form!r}", f"one of {', '.join(FORMATS)}")
        else:
            out.append(word)
    return out, form


def _live(words: list[str], names: Mapping[str, Any]) -> dict[str, Any]:
    """What the variables are; not asked where nothing of the notebook goes along."""
    if "--no-context" in words:
        return {}
    wanted = None
    for at, word in enumerate(words):
        if word.startswith("--vars"):
            said = word.partition("=")[2] if "=" in word else " ".join(words[at + 1 : at + 2])
            wanted = [name.strip() for name in said.split(",") if name.strip()]
    return snapshot.summaries(names, wanted)


def _put_in(cell: str, names: Mapping[str, Any]) -> dict[str, Any]:
    """Which values were put into the question: who runs the server may keep them from every model."""
    found = asking.put_in(cell, names)
    return {"put_in": found} if found else {}


class Shown:
    """The answer on the screen: drawn again as it grows, and once more when it is whole."""

    def __init__(self, *, kernel: bool, person: bool, form: str) -> None:
        self._kernel, self._person, self._form = kernel, person, form
        self._text, self._drawn = "", 0.0
        self._handle: Any = None

    def add(self, text: str) -> None:
        """More of it; in a terminal it is printed as it comes."""
        self._text += text
        if not self._person or self._form in ("json", "code"):
            return
        if not self._kernel:
            from jupyter_coimprove.interfaces.display import safe

            print(safe.block(text), end="", flush=True)  # noqa: T201 (a terminal shows words as they come)
        elif time.monotonic() - self._drawn >= EVERY_S:
            self._draw(self._text)

    def stopped(self) -> None:
        """What came before it was stopped stays, and says so."""
        if self._handle is not None:
            self._draw(self._text + "\n\n*stopped; nothing of this was proposed*")

    def end(self, result: Mapping[str, Any]) -> None:
        """The whole answer, with who gave it and what was sent."""
        from IPython.display import display

        if not self._kernel and self._person and self._text and self._form in ("markdown", "text"):
            # The words stand there already; what is missing is who said them.
            print("\n" + str(result["text"]).rstrip().rsplit("\n", 1)[-1])  # noqa: T201 (the last line of the answer)
            return
        bundle = _bundle(result, self._form)
        if self._handle is not None:
            self._handle.update(bundle, raw=True)
        else:
            display(bundle, raw=True)

    def _draw(self, text: str) -> None:
        from IPython.display import display

        from jupyter_coimprove.interfaces.display import markdown, safe
        from jupyter_coimprove.interfaces.display.tags import tag

        bundle = {"text/plain": safe.block(text)}
        if self._form == "markdown":
            bundle["text/html"] = str(tag("div", markdown.render(text)))
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
        # Drawing takes longer the longer it is: never more than a share of the time.
        self._drawn = time.monotonic()


def _bundle(result: Mapping[str, Any], form: str) -> dict[str, Any]:
    from jupyter_coimprove.interfaces.display import markdown, safe

    view: Mapping[str, Any] = result["view"]
    if form == "json":
        return {"application/json": dict(view), "text/plain": str(result["text"])}
    if form == "code":
        return {
            "text/plain": safe.block(markdown.code(str(view.get("text", ""))) or "(no code in the answer)")
        }
    if form == "text":
        return {"text/plain": str(result["text"])}
    return {"text/plain": str(result["text"]), "text/html": str(result["html"])}
