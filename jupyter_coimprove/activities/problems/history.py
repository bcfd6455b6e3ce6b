"""What the record leaves open: undecided effects, deviations, noisy responses, levels that nobody tried."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.activities.activity import Card
from jupyter_coimprove.evidence.noise import noise
from jupyter_coimprove.notebook.candidates import WORTH, Candidate

#: Untried candidates that are listed.
LISTED = 6


@dataclass(frozen=True, kw_only=True)
class Past:
    """One experiment of the notebook that has ended. ``verdicts`` are by arm; ``values`` the baseline's, one a block.

    ``finding`` is its card's id, where it has one, and ``state`` that card's. ``logged`` are the series that its
    first baseline run recorded, in their order.
    """

    id: str
    question: str
    response: str
    blocks: int
    factors: tuple[str, ...]
    verdicts: Mapping[str, str] = field(default_factory=dict)
    values: tuple[float, ...] = ()
    deviations: tuple[str, ...] = ()
    smallest_effect: float | None = None
    split_ratio: float | None = None
    finding: str = ""
    state: str = ""
    logged: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def open_ends(past: Sequence[Past]) -> Iterator[Card]:
    """A card an experiment with undecided effects, one with deviations, one whose response is too noisy."""
    for one in past:
        used = tuple(filter(None, (one.id, one.finding)))
        undecided = [arm for arm, verdict in one.verdicts.items() if verdict == "undecided"]
        if undecided:
            yield Card(
                kind="problem", title=f"undecided: {', '.join(undecided[:4])}", key=f"undecided:{one.id}",
                goal="it is known whether they matter", evidence=(
                    f"{one.id} ({one.question}) left {len(undecided)} of {len(one.verdicts)} treatments undecided at {one.blocks} blocks",
                ),
                untried=("more blocks",), weight=0.6, used=used, next=(f"replicate {one.finding or one.id}",),
                data={"source": "open end"},
            )  # fmt: skip
        if one.deviations:
            yield Card(
                kind="problem", title=f"{one.id} was not run as registered", key=f"deviations:{one.id}",
                goal="the result is repeated as planned", evidence=one.deviations[:4], weight=0.4, used=used,
                untried=("the same plan on fresh blocks",), next=(f"replicate {one.finding or one.id}",), data={"source": "open end"},
            )  # fmt: skip


def noisy(past: Sequence[Past]) -> Iterator[Card]:
    """A card a response whose blocks hide the effect of interest, or, where none is named, a tenth of its level."""
    newest = {one.response: one for one in past if len(one.values) >= 2}
    for one in newest.values():
        found = noise(one.values, blocks=max(2, one.blocks), split_ratio=one.split_ratio)
        wanted = one.smallest_effect or 0.1 * abs(found.mean)
        if not wanted or found.visible <= wanted:
            continue
        ((_, needed),) = noise(
            one.values, blocks=max(2, one.blocks), claims=(wanted,), split_ratio=one.split_ratio
        ).claims
        what = (
            f"the smallest effect of interest, {wanted:.2g}"
            if one.smallest_effect
            else f"a tenth of its level, {wanted:.2g}"
        )
        yield Card(
            kind="problem", title=f"{one.response} is too noisy for {one.blocks} blocks", key=f"noisy:{one.response}",
            goal="effects of interest can be seen", evidence=(
                f"it spreads {found.sd:.2g} over {found.n} blocks; differences under {found.visible:.2g} are invisible, {what} among them",
            ),
            untried=(f"{needed} blocks" if needed else "more data", "a response that averages more items", "--items: a score of each test item"),
            weight=0.55, used=(one.id,), data={"source": "noise", "needed": needed},
        )  # fmt: skip


def untested(candidates: Sequence[Candidate], past: Sequence[Past], notebook: str) -> Iterator[Card]:
    """One card of what could be varied and was in no experiment, the likeliest first."""
    tried = {name for one in past for name in one.factors}
    left = [
        c for c in candidates if c.kind != "seed" and c.score >= WORTH and c.levels and c.name not in tried
    ][:LISTED]
    if not left:
        return
    first = left[0]
    known = (
        f"{len(tried)} of {len(tried) + len(left)} were varied: {', '.join(sorted(tried))}"
        if tried
        else "no experiment of this notebook"
    )
    yield Card(
        kind="problem", title=f"never varied: {', '.join(c.name for c in left[:4])}", key="untested",
        goal="it is known what these settings do", evidence=tuple(f"{c.name} = {c.source}" for c in left), known=(known,),
        untried=tuple(f"{c.name} = {', '.join(c.levels[:2])}" for c in left if c.levels), weight=0.35,
        cells=tuple(sorted({place.address.ordinal + 1 for c in left for place in c.places if not place.file})),
        next=(f"plan {shlex.quote(notebook)} -f {shlex.quote(f'{first.name}={first.levels[0]}')}",), data={"source": "untested"},
    )  # fmt: skip
