"""A plan of ablations, carried out on a table of every combination: what it finds out, for the runs that it takes."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.families.ablation_notebooks import PIPELINES, SEEDS, Part, table
from jupyter_coimprove.bench.family import Execute, Family, Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth, book

if TYPE_CHECKING:
    import numpy as np

METRIC = "wrong"
#: What runs cost: a plan that takes the whole budget loses this share of its skill.
COST = 0.2
_BUDGETS = (40, 60, 90, 140)
#: A budget in which no plan of parts changed alone reaches this is drawn again: it would measure luck.
_LEAST = 0.45
_ACTIONS = ("REMOVE", "REPLACE", "ADD")
#: Level of the intervals that decide whether a part helps or hurts.
_ALPHA = 0.05
#: The best of what plans without skill are worth on average: those that run nothing (the others are below, in the tests).
FLOOR = 0.0


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a plan finds out of each part: its contribution (nan where the plan cannot tell it) and the verdict."""

    contributions: tuple[float, ...]
    verdicts: tuple[str, ...]
    runs: int


def carried_out(name: str, arms: Sequence[int], blocks: Sequence[int]) -> Found:
    """A plan on the table: the notebook as it is and ``arms`` (bits say which parts are changed), in every block.

    Contributions are how many fewer test items are wrong with the part than without it, by least squares with a
    fixed effect of each block; an effect that the arms cannot tell from others is nan, and not identified.
    """
    import numpy as np

    responses = np.array(table(name), dtype=float)
    parts = PIPELINES[name].parts
    masks = [0, *arms]
    design = np.array([[mask >> place & 1 for place in range(len(parts))] for mask in masks], dtype=float)
    design -= design.mean(axis=0)
    inverse = np.linalg.pinv(design)
    whole = np.isclose(inverse @ design, np.eye(len(parts)), atol=1e-8).all(axis=1)
    each = (inverse @ responses[np.ix_(masks, list(blocks))]).T
    each = each * np.array([-1.0 if part.action == "ADD" else 1.0 for part in parts])
    verdicts = tuple(
        _verdict(each[:, place]) if whole[place] else "not identified" for place in range(len(parts))
    )
    means = [float(each[:, place].mean()) if whole[place] else math.nan for place in range(len(parts))]
    return Found(contributions=tuple(means), verdicts=verdicts, runs=len(masks) * len(blocks))


def _verdict(differences: np.ndarray) -> str:
    """Paired t at 95 %: helps, hurts or undecidable."""
    import numpy as np
    from scipy import special

    mean, n = float(differences.mean()), len(differences)
    half = float(special.stdtrit(n - 1, 1 - _ALPHA / 2)) * float(np.std(differences, ddof=1)) / math.sqrt(n)
    if abs(mean) <= max(half, 1e-9):
        return "undecidable"
    return "helps" if mean > 0 else "hurts"


@functools.cache
def truth(name: str) -> Found:
    """What all seeds show of each part, changed alone."""
    return carried_out(name, [1 << place for place in range(len(PIPELINES[name].parts))], range(SEEDS))


def skill(found: Found, true: Found) -> float:
    """½ τ_b of the contributions + ½ accuracy of the verdicts over the third that guessing gets.

    Parts that the plan does not identify count as wrong, and as told from no other.
    """
    right = [a == b for a, b in zip(found.verdicts, true.verdicts, strict=True)]
    accuracy = valuing.corrected(sum(right) / len(right), 1 / 3)
    return 0.5 * _tau(found.contributions, true.contributions) + 0.5 * accuracy


def _tau(said: Sequence[float], true: Sequence[float]) -> float:
    """τ_b (Kendall 1945), where pairs with an unknown add nothing to what agrees."""
    agree, mine, theirs = 0.0, 0, 0
    for i in range(len(true)):
        for j in range(i):
            a, b = said[i] - said[j], true[i] - true[j]
            theirs += b != 0
            mine += a != 0  # nan is different from 0: an unknown pair counts as if it were said
            if not math.isnan(a):
                agree += (a * b > 0) - (a * b < 0)
    return agree / math.sqrt(mine * theirs) if mine and theirs else 0.0


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    pipeline = PIPELINES[template]
    chance = random.Random(f"ablation-plan/{template}/{seed}")
    for _ in range(50):
        order, budget = tuple(chance.sample(range(SEEDS), SEEDS)), chance.choice(_BUDGETS)
        if best(template, order, budget)[1] >= _LEAST:
            break
    # The pilot's seeds are those that a plan reaches last.
    pilot = [table(template)[0][block] for block in order[-5:]]
    parts = [
        {"name": p.name, "action": p.action, **({"replacement": p.replacement} if p.replacement else {})}
        for p in chance.sample(pipeline.parts, len(pipeline.parts))
    ]
    material: dict[str, Any] = {
        "response": f"{METRIC}: {pipeline.words}; lower is better", "parts": parts, "budget_runs": budget,
        "blocks_most": SEEDS, "pilot_of_the_notebook_as_it_is": pilot, "smallest_effect": 1.0,
    }  # fmt: skip
    ask = (
        "What does each part contribute to this notebook as it is? Plan ablations within the budget of runs. The notebook "
        "as it is runs in every block beside your arms; a block is a seed. Entries with one name are one arm. "
        "Few runs are better than many. Answer with arms and blocks as value."
    )
    entry = {
        "type": "object", "required": ["name", "ablated_part", "action", "replacement", "metrics"],
        "properties": {
            "name": {"type": "string"}, "ablated_part": {"enum": [p.name for p in pipeline.parts]}, "action": {"enum": list(_ACTIONS)},
            "replacement": {"type": "string"}, "metrics": {"type": "array", "items": {"type": "string"}},
        },
    }  # fmt: skip
    schema = {
        "type": "object", "required": ["arms", "blocks"],
        "properties": {"arms": {"type": "array", "items": entry}, "blocks": {"type": "integer", "minimum": 0, "maximum": SEEDS}},
    }  # fmt: skip
    item = Item(
        family="ablation-plan", template=template, seed=seed, ask=ask, notebook=book(pipeline.sources()), material=material,
        schema=schema,
    )  # fmt: skip
    found = best(template, order, budget)
    return (Sample(item=item, truth=Truth(data={"order": order, "budget": budget, "best": found})),)


def arms_of(value: object, parts: Sequence[Part]) -> list[int]:
    """The arms of an answer that can be carried out: each entry names a part, its action and what replaces it."""
    by_name = {part.name: (place, part) for place, part in enumerate(parts)}
    arms: dict[str, int] = {}
    broken = set()
    listed = value.get("arms", ()) if isinstance(value, Mapping) else ()
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, Mapping):
            continue
        name = str(entry.get("name"))
        place, part = by_name.get(str(entry.get("ablated_part")), (0, None))
        metrics = entry.get("metrics")
        fits = (
            part is not None
            and entry.get("action") == part.action
            and str(entry.get("replacement") or "").strip() == part.replacement
            and isinstance(metrics, list)
            and METRIC in metrics
        )
        if not fits:
            broken.add(name)
        arms[name] = arms.get(name, 0) | 1 << place
    return [mask for name, mask in arms.items() if name not in broken]


def raw(name: str, order: Sequence[int], budget: int, arms: Sequence[int], blocks: int) -> float:
    """Skill · (1 − 0.2 · runs / budget); nothing for a plan that runs nothing. What the budget does not pay for is not run."""
    number = min(blocks, SEEDS, budget // (len(arms) + 1))
    if not arms or number < 2:
        return 0.0
    found = carried_out(name, arms, order[:number])
    return skill(found, truth(name)) * (1 - COST * found.runs / budget)


@functools.lru_cache(maxsize=256)
def best(name: str, order: tuple[int, ...], budget: int) -> tuple[int, float]:
    """The blocks of the best plan that changes each part alone, and what it is worth: the measure's 1."""
    arms = [1 << place for place in range(len(PIPELINES[name].parts))]
    most = min(SEEDS, budget // (len(arms) + 1))
    worth = {number: raw(name, order, budget, arms, number) for number in range(2, most + 1)}
    number = max(worth, key=worth.__getitem__)
    return number, worth[number]


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    value = answer.value
    blocks = value.get("blocks") if isinstance(value, Mapping) else 0
    arms = arms_of(value, PIPELINES[sample.item.template].parts)
    number = blocks if isinstance(blocks, int) and not isinstance(blocks, bool) else 0
    name, data = sample.item.template, sample.truth.data
    worth = raw(name, data["order"], data["budget"], arms, number) / data["best"][1]
    return valuing.mark(sample, min(1.0, worth), f"{len(arms)} arms that can be carried out, {number} blocks")


def _entry(name: str, part: Part) -> dict[str, Any]:
    return {
        "name": name, "ablated_part": part.name, "action": part.action, "replacement": part.replacement, "metrics": [METRIC],
    }  # fmt: skip


def _perfect(sample: Sample) -> Answer:
    arms = [_entry(part.name, part) for part in PIPELINES[sample.item.template].parts]
    return Answer(value={"arms": arms, "blocks": sample.truth.data["best"][0]}, confidence=1.0)


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """No arm, everything changed at once, or arms, actions and blocks by lot."""
    if how == "pass":
        return Answer(value={"arms": [], "blocks": 0})
    parts = item.material["parts"]
    if how == "fail":
        all_ = [
            {"name": "all", "ablated_part": part["name"], "action": part["action"], "replacement": part.get("replacement", ""),
             "metrics": [METRIC]} for part in parts
        ]  # fmt: skip
        return Answer(value={"arms": all_, "blocks": SEEDS})
    replacements = ["", *(part["replacement"] for part in parts if "replacement" in part)]
    arms = [
        {"name": f"arm {chance.randrange(6)}", "ablated_part": chance.choice(parts)["name"], "action": chance.choice(_ACTIONS),
         "replacement": chance.choice(replacements), "metrics": [METRIC]} for _ in range(chance.randint(1, 8))
    ]  # fmt: skip
    return Answer(value={"arms": arms, "blocks": chance.randint(0, SEEDS)})


ABLATION_PLAN = Family(
    name="ablation-plan", activity=4, title="A plan of ablations", measure="½ τ_b + ½ verdicts, less the cost of runs",
    templates=tuple(PIPELINES), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.above(FLOOR),
)  # fmt: skip
