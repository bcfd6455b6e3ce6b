"""Whether a plan can tell what it asks: two things that change together, told from plans in which they do not."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from jupyter_coimprove.bench import detecting
from jupyter_coimprove.bench.family import Execute, Family, Mark
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth, Verdict, book

KINDS = ("two-changes", "aliased", "blocks", "budget")
Design = Literal["one-at-a-time", "full-factorial", "fractional-factorial"]
Settings = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """``factors`` have two levels or more that are written alike long; ``fixed`` is what no arm is to change.

    ``form``: the plan as JSON, or as code of a notebook.
    """

    words: str
    kind: Literal["two-changes", "aliased", "blocks", "budget"]
    design: Design
    factors: Mapping[str, tuple[Any, ...]]
    fixed: Mapping[str, tuple[Any, ...]]
    form: Literal["json", "code"] = "json"


_PLANS = {
    "optimiser": _Plan(
        words="which of learning rate, momentum and schedule matters for a perceptron on digits", kind="two-changes", design="one-at-a-time",
        factors={"rate": (0.01, 0.03, 0.05), "momentum": (0.9, 0.5, 0.8), "schedule": ("step", "none", "warm")},
        fixed={"epochs": (30, 40, 60), "batch": (32, 64, 16)},
    ),
    "parts": _Plan(
        words="which part of a pipeline on wine matters", kind="two-changes", design="one-at-a-time",
        factors={"scaler": (1, 0), "selection": (1, 0), "whitening": (1, 0), "weights": (1, 0)}, fixed={"folds": (5, 4, 8)},
    ),
    "rows": _Plan(
        words="whether another model does better on breast_cancer", kind="two-changes", design="one-at-a-time",
        factors={"model": ("tree", "ridg", "lass", "knns")}, fixed={"rows": (300, 400, 500), "folds": (5, 4, 8)},
    ),
    "loss": _Plan(
        words="which loss a network on diabetes should have", kind="two-changes", design="one-at-a-time",
        factors={"loss": ("mse", "mae", "hub", "log")}, fixed={"depth": (2, 3, 4), "width": (32, 64, 16)}, form="code",
    ),
    "dropout": _Plan(
        words="what dropout and weight decay do on make_moons", kind="aliased", design="full-factorial",
        factors={"dropout": (0.0, 0.5), "decay": (0.0, 0.1)}, fixed={"epochs": (20, 40), "width": (16, 32)},
    ),
    "augment": _Plan(
        words="what flips, crops and noise do on digits", kind="aliased", design="full-factorial",
        factors={"flips": (0, 1), "crops": (0, 1), "noise": (0, 1)}, fixed={"epochs": (20, 30)},
    ),
    "five": _Plan(
        words="what five switches of a text classifier do", kind="aliased", design="fractional-factorial",
        factors={"bigrams": (0, 1), "lower": (0, 1), "stems": (0, 1), "idf": (0, 1), "norm": (0, 1)}, fixed={"folds": (5, 4)},
    ),
    "screen": _Plan(
        words="which of five settings of boosting matter on make_classification", kind="aliased", design="fractional-factorial",
        factors={"rate": (0.1, 0.3), "depth": (3, 5), "share": (0.5, 1.0), "leaves": (8, 4), "rounds": (40, 80)}, fixed={"folds": (5, 4)},
        form="code",
    ),
    "seeds": _Plan(
        words="whether batch normalisation helps a network on digits", kind="blocks", design="one-at-a-time",
        factors={"normalise": (0, 1), "residual": (0, 1)}, fixed={"epochs": (20, 30)},
    ),
    "splits": _Plan(
        words="whether spectral features help on make_friedman1", kind="blocks", design="one-at-a-time",
        factors={"features": ("raw", "fft", "log")}, fixed={"trees": (50, 80)}, form="code",
    ),
    "tuning": _Plan(
        words="whether a new kernel beats the old one on iris", kind="budget", design="one-at-a-time",
        factors={"kernel": ("rbf", "lin", "sig")}, fixed={"folds": (5, 4)},
    ),
    "search": _Plan(
        words="which classifier is best on wine after a search of its settings", kind="budget", design="one-at-a-time",
        factors={"model": ("svc", "mlp", "knn", "lda")}, fixed={"folds": (5, 4)}, form="code",
    ),
}  # fmt: skip


def _arms(plan: _Plan, base: Settings, chance: random.Random, flawed: bool) -> list[Settings]:
    """The settings of each arm, all of them written out, the baseline first."""
    names = list(plan.factors)
    if plan.design == "one-at-a-time":
        arms = [
            {**base, name: level} for name in names for level in plan.factors[name] if level != base[name]
        ]
        chosen = chance.randrange(len(arms))
        other, told = chance.choice(sorted(plan.fixed)), chance.random()
        if flawed and plan.kind == "two-changes":
            levels = [level for level in plan.fixed[other] if level != base[other]]
            arms[chosen] = {**arms[chosen], other: levels[int(told * len(levels))]}
        return [base, *arms]
    rows: list[tuple[int, ...]] = list(product((0, 1), repeat=len(names)))
    if plan.design == "fractional-factorial":
        rows = [(*row, sum(row) % 2) for row in product((0, 1), repeat=len(names) - 1)]
    one, twin = chance.sample(range(len(names)), 2)
    if flawed:
        rows = [tuple(row[one] if place == twin else bit for place, bit in enumerate(row)) for row in rows]
    first, *rest = sorted(rows, key=sum)
    chance.shuffle(rest)
    return [
        {**base, **{name: _other(plan.factors[name], base[name]) for name, bit in zip(names, row, strict=True) if bit}}
        for row in (first, *rest)
    ]  # fmt: skip


def _other(levels: Sequence[Any], now: Any) -> Any:
    return next(level for level in levels if level != now)


def _twin(template: str, seed: int, verdict: Verdict) -> Sample:
    plan, flawed = _PLANS[template], verdict == "flawed"
    chance = random.Random(f"confounded-plan/{template}/{seed}")
    every = {**plan.factors, **plan.fixed}
    order = chance.sample(list(every), len(every))
    base: Settings = {name: chance.choice(every[name]) for name in order}
    settings = _arms(plan, base, chance, flawed)
    letters = chance.sample("ABCDEFGHJKLMNPQRSTUVWXYZ", len(settings))
    drawn = chance.sample(range(10, 100), 10)
    blocks, fresh = drawn[:5], drawn[5:]
    budgets, picked = chance.sample((20, 40, 60, 80), 2), chance.randrange(1, len(settings))
    arms: list[dict[str, Any]] = []
    for place, (letter, one) in enumerate(zip(letters, settings, strict=True)):
        arm = {
            "name": letter,
            "settings": {name: one[name] for name in order},
            "seeds": sorted(blocks),
            "tuned_in_runs": budgets[0],
        }
        if flawed and plan.kind == "blocks" and place == picked:
            arm["seeds"] = sorted(fresh)
        if flawed and plan.kind == "budget" and place == picked:
            arm["tuned_in_runs"] = budgets[1]
        arms.append(arm)
    made = {
        "question": plan.words,
        "design": plan.design,
        "factors": sorted(plan.factors),
        "baseline": letters[0],
        # All that any arm could have, so that no value stands in one of the twins only.
        "could_be": {
            **{name: list(every[name]) for name in sorted(every)},
            "seeds": sorted(blocks + fresh),
            "tuned_in_runs": sorted(budgets),
        },
        "arms": arms,
    }
    ask = (
        "Can this plan tell what each of its factors does? It is flawed where an arm changes something besides (two-changes), two "
        "factors always change together (aliased), arms are run on different seeds (blocks), or are tuned unequally "
        "(budget). Answer with a verdict and its kind."
    )
    item = Item(
        family="confounded-plan", template=template, seed=seed, ask=ask, kinds=KINDS,
        notebook=book(_code(made)) if plan.form == "code" else None, material={} if plan.form == "code" else {"plan": made},
    )  # fmt: skip
    return Sample(
        item=item, truth=Truth(verdict=verdict, kind=plan.kind if flawed else "", data={"plan": made})
    )


def _code(made: Mapping[str, Any]) -> list[str]:
    """The plan as somebody would write it in a notebook."""
    lines = [
        f"# {made['question']}",
        f"# a {made['design']} design of {', '.join(made['factors'])}",
        "plan = {}",
    ]
    for arm in made["arms"]:
        given = ", ".join(f"{name}={value!r}" for name, value in arm["settings"].items())
        lines.append(
            f"plan[{arm['name']!r}] = dict({given}, seeds={arm['seeds']}, tuned={arm['tuned_in_runs']})"
        )
    return [
        "\n".join(lines), f"baseline = {made['baseline']!r}\nprint(len(plan), 'arms, the baseline is', baseline)",
        "results = {name: run_all(**arm) for name, arm in plan.items()}",
    ]  # fmt: skip


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    return detecting.twins(seed, _twin(template, seed, "flawed"), _twin(template, seed, "sound"))


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    return detecting.mark(sample, answer)


CONFOUNDED_PLAN = Family(
    name="confounded-plan", activity=4, title="Plans that change two things", measure="J = true alarms − false alarms",
    templates=tuple(_PLANS), make=_make, mark=_mark, perfect=detecting.perfect, simple=detecting.simple, total=detecting.youden,
)  # fmt: skip
