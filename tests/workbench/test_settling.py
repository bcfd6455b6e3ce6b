"""`debate --settle`: a file of several people's conditions becomes one plan with its dissent, or a conflict in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import debating
from jupyter_coimprove.workbench.bench import Bench

FILE = """
[options]
seeds = [3, 5, 10]
arms = [2, 4]
[[members]]
member = "ann"
must = [["seeds", "at least", 5]]
[[members]]
member = "bo"
must = [[["seeds", "arms"], "at most", {most}]]
wishes = [["arms", "=", 4]]
"""


def test_a_plan_its_dissent_and_who_rules_out_what(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "group.toml").write_text(FILE.format(most=10), encoding="utf-8")
    view = debating.debate(bench, settle="group.toml")
    told = {part.title: part for part in view.sections}
    assert dict(told["The plan"].facts) == {"seeds": "5", "arms": "2"}
    assert told["Dissent"].rows == (("bo", "arms = 4"),)
    assert told["Who rules out what"].rows == (("ann", 1, 1), ("bo", 1, 3))
    assert view.exit_code == 0
    assert bench.record().find("card") == []


def test_a_conflict_is_told_with_what_would_have_to_go(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "group.toml").write_text(FILE.format(most=8), encoding="utf-8")
    view = debating.debate(bench, settle="group.toml")
    told = {part.title: part for part in view.sections}
    assert told["Cannot be met together"].lines == ("ann: seeds at least 5; bo: seeds x arms at most 8",)
    assert told["What would have to go"].lines == ("ann: seeds at least 5",)
    assert view.exit_code == 4


def test_a_file_that_is_none_is_refused(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "group.toml").write_text("options = [", encoding="utf-8")
    with pytest.raises(UsageError, match=r"group\.toml"):
        debating.debate(bench, settle="group.toml")
    with pytest.raises(UsageError, match="two things"):
        debating.debate(bench, settle="group.toml", reveal=True)
