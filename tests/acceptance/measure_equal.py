"""Two factors on notebooks that nobody here wrote: what runs that share cells show, beside papermill by itself.

    python tests/acceptance/measure_equal.py ../shared/data --out equal.jsonl [--only TEXT] [--seconds 60]
    python tests/acceptance/measure_equal.py ../shared/data --out equal.jsonl --table

Nothing is chosen by hand: the factors are the tool's first two suggestions that a plan takes together, the design is
2x2 in one block, and the runs go through `run --engine shared`. Then plain papermill executes the same
bound notebooks one after another, in the same folder, made afresh each time, with the same environment.
Every cell's source, count and outputs are compared; addresses, process numbers, temporary names and measured times
are masked, as `--verify` does. Where a cell differs papermill executes that run once or twice more: what
differs among papermill's own is called *does not repeat*. A notebook whose baseline takes longer than `--seconds`
under papermill is capped, and says so. Lines in `--out` are kept: the next call goes on with the rest.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from jupyter_coimprove.engines.papermill.environment import run_environment
from jupyter_coimprove.engines.shared_prefix.compare import by_cell
from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.runs.run import Work
from jupyter_coimprove.workbench import planning, registering, running, sharing, shelf
from jupyter_coimprove.workbench.bench import Bench, Where
from jupyter_coimprove.workbench.works import Works

#: Where nothing is measured that the tool knows: outputs are compared all the same.
NO_RESPONSE = {"response": "1.0", "direction": "max"}
#: So many at a time, and so one thread each on two cores: with two threads a run, torch takes ten times as long here.
WORKERS = 2
#: So many suggestions are tried in pairs.
AMONG = 6


def notebooks(data: Path) -> Iterator[tuple[str, Path, Path]]:
    """Name, notebook, and the folder that it needs around it."""
    for path in sorted((data / "notebooks").rglob("*.ipynb")):
        # All of its repository: what it reads may lie beside its folder.
        yield str(path.relative_to(data)), path, data / Path(*path.relative_to(data).parts[:2])
    for folder in sorted(p for p in (data / "training").iterdir() if p.is_dir() and p.name != "truth"):
        for path in sorted(folder.rglob("*.ipynb")):
            yield str(path.relative_to(data)), path, folder


def asked(bench: Bench, notebook: str) -> dict[str, Any]:
    """A plan's options: two factors with two levels each, the first that go together. Raises CoimproveError."""
    _, reading = planning.read(bench, notebook)
    response: dict[str, str] = {}
    for tried in ({}, {"direction": "max"}, NO_RESPONSE):
        try:
            planning.plan(bench, notebook=notebook, blocks=1, **tried)
        except CoimproveError:
            if tried is NO_RESPONSE:
                break
            continue
        response = tried
        break
    else:
        response = NO_RESPONSE
    usable = [c for c in reading.candidates if c.kind != "seed" and (c.levels or c.operator != "set")][:AMONG]
    first: CoimproveError | None = None
    for pair in itertools.combinations(usable, 2):
        options: dict[str, Any] = {"factor": [], "drop": []}
        for one in pair:
            if one.operator == "set":
                options["factor"].append(f"{one.name}={one.levels[0]}")
            else:
                options["drop"].append(one.name)
        for answer in (response, NO_RESPONSE):
            wanted = {**options, **answer, "blocks": 1, "design": "full-factorial"}
            try:
                planning.plan(bench, notebook=notebook, **wanted)
            except CoimproveError as error:
                first = first or error
                continue
            return wanted
    if first is not None:
        raise first
    raise CoimproveError(f"{len(usable)} candidates: no two to vary", remedy="")


def papermills(work: Work, folders: tuple[Path, Path], out: Path) -> float:
    """That run by papermill alone, in its folder as it was; seconds. A notebook that fails is written all the same."""
    import papermill

    inner = work.source_dir
    reset(*folders)
    for name, text in work.overlay.items():
        (inner / name).write_text(text, encoding="utf-8")
    bound = out.with_suffix(".bound.ipynb")
    bound.write_text(nbformat.writes(nbformat.from_dict(json.loads(json.dumps(work.notebook)))), "utf-8")
    env, _ = run_environment(work)
    before = dict(os.environ)
    began = time.monotonic()
    try:
        os.environ.clear()
        os.environ.update(env)
        papermill.execute_notebook(
            str(bound), str(out), parameters=dict(work.parameters), cwd=str(inner), kernel_name=work.kernel,
            progress_bar=False, log_output=False,
        )  # fmt: skip
    except papermill.PapermillExecutionError:
        pass
    finally:
        os.environ.clear()
        os.environ.update(before)
    return time.monotonic() - began


def one(path: Path, around: Path, args: argparse.Namespace) -> dict[str, Any]:
    """One notebook's row. Raises CoimproveError where no plan with two factors can be made."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        folder, kept, project = base / "at" / around.name, base / "fresh", base / "project"
        shutil.copytree(around, folder)
        for inside in (folder, *folder.rglob("*")):
            inside.chmod(0o755 if inside.is_dir() else 0o644)
        shutil.copytree(folder, kept)
        project.mkdir()
        notebook = folder / path.relative_to(around)
        bench = Bench(where=Where(cwd=notebook.parent), root_override=project, waits=True)
        try:
            wanted = asked(bench, str(notebook))
            factors = [*wanted["factor"], *(f"drop {name}" for name in wanted["drop"])]
            view = planning.plan(bench, notebook=str(notebook), run_seconds=4 * args.seconds, **wanted)
            # Shares nothing with the others, by its rule: it would say nothing here.
            draft = bench.layout().experiment(view.id) / "plan.toml"
            text = draft.read_text("utf-8")
            assert "repeat_baseline = true" in text
            draft.write_text(text.replace("repeat_baseline = true", "repeat_baseline = false"), "utf-8")
            registering.register(bench, bench.record().get(view.id))
            record = bench.record()
            works = Works(bench.root(), record, record.get(view.id), workers=WORKERS)
            plan = works.experiment.plan
            block = works.experiment.blocks[0]
            folders = (folder, kept)
            bound = {arm.name: works.work(new_id("run", bench.clock), arm, block, 0, 1) for arm in plan.arms}
            theirs = {arm: base / f"theirs{i}.ipynb" for i, arm in enumerate(bound)}
            took = papermills(bound[plan.baseline.name], folders, theirs[plan.baseline.name])
            row: dict[str, Any] = {"factors": factors, "papermill_s": round(took, 1)}
            if took > args.seconds:
                return {**row, "state": "capped"}
            reset(folder, kept)
            running.run(bench, experiment=view.id, workers=WORKERS, engine="shared", wait=True)
            runs = shelf.runs_of(bench.record(), view.id)
            ours = {str(run.data["arm"]): bench.layout().run(run.id) / "output.ipynb" for run in runs}
            row["shared"] = {
                str(run.data["arm"]): int(sharing.shared_of(run).get("cells", 0)) for run in runs
            }
            row["why"] = sorted({str(sharing.shared_of(run).get("why", "")) for run in runs})
            row["repeated"] = sum(bool(sharing.shared_of(run).get("repeated")) for run in runs)
            row["failed"] = [
                (str(run.data["arm"]), str(run.data.get("reason")), str(run.data.get("error"))[:200])
                for run in runs
                if run.state != "completed"
            ]
            row["cells"] = sum(cell["cell_type"] == "code" for cell in works.notebook.node["cells"])
            corners = list(bound) if args.arms >= len(bound) else [plan.baseline.name, list(bound)[-1]]
            ours = {arm: path for arm, path in ours.items() if arm in corners}
            differs, unsteady = compared(bound, theirs, ours, folders, plan.baseline.name, base)
            return {
                **row, "state": "differs" if differs else "equal", "compared": len(ours), "differs": differs,
                "unsteady": unsteady, "seconds": round(time.monotonic() - began, 1),
            }  # fmt: skip
        finally:
            bench.close()


def reset(folder: Path, kept: Path) -> None:
    """The notebook's folder as it was."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(kept, folder, dirs_exist_ok=True)


def compared(
    bound: dict[str, Work],
    theirs: dict[str, Path],
    ours: dict[str, Path],
    folders: tuple[Path, Path],
    known: str,
    base: Path,
) -> tuple[dict[str, list[str]], dict[str, list[int]]]:
    """What differs by arm and cell, and the cells that papermill's own executions do not agree on."""
    differs: dict[str, list[str]] = {}
    unsteady: dict[str, list[int]] = {}
    for arm, output in ours.items():
        if arm != known:
            papermills(bound[arm], folders, theirs[arm])
        found = by_cell(output, theirs[arm])
        varying: set[int] = set()
        for number in range(2):
            if not set(found) - varying:
                break
            again = base / f"again{number}.ipynb"
            papermills(bound[arm], folders, again)
            varying |= set(by_cell(again, theirs[arm]))
        if found and set(found) & varying:
            unsteady[arm] = sorted(set(found) & varying)
        if left := [text for cell, text in found.items() if cell not in varying]:
            differs[arm] = left
    return differs, unsteady


def table(rows: dict[str, dict[str, Any]]) -> None:
    """A line a notebook, then the totals."""
    for name, row in rows.items():
        cells = row.get("shared", {}).values()
        span = f"{min(cells)}-{max(cells)} of {row['cells']}" if cells else ""
        note = "; ".join(
            f"{said}: {row[key]}"
            for key, said in (
                ("refused", "no plan"),
                ("unsteady", "does not repeat"),
                ("differs", "differs"),
                ("repeated", "repeated whole"),
                ("failed", "failed"),
            )
            if row.get(key)
        )
        print(
            f"| {Path(name).name} | {', '.join(row.get('factors', ()))} | {span} | {row['state']} | {note} |"
        )
    states = [row["state"] for row in rows.values()]
    compared_runs = sum(row.get("compared", 0) for row in rows.values())
    print({state: states.count(state) for state in sorted(set(states))}, f"{compared_runs} runs compared")
    with_any = sum(any(row.get("shared", {}).values()) for row in rows.values())
    print(f"notebooks in which a run shared cells: {with_any}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=60, help="what a baseline may take under papermill")
    parser.add_argument("--only", action="append")
    parser.add_argument("--arms", type=int, default=4, help="2: only the corners that differ in both factors")
    parser.add_argument("--again", action="store_true", help="also what has a line already")
    parser.add_argument("--table", action="store_true", help="print what there is")
    args = parser.parse_args()
    os.environ["JUPYTER_DATA_DIR"] = tempfile.mkdtemp()
    lines = args.out.read_text("utf-8").splitlines() if args.out.exists() else []
    rows = {line["name"]: line for line in map(json.loads, lines)}
    if args.table:
        table(rows)
        return 0
    order = list(notebooks(args.data))
    # One that is stopped early has seen some of each kind.
    random.Random(1).shuffle(order)
    for name, path, around in order:
        if (name in rows and not args.again) or (args.only and not any(text in name for text in args.only)):
            continue
        try:
            row = one(path, around, args)
        except CoimproveError as error:
            row = {"state": "refused", "refused": f"{error.message} ({error.remedy})"}
        rows[name] = {"name": name, **row}
        with args.out.open("a", encoding="utf-8") as sink:
            sink.write(json.dumps(rows[name]) + "\n")
        told = {k: v for k, v in row.items() if k in ("state", "shared", "differs", "unsteady", "refused", "seconds", "failed", "papermill_s")}  # fmt: skip
        print(f"{len(rows)}: {name} {json.dumps(told)[:1500]}", flush=True)
    table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
