"""The answer to `fix`: what an error means, and what would repair it."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_coimprove.workbench.view import View


@dataclass(frozen=True, kw_only=True)
class FixView(View):
    """Cells and lines count from 1; ``line`` is 0 where it is not known.

    ``cause`` are words of rules, empty where none fits. ``repair`` says what ``proposals`` (ids of the
    record) change, or which cells (``run``) are to be run first; ``diff`` is the change, ``caution`` what of the
    meaning may change with it. ``verified`` is ``not tried``, ``works`` or ``fails``; ``tried`` says what came of it.
    ``live`` says that the running kernel told of its variables. ``words`` are what ``model`` says over all that; what
    it proposes stands last among ``proposals``.
    """

    notebook: str
    cell: int
    line: int
    error: str
    cause: str
    rule: str
    repair: str = ""
    caution: str = ""
    run: tuple[int, ...] = ()
    diff: str = ""
    proposals: tuple[str, ...] = ()
    verified: str = "not tried"
    tried: str = ""
    live: bool = False
    words: str = ""
    model: str = ""
