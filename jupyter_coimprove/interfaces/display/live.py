"""Progress while a call is under way: a bar in a notebook, a line in a terminal, a few lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from jupyter_coimprove.interfaces.display import safe

#: Shorter calls show nothing.
DELAY_S = 0.7
EVERY_S = 0.2
#: In the output of an executed notebook a line a tenth of the way, and not more often than this.
LOG_EVERY_S = 10.0


def span(seconds: float) -> str:
    """``45 s``, ``3 min``, ``2 h 5 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def sentence(label: str, progress: Mapping[str, Any]) -> str:
    """``coai run: 12 of 24, training (about 3 min left)``, on one line."""
    done, total, left = progress.get("done", 0), progress.get("total", 0), progress.get("left_s")
    text = safe.line(str(progress.get("text", "")))
    parts = [f"{done} of {total}"] if total else []
    out = f"{label}: " + ", ".join([*parts, *([text] if text else [])])
    return out + (f" (about {span(left)} left)" if isinstance(left, int | float) else "")


class Live:
    """Shows the newest progress of one call and tidies up after it."""

    def __init__(self, shell: Any, *, label: str, person: bool) -> None:
        self._shell, self._label, self._person = shell, label, person
        self._kernel = getattr(shell, "kernel", None) is not None
        self._start = time.monotonic()
        self._shown = 0.0
        self._tenth = -1
        self._bar: Any = None
        self._handle: Any = None
        self._last = ""

    def __enter__(self) -> Live:
        return self

    def show(self, progress: Mapping[str, Any]) -> None:
        """Draw it, if it is time to."""
        now = time.monotonic()
        self._last = sentence(self._label, progress)
        if now - self._start < DELAY_S or now - self._shown < EVERY_S:
            return
        if not self._person:
            self._log(progress, now)
            return
        self._shown = now
        if self._kernel:
            self._widget(progress)
        elif sys.stderr.isatty():
            sys.stderr.write("\r\x1b[2K" + self._last[:100])
            sys.stderr.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            # Not left in the file as a widget: without its kernel it would be a broken one.
            took = span(time.monotonic() - self._start)
            self._handle.update(
                {"text/plain": f"{self._label}: {'stopped' if kind else 'done'} after {took}"}, raw=True
            )
        if self._bar is not None:
            self._bar.close()
        if not self._kernel and self._person and self._shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def _log(self, progress: Mapping[str, Any], now: float) -> None:
        total = progress.get("total", 0)
        tenth = int(10 * progress.get("done", 0) / total) if total else 0
        if tenth != self._tenth and now - self._shown >= LOG_EVERY_S:
            self._tenth, self._shown = tenth, now
            sys.stdout.write(self._last + "\n")

    def _widget(self, progress: Mapping[str, Any]) -> None:
        from IPython.display import display

        if self._handle is None:
            self._bar = _bar()
            bundle = {"text/plain": self._last, **(self._bar.bundle() if self._bar else {})}
            self._handle = display(bundle, raw=True, display_id=True)
        if self._bar is not None:
            self._bar.show(progress, self._last)
        else:
            self._handle.update({"text/plain": self._last}, raw=True)


def _bar() -> Any:
    """The ipywidgets bar, or None where ipywidgets is not installed."""
    from jupyter_coimprove.interfaces.display import widgets

    return widgets.ProgressBar() if widgets.available() else None
