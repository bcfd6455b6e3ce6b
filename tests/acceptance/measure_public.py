"""What the tool makes of public notebooks by itself: its own response, its own factors, a small experiment.

    python tests/acceptance/measure_public.py ../shared/data [--blocks 2] [--factors 2] [--only TEXT]

Nothing is typed but the notebook's name, and `--direction max` where the tool asks which way is better
(`told` says so): response and factors are the tool's first suggestions. A factor "changes an output"
when the response or any text output of its arm differs from the baseline's in the same block. Prints a line a notebook, then the totals and the rest by name with why.
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

from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.workbench import concluding, planning, running, shelf
from jupyter_coimprove.workbench.bench import Bench, Where


def outputs(run_folder: Path) -> list[str]:
    """All text that a run put out, without counters and addresses of objects."""
    node = json.loads((run_folder / "output.ipynb").read_text())
    texts = []
    for cell in node["cells"]:
        for out in cell.get("outputs", ()):
            text = out.get("text") or out.get("data", {}).get("text/plain") or ""
            texts.append("".join(text) if isinstance(text, list) else str(text))
    return texts


def one(path: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Plan, run and analyse one notebook with the tool's own suggestions."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / path.parent.name
        shutil.copytree(path.parent, folder)
        folder.chmod(0o755)
        bench = Bench(where=Where(cwd=folder), root_override=folder, waits=True)
        name = str(folder / path.name)
        told: dict[str, str] = {}
        try:
            try:
                first = planning.plan(bench, notebook=name, blocks=args.blocks)
            except CoimproveError as error:
                if "--direction max" not in error.remedy:
                    raise
                told["direction"] = "max"
                first = planning.plan(bench, notebook=name, blocks=args.blocks, **told)
            draft, _ = shelf.current_plan(bench.root(), bench.record().get(first.id))
            asked: dict[str, list[str]] = {"factor": [], "drop": []}
            for factor in draft.factors[: args.factors]:
                if factor.operator == "set":
                    asked["factor"].append(f"{factor.name}={factor.levels[1]}")
                else:
                    asked["drop"].append(factor.name)
            if args.static:
                return {"response": first.response, "direction": first.direction, "asked": asked}
            view = planning.plan(
                bench,
                notebook=name,
                blocks=args.blocks,
                run_seconds=args.run_seconds,
                design="one-at-a-time",
                **asked,
                **told,
            )
            running.run(bench, experiment=view.id, workers=2, wait=True)
            record = bench.record()
            item = record.get(view.id)
            runs = shelf.runs_of(record, view.id)
            experiment = shelf.registered(item)
            evidence = concluding.evidence(experiment, runs)
            values = {(str(r.data["arm"]), int(r.data["block"])): concluding.response_value(experiment, r.data) for r in runs if r.state == "completed" and not r.data["replicate"]}  # fmt: skip
            by_cell = {(str(r.data["arm"]), int(r.data["block"])): r for r in runs if not r.data["replicate"]}
            changing = []
            for effect in evidence.effects:
                for block in experiment.blocks:
                    here, base = by_cell[effect.arm, block], by_cell[experiment.plan.baseline.name, block]
                    if here.state != "completed" or base.state != "completed":
                        continue
                    layout = bench.layout()
                    if values[effect.arm, block] != values[experiment.plan.baseline.name, block] or outputs(
                        layout.run(here.id)
                    ) != outputs(layout.run(base.id)):
                        changing.append(effect.arm)
                        break
            failed = [(str(r.data["arm"]), str(r.data.get("reason")), str((r.data.get("error") or {}).get("value", ""))[:100]) for r in runs if r.state != "completed"]  # fmt: skip
            return {
                "state": item.state, "told": told, "response": view.response, "direction": view.direction, "asked": asked,
                "finite": bool(values) and all(v.kind == "finite" for v in values.values()),
                "values": sorted({v.number for v in values.values() if v.number is not None})[:6],
                "changing": changing, "failed": failed, "verdicts": [e.verdict for e in evidence.effects],
                "seconds": round(time.monotonic() - began, 1),
            }  # fmt: skip
        finally:
            bench.close()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--blocks", type=int, default=2)
    parser.add_argument("--factors", type=int, default=2)
    parser.add_argument("--run-seconds", type=float, default=120)
    parser.add_argument("--only", action="append")
    parser.add_argument("--static", action="store_true", help="plan only")
    args = parser.parse_args()
    os.environ["JUPYTER_DATA_DIR"] = tempfile.mkdtemp()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    done: dict[str, dict[str, Any]] = {}
    for path in sorted((args.data / "notebooks").rglob("*.ipynb")):
        if args.only and not any(text in str(path) for text in args.only):
            continue
        try:
            made = one(path, args)
        except CoimproveError as error:
            made = {"state": "refused", "why": f"{error.message} ({error.remedy})"}
        done[path.name] = made
        print(path.name, json.dumps(made), flush=True)
    if args.static:
        return 0
    good = [n for n, m in done.items() if m.get("finite") and m.get("changing")]
    whole = [
        n for n, m in done.items() if m["state"] == "completed" and not m.get("failed") and m.get("finite")
    ]
    print(f"a factor that changes an output and a finite response: {len(good)} of {len(done)}")
    print(f"experiments complete: {len(whole)} of {len(done)}")
    for name, made in done.items():
        if name not in good or name not in whole:
            print("not:", name, {k: made.get(k) for k in ("state", "why", "finite", "changing", "failed")})
    return 0


if __name__ == "__main__":
    sys.exit(main())
