"""The product's probes on a benchmark's notebook: rows counted and labels shuffled where `check --probe` does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from jupyter_coimprove.bench.item import Item, notebook_of
from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.evidence.checks import probed
from jupyter_coimprove.evidence.checks.finding import CheckFinding
from jupyter_coimprove.evidence.checks.labelling import Source, source
from jupyter_coimprove.evidence.checks.listening import Listening, grouped, listen
from jupyter_coimprove.experiments.probes.spots import ARMS, MODES, REPORT, Spots, helper, texts, unpacked
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.reading import read_candidates

if TYPE_CHECKING:
    from jupyter_coimprove.bench.rules import Instruments

#: Shuffles of the labels, and as many runs that show what chance gives.
SHUFFLES = 5


def found(item: Item, instruments: Instruments, shuffles: int = SHUFFLES) -> tuple[CheckFinding, ...]:
    """What one run shows of rows and columns; where that is nothing, what runs with shuffled labels show.

    Empty too where the notebook cannot be listened to, or does not run.
    """
    notebook = notebook_of(item)
    watch, heard = listen(notebook, instruments.transform)
    if not heard.spots.spots:
        return ()
    where = source(notebook, instruments.transform, heard)
    labels = where.labels if isinstance(where, Source) and shuffles else None
    spots = Spots(spots=heard.spots.spots, labels=labels)
    try:
        text = texts(notebook, spots)
    except PlanError:
        return ()
    measured = read_candidates(notebook, instruments.transform).measured if labels is not None else ()
    response = next((one for one in measured if one.how in ("variable", "expression")), None)
    run = _Runs(notebook, text, instruments, response.expr if response is not None else "None")
    whole = run(ARMS[0], 0)
    if whole is None:
        return ()
    apart = frozenset(
        call.number for call in heard.calls if call.kind == "crossed" and grouped(watch, call.node)
    )
    rows = probed.of_rows(whole, heard.calls, apart).findings
    if any(one.confidence != "low" for one in rows) or response is None or not isinstance(where, Source):
        return rows
    return (*rows, *_shuffled(run, whole, where, heard, response.name, response.direction, shuffles))


def _shuffled(
    run: _Runs, whole: probed.Ran, where: Source, heard: Listening, name: str, direction: str, shuffles: int
) -> Sequence[CheckFinding]:  # fmt: skip
    if direction not in ("max", "min"):
        return ()
    way: Literal["max", "min"] = "max" if direction == "max" else "min"
    arms: list[list[probed.Ran]] = [[], []]
    for seed in range(shuffles):
        for arm, runs in zip(ARMS[1:], arms, strict=True):
            ran = run(arm, seed)
            runs += [ran] if ran is not None else []
        if seed + 1 == probed.LEAST and not _promising(whole, arms, way):
            break
    return probed.of_labels(whole, arms[0], arms[1], where, heard.calls, name=name, direction=way).findings


def _promising(whole: probed.Ran, arms: Sequence[Sequence[probed.Ran]], way: Literal["max", "min"]) -> bool:
    """Whether more shuffles could still show a leak: the first ones are not at chance."""
    shuffled, chance = (tuple(one.value for one in runs if one.value is not None) for runs in arms)
    if whole.value is None or min(len(shuffled), len(chance)) < probed.LEAST:
        return False
    found = probed.Shuffles(whole=whole.value, shuffled=shuffled, chance=chance, direction=way)
    return found.lift >= probed.LIFT * found.learnt / 2


class _Runs:
    """Runs of a notebook with the probe in it; None where one did not end or gave no report."""

    def __init__(
        self, notebook: Notebook, text: dict[int | str, str], instruments: Instruments, expr: str
    ) -> None:
        self._cells = [
            instruments.transform(text.get(cell.index, cell.source)) for cell in notebook.code_cells
        ]
        self._execute = instruments.execute
        self._last = f"_coimprove_report = {REPORT}\n_coimprove_value = {expr}"

    def __call__(self, arm: str, seed: int) -> probed.Ran | None:
        ran = self._execute(
            [helper(MODES[arm], seed), *self._cells, self._last], ["_coimprove_report", "_coimprove_value"]
        )
        report = None if ran.error else unpacked(ran.values.get("_coimprove_report"))
        if report is None:
            return None
        value = ran.values.get("_coimprove_value")
        return probed.Ran(value=float(value) if isinstance(value, (int, float)) else None, report=report)
