"""A result becomes a module: extracted, tried against its notebook, and written with its test and card where it holds."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import acting, shelf, ship_files, ship_subject
from jupyter_coimprove.workbench.ship_trial import Ready, notebooks_own, tried

if TYPE_CHECKING:
    from jupyter_coimprove.activities.activity import Section
    from jupyter_coimprove.activities.ship.papers import Shipped
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.ship_subject import Subject
    from jupyter_coimprove.workbench.views_activities import ActivityView

#: Exit code where what was extracted does not give the number.
DIFFERS = 4


def ship(
    bench: Bench, *, source: str, response: str | None = None, direction: str | None = None, reduction: str | None = None,
    arm: str | None = None, name: str | None = None, output: str | None = None, job: bool = False, dry_run: bool = False,
    no_verify: bool = False, seconds: float | None = None, kernel: str | None = None, provider: str | None = None, model: str | None = None,
) -> ActivityView:  # fmt: skip
    """Extract what a result needs as a tested module, or as a job; nothing is written unless it gives the result."""
    from jupyter_coimprove.notebook.trees import growing

    if not dry_run:
        bench.require_person("this runs the notebook and writes files; it")
    with growing():
        subject = ship_subject.subject(
            bench, source, response=response, direction=direction, reduction=reduction, arm=arm
        )
        ready = extracted(bench, subject, name, output)
    if dry_run:
        return _shown(bench, ready, provider, model)
    return _made(
        bench,
        ready,
        output,
        job=job,
        verify=not no_verify,
        seconds=seconds,
        kernel=kernel,
        provider=provider,
        model=model,
    )


def extracted(bench: Bench, subject: Subject, name: str | None, output: str | None) -> Ready:
    """The module of a subject. NotebookError where what it needs is no plain Python."""
    from jupyter_coimprove.activities.ship import module as modules
    from jupyter_coimprove.activities.ship.needed import check, needed
    from jupyter_coimprove.notebook.modules import read_modules
    from jupyter_coimprove.notebook.scopes import base

    flow, response, notebook = subject.flow, subject.response, subject.notebook
    imported = read_modules(notebook.beside, flow).imported
    local = {base(path) for found in imported.values() for _, path in found}
    both = (response, response.by) if response.by is not None else (response,)
    expressions = [one.expr for one in both if one.how != "printed"]
    printed = [one for one in both if one.how == "printed"]
    shown = (
        None
        if not printed
        else ()
        if any(not one.cells for one in printed)
        else {cell for one in printed for cell in one.cells}
    )
    need = needed(flow, expressions, shown, local)
    check(flow, notebook, need.kept)
    copied, paths, whole = ship_files.copies(notebook)
    warnings = list(subject.notes)
    if not whole and local:
        paths = (*paths, *_beside(bench, subject, name, output))
        warnings.append(
            "modules beside the notebook say where they lie: they are not copied, the module imports them from there"
        )
    taken = frozenset(
        one.partition(".")[0] for index in need.kept for one in flow.statements[index].names.imports
    )
    called = ship_files.name_of(subject.path, name, taken | _tops(flow, need.kept))
    folder = ship_files.folder_for(bench, subject.path, called, output)
    made = modules.write(
        flow, need, response, name=called, defaults=subject.defaults, parameter_cells=subject.parameter_cells,
        about=f"{response.name} of {shelf.notebook_name(bench.root(subject.path), subject.path)}, extracted from it by coimprove.".replace('"', "'").replace("\\", "/"),
        folder=os.path.relpath(subject.path.resolve().parent, folder.resolve()), paths=paths, drop_paths=bool(copied) and whole, added=subject.added,
    )  # fmt: skip
    return Ready(
        name=called,
        subject=subject,
        module=made,
        copied=copied,
        needs=frozenset(need.kept),
        warnings=tuple(warnings),
    )


def _tops(flow: Any, kept: tuple[int, ...]) -> frozenset[str]:
    from jupyter_coimprove.activities.ship.module import imported_by

    return frozenset(imported_by(flow, kept))


def _beside(bench: Bench, subject: Subject, name: str | None, output: str | None) -> tuple[str, ...]:
    """Folders of the notebook's own modules, as seen from where the module will lie."""
    folder = ship_files.folder_for(
        bench, subject.path, ship_files.name_of(subject.path, name, frozenset()), output
    )
    here = subject.path.resolve().parent
    places = {
        here,
        *((here / key).resolve().parent for key in subject.notebook.beside if key.endswith(".py")),
    }
    places |= {place.parent for place in places if (place / "__init__.py").is_file()}
    return tuple(sorted(os.path.relpath(place, folder.resolve()) for place in places))


def _sections(ready: Ready) -> list[Section]:
    from jupyter_coimprove.activities.activity import Section

    flow, made = ready.subject.flow, ready.module
    left = _left(ready)
    facts = (
        ("response", ready.subject.response.name), ("kept", f"{len(ready.needs)} of {len(flow.statements)} statements, from cells {', '.join(map(str, made.cells))}"),
        ("left out", f"cells {', '.join(map(str, left))}" if left else "no cell"),
        ("parameters", ", ".join(f"{key} = {value}" for key, value in made.parameters.items()) or "none"),
        *((("treatment", f"{ready.subject.arm}, block {ready.subject.block}"),) if ready.subject.arm else ()),
    )  # fmt: skip
    return [Section(title="What it needs", facts=facts)]


def _left(ready: Ready) -> list[int]:
    """Numbers of the code cells that nothing is kept of."""
    from jupyter_coimprove.activities.ship.module import number

    numbers = {
        number(cell.index, frozenset(ready.subject.added)) for cell in ready.subject.notebook.code_cells
    } - {0}
    return sorted(numbers - set(ready.module.cells))


def _shown(bench: Bench, ready: Ready, provider: str | None, model: str | None) -> ActivityView:
    from jupyter_coimprove.activities.activity import Section, Study
    from jupyter_coimprove.activities.table import SHIP

    study = Study(
        headline=f"this would become {ready.name}.py: nothing was run or written", warnings=ready.warnings,
        sections=(*_sections(ready), Section(title=f"{ready.name}.py", code=ready.module.text, language="python")),
    )  # fmt: skip
    return acting.answer(
        bench,
        SHIP,
        ready.subject.path,
        study,
        provider=provider,
        model=model,
        next=(f"coimprove ship {shlex.quote(ready.subject.path.name)}",),
    )


def _made(
    bench: Bench, ready: Ready, output: str | None, *, job: bool, verify: bool, seconds: float | None, kernel: str | None,
    provider: str | None, model: str | None,
) -> ActivityView:  # fmt: skip
    from jupyter_coimprove.activities.activity import Section, Study
    from jupyter_coimprove.activities.ship import papers
    from jupyter_coimprove.activities.table import SHIP

    subject = ready.subject
    value, inputs = notebooks_own(bench, ready, seconds, kernel)
    values: dict[str, float | None] = {"notebook": value, "recorded": subject.recorded}
    verdict, why = "not verified", ""
    if verify:
        values["module"], why = tried(bench, ready, job, seconds, kernel)
        verdict = papers.judged(values["module"], value)
        if verdict == "differs" and not why:
            again, _ = notebooks_own(bench, ready, seconds, kernel)
            same = papers.judged(again, value)
            why = (
                f"the notebook itself gives {again!r} in another fresh kernel: seed what is random, then ship again"
                if same == "differs" else f"the module gives {values['module']!r} where the notebook gives {value!r}"
            )  # fmt: skip
    one = _paper(bench, ready, values, verdict, inputs)
    rows = tuple((key, number) for key, number in values.items() if number is not None)
    sections = [
        *_sections(ready),
        Section(
            title="Against the notebook",
            columns=("where", subject.response.name),
            rows=rows,
            lines=(why,) if why else (),
        ),
    ]
    held = verdict != "differs"
    written: tuple[str, ...] = ()
    if held:
        written = _write(bench, ready, one, inputs, output, job=job, kernel=kernel)
    what = "a job" if job else f"{ready.name}.py"
    headline = (
        f"{what} gives {subject.response.name} as the notebook does: {verdict}" if held and verify
        else f"{what} is written; whether it gives the notebook's number was not tried" if held
        else f"not shipped: {what} does not give the notebook's {subject.response.name}"
    )  # fmt: skip
    study = Study(
        headline=headline, sections=tuple(sections), cards=(_card(bench, ready, one, written, job=job, why=why),),
        unseen=tuple(f"{source}: {error}" for source, error in inputs.get("unread", {}).items()), warnings=ready.warnings,
    )  # fmt: skip
    return acting.answer(
        bench, SHIP, subject.path, study, files=written, provider=provider, model=model, exit_code=0 if held else DIFFERS,
        next=(f"coimprove monitor {shlex.quote(os.path.dirname(written[0]))} --data FILE",) if written and not job else (),
    )  # fmt: skip


def _paper(
    bench: Bench, ready: Ready, values: Mapping[str, float | None], verdict: str, inputs: Mapping[str, Any]
) -> Shipped:
    from jupyter_coimprove.activities.ship.papers import Shipped
    from jupyter_coimprove.activities.ship.text import text_of
    from jupyter_coimprove.clock import iso
    from jupyter_coimprove.experiments.design import notebook_digest
    from jupyter_coimprove.runs.provenance import named_inputs

    subject, made = ready.subject, ready.module
    flow = subject.flow
    kept = [
        text_of(flow.statements[i], flow.sources[flow.statements[i].cell] or "") for i in sorted(ready.needs)
    ]
    files = named_inputs([*kept, *ready.copied.values()], subject.path.resolve().parent)
    limits = [
        "it gives the number for the data above; on other data it computes the same, and nobody has measured how well",
        "what the notebook draws and prints is left out unless the number needs it",
        *(("it reads files whose names are computed or that lie elsewhere",) if files.unknown else ()),
        *(("its number is one run's: the interval is of runs with other seeds or splits",) if subject.spread else ()),
        *subject.response.notes,
    ]  # fmt: skip
    return Shipped(
        name=ready.name, notebook=shelf.notebook_name(bench.root(subject.path), subject.path), notebook_digest=notebook_digest(subject.notebook),
        response=subject.response.name, direction=subject.response.direction, how=subject.response.how, values=values, verdict=verdict,
        parameters=made.parameters, unused=sorted(subject.defaults.keys() - made.parameters.keys()), cells=made.cells,
        left_out=_left(ready), data=files.files, data_unknown=files.unknown,
        modules=sorted(ready.copied), versions=inputs.get("versions", {}), python=str(inputs.get("python", "")), arm=subject.arm, block=subject.block,
        experiment=subject.experiment, finding=subject.finding, claim=subject.claim, effect=subject.effect, runs=subject.runs,
        spread=subject.spread, spread_of=subject.spread_of, limits=limits, made_at=iso(bench.clock.wall_ms()),
    )  # fmt: skip


def _write(
    bench: Bench,
    ready: Ready,
    one: Shipped,
    inputs: Mapping[str, Any],
    output: str | None,
    *,
    job: bool,
    kernel: str | None,
) -> tuple[str, ...]:
    from jupyter_coimprove.activities.ship import papers

    subject = ready.subject
    folder = ship_files.folder_for(bench, subject.path, ready.name, output)
    schema = {"v": 1, "frames": inputs.get("frames", []), "unread": inputs.get("unread", {})}
    files = {
        "CARD.md": papers.card(one), "inputs.schema.json": json.dumps(schema, indent=1, ensure_ascii=False) + "\n",
        "requirements.txt": papers.requirements(one.versions, one.python),
    }  # fmt: skip
    if job:
        if subject.arm:
            raise UsageError(
                "a job runs the notebook as it is",
                remedy="apply the finding's change first, then ship the notebook with --job",
            )
        files |= papers.job(
            ready.name,
            one.notebook,
            kernel or subject.notebook.kernel or "python3",
            subject.values,
            subject.defaults,
        )
    else:
        files |= {
            f"{ready.name}.py": ready.module.text,
            f"test_{ready.name}.py": papers.golden(one),
            **ready.copied,
        }
    golden = one.values.get("recorded") if one.values.get("recorded") is not None else one.values["notebook"]
    manifest = {
        "v": 1, "name": ready.name, "notebook": one.notebook, "notebook_digest": one.notebook_digest, "response": one.response,
        "direction": one.direction, "value": _told(golden), "verdict": one.verdict,
        "spread": list(one.spread) if one.spread else None, "spread_of": one.spread_of, "experiment": one.experiment, "finding": one.finding,
        "runs": list(one.runs), "data": [dict(file) for file in one.data],
    }  # fmt: skip
    return ship_files.write(folder, files, manifest)


def _told(number: float | None) -> float | str | None:
    """JSON knows no NaN."""
    return number if number is None or number - number == 0 else str(number)


def _card(bench: Bench, ready: Ready, one: Shipped, written: tuple[str, ...], *, job: bool, why: str) -> Any:
    from jupyter_coimprove.activities.activity import Card

    root = bench.root(ready.subject.path)
    held = one.verdict != "differs"
    return Card(
        kind="module", key=f"{one.notebook}:{one.response}:{one.arm}:{'job' if job else 'module'}", weight=0.9 if held else 0.6,
        title=f"{ready.name}: {one.response} as {'a job' if job else 'a module'}" if held else f"{ready.name}: {one.response} is not reproduced",
        goal="the result in use outside its notebook, and watched",
        evidence=(
            f"against the notebook in a fresh kernel: {one.verdict}" + (f" ({why})" if why else ""),
            *((f"{one.effect}",) if one.effect else ()),
        ),
        cells=tuple(one.cells), used=tuple(filter(None, (one.finding, one.experiment, *one.runs))),
        data={
            "verdict": one.verdict, "why": why, "response": one.response, "values": {k: _told(v) for k, v in one.values.items() if v is not None},
            "statements": [len(ready.needs), len(ready.subject.flow.statements)], "lines": ready.module.text.count("\n"),
            "files": [shelf.notebook_name(root, _path(file)) for file in written], "parameters": dict(one.parameters),
        },
    )  # fmt: skip


def _path(text: str) -> Any:
    from pathlib import Path

    return Path(text)
