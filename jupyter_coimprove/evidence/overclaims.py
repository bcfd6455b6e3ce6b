"""What the words of a claim say beyond what the runs decide: a direction that is open, a reach, an effect without its interval.

``grounding`` holds every number of a claim against the runs; a claim of right numbers can still say too much.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jupyter_coimprove.evidence.finding import Reference
from jupyter_coimprove.evidence.grounding import Grounding, check
from jupyter_coimprove.evidence.numerals import spans

Kind = Literal["decides", "reaches", "no interval"]
_DECIDES = re.compile(
    r"\b(?:improv(?:es?|ed|ing)|worsen(?:s|ed)?|rais(?:es?|ed)|lower(?:s|ed)|increas(?:es?|ed)|decreas(?:es?|ed)|reduc(?:es?|ed)|"
    r"(?:raise|lower|hurt|help|harm|beat|cut)|boost(?:s|ed)?|helps|helped|hurts|harms|harmed|beats|cuts|lifts?|lifted|"
    r"gain(?:s|ed)?|loses?|lost|costs?|drops?|dropped|falls?|fell|rises?|rose|outperform(?:s|ed)?|degrad(?:es?|ed)|"
    r"(?:is|was|are|were|does|did|do|performs?|works?)\s+(?:\w+\s+)?(?:better|worse|higher|lower|superior|inferior))\b",
    re.IGNORECASE,
)
#: Words before (or a few after) such a verb that leave it open.
_OPEN = re.compile(
    r"\b(?:may|might|could|can|would|should|perhaps|possibly|maybe|whether|if|unclear|undecided|open|unknown|not|no|nor|never|neither|"
    r"probably|likely|presumably|apparently|potentially|arguably|conceivably|supposedly|allegedly|ostensibly|plausibl[ey]|tentatively|seemingly|"
    r"cannot|undetermined|inconclusive|without|seems?|appears?|hardly|expect\w*|hypothes\w*|predict\w*|suppos\w*)\b|n't\b",
    re.IGNORECASE,
)
_LEFT_OPEN = re.compile(r"\b(?:undecided|unclear|open|not shown|not decided|inconclusive)\b", re.IGNORECASE)
#: ``higher is better`` says how to read the response.
_READING = re.compile(r"\b(?:higher|lower|larger|smaller|more|less)\s+$", re.IGNORECASE)
_REACHES = re.compile(
    r"\b(?:in general|generally|always|universally|everywhere|prove[sdn]?(?!\s+to\b)|proving|guarante(?:es?|ed)|undoubtedly|certainly|"
    r"(?:beyond|without|no) (?:\w+ )?(?:doubt|exception)|regardless of|whatever|whichever|whoever|no matter|"
    r"(?:for|on|in|with|across|over|to|of) (?:any|all|every|each|other|unseen|new|future) (?:\w+ )?(?!(?:these|this|the|those|blocks?|runs?|seeds?|"
    r"splits?|folds?|arms?|treatments?|repetitions?|replicates?|pairs?|pairings?|rows?|items?)\b)\w+)\b",
    re.IGNORECASE,
)
#: Before ``to`` and a verb: what asserts that it does. All else (thought, hoped, yet, likely …) leaves it open.
_ASSERTS = re.compile(
    r"\b(?:shown|known|found|seen|observed|measured|proven|proved|certain|sure|bound|guaranteed|turns? out|turned out|happens?|happened|tends?)\s+"
    r"(?:(?:clearly|reliably|consistently)\s+)?to\s+(?:\w+ly\s+)?$",
    re.IGNORECASE,
)
_TO = re.compile(r"\bto\s+(?:\w+ly\s+)?$", re.IGNORECASE)
_CLAUSE = re.compile(r"(?<=[.!?;])\s+|\n+|;\s*|,?\s+(?:while|whereas|but)\s+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Beyond:
    """One thing that is said and not shown: of which treatment, in which words, and why it is too much."""

    kind: Kind
    arm: str
    text: str
    why: str


def beyond(
    text: str,
    references: Sequence[Reference],
    verdicts: Mapping[str, str],
    grounding: Grounding | None = None,
) -> tuple[Beyond, ...]:
    """All that ``text`` says beyond the evidence, in the order of the text, the missing intervals last.

    ``verdicts`` are by treatment; what is not ``better`` or ``worse`` decides no direction. A claim is general
    where the interval over items (``item_low``, ``item_high``) leaves zero out. ``grounding`` of this text is
    made where it is not given.
    """
    out: list[Beyond] = []
    arms = sorted(verdicts, key=len, reverse=True)
    general = {arm for arm in arms if _general(arm, references)}
    before = ""
    for clause in _CLAUSE.split(text):
        named = _named(clause, arms)
        spoken = named or ([before] if before else [])
        before = named[-1] if named else before
        for arm in spoken:
            verb = _decided(clause)
            if verb and verdicts[arm] not in ("better", "worse"):
                why = f"{arm} is {verdicts[arm]}: these runs do not show a direction"
                out.append(Beyond(kind="decides", arm=arm, text=verb, why=why))
            reach = _REACHES.search(clause)
            if (
                reach
                and arm not in general
                and not _OPEN.search(clause[max(0, reach.start() - 24) : reach.start()])
            ):
                why = f"nothing shows {arm} beyond these runs"
                out.append(Beyond(kind="reaches", arm=arm, text=reach[0], why=why))
    return (*out, *_bare(text, references, grounding))


def _named(clause: str, arms: Sequence[str]) -> list[str]:
    """The treatments that a clause names, in its order; a name inside a longer one is not named."""
    found: list[tuple[int, int, str]] = []
    for arm in arms:
        for start, end in spans(clause, arm):
            if not any(left <= start and end <= right for left, right, _ in found):
                found.append((start, end, arm))
    return list(dict.fromkeys(arm for _, _, arm in sorted(found)))


def _decided(clause: str) -> str:
    """The first verb of the clause that says a direction as a fact; empty where there is none."""
    plain = re.sub(r"`[^`]*`", lambda m: " " * len(m[0]), clause)
    for verb in _DECIDES.finditer(plain):
        before, after = plain[max(0, verb.start() - 60) : verb.start()], plain[verb.end() : verb.end() + 40]
        # "is hoped to raise" says nothing, "is shown to raise" does.
        wished = _TO.search(before) and not _ASSERTS.search(before)
        if not (wished or _OPEN.search(before) or _LEFT_OPEN.search(after) or _READING.search(before)):
            return verb[0]
    return ""


def _general(arm: str, references: Sequence[Reference]) -> bool:
    ends = {
        r.quantity: r.value for r in references if r.arm == arm and r.quantity in ("item_low", "item_high")
    }
    return len(ends) == 2 and ends["item_low"] * ends["item_high"] > 0


def _bare(text: str, references: Sequence[Reference], grounding: Grounding | None) -> list[Beyond]:
    """Effects that are told by their estimate, of treatments whose interval is known and nowhere told."""
    found = grounding or check(text, references)
    shown: dict[str, set[str]] = {}
    first: dict[str, str] = {}
    for number in found.backed:
        if number.reference is not None:
            shown.setdefault(number.reference.arm, set()).add(number.reference.quantity)
            if number.reference.quantity == "estimate":
                first.setdefault(number.reference.arm, number.text)
    known: dict[str, set[str]] = {}
    for reference in references:
        known.setdefault(reference.arm, set()).add(reference.quantity)
    return [
        Beyond(
            kind="no interval", arm=arm, text=said, why=f"the effect of {arm} is told without its interval"
        )
        for arm, said in first.items()
        if {"low", "high"} <= known[arm] and not {"low", "high"} <= shown[arm]
    ]
