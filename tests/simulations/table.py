"""The simulated table of CONTRIBUTING.md: ``python tests/simulations/table.py [--write]``.

One row a rule: how many null experiments, the worst type-I error over its settings with its 99 %
bound, the power at three settings beside the oracle's, and the coverage of its intervals.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from simulated import Simulated

BEGIN, END = "<!-- simulations: begin -->", "<!-- simulations: end -->"
HEAD = (
    "| rule | null experiments | worst type-I error (99 % bound) | power (oracle) | coverage |",
    "|---|--:|--:|---|---|",
)


def row(name: str, found: Sequence[Simulated]) -> str:
    nulls = [one for one in found if one.measure == "type I"]
    worst = max(nulls, key=lambda one: one.beside)
    powers = (
        "; ".join(f"{one.value:.0%} ({one.beside:.0%})" for one in found if one.measure == "power") or "–"
    )
    covered = [one for one in found if one.measure == "coverage"]
    ends = (
        f"{min(one.value for one in covered):.1%} to {max(one.value for one in covered):.1%}"
        if covered
        else "–"
    )
    if covered and covered[0].beside != 0.95:
        ends += f" of {covered[0].beside:.0%}"
    failed = "" if all(one.ok for one in found) else " **fails**"
    total = f"{len(nulls)} x {min(one.experiments for one in nulls):,}"
    return f"| {name} | {total} | {worst.value:.1%} ({worst.beside:.1%}){failed} | {powers} | {ends} |"


def write(lines: Sequence[str]) -> None:
    """Put the table between its marks in CONTRIBUTING.md."""
    path = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")


def main() -> None:
    from every_rule import SIMULATIONS

    lines = [*HEAD]
    for name, simulation in SIMULATIONS.items():
        found = simulation()
        sys.stderr.write("".join(f"{one}\n" for one in found))
        lines.append(row(name, found))
    sys.stdout.write("\n".join(lines) + "\n")
    if "--write" in sys.argv:
        write(lines)


if __name__ == "__main__":
    main()
