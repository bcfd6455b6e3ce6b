"""A change of the playbook: measured on public seeds, proposed, decided by a person, measured on private ones, then in force.

What no measurement shows to be better is not in force; what is worse is refused, and the record keeps that.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.registry import TOOL
from jupyter_coimprove.workbench import cards

if TYPE_CHECKING:
    from jupyter_coimprove.bench.arms import Rules
    from jupyter_coimprove.bench.family import Execute, Family
    from jupyter_coimprove.bench.item import Answer
    from jupyter_coimprove.bench.item import Item as AnItem
    from jupyter_coimprove.bench.rules import Instruments
    from jupyter_coimprove.bench.scoring import Score
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views_activities import ActivityView

#: The activity that its cards belong to, and their kind.
ACTIVITY, KIND = "bench", "change"


def in_force(bench: Bench) -> dict[str, object]:
    """The playbook: every change that a person accepted and that private seeds showed to be better, oldest first."""
    from jupyter_coimprove.bench.playbook import SETTINGS

    playbook: dict[str, object] = {}
    for item in sorted(_changes(bench), key=lambda item: str(dict(item.data["more"]).get("settled", ""))):
        more = dict(item.data["more"])
        # A setting of another version is none here.
        known = more.get("setting") in SETTINGS and "value" in more
        if known and item.state == "accepted" and more.get("verdict") == "better":
            playbook[str(more["setting"])] = more["value"]
    return playbook


def instruments(execute: Execute, playbook: Mapping[str, object]) -> Instruments:
    """What the rules use here: IPython's transformer, real execution, and the playbook."""
    from jupyter_coimprove.bench.rules import Instruments
    from jupyter_coimprove.kernelspace.transform import python_source

    return Instruments(transform=python_source, execute=execute, playbook=playbook)


def propose(bench: Bench, change: str, families: Sequence[Family], draws: int) -> ActivityView:
    """Measure a change on public seeds and put it before the person. UsageError for what changes nothing."""
    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.bench.playbook import changed, value_of
    from jupyter_coimprove.workbench.benching import gap, view

    now = in_force(bench)
    new = changed(now, change)
    name = next(key for key, value in new.items() if now.get(key) != value)
    known = next(
        (i for i in _changes(bench) if i.data["key"] == change.replace(" ", "") and i.state == "rejected"),
        None,
    )
    if known is not None and dict(known.data["more"]).get("verdict") == "worse":
        raise DecisionError(
            f"{change} was refused: {dict(known.data['more'])['private']}",
            remedy=f"see coimprove show {known.id}",
        )
    found, sections = _compare(bench, families, draws, "", now, new)
    card = Card(
        kind=KIND, key=change.replace(" ", ""), title=f"{name}: {value_of(now, name)} becomes {new[name]}",
        goal="the built-in collaborator is of more use", weight=0.6,
        evidence=(f"on {found.items} items of public seeds CoBench changes by {gap(found)}",),
        untried=("private seeds: measured once it is accepted, and in force only when it is better there",),
        data={"setting": name, "value": new[name], "was": value_of(now, name), "public": gap(found)},
    )  # fmt: skip
    rows = tuple(cards.keep(bench, ACTIVITY, "", [card]))
    return view(
        f"{change} changes CoBench by {gap(found)} on public seeds; nothing has changed yet", sections, cards=rows,
        next=(f"coimprove accept {rows[0].id}", f"coimprove bench --settle {rows[0].id}") if rows[0].id else (),
    )  # fmt: skip


def settle(bench: Bench, id: str, families: Sequence[Family], draws: int) -> ActivityView:
    """Measure an accepted change before and after on seeds that nobody has seen; in force, refused, or undecided."""
    from jupyter_coimprove.bench.playbook import changed
    from jupyter_coimprove.clock import iso
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.workbench.benching import gap, view

    item = bench.record().get(id)
    more = dict(item.data.get("more", {}))
    if item.kind != "card" or item.data.get("card") != KIND:
        raise UsageError(
            f"{item.id} is no change of the playbook", remedy="coimprove bench --change NAME=VALUE"
        )
    if item.trust != "own" or item.state != "accepted":
        raise DecisionError(
            f"{item.id} is {item.state if item.trust == 'own' else 'a foreign claim'}: a person here accepts a change first",
            remedy=f"coimprove accept {item.id}",
        )  # fmt: skip
    if more.get("verdict") == "better":
        raise UsageError(
            f"{item.id} is in force since {more['settled']}", remedy=f"coimprove undo {item.id} takes it back"
        )
    bench.require_person("what is in force")
    now = in_force(bench)
    new = changed(now, f"{more['setting']}={more['value']}")
    salt = secrets.token_hex(16)
    tried = int(more.get("tried", 0)) + 1
    # Each further look at the same change has less of the error left (Bonferroni over 1/2, 1/4, …).
    found, sections = _compare(bench, families, draws, salt, now, new, level=1 - 0.05 / 2**tried)
    verdict = "better" if found.low > 0 else "worse" if found.high < 0 else "undecided"
    data = {
        **more,
        "private": gap(found),
        "salt": salt,
        "tried": tried,
        "verdict": verdict,
        "settled": iso(bench.clock.wall_ms()),
    }
    bench.record().append(
        [
            Draft(
                id=item.id, kind="card", event="refused" if verdict == "worse" else "measured", actor=TOOL,
                state="rejected" if verdict == "worse" else "", data={"more": data},
            )
        ]
    )  # fmt: skip
    said = {
        "better": "it is in force", "worse": "it is refused: a regression", "undecided": "it is not in force: more draws may decide"
    }[verdict]  # fmt: skip
    return view(
        f"{item.data['title']}: {gap(found)} on private seeds; {said}", sections,
        cards=(cards.row(bench.record().get(item.id)),), exit_code=4 if verdict == "worse" else 0,
        next=(f"coimprove bench --settle {item.id} --draws {draws * 2}",) if verdict == "undecided" else (),
    )  # fmt: skip


def _changes(bench: Bench) -> list[Item]:
    return [item for item in cards.of(bench, "", ACTIVITY) if item.data.get("card") == KIND]


def _compare(
    bench: Bench, families: Sequence[Family], draws: int, salt: str, now: Mapping[str, object], new: Mapping[str, object],
    level: float = 0.95,
) -> tuple[Score, list[Any]]:  # fmt: skip
    """The rules with both playbooks over the same items: the difference in all, and by family what moved."""
    from jupyter_coimprove.activities.activity import Section
    from jupyter_coimprove.bench.arms import Rules
    from jupyter_coimprove.bench.asking import marks_of
    from jupyter_coimprove.bench.scoring import difference, scores
    from jupyter_coimprove.workbench import cobench
    from jupyter_coimprove.workbench.benching import between, gap
    from jupyter_coimprove.workbench.cell_running import Executor

    asked = cobench.draw(families, draws, salt)
    name = next(key for key, value in new.items() if now.get(key) != value)
    with Executor() as execute:
        seen = _Seen(now)
        watched = _Watching(Rules(instruments(execute, seen)), seen, name)
        first = cobench.measure(bench, watched, asked, execute).answered
        # What was answered without the setting cannot depend on it; asked again, what is timed would look like an effect.
        again = [pair for pair in asked if pair[1].item.id in watched.touched]
        late = cobench.measure(bench, Rules(instruments(execute, new)), again, execute).answered
    changed = {one.sample.item.id: one for one in late}
    then = [changed.get(one.sample.item.id, one) for one in first]
    before, after = marks_of(first), marks_of(then)
    found = difference(before, after, families, level=level)
    one, other = scores(before, families), scores(after, families)
    rows = [
        (old.family, between(old.score), between(late.score), round(late.score.value - old.score.value, 3))
        for old, late in zip(one.families, other.families, strict=True)
        if old.score.value != late.score.value
    ]
    section = Section(
        title="Before and after", columns=("family", "before", "after", "change") if rows else (), rows=tuple(rows),
        facts=(("in all, before", between(one.total)), ("in all, after", between(other.total)), ("change", gap(found))),
        lines=() if rows else ("no family's score changed",),
    )  # fmt: skip
    return found, [section]


class _Seen(dict[str, object]):
    """A playbook that remembers which of its settings were asked for."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        super().__init__(settings)
        self.read: set[object] = set()

    def get(self, name: Any, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)


class _Watching:
    """The rules, and the items whose answer asked for a setting."""

    spent: Mapping[str, Any] = {}

    def __init__(self, rules: Rules, seen: _Seen, setting: str) -> None:
        self.name, self.touched = rules.name, set[str]()
        self._rules, self._seen, self._setting = rules, seen, setting

    def answer(self, family: Family, item: AnItem) -> Answer:
        self._seen.read.clear()
        said = self._rules.answer(family, item)
        if self._setting in self._seen.read:
            self.touched.add(item.id)
        return said
