"""``coimprove VERB …``: parse, call one use case, show its answer."""

from __future__ import annotations

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
    if bar is not None:
        bench.progress = bar.show
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

    sys.stdout.write(render(view, color=_wants_color(), width=_width()).rstrip("\n") + "\n")
    return view.exit_code


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
