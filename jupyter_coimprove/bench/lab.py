"""A scripted lab: rules of the house that nobody is told, and a person who decides by them, the same for the same seed.

What is offered is a cell of code, made of choices (which score, how many folds, which seed, …). A lab wants some of
them otherwise in some kinds of cell, and forbids others. Its person accepts what breaks no rule, edits what a rule
mends, and rejects what a rule forbids, with the rule's reason most of the time. Who learns sees decisions, reasons and
edits, never the rules: families that ask whether house rules are learnt, and carry over, are built on it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

#: What a cell may be made of: for every choice its values, as they stand in code. The first is the commonest.
CHOICES: dict[str, tuple[str, ...]] = {
    "scoring": ("'accuracy'", "'balanced_accuracy'", "'f1_macro'", "'neg_log_loss'"),
    "cv": ("5", "3", "10"),
    "random_state": ("None", "0", "SEED"),
    "scaler": ("StandardScaler()", "MinMaxScaler()", "RobustScaler()"),
    "model": ("LogisticRegression", "SVC", "RandomForestClassifier", "MLPClassifier"),
    "test_size": ("0.2", "0.3", "0.5"),
    "digits": (".2f", ".4f", ".3f"),
    "spread": ("no", "std", "interval"),
    "limit": ("no", "n_jobs=-1", "verbose=1"),
}
#: Kinds of cell, with the choices that each is made of.
KINDS: dict[str, tuple[str, ...]] = {
    "evaluation": ("scoring", "cv", "model", "random_state", "digits", "spread"),
    "training": ("scaler", "model", "random_state", "limit", "digits"),
    "split": ("test_size", "random_state", "scaler", "digits"),
}
_WHY = {
    "scoring": "the classes are not balanced", "cv": "folds as everywhere in this lab", "random_state": "it has to come out the same again",
    "scaler": "outliers in the sensors", "model": "too slow to run on every push", "test_size": "too few rows are left to train on",
    "digits": "digits as in our tables", "spread": "a score without its spread says nothing", "limit": "the machine is shared",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What is put before the person: a cell of ``kind`` with its ``choices``; ``source`` is the cell."""

    kind: str
    choices: Mapping[str, str]

    @property
    def source(self) -> str:
        return write(self.kind, self.choices)


@dataclass(frozen=True, kw_only=True)
class HouseRule:
    """In cells of ``kind`` (empty: all) ``choice`` must not be ``unwanted``.

    ``wanted`` is what the person writes in its place; empty: the cell is rejected. ``why`` is the reason given.
    """

    kind: str
    choice: str
    unwanted: str
    wanted: str
    why: str

    def broken(self, offer: Offer) -> bool:
        return self.kind in ("", offer.kind) and offer.choices.get(self.choice) == self.unwanted


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What the person decided: ``source`` is the cell as it stands afterwards (empty where it was rejected).

    ``broken`` are the rules behind it: for the scorer, never for who learns.
    """

    verdict: Literal["accepted", "edited", "rejected"]
    why: str
    source: str
    broken: tuple[HouseRule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A lab with its hidden ``rules``; from item ``turns_at`` on it goes by ``later`` instead (None: never).

    ``silent`` is the share of decisions that give no reason, ``moody`` the share of good cells that are rejected
    for no reason that repeats. Every answer depends on the seed and the item's place alone.
    """

    seed: int
    rules: tuple[HouseRule, ...]
    later: tuple[HouseRule, ...] = ()
    turns_at: int | None = None
    silent: float = 0.15
    moody: float = 0.03
    kinds: tuple[str, ...] = field(default=tuple(KINDS))

    def rules_at(self, place: int) -> tuple[HouseRule, ...]:
        return self.later if self.turns_at is not None and place >= self.turns_at else self.rules

    def decide(self, offer: Offer, place: int) -> Ruling:
        """Accepted, edited or rejected, and why; ``place`` counts the items of a stream from 0."""
        chance = random.Random(f"decide:{self.seed}:{place}")
        quiet, mood = chance.random() < self.silent, chance.random() < self.moody
        broken = tuple(rule for rule in self.rules_at(place) if rule.broken(offer))
        why = "" if quiet else "; ".join(dict.fromkeys(rule.why for rule in broken))
        if any(not rule.wanted for rule in broken):
            return Ruling(verdict="rejected", why=why, source="", broken=broken)
        if broken:
            mended = replace(
                offer, choices={**offer.choices, **{rule.choice: rule.wanted for rule in broken}}
            )
            return Ruling(verdict="edited", why=why, source=mended.source, broken=broken)
        if mood:
            return Ruling(verdict="rejected", why=f"not now ({place})", source="")
        return Ruling(verdict="accepted", why="", source=offer.source)

    def offers(self, place: int, many: int = 1) -> tuple[Offer, ...]:
        """What comes up at this place: ``many`` ways to write one cell, as someone would who knows no rule."""
        chance = random.Random(f"offer:{self.seed}:{place}")
        kind = chance.choice(self.kinds)
        return tuple(Offer(kind=kind, choices=_drawn(kind, chance)) for _ in range(many))


def lab(
    seed: int,
    *,
    rules: int = 6,
    turns_at: int | None = None,
    silent: float = 0.15,
    moody: float = 0.03,
    shares: Lab | None = None,
) -> Lab:
    """The lab of this seed with so many hidden rules, no two about the same choice in the same kind of cell.

    With ``turns_at``, one rule is turned around there: what was wanted is unwanted from then on. ``shares`` is a lab
    whose rules this one has, for half of its own (what is learnt there carries over in part).
    """
    chance = random.Random(f"lab:{seed}:{rules}")
    taken = list(shares.rules[: rules // 2]) if shares is not None else []
    places = [(kind, choice) for kind, choices in KINDS.items() for choice in choices]
    chance.shuffle(places)
    for kind, choice in places:
        if len(taken) >= rules:
            break
        if not any(rule.choice == choice and rule.kind in ("", kind) for rule in taken):
            taken.append(_rule(kind, choice, forbids=len(taken) % 3 == 2, chance=chance))
    later: tuple[HouseRule, ...] = ()
    if turns_at is not None:
        turned = next(place for place, rule in enumerate(taken) if rule.wanted)
        old = taken[turned]
        new = replace(old, unwanted=old.wanted, wanted=old.unwanted, why=f"no longer: {old.why}")
        later = (*taken[:turned], new, *taken[turned + 1 :])
    return Lab(seed=seed, rules=tuple(taken), later=later, turns_at=turns_at, silent=silent, moody=moody)


def _rule(kind: str, choice: str, *, forbids: bool, chance: random.Random) -> HouseRule:
    values = CHOICES[choice]
    # What is commonest is what a rule is about, or nobody would ever break it.
    unwanted = values[0] if chance.random() < 0.7 else chance.choice(values[1:])
    wanted = "" if forbids else chance.choice([value for value in values if value != unwanted])
    return HouseRule(kind=kind, choice=choice, unwanted=unwanted, wanted=wanted, why=_WHY[choice])


def _drawn(kind: str, chance: random.Random) -> dict[str, str]:
    return {choice: _common(CHOICES[choice], chance) for choice in KINDS[kind]}


def _common(values: Sequence[str], chance: random.Random) -> str:
    return values[0] if chance.random() < 0.55 else chance.choice(values)


def write(kind: str, choices: Mapping[str, str]) -> str:
    """The cell of code that these choices make. Of one kind no two sets of choices give the same cell."""
    given = choices.get
    seed = f"random_state={given('random_state')}"
    shown = given("digits", ".2f")
    if kind == "evaluation":
        lines = [
            f"model = {given('model')}({seed})",
            f"scores = cross_val_score(model, X, y, cv={given('cv')}, scoring={given('scoring')})",
            f"print(f'score {{scores.mean():{shown}}}')",
        ]
        spread = {
            "std": f"print(f'spread {{scores.std():{shown}}}')",
            "interval": f"print(f'interval {{2 * scores.std() / len(scores) ** 0.5:{shown}}}')",
        }
        lines += [spread[given("spread", "no")]] if given("spread") in spread else []
    elif kind == "training":
        more = "" if given("limit") == "no" else f", {given('limit')}"
        lines = [
            f"model = make_pipeline({given('scaler')}, {given('model')}({seed}{more}))",
            "model.fit(X_train, y_train)",
            f"print(f'train {{model.score(X_train, y_train):{shown}}}')",
        ]
    else:
        lines = [
            f"X_train, X_test, y_train, y_test = train_test_split(X, y, test_size={given('test_size')}, {seed})",
            f"X_train = {given('scaler')}.fit_transform(X_train)",
            f"print(f'share {{len(X_test) / len(X):{shown}}}')",
        ]
    return "\n".join(lines)
