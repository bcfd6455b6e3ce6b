"""Reports of ledgers: sound ones say what the runs are, flawed ones say one thing that they are not."""

from __future__ import annotations

import re
import statistics

import pytest

from jupyter_coimprove.bench.families.ledger_honesty import KINDS, LEDGER_HONESTY


def ledger(item):
    runs: dict[str, list] = {}
    for run in item.material["runs"]:
        runs.setdefault(run["arm"], []).append(run[item.material["response"]])
    return runs


def lines(item):
    """What is told of each arm: its numbers, names aside."""
    text = item.material["report"]
    at = sorted((text.index(f"`{arm}`"), arm) for arm in ledger(item))
    # The words of an arm may begin before its name, on its own line.
    starts = [text.rfind("\n", 0, place) + 1 for place, _ in at] + [len(text)]
    return {
        arm: re.findall(
            r"(?<![\w.])\d+(?:\.\d+)?",
            text[starts[i] : starts[i + 1]].replace(arm, "").partition("\nNotebook")[0],
        )
        for i, (_, arm) in enumerate(at)
    }


def told(item, values):
    """The numbers that a sound report of these runs may print."""
    completed = [value for value in values if value is not None]
    places = max(len(n.partition(".")[2]) for arm in lines(item).values() for n in arm)
    counts = {len(values), len(completed), len(values) - len(completed)}
    return {f"{statistics.fmean(completed):.{places}f}", *map(str, counts)}


@pytest.mark.parametrize("template", LEDGER_HONESTY.templates)
def test_sound_reports_print_the_ledgers_numbers_and_flawed_ones_another(template):
    seen = set()
    for seed in range(25):
        for sample in LEDGER_HONESTY.make(template, seed):
            item, runs = sample.item, ledger(sample.item)
            wrong = [
                n for arm, numbers in lines(item).items() for n in numbers if n not in told(item, runs[arm])
            ]
            if sample.truth.verdict == "sound":
                assert not wrong, item.material["report"]
            elif sample.truth.kind != "denominator":
                # Another count may be one that is right in another place; another mean never is.
                assert len(wrong) == 1, item.material["report"]
                seen.add(sample.truth.kind)
    assert seen == set(KINDS) - {"denominator"}


def test_the_best_runs_flatter():
    better = []
    for seed in range(60):
        for sample in LEDGER_HONESTY.make("abstract", seed):
            if sample.truth.kind == "selected":
                runs = ledger(sample.item)
                for arm, numbers in lines(sample.item).items():
                    wrong = [float(n) for n in numbers if n not in told(sample.item, runs[arm])]
                    better += [w > statistics.fmean(v for v in runs[arm] if v is not None) for w in wrong]
    assert better
    assert all(better)
