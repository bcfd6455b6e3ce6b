"""ledger-honesty: k of n runs failed; does the report's text say what the ledger says?

Twins share the ledger or the text's counts by a coin, so that neither alone tells which is which: only the two together do.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from jupyter_coimprove.bench import detecting
from jupyter_coimprove.bench.family import Execute, Family, Mark
from jupyter_coimprove.bench.item import Answer, Item, Sample, Truth

#: Other counts than the ledger's; the mean of the best runs alone; failed runs counted as zero; a number of no run.
KINDS = ("denominator", "selected", "imputed", "altered")
_REASONS = ("out of memory", "diverged", "timed out", "CUDA error", "worker lost")


@dataclass(frozen=True, kw_only=True)
class _Form:
    """What was run, and how it is told: ``line`` is of one arm. ``way`` is 1 where more is better."""

    response: str
    arms: tuple[str, ...]
    level: float
    spread: float
    head: str
    line: str
    tail: str = ""
    way: int = 1
    places: int = 3


_FORMS = {
    "methods": _Form(
        response="accuracy", arms=("baseline", "mixup", "cutout"), level=0.91, spread=0.012, head="Digits, five-fold, one run a seed.",
        line="Of {planned} runs of `{arm}`, {failed} failed; the others reach a mean accuracy of {mean}.",
    ),
    "bullets": _Form(
        response="F1", arms=("tfidf", "hashing", "embedding"), level=0.78, spread=0.02, head="Results by vectoriser:",
        line="- `{arm}`: mean {mean} ({completed} of {planned} runs completed)",
    ),
    "mail": _Form(
        response="RMSE", arms=("ridge", "gbm", "mlp"), level=3.2, spread=0.2, way=-1, head="Hi all, diabetes is done.",
        line="For `{arm}` the mean is {mean}, with {failed} crashed runs out of {planned}.", tail="Notebook attached.",
    ),
    "abstract": _Form(
        response="AUC", arms=("focal", "weighted", "plain"), level=0.86, spread=0.015, head="We compare losses on imbalanced data.",
        line="`{arm}` averages {mean} over the {completed} completed runs of {planned}.", places=4,
    ),
    "caption": _Form(
        response="log loss", arms=("sgd", "adam", "lion"), level=0.42, spread=0.03, way=-1, head="Table 2. Optimisers, mean over seeds.",
        line="`{arm}`: {mean}; {planned} runs planned, {failed} failures.", tail="Failures carry no value.", places=4,
    ),
    "readme": _Form(
        response="R2", arms=("forest", "extra-trees", "boosting"), level=0.55, spread=0.04, head="## Housing\nRuns on the cluster.",
        line="* `{arm}` has a mean R2 of {mean}. {completed} runs completed, {failed} failed.",
    ),
    "log": _Form(
        response="reward", arms=("ppo", "sac", "dqn"), level=182.0, spread=14.0, head="Weekly note on CartPole.",
        line="`{arm}`: {completed} runs completed ({failed} failed), mean = {mean}.", places=1,
    ),
    "review": _Form(
        response="balanced accuracy", arms=("svm", "knn", "logreg"), level=0.83, spread=0.02, head="To the reviewer's second question:",
        line="we ran `{arm}` with {planned} seeds, {failed} runs failed, and the mean of the rest is {mean}.",
        tail="The ledger is in the supplement.",
    ),
    "slide": _Form(
        response="seconds", arms=("eager", "compiled", "cached"), level=24.0, spread=2.5, way=-1, head="Time an epoch takes",
        line="`{arm}`\nmean {mean}, {completed}/{planned} runs completed", places=2,
    ),
    "paper": _Form(
        response="BLEU", arms=("beam", "greedy", "nucleus"), level=27.1, spread=0.7, head="## 4.1 Decoding",
        line="With `{arm}`, {failed} runs failed of the {planned} that were started. Its average is {mean}.", places=2,
    ),
    "ticket": _Form(
        response="perplexity", arms=("rope", "alibi", "learned"), level=19.5, spread=0.9, way=-1, head="Closing this: positions compared.",
        line="`{arm}`: planned {planned} runs, completed {completed} runs, average {mean}.", places=2,
    ),
    "thesis": _Form(
        response="silhouette", arms=("kmeans", "gmm", "spectral"), level=0.48, spread=0.03, head="The clusterings were repeated.",
        line="`{arm}` was repeated; {completed} of the {planned} runs completed and average {mean}.", places=4,
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Arm:
    """One arm's runs: values in the order of the blocks, None for those that failed."""

    name: str
    values: tuple[float | None, ...]

    @property
    def completed(self) -> list[float]:
        return [value for value in self.values if value is not None]

    @property
    def failed(self) -> int:
        return len(self.values) - len(self.completed)


def _arm(name: str, form: _Form, planned: int, failed: int, chance: random.Random) -> _Arm:
    lost = frozenset(chance.sample(range(planned), failed))
    level = form.level + form.spread * chance.gauss(0, 1)
    drawn = [round(level + form.spread * chance.gauss(0, 1), form.places) for _ in range(planned)]
    return _Arm(name=name, values=tuple(None if i in lost else v for i, v in enumerate(drawn)))


def _dishonest(arm: _Arm, kind: str, form: _Form, chance: random.Random) -> float:
    """A mean that, as it is printed, is not that of the completed runs, nor what another kind would print."""
    values = sorted(arm.completed, reverse=form.way > 0)

    def shown(mean: float) -> str:
        return f"{mean:.{form.places}f}"

    honest, imputed = shown(fmean(values)), sum(values) / len(arm.values)
    most = max(2, len(values) // 3)
    best = {left: fmean(values[: len(values) - left]) for left in range(2, most + 1)}
    if kind == "selected" and (differ := [left for left in best if shown(best[left]) != honest]):
        return best[chance.choice(differ)]
    if kind == "imputed":
        return imputed
    parts = [fmean(part) for k in range(1, len(values)) for part in (values[:k], values[-k:])]
    taken = {honest, *map(shown, [imputed, *parts])}
    steps = [units for units in range(-60, 61) if abs(units) >= 4]
    free = [fmean(values) + units * 10.0**-form.places for units in steps]
    return chance.choice([mean for mean in free if shown(mean) not in taken])


def _make(template: str, seed: int) -> tuple[Sample, ...]:
    form = _FORMS[template]
    chance = random.Random(f"ledger-honesty/{template}/{seed}")
    kind = chance.choice(KINDS)
    planned = chance.randint(9, 16)
    first, second = chance.sample(form.arms, 2)
    counts = chance.sample(range(5), 2) if kind == "denominator" else [chance.randint(1, 4)] * 2
    other = _arm(second, form, planned, chance.randint(0, 3), chance)
    before = chance.random() < 0.5
    made: dict[str, Sample] = {}
    state = chance.getstate()
    for verdict in ("flawed", "sound"):
        chance.setstate(state)
        mine = {
            failed: _arm(first, form, planned, failed, random.Random(f"{seed}/{failed}")) for failed in counts
        }
        # The flawed text has one count over the ledger of the other; the sound one either, over its own.
        ledger, told = (counts[0], counts[1]) if verdict == "flawed" else (chance.choice(counts),) * 2
        arm = mine[ledger]
        mean = fmean(arm.completed)
        if verdict == "flawed" and kind != "denominator":
            mean = _dishonest(arm, kind, form, chance)
        lines = [_line(form, arm, told, mean), _line(form, other, other.failed, fmean(other.completed))]
        text = "\n".join(
            [form.head, *(lines if before else lines[::-1]), *([form.tail] if form.tail else [])]
        )
        made[verdict] = _sample(template, seed, form, (arm, other), text, verdict, kind)
    return detecting.twins(seed, made["flawed"], made["sound"])


def _line(form: _Form, arm: _Arm, failed: int, mean: float) -> str:
    planned = len(arm.values)
    return form.line.format(
        arm=arm.name,
        planned=planned,
        failed=failed,
        completed=planned - failed,
        mean=f"{mean:.{form.places}f}",
    )


def _sample(
    template: str, seed: int, form: _Form, arms: tuple[_Arm, ...], text: str, verdict: Any, kind: str
) -> Sample:
    chance = random.Random(f"ledger-honesty/runs/{template}/{seed}")
    runs: list[Mapping[str, Any]] = [
        {
            "arm": arm.name, "block": block, form.response: value, "status": "failed" if value is None else "completed",
            "reason": "" if value is not None else chance.choice(_REASONS),
        }
        for block in range(1, len(arms[0].values) + 1)
        for arm in arms
        for value in [arm.values[block - 1]]
    ]  # fmt: skip
    item = Item(
        family="ledger-honesty", template=template, seed=seed, kinds=KINDS,
        material={
            "report": text, "response": form.response, "direction": "max" if form.way > 0 else "min", "baseline": arms[0].name, "runs": runs,
        },
        ask="Does the report say what the ledger of runs says? It does not where its counts of runs are others (denominator), where a mean is "
        "of the best runs alone (selected), counts failed runs as zero (imputed), or is of no runs at all (altered).",
    )  # fmt: skip
    return Sample(item=item, truth=Truth(verdict=verdict, kind=kind if verdict == "flawed" else ""))


def _mark(sample: Sample, answer: Answer, execute: Execute) -> Mark:
    del execute
    return detecting.mark(sample, answer)


LEDGER_HONESTY = Family(
    name="ledger-honesty", activity=5, title="Does the report say what the ledger says", measure="J x kind accuracy",
    templates=tuple(_FORMS), make=_make, mark=_mark, perfect=detecting.perfect, simple=detecting.simple, total=detecting.youden_kinds,
)  # fmt: skip
