"""All benchmarks of this folder, one table: each figure, its limit, and its ratio to ours.

    python tests/benchmarks/run.py [--repeats 9] [NAME…]

A benchmark is a ``bench_*.py`` that answers ``--json --repeats N`` with a list of rows
``{bench, subject, ours, n, figures: {name: number}, limits: {name: most}}``. The exit code
is 1 when a figure of ours is over its limit.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
UNITS = {"cpu_s": "s CPU", "wall_s": "s", "memory_mb": "MB", "modules": "modules"}


def rows_of(script: Path, repeats: int) -> list[dict[str, Any]]:
    """What one benchmark measured."""
    done = subprocess.run(
        [sys.executable, script, "--json", "--repeats", str(repeats)],
        stdout=subprocess.PIPE, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{script.name} ended with {done.returncode}")
    rows: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return rows


def table(rows: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """The table as text, and what is over its limit."""
    lines, over = [], []
    for bench in dict.fromkeys(row["bench"] for row in rows):
        mine = [row for row in rows if row["bench"] == bench]
        ours = next((row["figures"] for row in mine if row["ours"]), {})
        lines.append(f"\n{bench}")
        for row in mine:
            cells = []
            for key, value in row["figures"].items():
                text = f"{value:.3f}" if key.endswith("_s") else f"{value:.1f}".removesuffix(".0")
                cell = f"{text} {UNITS.get(key, key)}"
                limit = row["limits"].get(key)
                if limit is not None:
                    cell += f" (≤ {limit:g})"
                    if value > limit:
                        over.append(f"{bench} {row['subject']}: {cell}")
                elif not row["ours"] and ours.get(key):
                    cell += f" = {value / ours[key]:.1f}x"
                cells.append(f"{cell:26s}")
            lines.append(f"  {row['subject']:28s}" + "".join(cells).rstrip() + f"   n={row['n']}")
    return "\n".join(lines), over


def main() -> int:
    """Run them, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--repeats", type=int, default=9, help="processes a figure is the median of (at least 7)"
    )
    parser.add_argument("names", nargs="*", help="only these (bench_cli or cli)")
    args = parser.parse_args()
    scripts = sorted(HERE.glob("bench_*.py"))
    if args.names:
        scripts = [s for s in scripts if s.stem in args.names or s.stem.removeprefix("bench_") in args.names]
    if not scripts:
        raise SystemExit("no such benchmark here")
    rows = [row for script in scripts for row in rows_of(script, max(7, args.repeats))]
    text, over = table(rows)
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}; medians" + text)
    if over:
        print("\nover the limit: " + "; ".join(over))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
