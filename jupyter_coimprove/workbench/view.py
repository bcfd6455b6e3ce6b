"""What every answer has, whatever it is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class View:
    """Any answer: one line that says it, and what a person may do next."""

    summary: str
    next: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    exit_code: int = 0
