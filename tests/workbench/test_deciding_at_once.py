"""Two doors decide at the same moment: exactly one decision is taken, and the notebook has its content once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from proposed_cells import ADD, proposed, sources, write

from jupyter_coimprove.errors import DecisionError
from jupyter_coimprove.workbench import accepting, deciding, noticing, shelf, whereabouts
from jupyter_coimprove.workbench.bench import Bench, Where


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Bench]:
    """A second door of the same project."""
    made = Bench(where=Where(cwd=tmp_path), root_override=tmp_path, waits=True)
    yield made
    made.close()


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str, Callable[[], object]], None]:
    """Have something happen once, right before a function of a module does its work."""

    def arrange(module: Any, name: str, happens: Callable[[], object]) -> None:
        real = getattr(module, name)

        def first(*args: Any, **more: Any) -> Any:
            monkeypatch.setattr(module, name, real)
            happens()
            return real(*args, **more)

        monkeypatch.setattr(module, name, first)

    return arrange


def decisions(bench: Bench, id_: str) -> list[str]:
    return [str(item.data["verb"]) for item in bench.record().find("decision", subject=id_)]


def applications(bench: Bench, id_: str) -> list[str]:
    return [item.state for item in bench.record().find("application", subject=id_)]


def test_a_finding_that_was_accepted_meanwhile_is_not_accepted_again(
    ended: str, bench: Bench, other: Bench, train: Path, meanwhile: Callable[..., None]
) -> None:
    finding = shelf.finding_of(bench.record(), ended)
    assert finding is not None
    meanwhile(accepting, "_place", lambda: deciding.accept(other, id=finding.id))
    with pytest.raises(DecisionError, match="what is accepted cannot become accepted"):
        deciding.accept(bench, id=finding.id)
    assert decisions(bench, finding.id) == ["accepted"]
    assert applications(bench, finding.id) == ["applied"]
    cells = json.loads(train.read_bytes())["cells"]
    assert sum("coimprove" in cell["metadata"] for cell in cells) == 1


def test_a_proposal_that_was_accepted_meanwhile_is_not_accepted_again(
    tmp_path: Path, bench: Bench, other: Bench, meanwhile: Callable[..., None]
) -> None:
    path = write(tmp_path)
    id_ = proposed(bench, path, ADD)
    meanwhile(accepting, "_place", lambda: deciding.accept(other, id=id_))
    with pytest.raises(DecisionError, match="cannot become accepted"):
        deciding.accept(bench, id=id_)
    assert (decisions(bench, id_), applications(bench, id_)) == (["accepted"], ["applied"])
    assert sources(path).count(str(ADD["source"])) == 1


def test_what_was_taken_back_meanwhile_is_not_taken_back_again(
    tmp_path: Path, bench: Bench, other: Bench, meanwhile: Callable[..., None]
) -> None:
    path = write(tmp_path)
    before = path.read_bytes()
    id_ = proposed(bench, path, ADD)
    deciding.accept(bench, id=id_)
    meanwhile(whereabouts, "path_of", lambda: deciding.undo(other, id=id_))
    with pytest.raises(DecisionError, match="somebody else took it back"):
        deciding.undo(bench, id=id_)
    assert decisions(bench, id_) == ["accepted", "undone"]
    assert path.read_bytes() == before


def test_a_decision_stands_over_what_was_noticed_at_the_same_moment(
    tmp_path: Path, bench: Bench, other: Bench, meanwhile: Callable[..., None]
) -> None:
    path = write(tmp_path)
    id_ = proposed(bench, path, ADD)
    kept = path.read_bytes()
    path.unlink()
    deciding.review(bench)
    assert bench.record().get(id_).state == "orphaned"
    path.write_bytes(kept)
    seen = bench.record().get(id_)
    meanwhile(noticing, "fits", lambda: deciding.accept(other, id=id_))
    (now,) = noticing.notice(bench, [seen])
    assert (now.state, bench.record().get(id_).state) == ("accepted", "accepted")
    assert decisions(bench, id_) == ["accepted"]
