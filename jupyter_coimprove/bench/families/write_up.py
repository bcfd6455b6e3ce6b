"""Results told in words in which every number is traced to the ledger, and nothing that has to be told is left out."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_coimprove.bench import valuing
from jupyter_coimprove.bench.families import ledgers
from jupyter_coimprove.bench.families.ledgers import Verdict
from jupyter_coimprove.bench.family import Execute, Family, Mark, Simple
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth
from jupyter_coimprove.evidence.numerals import NUMBER, sign_counts, spans, value_of
from jupyter_coimprove.evidence.printing import key

#: What no skill gets: numbers of the ledger with keys drawn blindly (a test measures it again).
FLOOR = 0.11


@dataclass(frozen=True, kw_only=True)
class _Study:
    """What was varied on which data; ``tells`` are the quantities beside the effects that the text must have."""

    data: str
    response: str
    arms: tuple[str, ...]
    tells: tuple[str, ...] = ()
    scale: float = 0.01
    way: int = 1


_STUDIES = {
    "digits": _Study(data="digits", response="accuracy", arms=("gamma=0.01", "no_scaler")),
    "cancer": _Study(data="breast_cancer", response="F1", arms=("max_depth=3", "no_weights", "trees=50"), tells=("failures",)),
    "wine": _Study(data="wine", response="accuracy", arms=("penalty=l1", "no_pca", "C=0.01", "solver=saga")),
    "diabetes": _Study(data="diabetes", response="R2", arms=("alpha=10", "no_terms"), tells=("baseline",), scale=0.03),
    "iris": _Study(data="iris", response="accuracy", arms=("k=15",), tells=("failures", "baseline")),
    "moons": _Study(data="make_moons", response="loss", arms=("dropout=0", "no_warmup", "batch=512"), scale=0.05, way=-1),
    "friedman": _Study(data="make_friedman1", response="RMSE", arms=("subsample=0.5", "eta=0.3"), tells=("smallest",), scale=0.4, way=-1),
    "blobs": _Study(data="make_blobs", response="silhouette", arms=("n_init=1", "init=random", "no_whitening"), tells=("smallest", "failures"), scale=0.02),
    "classification": _Study(data="make_classification", response="seconds", arms=("workers=4", "pin_memory"), tells=("failures",), scale=2.0, way=-1),
    "regression": _Study(data="make_regression", response="variance", arms=("degree=3", "no_intercept", "robust", "no_l2"), tells=("baseline",), scale=0.008),
}  # fmt: skip
_EFFECT = ("estimate", "low", "high", "level", "blocks")


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    study = _STUDIES[template]
    chance = random.Random(f"write-up/{template}/{seed}")
    blocks = chance.randint(8, 16)
    verdicts: list[Verdict] = ["better", "worse", "undecided"]
    told = [
        ledgers.drawn(chance, arm, chance.choice(verdicts), scale=study.scale, way=study.way, blocks=blocks)
        for arm in study.arms
    ]
    rows = ledgers.as_material(told)
    known = {
        key("effects", one.arm, q): float(row[q])
        for one, row in zip(told, rows, strict=True)
        for q in _EFFECT
    }
    needed = list(known)
    failed = {arm: chance.randint(1, 4) for arm in study.arms[:1]} if "failures" in study.tells else {}
    for arm, count in failed.items():
        more = {
            key("arms", arm, "failures"): float(count),
            key("arms", arm, "planned"): float(blocks + count),
        }
        known |= more
        needed += more
    base = {
        key("arms", "baseline", "mean"): round(chance.uniform(0.5, 0.95), 4), key("arms", "baseline", "sd"): round(chance.uniform(0.5, 1.5) * study.scale, 5)
    }  # fmt: skip
    known |= base
    needed += base if "baseline" in study.tells else []
    smallest = {key("rules", "smallest_effect"): float(f"{study.scale * chance.uniform(0.5, 2):.2g}")}
    known |= smallest
    # It is told where it matters: of what is not decided.
    needed += (
        smallest if "smallest" in study.tells and any(one.verdict == "undecided" for one in told) else []
    )
    item = Item(
        family="write-up", template=template, seed=seed,
        material={
            "response": study.response, "better": "larger" if study.way > 0 else "smaller", "ledger": rows, "failed": failed,
            "numbers": known, "tell": needed,
        },
        ask=f"Tell what was found on {study.data}. All that `tell` names has to be in the text, each number rounded as you see fit, with its sign, "
            "in a line that names its treatment. List under `numbers` every number of the text in its order, as it is printed, with its key "
            "in `numbers` of the ledger. Numbers inside backticks are names.",
        schema={
            "type": "object", "required": ["text", "numbers"],
            "properties": {
                "text": {"type": "string"},
                "numbers": {
                    "type": "array", "items": {"type": "object", "required": ["text", "key"], "properties": {"text": {"type": "string"}, "key": {"type": "string"}}},
                },
            },
        },
    )  # fmt: skip
    return (Sample(item=item, truth=Truth(data={"needed": needed})),)


def printed_numbers(text: str) -> list[tuple[str, int]]:
    """Numbers of a text outside backticks, as they are printed with their sign, and where they stand."""
    covered = [m.span() for m in re.finditer(r"`[^`\n]*`", text)]
    out = []
    for match in NUMBER.finditer(text):
        if any(left <= match.start("digits") < right for left, right in covered):
            continue
        start = match.start() if match["sign"] and sign_counts(text, match.start()) else match.start("digits")
        if start == match.start("digits") and re.match(r"\w", text[start - 1 : start]):
            continue  # the 1 of F1
        out.append((text[start : match.end()].strip(), start))
    return out


def _rounds(text: str, value: float) -> bool:
    match = NUMBER.fullmatch(text)
    if match is None:
        return False
    said, step = value_of(match, match["sign"] or "")
    if match["percent"]:
        said, step = said / 100, step / 100
    return abs(said - value) <= step / 2 * (1 + 1e-9) + 1e-9 * abs(value)


def traced(item: Item, value: object) -> tuple[float, float]:
    """The share of the text's numbers that are traced, and of what has to be told that is told so; (0, 0) of no text."""
    said: Mapping[str, Any] = value if isinstance(value, dict) else {}
    text, listed = said.get("text"), said.get("numbers")
    if not isinstance(text, str) or not isinstance(listed, list):
        return 0.0, 0.0
    known: Mapping[str, float] = item.material["numbers"]
    found = printed_numbers(text)
    right: list[str] = []
    for (shown, at), one in zip(found, listed, strict=False):
        path = str(one.get("key")) if isinstance(one, dict) else ""
        if (
            path in known
            and str(one.get("text")).strip() == shown
            and _rounds(shown, known[path])
            and _named(text, at, path)
        ):
            right.append(path)
    if not found or len(listed) != len(found):
        return 0.0, 0.0
    needed = item.material["tell"]
    return len(right) / len(found), len(set(right) & set(needed)) / len(needed)


def _named(text: str, at: int, path: str) -> bool:
    """Whether the line of a number names the treatment that its key is of."""
    kind, *rest = path.split("/")
    if kind == "rules":
        return True
    start = text.rfind("\n", 0, at) + 1
    line = text[start:].partition("\n")[0]
    return bool(spans(line, rest[0].replace("~1", "/").replace("~0", "~")))


def raw(sample: Sample, answer: Answer) -> float:
    """F1 of the two shares."""
    share, told = traced(sample.item, answer.value)
    return 2 * share * told / (share + told) if share + told else 0.0


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    share, told = traced(sample.item, answer.value)
    return valuing.mark(sample, raw(sample, answer), f"{share:.2f} traced, {told:.2f} of what is to be told")


def _lines(keys: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A line for each (number as printed, key)."""
    text = "\n".join(f"`{path.split('/')[1]}` {path.split('/')[-1]}: {shown}" for shown, path in keys)
    return {"text": text, "numbers": [{"text": shown, "key": path} for shown, path in keys]}


def _shown(value: float) -> str:
    return f"{value:g}" if value == int(value) else f"{value:.6f}"


def _perfect(sample: Sample) -> Answer:
    known = sample.item.material["numbers"]
    return Answer(
        value=_lines([(_shown(known[path]), path) for path in sample.item.material["tell"]]), confidence=1.0
    )


def _simple(item: Item, how: Simple, chance: random.Random) -> Answer:
    """No text, one with made-up numbers, or numbers of the ledger with keys drawn blindly."""
    if how == "pass":
        return Answer()
    known, paths = item.material["numbers"], list(item.material["tell"])
    shown = [_shown(known[path]) for path in paths]
    if how == "random":
        chance.shuffle(shown)
    return Answer(
        value=_lines(
            [("0.123" if how == "fail" else one, path) for one, path in zip(shown, paths, strict=True)]
        )
    )


WRITE_UP = Family(
    name="write-up", activity=10, title="Every number traced", measure="F1 of traced and told, above chance",
    templates=tuple(_STUDIES), make=_make, mark=_mark, perfect=_perfect, simple=_simple, total=valuing.above(FLOOR),
)  # fmt: skip
