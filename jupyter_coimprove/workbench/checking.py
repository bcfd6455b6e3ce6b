"""The checks of a notebook, and what a person decided on each finding."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.evidence.checks.finding import counts
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import going_by, shelf, trying
from jupyter_coimprove.workbench.views import CheckView, FlawRow, PlaceRow

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.checks.finding import CheckFinding
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Draft, Item, Record
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.trying import Tried

#: The command line's exit code when findings stand.
FOUND = 4
#: Code cells up to which a plan checks its notebook itself; above, it says what was last found.
CHEAP = 100
#: States in which a finding is shown without being asked for.
SHOWN = ("pending", "deferred", "accepted")


def check(
    bench: Bench, *, notebook: str, all: bool = False, ok: str | None = None, reason: str | None = None,
    probe: bool = False, response: str | None = None, direction: str | None = None, seconds: float | None = None,
    kernel: str | None = None, workers: int | None = None,
) -> CheckView:  # fmt: skip
    """Findings about validity and leakage, read from the code; nothing is executed or changed.

    With ``probe`` the notebook is run as well, several times. What a person judged "not a problem" stays
    away until the code it is about changes.
    """
    found = shelf.read_notebook(bench, notebook)
    tried = None
    if probe:
        if ok is not None:
            raise UsageError("--ok judges what a probe has found already", remedy="probe first, then --ok ID")
        wanted = trying.Wanted(
            response=response, direction=direction, seconds=seconds, kernel=kernel, workers=workers
        )
        tried = trying.probe(bench, found, wanted)
    elif any(value is not None for value in (response, direction, seconds, kernel, workers)):
        raise UsageError("that is said of a probe, and none was asked for", remedy="add --probe")
    rows, whole = _rows(bench, found, weak=all, tried=tried)
    if ok is not None:
        _not_a_problem(bench, rows, ok, reason or "")
        rows, whole = _rows(bench, found, weak=all)
    elif reason is not None:
        raise UsageError("--reason goes with --ok", remedy="say which finding is not a problem: --ok ID")
    held: tuple[str, ...] = ()
    if not all:
        name = shelf.notebook_name(bench.root(found.path), found.path)
        rows, held = going_by.checks(bench, name, rows)
    shown = [row for row in rows if all or row.state in SHOWN]
    least = _least(bench)
    stand = [row for row in rows if row.state in SHOWN and counts(row.confidence, least)]
    judged = sum(row.state == "rejected" for row in rows)
    said = [f"{len(stand) or 'no'} finding{'' if len(stand) == 1 else 's'}"]
    if judged:
        said.append(f"{judged} judged not a problem")
    first = next((row for row in shown if row.state in ("pending", "deferred")), None)
    return CheckView(
        summary=f"{found.path.name}: {', '.join(said)}", notebook=str(found.path), findings=tuple(shown), judged=judged,
        whole=whole, exit_code=FOUND if stand else 0,
        seen=tried.seen if tried else (), unseen=tried.unseen if tried else (), experiment=tried.experiment if tried else "",
        warnings=(*held, *(() if whole else ("the notebook is longer than the checks read; what comes late was not seen",))),
        next=(f"coimprove check {shlex.quote(notebook)} --ok {first.id or 1}", f"coimprove accept {first.id}") if first and first.id else (),
    )  # fmt: skip


def open_findings(bench: Bench, notebook: Notebook) -> tuple[str, ...]:
    """One line for plans: how many findings stand, decided "not a problem" left out. Records nothing."""
    if len(notebook.code_cells) > CHEAP:
        name = shelf.notebook_name(bench.root(notebook.path), notebook.path)
        return noted(bench.record(notebook.path), name)
    known = _known(bench, notebook)
    listed, _ = _found(notebook)
    least = _least(bench)
    stand = [
        f
        for f, pin in listed
        if counts(f.confidence, least) and not (pin in known and known[pin].state == "rejected")
    ]
    return _line(notebook.path.name, [f.title for f in stand])


def noted(record: Record, notebook: str) -> tuple[str, ...]:
    """One line for results and findings: what the last check of their notebook left open."""
    items = [i for i in record.find("check", notebook=notebook) if i.trust == "own" and i.state in SHOWN]
    return _line(notebook, sorted({str(item.data["title"]) for item in items}))


def _line(notebook: str, titles: list[str]) -> tuple[str, ...]:
    if not titles:
        return ()
    kinds = ", ".join(dict.fromkeys(titles))
    return (f"open checks of this notebook ({kinds}): `coimprove check {shlex.quote(notebook)}` shows them",)


def one(bench: Bench, item: Item) -> CheckView:
    """One finding by its id, as it was last seen."""
    del bench
    row = _row(item)
    waits = item.state in ("pending", "deferred") and item.trust == "own"
    foreign = (
        () if item.trust == "own" else ("foreign, unverified: it was not made here and approves nothing",)
    )
    return CheckView(
        summary=f"{item.id} is {item.state}", notebook=str(item.data.get("notebook", "")), findings=(row,), judged=0,
        whole=True, warnings=foreign,
        next=(f"coimprove reject {item.id} --reason WHY", f"coimprove accept {item.id}") if waits else (),
    )  # fmt: skip


def _found(notebook: Notebook) -> tuple[list[tuple[CheckFinding, str]], bool]:
    from jupyter_coimprove.evidence.checks.check import check as read
    from jupyter_coimprove.evidence.checks.pinning import pin
    from jupyter_coimprove.kernelspace.transform import python_source

    if notebook.language != "python":
        raise UsageError(
            f"{notebook.path.name} is written in {notebook.language}; checks read Python",
            remedy="look at the split and the scores yourself",
        )
    listed, whole = read(notebook, python_source)
    return [(one, pin(notebook, one, python_source)) for one in listed], whole


def stands(bench: Bench, confidence: str) -> bool:
    """Whether a finding of this confidence counts here."""
    return counts(confidence, _least(bench))


def _least(bench: Bench) -> str:
    """The confidence from which a finding counts: a setting of the playbook, which people change."""
    from jupyter_coimprove.bench.playbook import value_of
    from jupyter_coimprove.workbench.changing import in_force

    return str(value_of(in_force(bench), "checks.least"))


def _known(bench: Bench, notebook: Notebook) -> dict[str, Item]:
    """Findings of this notebook in the record, by what they are pinned to; own ones only."""
    name = shelf.notebook_name(bench.root(notebook.path), notebook.path)
    items = bench.record(notebook.path).find("check", notebook=name)
    return {str(item.data["digest"]): item for item in items if item.trust == "own"}


def _rows(
    bench: Bench, notebook: Notebook, *, weak: bool, tried: Tried | None = None
) -> tuple[list[FlawRow], bool]:
    """All findings with their state; new ones are recorded as pending, those that are gone as superseded.

    What an earlier probe found stands until its code changes, or a later probe no longer finds it.
    """
    from jupyter_coimprove.evidence.checks.mending import diff
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.record.base import Draft

    listed, whole = _found(notebook)
    name = shelf.notebook_name(bench.root(notebook.path), notebook.path)
    known = _known(bench, notebook)
    lines: list[Draft] = []
    ids: dict[str, str] = {}
    data: dict[str, dict[str, Any]] = {}
    least = _least(bench)
    for found, pin in listed:
        if not weak and not counts(found.confidence, least):
            continue
        data[pin] = _data(found, pin, name, diff(notebook, found, python_source))
        item = known.get(pin)
        ids[pin] = item.id if item else new_id("check", bench.clock)
        if item is None or item.state == "superseded":
            lines.append(
                Draft(id=ids[pin], kind="check", event="found", state="pending", data=data[pin], actor=TOOL)
            )
    present = {pin for _, pin in listed} | _probed(bench, notebook, known, tried, weak, data, ids, lines)
    for pin, item in known.items():
        # What a person decided stays as decided; it counts again when the code comes back.
        if pin not in present and item.state in ("pending", "deferred"):
            lines.append(Draft(id=item.id, kind="check", event="gone", state="superseded", actor=TOOL))
    record = bench.record(notebook.path)
    if lines and not record.read_only:
        record.append(lines)
    states = {pin: item.state for pin, item in known.items() if item.state != "superseded"}
    kept = not record.read_only
    return [
        _flaw(data[pin], ids[pin] if kept or pin in known else "", states.get(pin, "pending"))
        for pin in data
    ], whole  # fmt: skip


def _probed(
    bench: Bench, notebook: Notebook, known: dict[str, Item], tried: Tried | None, weak: bool,
    data: dict[str, dict[str, Any]], ids: dict[str, str], lines: list[Draft],
) -> set[str]:  # fmt: skip
    """Add what probes found, now or earlier, to the findings; by what they are pinned to."""
    from jupyter_coimprove.evidence.checks.pinning import found_again, pin, statement
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.record.base import Draft

    if tried is None:
        out = set()
        for digest, item in known.items():
            if item.data.get("experiment") and item.state != "superseded":
                moved = found_again(notebook, item.data, python_source)
                if moved is not None:
                    data[digest], ids[digest] = {**item.data, **moved}, item.id
                    out.add(digest)
        return out
    name = shelf.notebook_name(bench.root(notebook.path), notebook.path)
    out = set()
    for found in tried.findings:
        digest = pin(notebook, found, python_source, by="probe")
        if digest in out or (not weak and not stands(bench, found.confidence)):
            continue
        out.add(digest)
        code = [statement(notebook, where, python_source) for where in (found.where, *found.trail)]
        data[digest] = {**_data(found, digest, name, ""), "experiment": tried.experiment, "code": code}
        old = known.get(digest)
        ids[digest] = old.id if old else new_id("check", bench.clock)
        if old is None or old.state == "superseded":
            lines.append(
                Draft(
                    id=ids[digest],
                    kind="check",
                    event="found",
                    state="pending",
                    data=data[digest],
                    actor=TOOL,
                )
            )
        elif old.state != "rejected":
            lines.append(Draft(id=old.id, kind="check", event="found_again", data=data[digest], actor=TOOL))
    return out


def _data(found: CheckFinding, pin: str, notebook: str, diff: str) -> dict[str, Any]:
    from jupyter_coimprove.evidence.checks.pinning import place_names

    return {
        "notebook": notebook, "flaw": found.kind, "title": found.title, "claim": found.evidence, "why": found.why,
        "fix": found.fix, "diff": diff, "confidence": found.confidence, "digest": pin, **place_names(found.where),
        "trail": [dict(place_names(where)) for where in found.trail],
    }  # fmt: skip


def _row(item: Item) -> FlawRow:
    return _flaw(item.data, item.id, item.state)


def _flaw(data: Any, id_: str, state: str) -> FlawRow:
    return FlawRow(
        id=id_, state=state, kind=str(data["flaw"]), title=str(data["title"]), cell=int(data["cell"]), line=int(data["line"]),
        file=str(data["file"]), evidence=str(data["claim"]), why=str(data["why"]), fix=str(data["fix"]),
        diff=str(data["diff"]), confidence=str(data["confidence"]), trail=tuple(PlaceRow(**place) for place in data["trail"]),
        experiment=str(data.get("experiment", "")),
    )  # fmt: skip


def _not_a_problem(bench: Bench, rows: list[FlawRow], which: str, reason: str) -> None:
    """A person's judgement on one of the findings, named by its id or its number in the list."""
    from jupyter_coimprove.workbench.deciding import reject

    waiting = [row for row in rows if row.state in SHOWN]
    if which.isdecimal() and 1 <= int(which) <= len(waiting):
        row = waiting[int(which) - 1]
    else:
        same = [row for row in rows if row.id and which and row.id.lower().startswith(which.lower())]
        if len(same) != 1:
            raise UnknownName("finding of this notebook", which, [row.id for row in waiting])
        row = same[0]
    reject(bench, id=row.id, reason=reason)
