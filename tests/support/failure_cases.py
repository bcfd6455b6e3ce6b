"""Failing notebooks run without kernels of their own: IPython's shell, forked once a notebook.

The shell is the kernel's, less its messages: an error is told with the name, text and traceback that a
kernel would put into the notebook.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import pickle
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Any


@dataclass(kw_only=True)
class Ran:
    """What became of cells run one after another: errors by position, how each check came out."""

    errors: dict[int, dict[str, Any]] = field(default_factory=dict)
    checks: tuple[bool, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> int | None:
        return min(self.errors, default=None)


def run(
    sources: Sequence[str], *, checks: Sequence[str] = (), at: int | None = None, go_on: bool = False,
    ask: Callable[[Any], dict[str, Any]] | None = None,
) -> Ran:  # fmt: skip
    """Run these cells in a forked child; ``checks`` are asked after cell ``at`` (the last).

    Ends at the first error unless it is to ``go_on``; ``ask`` is called with the shell after the first error.
    """
    _shell()
    back, front = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(back)
        try:
            answer: Any = _carry_out(sources, checks, len(sources) - 1 if at is None else at, go_on, ask)
        except BaseException as error:  # noqa: BLE001  told to the parent, which fails the test with it
            answer = f"{type(error).__name__}: {error}"
        with os.fdopen(front, "wb") as sink:
            pickle.dump(answer, sink)
        os._exit(0)
    os.close(front)
    with os.fdopen(back, "rb") as told:
        answer = pickle.load(told)  # noqa: S301  what our own child wrote
    os.waitpid(child, 0)
    assert isinstance(answer, Ran), (answer, "\n\n".join(sources))
    return answer


@cache
def _shell() -> Any:
    """One shell, with what most notebooks import loaded before anything is forked."""
    import matplotlib as mpl

    mpl.use("Agg")
    import pandas  # noqa: F401
    import tqdm  # noqa: F401
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.history_manager.enabled = False
    # Newer versions also draw each traceback for a history of errors.
    shell._format_exception_for_storage = lambda *args, **more: {}
    # What the first traceback and the first plot bring in is brought in once.
    shell.showtraceback = lambda *args, **more: None
    failed = shell.run_cell(
        "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.close()\nundefined"
    ).error_in_exec
    _told(shell, failed)
    shell.reset()
    # What is here already is not looked through by the collector of every child, which would copy all pages.
    gc.collect()
    gc.freeze()
    return shell


def _carry_out(sources: Sequence[str], checks: Sequence[str], at: int, go_on: bool, ask: Any) -> Ran:
    shell, out = _shell(), Ran()
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        for position, source in enumerate(sources):
            done = shell.run_cell(source, store_history=True)
            error = done.error_before_exec or done.error_in_exec
            if error is not None:
                # A traceback takes longer than the cell; only the failure that is asked about needs one.
                whole = ask is not None and not out.facts
                out.errors[position] = _told(shell, error) if whole else _named(error)
                if ask is not None and not out.facts:
                    out.facts = ask(shell)
                if not go_on:
                    break
            if position == at:
                out.checks = tuple(_holds(check, shell.user_ns) for check in checks)
    return out


def _holds(check: str, names: dict[str, Any]) -> bool:
    """Whether it holds; what it is about may not be there after a repair that was none."""
    try:
        return bool(eval(check, names))
    except NameError:
        return False


def _told(shell: Any, error: BaseException) -> dict[str, Any]:
    """The error as a kernel puts it into the notebook, less the frames in libraries."""
    import sys

    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    # What it was raised from lies in libraries too.
    error.__cause__ = error.__context__ = None
    lines = shell.InteractiveTB.structured_traceback(
        type(error), error, _in_cells(shell, error.__traceback__)
    )
    return {**_named(error), "traceback": [str(line) for line in lines]}


def _in_cells(shell: Any, frame: TracebackType | None) -> TracebackType | None:
    """The frames that lie in cells: those of libraries take seconds to be drawn, and are not read."""
    kept = []
    while frame is not None:
        if frame.tb_frame.f_code.co_filename in shell.compile._filename_map:
            kept.append(frame)
        frame = frame.tb_next
    chain = None
    for one in reversed(kept):
        chain = TracebackType(chain, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return chain


def _named(error: BaseException) -> dict[str, Any]:
    return {"output_type": "error", "ename": type(error).__name__, "evalue": str(error)}
