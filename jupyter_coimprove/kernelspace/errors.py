"""What a cell fails with: one clear line and a remedy, no traceback of ours."""

from __future__ import annotations


class CoaiError(Exception):
    """An answer that could not be given; ``code`` as in the tree of errors.

    The cell fails (so that nbclient and papermill see it), IPython draws only two lines.
    """

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy

    def __str__(self) -> str:
        return self.message + (f" ({self.remedy})" if self.remedy else "")

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [f"coai: {self.message}", *([f"  → {self.remedy}"] if self.remedy else [])]


class Cancelled(CoaiError):
    """A person interrupted the call; the kernel can be used at once."""

    def __init__(
        self, code: str = "interrupted", message: str = "cancelled",
        remedy: str = "nothing that was acknowledged is lost",
    ) -> None:  # fmt: skip
        super().__init__("interrupted", "cancelled" if message == "stopped" else message, remedy)
