"""Claims against the ledger: a wrong sign, a number rounded to what it is not, a dropped interval, an overclaim."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_coimprove.bench import detecting, valuing
from jupyter_coimprove.bench.families import ledgers
from jupyter_coimprove.bench.families.ledgers import Told, Verdict
from jupyter_coimprove.bench.family import Execute, Family, Mark
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth
from jupyter_coimprove.evidence.printing import MINUS

Kind = Literal["sign", "number", "interval", "overclaim"]
KINDS: tuple[Kind, ...] = ("sign", "number", "interval", "overclaim")
#: Macro F1 of always-sound: one class in full recall at half precision, the other empty. A coin's is as large.
_FLOOR = 1 / 3
_WORDS = (("raise", "lower"), ("increase", "decrease"), ("lift", "reduce"))
#: What decides and what leaves open, in as many words.
_VERBS = (
    ("does", "may"), ("did", "might"), ("is shown to", "is thought to"), ("will surely", "would perhaps"), ("was found to", "has yet to"),
    ("is known to", "is hoped to"), ("manages to", "is meant to"), ("can only", "could well"), ("demonstrably does", "conceivably does"),
    ("went on to", "is free to"),
)  # fmt: skip
#: How far it is said to reach: beyond these runs, and not beyond.
_SCOPES = (
    ("in general", "on {data}"), ("always", "here"), ("everywhere", "locally"), ("on unseen tables", "on these splits"),
    ("whatever the data", "with these data"), ("for every user", "in these runs"), ("beyond any doubt", "within these blocks"),
    ("at every scale", "at this scale"), ("as a law", "as measured"), ("with any model", "with this model"), ("for good", "for now"),
    ("on your tables too", "on these tables only"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Form:
    """A study and how it is told: ``line`` is of one treatment, ``scale`` the size of a difference, ``way`` what is better."""

    data: str
    response: str
    arms: tuple[str, ...]
    head: str
    line: str
    tail: str = ""
    scale: float = 0.01
    way: int = 1


_FORMS = {
    "bullets": _Form(
        data="digits", response="accuracy", arms=("gamma=0.01", "C=10", "no_scaler", "kernel=poly"),
        head="What the support vector machine needs on digits:", line="- `{arm}` {verb} {response}{scope}: {est} ({iv}, {n}).",
    ),
    "prose": _Form(
        data="breast_cancer", response="F1", arms=("max_depth=3", "no_class_weight", "n_estimators=50"),
        head="We varied the forest on breast_cancer.", line="With `{arm}`, {response} changes by {est} ({iv}, {n}); it {verb} it{scope}.",
    ),
    "abstract": _Form(
        data="wine", response="balanced accuracy", arms=("penalty=l1", "no_pca", "solver=saga", "C=0.01"),
        head="A logistic regression on wine was taken apart.", line="Here `{arm}` {verb} {response}{scope}, by {est} ({iv} over {n}).",
        tail="All blocks are other splits of the same table.",
    ),
    "numbers-first": _Form(
        data="diabetes", response="R2", arms=("alpha=10", "no_interactions", "l1_ratio=0.9"),
        head="Elastic net on diabetes.", line="{est} in {response} ({iv}, {n}): this is what `{arm}` gives, and it {verb} it{scope}.", scale=0.03,
    ),
    "letter": _Form(
        data="iris", response="accuracy", arms=("k=15", "weights=distance", "metric=manhattan"),
        head="As you asked for the neighbours on iris:", line="`{arm}` moved {response} by {est} ({iv}; {n}), so it {verb} it{scope}.",
        tail="The runs are in the record.",
    ),
    "loss": _Form(
        data="make_moons", response="log loss", arms=("dropout=0", "no_warmup", "batch=512", "no_decay"),
        head="Training the small network on make_moons.", line="- `{arm}`: {est} ({iv}, {n}). It {verb} {response}{scope}.", scale=0.05, way=-1,
    ),
    "error": _Form(
        data="make_friedman1", response="RMSE", arms=("subsample=0.5", "learning_rate=0.3", "max_leaf=8"),
        head="Boosting on make_friedman1, one part at a time.", line="Changing to `{arm}` {verb} {response}{scope}; the difference is {est} ({iv}, {n}).",
        scale=0.4, way=-1,
    ),
    "caption": _Form(
        data="make_blobs", response="silhouette", arms=("n_init=1", "init=random", "no_whitening"),
        head="Clustering of make_blobs without one part each.", line="`{arm}` ({est}, {iv}, {n}) {verb} {response}{scope}.", scale=0.02,
        tail="Points are single blocks, bars are intervals.",
    ),
    "seconds": _Form(
        data="make_classification", response="seconds", arms=("workers=4", "pin_memory", "no_cache"),
        head="What an epoch costs on make_classification.", line="We find {est} for `{arm}` ({iv}, {n}): it {verb} {response}{scope}.", scale=2.0, way=-1,
    ),
    "note": _Form(
        data="make_regression", response="explained variance", arms=("degree=3", "no_intercept", "robust_loss", "no_weights"),
        head="Notes on the polynomial fit to make_regression", line="* {response} under `{arm}`: {est} ({iv}, {n}) - it {verb} it{scope}",
        scale=0.008,
    ),
}  # fmt: skip


def _line(form: _Form, one: Told, chance: random.Random, fault: str, scope: str) -> str:
    """One treatment as it is told; ``fault`` is what is wrong with it."""
    flip = fault == "sign"
    up, down = chance.choice(_WORDS)
    falls = (one.estimate < 0) != flip
    sure, left = chance.choice(_VERBS)
    decided = one.verdict != "undecided" or fault == "decides"
    verb = f"{sure if decided else left} {down if falls else up}"
    est = one.number("estimate", flip=flip)
    ends = (one.number("low", flip=flip), one.number("high", flip=flip))
    low, high = ends[::-1] if flip else ends
    blocks = one.blocks
    if fault == "number":
        where = chance.choice(("estimate", "estimate", "low", "high", "blocks"))
        est = _other(est, one.places, chance) if where == "estimate" else est
        low = _other(low, one.places, chance) if where == "low" else low
        high = _other(high, one.places, chance) if where == "high" else high
        blocks += chance.choice((-2, -1, 1, 2)) if where == "blocks" else 0
    iv = f"{chance.choice(('95 % interval', '95 % confidence interval', 'interval at 95 %'))} {low} to {high}"
    n = f"{blocks} blocks"
    if fault == "interval":
        words = chance.choice(("range of {n} blocks", "the {n} blocks from", "all {n} differences"))
        iv = f"{words.format(n=one.blocks)} {one.number('smallest')} to {one.number('largest')}"
        n = f"{one.blocks} runs"
    return form.line.format(arm=one.arm, verb=verb, response=form.response, est=est, iv=iv, n=n, scope=scope)


def _other(shown: str, places: int, chance: random.Random) -> str:
    """A number of as many digits that the true one does not round to: some units of the last place further."""
    sign, digits = (shown[0], shown[1:]) if shown[0] in "+" + MINUS else ("", shown)
    unit = 10.0**-places
    steps = [k for k in (-4, -3, -2, 2, 3, 4) if float(digits) + k * unit > 0]
    made = f"{float(digits) + chance.choice(steps) * unit:.{places}f}"
    return sign + made


def _text(form: _Form, tolds: Sequence[Told], seed: str, fault: str, at: int) -> str:
    chance = random.Random(seed)
    wide, narrow = (words.format(data=form.data) for words in chance.choice(_SCOPES))
    decided = [i for i, one in enumerate(tolds) if one.verdict != "undecided"]
    scoped = at if fault == "reach" else decided[0]
    lines = [form.head]
    for number, one in enumerate(tolds):
        scope = f" {wide if fault == 'reach' else narrow}" if number == scoped else ""
        # Twins are told by the same draws.
        own = random.Random(f"{seed}/{number}")
        lines.append(_line(form, one, own, fault if number == at else "", scope))
    return "\n".join([*lines, form.tail] if form.tail else lines)


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    form = _FORMS[template]
    chance = random.Random(f"claim-check/{template}/{seed}")
    blocks = chance.randint(10, 16)
    arms = chance.sample(form.arms, 3)
    wanted: list[Verdict] = [
        "undecided",
        chance.choice(("better", "worse")),
        chance.choice(("better", "worse", "undecided")),
    ]
    chance.shuffle(wanted)
    tolds = [
        ledgers.drawn(chance, arm, verdict, scale=form.scale, way=form.way, blocks=blocks)
        for arm, verdict in zip(arms, wanted, strict=True)
    ]
    kind = chance.choice(KINDS)
    fault, decided = str(kind), [i for i, v in enumerate(wanted) if v != "undecided"]
    at = chance.randrange(3)
    if kind == "overclaim":
        fault = chance.choice(("decides", "reach"))
        at = chance.choice([i for i in range(3) if (i in decided) == (fault == "reach")])
    told = f"{seed}/{template}"
    made = {
        verdict: _sample(template, seed, form, tolds, _text(form, tolds, told, what, at), verdict, kind)
        for verdict, what in (("flawed", fault), ("sound", ""))
    }
    return detecting.twins(seed, made["flawed"], made["sound"])


def _sample(
    template: str, seed: int, form: _Form, tolds: Sequence[Told], text: str, verdict: Any, kind: Kind
) -> Sample:
    material = {
        "claim": text, "response": form.response, "better": "larger" if form.way > 0 else "smaller", "ledger": ledgers.as_material(tolds),
    }  # fmt: skip
    item = Item(
        family="claim-check", template=template, seed=seed, kinds=KINDS, material=material,
        ask="Does the ledger back this claim? Every number is to be the ledger's as rounded, with its sign (sign, number); every effect "
            "is to stand with its confidence interval (interval); and no more is to be said than its verdict and these runs decide "
            "(overclaim). `differences` are treatment minus baseline by block, `estimate` their mean.",
    )  # fmt: skip
    return Sample(item=item, truth=Truth(verdict=verdict, kind=kind if verdict == "flawed" else ""))


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    return detecting.mark(sample, answer)


def macro_f1(marks: Sequence[Mark]) -> float:
    """Mean F1 of finding the flawed (with the right kind, else it is missed) and of finding the sound; nan of none."""
    flawed, sound = [m for m in marks if m.part == "flawed"], [m for m in marks if m.part == "sound"]
    if not flawed or not sound:
        return math.nan
    hit = sum(bool(m.value) and m.kind_right is not False for m in flawed)
    false, missed = sum(m.value for m in sound), sum(not m.value for m in flawed)
    right = len(sound) - false
    ones = (
        2 * hit / (len(flawed) + hit + false) if hit else 0.0,
        2 * right / (len(sound) + right + missed) if right else 0.0,
    )
    return sum(ones) / 2


def _total(marks: Sequence[Mark]) -> float:
    raw = macro_f1(marks)
    return raw if math.isnan(raw) else max(0.0, valuing.corrected(raw, _FLOOR))


CLAIM_CHECK = Family(
    name="claim-check", activity=10, title="Does the ledger back the claim", measure="macro F1 with the kind, above chance",
    templates=tuple(_FORMS), make=_make, mark=_mark, perfect=detecting.perfect, simple=detecting.simple, total=_total,
)  # fmt: skip
