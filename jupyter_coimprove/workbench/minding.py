"""Values at work: a notebook, what a proposal makes of it, a plan and a report held against what is in force."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, NotebookError, PlanError, Stale, UsageError
from jupyter_coimprove.workbench import amending, cards, licensing, patterns

if TYPE_CHECKING:
    from jupyter_coimprove.activities.values.constitution import Constitution
    from jupyter_coimprove.activities.values.judging import Verdict, Violation
    from jupyter_coimprove.activities.values.subject import Claim, PlanFacts, Subject
    from jupyter_coimprove.experiments.experiment import Plan
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.proposals.proposal import Edit
    from jupyter_coimprove.workbench.amending import InForce
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.writeup.contents import Report

#: Arms of a plan that are bound and looked at; kinds of checks that look at the baseline alone, because they read long.
ARMS, LONG = 12, ("test-tuning", "seeds", "blocks")


#: The verdict of an arm that was equal in every block: there is no interval to tell.
UNCHANGED = "no change observed"


def judged(
    bench: Bench, constitution: Constitution, subject: Subject, *, without: Sequence[str] = ()
) -> Verdict:
    """One subject against one constitution."""
    from jupyter_coimprove.activities.values.judging import judge
    from jupyter_coimprove.kernelspace.transform import python_source

    folder = subject.notebook.path.resolve().parent if subject.notebook is not None else None
    whole = licensing.licensed(constitution, subject, folder)
    return judge(constitution, whole, transform=python_source, search=patterns.search, without=without)


def of_notebook(
    notebook: Notebook, kind: str = "notebook", name: str = "", *, outputs: bool = True
) -> Subject:  # fmt: skip
    """A notebook with what it shows; what this tool shows in it is left out."""
    from jupyter_coimprove.activities.values.subject import Subject
    from jupyter_coimprove.notebook.ours import asks_us
    from jupyter_coimprove.notebook.outputs import stream_text

    shown = {
        cell.index + 1: stream_text(cell).strip()
        for cell in notebook.code_cells if outputs and cell.outputs and not asks_us(cell)
    }  # fmt: skip
    prose = {cell.index + 1: cell.source for cell in notebook.cells if cell.kind == "markdown"}
    return Subject(kind=kind, name=name or notebook.path.name, notebook=notebook, outputs=shown, prose=prose)


def of_proposal(bench: Bench, constitution: Constitution, book: Notebook, edits: Sequence[Edit]) -> Verdict:
    """What these edits bring in: violations after them that were not there before. Stale as edits are.

    Outputs take part: what stands in them may be words to an AI that an edit follows.
    """
    from jupyter_coimprove.activities.values.judging import new
    from jupyter_coimprove.curation.application import apply_edits
    from jupyter_coimprove.notebook.io import parse
    from jupyter_coimprove.workbench import queueing
    from jupyter_coimprove.workbench.beside import with_files

    raw, _ = apply_edits(book, edits, metadata={}, new_id=queueing.cell_ids("app_0"))
    after = with_files(parse(raw, book.path))
    before = with_files(parse(book.raw, book.path))
    return new(
        judged(bench, constitution, of_notebook(after, "proposal")),
        judged(bench, constitution, of_notebook(before, "proposal")),
    )


def _brought(bench: Bench, constitution: Constitution, book: Notebook, edits: Sequence[Edit]) -> Verdict:
    """The same of what is decided now; where the file on the disk is not what an open window holds, the edits alone."""
    from jupyter_coimprove.activities.values.subject import notebook_of
    from jupyter_coimprove.notebook.io import read

    try:
        return of_proposal(bench, constitution, book if book.raw else read(book.path), edits)
    except (Stale, NotebookError):
        text = "\n# %%\n".join(edit.source for edit in edits if edit.cell_kind == "code")
        alone = dataclasses.replace(notebook_of(text), path=book.path, language=book.language)
        return judged(bench, constitution, of_notebook(alone, "proposal", outputs=False))


def facts(plan: Plan) -> PlanFacts:
    """A plan as principles see it."""
    from jupyter_coimprove.activities.values.subject import PlanFacts

    uncontrolled = tuple(map(str, plan.extra.get("uncontrolled", ())))
    drawn = bool(plan.extra.get("chance")) or bool(plan.seeds)
    seeded = not drawn or plan.seeding_cell is not None or any(seed.varied for seed in plan.seeds)
    return PlanFacts(
        blocks=plan.blocks, seeded=seeded, uncontrolled=uncontrolled, smallest_effect=plan.smallest_effect is not None,
    )  # fmt: skip


def of_plan(bench: Bench, constitution: Constitution, plan: Plan, notebook: Notebook) -> Verdict:
    """The plan itself, the notebook that all arms run, and what single arms put into it."""
    from jupyter_coimprove.activities.values.judging import Verdict, new

    base = of_notebook(notebook, "plan", plan.question, outputs=False)
    first = judged(bench, constitution, dataclasses.replace(base, plan=facts(plan), prose={}))
    plain = judged(bench, constitution, dataclasses.replace(base, prose={}), without=LONG)
    found: dict[tuple[str, str], Violation] = {(one.principle, one.key): one for one in first.violations}
    unseen = dict.fromkeys(first.unseen)
    listed = [arm for arm in plan.arms if arm.settings]
    for arm in listed[:ARMS]:
        bound = _bound(notebook, plan, arm)
        if bound is None:
            continue
        brought = new(
            judged(bench, constitution, of_notebook(bound, "plan", outputs=False), without=LONG), plain
        )
        for one in brought.violations:
            told = dataclasses.replace(one, said=f"arm {arm.name}: {one.said}")
            found.setdefault((one.principle, one.key), told)
        unseen |= dict.fromkeys(brought.unseen)
    if len(listed) > ARMS:
        unseen[f"{len(listed) - ARMS} of {len(listed)} arms were not looked into"] = None
    return Verdict(violations=tuple(found.values()), unseen=tuple(unseen))


def _bound(notebook: Notebook, plan: Plan, arm: Any) -> Notebook | None:
    """The notebook of one arm; None where it cannot be bound, which registering says by itself."""
    import json

    from jupyter_coimprove.experiments.binding import bind
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.io import parse

    try:
        bound = bind(notebook, plan, arm, 1, transform=python_source)
    except (PlanError, NotebookError):
        return None
    if bound.parameters:
        # As papermill does it: a cell of its own behind the one that it overrides.
        text = "\n".join(f"{name} = {value!r}" for name, value in bound.parameters.items())
        home = next((i for i, c in enumerate(bound.node["cells"]) if "parameters" in c.get("metadata", {}).get("tags", ())), -1)  # fmt: skip
        bound.node["cells"].insert(home + 1, {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": text, "id": "injected"})  # fmt: skip
    made = parse(json.dumps(bound.node, default=str).encode(), notebook.path)
    return dataclasses.replace(made, beside={**notebook.beside, **bound.files})


def of_report(bench: Bench, constitution: Constitution, built: Report) -> Verdict:
    """What a report tells, finding by finding: its words, and whether each effect stands with its interval."""
    from jupyter_coimprove.activities.values.subject import Claim, Subject

    claims = tuple(
        Claim(
            where=f"finding {section.accepted.finding.id}", text=section.text, blocks=len(section.experiment.blocks),
            intervals=all(row["low"] is not None for row in section.rows if row["estimate"] is not None and row["verdict"] != UNCHANGED),
        )
        for section in built.sections
    )  # fmt: skip
    return judged(bench, constitution, Subject(kind="report", name=built.title, claims=_worded(claims)))


def _worded(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    return tuple(one for one in claims if one.text.strip())


def standing(bench: Bench, name: str, verdict: Verdict, *, of: str = "") -> Verdict:
    """Without what a person judged no violation in this notebook: its card is rejected, with a reason.

    ``of`` is the proposal or plan that brought it in, whose cards are its own.
    """
    record = bench.record()
    gone = {
        str(item.data["key"]) for item in cards.of(bench, name, "values")
        if item.data["card"] == "violation" and item.state == "rejected"
        and any(said.trust == "own" and str(said.data.get("reason") or "").strip() for said in record.find("decision", subject=item.id, verb="rejected"))
    }  # fmt: skip
    if not gone:
        return verdict
    kept = tuple(
        one for one in verdict.violations if not {card_key(one), f"{card_key(one)}|{of}"} & gone
    )  # fmt: skip
    return dataclasses.replace(verdict, violations=kept)


def card_key(one: Violation) -> str:
    """What makes two violations the same over looks: the principle and what violates it."""
    return f"{one.principle}|{one.key}"


def lines(now: InForce, verdict: Verdict) -> list[str]:
    """Violations as they stand on a card: the principle by name and version first."""
    return [
        f"violates {now.cite(one.principle)}, {one.severity}: {one.said}{f' ({one.where})' if one.where and one.where not in one.said else ''}"
        for one in verdict.violations
    ]  # fmt: skip


def proposal_notes(bench: Bench, book: Notebook, edits: Sequence[Edit], name: str) -> list[str]:
    """What stands on the card of a proposal that brings in a violation; nothing where no values are in force."""
    try:
        now = amending.in_force(bench)
        if now is None:
            return []
        return lines(now, standing(bench, name, of_proposal(bench, now.constitution, book, edits)))
    except UsageError as error:
        # What is proposed is kept all the same; to accept it asks again.
        return [f"values could not be held against it: {error.message}"]


def plan_notes(bench: Bench, plan: Plan, notebook: Notebook) -> tuple[str, ...]:
    """What stands on a plan that violates something."""
    try:
        now = amending.in_force(bench)
        if now is None:
            return ()
        return tuple(
            lines(now, standing(bench, plan.notebook, of_plan(bench, now.constitution, plan, notebook)))
        )
    except (UsageError, Stale) as error:
        return (f"values could not be held against it: {error.message}",)


def report_notes(bench: Bench, built: Report) -> tuple[tuple[str, ...], str]:
    """What a report violates, and which values it was held against (empty: none are in force)."""
    now = amending.in_force(bench)
    if now is None:
        return (), ""
    return tuple(lines(now, of_report(bench, now.constitution, built))), f"version {now.version}"


def gate_proposal(
    bench: Bench, book: Notebook, edits: Sequence[Edit], name: str, despite: str | None, id_: str
) -> dict[str, Any]:  # fmt: skip
    """DecisionError where what is accepted violates a ``must`` and no reason is given; else what the decision records."""
    now = amending.in_force(bench)
    if now is None:
        return _unneeded(despite, id_)
    return _gate(
        now, standing(bench, name, _brought(bench, now.constitution, book, edits), of=id_), despite, id_
    )


def gate_plan(bench: Bench, plan: Plan, notebook: Notebook, despite: str | None, id_: str) -> dict[str, Any]:
    """The same of a plan that is about to be registered."""
    now = amending.in_force(bench)
    if now is None:
        return _unneeded(despite, id_)
    return _gate(now, standing(bench, plan.notebook, of_plan(bench, now.constitution, plan, notebook), of=id_), despite, id_)  # fmt: skip


def _gate(now: InForce, verdict: Verdict, despite: str | None, id_: str) -> dict[str, Any]:
    stops = verdict.stops
    if not stops:
        return _unneeded(despite, id_)
    if despite is None or not despite.strip():
        more = f" and {len(stops) - 1} more" if len(stops) > 1 else ""
        raise DecisionError(
            f"{id_} violates {now.cite(stops[0].principle)}: {stops[0].said}{more}",
            remedy=f"change it, or say why it is right all the same: accept {id_} --despite WHY (kept with the decision)",
        )  # fmt: skip
    told = [{"principle": one.principle, "said": one.said} for one in stops]
    return {
        "despite": despite.strip(),
        "values": {"version": now.version, "card": now.item.id, "violated": told},
    }


def _unneeded(despite: str | None, id_: str) -> dict[str, Any]:
    if despite is not None:
        raise UsageError(f"{id_} violates nothing that stops it", remedy="leave --despite out")
    return {}


def violations(now: InForce | None, verdict: Verdict, *, of: str = "") -> Iterator[Any]:
    """Cards, one a violation, each citing its principle; ``of`` is the proposal or plan that brings it in."""
    from jupyter_coimprove.activities.activity import Card

    for one in verdict.violations:
        cited = now.cite(one.principle) if now else repr(one.principle)
        yield Card(
            kind="violation", title=f"{one.principle}: {one.said}"[:200], key=card_key(one) + (f"|{of}" if of else ""),
            goal=f"nothing violates {cited}", evidence=(f"violates {cited}, {one.severity}", f"{one.said}{f', in {one.where}' if one.where and one.where not in one.said else ''}"),
            weight=0.9 if one.severity == "must" else 0.6, cells=(one.cell,) if one.cell else (),
            used=tuple(filter(None, (of, now.item.id if now else ""))),
            data={"principle": one.principle, "version": now.version if now else 0, "severity": one.severity, "check": one.kind},
        )  # fmt: skip
