"""Changes that may make a notebook faster, each run beside the original in turn; what is equal and faster is proposed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.activities.activity import Card, Section
from jupyter_coimprove.errors import NotebookError
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import proposing

if TYPE_CHECKING:
    from jupyter_coimprove.activities.systems.reading import Read
    from jupyter_coimprove.activities.systems.speed.code import Candidate
    from jupyter_coimprove.activities.systems.speed.measured import Ratio, Timed
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.workbench.bench import Bench

#: The kind of its cards.
KIND = "speed-up"
#: A change that gains so much is worth a try together with others that do.
_SOME = 1.03
#: Libraries are loaded before the first cell, so that their loading is not taken for the notebook's own time; and every
#: generator starts from the same seed, so that an unseeded notebook can be compared as well.
_BEFORE = """
for _name in %r:
    try:
        __import__(_name)
    except Exception:
        pass
import sys as _sys, random as _random
_random.seed(0)
if "numpy" in _sys.modules:
    _sys.modules["numpy"].random.seed(0)
if "torch" in _sys.modules:
    _sys.modules["torch"].manual_seed(0)
del _name, _sys, _random
"""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of all candidates: the section, a card for each that is offered, and a sentence."""

    section: Section
    cards: tuple[Card, ...]
    headline: str


@dataclass(kw_only=True)
class _Trial:
    """One candidate and what was measured of it; ``refused`` says why it is not offered."""

    candidate: Candidate
    refused: str = ""
    ratio: Ratio | None = None
    pairs: int = 0


def speed_ups(
    bench: Bench, notebook: Notebook, facts: Read, *, pairs: int, seconds: float | None, kernel: str | None
) -> Tried:
    """Try every candidate and propose those that hold. Raises NotebookError where the notebook itself fails."""
    from jupyter_coimprove.activities.systems.speed.candidates import candidates
    from jupyter_coimprove.activities.systems.speed.measured import difference

    found = candidates(notebook)
    if not found:
        return _told(bench, notebook, [], "no rule found anything in it that is commonly slow")
    run = _Runner(bench, notebook, facts, seconds, kernel)
    original, again = run(None, "the original"), run(None, "the original again")
    if unsteady := difference(notebook, facts, original.run, again.run):
        return _told(
            bench, notebook, [],
            f"nothing can be proven equal: two runs of the original differ though both are given one seed ({unsteady})",
        )  # fmt: skip
    trials: list[_Trial] = []
    for number, candidate in enumerate(found, start=1):
        if any(
            one.candidate.rule == candidate.after and not one.refused for one in trials if candidate.after
        ):
            continue
        bench.check_cancelled()
        trial = _Trial(candidate=candidate)
        trials.append(trial)
        _try(trial, run, (original, again), pairs, f"change {number} of {len(found)}")
    together = _together([trial for trial in trials if trial.refused])
    if together is not None:
        trials.append(_Trial(candidate=together))
        _try(trials[-1], run, (original, again), pairs, "several changes together")
    return _told(bench, notebook, trials, "")


def _try(trial: _Trial, run: _Runner, before: tuple[Timed, Timed], pairs: int, what: str) -> None:
    """Pairs of original and changed, until it is refused or all are run; ``before`` are runs of the original.

    The last of them stands in every candidate's first pair: were it the only one that is asked whether to go on, one
    run that was fast by chance would refuse them all.
    """
    from jupyter_coimprove.activities.systems.speed.measured import FASTER, FIRST, ratio

    done: list[tuple[Timed, Timed]] = []
    original = before[-1]
    for number in range(pairs):
        if number:
            original = run(None, f"the original beside {what}")
        changed = run(trial.candidate, what)
        done.append((original, changed))
        trial.pairs, trial.ratio = len(done), ratio(done)
        trial.refused = run.unequal(original, changed)
        if trial.refused:
            return
        parallel = trial.candidate.parallel
        # One pair is noisy by the clock; processor time tells early that it is not worth more runs.
        seen = [trial.ratio] if number else [ratio([(one, changed)]) for one in before]
        gained = max(one.wall if one.cpu is None or parallel else one.cpu for one in seen)
        if ((number == 0 and gained < 1) or (number == 1 and gained < FIRST)) and number + 1 < pairs:
            often = "more than once" if number == 0 else "more than twice"
            trial.refused = f"equal, and not faster enough to try it {often} ({_times(trial.ratio)})"
            return
    assert trial.ratio is not None
    if not trial.ratio.enough(FASTER, parallel=trial.candidate.parallel):
        trial.refused = f"equal, and less than {FASTER:g}x faster"


def _together(trials: list[_Trial]) -> Candidate | None:
    """Equal changes of different cells that are too little each, as one; None where there are not two."""
    from jupyter_coimprove.activities.systems.speed.code import Candidate

    taken: list[_Trial] = []
    for trial in trials:
        gains = trial.ratio is not None and (trial.ratio.cpu or trial.ratio.wall) > _SOME
        apart = not any(trial.candidate.sources.keys() & one.candidate.sources.keys() for one in taken)
        if trial.refused.startswith("equal") and gains and apart:
            taken.append(trial)
    if len(taken) < 2:
        return None
    return Candidate(
        rule=", ".join(one.candidate.rule for one in taken), title="; ".join(one.candidate.title for one in taken),
        why=" ".join(one.candidate.why for one in taken),
        sources={index: text for one in taken for index, text in one.candidate.sources.items()},
    )  # fmt: skip


class _Runner:
    """Runs the original or a changed notebook, metered."""

    def __init__(
        self, bench: Bench, notebook: Notebook, facts: Read, seconds: float | None, kernel: str | None
    ) -> None:
        from jupyter_coimprove.activities.systems.environment import modules_of

        self.bench, self.notebook, self.facts = bench, notebook, facts
        self.seconds, self.kernel = seconds, kernel
        names = list(modules_of(notebook, facts.flow))
        if "torch" in names and any("optim" in cell.source for cell in notebook.code_cells):
            # A process's first optimizer loads it: some 2 s of CPU, more than many a small model's whole training.
            names.append("torch._dynamo")
        self.before = _BEFORE % (names,)

    def __call__(self, candidate: Candidate | None, what: str) -> Timed:
        from jupyter_coimprove.activities.systems.speed.measured import timed
        from jupyter_coimprove.workbench.systems import rerun_once

        node = changed(self.notebook.node, candidate.sources) if candidate else None
        run, costs = rerun_once(
            self.bench, self.notebook, self.seconds, self.kernel, meter=True, node=node, before=self.before, what=what
        )  # fmt: skip
        if candidate is None and run.failed is not None:
            where = f" in cell {run.failed + 1}" if run.failed >= 0 else ""
            raise NotebookError(
                f"{self.notebook.path.name} does not run to its end{where}: {run.ename}: {run.evalue[:300]}",
                remedy="`coimprove systems --rerun` says why, `coimprove fix` explains an error in a cell",
            )
        return timed(run, costs)

    def unequal(self, original: Timed, other: Timed) -> str:
        from jupyter_coimprove.activities.systems.speed.measured import difference

        found = difference(self.notebook, self.facts, original.run, other.run)
        return f"not equal: {found}" if found else ""


def changed(node: Mapping[str, Any], sources: Mapping[int, str]) -> dict[str, Any]:
    """The notebook's JSON with these cells' sources."""
    out = copy.deepcopy(dict(node))
    for index, source in sources.items():
        out["cells"][index]["source"] = source
    return out


def _told(bench: Bench, notebook: Notebook, trials: list[_Trial], nothing: str) -> Tried:
    rows: list[tuple[str | int | float | None, ...]] = []
    cards = []
    for trial in trials:
        cells = tuple(sorted(index + 1 for index in trial.candidate.sources))
        if trial.refused:
            outcome = trial.refused
        else:
            card = _offered(bench, notebook, trial, cells)
            cards.append(card)
            outcome = f"offered: {card.used[0]}"
        ratio = trial.ratio
        rows.append(
            (
                ", ".join(map(str, cells)), trial.candidate.title, round(ratio.wall, 2) if ratio else None,
                round(ratio.cpu, 2) if ratio and ratio.cpu else None, trial.pairs, outcome,
            )
        )  # fmt: skip
    lines = (nothing,) if nothing else (
        "each was run beside the original, in turn, in a fresh kernel, with its libraries loaded before the first cell and one "
        "seed given to both; equal is everything shown and every file written",
    )  # fmt: skip
    section = Section(
        title="speed-ups", lines=lines, columns=("cells", "what", "times faster", "by processor time", "pairs", "outcome") if rows else (),
        rows=tuple(rows), facts=(("tried", str(len(trials))), ("offered", str(len(cards)))),
    )  # fmt: skip
    said = f"{len(cards)} speed-up{'' if len(cards) == 1 else 's'} offered of {len(trials)} tried"
    return Tried(section=section, cards=tuple(cards), headline=said)


def _offered(bench: Bench, notebook: Notebook, trial: _Trial, cells: tuple[int, ...]) -> Card:
    """The proposal that carries it out, and the card that says what was measured."""
    assert trial.ratio is not None
    candidate, ratio = trial.candidate, trial.ratio
    measured = (
        f"{_times(ratio)}, measured here: {ratio.before:.3g} s, then {ratio.after:.3g} s over all cells, their libraries loaded before "
        f"(median of {trial.pairs} pairs, run in turn)"
    )
    equal = f"all outputs and written files are equal in {trial.pairs} of {trial.pairs} pairs"
    item = proposing.propose(
        bench, notebook.path, [{"kind": "replace", "cell": number, "source": candidate.sources[number - 1]} for number in cells],
        why=f"{candidate.why} ({candidate.rule})", expected=f"{measured}; {equal}", author=TOOL,
    )  # fmt: skip
    return Card(
        kind=KIND, title=f"{ratio.wall:.2f}x faster: {candidate.title}", key=f"{candidate.rule}:{candidate.title}",
        goal="the same outputs in less time", evidence=(candidate.why, measured, equal), weight=min(0.9, 0.4 + ratio.wall / 20),
        cells=cells, used=(item.id,), next=(f"show {item.id}", f"accept {item.id}"),
        data={"ratio": round(ratio.wall, 3), "processor": round(ratio.cpu, 3) if ratio.cpu else None, "pairs": trial.pairs, "rule": candidate.rule},
    )  # fmt: skip


def _times(ratio: Ratio) -> str:
    cpu = f", {ratio.cpu:.2f}x by processor time" if ratio.cpu else ""
    return f"{ratio.wall:.2f}x by the clock{cpu}"
