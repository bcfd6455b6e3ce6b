"""How many failures of the suite are repaired, each repair tried by execution, and what repairs break."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from failure_cases import run
from suites.failures.suite import Case

from jupyter_coimprove.kernelspace.failing import facts
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.failures.explain import explain
from jupyter_coimprove.notebook.failures.failure import Facts, failed, shown_in
from jupyter_coimprove.notebook.failures.situation import Diagnosis
from jupyter_coimprove.notebook.io import parse


@dataclass(kw_only=True)
class Measured:
    """Names of cases by how it went; ``broke`` are repairs after which a cell that worked no longer does."""

    repaired: list[str] = field(default_factory=list)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    offered_nothing: list[tuple[str, str]] = field(default_factory=list)
    broke: list[tuple[str, str]] = field(default_factory=list)
    honest: list[str] = field(default_factory=list)
    dishonest: list[tuple[str, str]] = field(default_factory=list)

    @property
    def share(self) -> float:
        return len(self.repaired) / max(1, len(self.repaired) + len(self.wrong) + len(self.offered_nothing))

    @property
    def proposals(self) -> int:
        return len(self.repaired) + len(self.wrong) + len(self.dishonest)

    def __str__(self) -> str:
        lines = [
            f"repaired {len(self.repaired)} of {len(self.repaired) + len(self.wrong) + len(self.offered_nothing)} ({self.share:.1%}), "
            f"proposals {self.proposals}, broke {len(self.broke)}, nothing offered where nothing is right {len(self.honest)} of "
            f"{len(self.honest) + len(self.dishonest)}"
        ]
        for what in ("wrong", "offered_nothing", "broke", "dishonest"):
            lines += [f"  {what}: {name}: {why}" for name, why in getattr(self, what)]
        return "\n".join(lines)


def broken(case: Case, *, live: bool) -> tuple[Notebook, Facts, set[int]]:
    """The failing notebook as it is saved after the failure, what the running kernel tells of it (else what its
    imports alone tell), and the cells that work where all are run in their order, whatever fails."""
    order = case.order()
    after = [*order, *(i for i in range(len(case.cells)) if i > max(order))]
    told = run([case.cells[i].source for i in after], ask=_ask if live else _ask_imports, go_on=True)
    assert told.failed is not None, case.name
    ran = {cell: position + 1 for position, cell in enumerate(order[: told.failed + 1])}
    notebook = parse(case.notebook(ran, {order[told.failed]: [told.errors[told.failed]]}), Path("case.ipynb"))
    works = set(after) - {after[p] for p in told.errors}
    return notebook, Facts.from_dict({**told.facts, "live": live}), works


def _ask(shell: Any) -> dict[str, Any]:
    import sys

    source = shell.user_ns["In"][-1]
    hidden = {**shell.user_ns}
    for name in ("In", "Out", "get_ipython", "exit", "quit", "open"):
        hidden.pop(name, None)
    return facts(hidden, source, sys.last_value, str(sys.last_value))


def _ask_imports(shell: Any) -> dict[str, Any]:
    """What a fresh interpreter knows that has run the notebook's imports, as `workbench.kernel_facts` asks it."""
    import sys

    from jupyter_coimprove.workbench.kernel_facts import import_statements

    names: dict[str, Any] = {}
    for text in import_statements([str(source) for source in shell.user_ns["In"][1:]]):
        with contextlib.suppress(Exception):
            exec(text, names)
    names.pop("__builtins__", None)
    return {**facts(names, shell.user_ns["In"][-1], None, str(sys.last_value)), "values": {}}


def diagnosed(case: Case, *, live: bool = True) -> tuple[Notebook, int, Diagnosis, set[int]]:
    """The notebook, the cell that failed, what is said about it, and the cells that work."""
    notebook, known, works = broken(case, live=live)
    (cell,) = failed(notebook)
    failure = shown_in(notebook, cell)
    assert failure is not None
    return notebook, cell, explain(notebook, failure, known, python_source), works


def edited(notebook: Notebook, cell: int, diagnosis: Diagnosis) -> tuple[list[tuple[int, str]], int]:
    """(cell before or -1, source) of the notebook with its edits, and where the cell that failed stands then."""
    sources: list[tuple[int, str] | None] = [(c.index, c.source) for c in notebook.cells]
    inserted: dict[int, list[str]] = {}
    for edit in diagnosis.edits:
        at = (edit["cell"] or 0) - 1
        if edit["kind"] == "insert":
            inserted.setdefault(at, []).append(edit["source"])
        else:
            sources[at] = None if edit["kind"] == "delete" else (at, edit["source"])
    out: list[tuple[int, str]] = [(-1, text) for text in inserted.get(-1, [])]
    for index, entry in enumerate(sources):
        out += [entry] if entry is not None else []
        out += [(-1, text) for text in inserted.get(index, [])]
    return out, next(i for i, (old, _) in enumerate(out) if old == cell)


def measure(cases: Iterable[Case], *, live: bool = True) -> Measured:
    """Diagnose every case, and try every repair."""
    out = Measured()
    for case in cases:
        notebook, cell, diagnosis, working = diagnosed(case, live=live)
        if not case.repairable:
            if diagnosis.offers:
                out.dishonest.append((case.name, f"[{diagnosis.rule}] {diagnosis.repair}"))
            else:
                out.honest.append(case.name)
            continue
        if not diagnosis.offers:
            out.offered_nothing.append((case.name, f"[{diagnosis.rule}] {diagnosis.cause}"))
            continue
        ok, why, spoiled = tried(case, notebook, cell, diagnosis, working)
        if ok:
            out.repaired.append(case.name)
        else:
            out.wrong.append((case.name, f"[{diagnosis.rule}] {diagnosis.repair}: {why}"))
        if spoiled:
            out.broke.append((case.name, f"cells {spoiled}"))
    return out


def tried(
    case: Case, notebook: Notebook, cell: int, diagnosis: Diagnosis, working: set[int]
) -> tuple[bool, str, list[int]]:
    """Whether the cell runs after the repair and holds what is checked, and which cells that worked do not after it.

    From a fresh start where code was edited, in the same state where cells are only run again.
    """
    if diagnosis.edits:
        sources, at = edited(notebook, cell, diagnosis)
        ran = run([text for _, text in sources], checks=case.checks, at=at, go_on=True)
        spoiled = sorted({sources[p][0] + 1 for p in ran.errors if sources[p][0] in working})
        errors = {p: e for p, e in ran.errors.items() if p <= at}
    else:
        order, spoiled = case.order(), []
        again = [case.cells[number - 1].source for number in diagnosis.run]
        ran = run(
            [*(case.cells[i].source for i in order), *again, case.cells[cell].source],
            checks=case.checks,
            go_on=True,
        )
        errors = {p: e for p, e in ran.errors.items() if p >= len(order)}
    if errors:
        error = next(iter(errors.values()))
        return False, f"{error['ename']}: {error['evalue'][:150]}", spoiled
    return bool(ran.checks) and all(ran.checks), "runs, but gives something else", spoiled


def offered_to(notebooks: Sequence[Notebook]) -> int:
    """How many repairs are offered to the cells of notebooks that show no error."""
    return sum(
        1
        for notebook in notebooks
        for cell in notebook.code_cells
        if shown_in(notebook, cell.index) is not None
    )
