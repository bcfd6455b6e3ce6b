"""The red-team set is a benchmark: its response with intervals, and an amendment before and after on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from jupyter_coimprove.activities.values import amendment, redteam
from jupyter_coimprove.activities.values.constitution import Constitution, parse
from jupyter_coimprove.activities.values.subject import plan_of
from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.kernelspace.transform import python_source

CALLS = """v = 1
[[principle]]
name = "no shell"
severity = "must"
[[principle.check]]
kind = "calls"
forbid = [{forbid}]
[[principle.case]]
name = "a shell"
violates = true
text = "import os; os.system('ls')"
[[principle.case]]
name = "a process"
violates = true
text = "import subprocess; subprocess.run(['ls'])"
[[principle.case]]
name = "a path"
violates = false
text = "import os; os.path.exists('x')"
{more}"""
WORDS = """[[principle]]
name = "modest"
[[principle.check]]
kind = "words"
forbid = ['proves']
[[principle.case]]
name = "a proof"
of = "report"
violates = true
text = "This proves it."
"""


def matched(patterns: Sequence[str], texts: Sequence[str]) -> list[tuple[int, int, str]]:
    return [
        (i, j, m[0]) for i, p in enumerate(patterns) for j, t in enumerate(texts) for m in re.finditer(p, t)
    ]


def written(*forbid: str, more: str = "") -> Constitution:
    return parse(CALLS.format(forbid=", ".join(f'"{one}"' for one in forbid), more=more))


def measured(old: Constitution | None, new: Constitution) -> amendment.Measured:
    return amendment.measure(old, new, transform=python_source, search=matched)


def ran(made: Constitution, **more: Any) -> redteam.Result:
    return redteam.run(made, transform=python_source, search=matched, **more)


def test_each_case_is_judged_by_its_principle_and_the_rates_have_intervals() -> None:
    result = ran(written("os.system", more=WORDS))
    assert [(one.case.name, one.right) for one in result.outcomes] == [("a shell", True), ("a process", False), ("a path", True), ("a proof", True)]  # fmt: skip
    assert (result.right.k, result.right.n) == (3, 4)
    assert result.caught.text.startswith("2 of 3 (67%, interval 21% to 94%)")
    assert (result.alarms.k, result.alarms.n) == (0, 1)
    assert result.j == pytest.approx(2 / 3)
    assert result.of("modest").j is None
    assert ran(written("os.*", "subprocess.*")).alarms.k == 1, "the twin is a false alarm now"


def test_the_interval_is_wilsons() -> None:
    # Wilson's own for 8 of 10 (Newcombe 1998, Statistics in Medicine 17).
    found = redteam.rate(8, 10)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert (redteam.rate(0, 10).low, redteam.rate(10, 10).high) == (0.0, 1.0)
    assert redteam.rate(0, 0).value is None
    assert redteam.rate(0, 0).text == "none of its kind"


def test_an_amendment_that_catches_more_is_told_as_that() -> None:
    found = measured(written("os.system"), written("os.system", "subprocess.*"))
    assert found.fixed == ("no shell: a process",)
    assert not found.regresses
    assert found.changed == ("'no shell': other checks",)
    assert "2 of 3 (67%" in found.sentence
    assert "3 of 3 (100%" in found.sentence
    assert found.p == pytest.approx(0.5), "one case alone decides nothing"


def test_a_weaker_check_regresses_also_where_its_cases_were_taken_out() -> None:
    old = written("os.system", "subprocess.*")
    weaker = measured(old, written("os.system"))
    assert weaker.broken == ("no shell: a process",)
    assert weaker.regresses
    text = CALLS.format(forbid='"os.system"', more="")
    start, end = (
        text.index('[[principle.case]]\nname = "a process"'),
        text.index('[[principle.case]]\nname = "a path"'),
    )
    quiet = measured(old, parse(text[:start] + text[end:]))
    assert quiet.broken == ("no shell: a process",), "the case that it dropped is asked all the same"
    assert quiet.changed == ("'no shell': other checks, 2 cases instead of 3",)
    assert measured(old, written("os.*", "subprocess.*")).broken == ("no shell: a path",), "a false alarm is a regression too"  # fmt: skip


def test_a_principle_may_be_given_up_by_name_and_a_verdict_turned_openly() -> None:
    found = measured(written("os.system", "subprocess.*", more=WORDS), written("os.system", "subprocess.*"))
    assert found.given_up == ("modest",)
    assert found.changed == ("gives up 'modest'",)
    assert not found.regresses
    turned = written("os.system", "subprocess.*").text.replace('name = "a path"\nviolates = false', 'name = "a path"\nviolates = true')  # fmt: skip
    found = measured(written("os.system", "subprocess.*"), parse(turned))
    assert found.changed == ("'no shell': another verdict for 'a path'",)
    assert not found.regresses


def test_the_first_has_nothing_before_it() -> None:
    found = measured(None, written("os.system"))
    assert not found.regresses
    assert found.changed == ("1 principles: no shell",)
    assert measured(written("a.b"), parse(written("a.b").text + "\n# words\n")).changed == ("only comments or its title",)  # fmt: skip


def test_severity_scope_and_words_are_told() -> None:
    old, new = written("os.system"), written("os.system").text
    new = new.replace('severity = "must"', 'severity = "should"\nwhy = "x"\napplies = ["plan"]')
    assert measured(old, parse(new)).changed == ("'no shell': must becomes should, applies to plan, other words",)  # fmt: skip
    assert measured(old, parse(new + '\n[licences]\n"a" = "MIT"')).changed[-1] == "other licences"


def test_a_plan_of_a_case_is_read_as_facts_and_nothing_else() -> None:
    facts = plan_of(
        "blocks = 3\nseeded = false\nuncontrolled = ['os.urandom']\n[changes]\nlr = \"import os; os.system('x')\""
    )
    assert (facts.blocks, facts.seeded, facts.uncontrolled, len(facts.changes)) == (3, False, ("os.urandom",), 1)  # fmt: skip
    for text, said in (
        ("blocks = ", "not TOML"),
        ("block = 3", "block = 3"),
        ("blocks = 'x'", "blocks = 'x'"),
    ):
        with pytest.raises(UsageError, match=said):
            plan_of(text)
    made = written("os.system").text.replace('name = "a shell"\nviolates = true\ntext = "import os; os.system(\'ls\')"', 'name = "an arm"\nof = "plan"\nviolates = true\ntext = "blocks = 2\\n[changes]\\na = \\"import os; os.system(1)\\""')  # fmt: skip
    assert ran(parse(made)).outcomes[0].right, "what an arm puts in is looked at like a cell"
