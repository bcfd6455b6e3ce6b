"""How many of the questions with mechanical answers are answered right, and by whom.

python tests/acceptance/measure_answers.py ../shared/data [--who builtin|local] [--half tuned|kept|both]

The public notebooks, in the order of their names, are two halves: how a small model is asked was tried on
``tuned`` (the first, third …) and on none of ``kept``. ``--log FILE`` keeps every answer, a line each.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from notebook_questions import questions
from question_answers import Answered, by_us, told

SEED, MOST = 1, 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--who", default="builtin", choices=("builtin", "local"))
    parser.add_argument("--half", default="both", choices=("tuned", "kept", "both"))
    parser.add_argument("--log", type=Path)
    given = parser.parse_args()
    halves: dict[str, list[Answered]] = defaultdict(list)
    kinds: dict[str, list[Answered]] = defaultdict(list)
    for number, path in enumerate(sorted((given.data / "notebooks").rglob("*.ipynb"))):
        half = "kept" if number % 2 else "tuned"
        if given.half not in (half, "both"):
            continue
        for question in questions(path, SEED, MOST):
            found = by_us(path, question, given.who)
            halves[half].append(found)
            kinds[question.kind].append(found)
            if given.log:
                line = {"notebook": path.name, "half": half, "kind": question.kind, "asked": question.text, "answer": question.answer, **vars(found)}  # fmt: skip
                with given.log.open("a") as log:
                    log.write(json.dumps(line) + "\n")
    for name, answers in (*halves.items(), ("both", [a for of in halves.values() for a in of])):
        print(told(name, answers))
    print(
        "right by kind:",
        {kind: f"{sum(a.right for a in of)}/{len(of)}" for kind, of in sorted(kinds.items())},
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
