"""What all activities share: a study becomes a view, its cards are kept, and a model adds its words over the facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import cards as kept
from jupyter_coimprove.workbench import going_by, shelf
from jupyter_coimprove.workbench.rows_activities import CardRow, SectionRow, ShownRow
from jupyter_coimprove.workbench.views_activities import ActivityView

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jupyter_coimprove.activities.activity import Activity, Section, Study
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views import AskView

#: Cards that are shown without being asked for.
SHOWN = ("pending", "deferred", "accepted")
#: So many next steps stand under an answer.
_NEXT = 4


def answer(
    bench: Bench, activity: Activity, path: Path, study: Study, *, looked: frozenset[str] | None = None, files: tuple[str, ...] = (),
    next: tuple[str, ...] = (), provider: str | None = None, model: str | None = None, exit_code: int = 0,
) -> ActivityView:  # fmt: skip
    """The view of a study of the notebook (or folder) at ``path``; its cards are kept, those judged away left out.

    ``looked`` are the kinds of cards that this study could have found (``cards.keep``). Where a model is
    chosen it is asked over the facts, for a person only.
    """
    name = shelf.notebook_name(bench.root(path), path)
    study, held = going_by.cards(bench, activity.name, name, study)
    rows = kept.keep(bench, activity.name, name, study.cards, looked=looked)
    shown = tuple(row for row in rows if row.state in SHOWN)
    away = len(rows) - len(shown)
    told, silent = words(bench, activity.asks, path, activity.name, facts(study, shown), provider, model)
    steps = [f"coimprove {one}" for row in shown[:1] for one in row.next[:1]]
    steps += [f"coimprove accept {row.id}" for row in shown if row.state == "pending" and row.id][:1]
    return ActivityView(
        summary=study.headline, activity=activity.name, number=activity.number, title=activity.title, notebook=str(path),
        sections=tuple(map(section, study.sections)), cards=shown, unseen=study.unseen, files=files,
        adds="" if told and told.text else activity.adds, words=told.text if told else "", model=told.provider if told else "", exit_code=exit_code,
        warnings=(*study.warnings, *held, *silent, *((f"{away} judged away before {'are' if away > 1 else 'is'} not shown",) if away else ())),
        next=tuple(dict.fromkeys([*next, *steps]))[:_NEXT],
    )  # fmt: skip


def section(part: Section) -> SectionRow:
    """A section as doors are told it; UsageError is a mistake of ours: a row is as long as its columns."""
    for row in part.rows:
        if len(row) != len(part.columns):
            raise UsageError(f"{part.title}: a row of {len(row)} under {len(part.columns)} columns")
    return SectionRow(
        title=part.title, lines=part.lines, facts=part.facts, columns=part.columns, rows=part.rows, code=part.code,
        language=part.language, shown=tuple(ShownRow(**vars(one)) for one in part.shown),
    )  # fmt: skip


def words(
    bench: Bench, asks: str, path: Path, name: str, told: Mapping[str, Any], provider: str | None, model: str | None
) -> tuple[AskView | None, tuple[str, ...]]:  # fmt: skip
    """What the model says over facts that ``name`` computed, None without one; and why one that could says nothing.

    DecisionError for a model that is named where who runs this keeps values from models.
    """
    from jupyter_coimprove.workbench import talking
    from jupyter_coimprove.workbench.choosing import choose, provider_for
    from jupyter_coimprove.workbench.knowing import Wanted, permitted

    choice = choose(bench, provider, model, asked=False)
    if choice.provider == "builtin" or not bench.where.at_prompt:
        return None, (choice.unasked,) if choice.unasked and bench.where.at_prompt else ()
    if not provider and not model and not permitted(bench, Wanted()).outputs:
        return None, (
            "no model was asked: what is computed may not be told to one here (COIMPROVE_OUTPUTS_POLICY)",
        )
    return talking.over(bench, provider_for(bench, provider, model), asks, path, name, told), ()


def facts(study: Study, cards: tuple[CardRow, ...]) -> dict[str, Any]:
    """A study as data for a model: what stands on the screen, no more."""
    return {
        "headline": study.headline,
        "sections": [
            {
                "title": part.title, "lines": list(part.lines), "facts": [list(pair) for pair in part.facts],
                "columns": list(part.columns), "rows": [list(row) for row in part.rows[:40]],
            }
            for part in study.sections
        ],
        "cards": [
            {"id": card.id, "title": card.title, "evidence": list(card.evidence), "known": list(card.known), "state": card.state}
            for card in cards
        ],
        "unseen": list(study.unseen),
    }  # fmt: skip
