"""``coimprove VERB …``: parse, call one use case, show its answer."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import CoimproveError, Interrupted

if TYPE_CHECKING:
    from jupyter_coimprove.interfaces.display.progress import Bar
    from jupyter_coimprove.wire.parse import Call
    from jupyter_coimprove.workbench.bench import Progress
    from jupyter_coimprove.workbench.views import View


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command line; the exit code: 0 done, 1 failed, 2 usage, 3 nothing to do."""
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    try:
        return _run(words)
    except CoimproveError as error:
        _say_error(error, as_json=as_json)
        return error.exit_code
    except KeyboardInterrupt:
        _say_error(Interrupted("stopped", remedy="nothing that was acknowledged is lost"), as_json=as_json)
        return Interrupted.exit_code
    except BrokenPipeError:
        # The reader (head, less) went away: nothing more to say, and no traceback either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(words: Sequence[str]) -> int:
    from jupyter_coimprove.wire.parse import HelpWanted, parse

    try:
        call = parse(words)
    except HelpWanted as help_:
        sys.stdout.write(help_.text)
        return 0
    if sys.stderr.isatty() and not call.json:
        from jupyter_coimprove.interfaces.display.progress import Bar

        with Bar(sys.stderr) as bar:
            return _carry_out(call, bar)
    return _carry_out(call, None)


def _carry_out(call: Call, bar: Bar | None) -> int:
    from jupyter_coimprove.wire.call import as_json, execute
    from jupyter_coimprove.workbench.bench import Bench, Where

    bench = Bench(
        where=Where(cwd=Path.cwd()),
        root_override=Path(call.root).expanduser() if call.root else _root_from_environment(),
        waits=True,
    )
    said = _Words(bar)
    bench.progress = said.progress
    if sys.stdout.isatty() and not call.json:
        bench.say = said.show
    try:
        view = execute(bench, call)
    finally:
        bench.close()
        if bar is not None:
            bar.clear()
    if call.json:
        sys.stdout.write(as_json(view) + "\n")
        return view.exit_code
    from jupyter_coimprove.interfaces.display.text import render

    view = said.rest(view)
    sys.stdout.write(render(view, color=_wants_color(), width=_width()).rstrip("\n") + "\n")
    return view.exit_code


class _Words:
    """An answer in a terminal, shown as it comes; what is left to show is who said it."""

    def __init__(self, bar: Bar | None) -> None:
        self._bar, self._any = bar, False

    def progress(self, progress: Progress) -> None:
        """Drawn over its own line: not any more once words stand there."""
        if self._bar is not None and not self._any:
            self._bar.show(progress)

    def show(self, text: str) -> None:
        from jupyter_coimprove.interfaces.display import safe

        if self._bar is not None:
            self._bar.clear()
        self._any = True
        sys.stdout.write(safe.block(text))
        sys.stdout.flush()

    def rest(self, view: View) -> View:
        from jupyter_coimprove.workbench.views import AskView

        if not self._any or not isinstance(view, AskView):
            return view
        sys.stdout.write("\n\n")
        return dataclasses.replace(view, text="")


def _root_from_environment() -> Path | None:
    """COIMPROVE_ROOT: the person's own setting, never read from a project."""
    text = os.environ.get("COIMPROVE_ROOT")
    return Path(text).expanduser() if text else None


def _wants_color() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _width() -> int:
    return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else 120


def _say_error(error: CoimproveError, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False) + "\n")
        return
    sys.stderr.write(f"coimprove: {error.message}\n")
    if error.remedy:
        sys.stderr.write(f"  → {error.remedy}\n")


if __name__ == "__main__":
    sys.exit(main())
