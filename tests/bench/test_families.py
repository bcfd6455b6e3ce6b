"""What every family of CoBench must hold: enough templates, closed answers, nothing for no skill, all for the truth."""

from __future__ import annotations

import json
import math
import random

import jsonschema
import pytest

from jupyter_coimprove.bench import family as shape
from jupyter_coimprove.bench.arms import Oracle, Simply
from jupyter_coimprove.bench.asking import ask, marks_of
from jupyter_coimprove.bench.detecting import youden, youden_kinds
from jupyter_coimprove.bench.family import SIMPLE, Family, Simple
from jupyter_coimprove.bench.item import answer_schema, read_answer
from jupyter_coimprove.bench.scoring import scores
from jupyter_coimprove.bench.table import families
from jupyter_coimprove.workbench.cell_running import Executor

ALL = families()
#: Draws a family: each template twice.
DRAWS = 20
each = pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)


@each
def test_a_family_has_ten_templates_or_more_and_the_same_items_for_a_seed(family: Family) -> None:
    assert len(set(family.templates)) == len(family.templates) >= shape.LEAST_TEMPLATES
    first = list(shape.samples(family, 10))
    again = list(shape.samples(family, 10))
    assert [s.item.id for s in first] == [s.item.id for s in again]
    assert len({s.item.id for s in first}) == len(first)
    assert len({s.item.template for s in first}) == 10
    private = {s.item.id for s in shape.samples(family, 10, salt="another")}
    assert not private & {s.item.id for s in first}


@each
def test_items_are_json_and_their_answers_closed(family: Family) -> None:
    for sample in shape.samples(family, 4):
        item = sample.item
        json.dumps([item.notebook, dict(item.material), dict(item.schema)], allow_nan=False)
        assert item.family == family.name
        assert item.ask.strip()
        schema = answer_schema(item)
        jsonschema.Draft202012Validator.check_schema(schema)
        perfect = family.perfect(sample)
        assert read_answer(json.loads(json.dumps(perfect.as_dict()))) == perfect
        said = {k: v for k, v in perfect.as_dict().items() if k in schema["properties"]}
        jsonschema.validate(said, schema)
        if sample.truth.kind:
            assert sample.truth.kind in item.kinds


@each
def test_the_truth_scores_one(family: Family, execute: Executor) -> None:
    asked = [(family, sample) for sample in shape.samples(family, 10)]
    arm = Oracle({sample.item.id: sample for _, sample in asked})
    told = scores(marks_of(ask(arm, asked, execute)), [family])
    assert told.total.value == pytest.approx(1.0)


@each
@pytest.mark.parametrize("how", SIMPLE)
def test_no_skill_scores_nothing(family: Family, how: Simple, execute: Executor) -> None:
    asked = [(family, sample) for sample in shape.samples(family, DRAWS)]
    told = scores(marks_of(ask(Simply(how), asked, execute)), [family])
    if how == "random":
        # J of a coin over so many twins has a standard deviation of 0.16: three of it.
        assert abs(told.total.value) < 0.48
        return
    assert told.total.low <= 1e-9
    assert told.total.high >= -1e-9
    assert abs(told.total.value) < 0.35


@pytest.mark.slow
@pytest.mark.parametrize(
    "family", [f for f in ALL if f.total in (youden, youden_kinds)], ids=lambda family: family.name
)
def test_a_coin_finds_nothing_in_the_long_run(family: Family, execute: Executor) -> None:
    """No patch is in a coin's answer, so nothing is executed; 200 twins bring the standard deviation to 0.05."""
    asked = ((family, sample) for sample in shape.samples(family, 200))
    marks = marks_of(ask(Simply("random"), asked, execute))[family.name]
    assert abs(youden(marks)) < 0.16


@pytest.mark.slow
def test_no_skill_scores_nothing_in_all(execute: Executor) -> None:
    asked = [(family, sample) for family in ALL for sample in shape.samples(family, DRAWS)]
    for how in SIMPLE:
        total = scores(marks_of(ask(Simply(how), asked, execute)), ALL).total
        assert total.low <= 1e-9 <= total.high + 2e-9


def test_a_malformed_answer_is_refused_by_the_field_that_is_wrong() -> None:
    for field, value in [
        ("verdict", "maybe"),
        ("confidence", 2),
        ("evidence", "text"),
        ("patch", [{"cell": 1}]),
    ]:
        with pytest.raises(ValueError, match=field):
            read_answer({field: value})


def test_a_seed_depends_on_family_number_and_salt() -> None:
    chance = random.Random(0)
    seen = {shape.seed_of(f, n, s) for f in ("a", "b") for n in range(50) for s in ("", str(chance.random()))}
    assert len(seen) == 200
    assert not math.isnan(sum(seen))
