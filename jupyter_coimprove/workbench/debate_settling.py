"""`debate --settle FILE`: a plan for several people's conditions, or which of them cannot be met together."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import acting

if TYPE_CHECKING:
    from jupyter_coimprove.activities.activity import Section, Study
    from jupyter_coimprove.evidence.settling import Member, Settled
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views_activities import ActivityView


def settle(bench: Bench, file: str) -> ActivityView:
    """What the conditions of a TOML or JSON file leave: everything is counted, nothing recorded, no model asked.

    UsageError for a file that cannot be read as such.
    """
    from jupyter_coimprove.activities.table import DEBATE
    from jupyter_coimprove.evidence import settling

    text = bench.text_of(file)
    try:
        data = json.loads(text) if file.endswith(".json") else tomllib.loads(text)
    except ValueError as error:
        raise UsageError(f"{file}: {error}", remedy="TOML or JSON with options and members") from error
    if not isinstance(data, dict):
        raise UsageError(f"{file} is no table", remedy="TOML or JSON with options and members")
    options, members = settling.read(data)
    found = settling.settle(options, members)
    answer = acting.answer(
        bench, DEBATE, bench.root(), study(Path(file).name, members, found), provider="builtin", exit_code=4 if found.plan is None else 0
    )  # fmt: skip
    step = 'coimprove debate --open "QUESTION" --option A --option B'
    return dataclasses.replace(answer, next=(step,) if found.plan is None or found.dissent else ())


def study(name: str, members: tuple[Member, ...], found: Settled) -> Study:
    """The plan with its dissent, or the conflicts; and what each member alone rules out."""
    from jupyter_coimprove.activities.activity import Section, Study

    alone = Section(
        title="Who rules out what", lines=("plans that this member alone rules out, of all there are",),
        columns=("member", "conditions", "rules out alone"),
        rows=tuple((one.name, len(one.must), found.decisive[one.name]) for one in members),
    )  # fmt: skip
    if found.plan is None:
        parts = [
            Section(title="Cannot be met together", lines=tuple(one.text for one in found.conflicts)),
            Section(
                title="What would have to go", lines=tuple(f"{who}: {one.text}" for who, one in found.relief)
            ),
        ]
        return Study(
            headline=f"{name}: none of {found.options} plans meets what everybody needs; {len(found.relief)} condition{'s' * (len(found.relief) != 1)} would have to go",
            sections=(*parts, alone),
        )  # fmt: skip
    more = (f"{found.equal} other plans are as good",) if found.equal else ()
    sections: list[Section] = [
        Section(
            title="The plan", facts=tuple((key, str(value)) for key, value in found.plan.items()),
            lines=(f"{found.feasible} of {found.options} plans break nobody's conditions", f"{found.met} of {found.wished} wishes are met", *more),
        ),
        Section(
            title="Dissent", columns=("member", "wish that is not met"), rows=tuple((who, one.text) for who, one in found.unmet)
        ) if found.unmet else Section(title="Dissent", lines=("nobody",)),
        alone,
    ]  # fmt: skip
    return Study(
        headline=f"{name}: one plan breaks nobody's conditions and meets {found.met} of {found.wished} wishes; {len(found.dissent)} of {len(members)} dissent",
        sections=tuple(sections),
    )  # fmt: skip
