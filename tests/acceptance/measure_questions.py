"""What a question takes against the whole notebook, at equal answerable questions; and who answers how many.

python tests/acceptance/measure_questions.py ../shared/data [--seed N] [--most N] [--large] [--ask local] [--json]

For every public notebook questions with mechanical answers are made (``tests/support/notebook_questions.py``).
``answerable``: what is sent with the question holds the answer. ``read``: or one tool call brings it, counted
with its answer. ``characters`` are compared with the file as it is and with its sources and outputs alone.
``--large`` joins the notebooks of each collection into one. ``--ask`` asks a provider and counts right answers.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from notebook_questions import questions
from question_measures import measure

#: Seed 1 is looked at; the other half is run once, at the end.
SEED = 1


def joined(folder: Path, into: Path) -> Path | None:
    """All notebooks of a collection as one; the names that are there several times are then asked about less."""
    node: dict[str, Any] | None = None
    for path in sorted(folder.rglob("*.ipynb")):
        one = json.loads(path.read_text())
        if node is None:
            node = one
        else:
            node["cells"] += one["cells"]
    if node is None or len(node["cells"]) < 60:
        return None
    node["nbformat_minor"] = 4
    for cell in node["cells"]:
        cell.pop("id", None)
    path = into / f"{folder.name}.ipynb"
    path.write_text(json.dumps(node, indent=1))
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--most", type=int, default=3)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--ask", default="", choices=("", "builtin", "local"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    total: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    lost: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        folders = [p for p in sorted((given.data / "notebooks").iterdir()) if p.is_dir()]
        paths = sorted((given.data / "notebooks").rglob("*.ipynb"))
        if given.large:
            paths = [made for folder in folders if (made := joined(folder, Path(place)))]
        for path in paths:
            asked = questions(path, given.seed, given.most)
            if asked:
                found = measure(path, asked, Path(place), given.ask)
                lost += found.pop("lost")
                kinds += found.pop("kinds")
                total += Counter(found)
    print(f"{total['questions']} questions about {len(paths)} notebooks: {dict(kinds)}")
    print(
        f"answerable from what is sent: {total['answerable']}; by one reading tool: {total['read']}; lost: {len(lost)}"
    )
    print(f"characters a question: {total['characters'] / total['questions']:.0f}, of the file {total['characters'] / total['file']:.0%}, of its sources and outputs {total['characters'] / total['whole']:.0%}")  # fmt: skip
    if given.ask:
        print(f"right answers of {given.ask}: {total['right']} of {total['questions']}")
    for line in lost:
        print("lost:", line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
