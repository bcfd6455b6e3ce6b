"""A change of the constitution: what it alters, and what it does on the red-team set before anybody accepts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import comb

from jupyter_coimprove.activities.values.constitution import Case, Constitution
from jupyter_coimprove.activities.values.redteam import Outcome, Result, run
from jupyter_coimprove.activities.values.subject import Search, Subject


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Both versions on the same cases: ``fixed`` and ``broken`` are those (by principle and name) that came out
    right only after or only before. ``given_up`` are principles that leave, with their cases."""

    before: Result
    after: Result
    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    given_up: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def regresses(self) -> bool:
        """Whether a case that came out right no longer does."""
        return bool(self.broken)

    @property
    def p(self) -> float:
        """McNemar's exact two-sided p of fixed against broken (mid-p), 1 where nothing differs."""
        b, c = len(self.fixed), len(self.broken)
        n = b + c
        if not n:
            return 1.0
        below = sum(comb(n, i) for i in range(min(b, c))) / 2**n
        at = comb(n, min(b, c)) / 2**n
        return min(1.0, 2 * (below + at / 2)) if b != c else 1.0

    @property
    def sentence(self) -> str:
        """Before and after in words; the finding of an amendment."""
        said = f"right on the red-team set: {self.before.right.text} before, {self.after.right.text} after; {len(self.fixed)} fixed, {len(self.broken)} broken"  # fmt: skip
        return f"{said} (McNemar's mid-p {self.p:.3g})" if self.fixed or self.broken else said


def measure(
    old: Constitution | None, new: Constitution, *, transform: Callable[[str], str], search: Search,
    licences: Callable[[Subject], Subject] = lambda subject: subject,
) -> Measured:  # fmt: skip
    """Both on the union of their cases: what the amendment leaves out of a principle that stays is asked all the same.

    A case that both have by one name is the new one's. Cases of a principle that leaves go with it, and it is named.
    """
    kept = {one.name for one in new.principles}
    cases: dict[tuple[str, str], Case] = {}
    before = old.cases if old is not None else ()
    for principle, case in (*before, *new.cases):
        if principle.name in kept:
            cases[principle.name, case.name] = case
    asked = [(name, case) for (name, _), case in cases.items()]
    first = run(old, transform=transform, search=search, cases=asked, licences=licences) if old is not None else None  # fmt: skip
    second = run(new, transform=transform, search=search, cases=asked, licences=licences)
    was = first if first is not None else Result(outcomes=tuple(_nothing(one) for one in second.outcomes))
    fixed: list[str] = []
    broken: list[str] = []
    for a, b in zip(was.outcomes, second.outcomes, strict=True):
        if a.right != b.right:
            (fixed if b.right else broken).append(f"{b.principle}: {b.case.name}")
    gone = tuple(one.name for one in old.principles if one.name not in kept) if old is not None else ()
    return Measured(
        before=was, after=second, fixed=tuple(fixed), broken=tuple(broken) if old is not None else (), given_up=gone,
        changed=tuple(_changes(old, new)),
    )  # fmt: skip


def _nothing(one: Outcome) -> Outcome:
    """The same case where no constitution is in force: nothing is said of it."""
    return replace(one, found=())


def _changes(old: Constitution | None, new: Constitution) -> list[str]:
    """What is altered, in words."""
    if old is None:
        return [f"{len(new.principles)} principles: {', '.join(one.name for one in new.principles)}"]
    was: Mapping[str, object] = {one.name: one for one in old.principles}
    now = {one.name: one for one in new.principles}
    out = [f"gives up {name!r}" for name in was if name not in now]
    out += [f"adds {name!r}" for name in now if name not in was]
    for one in old.principles:
        after = now.get(one.name)
        if after is None or after == one:
            continue
        parts = []
        if after.severity != one.severity:
            parts.append(f"{one.severity} becomes {after.severity}")
        if after.applies != one.applies:
            parts.append(f"applies to {', '.join(after.applies)}")
        if after.checks != one.checks:
            parts.append("other checks")
        if after.why != one.why:
            parts.append("other words")
        had, has = {c.name: c for c in one.cases}, {c.name: c for c in after.cases}
        turned = [name for name in had if name in has and had[name].violates != has[name].violates]
        if turned:
            parts.append(f"another verdict for {', '.join(map(repr, turned))}")
        if set(had) != set(has) or any(had[n] != has[n] for n in had if n in has and n not in turned):
            parts.append(f"{len(has)} cases instead of {len(had)}")
        out.append(f"{one.name!r}: {', '.join(parts)}")
    if old.licences != new.licences:
        out.append("other licences")
    return out or ["only comments or its title"]
