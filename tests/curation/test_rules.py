"""What may be decided, by whom, and how much of a proposal a person changed."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.curation.rules import (
    STANDING,
    WAITING,
    bulk_acceptable,
    decide,
    edit_distance,
    edits_of,
    follow,
    levenshtein,
    may_decide,
    sensitive,
    verbs_from,
)
from jupyter_coimprove.errors import DecisionError, Stale
from jupyter_coimprove.notebook.cells import Cell, Notebook
from jupyter_coimprove.proposals.proposal import Edit, Proposal
from jupyter_coimprove.registry import DECISIONS, PROPOSAL_STATES, TOOL, Actor

PERSON = Actor(kind="person", id="ada", display="Ada", auth="os")


# -- the state machine -----------------------------------------------------------------------
def test_what_waits_can_be_decided() -> None:
    assert decide("pending", "accepted") == "accepted"
    assert decide("deferred", "edited") == "edited"
    assert decide("undone", "rejected") == "rejected"
    assert decide("pending", "deferred") == "deferred"


def test_what_was_decided_can_be_undone_and_nothing_else() -> None:
    for state in ("accepted", "edited", "rejected", "deferred"):
        assert decide(state, "undone") == "undone"
    for state in ("accepted", "edited"):
        with pytest.raises(DecisionError) as caught:
            decide(state, "rejected")
        assert "undo" in caught.value.remedy


def test_what_is_stale_can_only_be_rejected() -> None:
    for verb in ("accepted", "edited", "deferred"):
        with pytest.raises(Stale):
            decide("stale", verb)
    assert decide("stale", "rejected") == "rejected"


def test_a_superseded_one_cannot_be_decided_on() -> None:
    assert verbs_from("superseded") == ()


@pytest.mark.parametrize("state", PROPOSAL_STATES)
@pytest.mark.parametrize("verb", DECISIONS)
def test_every_state_and_verb_gives_a_known_state_or_a_remedy(state: str, verb) -> None:
    if verb in verbs_from(state):
        assert decide(state, verb) in PROPOSAL_STATES
        return
    with pytest.raises(DecisionError) as caught:
        decide(state, verb)
    assert caught.value.remedy


def test_an_unknown_verb_is_refused() -> None:
    with pytest.raises(DecisionError):
        decide("pending", "approved")  # type: ignore[arg-type]


@given(st.lists(st.sampled_from([*DECISIONS, "stale", "orphaned", "superseded", "pending"]), max_size=20))
def test_content_stands_in_a_notebook_only_by_a_decision(steps: list[str]) -> None:
    state = "pending"
    for step in steps:
        before = state
        if step in DECISIONS:
            try:
                state = decide(state, step)  # type: ignore[arg-type]
            except DecisionError:
                continue
        else:
            state = follow(state, step)  # type: ignore[arg-type]
            assert (state in STANDING) == (before in STANDING)
    assert state in PROPOSAL_STATES


def test_the_world_changes_only_what_waits() -> None:
    assert follow("pending", "stale") == "stale"
    assert follow("stale", "pending") == "pending"
    assert follow("deferred", "orphaned") == "orphaned"
    for state in ("accepted", "edited", "rejected", "superseded"):
        assert follow(state, "stale") == state
    assert {"stale", "orphaned"} < WAITING


# -- who -------------------------------------------------------------------------------------
def test_a_person_at_a_terminal_may_decide() -> None:
    may_decide(PERSON, "own", "os", lone_line=False, at_prompt=False)


@pytest.mark.parametrize("kind", ["ai", "tool"])
def test_an_ai_or_a_tool_never_decides(kind) -> None:
    with pytest.raises(DecisionError, match="cannot decide"):
        may_decide(dataclasses.replace(TOOL, kind=kind), "own", "os", lone_line=True)


def test_what_was_imported_cannot_be_accepted() -> None:
    with pytest.raises(DecisionError, match="foreign, unverified"):
        may_decide(PERSON, "imported", "os", lone_line=True)


def test_a_kernel_decides_only_with_a_person_at_the_prompt_and_as_the_only_line() -> None:
    kernel = dataclasses.replace(PERSON, auth="kernel")
    may_decide(kernel, "own", "kernel", lone_line=True)
    with pytest.raises(DecisionError, match="only line"):
        may_decide(kernel, "own", "kernel", lone_line=False)
    with pytest.raises(DecisionError, match="prompt"):
        may_decide(kernel, "own", "kernel", lone_line=True, at_prompt=False)


@pytest.mark.parametrize(
    "source",
    [
        "%coai accept prp_01", "import jupyter_coimprove", "!coimprove run --yes", "open('.coimprove/index.sqlite')",
        "get_ipython().run_line_magic('co' + 'ai', 'accept')", "exec('co\\x61i')", "Path('journal/ada.jsonl')",
        "x = 'fnd_01JDCXQ7Z0'", "COAI=1",
    ],
)  # fmt: skip
def test_code_that_mentions_us_is_sensitive_and_never_accepted_in_bulk(source: str) -> None:
    assert sensitive([source])
    proposal = Proposal(
        id="prp_1", notebook="a.ipynb", edits=(Edit(kind="insert", address=None, source=source),), rationale="",
        expected="", author={}, digest="",
    )  # fmt: skip
    assert not bulk_acceptable(proposal)


def test_ordinary_code_is_not_sensitive() -> None:
    source = "model.fit(X, y)\nexpected = run_experiment(app_config)\nprint('journal of co-improvement')"
    assert not sensitive([source])


# -- the edit --------------------------------------------------------------------------------
def notebook(*sources: str, ids: bool = True) -> Notebook:
    cells = tuple(
        Cell(index=i, kind="code", source=s, id=f"c{i}" if ids else None) for i, s in enumerate(sources)
    )
    return Notebook(
        path=Path("a.ipynb"), raw=b"", node={}, nbformat=4, minor=5 if ids else 4, cells=cells, kernel="python3",
        language="python",
    )  # fmt: skip


def test_a_finding_becomes_a_markdown_cell_after_the_responses_cell() -> None:
    book = notebook("x = 1", "score = x", "print(2)")
    (edit,) = edits_of("### Finding\r\n\r\ntext\n", book, 1)
    assert (edit.kind, edit.cell_kind, edit.source) == ("insert", "markdown", "### Finding\n\ntext")
    assert edit.address == book.address(1)
    assert edits_of("t", book, book.address(1)) == edits_of("t", book, 1)
    assert edits_of("t", book, None)[0].address == book.address(2)
    assert edits_of("t", notebook(), None)[0].address is None


def test_a_cell_that_is_gone_is_stale() -> None:
    book = notebook("x = 1", "score = x", ids=False)
    with pytest.raises(Stale):
        edits_of("t", notebook("y = 1"), book.address(1))
    with pytest.raises(Stale):
        edits_of("t", book, 2)


def test_the_cell_is_found_where_it_is_now() -> None:
    before = notebook("x = 1", "score = x", ids=False)
    after = notebook("new", "x = 1", "score = x", ids=False)
    assert edits_of("t", after, before.address(1))[0].address == after.address(2)


# -- how much was changed --------------------------------------------------------------------
def plainly(one: str, two: str) -> int:
    """Levenshtein distance by the table of Wagner and Fischer."""
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        new = [i]
        for j, b in enumerate(two, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (a != b)))
        row = new
    return row[-1]


@given(st.text(alphabet="abc", max_size=14), st.text(alphabet="abc", max_size=14))
def test_the_distance_is_levenshteins(one: str, two: str) -> None:
    assert levenshtein(one, two) == plainly(one, two)


def test_the_distance_goes_from_verbatim_to_nothing_kept() -> None:
    assert edit_distance("", "") == 0.0
    assert edit_distance("same", "same") == 0.0
    assert edit_distance("abcd", "") == 1.0
    assert edit_distance("kitten", "sitting") == pytest.approx(3 / 7)


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_distance_is_symmetric_and_within_its_bounds(one: str, two: str) -> None:
    assert edit_distance(one, two) == edit_distance(two, one)
    assert 0.0 <= edit_distance(one, two) <= 1.0


def test_a_long_text_is_compared_within_a_second() -> None:
    one, two = "word " * 40_000, "other word " * 20_000
    start = time.process_time()
    assert 0 < edit_distance(one, two) <= 1
    assert time.process_time() - start < 3
