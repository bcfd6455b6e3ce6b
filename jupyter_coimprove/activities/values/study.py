"""What `values` tells: the constitution that is in force, what violates it, and the red-team set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupyter_coimprove.activities.activity import Entry, Section
from jupyter_coimprove.activities.values.constitution import Constitution
from jupyter_coimprove.activities.values.judging import Verdict
from jupyter_coimprove.activities.values.redteam import Result


def principles(made: Constitution, said: str) -> Section:
    """Its principles, one a row; ``said`` is which version, and whether it is in force."""
    rows = tuple(
        (one.name, one.severity, ", ".join(check.kind for check in one.checks), ", ".join(one.applies), len(one.cases))
        for one in made.principles
    )  # fmt: skip
    return Section(
        title=made.title or "Values", lines=(said,), columns=("principle", "severity", "checks", "applies to", "cases"), rows=rows,
    )  # fmt: skip


def held(made: Constitution, verdicts: Mapping[str, Verdict]) -> Section:
    """How many violations each principle found in each thing that was looked at, by its name."""
    names = list(verdicts)
    rows = []
    for one in made.principles:
        counts: tuple[Entry, ...] = tuple(sum(v.principle == one.name for v in verdicts[name].violations) for name in names)  # fmt: skip
        rows.append((one.name, one.severity, *counts))
    return Section(title="Held against", columns=("principle", "severity", *names), rows=tuple(rows))


def red_team(made: Constitution, result: Result, said: str) -> Section:
    """The red-team set as a benchmark: the response, what is caught, false alarms, and by principle."""
    j = result.j
    rows: list[tuple[Entry, ...]] = []
    for one in made.principles:
        part = result.of(one.name)
        if part.outcomes:
            rows.append((one.name, part.caught.k, part.caught.n, part.alarms.k, part.alarms.n))
    wrong = [
        f"{'missed' if one.case.violates else 'false alarm'}: {one.principle}: {one.case.name}{f' ({one.found[0]})' if one.found else ''}"
        for one in result.outcomes if not one.right
    ]  # fmt: skip
    without = [one.name for one in made.principles if not one.cases]
    lines = [said, *wrong, *((f"no case tries {', '.join(map(repr, without))}",) if without else ())]
    return Section(
        title="Red-team set", lines=tuple(filter(None, lines)),
        facts=(
            ("right", result.right.text), ("caught", result.caught.text), ("false alarms", result.alarms.text),
            ("J (caught less false alarms)", "not known without both kinds" if j is None else f"{j:.2f}"),
        ),
        columns=("principle", "caught", "of", "false alarms", "of sound"), rows=tuple(rows),
    )  # fmt: skip


def headline(name: str, made: Constitution, verdicts: Sequence[Verdict], version: str) -> str:
    """One sentence: how much violates what."""
    found = [one for verdict in verdicts for one in verdict.violations]
    must = sum(one.severity == "must" for one in found)
    many = f"{len(found) or 'no'} violation{'' if len(found) == 1 else 's'}"
    stops = f", {must} of what must hold" if must else ""
    return f"{name}: {many}{stops} ({len(made.principles)} principles, {version})"
