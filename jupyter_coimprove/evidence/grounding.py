"""Which numbers of a text a run backs: by treatment, by what is measured, to the printed precision.

A number resolves when a reference of the treatment that its clause speaks of, and of the
quantity that the words around it name, rounds to it with its sign. Everything else that
states a result is flagged. Dates, versions, numbering, ids and names are no results.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.evidence.finding import Reference
from jupyter_coimprove.evidence.numerals import DATED, NUMBER, named, no_result, sign_counts, spans, value_of

State = Literal["backed", "flagged", "ignored"]


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number of a text at ``[start, end)``: backed by ``reference``, flagged, or no result.

    ``why`` says in words what made it so.
    """

    text: str
    start: int
    end: int
    state: State
    reference: Reference | None = None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Grounding:
    """All numbers of a text, in order."""

    numbers: tuple[Number, ...]

    @property
    def flagged(self) -> tuple[Number, ...]:
        return tuple(number for number in self.numbers if number.state == "flagged")

    @property
    def backed(self) -> tuple[Number, ...]:
        return tuple(number for number in self.numbers if number.state == "backed")

    @property
    def unbacked(self) -> tuple[str, ...]:
        """The flagged numbers as they are printed."""
        return tuple(number.text for number in self.flagged)

    @property
    def ok(self) -> bool:
        """Whether nothing is flagged."""
        return not self.flagged


def check(
    text: str, references: Sequence[Reference], *, known: Mapping[str, float] | None = None
) -> Grounding:
    """Look at every number of ``text``. ``known`` are further numbers that may be named
    (``{"lr": 0.1}``): right only as ``lr = 0.1``, ``lr of 0.1`` or ``lr: 0.1``."""
    arms = sorted({r.arm for r in references if r.arm}, key=len, reverse=True)
    names = [*arms, *sorted({r.metric for r in references if r.metric}, key=len, reverse=True)]
    covered, dated = named(text, names), [m.span() for m in DATED.finditer(text)]
    reader = _Reader(text, references, arms, known or {})
    numbers = []
    for match in NUMBER.finditer(text):
        start, end = match.start("digits"), match.end()
        if match["sign"] and not sign_counts(text, match.start()):
            shown = start
        else:
            shown = match.start()
        if why := no_result(text, match, covered, dated):
            numbers.append(Number(text=text[start:end], start=start, end=end, state="ignored", why=why))
            continue
        signed = text[shown:start].strip()
        reference, why = reader.resolve(match, signed)
        numbers.append(
            Number(
                text=text[shown:end],
                start=shown,
                end=end,
                why=why,
                reference=reference,
                state="flagged" if reference is None and why != "known" else "backed",
            )
        )
    return Grounding(numbers=tuple(numbers))


# -- what it resolves to -------------------------------------------------------------------
_FALLS = re.compile(
    r"\b(?:lower(?:s|ed|ing)?|fall(?:s|en|ing)?|fell|drop(?:s|ped|ping)?|los(?:e|es|t|ing)|loss of|decreas\w*|"
    r"reduc\w*|declin\w*|down|below|less|smaller|costs?|minus|shrinks?|cuts?)\b",
    re.IGNORECASE,
)
_RISES = re.compile(
    r"\b(?:rais\w*|ris(?:e|es|ing)|rose|gain(?:s|ed|ing)?|increas\w*|higher|up|above|more|larger|adds?|added|grows?|grew|plus)\b",
    re.IGNORECASE,
)
#: What the words right after, or right before, a number say that it measures.
_AFTER: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), frozenset(quantities.split()))
    for pattern, quantities in (
        (r"\s*(?:%|per ?cent)?\s*-?(?:confidence|interval|ci\b|c\.i\.)", "level"),
        (r"\s*(?:more\s+)?(?:paired\s+)?blocks?\s+(?:to decide|would|are needed|needed)", "needed"),
        (
            r"(?:\s+of\s+(?:the\s+)?|/)\d+\s+(?:paired\s+)?(?:runs|blocks)\s+(?:of|with|failed|in which .* failed)",
            "failures completed blocks better",
        ),
        (r"(?:\s+of\s+(?:the\s+)?|/)\d+\s+(?:paired\s+)?blocks", "blocks better completed"),
        (
            r"\s*(?:paired\s+)?(?:blocks?|seeds|splits|pairs|repetitions|replicates)\b",
            "blocks planned completed needed",
        ),
        (r"\s*(?:runs?\s+)?(?:failed|failures?|crash\w*)", "failures"),
        (r"\s*runs\b", "planned completed failures"),
    )
)
_BEFORE: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (
        re.compile(
            pattern + r"\s*(?:[:=<>≤≥]|\bis\b|\bwas\b|\bof\b|\bwas about\b|\babout\b|\bonly\b)?\s*[\[(]?$",
            re.IGNORECASE,
        ),
        frozenset(quantities.split()),
    )
    for pattern, quantities in (
        (r"\bp(?:[ -]?values?)?", "p p_adjusted"),
        (r"\badjusted p|\bp_adjusted", "p_adjusted"),
        (r"\b(?:sd|s\.d\.|standard deviation|spread)", "sd"),
        (
            r"\b(?:mean|average|averages|averaged|averaging|reach(?:es|ed)?|scores?|scored|achieves?|achieved)",
            "mean",
        ),
        (r"\b(?:smallest effect(?: of interest)?)", "smallest_effect"),
        (r"\bmargin", "margin"),
        (r"\b(?:takes?|needs?|needed|requires?)(?: about| some)?", "needed"),
        (r"\bn", "blocks completed planned"),
        (r"±", "sd"),
    )
)
_COUNTS = frozenset({"blocks", "planned", "needed", "completed", "failures", "better"})
_SIGNED = frozenset({"estimate", "low", "high", "item_low", "item_high"})


class _Reader:
    """Resolves numbers of one text: knows where it speaks of which treatment."""

    def __init__(
        self, text: str, references: Sequence[Reference], arms: Sequence[str], known: Mapping[str, float]
    ) -> None:
        self.text, self.references, self.known = text, references, known
        called = _called(arms)
        self.mentions = sorted(
            (start, end, arm)
            for name, arm in called.items()
            for start, end in _outermost(text, name, list(called))
        )
        self.breaks = [m.end() for m in re.finditer(r"(?<=[.!?;])\s+|\n+", text)]
        compared = {r.arm for r in references if r.key.startswith(("effects/", "interactions/"))}
        self.baseline = {r.arm for r in references} - compared

    def resolve(self, match: re.Match[str], sign: str) -> tuple[Reference | None, str]:
        """The reference that backs this number, and why (or why none does)."""
        start, end = match.start("digits"), match.end()
        value, step = value_of(match, sign)
        if (name := self._known(start)) is not None:
            return None, "known" if abs(
                value - self.known[name]
            ) <= step / 2 else f"{name} is {self.known[name]:g}"
        quantities = self._quantities(start if not sign else match.start(), end)
        arms = self._arms(start)
        clause = self._clause(start)
        here = [
            r
            for r in self.references
            if self._speaks_of(r, arms, clause) and self._fits(r, quantities, match)
        ]
        for reference in here:
            if self._agrees(reference, value, step, sign, match):
                return reference, f"{reference.key} = {reference.value:.6g}"
        if not here:
            return None, "no run measured this"
        nearest = min(here, key=lambda r: (not r.arm, abs(r.value - value)))
        return None, f"no run shows this; nearest: {nearest.key} = {nearest.value:.6g}"

    def _clause(self, at: int) -> tuple[int, int]:
        """The sentence, or line, around an offset."""
        left = max((b for b in self.breaks if b <= at), default=0)
        return left, min((b for b in self.breaks if b > at), default=len(self.text))

    def _speaks_of(self, reference: Reference, arms: set[str] | None, clause: tuple[int, int]) -> bool:
        if "×" in reference.arm:
            # An interaction is spoken of where all its factors are named.
            words = self.text[slice(*clause)]
            return all(spans(words, factor) for factor in reference.arm.split("×"))
        return not reference.arm or arms is None or reference.arm in arms

    def _known(self, start: int) -> str | None:
        before = self.text[:start]
        for name in sorted(self.known, key=len, reverse=True):
            if re.search(rf"(?<![\w.]){re.escape(name)}`?\s*(?:=|:|\bof\b|\bis\b)\s*[+\-−]?$", before):
                return name
        return None

    def _arms(self, at: int) -> set[str] | None:
        """Treatments a number may speak of: the last named before it in its clause, else the next
        named in it, else the last named in the paragraph; None when none is named."""
        left, right = self._clause(at)
        inside = [(s, e, arm) for s, e, arm in self.mentions if left <= s < right]
        before = [m for m in inside if m[1] <= at]
        if before:
            treatments = [m for m in before if m[2] not in self.baseline]
            return {before[-1][2]} | (
                {treatments[-1][2]} if treatments and before[-1][2] in self.baseline else set()
            )
        if inside:
            return {inside[0][2]}
        paragraph = self.text.rfind("\n", 0, at) + 1
        earlier = [m for m in self.mentions if paragraph <= m[0] and m[1] <= at and m[2] not in self.baseline]
        return {earlier[-1][2]} if earlier else None

    def _quantities(self, start: int, end: int) -> frozenset[str] | None:
        """What the words around the number say it measures; None when they do not say."""
        before, after = self.text[max(0, start - 48) : start], self.text[end : end + 48]
        for pattern, quantities in _AFTER:
            if pattern.match(after):
                wanted = quantities
                if "needed" in quantities and re.search(
                    r"\b(?:takes?|needs?|needed|requires?)\s+(?:about\s+|some\s+)?$", before, re.I
                ):
                    return frozenset({"needed"})
                return wanted
        for pattern, quantities in _BEFORE:
            if pattern.search(before):
                return quantities
        return None

    def _fits(self, reference: Reference, quantities: frozenset[str] | None, match: re.Match[str]) -> bool:
        if quantities is not None:
            return reference.quantity in quantities
        if reference.quantity == "level":
            return bool(match["percent"])
        # A count is named as one; a bare number is none, unless nothing else is printed whole.
        return reference.quantity not in _COUNTS or "." not in match["digits"]

    def _agrees(
        self, reference: Reference, value: float, step: float, sign: str, match: re.Match[str]
    ) -> bool:
        real = reference.value
        if match["percent"] and (reference.quantity == "level" or abs(real) <= 1):
            real *= 100
        relation = self.text[: match.start()].rstrip()[-1:]
        if reference.quantity in ("p", "p_adjusted") and relation in "<≤" and relation:
            return real < value
        slack = step / 2 * (1 + 1e-9) + 1e-12 * abs(real)
        if reference.quantity not in _SIGNED or sign:
            return abs(real - value) <= slack
        # Without a sign the words say which way: "falls by 0.02" is −0.02, "by 0.02" may be either.
        way = self._way(match.start("digits"), match.end())
        if way:
            return abs(real - way * value) <= slack
        return abs(real - value) <= slack or (
            reference.quantity == "estimate" and abs(-real - value) <= slack
        )

    def _way(self, start: int, end: int) -> int:
        """−1 when the clause says that it falls, +1 when it says that it rises, else 0."""
        left, _ = self._clause(start)
        before = re.split(r",|\bwhile\b|\bbut\b|\band\b|\(", self.text[left:start])[-1]
        after = re.match(r"[^.;,()]{0,24}", self.text[end:])
        for stretch in (after.group() if after else "", before):
            falls, rises = list(_FALLS.finditer(stretch)), list(_RISES.finditer(stretch))
            if falls or rises:
                return -1 if falls and (not rises or falls[-1].start() > rises[-1].start()) else 1
        return 0


def _called(arms: Sequence[str]) -> dict[str, str]:
    """What each arm is called: by its name, and by its factor where only one arm sets that."""
    out = {arm: arm for arm in arms}
    factors: dict[str, list[str]] = {}
    for arm in arms:
        for factor in {part.partition("=")[0].strip() for part in re.split(r"[,+×]\s*", arm) if "=" in part}:
            factors.setdefault(factor, []).append(arm)
    for factor, of in factors.items():
        if len(of) == 1 and len(factor) > 1:
            out.setdefault(factor, of[0])
            out.setdefault(factor.rsplit(".", 1)[-1], of[0])
    return out


def _outermost(text: str, arm: str, arms: Sequence[str]) -> list[tuple[int, int]]:
    """Where an arm is named and no longer arm's name covers it."""
    longer = [span for other in arms if len(other) > len(arm) for span in spans(text, other)]
    return [
        (s, e) for s, e in spans(text, arm) if not any(left <= s and e <= right for left, right in longer)
    ]
