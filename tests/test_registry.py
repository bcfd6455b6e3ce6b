"""The one list of names: the code uses these and no others."""

from __future__ import annotations

import ast
import typing
from pathlib import Path

import jupyter_coimprove
from jupyter_coimprove import registry
from jupyter_coimprove.curation.decision import DecisionVerb
from jupyter_coimprove.evidence.effects import Verdict
from jupyter_coimprove.experiments.experiment import BlockKind, Status
from jupyter_coimprove.runs.run import Outcome

PACKAGE = Path(jupyter_coimprove.__file__).parent
STATES = {
    "proposal": registry.PROPOSAL_STATES,
    "finding": registry.FINDING_STATES,
    "check": registry.CHECK_STATES,
    "card": registry.CARD_STATES,
    "position": registry.POSITION_STATES,
    "lesson": registry.LESSON_STATES,
    "application": registry.APPLICATION_STATES,
    "experiment": registry.EXPERIMENT_STATES,
    "run": registry.RUN_STATES,
}


def drafts() -> list[dict[str, ast.expr]]:
    """The keyword arguments of every ``Draft(...)`` the workbench writes."""
    found = []
    for path in (PACKAGE / "workbench").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Draft":
                found.append({keyword.arg: keyword.value for keyword in node.keywords if keyword.arg})
    return found


def test_every_line_the_workbench_writes_is_of_a_registered_kind_and_state() -> None:
    lines = drafts()
    assert len(lines) > 20
    for line in lines:
        kind = line["kind"]
        if not isinstance(kind, ast.Constant):
            continue
        assert kind.value in registry.EVENT_KINDS
        state = line.get("state")
        if isinstance(state, ast.Constant) and state.value:
            assert state.value in STATES[kind.value], (kind.value, state.value)


def test_types_and_registry_name_the_same() -> None:
    assert typing.get_args(Verdict) == registry.VERDICTS
    assert typing.get_args(Status) == registry.EXPERIMENT_STATUS
    assert set(typing.get_args(BlockKind)) == set(registry.BLOCK_KINDS)
    assert typing.get_args(DecisionVerb) == registry.DECISIONS
    states = typing.get_args(typing.get_type_hints(Outcome)["state"])
    assert set(states) <= set(registry.RUN_STATES)


def test_final_states_and_failures_are_registered() -> None:
    assert set(registry.RUN_STATES) >= registry.RUN_FINAL
    assert registry.FAILURES >= registry.INFRASTRUCTURE


def test_reasons_that_engines_give_are_registered() -> None:
    reasons = set()
    for path in (PACKAGE / "engines").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.keyword)
                and node.arg == "reason"
                and isinstance(node.value, ast.Constant)
            ):
                reasons.add(node.value.value)
    assert reasons - {""} <= registry.FAILURES
