"""Real decisions on real proposals, from which a lesson can be drawn."""

from __future__ import annotations

from pathlib import Path

from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import deciding, proposing
from jupyter_coimprove.workbench.bench import Bench

AI = Actor(kind="ai", id="claude", display="Claude", auth="os")
BEFORE = "extra{n} = cross_val_score(SVC(), X, y, cv=5)"
AFTER = "extra{n} = cross_val_score(SVC(), X, y, cv=10)"


def propose(bench: Bench, notebook: Path, source: str, **more: object) -> str:
    """A cell that a model proposes at the end."""
    edits = [{"kind": "insert", "cell": 4, "source": source}]
    return proposing.propose(
        bench, notebook, edits, why="to see", author=AI, extra={"prompt": "score it"}, **more
    ).id  # type: ignore[arg-type]


def edit(bench: Bench, notebook: Path, n: int, reason: str = "folds as everywhere here") -> str:
    """A proposal of five folds that the person makes ten of."""
    id_ = propose(bench, notebook, BEFORE.format(n=n))
    return deciding.edit(bench, id=id_, text=AFTER.format(n=n), reason=reason).id


def edits(bench: Bench, notebook: Path, many: int = 3, start: int = 0) -> list[str]:
    return [edit(bench, notebook, n) for n in range(start, start + many)]
