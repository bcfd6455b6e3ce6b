"""How an explained error and its repair look."""

from __future__ import annotations

from jupyter_coimprove.interfaces.display.sheet import Block, Line, Tone, Words, changes, facts
from jupyter_coimprove.interfaces.display.sheets import body
from jupyter_coimprove.workbench.views_fixing import FixView

_VERIFIED: dict[str, tuple[str, Tone]] = {
    "works": ("tried: it works", "good"),
    "fails": ("tried: it does not work, so it is not proposed", "bad"),
    "not tried": ("", ""),
}


@body.register
def _(view: FixView) -> list[Block]:
    blocks: list[Block] = [Line(view.error, "bad")]
    if view.cause:
        blocks.append(Line(view.cause))
    blocks.append(
        facts(
            ("repair", view.repair), ("caution", view.caution), ("runs first", ", ".join(f"cell {n}" for n in view.run)),
            ("proposal", ", ".join(view.proposals)), ("sees", "the running kernel" if view.live else "the file and its libraries"),
        )
    )  # fmt: skip
    said, tone = _VERIFIED.get(view.verified, ("", ""))
    if said or view.tried:
        blocks.append(Line(f"{said}{': ' if said and view.tried else ''}{view.tried}", tone))
    if view.diff:
        blocks.append(changes("the change (proposed, not applied)", view.diff))
    if view.words:
        blocks += [
            Words(view.words),
            Line(f"{view.model} says this; what it proposes waits like any proposal", "muted"),
        ]
    return blocks
