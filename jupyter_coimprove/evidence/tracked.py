"""Runs that a tracker kept (MLflow, W&B, TensorBoard, Optuna), as a table of results by block and treatment.

What varies between the runs becomes the treatment, seeds become blocks, a series becomes one number by
an explicit reduction, and unequal tuning is said: the rules of ``compare`` follow (STATISTICS, "Results that
already exist").
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.evidence.gaps import gaps, level
from jupyter_coimprove.evidence.tables import Result, Table, direction_of, is_block_name, the_response
from jupyter_coimprove.experiments.reduction import OF_SERIES, Reduction, parse, reduce
from jupyter_coimprove.runs.run import Value

#: What tells runs apart and is no treatment: where and when they ran, and what they are called.
_PLUMBING = frozenset(
    """id uuid name names path dir directory folder file files url uri host hostname device gpu cuda user time date
    timestamp created started runtime version commit log logger logging output notes tags tag group project entity
    workers verbose debug""".split()  # noqa: SIM905
)
#: Missing combinations that are named.
_TOLD = 4
#: ``dropout_seed3``, ``baseline-2``, ``wide/fold=1``.
_NUMBERED = re.compile(
    r"(?P<arm>.*?)[\s_./\-]*(?P<word>seed|fold|split|rep|run|trial|block|s)?[\s_=:.\-]*(?P<number>\d+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class TrackedRun:
    """One run as its tracker has it: ``series`` by metric are (step, value) in order, ``params`` are text.

    ``state`` is ``finished``, ``failed`` or ``running``.
    """

    id: str
    name: str
    state: str = "finished"
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    series: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """All runs of one experiment, study or folder; ``tool`` says whose they are."""

    tool: str
    runs: tuple[TrackedRun, ...]
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Digest of everything that was read, so that the same runs are known again."""
        return digest_json(
            [
                [r.id, r.name, r.state, dict(sorted(r.params.items())),
                 {k: repr(v) for k, v in sorted(r.metrics.items())},
                 {k: [[s, repr(v)] for s, v in points] for k, points in sorted(r.series.items())}]
                for r in self.runs
            ]
        )  # fmt: skip


def table_of(
    tracked: Tracked, *, block: str | Sequence[str] | None = None, treatment: str | Sequence[str] | None = None,
    response: str | None = None, reduction: str | None = None,
) -> Table:  # fmt: skip
    """The runs as a table of results.

    ``block`` and ``treatment`` name parameters (several by commas); ``reduction`` is in the grammar of
    experiments/reduction. Raises UnknownName for names that are not there, UsageError where nothing
    says which runs belong together, or which metric is meant.
    """
    runs = [run for run in tracked.runs if run.state != "running"]
    if not runs:
        raise UsageError(
            f"{tracked.tool} has no run here that has ended", remedy="wait for one, or name another source"
        )
    notes = list(tracked.notes)
    if len(runs) < len(tracked.runs):
        notes.append(f"{len(tracked.runs) - len(runs)} runs that have not ended are left out")
    names = list(dict.fromkeys(key for run in runs for key in run.params))
    varying = [n for n in names if len({run.params.get(n, "") for run in runs}) > 1]
    blocks = _named(block, names) or [n for n in varying if is_block_name(n)]
    arms = _named(treatment, names) or [n for n in varying if n not in blocks and not _is_plumbing(n)]
    by_name = _by_name(runs) if not blocks or not arms else {}
    if not blocks and not by_name:
        raise UsageError(
            f"no parameter of these {tracked.tool} runs says which of them share a seed or split, so they cannot be paired",
            remedy=f"name it with --block ({', '.join(names[:8]) or 'log the seed as a parameter'})",
        )
    metric = _metric(runs, response, tracked.tool)
    how = parse(reduction) if reduction else None
    results, failed, longest = [], 0, 1
    for run in runs:
        label = _label(arms, run) if arms else by_name[run.id][0]
        place = _label(blocks, run, bare=True) if blocks else by_name[run.id][1]
        value, length = _value(run, metric, how)
        longest = max(longest, length)
        failed += run.state == "failed"
        results.append(Result(block=place, treatment=label, value=value))
    notes += _said(tracked.tool, arms, blocks, by_name, metric, how, longest)
    if failed:
        notes.append(f"{failed} runs failed: their response counts as missing")
    notes += budgets(runs, arms, blocks, results)
    notes += _holes(runs, arms)
    return Table(
        response=metric, treatments=tuple(dict.fromkeys(r.treatment for r in results)),
        blocks=tuple(dict.fromkeys(r.block for r in results)), results=tuple(results), layout="long",
        notes=tuple(notes),
    )  # fmt: skip


def _named(wanted: str | Sequence[str] | None, names: Sequence[str]) -> list[str]:
    if wanted is None:
        return []
    parts = [part.strip() for part in wanted.split(",")] if isinstance(wanted, str) else list(wanted)
    for name in parts:
        if name not in names:
            raise UnknownName("parameter", name, names)
    return parts


def _is_plumbing(name: str) -> bool:
    words = set(re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()))
    return bool(words & _PLUMBING) or name.startswith(("_", "mlflow."))


def _by_name(runs: Sequence[TrackedRun]) -> dict[str, tuple[str, str]]:
    """id -> (treatment, block) from names like ``dropout_seed3``; empty unless all are so and pairs come of it."""
    out = {}
    for run in runs:
        found = _NUMBERED.fullmatch(run.name)
        if found is None:
            return {}
        out[run.id] = (found["arm"].strip(" _./-") or "all", found["number"])
    arms = {arm for arm, _ in out.values()}
    blocks = [{b for a, b in out.values() if a == arm} for arm in arms]
    return out if len(arms) > 1 and set.intersection(*blocks) else {}


def _label(names: Sequence[str], run: TrackedRun, *, bare: bool = False) -> str:
    if bare and len(names) == 1:
        return run.params.get(names[0], "not given")
    return ", ".join(f"{name}={run.params.get(name, 'not given')}" for name in names)


def _metric(runs: Sequence[TrackedRun], wanted: str | None, tool: str) -> str:
    names = list(dict.fromkeys(n for run in runs for n in [*run.metrics, *run.series]))
    if wanted is not None:
        if wanted not in names:
            raise UnknownName("metric", wanted, names)
        return wanted
    if not names:
        raise UsageError(f"these {tool} runs have no metric", remedy="log the number that is to be compared")
    return the_response(names, f"{tool} has several metrics")


def _value(run: TrackedRun, metric: str, how: Reduction | None) -> tuple[Value, int]:
    """The response of a run, and how many entries its series has."""
    points = run.series.get(metric, ())
    if run.state == "failed":
        return Value.missing(f"{run.name or run.id} failed"), len(points)
    if len(points) < 2 or (how is None and metric in run.metrics):
        number = run.metrics.get(metric, points[-1][1] if points else None)
        return (Value.missing("never logged") if number is None else Value.of(number)), len(points)
    chosen = how or parse("last")
    by = [value for _, value in run.series.get(chosen.by, ())]
    way = chosen.way or direction_of(chosen.by.lower()) or "max"
    if chosen.by and not by:
        raise UnknownName("series", chosen.by, run.series)
    got = reduce(chosen, [v for _, v in points], by=by, way=way, steps=[s for s, _ in points])
    return (Value.missing(got) if isinstance(got, str) else Value.of(got)), len(points)


def _said(
    tool: str, arms: Sequence[str], blocks: Sequence[str], by_name: Mapping[str, tuple[str, str]],
    metric: str, how: Reduction | None, longest: int,
) -> list[str]:  # fmt: skip
    """How the runs were understood."""
    out = [
        f"read from {tool}: treatments are {', '.join(arms) or 'the names of the runs'}, blocks {', '.join(blocks) or 'the numbers in them'}"
    ]
    if by_name and not (arms and blocks):
        out.append("that a number in a run's name is its seed is a guess: log it as a parameter to be sure")
    if longest > 1:
        word = str(how) if how else "last"
        out.append(
            f"{metric} is a series of up to {longest} steps: its '{word}' entry is compared"
            + ("" if how else f" (--reduction {OF_SERIES} say otherwise)")
        )
        if how is not None and how.kind in ("max", "min"):
            out.append(
                f"a {how.kind}imum over steps is optimistic where {metric} is measured on test data: 'at best' "
                "of a validation series is not"
            )
    return out


def _holes(runs: Sequence[TrackedRun], arms: Sequence[str]) -> list[str]:
    """Combinations that a grid of runs leaves out, where most of it is there."""
    if len(arms) < 2:
        return []
    levels = {
        name: list(dict.fromkeys(run.params[name] for run in runs if name in run.params)) for name in arms
    }
    cells = math.prod(len(dict.fromkeys(map(level, values))) for values in levels.values())
    missing = gaps(levels, [run.params for run in runs if run.state == "finished"])
    if not missing or len(missing) > cells // 2:
        return []
    told = "; ".join(", ".join(f"{name}={value}" for name, value in one) for one in missing[:_TOLD])
    more = f" and {len(missing) - _TOLD} more" if len(missing) > _TOLD else ""
    return [
        f"{len(missing)} of the {cells} combinations of {', '.join(arms)} have no finished run: {told}{more}"
    ]


def budgets(
    runs: Sequence[TrackedRun], arms: Sequence[str], blocks: Sequence[str], results: Sequence[Result]
) -> list[str]:
    """What unequal tuning confounds: treatments that were run in more settings, or more often, than others."""
    rest = {r.treatment: set[tuple[tuple[str, str], ...]]() for r in results}
    count: dict[str, int] = dict.fromkeys(rest, 0)
    for run, result in zip(runs, results, strict=True):
        tuned = tuple(
            (n, v)
            for n, v in sorted(run.params.items())
            if n not in arms and n not in blocks and not _is_plumbing(n)
        )
        rest[result.treatment].add(tuned)
        count[result.treatment] += 1
    settings = {arm: len(found) for arm, found in rest.items()}
    if len(set(settings.values())) > 1:
        most, least = max(settings, key=settings.__getitem__), min(settings, key=settings.__getitem__)
        return [
            f"confounded: unequal tuning budgets ({most} was run in {settings[most]} settings of other parameters, "
            f"{least} in {settings[least]}): a difference may come from tuning as well as from the treatment"
        ]
    if len(set(count.values())) > 1:
        most, least = max(count, key=count.__getitem__), min(count, key=count.__getitem__)
        return [
            f"unequal budgets: {most} has {count[most]} runs, {least} {count[least]}; runs of one treatment and block "
            "are averaged, never the best of them taken"
        ]
    return []
