"""Three-factor experiments on training notebooks, beside effects measured by brute force.

    python tests/acceptance/measure_training.py ../shared/data [--blocks 5] [--factors 3] [--only NAME]

Each notebook's folder is copied to a temporary place; plan and runs go through the use cases that
the command line calls, with the seeds a user gets when nothing is said (or ``--seeds truth``:
only the sites that the brute force varied). Prints a line a factor, then the totals.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from training_truth import Truth, expresses, request, truths

from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.workbench import concluding, planning, running, shelf
from jupyter_coimprove.workbench.bench import Bench, Where


def response(truth: Truth) -> dict[str, str]:
    """What a person would type for the stated response."""
    stated = truth.data["response"]
    if stated["kind"] in ("variable", "expression"):
        return {"response": stated["expr"], "direction": stated["direction"]}
    return {"direction": stated["direction"]}  # printed or in a file: what the tool suggests first


def chosen(truth: Truth, bench: Bench, folder: Path, count: int) -> tuple[list[tuple[Any, Any]], list[str]]:
    """Factors that candidates express, clear effects and inert ones first; and those that none does."""
    notebook, reading = planning.read(bench, str(folder / truth.notebook.name))
    found, missed = [], []
    for factor in truth.factors:
        fits = [c for c in reading.candidates if expresses(notebook, factor, c)]
        if fits and not factor["also_edit"]:
            found.append((factor, fits[0]))
        elif not fits:
            missed.append(factor["name"])

    def interest(pair: tuple[Any, Any]) -> tuple[int, int]:
        effect = truth.effects[pair[0]["name"]]
        # One operator, one clear effect and one without effect where there are such.
        return (pair[0]["kind"] in ("step", "term", "statement"), effect["clear"])

    operators = [p for p in found if interest(p)[0]]
    inert = [p for p in found if truth.effects[p[0]["name"]]["exactly_zero"] and p not in operators]
    clear = [p for p in found if interest(p)[1] and p not in operators]
    rest = [p for p in found if p not in operators and p not in inert and p not in clear]
    picked = [*operators[:1], *inert[:1], *clear, *rest, *operators[1:], *inert[1:]]
    return picked[:count], missed


def one(truth: Truth, args: argparse.Namespace) -> dict[str, Any]:
    """Plan, run and analyse one notebook; what came of each factor."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / truth.name
        inner = next(p for p in truth.notebook.parents if p.name == truth.name)
        shutil.copytree(inner, copy)
        copy.chmod(0o755)
        folder = copy / truth.notebook.parent.relative_to(inner)
        bench = Bench(where=Where(cwd=folder), root_override=copy, waits=True)
        try:
            picked, missed = chosen(truth, bench, folder, args.factors)
            asked: dict[str, list[str]] = {"factor": [], "drop": []}
            for factor, candidate in picked:
                option, text = request(factor, candidate)
                asked[option].append(text)
            print(f"## {truth.name}: {asked}; not found: {missed}", flush=True)
            view = planning.plan(
                bench, notebook=str(folder / truth.notebook.name), blocks=args.blocks, design="one-at-a-time",
                **asked, **response(truth),
            )  # fmt: skip
            for warning in view.warnings:
                print("   plan:", warning)
            print(f"   response {view.response} {view.direction}; block kind {view.block_kind}; seeds {view.seeds};"
                  f" seeding cell {view.seeding_cell}", flush=True)  # fmt: skip
            running.run(bench, experiment=view.id, workers=2, wait=True)
            record = bench.record()
            item = record.get(view.id)
            runs = shelf.runs_of(record, view.id)
            plan = shelf.registered(item).plan
            shown = concluding.evidence(shelf.registered(item), runs)
            bad = [r for r in runs if r.state != "completed"]
            for run in bad[:3]:
                print("   run", run.state, run.data.get("reason"), run.data.get("error"))
            out = []
            for factor, candidate in picked:
                arm = next(a.name for a in plan.treatments if candidate.name in a.settings)
                effect = next(e for e in shown.effects if e.arm == arm)
                expected = truth.effects[factor["name"]]["mean_diff"]
                inside = effect.low is not None and effect.low - 1e-9 <= expected <= effect.high + 1e-9
                row = {
                    "notebook": truth.name, "factor": factor["name"], "kind": factor["kind"], "arm": effect.arm,
                    "truth": expected, "zero": truth.effects[factor["name"]]["exactly_zero"], "inside": inside,
                    "estimate": effect.estimate, "low": effect.low, "high": effect.high, "verdict": effect.verdict,
                }  # fmt: skip
                out.append(row)
                print("  ", json.dumps(row), flush=True)
            return {
                "notebook": truth.name, "state": item.state, "failed": len(bad), "runs": len(runs),
                "rows": out, "missed": missed, "seconds": round(time.monotonic() - began, 1),
            }  # fmt: skip
        finally:
            bench.close()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--blocks", type=int, default=5)
    parser.add_argument("--factors", type=int, default=3)
    parser.add_argument("--only", action="append")
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["JUPYTER_DATA_DIR"] = tempfile.mkdtemp()
    done, rows = [], []
    for truth in truths(args.data):
        if args.only and truth.name not in args.only:
            continue
        try:
            made = one(truth, args)
        except CoimproveError as error:
            made = {"notebook": truth.name, "state": f"refused: {error.message} ({error.remedy})", "rows": []}
        print("=>", json.dumps({k: v for k, v in made.items() if k != "rows"}), flush=True)
        done.append(made)
        rows += made["rows"]
    whole = [
        m for m in done if m["state"] == "completed" and not m["failed"] and len(m["rows"]) == args.factors
    ]
    zero = [r for r in rows if r["zero"]]
    false = [r for r in zero if r["verdict"] in ("better", "worse")]
    print(f"complete with {args.factors} factors: {len(whole)} of {len(done)}")
    print(f"truth inside the interval: {sum(r['inside'] for r in rows)} of {len(rows)}")
    print(f"factors without effect called better or worse: {len(false)} of {len(zero)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
