"""Settings to run next: the whole grid was run, and what proposals by lot regret is known exactly."""

from __future__ import annotations

import random
import statistics
from typing import Any

import cobench_tables
import pytest

from jupyter_coimprove.bench.arms import Rules
from jupyter_coimprove.bench.families import next_configuration as settings
from jupyter_coimprove.bench.families.tuning_notebooks import SEARCHES, table
from jupyter_coimprove.bench.family import Ran
from jupyter_coimprove.bench.item import Answer, Item, Sample
from jupyter_coimprove.bench.rules import Instruments
from jupyter_coimprove.workbench.cell_running import Executor

FAMILY = settings.NEXT_CONFIGURATION


def nothing(*given: object, **more: object) -> Ran:
    raise AssertionError("proposals are looked up")


def made(seeds: int) -> list[Sample]:
    return [FAMILY.make(template, seed)[0] for template in FAMILY.templates for seed in range(seeds)]


def mean(samples: list[Sample], answers: list[Answer]) -> float:
    return statistics.fmean(FAMILY.mark(s, a, nothing).value for s, a in zip(samples, answers, strict=True))


@pytest.mark.parametrize("template", SEARCHES)
def test_the_table_is_what_running_the_notebook_gives(template: str, execute: Executor) -> None:
    search = SEARCHES[template]
    place = random.Random(template).randrange(len(search.configurations))
    given = dict(zip(search.space, search.configurations[place], strict=True))
    first = "\n".join(f"{name} = {value!r}" for name, value in given.items())
    ran = execute(
        ["import warnings; warnings.simplefilter('ignore')", first, *search.sources()[1:]], ["right"]
    )
    assert not ran.error
    assert ran.values["right"] == table(template)[place]


@pytest.mark.slow
def test_every_table_comes_out_the_same_again() -> None:
    assert cobench_tables.searches() == {name: list(table(name)) for name in SEARCHES}


def test_what_chance_regrets_is_exact() -> None:
    values, seen, k = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6, 5.0], 4.5, 3
    chance = random.Random(1)
    drawn = [9.0 - max(seen, *chance.sample(values, k)) for _ in range(40_000)]
    exact = settings.of_chance(values, seen, k)
    assert statistics.fmean(drawn) == pytest.approx(exact, abs=4 * statistics.stdev(drawn) / 200)
    assert settings.of_chance([1.0], 2.0, 1) == 0


def test_there_is_something_left_to_find_in_every_item() -> None:
    for sample in made(4):
        values, shown = table(sample.item.template), sample.truth.data["shown"]
        assert max(values[place] for place in shown) < max(values)
        assert len(set(shown)) == settings.SHOWN


def test_proposals_by_lot_are_worth_nothing_and_none_or_old_ones_less() -> None:
    samples, chance = made(6), random.Random(2)
    worths = [
        FAMILY.mark(s, FAMILY.simple(s.item, "random", chance), nothing).value
        for s in samples
        for _ in range(20)
    ]
    assert statistics.fmean(worths) == pytest.approx(0, abs=3 * statistics.stdev(worths) / len(worths) ** 0.5)
    for how in ("pass", "fail"):
        assert mean(samples, [FAMILY.simple(s.item, how, chance) for s in samples]) < -0.5  # type: ignore[arg-type]


def test_more_proposals_than_asked_for_and_what_is_no_configuration_count_nothing() -> None:
    (sample,) = FAMILY.make("digits-svm", 1)
    best = FAMILY.perfect(sample).value[0]
    others = [
        dict(zip(SEARCHES["digits-svm"].space, one, strict=True))
        for one in SEARCHES["digits-svm"].configurations
    ]
    others = [one for one in others if one != best][:3]
    assert FAMILY.mark(sample, Answer(value=[*others, best]), nothing).value < 1
    assert FAMILY.mark(sample, Answer(value=["?", {"C": 1}, best]), nothing).value == 1
    assert FAMILY.mark(sample, Answer(value=[{**best, "C": str(best["C"])}]), nothing).value < 1


def tpe(item: Item, seed: int) -> Answer:
    """What Optuna's TPE proposes after the shown runs, all at once."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    space: dict[str, list[Any]] = item.material["space"]
    places = {
        name: optuna.distributions.IntDistribution(0, len(levels) - 1) for name, levels in space.items()
    }
    sampler = optuna.samplers.TPESampler(n_startup_trials=0, constant_liar=True, seed=seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for run in item.material["runs"]:
        study.add_trial(
            optuna.trial.create_trial(
                params={name: levels.index(run[name]) for name, levels in space.items()},
                distributions=dict(places), value=float(run["right"]),
            )
        )  # fmt: skip
    known = [{name: run[name] for name in space} for run in item.material["runs"]]
    out: list[dict[str, Any]] = []
    for _ in range(60):
        asked = study.ask(dict(places))
        one = {name: levels[asked.params[name]] for name, levels in space.items()}
        if one not in known and one not in out:
            out.append(one)
        if len(out) == settings.ASKED:
            break
    return Answer(value=out)


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::optuna._experimental.ExperimentalWarning", "ignore:Argument .*constant_liar"
)
def test_the_bar_is_above_chance_and_the_rules_are_told_beside_it() -> None:
    """TPE is the bar: a search that models the runs does better than lot; what the rules reach is printed."""
    samples = made(8)
    bar = mean(samples, [tpe(s.item, n) for n, s in enumerate(samples)])
    rules = Rules(Instruments(transform=str, execute=nothing, playbook={}))
    reached = mean(samples, [rules.answer(FAMILY, s.item) for s in samples])
    print(f"TPE {bar:.2f}, rules {reached:.2f}, chance 0")
    assert bar > 0
    assert reached > 0
