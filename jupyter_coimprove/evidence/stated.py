"""Which numbers of free prose the notebook backs: by what it is called, where it stands, and its printed digits.

``grounding`` reads claims about an experiment, whose words are known. Here any sentence about a notebook is
read: a number is backed when something that the words around it name has that value, rounded as printed.
Digits that nobody printed, another thing's number and what nothing shows are flagged; advice, expectation
and general knowledge state nothing about this notebook and are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jupyter_coimprove.evidence import grounding
from jupyter_coimprove.evidence.calling import words
from jupyter_coimprove.evidence.finding import Reference
from jupyter_coimprove.evidence.grounding import Grounding, Number
from jupyter_coimprove.evidence.numerals import NUMBER, spans, value_of

#: A number of so many digits that agrees by chance is rare: it needs no name beside it.
TELLING = 4
#: How much less of a name may be said than of the best named fact.
_NEAR = 0.3
#: Rounding to one digit may not change a number by more than this share: 1 is not what 0.5 is.
_COARSE = 0.1
_MODAL = re.compile(
    r"\be\.g\.|(?:^|[.:;,]\s|\b(?:to|could|then|and|or|just|you|please) )set\b|\b(?:try|use|using|run|consider|would|could|should|might|may|expect\w*|suggest\w*|recommend\w*|propos\w*|"
    r"such as|for example|increase|decrease|choose|pick|start with|let's|instead|need(?:s|ed)?)\b",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"\b(?:is|was|are|were|reach\w*|prints?|printed|shows?|showed|came|comes|fell|falls|has|have|had|stands?|sets|"
    r"reports?|reported|ends?|holds?)\b",
    re.IGNORECASE,
)
_GENERAL = re.compile(
    r"\b(?:rule of thumb|typical(?:ly)?|usual(?:ly)?|in general|common(?:ly)?|often)\b", re.IGNORECASE
)
_DERIVED = re.compile(
    r"\b(?:differ\w*|changes?|gaps?|by|improve\w*|drops?|gains?|higher|lower|more|less|times|ratio|factor|rise|fall)\b|×",
    re.IGNORECASE,
)
_CELL = re.compile(r"\bcells?\s+#?(\d{1,5})\b|\bIn\s?\[(\d{1,5})\]|\bOut\s?\[(\d{1,5})\]", re.IGNORECASE)
_PART = re.compile(r"[,;()]|\band\b|\bwhile\b|\bbut\b")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A number that is there: what it is called, its value and digits after the point (None: exact).

    ``also`` are words that may name it beside ``called``; ``cell`` counts from 1, 0 for a live variable.
    """

    called: frozenset[str]
    value: float
    places: int | None = None
    cell: int = 0
    where: str = ""
    also: frozenset[str] = frozenset()


def check(text: str, facts: Iterable[Fact], references: Sequence[Reference] = ()) -> Grounding:
    """Look at every number of ``text``; ``why`` of each says what backs it, or what is nearest."""
    known = list(facts)
    plain = grounding.check(text, references)
    arms = sorted({r.arm for r in references if r.arm}, key=len, reverse=True)
    counted = [number for number in plain.numbers if number.state != "ignored"]
    reader = _Reader(text, known, counted)
    out, backed = [], []
    for number in plain.numbers:
        if number.state == "ignored" or (why := reader.states_nothing(number)):
            out.append(number if number.state == "ignored" else _as(number, "ignored", why))
            continue
        clause = text[slice(*reader.clause(number.start))]
        if any(spans(clause, arm) for arm in arms):
            # A treatment is named: its runs say whether the number is right.
            found = number
        elif number.state == "backed" and not known:
            found = number
        else:
            found = reader.read(number, counted)
        out.append(found)
        if found.state == "backed":
            backed.append(found)
    whole = [reader.derived(number, backed) if number.state == "flagged" else number for number in out]
    return Grounding(numbers=tuple(whole))


def _as(number: Number, state: grounding.State, why: str) -> Number:
    return Number(text=number.text, start=number.start, end=number.end, state=state, why=why)


def _value(number: Number) -> tuple[float, float, bool]:
    """The value as printed, one unit of its last digit, and whether it is a percentage."""
    match = NUMBER.search(number.text)
    assert match is not None  # it was found by this pattern
    value, step = value_of(match, match["sign"] or "")
    return value, step, bool(match["percent"])


class _Reader:
    """One text, with where its numbers and clauses are."""

    def __init__(self, text: str, facts: list[Fact], counted: Sequence[Number]) -> None:
        self.text, self.facts = text, facts
        self.breaks = [m.end() for m in re.finditer(r"(?<=[.!?;:])\s+(?=[A-Z*`-])|\n+", text)]
        self.ends = [(number.start, number.end) for number in counted]

    def clause(self, at: int) -> tuple[int, int]:
        left = max((b for b in self.breaks if b <= at), default=0)
        return left, min((b for b in self.breaks if b > at), default=len(self.text))

    def states_nothing(self, number: Number) -> str:
        """Why the clause says what to do or to expect rather than what is; or an empty string."""
        left, right = self.clause(number.start)
        clause = self.text[left:right]
        if _GENERAL.search(clause):
            return "general knowledge"
        for modal in _MODAL.finditer(clause):
            start, end = left + modal.start(), left + modal.end()
            between = self.text[end : number.start] if end <= number.start else self.text[number.end : start]
            if not _STATES.search(between):
                return "advice or expectation"
        return ""

    def read(self, number: Number, counted: Sequence[Number]) -> Number:
        """The number with the fact that backs it, or flagged with what is nearest."""
        value, step, percent = _value(number)
        percent = percent or re.match(r"\s*per\s?cent", self.text[number.end :], re.IGNORECASE) is not None
        agreeing = [fact for fact in self.facts if _agrees(fact, value, step, percent)]
        left, right = self.clause(number.start)
        cells = {int(m[1] or m[2] or m[3]) for m in _CELL.finditer(self.text[left:right])}
        nearest: Fact | None = None
        for stretch, last in self._stretches(number, left, right):
            said = words(stretch)
            scored = [(score, fact) for fact in self.facts if (score := _score(fact, said)) > 0]
            if not scored:
                continue
            best = max(score for score, _ in scored)
            close = [fact for score, fact in scored if score >= best - _NEAR]
            for fact in close:
                if fact in agreeing:
                    return _as(number, "backed", fact.where)
            nearest = nearest or min(close, key=lambda fact: abs(fact.value - value))
            if last:
                return _as(number, "flagged", f"{nearest.where} has {nearest.value:g}")
        for fact in agreeing:
            if fact.cell in cells or (nearest is None and _digits(number.text) >= TELLING):
                return _as(number, "backed", fact.where)
        told = f"{nearest.where} has {nearest.value:g}" if nearest else "nothing here shows it"
        return _as(number, "flagged", told)

    def _stretches(self, number: Number, left: int, right: int) -> list[tuple[str, bool]]:
        """What is said right before and right after the number, then in all of its clause; whether to stop there."""
        before = max((end for _, end in self.ends if end <= number.start and end > left), default=left)
        after = min((start for start, _ in self.ends if start >= number.end and start < right), default=right)
        behind = self.text[number.end : after]
        part = _PART.split(behind.lstrip(" ,)*`"), maxsplit=1)[0]
        return [
            (self.text[before : number.start], False), (part, True),
            (self.text[left : number.start], True), (self.text[number.end : right], True),
        ]  # fmt: skip

    def derived(self, number: Number, backed: Sequence[Number]) -> Number:
        """A difference or a ratio of two numbers of the same clause that are backed is backed with them."""
        left, right = self.clause(number.start)
        if not _DERIVED.search(self.text[max(left, number.start - 40) : min(right, number.end + 20)]):
            return number
        value, step, percent = _value(number)
        here = [_value(one) for one in backed if left <= one.start < right]
        for i, (a, sa, _) in enumerate(here):
            for b, sb, _ in here[i + 1 :]:
                slack = step / 2 + (sa + sb) / 2
                if abs(abs(a - b) - abs(value)) <= slack * (1 + 1e-9):
                    return _as(number, "backed", "the difference of two numbers beside it")
                for x, y in ((a, b), (b, a)):
                    if y and abs((abs(x - y) / abs(y) * 100 if percent else x / y) - abs(value)) <= step:
                        return _as(number, "backed", "follows from two numbers beside it")
        return number


def _digits(text: str) -> int:
    return len(re.sub(r"\D", "", text).lstrip("0"))


def _score(fact: Fact, said: frozenset[str]) -> float:
    """How far the words name the fact: words in common, less what of its name is not said."""
    common = len(fact.called & said)
    return common + 0.9 * len(fact.also & said) - 0.25 * len(fact.called - said) if common else 0.0


def _agrees(fact: Fact, value: float, step: float, percent: bool) -> bool:
    """Whether the fact rounds to the number; more digits than were printed are nobody's."""
    for real, places in ((fact.value, fact.places), *([(fact.value * 100, None if fact.places is None else fact.places - 2)] if percent else [])):  # fmt: skip
        if places is not None and step < 10.0 ** -max(0, places) * (1 - 1e-9):
            continue
        if abs(real - value) <= min(step / 2 * (1 + 1e-9), _COARSE * abs(real)) + 1e-12 * abs(real):
            return True
    return False
