"""The file that people edit: what it may say, and what is said of one that makes no sense."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.activities.values.constitution import KINDS, parse
from jupyter_coimprove.activities.values.contradictions import overlap
from jupyter_coimprove.activities.values.rules import BY_KIND
from jupyter_coimprove.activities.values.starting import STARTING
from jupyter_coimprove.errors import UnknownName, UsageError

ONE = 'v = 1\n[[principle]]\nname = "one"\n'


def two(first: str, second: str, more: str = "") -> str:
    return f"{ONE}{more}[[principle.check]]\n{first}\n[[principle]]\nname = \"two\"\n[[principle.check]]\n{second}\n"  # fmt: skip


def test_the_beginning_has_a_case_and_a_twin_for_every_kind_of_check() -> None:
    made = parse(STARTING)
    assert (
        {check.kind for principle in made.principles for check in principle.checks}
        == set(KINDS)
        == set(BY_KIND)
    )
    for principle in made.principles:
        assert {case.violates for case in principle.cases} == {True, False}, principle.name
        assert principle.why.endswith(".")
    assert made.digest == parse(STARTING).digest != parse(STARTING + "\n# more").digest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("v = ", "is not TOML"), ("v = 2", "v = 2"), ("v = 1", "has no principle"), ("v = 1\nprinciple = 3", "no list of tables"),
        ("v = 1\n[[principle]]\n", "has the name None"), (ONE, "has no check"), (ONE + "severity = 'may'", "severity 'may'"),
        (ONE + "[[principle.check]]\nkind = 'cals'\nforbid = ['x']", "no kind of check named 'cals'"),
        (ONE + "[[principle.check]]\nkind = 'calls'", "says nothing"), (ONE + "[[principle.check]]\nkind = 'calls'\nforbid = 'x'", "no list of texts"),
        (ONE + "[[principle.check]]\nkind = 'calls'\nforbidden = ['x']", "forbidden"),
        (ONE + "[[principle.check]]\nkind = 'blocks'\nleast = true", "least = True"), (ONE + "[[principle.check]]\nkind = 'blocks'\nleast = -1", "least = -1"),
        (ONE + "[[principle.check]]\nkind = 'words'\nforbid = ['(']", "no regular expression"),
        (ONE + "[[principle.check]]\nkind = 'personal-data'\nvalues = ['e-mail[']", "no regular expression"),
        (ONE + f"[[principle.check]]\nkind = 'words'\nforbid = ['{'x' * 501}']", "501 characters"),
        (ONE + "applies = ['cell']\n[[principle.check]]\nkind = 'seeds'", "no thing that a principle applies to named 'cell'"),
        (ONE + "[[principle.check]]\nkind = 'seeds'\n[[principle.case]]\nname = 'c'\ntext = 'x'", "needs text and violates"),
        (ONE + "[[principle.check]]\nkind = 'seeds'\n[[principle.case]]\nname = 'c'\nof = 'song'\ntext = 'x'\nviolates = true", "kind of case"),
        (two("kind = 'seeds'", "kind = 'seeds'").replace('"two"', '"one"'), "two principles are called 'one'"),
        ("#" * (1 << 18) + "\n", "characters"), ("v = 1\nlicences = 3\n" + ONE[6:] + "[[principle.check]]\nkind='seeds'", "maps files"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_named_with_what_to_do(text: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(text)
    assert said in error.value.message or said in error.value.remedy
    assert error.value.remedy


def test_an_unknown_kind_of_check_is_told_the_known_ones() -> None:
    with pytest.raises(UnknownName) as error:
        parse(ONE + "[[principle.check]]\nkind = 'licenses'\nallow = ['MIT']")
    assert "licences" in error.value.remedy
    assert "'one'" in error.value.remedy


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("kind = 'calls'\nrequire = ['os.system']", "kind = 'calls'\nforbid = ['os.*']", "'os.system' is required and forbidden ('os.*')"),
        ("kind = 'data'\nallow = ['data/*.csv']", "kind = 'data'\nallow = ['raw/*.csv']", "nothing is allowed by both"),
        ("kind = 'data'\nrequire = ['raw/x.csv']", "kind = 'data'\nallow = ['data/*']", "is not among what may be read"),
        ("kind = 'data'\nallow = ['data/x.csv']", "kind = 'data'\nforbid = ['data/*']", "is forbidden"),
        ("kind = 'licences'\nallow = ['MIT']", "kind = 'licences'\nallow = ['GPL*']", "nothing is allowed by both"),
        ("kind = 'blocks'\nleast = 10", "kind = 'blocks'\nmost = 5", "at least 10 blocks are required and at most 5 allowed"),
    ],
)  # fmt: skip
def test_two_that_nothing_satisfies_are_named_both(first: str, second: str, said: str) -> None:
    for text in (two(first, second), two(second, first)):
        with pytest.raises(UsageError) as error:
            parse(text)
        assert said in error.value.message
        assert "'one'" in error.value.message
        assert "'two'" in error.value.message
    assert parse(two(first, second, "applies = ['report']\n").replace('name = "two"', 'name = "two"\napplies = ["plan"]'))  # fmt: skip


def test_one_that_contradicts_itself_is_named_once() -> None:
    with pytest.raises(UsageError, match="principle 'one' contradicts itself"):
        parse(ONE + "[[principle.check]]\nkind = 'calls'\nrequire = ['a.b']\nforbid = ['a.b']")


def test_what_may_agree_is_no_contradiction() -> None:
    parse(two("kind = 'data'\nallow = ['data/*']", "kind = 'data'\nallow = ['*.csv']"))
    parse(two("kind = 'data'\nallow = ['data/*']", "kind = 'data'\nforbid = ['data/private*']"))
    parse(two("kind = 'calls'\nrequire = ['numpy.random.seed']", "kind = 'calls'\nforbid = ['random.*']"))
    parse(two("kind = 'blocks'\nleast = 5", "kind = 'blocks'\nmost = 5"))


TEXT = st.text(alphabet="ab/.", max_size=5)


@given(one=TEXT, other=TEXT, stars=st.tuples(st.booleans(), st.booleans()), filled=TEXT)
def test_patterns_that_name_one_thing_are_never_called_apart(
    one: str, other: str, stars: tuple[bool, bool], filled: str
) -> None:
    from fnmatch import fnmatchcase

    first, second = f"{one}*{other}" if stars[0] else one, f"{other}*" if stars[1] else other
    if fnmatchcase(filled, first) and fnmatchcase(filled, second):
        assert overlap(first, second)


def test_an_edit_anywhere_is_understood_or_refused_with_a_message() -> None:
    rng = random.Random(3)
    lines = STARTING.split("\n")
    for _ in range(150):
        changed = list(lines)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(changed))
            changed[at : at + rng.randint(0, 2)] = rng.choice(([], ["kind = 3"], ["[[principle]]"], ["'''"], [changed[at][::-1]]))  # fmt: skip
        with contextlib.suppress(UsageError):
            assert parse("\n".join(changed)).principles
