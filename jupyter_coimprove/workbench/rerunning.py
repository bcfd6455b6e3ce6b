"""`verify BUNDLE`: every file against the bundle's own list, and with `--rerun` every response against a new run."""

from __future__ import annotations

import hashlib
import json
import math
import shlex
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import CoimproveError, UsageError
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import bundling, concluding, packing, shelf
from jupyter_coimprove.workbench.bench import Progress
from jupyter_coimprove.workbench.views import CheckRow, ChecksView

if TYPE_CHECKING:
    from jupyter_coimprove.record.memory import MemoryRecord
    from jupyter_coimprove.runs.engine import RunEvent
    from jupyter_coimprove.runs.run import Outcome
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.works import Works

#: Responses that differ by no more than this share of the recorded one are within tolerance.
TOLERANCE = 1e-6


def verify(
    bench: Bench, path: Path, *, rerun: bool = False, runs: int | None = None, workers: int | None = None
) -> ChecksView:
    """The bundle's files by size and sha256; then, where asked, its runs. Exit code 1 when anything is another.

    ``runs`` is how many of the runs of each experiment are repeated, the first blocks first (None: all).
    UsageError where it is no bundle.
    """
    if runs is not None and runs < 1:
        raise UsageError(f"{runs} runs are none", remedy="--runs 1 or more")
    found, files, withheld = packing.read(path)
    with found:
        rows = _files(found, files)
        if not packing.sealed(path) and all(row.ok for row in rows):
            rows.insert(
                0,
                CheckRow(
                    name=path.name,
                    ok=False,
                    text="it was packed again, or changed",
                    remedy="ask for the bundle again",
                ),
            )
        broken = [row for row in rows if not row.ok]
        held = tuple(f"withheld: {one.path} ({one.why})" for one in withheld)
        if broken or not rerun:
            said = (
                f"{len(broken)} of {len(files)} files are not what was shared"
                if broken
                else f"all {len(files)} files are what was shared"
            )
            return ChecksView(
                summary=said, ok=not broken, checks=tuple(broken or rows), warnings=held, exit_code=1 if broken else 0,
                next=() if broken else (f"coimprove verify {shlex.quote(str(path))} --rerun",),
            )  # fmt: skip
        bench.require_person("a bundle holds somebody's code, and it runs as you; that")
        with tempfile.TemporaryDirectory(prefix="coimprove-rerun-") as folder:
            root = Path(folder).resolve()
            for name in found.namelist():
                _unpack(found, name, root)
            again = [_for_want_of(row, withheld) for row in _again(bench, root, runs, workers or 1)]
    bad = [row for row in again if not row.ok]
    return ChecksView(
        summary=f"{len(again) - len(bad)} of {len(again)} responses are what was recorded; all {len(files)} files are what was shared",
        ok=not bad, checks=tuple(again), warnings=held, exit_code=1 if bad else 0,
    )  # fmt: skip


def _for_want_of(row: CheckRow, withheld: Sequence[Any]) -> CheckRow:
    """A run that names a file which was withheld fails for want of that, not of a package."""
    missed = [one for one in withheld if not row.ok and PurePosixPath(one.path).name in row.text]
    if not missed:
        return row
    told = ", ".join(f"{one.path} ({one.why})" for one in missed)
    return replace(row, remedy=f"withheld from the bundle: {told}; ask whoever shared it")


def _files(found: zipfile.ZipFile, files: Sequence[Any]) -> list[CheckRow]:
    from jupyter_coimprove.writeup.crate import NAME

    present = set(found.namelist()) - {NAME}
    rows = []
    for one in files:
        if one.path not in present:
            rows.append(
                CheckRow(name=one.path, ok=False, text="it is not there", remedy="ask for the bundle again")
            )
            continue
        present.discard(one.path)
        try:
            same = hashlib.sha256(found.read(one.path)).hexdigest() == one.sha256
        except packing.SPOILT:  # its own checksum does not hold: a byte was changed
            same = False
        remedy = "" if same else "ask for the bundle again"
        rows.append(
            CheckRow(name=one.path, ok=same, text=one.about if same else "it was changed", remedy=remedy)
        )
    return rows + [CheckRow(name=name, ok=False, text="nobody shared it") for name in sorted(present)]


def _unpack(found: zipfile.ZipFile, name: str, root: Path) -> None:
    """One file below ``root``; a name that leads elsewhere is refused."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise UsageError(
            f"the bundle names {name!r}, which lies outside of it", remedy="do not use this bundle"
        )
    if name.endswith("/"):
        return
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(found.read(name))


def _again(bench: Bench, root: Path, runs: int | None, workers: int) -> list[CheckRow]:
    from jupyter_coimprove.workbench.works import Works

    record = _record(root)
    rows: list[CheckRow] = []
    for item in record.find("experiment"):
        try:
            works = Works(root, record, item, workers=workers)
            rows += _rerun(bench, works, record, runs, workers)
        except CoimproveError as error:
            rows.append(CheckRow(name=item.id, ok=False, text=error.message, remedy=error.remedy))
    return rows


def _record(root: Path) -> MemoryRecord:
    """The bundle's items, as a record that lives as long as this does."""
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.record.memory import MemoryRecord

    try:
        told = json.loads((root / bundling.RECORD).read_text(encoding="utf-8"))["items"]
        drafts = [
            Draft(
                id=one["id"],
                kind=one["kind"],
                event="shared",
                state=one["state"],
                data=one["data"],
                actor=TOOL,
            )
            for one in told
        ]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"the bundle's record cannot be read: {error}", remedy="ask for the bundle again"
        ) from error
    record = MemoryRecord()
    record.append(drafts)
    return record


def _rerun(
    bench: Bench, works: Works, record: MemoryRecord, runs: int | None, workers: int
) -> Iterator[CheckRow]:
    """Each completed run of an experiment once more, and what came of it."""
    from jupyter_coimprove.engines.papermill.engine import PapermillEngine
    from jupyter_coimprove.runs.schedule import RunQueue

    arms = {arm.name: arm for arm in works.experiment.plan.arms}
    done = [
        run
        for run in shelf.runs_of(record, works.item.id)
        if run.state == "completed" and run.data["arm"] in arms
    ]
    # As planned, not as they happened to end: the same few for everybody who asks for a few.
    place = {name: number for number, name in enumerate(arms)}
    done.sort(
        key=lambda run: (int(run.data["replicate"]), int(run.data["block"]), place[str(run.data["arm"])])
    )
    chosen = {run.id: run for run in (done if runs is None else done[:runs])}
    if not chosen:
        yield CheckRow(
            name=works.item.id, ok=True, text="no run of it has completed; there is nothing to compare"
        )
        return
    outcomes: dict[str, Outcome] = {}

    def report(event: RunEvent) -> None:
        if event.outcome is not None:
            outcomes[event.run] = event.outcome
            bench.progress(Progress(text="runs repeated", done=len(outcomes), total=len(chosen)))

    engine = PapermillEngine(clock=bench.clock)
    engine.check(works.kernel)
    queue = RunQueue(
        works.work(run.id, arms[str(run.data["arm"])], int(run.data["block"]), int(run.data["replicate"]), 1)
        for run in chosen.values()
    )
    queue.drain()
    bench.progress(Progress(text=f"repeating {len(chosen)} runs", total=len(chosen)))
    engine.execute(queue, report, workers=workers)
    for id_, run in chosen.items():
        name = f"{run.data['arm']}, block {run.data['block']}"
        outcome = outcomes[id_]
        if outcome.state != "completed":
            why = (
                f"{outcome.error.name}: {outcome.error.value[:200]}"
                if outcome.error
                else outcome.reason or outcome.state
            )
            yield CheckRow(
                name=name,
                ok=False,
                text=f"it did not run to its end: {why}",
                remedy=f"pip install -r {bundling.PACKAGES}",
            )
            continue
        yield _compared(name, _value(works, run.data), _value(works, _data(outcome)))


def _data(outcome: Outcome) -> dict[str, Any]:
    from jupyter_coimprove.workbench.outcomes import outcome_data

    return outcome_data(outcome)


def _value(works: Works, data: Mapping[str, Any]) -> float | None:
    return concluding.response_value(works.experiment, data).number


def _compared(name: str, was: float | None, now: float | None) -> CheckRow:
    if was is None or now is None:
        same = was is None and now is None
        return CheckRow(name=name, ok=same, text=f"recorded {was}, now {now}")
    if was == now:
        return CheckRow(name=name, ok=True, text=f"equal: {now:.6g}")
    if math.isclose(was, now, rel_tol=TOLERANCE, abs_tol=TOLERANCE * 1e-3):
        return CheckRow(name=name, ok=True, text=f"within tolerance: {now:.6g}, recorded {was:.6g}")
    return CheckRow(
        name=name, ok=False, text=f"differs: {now:.6g}, recorded {was:.6g}",
        remedy=f"are the versions those of {bundling.PACKAGES}?",
    )  # fmt: skip
