"""What is worth working on in a notebook: read from its saved outputs, the record and the folder; kept as cards."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import NotebookError, UsageError
from jupyter_coimprove.workbench import acting, cards, concluding, piloting, shelf, watching

if TYPE_CHECKING:
    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.activities.problems.curves import Curve
    from jupyter_coimprove.activities.problems.history import Past
    from jupyter_coimprove.activities.problems.references import Reference
    from jupyter_coimprove.experiments.experiment import Plan
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views_activities import ActivityView

#: Files of references that are read, how large each may be (bytes), and what they may be called.
MOST, LARGEST = 200, 8 * 2**20
_SUFFIXES = (".bib", ".md", ".txt", ".pdf")
#: Folders in which a person's own references do not lie.
_SKIPPED = frozenset({"coimprove", "node_modules", "site-packages", "__pycache__"})
_NOT_REFERENCES = frozenset(
    {
        "requirements.txt",
        "license.txt",
        "license.md",
        "changelog.md",
        "contributing.md",
        "readme.md",
        "security.md",
    }
)


def problem(
    bench: Bench, *, notebook: str, run: bool = False, add: str | None = None, seconds: float | None = None,
    kernel: str | None = None, provider: str | None = None, model: str | None = None,
) -> ActivityView:  # fmt: skip
    """Problems of a notebook, ranked, the person's own among them; nothing runs without ``run``."""
    from jupyter_coimprove.activities import problem as stage
    from jupyter_coimprove.activities.problems.series import appended
    from jupyter_coimprove.activities.table import PROBLEM
    from jupyter_coimprove.notebook.ours import asks_us
    from jupyter_coimprove.workbench import planning
    from jupyter_coimprove.workbench.beside import plain_sources
    from jupyter_coimprove.workbench.stated import shown

    if not run and (seconds is not None or kernel is not None):
        raise UsageError("that is said of a run, and none was asked for", remedy="add --run")
    found, reading = planning.read(bench, notebook)
    name = shelf.notebook_name(bench.root(found.path), found.path)
    if add is not None:
        _add(bench, name, add)
    references, unread, wrong = _references(found)
    facts = [
        fact
        for cell in found.code_cells
        if not asks_us(cell)
        for fact in shown(_text(cell), cell.source, cell.index + 1)
    ]
    slices, curves, unseen = (
        _looked(bench, found, seconds, kernel)
        if run
        else ([], [], ("slices, and curves in variables: `--run` runs the notebook and looks",))
    )
    study = stage.problem(
        stage.Sight(
            notebook=found, facts=facts, candidates=reading.candidates, past=list(past(bench, name)), references=references,
            more=[*_own(bench, name), *_accepted(bench, name), *slices], held=curves, appended=appended(plain_sources(found).values()), unseen=(*unseen, *unread),
            warnings=tuple(wrong),
        )
    )  # fmt: skip
    looked = frozenset({"problem", "slice"} if run else {"problem"})
    return acting.answer(bench, PROBLEM, found.path, study, looked=looked, provider=provider, model=model)


def _text(cell: Any) -> str:
    from jupyter_coimprove.notebook.outputs import stream_text

    return stream_text(cell)


def _add(bench: Bench, name: str, text: str) -> None:
    from jupyter_coimprove.activities.problem import own
    from jupyter_coimprove.activities.table import PROBLEM

    if not text.strip():
        raise UsageError("an empty problem is none", remedy='say what it is: --add "the loss is noisy"')
    bench.require_person("your own card")
    cards.keep(bench, PROBLEM.name, name, [own(text)], author=bench.actor)


def _own(bench: Bench, name: str) -> Iterator[Card]:
    """The person's own cards that stand or were decided, as they wrote them."""
    from jupyter_coimprove.activities.table import PROBLEM

    for item in cards.of(bench, name, PROBLEM.name):
        if dict(item.data.get("more", {})).get("source") == "own":
            yield _card(item)


def _accepted(bench: Bench, name: str) -> Iterator[Card]:
    """Slices and tagged cases of `errors` that a person accepted."""
    from jupyter_coimprove.activities.problem import slice_problem, tag_problem
    from jupyter_coimprove.activities.table import ERRORS

    for item in cards.of(bench, name, ERRORS.name):
        if item.data["card"] == "slice" and item.state == "accepted":
            yield slice_problem(_card(item), item.id)
        if item.data["card"] == "tag" and item.state == "accepted":
            yield tag_problem(_card(item), item.id)


def _card(item: Item) -> Card:
    from jupyter_coimprove.activities.activity import Card

    data = item.data
    return Card(
        kind=str(data["card"]), title=str(data["title"]), key=str(data["key"]), goal=str(data["goal"]),
        evidence=tuple(map(str, data["evidence"])), weight=float(data["weight"]), cells=tuple(map(int, data["cells"])),
        data=dict(data["more"]),
    )  # fmt: skip


def _looked(
    bench: Bench, notebook: Notebook, seconds: float | None, kernel: str | None
) -> tuple[list[Card], list[Curve], tuple[str, ...]]:
    """What one run of the notebook shows: slices of its errors, curves that its variables hold, what stayed unseen."""
    from jupyter_coimprove.activities.errors import errors
    from jupyter_coimprove.activities.problem import slice_problem
    from jupyter_coimprove.activities.problems import series
    from jupyter_coimprove.workbench.beside import plain_sources
    from jupyter_coimprove.workbench.erring import look
    from jupyter_coimprove.workbench.examining import Examined, Instrument, examined

    names = series.appended(plain_sources(notebook).values())
    seen: list[Examined] = []
    curves: list[Curve] = []
    unseen: list[str] = []

    def tell(one: Examined) -> None:
        seen.append(one)
        path = one.files.get("curves")
        if path is None:
            unseen.append(f"curves in variables: {one.failed.get('curves', 'nothing was written')}")
        else:
            curves.extend(series.held(path.read_text(encoding="utf-8"), notebook))

    if notebook.language != "python":
        beside = []
    else:
        beside = [Instrument(name="curves", source=series.instrument_source(names), writes=series.WRITES)]
    try:
        study = errors(
            look(
                bench, notebook, seconds=seconds, kernel=kernel, beside=beside, tell=tell if beside else None
            )
        ).study
    except NotebookError as error:
        # The other problems are told all the same.
        unseen.insert(0, f"slices: {error.message}; {error.remedy}")
        if beside and not seen and _names_no_items(notebook):
            try:
                with examined(bench, notebook, beside, seconds=seconds, kernel=kernel, what="looking at curves") as one:  # fmt: skip
                    tell(one)
            except NotebookError as other:
                unseen.append(f"curves in variables: {other.message}; {other.remedy}")
        return [], curves, tuple(unseen)
    return [slice_problem(card) for card in study.cards], curves, (*unseen, *study.unseen)


def _names_no_items(notebook: Notebook) -> bool:
    """Whether nothing was run, because the code compares no labels with predictions."""
    from jupyter_coimprove.workbench.erring import known

    return not known(notebook)


def past(bench: Bench, name: str) -> Iterator[Past]:
    """Ended experiments of this notebook, the oldest first; blinded pilots show no values."""
    from jupyter_coimprove.activities.problems.history import Past
    from jupyter_coimprove.evidence.pairing import grid, split_ratio

    record = bench.record()
    for item in record.find("experiment", notebook=name):
        if (
            item.trust != "own"
            or item.state not in watching.ENDED
            or "blocks" not in item.data
            or shelf.is_probe(item)
        ):
            continue
        if piloting.blinded(record, item):
            continue
        experiment = shelf.registered(item)
        plan = experiment.plan
        table = grid(
            concluding.rows(experiment, shelf.runs_of(record, item.id)),
            concluding.rules(plan, experiment.blocks),
        )
        finding = shelf.finding_of(record, item.id)
        yield Past(
            id=item.id, question=plan.question, response=plan.response.name, blocks=len(experiment.blocks),
            factors=tuple(factor.name for factor in plan.factors),
            verdicts={str(k): str(v) for k, v in dict(finding.data["verdicts"]).items()} if finding else {},
            values=tuple(value for _, value in table.completed(plan.baseline.name)), deviations=shelf.deviations(item),
            smallest_effect=plan.smallest_effect, split_ratio=split_ratio(table)[0], finding=finding.id if finding else "",
            state=finding.state if finding else "", logged=_logged(plan, shelf.runs_of(record, item.id)),
        )  # fmt: skip


def _logged(plan: Plan, runs: Sequence[Item]) -> dict[str, tuple[float, ...]]:
    """The series that the first completed baseline run recorded: what it logged by step, and the response's."""
    from jupyter_coimprove.runs.run import Value

    out: dict[str, list[float]] = {}
    done = [run for run in runs if run.state == "completed" and run.data["arm"] == plan.baseline.name]
    for metric in done[0].data.get("metrics", ()) if done else ():
        value = Value.from_dict(metric["value"])
        if metric["name"] == concluding.RESPONSE_PROBE:
            name = plan.response.name
        elif metric["source"] != "probe":
            name = str(metric["name"])
        else:
            continue
        if value.kind in ("missing", "text"):
            continue
        if value.series:
            out[name] = [math.nan if one is None else one for one in value.series]
        elif metric.get("step") is not None:
            number = value.number if value.number is not None else {"inf": math.inf, "-inf": -math.inf}.get(value.kind, math.nan)  # fmt: skip
            out.setdefault(name, []).append(number)
    return {name: tuple(values) for name, values in out.items()}


def _references(notebook: Notebook) -> tuple[list[Reference], tuple[str, ...], list[str]]:
    """References beside the notebook and in folders below it, what was not read, and what is not what it says."""
    from jupyter_coimprove.activities.problems.references import bibtex, prose

    folder = notebook.path.resolve().parent
    out: list[Reference] = []
    unseen: list[str] = []
    wrong: list[str] = []
    files = list(_files(folder))
    if len(files) > MOST:
        unseen.append(f"references: the first {MOST} of {len(files)} files were read")
    for path in files[:MOST]:
        file = path.relative_to(folder).as_posix()
        try:
            if path.stat().st_size > LARGEST:
                unseen.append(
                    f"{file}: over {LARGEST // 2**20} MB; keep the entries that you cite in a file of their own"
                )
                continue
            if path.suffix.lower() == ".pdf":
                text = _pdf(path)
                if text is None:
                    unseen.append(f"{file}: no library that reads PDF is installed (pip install pypdf)")
                    continue
                out += prose(text, file)
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            out += bibtex(text, file) if path.suffix.lower() == ".bib" else prose(text, file)
        except ValueError as error:
            wrong.append(f"{file} is no BibTeX: {error}; mend it, or take it out of this folder")
        except OSError as error:
            unseen.append(f"{file}: {error.strerror}")
    return out, tuple(unseen), wrong


def _files(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        depth = len(Path(here).relative_to(folder).parts)
        folders[:] = (
            sorted(f for f in folders if not f.startswith(".") and f not in _SKIPPED) if depth < 2 else []
        )
        for name in sorted(names):
            if (
                name.lower().endswith(_SUFFIXES)
                and name.lower() not in _NOT_REFERENCES
                and not name.startswith(".")
            ):
                yield Path(here, name)


def _pdf(path: Path) -> str | None:
    """The text of the first pages, where a library is there that reads it; OSError where it cannot be read."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        return None
    try:
        return "\n".join(page.extract_text() or "" for page in PdfReader(path).pages[:20])
    except PyPdfError as error:
        raise OSError(0, f"it is no PDF that can be read: {error}") from error
