"""What a measurement by CoBench says: tables of scores, the team's uplift, and the same as a report that is JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.activities.activity import Section
from jupyter_coimprove.workbench import acting
from jupyter_coimprove.workbench.cobench import Measured, finite
from jupyter_coimprove.workbench.views_activities import ActivityView

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.activities.activity import Entry
    from jupyter_coimprove.bench.family import Execute, Family
    from jupyter_coimprove.bench.researcher import Together
    from jupyter_coimprove.bench.scoring import Score, Scores

#: An item that no skill would answer as well scores 0, the truth 1.
_SCALE = "0 is no skill, 1 perfect; intervals 95 % over templates"


@dataclass(frozen=True, kw_only=True)
class Team:
    """The scripted person alone and with the arm, and what working together brought over the better one alone."""

    person: Scores
    team: Scores
    uplift: Score
    better: str
    together: tuple[Together, ...]


def teamed(one: Measured, families: Sequence[Family], execute: Execute) -> Team:
    """Three arms over the same items: the AI alone, the scripted person alone, and both."""
    from jupyter_coimprove.bench import researcher
    from jupyter_coimprove.bench.asking import marks_of
    from jupyter_coimprove.bench.scoring import difference, scores

    person = researcher.Person()
    by_name = {family.name: family for family in families}
    alone: dict[str, list[Any]] = {}
    both: dict[str, list[Any]] = {}
    every = []
    for said in one.answered:
        family = by_name[said.family]
        own = person.alone(family, said.sample)
        alone.setdefault(family.name, []).append(family.mark(said.sample, own, execute))
        joint = researcher.together(person, family, said, execute)
        both.setdefault(family.name, []).append(joint.mark)
        every.append(joint)
    ai = marks_of(one.answered)
    ai_total, person_scores = scores(ai, families).total.value, scores(alone, families)
    better = one.arm if ai_total >= person_scores.total.value else "the person"
    first = ai if better == one.arm else alone
    return Team(
        person=person_scores, team=scores(both, families), uplift=difference(first, both, families), better=better,
        together=tuple(every),
    )  # fmt: skip


def told(
    all_: Sequence[Measured], teams: Sequence[Team], families: Sequence[Family], draws: int, *, private: bool
) -> ActivityView:
    """The view: each arm's table, then what the team brought."""
    from jupyter_coimprove.bench.asking import marks_of
    from jupyter_coimprove.bench.scoring import scores

    sections, unseen, heads = [], [], []
    for place, one in enumerate(all_):
        found = scores(marks_of(one.answered), families)
        heads.append(f"{one.arm} {between(found.total)}")
        sections.append(_table(one, found))
        unseen += _silent(one)
        if teams:
            sections.append(_team(one, found, teams[place]))
    items = len(all_[0].answered)
    seeds = "private" if private else "public"
    return view(
        f"CoBench: {'; '.join(heads)} over {items} items ({draws} draws a family, {seeds} seeds)",
        sections, unseen=tuple(unseen), next=() if teams else ("coimprove bench --team",),
    )  # fmt: skip


def view(
    summary: str, sections: Sequence[Section], *, unseen: tuple[str, ...] = (), next: tuple[str, ...] = (),
    cards: tuple[Any, ...] = (), warnings: tuple[str, ...] = (), exit_code: int = 0,
) -> ActivityView:  # fmt: skip
    return ActivityView(
        summary=summary, activity="bench", number=12, title="CoBench", notebook="", sections=tuple(map(acting.section, sections)),
        cards=cards, unseen=unseen, next=next, warnings=warnings, exit_code=exit_code,
    )  # fmt: skip


def listed(families: Sequence[Family]) -> ActivityView:
    """The families, with how each is measured."""
    rows = [(f.activity, f.name, f.title, f.measure, len(f.templates)) for f in families]
    section = Section(
        title="Families", columns=("activity", "family", "asks", "score", "templates"), rows=tuple(rows)
    )
    return view(f"{len(rows)} families over {len({row[0] for row in rows})} activities", [section])


def between(score: Score) -> str:
    """A score with its interval, for people."""
    return f"{score.value:.2f} [{score.low:.2f}, {score.high:.2f}]"


def gap(score: Score) -> str:
    """A difference of scores with its interval: signed, and finer, as one family is a small part of all."""
    value, low, high = (round(x, 4) + 0.0 for x in (score.value, score.low, score.high))
    return f"{value:+.4f} [{low:+.4f}, {high:+.4f}]"


def _table(one: Measured, found: Scores) -> Section:
    seconds: dict[str, float] = {}
    for said in one.answered:
        seconds[said.family] = seconds.get(said.family, 0.0) + said.seconds
    rows: list[tuple[Entry, ...]] = [
        (
            row.activity, row.family, _two(row.score.value), f"[{row.score.low:.2f}, {row.score.high:.2f}]", row.score.items,
            _two(row.tpr), _two(row.fpr), _two(row.kinds), _two(row.fixed), _two(row.brier), round(seconds[row.family], 2),
        )
        for row in found.families
    ]  # fmt: skip
    spent = _tokens(one)
    facts = [
        ("in all", between(found.total)),
        *((f"activity {number}", between(score)) for number, score in found.activities.items()),
        ("time", f"{one.seconds:.1f} s"),
        *((("tokens", spent),) if spent else ()),
    ]
    return Section(
        title=f"{one.arm}: {_SCALE}", facts=tuple(facts), rows=tuple(rows),
        columns=("activity", "family", "score", "95 %", "items", "TPR", "FPR", "kind right", "fixed", "Brier", "s"),
    )  # fmt: skip


def _tokens(one: Measured) -> str:
    sums = {
        key: sum(int(said.spent.get(key) or 0) for said in one.answered)
        for key in ("input", "output", "requests")
    }
    return ", ".join(f"{value} {key}" for key, value in sums.items()) if any(sums.values()) else ""


def _silent(one: Measured) -> list[str]:
    failed = [said for said in one.answered if said.error]
    if not failed:
        return []
    return [
        f"{one.arm}: {len(failed)} of {len(one.answered)} items got no answer; the first: {failed[0].error}"
    ]


def _team(one: Measured, alone: Scores, team: Team) -> Section:
    from jupyter_coimprove.bench import researcher

    counts = researcher.decisions(team.together)
    weights = researcher.Weights()
    worth = researcher.utility(team.together, weights)
    facts = [
        (f"{one.arm} alone", between(alone.total)),
        ("the scripted person alone", between(team.person.total)),
        ("together", between(team.team.total)),
        (f"uplift over {team.better} alone", between(team.uplift)),
        ("utility", f"{worth:.3f}"),
        ("decided", ", ".join(f"{name} {count}" for name, count in counts.items())),
        ("initiative (entropy, 0 to 1)", f"{researcher.initiative(team.together):.2f}"),
    ]
    rows = tuple(
        (name.replace("_", " "), factor, round(value, 3))
        for name, factor, value in researcher.sweep(team.together)
    )
    return Section(
        title=f"{one.arm} and the scripted person", facts=tuple(facts), rows=rows,
        columns=("weight of", "times", "utility then"),
    )  # fmt: skip


def _two(value: float) -> float | None:
    return None if (number := finite(value)) is None else round(number, 2)


def report(
    all_: Sequence[Measured], teams: Sequence[Team], families: Sequence[Family], draws: int, salt: str | None
) -> dict[str, Any]:
    """Everything that was measured, as JSON: scores, and every item with its answer and mark."""
    from jupyter_coimprove import __version__
    from jupyter_coimprove.bench import researcher
    from jupyter_coimprove.bench.asking import marks_of
    from jupyter_coimprove.bench.scoring import scores

    arms = []
    for place, one in enumerate(all_):
        found = scores(marks_of(one.answered), families)
        data: dict[str, Any] = {
            "arm": one.arm, "seconds": round(one.seconds, 3), "total": _score(found.total),
            "activities": {str(number): _score(score) for number, score in found.activities.items()},
            "families": [
                {
                    "family": row.family, "activity": row.activity, "score": _score(row.score), "tpr": finite(row.tpr),
                    "fpr": finite(row.fpr), "kinds": finite(row.kinds), "fixed": finite(row.fixed), "brier": finite(row.brier),
                }
                for row in found.families
            ],
            "items": [
                {
                    "item": said.sample.item.id, "family": said.family, "answer": said.answer.as_dict(), "value": said.mark.value,
                    "part": said.mark.part, "why": said.mark.why, "seconds": round(said.seconds, 4), "error": said.error,
                    "spent": dict(said.spent),
                }
                for said in one.answered
            ],
        }  # fmt: skip
        if teams:
            team = teams[place]
            data["team"] = {
                "person": _score(team.person.total), "team": _score(team.team.total), "uplift": _score(team.uplift),
                "over": team.better, "utility": finite(researcher.utility(team.together, researcher.Weights())),
                "decisions": dict(researcher.decisions(team.together)), "initiative": finite(researcher.initiative(team.together)),
                "sweep": [list(row) for row in researcher.sweep(team.together)],
            }  # fmt: skip
        arms.append(data)
    return {"v": 1, "version": __version__, "draws": draws, "private": salt is not None, "arms": arms}


def _score(score: Score) -> dict[str, Any]:
    return {
        "value": finite(score.value),
        "low": finite(score.low),
        "high": finite(score.high),
        "items": score.items,
    }


def with_file(view: ActivityView, path: Path) -> ActivityView:
    """The same, with the file that was written."""
    return replace(view, files=(*view.files, str(path)))
