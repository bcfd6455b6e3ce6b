"""A registered directional hypothesis, read from its text, and what the effects make of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.evidence.effects import Effect, Rules

Direction = Literal["higher", "lower", "same"]
_FORM = re.compile(
    r"\s*(?P<arm>.+?)\s*(?:(?P<sign>[<>]|=(?=\s))\s*(?P<other>.+?)|\s(?P<word>better|worse))\s*\Z"
)


def directions(rules: Rules) -> Mapping[str, Direction]:
    """The arms of the hypothesis and whether each is said to have the higher or lower response.

    ``ARM = BASELINE`` says that they are equivalent within the margin.
    ``ARM > BASELINE`` and ``ARM < BASELINE`` speak of the response itself, ``ARM better`` and
    ``ARM worse`` of its direction; several are joined by ``;``. The word ``baseline`` names the
    baseline whatever it is called. Raises UsageError for text of another form (a hypothesis
    without direction) and UnknownName for an arm that is not registered.
    """
    out: dict[str, Direction] = {}
    for part in (rules.hypothesis or "").split(";"):
        if not part.strip():
            continue
        arm, direction = _one(part, rules)
        out[arm] = direction
    return out


def _one(part: str, rules: Rules) -> tuple[str, Direction]:
    base = {rules.baseline, "baseline"}
    # Names may contain the signs themselves, so registered names are tried first.
    for arm in sorted(rules.treatments, key=len, reverse=True):
        rest = part.strip()
        if not rest.startswith(arm):
            continue
        rest = rest[len(arm) :].strip()
        if rest in ("better", "worse"):
            return arm, "higher" if (rest == "better") == (rules.direction == "max") else "lower"
        if rest[:1] in ("<", ">") and rest[1:].strip() in base:
            return arm, "higher" if rest[0] == ">" else "lower"
        if rest[:1] == "=" and rest[1:].strip() in base:
            if rules.margin is None:
                raise UsageError(
                    f"that {arm} equals the baseline cannot be shown without a margin",
                    remedy="register one: --margin X, in units of the response",
                )
            return arm, "same"
    found = _FORM.match(part)
    if found is None:
        raise UsageError(
            f"the hypothesis {part.strip()!r} has no direction",
            remedy=f"write it as 'ARM > {rules.baseline}', 'ARM < {rules.baseline}', 'ARM better' or 'ARM worse'",
        )
    name = found["arm"] if found["arm"] not in rules.treatments else found["other"] or found["arm"]
    raise UnknownName("arm", name, (*rules.treatments, rules.baseline))


def judge(
    effect: Effect, direction: Direction, *, different: bool
) -> Literal["supported", "refuted", "undecided"]:
    """What an effect says of a hypothesis about its direction.

    ``different`` is whether the test of no difference was rejected: a difference below the
    margin still has a direction. Equivalence without a difference refutes it.
    """
    if effect.verdict == "undecided" or effect.estimate is None:
        return "undecided"
    if direction == "same":
        return "supported" if effect.verdict == "equivalent" else "refuted"
    if different:
        return "supported" if (effect.estimate > 0) == (direction == "higher") else "refuted"
    return "refuted"
