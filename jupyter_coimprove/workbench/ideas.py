"""`ideas`: what could be tried next, from problems, findings and decisions; ranked by a person in pairs."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import CoimproveError, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.registry import COMPARISONS
from jupyter_coimprove.workbench import acting, cards, ideas_gained, piloting, planning, shelf, watching

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.activities.ideas.distance import Features
    from jupyter_coimprove.activities.ideas.idea import Belief, Idea, Tried
    from jupyter_coimprove.activities.ideas.pairs import Vote
    from jupyter_coimprove.activities.ideas.study import Rejected
    from jupyter_coimprove.experiments.experiment import Plan
    from jupyter_coimprove.notebook.candidates import Reading
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.registry import Actor
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views_activities import ActivityView

#: What a comparison of two ideas is called among decisions: it decides on neither.
PREFERRED, TIED = COMPARISONS
#: Accepted findings and predictions that are argued with, the newest first.
_BELIEFS = 3


def ideas(
    bench: Bench, *, notebook: str, prefer: str | None = None, over: str | None = None, tie: bool = False,
    add: str | None = None, most: int = 8, provider: str | None = None, model: str | None = None,
) -> ActivityView:  # fmt: skip
    """Ideas for a notebook, each one command from a plan; ``prefer`` and ``over`` compare two of them first.

    UsageError for a comparison that is none and for fewer than one idea.
    """
    from jupyter_coimprove.activities.ideas import study as stage
    from jupyter_coimprove.activities.ideas.pairs import next_pair, strengths
    from jupyter_coimprove.activities.table import IDEAS

    if most < 1:
        raise UsageError(f"{most} ideas are none", remedy="--most 1 or more")
    found, reading = planning.read(bench, notebook)
    name = shelf.notebook_name(bench.root(found.path), found.path)
    _compared(bench, name, prefer, over, tie)
    if add is not None:
        _add(bench, name, add)
    before = {item.id for item in cards.of(bench, name, IDEAS.name)}
    made, unseen = _made(bench, found, reading, name, most)
    said = [*made, *_others(bench, name)]
    cast = _votes(bench, name)
    ranking = strengths([one.key for one in said], cast)
    study = stage.study(found.path.name, said, ranking, unseen=unseen, votes=len(cast))
    view = acting.answer(
        bench, IDEAS, found.path, study, looked=frozenset({"idea"}), provider=provider, model=model
    )
    known = {str(item.data["key"]): item.id for item in cards.of(bench, name, IDEAS.name)}
    standing = [one for one in ranking if known.get(one.name) in {row.id for row in view.cards}]
    pair = next_pair(standing, cast)
    more = tuple(
        cards.row(item) for item in cards.of(bench, name, IDEAS.name)
        if item.id not in before and item.actor.get("kind") == "ai"
    )  # fmt: skip
    asks = (
        f"coimprove ideas {shlex.quote(notebook)} --prefer {known[pair[0]]} --over {known[pair[1]]}"
        if pair
        else ""
    )
    steps = tuple(dict.fromkeys(filter(None, (*view.next[:2], asks, *view.next[2:]))))
    return dataclasses.replace(view, cards=(*view.cards, *more), next=steps[:4])


def _made(
    bench: Bench, found: Notebook, reading: Reading, name: str, most: int
) -> tuple[list[Card], tuple[str, ...]]:  # fmt: skip
    """The cards that are recombined here, of which a plan can be made; and what was not looked at."""
    from jupyter_coimprove.activities.ideas import recombining
    from jupyter_coimprove.activities.ideas import study as stage

    tried = list(_tried(bench, name))
    beliefs = [*_believed(bench, name, tried)][:_BELIEFS]
    candidates = [one for one in reading.candidates if one.kind != "seed" and one.score > 0]
    unseen: list[str] = []
    if not beliefs:
        unseen.append("beliefs: no finding is accepted and nothing is predicted, so what the code takes for granted is argued with")  # fmt: skip
        beliefs = [one for one in (recombining.of_the_code(candidates),) if one is not None]
    kept = cards.of(bench, name)
    material = recombining.Material(
        candidates=candidates, tried=tried, beliefs=beliefs, gained=ideas_gained.gained(bench, name),
        problems=[(i.id, _card(i)) for i in kept if i.data["card"] == "problem" and i.state in acting.SHOWN],
        slices=[(i.id, _card(i)) for i in kept if i.data["card"] == "slice" and i.state in acting.SHOWN],
    )  # fmt: skip
    if not material.slices:
        unseen.append("slices: none is known (`coimprove errors NOTEBOOK` looks for some)")
    no = list(_rejected(bench, name))
    response = _response(reading)
    out: list[Card] = []
    refused: dict[str, tuple[str, str]] = {}
    by_name = {one.name: one for one in candidates}
    for idea in recombining.recombined(material):
        key = idea.features.key
        if key not in refused:
            refused[key] = (idea.features.text, _refused(found, reading, idea, response))
        if not refused[key][1]:
            near = stage.nearest(idea.features, tried, [one for one in no if one.features.key != key])  # fmt: skip
            cells = sorted({
                place.address.ordinal + 1 for n in idea.features.settings if n in by_name for place in by_name[n].places if not place.file
            })  # fmt: skip
            out.append(stage.card(idea, near, notebook=found.path.name, response=response, cells=cells))
    unseen += [f"{text}: no plan can be made of it ({why})" for text, why in refused.values() if why][:3]
    gone = {one.features.key for one in no}
    stands = [one for one in out if one.key not in gone]
    away = [one for one in out if one.key in gone]
    return [*stage.chosen(stands, most), *away], tuple(unseen)


def listed(bench: Bench, notebook: Path) -> list[dict[str, Any]]:
    """The ideas that would be told, as a model reads them; nothing is recorded."""
    found, reading = planning.read(bench, str(notebook))
    name = shelf.notebook_name(bench.root(found.path), found.path)
    made, _ = _made(bench, found, reading, name, 8)
    gone = {str(item.data["key"]) for item in cards.of(bench, name, "ideas") if item.state == "rejected"}
    return [
        {
            "idea": one.title, "why": list(one.evidence), "known": list(one.known), "distance": one.data.get("distance"),
            "from": one.data.get("source"), "against": one.data.get("against", ""),
        }
        for one in [*made, *_others(bench, name)] if one.key not in gone
    ]  # fmt: skip


def _refused(found: Notebook, reading: Reading, idea: Idea, response: str) -> str:
    """Why no plan can be made of it; empty where one can."""
    from jupyter_coimprove.activities.ideas.distance import GONE
    from jupyter_coimprove.experiments.design import build
    from jupyter_coimprove.experiments.request import FactorRequest, PlanRequest
    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.trees import growing

    factors = tuple(
        FactorRequest(name=name, drop=True) if level == GONE else FactorRequest(name=name, levels=(level,))
        for name, level in idea.features.settings.items()
    )
    request = PlanRequest(
        factors=factors, response=response or None, design="full-factorial" if idea.crossed else None
    )
    try:
        with growing():
            build(found, reading, request, transform=python_source)
    except CoimproveError as error:
        return error.message
    return ""


def _response(reading: Reading) -> str:
    """What ideas are tried by: the likeliest that is measured, if it can be one whose better side is known."""
    sided = [one.name for one in reading.measured if one.direction != "unknown"]
    return next(iter([*sided, *(one.name for one in reading.measured)]), "")


def _tried(bench: Bench, name: str) -> Iterator[Tried]:
    """The arms of experiments of this notebook that were registered here, with their verdicts where they ended."""
    from jupyter_coimprove.activities.ideas.idea import Tried

    record = bench.record()
    for item in record.find("experiment", notebook=name):
        if item.trust != "own" or "blocks" not in item.data or not shelf.compares(item):
            continue
        plan = shelf.recorded_plan(item)
        ended = item.state in watching.ENDED and not piloting.blinded(record, item)
        finding = shelf.finding_of(record, item.id) if ended else None
        verdicts = dict(finding.data["verdicts"]) if finding else {}
        accepted = finding.id if finding and finding.state in ("accepted", "edited") and finding.trust == "own" else ""  # fmt: skip
        for arm in plan.treatments:
            yield Tried(
                experiment=item.id, features=_features(plan, arm.settings), verdict=str(verdicts.get(arm.name, "")),
                accepted=accepted, baseline={f.name: f.levels[0] for f in plan.factors},
            )  # fmt: skip


def _features(plan: Plan, settings: Mapping[str, str]) -> Features:
    from jupyter_coimprove.activities.ideas.distance import GONE, Features

    operators = {factor.name: factor.operator for factor in plan.factors}
    return Features(
        settings={name: GONE if operators.get(name, "set") != "set" else level for name, level in settings.items()},
        operators=frozenset(operators.get(name, "set") for name in settings),
    )  # fmt: skip


def _believed(bench: Bench, name: str, tried: Sequence[Tried]) -> Iterator[Belief]:
    """What accepted findings say, the newest first; then what people predict of what has not ended."""
    from jupyter_coimprove.activities.ideas.idea import Belief

    for one in reversed(tried):
        if one.accepted and one.verdict:
            yield Belief(
                text=f"{one.features.text} is {one.verdict} ({one.accepted}, accepted)", features=one.features,
                verdict=one.verdict, baseline=one.baseline, used=one.accepted,
            )  # fmt: skip
    record = bench.record()
    for item in reversed(record.find("experiment", notebook=name)):
        if item.trust != "own" or item.state in watching.ENDED or item.state in ("abandoned", "cancelled"):
            continue
        for said in record.find("prediction", experiment=item.id):
            if said.trust == "own" and said.actor.get("kind") == "person":
                plan = shelf.recorded_plan(item)
                arms = {arm.name: arm for arm in plan.treatments}
                first = str((list(said.data["ranking"]) or [""])[0])
                if first in arms:
                    features = _features(plan, arms[first].settings)
                    yield Belief(
                        text=f"{features.text} will do best ({said.id}, predicted)", features=features, verdict="better",
                        baseline={f.name: f.levels[0] for f in plan.factors}, used=said.id,
                    )  # fmt: skip


def _rejected(bench: Bench, name: str) -> Iterator[Rejected]:
    from jupyter_coimprove.activities.ideas.study import Rejected, features_of

    reasons = {str(one.data.get("subject")): str(one.data.get("reason") or "") for one in bench.record().find("decision", verb="rejected")}  # fmt: skip
    for item in cards.of(bench, name, "ideas"):
        features = features_of(item.data.get("more"))
        if item.state == "rejected" and features.settings:
            yield Rejected(id=item.id, features=features, reason=reasons.get(item.id, ""))


def _card(item: Item) -> Card:
    from jupyter_coimprove.activities.activity import Card

    data = item.data
    return Card(
        kind=str(data["card"]), title=str(data["title"]), key=str(data["key"]), goal=str(data["goal"]), evidence=tuple(map(str, data["evidence"])),
        known=tuple(map(str, data["known"])), untried=tuple(map(str, data["untried"])), weight=float(data["weight"]),
        cells=tuple(map(int, data["cells"])), used=tuple(map(str, data["used"])), next=tuple(map(str, data["next"])), data=dict(data["more"]),
    )  # fmt: skip


def _others(bench: Bench, name: str) -> list[Card]:
    """Ideas of people and of models that stand, as they said them."""
    return [
        _card(item) for item in cards.of(bench, name, "ideas")
        if item.actor.get("kind") != "tool" and item.state != "superseded"
    ]  # fmt: skip


def _add(bench: Bench, name: str, text: str) -> None:
    from jupyter_coimprove.activities.activity import Card

    if not text.strip():
        raise UsageError("an empty idea is none", remedy='say what it is: --add "warm up the learning rate"')
    bench.require_person("your own idea")
    title, _, rest = text.strip().partition("\n")
    made = Card(
        kind="idea", title=title[:200], key=f"own:{' '.join(title.lower().split())}", weight=0.7,
        evidence=(rest.strip(),) if rest.strip() else (), data={"source": "own"},
    )  # fmt: skip
    cards.keep(bench, "ideas", name, [made], author=bench.actor)


def propose(
    bench: Bench, notebook: Path, data: Mapping[str, Any], author: Actor | None
) -> tuple[Card, str]:  # fmt: skip
    """A model's idea as a card, and its id once kept (``author`` None: it is only checked).

    Factors must be candidates of the notebook, and a plan must be possible; UsageError says what is not.
    """
    from jupyter_coimprove.activities.ideas import study as stage
    from jupyter_coimprove.activities.ideas.idea import Idea, setting, together
    from jupyter_coimprove.errors import UnknownName
    from jupyter_coimprove.workbench import stated
    from jupyter_coimprove.workbench.knowing import seen

    found, reading = planning.read(bench, str(notebook))
    name = shelf.notebook_name(bench.root(found.path), found.path)
    known = {one.name: one for one in reading.candidates}
    parts = []
    for factor in data["factors"]:
        candidate = known.get(str(factor["name"]))
        if candidate is None:
            raise UnknownName("candidate", str(factor["name"]), known)
        levels = [str(level) for level in factor.get("levels") or ()]
        if candidate.operator == "set" and len(levels) != 1:
            raise UsageError(f"{candidate.name} has {len(levels)} levels", remedy="an idea gives each factor one level")  # fmt: skip
        parts.append(setting(candidate, levels[0] if levels else ""))
    why = str(data["why"]).strip()
    told = "\n".join([why, *(str(data.get(key) or "") for key in ("expected", "against"))])
    flagged = stated.check(
        told, seen=seen.look(notebook), live=bench.live, references=stated.references(bench.record(notebook).find("finding", notebook=name))
    ).flagged  # fmt: skip
    levels_said = {level for part in parts for level in part.settings.values()}
    unbacked = [one.text for one in flagged if one.text not in levels_said]
    if unbacked:
        raise UsageError(f"numbers in it are backed by nothing here: {', '.join(unbacked)}", remedy="leave them out, or quote what the facts say")  # fmt: skip
    tried = list(_tried(bench, name))
    idea = Idea(features=together(parts), source="a model", why=(why,), goal=str(data.get("expected") or ""), against=str(data.get("against") or ""))  # fmt: skip
    refused = _refused(found, reading, idea, _response(reading))
    if refused:
        raise UsageError(f"no plan can be made of it: {refused}", remedy="`list_candidates` says what can be varied")  # fmt: skip
    near = stage.nearest(idea.features, tried, list(_rejected(bench, name)))
    if near.value == 0:
        raise UsageError(f"it was tried or rejected: {near.text}", remedy="propose something else")
    response = _response(reading)
    made = stage.card(idea, near, notebook=found.path.name, response=response)
    if author is None:
        return made, ""
    (row,) = cards.keep(bench, "ideas", name, [made], author=author)
    return made, row.id


def _compared(bench: Bench, name: str, prefer: str | None, over: str | None, tie: bool) -> None:
    """Keep a person's comparison of two ideas; a later one of the same two counts instead."""
    from jupyter_coimprove.record.base import Draft

    if prefer is None and over is None and not tie:
        return
    if prefer is None or over is None:
        raise UsageError("a comparison names two ideas", remedy="--prefer ID --over ID (with --tie: neither is better)")  # fmt: skip
    bench.require_person("a comparison is a person's; it")
    record = bench.record()
    both = [shelf.own(shelf.item_of(record, one, "card")) for one in (prefer, over)]
    for item in both:
        if item.data.get("activity") != "ideas" or item.data.get("notebook") != name:
            raise UsageError(f"{item.id} is no idea for {name}", remedy=f"`coimprove ideas {shlex.quote(name)}` lists them")  # fmt: skip
        if item.state not in acting.SHOWN:
            raise UsageError(f"{item.id} is {item.state}", remedy="compare ideas that stand")
    if both[0].id == both[1].id:
        raise UsageError(f"{both[0].id} is compared with itself", remedy="name two ideas")
    record.append(
        [
            Draft(
                id=new_id("decision", bench.clock), kind="decision", event=TIED if tie else PREFERRED, actor=bench.actor,
                data={
                    "subject": both[0].id, "verb": TIED if tie else PREFERRED, "digest": both[0].data["digest"],
                    "over": both[1].id, "over_digest": both[1].data["digest"], "reason": "",
                },
            )
        ]
    )  # fmt: skip


def _votes(bench: Bench, name: str) -> list[Vote[str]]:
    """The comparisons that people made here of ideas for this notebook, by key; of one person and pair the last."""
    from jupyter_coimprove.activities.ideas.pairs import Vote

    keys = {item.id: str(item.data["key"]) for item in cards.of(bench, name, "ideas")}
    record = bench.record()
    cast: dict[tuple[str, frozenset[str]], Vote[str]] = {}
    said = [one for verb in (PREFERRED, TIED) for one in record.find("decision", verb=verb)]
    for item in sorted(said, key=lambda one: one.seq):
        a, b = str(item.data["subject"]), str(item.data.get("over", ""))
        if item.trust == "own" and item.actor.get("kind") == "person" and a in keys and b in keys:
            pair = (str(item.actor.get("id")), frozenset((a, b)))
            cast[pair] = Vote(better=keys[a], other=keys[b], tie=item.data["verb"] == TIED)
    return list(cast.values())
