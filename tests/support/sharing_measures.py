"""How often a rule shares what it must not, and how often it stops where nothing forced it to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sharing_programs import Program, evaluated, executed
from sharing_together import continued
from sharing_truth import Told

from jupyter_coimprove.engines.shared_prefix.sharing import Shared, share
from jupyter_coimprove.kernelspace.transform import python_source


@dataclass
class Measured:
    """``could`` and ``shared`` count cells over pairs of variants, by kind of program.

    ``wrong`` are cells shared whose result depends on what varies, ``continued`` runs that went on differently
    from cells shared, ``tripped`` those where a withheld value was used; ``needless`` cells lost, by where the
    rule ended. Of ``hidden`` programs: pairs that share
    what they must not, and those that a comparison of outputs shows.
    """

    programs: int = 0
    could: Counter[str] = field(default_factory=Counter)
    shared: Counter[str] = field(default_factory=Counter)
    needless: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    continued: list[str] = field(default_factory=list)
    tripped: list[str] = field(default_factory=list)
    hidden: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        lines = [f"{self.programs} programs"]
        lines += [
            f"{kind}: {self.shared[kind]} of {n} cells shared" for kind, n in sorted(self.could.items())
        ]
        lines += [
            f"needless at {k}: {n} cells in {self.ended[k]} pairs" for k, n in self.needless.most_common()
        ]
        lines.append(f"hidden: {dict(self.hidden)}")
        lines += [*self.wrong[:10], *self.continued[:10], *self.tripped[:10]]
        return "\n".join(lines)


def measure(programs: Iterable[Program]) -> Measured:
    out = Measured()
    for program in programs:
        out.programs += 1
        cells = share(program.variants, transform=python_source, settings=True)
        runs = [executed(program, index, _sets(held)) for index, held in enumerate(cells)]
        for a in range(len(runs)):
            for b in range(a + 1, len(runs)):
                keys = ([cell.key for cell in cells[a]], [cell.key for cell in cells[b]])
                _pair(out, program, (a, b), (runs[a], runs[b]), _equal(*keys), cells)
    return out


def _sets(cells: Sequence[Shared]) -> dict[str, Any]:
    """What the rule says that cells only set: the states may differ there (that it can be put back is held apart)."""
    return {address: evaluated(text) for cell in cells for address, text in cell.sets.items()}


def _equal(one: list[object] | list[str] | list[Told], other: list[object] | list[str] | list[Told]) -> int:
    """How many they have in common from the first on."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _pair(
    out: Measured,
    program: Program,
    pair: tuple[int, int],
    runs: tuple[list[Told], list[Told]],
    ruled: int,
    cells: Sequence[Sequence[Shared]],
) -> None:
    could, ended = _equal(*runs), min(map(len, runs))
    shared = min(ruled, ended)
    where = f"{program.kind} {program.seed}, variants {pair}, cell {min(shared, could)}"
    if program.kind == "hidden":
        out.hidden["pairs"] += 1
        if shared > could:
            alone, (together, _) = runs[1], continued(program, cells, pair, shared, _sets(cells[pair[1]]))
            caught = [t.printed for t in alone] != [t.printed for t in together]
            out.hidden["shared what differs"] += 1
            out.hidden["caught by comparing outputs"] += caught
        return
    out.could[program.kind] += could
    out.shared[program.kind] += min(shared, could)
    if shared > could:
        out.wrong.append(f"{where} ({program.families[could]}): {program.variants[0].sources[could]!r}")
        return
    if shared < could:
        family = program.families[shared]
        out.needless[family] += could - shared
        out.ended[family] += 1
    if shared:
        together, broken = continued(program, cells, pair, shared, _sets(cells[pair[1]]))
        if broken:
            out.tripped.append(f"{where}: {broken}")
        printed = [told.printed for told in together[:shared]]
        if together[shared:] != runs[1][shared:] or printed != [told.printed for told in runs[1][:shared]]:
            out.continued.append(f"{where}: goes on differently")
