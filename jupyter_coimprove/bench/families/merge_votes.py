"""Votes of annotators of whom some repeat each other's errors: what is right, better than the majority says."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.family import Execute, Family, Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth

Votes = dict[str, dict[str, str]]
#: The majority is right on a share of items within this: there is something to gain, and something to go by.
_MAJORITY = (0.45, 0.9)


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """``alone`` are the skills of those who look for themselves, ``groups`` (size, skill, how often they copy) of those who
    have one source. ``slips`` are (of, for) pairs of labels that groups confuse; ``gaps`` is the share of votes that are missing."""

    words: str
    labels: tuple[str, ...]
    alone: tuple[float, ...]
    groups: tuple[tuple[int, float, float], ...]
    items: int = 70
    gaps: float = 0.0
    slips: bool = False


_PANELS = {
    "tone": _Panel(words="the tone of a review", labels=("positive", "negative"), alone=(0.85, 0.82, 0.8), groups=((4, 0.62, 0.95),)),
    "digits": _Panel(words="which digit a scan shows", labels=("1", "4", "7", "9"), alone=(0.8, 0.78), groups=((3, 0.55, 0.9),)),
    "tissue": _Panel(words="whether tissue is malignant", labels=("benign", "malignant"), alone=(0.9, 0.88), groups=((5, 0.66, 0.9),), slips=True),
    "species": _Panel(words="the species of a flower", labels=("setosa", "versicolor", "virginica"), alone=(0.84, 0.8, 0.76), groups=((4, 0.6, 0.95),)),
    "two-schools": _Panel(words="whether a result replicates", labels=("yes", "no"), alone=(0.86, 0.84), groups=((3, 0.62, 0.95), (3, 0.6, 0.95))),
    "gaps": _Panel(words="the cultivar of a wine", labels=("one", "two", "three"), alone=(0.85, 0.8, 0.8), groups=((4, 0.58, 0.95),), gaps=0.25),
    "small": _Panel(words="whether a claim is backed", labels=("backed", "not"), alone=(0.88, 0.84, 0.84), groups=((4, 0.6, 1.0),), items=40),
    "loose": _Panel(words="whether a chart misleads", labels=("misleads", "fair"), alone=(0.86, 0.84, 0.8), groups=((5, 0.62, 0.75),), items=90),
    "one-expert": _Panel(words="the cause of a failure", labels=("data", "code", "machine"), alone=(0.95, 0.6, 0.6), groups=((3, 0.52, 0.9),)),
    "slips": _Panel(words="the stage of a disease", labels=("early", "middle", "late"), alone=(0.84, 0.8, 0.8), groups=((4, 0.6, 0.9),), slips=True),
    "noisy": _Panel(words="whether two texts agree", labels=("agree", "differ"), alone=(0.74, 0.74, 0.72, 0.72), groups=((5, 0.6, 0.95),), items=100),
}  # fmt: skip


def _panel(panel: _Panel, chance: random.Random) -> tuple[Votes, dict[str, str]]:
    """The votes and the truth of one draw."""
    names = [f"item{i + 1}" for i in range(panel.items)]
    truth = {name: chance.choice(panel.labels) for name in names}
    rows: list[dict[str, str]] = []
    for skill in panel.alone:
        own = min(0.97, max(0.55, skill + chance.uniform(-0.03, 0.03)))
        rows.append({name: _said(panel, truth[name], own, chance, slips=False) for name in names})
    for size, skill, copies in panel.groups:
        source = {name: _said(panel, truth[name], skill, chance, slips=panel.slips) for name in names}
        for _ in range(size):
            rows.append(
                {
                    name: source[name] if chance.random() < copies else _said(panel, truth[name], skill, chance, slips=panel.slips)
                    for name in names
                }
            )  # fmt: skip
    chance.shuffle(rows)
    votes = {
        f"voter{i + 1}": {name: label for name, label in row.items() if chance.random() >= panel.gaps}
        for i, row in enumerate(rows)
    }
    return votes, truth


def _said(panel: _Panel, right: str, skill: float, chance: random.Random, *, slips: bool) -> str:
    """One vote; with ``slips`` what is wrong is the label before the right one."""
    if chance.random() < skill:
        return right
    place = panel.labels.index(right)
    return panel.labels[place - 1] if slips else chance.choice([x for x in panel.labels if x != right])


def majority(votes: Votes, names: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """The commonest vote by item, of equally common ones the first of ``labels``."""
    out = {}
    for name in names:
        counts = Counter(row[name] for row in votes.values() if name in row)
        out[name] = max(labels, key=lambda label: counts[label])
    return out


def _share(said: dict[str, str], truth: dict[str, str]) -> float:
    return sum(said.get(name) == right for name, right in truth.items()) / len(truth)


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    panel = _PANELS[template]
    chance = random.Random(f"merge-votes/{template}/{seed}")
    while True:
        votes, truth = _panel(panel, chance)
        common = _share(majority(votes, list(truth), panel.labels), truth)
        if _MAJORITY[0] <= common <= _MAJORITY[1]:
            break
    item = Item(
        family="merge-votes", template=template, seed=seed, material={"labels": list(panel.labels), "votes": votes},
        ask=f"Annotators said {panel.words}. Some know it better than others, and some only repeat each other. What is right for each item?",
        schema={"type": "object", "additionalProperties": {"enum": list(panel.labels)}},
    )  # fmt: skip
    return (Sample(item=item, truth=Truth(data={"truth": truth, "majority": common})),)


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    """How much of what the majority misses is right, less what it has right and is lost."""
    del execute
    common = float(sample.truth.data["majority"])
    said = answer.value if isinstance(answer.value, dict) else {}
    share = _share(said, sample.truth.data["truth"])
    return valuing.mark(
        sample, valuing.corrected(share, common), f"{share:.3f} right, {common:.3f} by majority"
    )


def total(marks: Sequence[Mark]) -> float:
    """The mean over the majority; what is no better than the majority shows no skill and counts as 0."""
    raw = valuing.mean(marks)
    return raw if math.isnan(raw) else max(0.0, raw)


def _perfect(sample: Sample) -> Answer:
    return Answer(value=dict(sample.truth.data["truth"]), confidence=1.0)


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """The majority, the first label for all, or any label."""
    labels, votes = item.material["labels"], item.material["votes"]
    names = sorted({name for row in votes.values() for name in row})
    if how == "pass":
        return Answer(value=majority(votes, names, labels))
    return Answer(value={name: labels[0] if how == "fail" else chance.choice(labels) for name in names})


MERGE_VOTES = Family(
    name="merge-votes", activity=11, title="What is right when some only repeat each other", measure="accuracy over majority vote",
    templates=tuple(_PANELS), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=total,
)  # fmt: skip
