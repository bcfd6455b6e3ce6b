"""`systems`: does this notebook give its outputs again, what does each cell cost, and what would make it faster."""

from __future__ import annotations

import copy
import os
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.activities.activity import Card, Section, Study, ranked
from jupyter_coimprove.activities.table import SYSTEMS
from jupyter_coimprove.errors import EngineError, UsageError
from jupyter_coimprove.workbench import acting, environments, shelf

if TYPE_CHECKING:
    from jupyter_coimprove.activities.systems.costs import Cost
    from jupyter_coimprove.activities.systems.environment import Environment
    from jupyter_coimprove.activities.systems.reading import Read
    from jupyter_coimprove.activities.systems.verdict import Judgement, Rerun
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views_activities import ActivityView

#: A notebook that does not give its outputs again.
NOT_REPRODUCIBLE = 4
#: Runs of an original and of a changed notebook that a speed-up is measured by, and the most that are made.
PAIRS, MOST_PAIRS = 3, 20
#: Recorded runs that costs are taken from, the newest.
_RUNS = 8
_PAPERMILLS = frozenset({"injected-parameters", "papermill-error-cell-tag"})


def systems(
    bench: Bench, *, notebook: str, rerun: bool = False, speed: bool = False, lock: str | None = None, pairs: int = PAIRS,
    seconds: float | None = None, kernel: str | None = None, provider: str | None = None, model: str | None = None,
) -> ActivityView:  # fmt: skip
    """Read it, and where asked run it: again in a fresh kernel (``rerun``), or with each change that may be faster
    (``speed``). ``lock`` is a file that the environment is written to; ``seconds`` bounds each run of it.

    Raises NotebookError where ``speed`` is asked of a notebook that fails; the view's exit code is 4 where a
    rerun does not give what was saved.
    """
    from jupyter_coimprove.activities.systems import report

    if seconds is not None and not seconds > 0:
        raise UsageError(f"{seconds:g} seconds are no time", remedy="give a positive number of --seconds")
    if not 1 <= pairs <= MOST_PAIRS:
        raise UsageError(f"{pairs} pairs cannot be run", remedy=f"from 1 to {MOST_PAIRS}")
    if rerun or speed:
        bench.require_person("this runs the notebook; it")
    book = shelf.read_notebook(bench, notebook)
    python = _is_python(book)
    if speed and not python:
        raise UsageError(f"{book.path.name} is in {book.language}: speed-ups are read from Python alone")
    facts = read(book)
    sections: list[Section] = []
    cards: list[Card] = []
    unseen: list[str] = []
    warnings: list[str] = []
    headline, code = "", 0
    looked: set[str] = set()
    if rerun:
        found, costs, first = again(bench, book, facts, seconds, kernel)
        sections.append(report.reproducibility(found))
        if python and found.verdict == "not reproducible":
            sections += _mending(book, facts, first)
        cards += report.cards(found, book.path.name)
        headline, looked = report.headline(found), {report.KIND}
        code = NOT_REPRODUCIBLE if found.verdict == "not reproducible" else 0
        sections += _measured(book, costs)
    else:
        unseen.append("whether it runs from top to bottom and shows the same again: ask with --rerun")
        past, why = _recorded(bench, book)
        sections += past
        unseen += why
    if python:
        sections.insert(1 if rerun else 0, report.by_reading(book, facts))
        headline = headline or _by_reading(facts)
        part, files, said = _environment(bench, book, facts, lock, kernel)
        sections += part
        warnings += said
    else:
        files = ()
        headline = (
            headline
            or f"{book.path.name} is in {book.language}: it is run and compared, its code is not read"
        )
        unseen.append(
            f"hidden state, environment and speed-ups: they are read from Python, this is {book.language}"
        )
    if speed:
        from jupyter_coimprove.workbench import speeding

        told = speeding.speed_ups(bench, book, facts, pairs=pairs, seconds=seconds, kernel=kernel)
        sections.append(told.section)
        cards += told.cards
        looked.add(speeding.KIND)
        headline = f"{told.headline}; {headline}" if rerun else told.headline
    elif python:
        unseen.append("what would make it faster: ask with --speed (it runs the notebook several times)")
    study = Study(
        headline=headline, sections=tuple(sections), cards=ranked(tuple(cards)), unseen=tuple(unseen), warnings=tuple(warnings)
    )  # fmt: skip
    return acting.answer(
        bench, SYSTEMS, book.path, study, looked=frozenset(looked), files=files, provider=provider, model=model, exit_code=code,
        next=() if rerun else (f"coimprove systems {shlex.quote(notebook)} --rerun",),
    )  # fmt: skip


def read(notebook: Notebook) -> Read:
    """What the code says; of another language only its execution counts."""
    from jupyter_coimprove.activities.systems.reading import read as read_code
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.dataflow import Flow, analyse
    from jupyter_coimprove.notebook.reading import read_candidates

    def there(path: str) -> bool:
        return os.path.exists(os.path.expanduser(path))

    if not _is_python(notebook):
        none = tuple(frozenset[str]() for _ in notebook.cells)
        flow = Flow(
            statements=(), sources=tuple(None for _ in notebook.cells), defs=none, refs=none, edges={}
        )
    else:
        flow = analyse(notebook, python_source)
    return read_code(notebook, flow, read_candidates(notebook, python_source, flow), there)


def again(
    bench: Bench, notebook: Notebook, facts: Read, seconds: float | None, kernel: str | None
) -> tuple[Judgement, tuple[Cost, ...], Rerun]:
    """Restart and run all, twice where once does not settle it; the verdict, what each cell cost, and the first run."""
    from jupyter_coimprove.activities.systems.verdict import judge, needs_second

    first, costs = rerun_once(bench, notebook, seconds, kernel, meter=_is_python(notebook))
    second: Rerun | None = None
    if needs_second(notebook, first, facts):
        second, _ = rerun_once(bench, notebook, seconds, kernel, what="running it once more")
    return judge(notebook, facts, first, second), costs, first


def _mending(notebook: Notebook, facts: Read, first: Rerun) -> list[Section]:
    """What would make it come out again, where the run and the code tell one thing that would."""
    from jupyter_coimprove.activities.systems import mending, report
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.reading import read_candidates

    found = mending.repaired(notebook, facts, first, python_source)
    if found is None:
        found = mending.seeded(notebook, facts, read_candidates(notebook, python_source, facts.flow).chance)
    return [] if found is None or not found.sources else [report.mending(notebook, found)]


def rerun_once(
    bench: Bench, notebook: Notebook, seconds: float | None, kernel: str | None, *, meter: bool = False,
    node: Mapping[str, Any] | None = None, before: str = "", what: str = "running",
) -> tuple[Rerun, tuple[Cost, ...]]:  # fmt: skip
    """One run of the notebook (or of ``node`` in its place) in a fresh kernel, with or without the meter.

    ``before`` is code that runs with the meter, ahead of the first cell.
    """
    from jupyter_coimprove.activities.systems import costs as costing
    from jupyter_coimprove.activities.systems.verdict import Rerun
    from jupyter_coimprove.registry import INFRASTRUCTURE
    from jupyter_coimprove.workbench.examining import examined, why
    from jupyter_coimprove.workbench.works import ATTEMPTS

    made = copy.deepcopy(dict(node if node is not None else notebook.node))
    if meter:
        made["cells"] = [_meter(before, made), *made["cells"]]
    for attempt in range(ATTEMPTS):
        with examined(
            bench, notebook, node=made, seconds=seconds, kernel=kernel, what=what, may_fail=True
        ) as found:
            outcome = found.outcome
            # What the machine fails is no verdict on the notebook.
            if outcome.reason in INFRASTRUCTURE and attempt + 1 < ATTEMPTS:
                continue
            if outcome.reason in INFRASTRUCTURE:
                raise EngineError(
                    f"{notebook.path.name} could not be run: {why(outcome)}",
                    remedy="try again, or see `coimprove doctor`",
                )
            shift = int(meter)
            cells = found.cells[shift:]
            error = outcome.error
            stopped = outcome.state != "completed"
            at = error.cell - shift if error is not None and error.cell is not None else -1
            outputs = tuple(
                _outputs(cells[cell.index]) if cell.index < len(cells) else None for cell in notebook.cells
            )
            timed = tuple(
                costing.Cost(cell=cell.index, wall=outcome.cell_seconds[cell.index + shift])
                for cell in notebook.code_cells
                if cell.index + shift < len(outcome.cell_seconds)
            )
            written = found.folder / costing.METERED
            costs = costing.metered(notebook, written.read_text()) if written.is_file() else timed
            break
    rerun = Rerun(
        cells=outputs, failed=at if stopped else None, ename=error.name if error else outcome.state,
        evalue=error.value if error else outcome.reason,
        files={str(one["path"]): str(one.get("digest", "")) for one in outcome.written},
    )  # fmt: skip
    return rerun, costs


def _outputs(cell: Any) -> list[Any] | None:
    """The outputs of an executed cell; None where it was not reached."""
    if cell["cell_type"] != "code":
        return []
    if cell.get("execution_count") is None and "".join(cell["source"]).strip():
        return None
    return list(cell.get("outputs", ()))


def _meter(before: str, node: Mapping[str, Any]) -> dict[str, Any]:
    from jupyter_coimprove.activities.systems.costs import METER

    cell: dict[str, Any] = {
        "cell_type": "code", "metadata": {}, "source": METER + before, "outputs": [], "execution_count": None
    }  # fmt: skip
    if int(node.get("nbformat_minor", 0)) >= 5:
        cell["id"] = "look-meter"
    return cell


def _measured(notebook: Notebook, costs: tuple[Cost, ...]) -> list[Section]:
    from jupyter_coimprove.activities.systems.costs import section

    if not costs:
        return []
    cpu = [cost.cpu for cost in costs if cost.cpu is not None]
    facts = {"processor": f"{sum(cpu):.3g} s, with one thread a library"} if cpu else {}
    return [section(notebook, costs, source="measured by this run, in a fresh kernel", facts=facts)]


def _recorded(bench: Bench, notebook: Notebook) -> tuple[list[Section], list[str]]:
    """Costs from the baseline runs that are recorded, and what is missing of them."""
    import json

    from jupyter_coimprove.activities.systems import costs as costing

    record = bench.record()
    name = shelf.notebook_name(bench.root(notebook.path), notebook.path)
    runs = [
        run for item in record.find("experiment", notebook=name) for run in shelf.runs_of(record, item.id)
        if run.state == "completed" and run.data.get("arm") == "baseline" and run.data.get("cell_seconds")
    ][-_RUNS:]  # fmt: skip
    told, peaks = [], []
    for run in runs:
        artifact = bench.layout().run(run.id) / "output.ipynb"
        if artifact.is_file():
            cells = json.loads(artifact.read_text(encoding="utf-8"))["cells"]
            # papermill's own are not among those that seconds are kept for.
            cells = [cell for cell in cells if not _PAPERMILLS.intersection(cell["metadata"].get("tags", ()))]
            told.append((["".join(cell["source"]) for cell in cells], list(run.data["cell_seconds"])))
            peaks += [float(run.data["peak_mb"])] if run.data.get("peak_mb") else []
    costs = costing.recorded(notebook, told)
    if not costs:
        return [], ["what each cell costs: no run of it is recorded; --rerun measures it"]
    facts = {"peak memory of a run": f"{max(peaks):.0f} MB"} if peaks else {}
    source = (
        f"median of {len(told)} recorded runs of the baseline; processor time and memory by cell need --rerun"
    )
    return [costing.section(notebook, costs, source=source, facts=facts)], []


def _environment(
    bench: Bench, notebook: Notebook, facts: Read, lock: str | None, kernel: str | None
) -> tuple[list[Section], tuple[str, ...], list[str]]:
    """The environment against what is recorded of it, and the lock where one is wanted."""
    from jupyter_coimprove.activities.systems import defaults
    from jupyter_coimprove.activities.systems import environment as described

    modules = described.modules_of(notebook, facts.flow)
    try:
        found = environments.environment_of(kernel or notebook.kernel or "python3", modules)
    except EngineError as error:
        if lock is not None:
            raise
        return [], (), [f"environment: {error.message}; {error.remedy}"]
    drifts = []
    past = environments.recorded(bench, notebook.path)
    if past is not None:
        known = {name: version for name, version in past[1].items() if name in described.versions(found)}
        drifts.append((past[0], described.drift(known, described.versions(found))))
    text = described.lock_text(notebook.path.name, found)
    files: tuple[str, ...] = ()
    if lock is not None:
        bench.require_person("a lock is written to a file; that")
        path = bench.path(lock)
        before = environments.write_lock(path, text)
        if before:
            drifts.insert(
                0, (path.name, described.drift(described.locked(before), described.versions(found)))
            )
        files = (str(path),)
    sections = [described.section(found, drifts, lock=text if lock is not None else "")]
    ran = [(past[0], past[1])] if past is not None else []
    sections += _defaults(
        notebook, facts, [*ran, ("the versions that the notebook names", defaults.named(notebook))], found
    )
    return sections, files, []


def _defaults(
    notebook: Notebook, facts: Read, ran: Sequence[tuple[str, Mapping[str, str]]], found: Environment
) -> list[Section]:
    """Defaults that have changed since the first of the environments that knows of some."""
    from jupyter_coimprove.activities.systems import defaults
    from jupyter_coimprove.activities.systems import environment as described

    for where, versions in ran:
        if changes := defaults.changed(notebook, facts.flow, versions, described.versions(found)):
            return [defaults.section(changes, where)]
    return []


def _by_reading(facts: Read) -> str:
    signs = (
        len(facts.missing)
        + len(facts.draws)
        + len(facts.paths)
        + len(facts.clocks.dated)
        + bool(facts.late)
        + bool(facts.gaps)
    )
    if not signs:
        return "nothing in the code speaks against running it again from top to bottom; it was not run"
    return f"{signs} thing{'s' if signs > 1 else ''} in the code may keep it from giving its outputs again; it was not run"


def _is_python(notebook: Notebook) -> bool:
    from jupyter_coimprove.notebook.foreign import is_python

    return is_python(notebook)
