"""Speed-ups offered for the training notebooks, each tried again by papermill alone.

    python tests/acceptance/measure_speed.py ../shared/data [--only NAME] [--pairs 3]

Each notebook's folder is copied to a temporary place and ``systems --speed`` asked there. What it offers is
then applied to a copy by hand and run by papermill beside the original, in turn; outputs are held against each
other by the engine's own comparison (engines/shared_prefix/compare), which shares nothing with the offer's.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from training_truth import Truth, truths

from jupyter_coimprove.engines.shared_prefix.compare import differences
from jupyter_coimprove.workbench.bench import Bench, Where
from jupyter_coimprove.workbench.systems import systems


def loading(path: Path) -> set[int]:
    """Cells that import at their top: what they take is the libraries' loading, which no change is about."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {
        index
        for index, cell in enumerate(cells)
        if cell["cell_type"] == "code"
        and re.search(r"^(?:import|from) ", "".join(cell["source"]), re.MULTILINE)
    }


def run(path: Path, out: Path, without: set[int]) -> float:
    """Seconds that the cells took together, ``without`` those."""
    import papermill

    done = papermill.execute_notebook(
        str(path), str(out), cwd=str(path.parent), progress_bar=False, kernel_name="python3"
    )
    return sum(
        float(cell.metadata["papermill"]["duration"] or 0)
        for index, cell in enumerate(done.cells)
        if index not in without
    )


def changed(original: Path, edits: list[dict[str, Any]], to: Path) -> Path:
    """The notebook with these edits carried out; sources only. Libraries that load late load in a first cell of their own."""
    node = json.loads(original.read_text(encoding="utf-8"))
    for edit in edits:
        assert edit["kind"] == "replace", edit["kind"]
        node["cells"][edit["address"]["ordinal"]]["source"] = edit["source"]
    if any("torch.optim" in "".join(cell["source"]) for cell in node["cells"]):
        # What the first optimizer loads is loading as well; ``loading`` finds it by its import.
        first = {
            "cell_type": "code",
            "id": "loads-first",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
        }
        node["cells"].insert(0, {**first, "source": "import torch._dynamo"})
    to.write_text(json.dumps(node), encoding="utf-8")
    return to


def bare(path: Path) -> None:
    """Leave out what is on stderr, and the sources, which the edit changes; in place."""
    node = json.loads(path.read_text(encoding="utf-8"))
    for cell in node["cells"]:
        cell["source"] = ""
        cell["outputs"] = [one for one in cell.get("outputs", ()) if one.get("name") != "stderr"]
    path.write_text(json.dumps(node), encoding="utf-8")


def again(original: Path, edits: list[dict[str, Any]], pairs: int) -> tuple[float, list[str]]:
    """The median ratio over so many pairs, and how outputs differ."""
    other = changed(original, edits, original.with_name("changed.ipynb"))
    original = changed(original, [], original.with_name("original.ipynb"))
    ratios, unequal, without = [], [], loading(original)
    for _ in range(pairs):
        outs = [original.with_name(name) for name in ("out_original.ipynb", "out_changed.ipynb")]
        before, after = run(original, outs[0], without), run(other, outs[1], without)
        ratios.append(before / after)
        for out in outs:
            bare(out)
        unequal += differences(*outs)
    return statistics.median(ratios), unequal


def one(truth: Truth, pairs: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / truth.name
        inner = next(p for p in truth.notebook.parents if p.name == truth.name)
        shutil.copytree(inner, copy)
        for folder in (copy, *(p for p in copy.rglob("*") if p.is_dir())):
            folder.chmod(0o755)
        path = copy / truth.notebook.relative_to(inner)
        bench = Bench(where=Where(cwd=path.parent), root_override=copy, waits=True)
        out = []
        try:
            view = systems(bench, notebook=str(path), speed=True)
            for part in view.sections:
                if part.title == "speed-ups":
                    print(truth.name, json.dumps([list(row) for row in part.rows]), flush=True)
            for item in bench.record().find("proposal"):
                ratio, unequal = again(path, [dict(edit) for edit in item.data["edits"]], pairs)
                out.append({"notebook": truth.name, "what": item.data["why"][:120], "told": item.data["expected"][:120],
                            "ratio": round(ratio, 3), "unequal": unequal})  # fmt: skip
                print("  ", json.dumps(out[-1]), flush=True)
        finally:
            bench.close()
        return out


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", action="append")
    parser.add_argument("--pairs", type=int, default=3)
    args = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["JUPYTER_DATA_DIR"] = os.environ.get("JUPYTER_DATA_DIR", tempfile.mkdtemp())
    rows = []
    for truth in truths(args.data):
        if not args.only or truth.name in args.only:
            rows += one(truth, args.pairs)
    slow = [row for row in rows if row["ratio"] < 1.2]
    unequal = [row for row in rows if row["unequal"]]
    print(f"offered: {len(rows)} on {len({row['notebook'] for row in rows})} notebooks; "
          f"again below 1.2: {len(slow)}; unequal: {len(unequal)}")  # fmt: skip
    return 1 if unequal else 0


if __name__ == "__main__":
    sys.exit(main())
