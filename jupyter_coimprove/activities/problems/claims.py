"""Differences that a notebook's prose claims, held against the baseline's noise."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_coimprove.activities.activity import Card
from jupyter_coimprove.evidence.noise import noise
from jupyter_coimprove.notebook.cells import Notebook

_NUMBER = r"(?P<number>\d+(?:\.\d+)?|\.\d+)(?P<percent>\s?(?:%|percent|points?|pp)\b|\s?%)?"
_CLAIMS = (
    re.compile(rf"\b(?:improv\w*|gain\w*|rais\w*|lift\w*|increas\w*|reduc\w*|lower\w*|drop\w*|decreas\w*|boost\w*|wins?|beats?|outperform\w*)\b[^.;\n]{{0,40}}?\bby\s+(?:about\s+|around\s+|~\s*)?\+?{_NUMBER}", re.I),
    re.compile(rf"\b(?:gain|improvement|difference|gap|lift|drop|boost)\s+(?:of|is|was)\s+(?:about\s+|around\s+|~\s*)?\+?{_NUMBER}", re.I),
    re.compile(rf"(?<![\w.]){_NUMBER}\s+(?:\w+\s+)?(?:better|higher|lower|worse|more accurate)\b", re.I),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A difference as it is written: ``text`` its number, ``sentence`` where it stands, ``cell`` from 1."""

    text: str
    value: float
    percent: bool
    sentence: str
    cell: int


def claimed(notebook: Notebook) -> list[Claim]:
    """Differences in the Markdown cells, each once a cell."""
    out: dict[tuple[int, str], Claim] = {}
    for cell in notebook.cells:
        if cell.kind != "markdown":
            continue
        plain = re.sub(r"```.*?```|`[^`]*`", " ", cell.source, flags=re.S)
        for pattern in _CLAIMS:
            for match in pattern.finditer(plain):
                text = match["number"] + ("%" if match["percent"] else "")
                start = max(plain.rfind(mark, 0, match.start()) for mark in (". ", "\n")) + 1
                end = (
                    next((m.start() + 1 for m in re.finditer(r"\.\s|\n|$", plain[match.end() :])), 0)
                    + match.end()
                )
                claim = Claim(
                    text=text, value=float(match["number"]), percent=bool(match["percent"]),
                    sentence=plain[start:end].strip(" *-#\n"), cell=cell.index + 1,
                )  # fmt: skip
                if claim.value:
                    out.setdefault((claim.cell, text), claim)
    return list(out.values())


def against_noise(
    claims: Sequence[Claim], values: Sequence[float], *, response: str, blocks: int, split_ratio: float | None, used: str,
    notebook: str,
) -> Iterator[Card]:  # fmt: skip
    """A card a claim that takes more blocks to show than were run; ``values`` are the baseline's, one a block."""
    share = bool(values) and all(0 <= value <= 1 for value in values)
    for claim in claims:
        size = claim.value / 100 if claim.percent and share else claim.value
        found = noise(values, blocks=blocks, claims=(size,), split_ratio=split_ratio)
        ((_, needed),) = found.claims
        if found.sd == 0 or 0 < needed <= blocks:
            continue
        told = f"needs about {needed} blocks" if needed else "is shown by no number of blocks"
        yield Card(
            kind="problem", title=f"the {claim.text} in cell {claim.cell} {told}",
            key=f"claim:{claim.cell}:{claim.text}", goal="what is claimed is larger than the noise, or is not claimed",
            evidence=(
                f"“{claim.sentence[:200]}”",
                f"{response} spreads {found.sd:.2g} over {found.n} blocks: differences under {found.visible:.2g} are invisible at {blocks}",
            ),
            untried=(f"{needed} blocks" if needed else "more data",), weight=0.8, cells=(claim.cell,), used=(used,),
            next=(f"noise {shlex.quote(used)} --claim {size:g}",), data={"source": "claim", "claim": size, "needed": needed, "notebook": notebook},
        )  # fmt: skip
