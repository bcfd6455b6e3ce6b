"""Training data from verified decisions: SFT, KTO and DPO in the conversational forms that TRL reads.

Verified is what a person edited, gave a reason for, or what runs bear out; what was accepted in bulk never is. Secrets
are masked by the scrubber that is passed in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_coimprove.lessons.decided import Decided

Format = Literal["sft", "kto", "dpo"]
FORMATS: tuple[Format, ...] = ("sft", "kto", "dpo")
#: What each form holds, by TRL's documentation of dataset formats.
FIELDS: Mapping[Format, tuple[str, ...]] = {
    "sft": ("prompt", "completion"), "kto": ("prompt", "completion", "label"), "dpo": ("prompt", "chosen", "rejected"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Exported:
    """Lines of a data set: ``rows`` as they are written, the decisions behind each, and how many were left out, by why."""

    format: Format
    rows: tuple[Mapping[str, Any], ...]
    ids: tuple[tuple[str, ...], ...]
    left_out: Mapping[str, int]
    masked: int = 0

    @property
    def text(self) -> str:
        """JSON Lines."""
        return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in self.rows)


def why_not(one: Decided) -> str:
    """Why a decision verifies nothing; empty where it does."""
    if one.bulk:
        return "accepted in bulk"
    if one.author_kind == "person":
        return "a person's own proposal"
    if one.confirmed is False and one.verdict != "rejected":
        return "accepted, and contradicted by runs"
    if one.verdict == "edited" or one.reason.strip() or one.confirmed:
        return ""
    return "neither edited, nor with a reason, nor confirmed by runs"


def exported(
    decisions: Sequence[Decided], format: Format, scrub: Callable[[str], str] = lambda text: text
) -> Exported:
    """The verified ones of these as rows of a format, oldest first; the same row once.

    ``sft`` has what stands, ``kto`` each as it was proposed or left with whether it was wanted, ``dpo`` what a person
    made of what was proposed, and what they took where they had rejected another of the same question.
    """
    left: Counter[str] = Counter()
    found: dict[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {}
    masked = 0
    verified = []
    for one in decisions:
        why = why_not(one)
        if not why and not one.proposed.strip():
            why = "no text of it is kept"
        if why:
            left[why] += 1
        else:
            verified.append(one)
    for row, ids in _rows(verified, format, left):
        clean = _scrubbed(row, scrub)
        masked += clean != row
        found.setdefault(json.dumps(clean, sort_keys=True), (clean, ids))
    kept = list(found.values())
    return Exported(
        format=format, rows=tuple(row for row, _ in kept), ids=tuple(ids for _, ids in kept), left_out=dict(left), masked=masked,
    )  # fmt: skip


_Row = tuple[dict[str, Any], tuple[str, ...]]


def _rows(verified: Sequence[Decided], format: Format, left: Counter[str]) -> list[_Row]:
    out: list[_Row] = []
    taken = {
        (one.kind, _asked(one)): one for one in verified if one.verdict != "rejected" and one.asked.strip()
    }
    for one in verified:
        prompt = _said("user", _asked(one))
        if format == "sft":
            if one.verdict == "rejected":
                left["rejected: nothing to imitate"] += 1
                continue
            out.append(({"prompt": prompt, "completion": _said("assistant", one.stands)}, (one.id,)))
        elif format == "kto":
            wanted = one.verdict == "accepted"
            out.append(
                (
                    {"prompt": prompt, "completion": _said("assistant", one.proposed), "label": wanted},
                    (one.id,),
                )
            )
            if one.verdict == "edited":
                out.append(
                    (
                        {"prompt": prompt, "completion": _said("assistant", one.stands), "label": True},
                        (one.id,),
                    )
                )
        else:
            other = taken.get((one.kind, _asked(one))) if one.verdict == "rejected" else None
            if one.verdict == "edited":
                chosen, rejected, ids = one.stands, one.proposed, (one.id,)
            elif other is not None and other.stands != one.proposed:
                chosen, rejected, ids = other.stands, one.proposed, (other.id, one.id)  # type: ignore[assignment]
            else:
                left["nothing stands against it"] += 1
                continue
            out.append(
                (
                    {
                        "prompt": prompt,
                        "chosen": _said("assistant", chosen),
                        "rejected": _said("assistant", rejected),
                    },
                    ids,
                )
            )
    return out


def _asked(one: Decided) -> str:
    """What was to be done, in the person's words, or by what it is."""
    return one.asked.strip() or f"Propose {one.kind} for {one.notebook or 'this notebook'}."


def _said(role: str, text: str) -> list[dict[str, str]]:
    return [{"role": role, "content": text}]


def _scrubbed(row: Mapping[str, Any], scrub: Callable[[str], str]) -> dict[str, Any]:
    return {
        key: [{**turn, "content": scrub(turn["content"])} for turn in value]
        if isinstance(value, list)
        else value
        for key, value in row.items()
    }


def card(made: Exported, *, file: str, licence: str, made_at: str, version: str) -> str:
    """The data card beside the file: what is in it, what was left out and why, under which licence, from what."""
    left = sorted(made.left_out.items(), key=lambda row: (-row[1], row[0]))
    rows = [
        f"# {file}", "",
        f"Decisions of people on what an AI proposed, as training data for {made.format.upper()} "
        f"(fields: {', '.join(FIELDS[made.format])}; conversational form of TRL).", "",
        f"- made by: jupyter-coimprove {version}, {made_at}",
        f"- licence: {licence or 'not said; ask who made the decisions before you pass it on'}",
        f"- rows: {len(made.rows)}, from {len({i for ids in made.ids for i in ids})} decisions",
        f"- secrets: masked by the same rules as what goes to a model ({made.masked} rows had some)",
        "- verified: every row was edited by a person, has their reason, or is borne out by runs; none was accepted in bulk", "",
        "## Left out", "",
        *([f"- {times}: {why}" for why, times in left] or ["- nothing"]), "",
        "## Where each row comes from", "",
        *(f"{number}. {', '.join(ids)}" for number, ids in enumerate(made.ids, start=1)), "",
    ]  # fmt: skip
    return "\n".join(rows)
