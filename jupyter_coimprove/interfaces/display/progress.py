"""A progress line for terminals: what is done, and the time left."""

from __future__ import annotations

from types import TracebackType
from typing import TextIO

from jupyter_coimprove.workbench.bench import Progress


def span(seconds: float | None) -> str:
    """``1:05`` or ``2:03:04``; empty when not known."""
    if seconds is None:
        return ""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def line(progress: Progress, width: int = 78) -> str:
    """One line of text, never wider than ``width``."""
    if not progress.total:
        return progress.text[:width]
    share = min(1.0, progress.done / progress.total)
    cells = 20
    full = int(share * cells)
    bar = "█" * full + "░" * (cells - full)
    left = span(progress.left_s)
    tail = f" {progress.done}/{progress.total}" + (f", {left} left" if left else "")
    return f"{bar}{tail}  {progress.text}"[:width]


class Bar:
    """Draws the newest progress over the last; leaves nothing behind."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._drawn = False

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def show(self, progress: Progress) -> None:
        self._stream.write("\r\x1b[2K" + line(progress))
        self._stream.flush()
        self._drawn = True

    def clear(self) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._drawn = False
