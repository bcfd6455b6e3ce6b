"""Is this a benchmark? What it is to show, whether its split is sound, what it can tell apart, and its floor and ceiling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_coimprove.activities.activity import Card, Entry, Section, Study, ranked
from jupyter_coimprove.activities.benchmark_items import balance, duplicates, floor, number

if TYPE_CHECKING:
    from jupyter_coimprove.activities.cases.instrument import Items
    from jupyter_coimprove.activities.problems.history import Past

#: What the form asks: its key, the question, and how it is answered.
FORM = (
    ("goal", "what a better score is to mean", "--goal TEXT"),
    ("matters", "the smallest difference that matters", "--matters X"),
    ("must", "what it must not do without", "--must TEXT"),
)
#: Rank agreement of the arms over blocks (Kendall's W) below which a ranking is not stable.
STABLE = 0.5


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What is known. ``asked`` answers the form by key; ``flaws`` are findings of checks: (id, cell, title, claim).

    ``past`` are ended experiments; ``arms`` of the newest one that compares: its arms' responses by block.
    ``dummy`` is that experiment's difference to a model that knows nothing: (estimate, low, high).
    ``items`` are the test items, where the notebook was run (``ran``) and shows them; ``direction`` of the response.
    """

    response: str
    direction: str
    asked: Mapping[str, Sequence[str]] = field(default_factory=dict)
    splits: Sequence[str] = ()
    flaws: Sequence[tuple[str, int, str, str]] = ()
    probed: Sequence[str] = ()
    past: Sequence[Past] = ()
    arms: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    dummy: tuple[float, float, float] | None = None
    items: Items | None = None
    ran: bool = False
    unseen: Sequence[str] = ()


def benchmark(sight: Sight) -> Study:
    """The validity report: desiderata, split, noise floor, what it separates, balance, floor and ceiling."""
    parts: list[Section] = [_form(sight), _split(sight)]
    cards = list(_flawed(sight))
    unseen = list(sight.unseen)
    for section, found in (_noise(sight), _separates(sight)):
        parts.append(section)
        cards += found
    if sight.items is not None:
        for section, found in (
            balance(sight.items),
            duplicates(sight.items),
            floor(sight.items, sight.asked),
        ):
            parts.append(section)
            cards += found
    elif not sight.ran:
        unseen.append("balance, repeated items, floor and ceiling: `--run` runs the notebook and looks")
    else:
        unseen.append("balance, repeated items, floor and ceiling: they need the test items")
    many = len(cards)
    said = f"{many or 'no'} reason{'' if many == 1 else 's'} to doubt `{sight.response}` as a benchmark"
    return Study(headline=said, sections=tuple(parts), cards=ranked(tuple(cards)), unseen=tuple(unseen))


def _form(sight: Sight) -> Section:
    facts = [
        (question, "; ".join(sight.asked.get(key, ())) or f"not said ({how})") for key, question, how in FORM
    ]
    better = {"max": "higher is better", "min": "lower is better"}.get(
        sight.direction, "not said which way is better"
    )
    return Section(title="Desiderata", facts=(("measured", f"{sight.response}, {better}"), *facts))


def _split(sight: Sight) -> Section:
    lines = [
        f"cell {cell}: {title}: {claim}" if cell else f"{title}: {claim}"
        for _, cell, title, claim in sight.flaws
    ]
    lines += list(sight.probed)
    return Section(
        title="Split", facts=tuple(("split", one) for one in sight.splits),
        lines=tuple(lines) or ("no flaw is read from the code; `check --probe` counts rows in both parts and shuffles the labels",),
    )  # fmt: skip


def _flawed(sight: Sight) -> Iterator[Card]:
    for id_, cell, title, claim in sight.flaws:
        yield Card(
            kind="validity", title=f"the split: {title}", key=f"flaw:{id_}", goal="a score on data that the model never saw",
            evidence=(claim,), weight=0.9, cells=(cell,) if cell else (), used=(id_,), next=(f"show {id_}",),
        )  # fmt: skip


def _noise(sight: Sight) -> tuple[Section, list[Card]]:
    from jupyter_coimprove.evidence.noise import noise

    past = next((one for one in reversed(sight.past) if len(one.values) >= 2), None)
    if past is None:
        return Section(
            title="Noise floor",
            lines=("not measured: `coimprove noise NOTEBOOK` runs the baseline a few times",),
        ), []
    wanted = number(sight.asked.get("matters", ()))
    found = noise(
        past.values,
        blocks=max(2, past.blocks),
        claims=(wanted,) if wanted else (),
        split_ratio=past.split_ratio,
    )
    section = Section(
        title="Noise floor", lines=(found.sentence, *found.notes), facts=(("measured by", past.id),)
    )
    if not wanted or found.visible <= wanted:
        return section, []
    needed = found.claims[0][1]
    card = Card(
        kind="validity", title=f"it cannot show a difference of {wanted:g}", key="noise", goal="the smallest difference that matters is seen",
        evidence=(f"at {past.blocks} blocks differences under {found.visible:.3g} are invisible; {wanted:g} matters",),
        untried=(f"{needed} blocks" if needed else "more data",), weight=0.8, used=(past.id,),
    )  # fmt: skip
    return section, [card]


def agreement(arms: Mapping[str, Mapping[int, float]]) -> tuple[float, int] | None:
    """Kendall's W over the blocks that every arm has (1: the same order each time, 0: none), and their number.

    Ties share their ranks, with the usual correction (Kendall, Babington Smith 1939). None for fewer than
    two arms or two such blocks, or where no block tells two arms apart.
    """
    names = list(arms)
    blocks = sorted(set.intersection(*(set(arms[name]) for name in names))) if len(names) > 1 else []
    n, m = len(names), len(blocks)
    if n < 2 or m < 2:
        return None
    totals, ties = [0.0] * n, 0.0
    for block in blocks:
        values = [arms[name][block] for name in names]
        for i, value in enumerate(values):
            below = sum(other < value for other in values)
            same = sum(other == value for other in values)
            totals[i] += below + (same + 1) / 2
        ties += sum(values.count(value) ** 3 - values.count(value) for value in set(values))
    mean = m * (n + 1) / 2
    spread = sum((total - mean) ** 2 for total in totals)
    most = m * m * (n**3 - n) / 12 - m * ties / 12
    return (spread / most, m) if most > 0 else None


def _separates(sight: Sight) -> tuple[Section, list[Card]]:
    past = next((one for one in reversed(sight.past) if one.verdicts), None)
    lines: list[str] = []
    cards: list[Card] = []
    rows: list[tuple[Entry, ...]] = []
    if past is None:
        return Section(
            title="Tells systems apart",
            lines=("not tried: no experiment of this notebook has compared two arms",),
        ), []
    decided = [arm for arm, verdict in past.verdicts.items() if verdict in ("better", "worse")]
    lines.append(
        f"{past.id} decided {len(decided)} of {len(past.verdicts)} treatments at {past.blocks} blocks"
    )
    if sight.dummy is not None:
        estimate, low, high = sight.dummy
        sign = 1 if sight.direction != "min" else -1
        above = (low if sign > 0 else -high) > 0
        lines.append(
            f"above a model that knows nothing by {sign * estimate:.3g} [{min(sign * low, sign * high):.3g}, {max(sign * low, sign * high):.3g}]"
        )
        if not above:
            cards.append(
                Card(
                    kind="validity",
                    title="it does not tell the notebook's model from one that knows nothing",
                    key="dummy",
                    goal="a score that knowledge raises",
                    evidence=(lines[-1],),
                    weight=0.95,
                    used=(past.id,),
                )
            )
    else:
        lines.append("a model that knows nothing was not among them (`plan --dummy`)")
    stable = agreement(sight.arms)
    if stable is not None:
        w, blocks = stable
        lines.append(
            f"the arms' order agrees over {blocks} blocks: Kendall's W {w:.2f} (1: always the same, 0: none)"
        )
        if w < STABLE and decided:
            cards.append(
                Card(
                    kind="validity",
                    title="it does not rank systems stably",
                    key="stable",
                    goal="the same order on other blocks",
                    evidence=(lines[-1],),
                    weight=0.6,
                    used=(past.id,),
                    untried=("more blocks", "more test items"),
                )
            )
        rows = [
            (arm, sum(values.values()) / len(values), min(values.values()), max(values.values()))
            for arm, values in sight.arms.items()
            if values
        ]
    return Section(
        title="Tells systems apart",
        lines=tuple(lines),
        columns=("arm", "mean", "least", "most") if rows else (),
        rows=tuple(rows),
    ), cards
