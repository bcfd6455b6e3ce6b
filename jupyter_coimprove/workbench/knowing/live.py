"""Live variables as facts: what the kernel said of each, worth more where the question names it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.knowing import Entry

#: One summary is a few lines; a longer one is not what the snapshot makes.
LONGEST = 8_000


def entries(
    live: Mapping[str, Any], only: Sequence[str] | None, question: str, withheld: frozenset[str]
) -> list[Entry]:
    """A ``variable`` block each, and one that says when they were asked for and what was left out."""
    from jupyter_coimprove.proposals.context import encode
    from jupyter_coimprove.proposals.provider import Block

    asked = set(re.findall(r"[^\W\d]\w*", question))
    found: list[Entry] = []
    listed = live.get("variables")
    for one in listed if isinstance(listed, (list, tuple)) else ():
        if not isinstance(one, Mapping) or not isinstance(name := one.get("name"), str):
            continue
        if name in withheld or (only is not None and name not in only):
            continue
        block = Block(kind="variable", v=1, data=dict(one))
        if len(encode(block)) <= LONGEST:
            found.append((50.0 if name in asked else 3.0 + ("columns" in one), False, block))
    left = [name for name in live.get("left_out") or () if isinstance(name, str) and name not in withheld]
    about = {"left_out": left[:50] if only is None else [], "age_s": live.get("age_s")}
    about = {key: value for key, value in about.items() if value}
    if found and about:
        found.append((5.0, False, Block(kind="variables_about", v=1, data=about)))
    return found
