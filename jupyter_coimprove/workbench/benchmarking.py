"""`benchmark`: whether a notebook's score is a benchmark, from its code, the record, and a run where one is asked for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import NotebookError, UsageError
from jupyter_coimprove.workbench import acting, cards, checking, concluding, piloting, shelf, watching

if TYPE_CHECKING:
    from jupyter_coimprove.activities.activity import Entry, Section, Study
    from jupyter_coimprove.activities.cases.instrument import Items
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views_activities import ActivityView

_FORM = "desiderata"


def benchmark(
    bench: Bench, *, notebook: str, goal: str | None = None, matters: float | None = None, must: list[str] | None = None,
    run: bool = False, probe: bool = False, metrics: bool = False, truth: str | None = None, predicted: str | None = None, features: str | None = None,
    response: str | None = None, seconds: float | None = None, kernel: str | None = None, provider: str | None = None,
    model: str | None = None,
) -> ActivityView:  # fmt: skip
    """The validity report of a notebook's score, and with ``run`` a cell that states the benchmark, as a proposal.

    What a person says of it (``goal``, ``matters``, ``must``) is kept. UsageError where nothing is measured.
    """
    from jupyter_coimprove.activities import benchmark as stage
    from jupyter_coimprove.activities.table import BENCHMARK
    from jupyter_coimprove.workbench import planning, problems

    if matters is not None and not matters > 0:
        raise UsageError(
            f"a difference of {matters:g} does not matter", remedy="--matters with a number above 0"
        )
    if not run and any(one is not None for one in (truth, predicted, features)):
        raise UsageError("that names the items of a run, and none was asked for", remedy="add --run")
    found, reading = planning.read(bench, notebook)
    name = shelf.notebook_name(bench.root(found.path), found.path)
    asked = _form(bench, name, goal, matters, must or [])
    measured = next((one for one in reading.measured if response in (None, one.name, one.expr)), None)
    if measured is None and response is None:
        raise UsageError(
            f"nothing that {found.path.name} measures is found",
            remedy="a benchmark has a score: name it, --response EXPR",
        )
    checks = checking.check(
        bench, notebook=notebook, probe=probe, seconds=seconds if probe else None, kernel=kernel if probe else None,
        response=response if probe else None,
    )  # fmt: skip
    flaws = [
        (row.id, row.cell, row.title, row.evidence)
        for row in checks.findings if row.state in checking.SHOWN and checking.stands(bench, row.confidence)
    ]  # fmt: skip
    items, unseen = _items(bench, found, run, truth, predicted, features, seconds, kernel)
    arms, dummy = _newest(bench, name)
    study = stage.benchmark(
        stage.Sight(
            response=measured.name if measured else str(response), direction=measured.direction if measured else "",
            asked=asked, splits=tuple(str(one) for one in planning.candidates(bench, notebook=notebook).splits), flaws=flaws,
            probed=(*checks.seen, *(f"not probed: {one}" for one in checks.unseen)), past=list(problems.past(bench, name)),
            arms=arms, dummy=dummy, items=items, ran=run, unseen=unseen,
        )
    )  # fmt: skip
    study = replace(study, sections=(*study.sections, *_since(bench, name, study, run=items is not None)))
    if metrics:
        study = _with_metrics(bench, found, study)
    proposed = _proposed(bench, found, items) if items is not None else ""
    return acting.answer(
        bench, BENCHMARK, found.path, study, looked=frozenset([*(["validity"] if run else []), *(["metric"] if metrics else [])]) if run or metrics else None,
        provider=provider, model=model,
        next=(f"coimprove show {proposed}",) if proposed else (f"coimprove benchmark {shlex.quote(notebook)} --run",) if not run else (),
    )  # fmt: skip


def _with_metrics(bench: Bench, found: Notebook, study: Study) -> Study:
    """With what came of running the metrics that the notebook writes by hand; a person asks for it, since code runs."""
    from jupyter_coimprove.activities import benchmark_metrics
    from jupyter_coimprove.evidence.metrics.trying import metrics
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.workbench.cell_running import Executor

    bench.require_person("trying metrics runs functions of the notebook; it")
    with Executor() as run:
        tried = metrics(found, python_source, run)
    made = benchmark_metrics.cards(tried, {cell.index: cell.source for cell in found.code_cells})
    return replace(
        study, sections=(*study.sections, benchmark_metrics.section(tried)), cards=(*made, *study.cards)
    )


def _form(
    bench: Bench, name: str, goal: str | None, matters: float | None, must: Sequence[str]
) -> Mapping[str, Sequence[str]]:
    """What was said of this benchmark, what is said now in its place; ``must`` is added to."""
    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.activities.table import BENCHMARK

    known = {
        str(item.data["key"]): [str(one) for one in item.data["more"]["said"]]
        for item in cards.of(bench, name, BENCHMARK.name) if item.data["card"] == _FORM and item.state != "rejected"
    }  # fmt: skip
    said: dict[str, list[str]] = {}
    if goal is not None:
        said["goal"] = [goal.strip()]
    if matters is not None:
        said["matters"] = [f"{matters:g}"]
    if must:
        said["must"] = list(dict.fromkeys([*known.get("must", ()), *(one.strip() for one in must)]))
    if any(not one for listed in said.values() for one in listed):
        raise UsageError(
            "what is asked of a benchmark is said in words", remedy="--goal 'fewer missed faults'"
        )
    if said:
        bench.require_person("what a benchmark is for is a person's word: it")
        made = [
            Card(kind=_FORM, title=f"{key}: {'; '.join(listed)}", key=key, weight=0.2, data={"said": listed})
            for key, listed in said.items()
        ]
        cards.keep(bench, BENCHMARK.name, name, made, author=bench.actor)
    return {**known, **said}


def _since(bench: Bench, name: str, study: Study, *, run: bool) -> tuple[Section, ...]:
    """What results and changes have made of the last look's reasons to doubt; nothing at the first look.

    Without a ``run`` no reason is called gone that only a run could have found again.
    """
    from jupyter_coimprove.activities.activity import Section
    from jupyter_coimprove.activities.table import BENCHMARK

    known = {
        str(item.data["key"]): item
        for item in cards.of(bench, name, BENCHMARK.name) if item.data["card"] == "validity"
    }  # fmt: skip
    if not known:
        return ()
    now = {card.key: card for card in study.cards if card.kind == "validity"}
    rows: list[tuple[Entry, ...]] = []
    for key, item in known.items():
        before = str(item.data["title"])
        if key in now and now[key].title != before:
            rows.append(("another now", f"{before}; now {now[key].title}"))
        elif key in now and item.state == "superseded":
            rows.append(("back again", before))
        elif key not in now and run and item.state not in ("superseded", "rejected"):
            rows.append(("no longer found", before))
    rows += [("new", card.title) for key, card in now.items() if key not in known]
    lines = () if rows else ("nothing has changed",)
    return (
        Section(
            title="Since the last look",
            lines=lines,
            columns=("what", "reason to doubt") if rows else (),
            rows=tuple(rows),
        ),
    )


def _items(
    bench: Bench, found: Notebook, run: bool, truth: str | None, predicted: str | None, features: str | None,
    seconds: float | None, kernel: str | None,
) -> tuple[Items | None, tuple[str, ...]]:  # fmt: skip
    from jupyter_coimprove.workbench.erring import look

    if not run:
        return None, ()
    try:
        return look(
            bench, found, truth=truth, predicted=predicted, features=features, seconds=seconds, kernel=kernel
        ), ()
    except NotebookError as error:
        if truth or predicted or features:
            raise
        # What the record and the code tell is told all the same.
        return None, (f"the test items: {error.message}; {error.remedy}",)


def _newest(bench: Bench, name: str) -> tuple[dict[str, dict[int, float]], tuple[float, float, float] | None]:
    """The responses of the newest ended experiment that compares, by arm and block, and its dummy control's effect."""
    from jupyter_coimprove.evidence.pairing import grid

    record = bench.record()
    for item in reversed(record.find("experiment", notebook=name)):
        own = (
            item.trust == "own"
            and item.state in watching.ENDED
            and "blocks" in item.data
            and shelf.compares(item)
        )
        if not own or piloting.blinded(record, item):
            continue
        experiment = shelf.registered(item)
        rules = concluding.rules(experiment.plan, experiment.blocks)
        table = grid(concluding.rows(experiment, shelf.runs_of(record, item.id)), rules)
        arms = {arm: dict(table.completed(arm)) for arm in rules.every_arm}
        if len(arms) < 2:
            continue
        found = concluding.evidence_of(record, item)
        control = next((one for one in found.controls if one.role == "dummy"), None)
        effect = control.effect if control is not None else None
        if effect is None or effect.estimate is None or effect.low is None or effect.high is None:
            return arms, None
        # The control's own effect is the dummy minus the baseline.
        return arms, (-effect.estimate, -effect.high, -effect.low)
    return {}, None


def _proposed(bench: Bench, found: Notebook, items: Items) -> str:
    """A cell that states the benchmark behind the last code cell; it waits for a decision like any other."""
    from jupyter_coimprove.activities.benchmark_items import cell
    from jupyter_coimprove.registry import TOOL
    from jupyter_coimprove.workbench import proposing

    source = cell(items)
    if any(one.source.strip() == source for one in found.code_cells):
        return ""
    last = found.code_cells[-1].index + 1
    item = proposing.propose(
        bench, found.path, [{"kind": "insert", "cell": last, "source": source}], author=TOOL,
        why="A benchmark states its items, its score and its floor in one place.", expected="It prints the score beside what a model that knows nothing scores.",
    )  # fmt: skip
    return item.id
