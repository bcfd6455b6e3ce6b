"""What memory is worth in a stream of decisions by the scripted lab: acceptance and edit distance, on against off.

    PYTHONPATH=tests/support python tests/benchmarks/measure_learning.py [--seeds 40] [--decisions 240]

Prints means over seeds with 95 % bootstrap intervals, and when a lesson that a turn of the lab made wrong was retired.
"""

from __future__ import annotations

import argparse

from learning_streams import run

from jupyter_coimprove.bench.lab import lab
from jupyter_coimprove.lessons.counting import mean


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seeds", type=int, default=40)
    asked.add_argument("--decisions", type=int, default=240)
    said = asked.parse_args()
    n, quarter, half = said.decisions, said.decisions // 4, said.decisions // 2
    pairs = [(run(lab(seed), n, memory=True), run(lab(seed), n, memory=False)) for seed in range(said.seeds)]
    print(f"{said.seeds} labs of 6 hidden rules, {n} decisions each; means with 95 % intervals over labs")
    for name, part in (("first quarter", (0, quarter)), ("last quarter", (n - quarter, n))):
        for memory, which in (("on", 0), ("off", 1)):
            accepted = mean([pair[which].acceptance(*part) for pair in pairs])
            edited = mean([pair[which].distance(*part) for pair in pairs])
            print(f"{name:14} memory {memory:3}  accepted {accepted.words:32} edit distance {_fine(edited)}")
    for name, part in (("whole", (0, n)), ("second half", (half, n))):
        gain = mean([on.acceptance(*part) - off.acceptance(*part) for on, off in pairs])
        less = mean([on.distance(*part) - off.distance(*part) for on, off in pairs])
        print(f"{name:14} on less off  accepted {gain.words:32} edit distance {_fine(less)}")
    print(
        f"lessons a lab: {sum(len(on.kept) for on, _ in pairs) / len(pairs):.1f}, of these retired {sum(len(on.retired) for on, _ in pairs) / len(pairs):.1f}"
    )
    late = []
    for seed in range(said.seeds):
        turned = lab(seed, turns_at=half)
        (old,) = set(turned.rules) - set(turned.later)
        stream = run(turned, n, memory=True)
        known = [
            one.lesson
            for one in stream.kept.values()
            if _about(old.wanted, one.lesson.prefer) and stream.since[one.lesson.id] <= half
        ]
        gone = [
            place for place, lesson in stream.retired if place >= half and _about(old.wanted, lesson.prefer)
        ]
        if known:
            late.append(min(gone) - half if gone else None)
    found = sorted(place for place in late if place is not None)
    if found:
        print(
            f"a rule turned around at {half}: of {len(late)} labs that had learnt it {len(found)} retired the lesson, "
            f"after {found[len(found) // 2]} decisions (median; at most {found[-1]})"
        )


def _about(wanted: str, prefer: str) -> bool:
    return bool(wanted) and prefer.endswith(wanted.lstrip("."))


def _fine(figure) -> str:  # type: ignore[no-untyped-def]
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


if __name__ == "__main__":
    main()
