"""How what is computed here goes by the lessons: what people keep rejecting is no longer brought, and it is said."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.lessons.features import of_source
from jupyter_coimprove.lessons.recall import Kept, against
from jupyter_coimprove.workbench import decided, remembering, shelf

if TYPE_CHECKING:
    from jupyter_coimprove.activities.activity import Study
    from jupyter_coimprove.proposals.provider import Block
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views import FlawRow

#: What of a plan a lesson may settle where the person says nothing: its features are ``NAME=VALUE``.
SETTLED = ("blocks", "smallest_effect", "margin", "design", "test", "multiplicity")


def cards(bench: Bench, activity: str, notebook: str, study: Study) -> tuple[Study, tuple[str, ...]]:
    """The study without the cards that lessons in force speak against, and which lessons held some back."""
    if not study.cards:
        return study, ()
    kept = remembering.in_force(bench, kind="card", notebook=notebook)
    if not kept:
        return study, ()
    held: dict[str, int] = {}
    left = []
    for card in study.cards:
        features = decided.card_features(card.kind, activity, card.data)
        broken = against(kept, kind="card", notebook=notebook, features=features)
        # A person's own card is theirs.
        if broken and card.data.get("source") != "own":
            held[broken[0].id] = held.get(broken[0].id, 0) + 1
        else:
            left.append(card)
    return dataclasses.replace(study, cards=tuple(left)), _held(kept, held)


def checks(bench: Bench, notebook: str, rows: Sequence[FlawRow]) -> tuple[list[FlawRow], tuple[str, ...]]:
    """Findings of checks without those that lessons in force speak against, and which lessons held some back.

    What a person decided on already is shown as it was.
    """
    kept = remembering.in_force(bench, kind="check", notebook=notebook)
    held: dict[str, int] = {}
    left = []
    for row in rows:
        features = decided.check_features(row.kind, row.confidence)
        broken = against(kept, kind="check", notebook=notebook, features=features)
        if broken and row.state in ("pending", "deferred"):
            held[broken[0].id] = held.get(broken[0].id, 0) + 1
        else:
            left.append(row)
    return left, _held(kept, held)


def notes(bench: Bench, notebook: str, sources: Sequence[str]) -> list[str]:
    """What lessons say of proposed cells, for the person who decides: a proposal may go against one, and says so."""
    kept = remembering.in_force(bench, kind="cells", notebook=notebook)
    if not kept:
        return []
    features = frozenset[str]().union(*map(of_source, sources))
    broken = against(kept, kind="cells", notebook=notebook, features=features)
    return [f"it goes against {one.id}: {one.words}" for one in broken]


def _held(kept: Sequence[Kept], held: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(f"{times} held back by {id_}: {_rule(kept, id_)}" for id_, times in held.items())


def candidates(
    bench: Bench, notebook: Path, facts: Sequence[Block]
) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """The facts that a plan is made of, without the factors and levels that lessons speak against, and what was left out.

    Where nothing else could be varied they stay: what a person asks for is not refused.
    """
    bench.record(notebook)
    name = shelf.notebook_name(bench.root(notebook), notebook)
    kept = remembering.in_force(bench, kind="plan", notebook=name)
    if not kept:
        return tuple(facts), ()
    told: list[str] = []
    out = [_without(block, kept, name, told) if block.kind == "candidates" else block for block in facts]
    return tuple(out), tuple(dict.fromkeys(told))


def _without(block: Block, kept: Sequence[Kept], notebook: str, told: list[str]) -> Block:
    left, said = [], []
    for row in block.data["candidates"]:
        name = str(row["name"])
        broken = against(kept, kind="plan", notebook=notebook, features=frozenset({f"vary {name}"}))
        broken = tuple(one for one in broken if one.avoid)
        if broken:
            said.append(f"{name} is left out by {broken[0].id}: {broken[0].words}")
            continue
        levels = _levels(row, kept, notebook, said)
        if levels is not None:
            left.append(levels)
    if not any(row.get("levels") or row.get("operator") != "set" for row in left):
        return block
    told += said
    return dataclasses.replace(block, data={**block.data, "candidates": left})


def _levels(
    row: Mapping[str, Any], kept: Sequence[Kept], notebook: str, said: list[str]
) -> Mapping[str, Any] | None:
    """A candidate without the levels that lessons speak against; None where none is left."""
    name, levels = str(row["name"]), list(row.get("levels") or ())
    wrong = {
        level: broken[0]
        for level in levels
        if (broken := [
            one
            for one in against(kept, kind="plan", notebook=notebook, features=frozenset({f"{name}={level}", f"vary {name}"}))
            if one.avoid == f"{name}={level}"
        ])
    }  # fmt: skip
    if not wrong:
        return row
    said += [f"{name}={level} is left out by {one.id}: {one.words}" for level, one in wrong.items()]
    left = [level for level in levels if level not in wrong]
    return {**row, "levels": left} if left else None


def settled(
    bench: Bench, notebook: Path, wanted: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What lessons say of a plan where the person said nothing: values by option, and whose they are."""
    bench.record(notebook)
    name = shelf.notebook_name(bench.root(notebook), notebook)
    found: dict[str, Any] = {}
    told = []
    for one in remembering.in_force(bench, kind="plan", notebook=name):
        key, sep, value = one.lesson.prefer.partition("=")
        if (
            not sep
            or key not in SETTLED
            or wanted.get(key) is not None
            or key in found
            or one.lesson.scope.given
        ):
            continue
        found[key] = (
            int(value) if key == "blocks" else float(value) if key in ("smallest_effect", "margin") else value
        )
        told.append(f"{key} {value} by {one.lesson.id}: {one.lesson.words}")
    return found, tuple(told)


def _rule(kept: Sequence[Kept], id_: str) -> str:
    return next(one.lesson.words for one in kept if one.lesson.id == id_)
