"""`tour`: through the twelve activities on a notebook, each asked what it sees there now; nothing runs, nothing is recorded."""

from __future__ import annotations

import dataclasses
import shlex
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import CoimproveError, UnknownName
from jupyter_coimprove.workbench import acting, demonstrating, shelf
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.views_activities import ActivityView

if TYPE_CHECKING:
    from jupyter_coimprove.activities.tour import Stop

#: What activities are asked beyond the notebook, so that nothing runs.
_ASKED: dict[str, dict[str, Any]] = {"ship": {"dry_run": True}, "run": {}, "debate": {}}
#: How the notebook is called where it is not ``notebook``.
_CALLED = {"ship": "source"}


def tour(bench: Bench, *, notebook: str | None = None) -> ActivityView:
    """All twelve in order, on the notebook that is named or in front, else on the example that comes along."""
    from jupyter_coimprove.activities import tour as stage

    path = bench.path(notebook) if notebook else bench.where.notebook
    with _place(bench, path) as (reader, at, said):
        name = shelf.notebook_name(reader.root(at), shelf.read_notebook(reader, at).path)
        seen = []
        for stop in stage.STOPS:
            bench.check_cancelled()
            seen.append(
                stage.Seen(stop=stop, here=_here(reader, stop, at), recorded=_recorded(reader, stop, name))
            )
    note = (
        ()
        if path is not None
        else ("no notebook was named: this is the example, which `coimprove demo` takes the whole way",)
    )
    study = stage.tour(at.name, shlex.quote(said), seen, note)
    return ActivityView(
        summary=study.headline, activity="tour", number=0, title="The twelve activities", notebook=str(path or at.name),
        sections=tuple(map(acting.section, study.sections)), cards=(), warnings=study.warnings,
        next=(f"coimprove problem {shlex.quote(said)}",) if path is not None else ("coimprove demo",),
    )  # fmt: skip


@contextmanager
def _place(bench: Bench, path: Path | None) -> Iterator[tuple[Bench, Path, str]]:
    """A bench that records nothing and asks no model, the notebook, and how it is called in commands."""
    with tempfile.TemporaryDirectory() as folder:
        at, root = path, bench.root_override
        if at is None:
            at, root = Path(folder) / demonstrating.EXAMPLE, Path(folder)
            at.write_bytes(demonstrating.example())
        said = str(at) if path is not None and not at.is_relative_to(bench.where.cwd) else at.name
        if path is not None and at.is_relative_to(bench.where.cwd):
            said = str(at.relative_to(bench.where.cwd))
        where = dataclasses.replace(bench.where, notebook=at, at_prompt=False)
        reader = Bench(
            where=where,
            root_override=root,
            actor=bench.actor,
            clock=bench.clock,
            cancelled=bench.cancelled,
            looks=True,
        )
        reader.only_read(at)
        try:
            yield reader, at, said
        finally:
            reader.close()


def _here(bench: Bench, stop: Stop, path: Path) -> str:
    """What the activity says of this notebook in one line; what keeps it from saying it."""
    if not stop.reads:
        return _by_record(bench, stop, shelf.notebook_name(bench.root(path), path))
    module, _, function = stop.reads.partition(":")
    given = dict(_ASKED[stop.verb]) if stop.verb in _ASKED else {}
    if stop.verb not in ("run", "debate"):
        given[_CALLED.get(stop.verb, "notebook")] = str(path)
    if stop.verb not in ("run", "plan"):
        given["provider"] = "builtin"
    use_case = getattr(import_module(f"jupyter_coimprove.workbench.{module}"), function)
    try:
        return str(use_case(bench, **given).summary)
    except CoimproveError as error:
        return f"nothing yet: {error.message}" + (f" ({error.remedy})" if error.remedy else "")


def _by_record(bench: Bench, stop: Stop, name: str) -> str:
    """What the record alone answers: findings that wait, and those that a report would tell."""
    found = [item for item in bench.record().find("finding", notebook=name) if item.trust == "own"]
    accepted = sum(item.state in ("accepted", "edited") for item in found)
    if stop.verb == "report":
        return f"{accepted or 'no'} accepted finding{'' if accepted == 1 else 's'} to tell"
    waits = sum(item.state in ("pending", "deferred") for item in found)
    return f"{len(found) or 'no'} finding{'' if len(found) == 1 else 's'}, {waits} to decide on"


def _recorded(bench: Bench, stop: Stop, name: str) -> str:
    """How much the record has for it, by state; what came with the folder is counted apart."""
    record = bench.record()
    parts = []
    cards = [
        item
        for item in record.find("card", activity=stop.verb)
        if item.data.get("notebook") in (name, "", ".")
    ]
    for kind, items in (("card", cards), *((kind, _of(bench, kind, name)) for kind in stop.kinds)):
        if not items:
            continue
        own = Counter(item.state or "kept" for item in items if item.trust == "own")
        foreign = sum(item.trust != "own" for item in items)
        states = [f"{count} {state}" for state, count in own.items()] + (
            [f"{foreign} foreign"] if foreign else []
        )
        parts.append(f"{len(items)} {kind}{'' if len(items) == 1 else 's'} ({', '.join(states)})")
    return "; ".join(parts) or "nothing"


def _of(bench: Bench, kind: str, name: str) -> list[Any]:
    record = bench.record()
    if kind == "run":
        mine = {item.id for item in record.find("experiment", notebook=name)}
        return [item for item in record.find("run") if item.data.get("experiment") in mine]
    if kind == "decision":
        return [
            item
            for item in record.find("decision")
            if _about(bench, str(item.data.get("subject", ""))) in (name, "")
        ]
    if kind in ("position", "lesson"):
        return record.find(kind)
    return record.find(kind, notebook=name)


def _about(bench: Bench, subject: str) -> str | None:
    """The notebook of what was decided on; None where it is gone."""
    try:
        return str(bench.record().get(subject).data.get("notebook", ""))
    except UnknownName:
        return None
