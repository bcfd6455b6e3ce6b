"""Decisions as lessons are drawn from them: read from the record, those of people on what was made here, that still stand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.lessons.decided import Decided, Verdict
from jupyter_coimprove.lessons.features import of_plan, of_source, of_words

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

#: So many decisions, the newest: what a lab did years ago says little of what it wants now.
MOST = 2000
_VERDICTS: Mapping[str, Verdict] = {"accepted": "accepted", "edited": "edited", "rejected": "rejected"}
#: How a record's kinds are called where lessons speak of them.
KINDS = {
    "proposal": "cells", "experiment": "plan", "finding": "finding", "check": "check", "card": "card",
}  # fmt: skip


def of(bench: Bench) -> list[Decided]:
    """The standing decisions of people, oldest first; a decision that was taken back is none. Foreign lines are left out."""
    return [one for one, _ in numbered(bench)]


def numbered(bench: Bench, most: int = MOST) -> list[tuple[Decided, int]]:
    """The same, the newest ``most``, each with its place in the record."""
    record = bench.record()
    last: dict[str, Item] = {}
    for item in record.find("decision"):
        if item.trust == "own" and item.actor.get("kind") == "person":
            verb = item.data.get("verb")
            if verb in _VERDICTS or verb == "undone":
                last[str(item.data.get("subject", ""))] = item
    standing = sorted(
        (item for item in last.values() if item.data["verb"] != "undone"), key=lambda item: item.seq
    )[-most:]
    views = {str(item.data["subject"]): item for item in record.find("prediction") if "subject" in item.data}
    found = []
    for decision in standing:
        for subject in _subject(bench, str(decision.data["subject"])):
            view = views.get(subject.id)
            said = str(view.data.get("view", "")) if view is not None and view.trust == "own" else ""
            found.append((_decided(bench, decision, subject, said), decision.seq))
    return found


def undone(bench: Bench) -> int:
    """How many acceptances people took back."""
    verbs: dict[str, str] = {}
    count = 0
    for item in bench.record().find("decision"):
        if item.trust != "own" or item.actor.get("kind") != "person":
            continue
        subject, verb = str(item.data.get("subject", "")), str(item.data.get("verb", ""))
        count += verb == "undone" and verbs.get(subject) in ("accepted", "edited")
        verbs[subject] = verb
    return count


def _subject(bench: Bench, id_: str) -> Iterator[Item]:
    """What was decided on, where it is of a kind that lessons speak of and was made here."""
    from jupyter_coimprove.errors import UnknownName

    try:
        item = bench.record().get(id_)
    except UnknownName:
        return  # erased, or of a journal that is not here any more
    if item.kind in KINDS and item.trust == "own":
        yield item


def _decided(bench: Bench, decision: Item, subject: Item, view: str) -> Decided:
    verdict = _VERDICTS[str(decision.data["verb"])]
    parts = {
        "proposal": _cells, "experiment": _plan, "finding": _finding, "check": _check, "card": _card,
    }[subject.kind](bench, subject, verdict)  # fmt: skip
    author = parts.pop("author", None) or subject.actor
    distance = decision.data.get("edit_distance")
    if distance is None and verdict == "accepted":
        distance = 0.0
    if distance is None and verdict == "edited":
        from jupyter_coimprove.curation.rules import edit_distance

        distance = edit_distance(str(parts["proposed"]), str(parts["stands"]))
    return Decided(
        id=decision.id, subject=subject.id, kind=KINDS[subject.kind], notebook=str(subject.data.get("notebook", "")),
        verdict=verdict, reason=str(decision.data.get("reason") or ""), at=decision.created, view=view,
        by=str(decision.actor.get("display") or decision.actor.get("id") or ""),
        author=str(author.get("display") or author.get("id") or ""), author_kind=str(author.get("kind", "tool")),
        distance=None if distance is None else float(distance), bulk=decision.data.get("bulk") is True, **parts,
    )  # fmt: skip


def _cells(bench: Bench, item: Item, verdict: Verdict) -> dict[str, Any]:
    edits = [dict(edit) for edit in item.data.get("edits", ())]
    own = {int(number) - 1: str(text) for number, text in dict(item.data.get("edited_sources") or {}).items()}
    texts = [str(edit.get("source", "")) for edit in edits]
    left = [own.get(number, text) for number, text in enumerate(texts)] if verdict == "edited" else texts
    acts = frozenset(f"{edit.get('kind')} {edit.get('cell_kind', 'code')}" for edit in edits)
    kept = frozenset[str]() if verdict == "rejected" else _code(edits, left) | acts
    extra = dict(item.data.get("extra") or {})
    return {
        "features": _code(edits, texts) | acts, "kept": kept, "proposed": "\n\n".join(texts),
        "stands": "" if verdict == "rejected" else "\n\n".join(left), "asked": str(extra.get("prompt") or item.data.get("why") or ""),
    }  # fmt: skip


def _code(edits: list[dict[str, Any]], texts: list[str]) -> frozenset[str]:
    found = (
        of_source(text)
        for edit, text in zip(edits, texts, strict=True)
        if edit.get("cell_kind", "code") == "code" and edit.get("kind") != "delete"
    )
    return frozenset().union(*found)


def _plan(bench: Bench, item: Item, verdict: Verdict) -> dict[str, Any]:
    text = str(item.data.get("plan_toml", ""))
    first = text
    if verdict == "edited":
        lines = bench.record().follow(0, id=item.id)
        first = next((str(line.data["plan_toml"]) for line in lines if "plan_toml" in line.data), text)
    asked_by = item.data.get("asked_by")
    own = str(item.data.get("provider", "")).startswith("the person's own")
    return {
        "features": _read(first), "kept": frozenset() if verdict == "rejected" else _read(text), "proposed": first,
        "stands": "" if verdict == "rejected" else text, "asked": str(item.data.get("question", "")),
        "author": asked_by if own and isinstance(asked_by, dict) else {"kind": "person"} if own else None,
        "confirmed": True if item.state == "completed" else None,
    }  # fmt: skip


def _read(plan: str) -> frozenset[str]:
    try:
        return of_plan(tomllib.loads(plan))
    except tomllib.TOMLDecodeError:
        return frozenset()


def _finding(bench: Bench, item: Item, verdict: Verdict) -> dict[str, Any]:
    data = item.data
    claim = str(data.get("claim", ""))
    features = of_words({f"arm {arm}": said for arm, said in dict(data.get("verdicts") or {}).items()})
    extra = dict(data.get("extra") or {})
    return {
        "features": features, "kept": frozenset() if verdict == "rejected" else features, "proposed": claim,
        "stands": "" if verdict == "rejected" else str(data.get("edited_text") or claim),
        "asked": str(extra.get("question", "")), "confirmed": True if data.get("references") else None,
    }  # fmt: skip


def _check(bench: Bench, item: Item, verdict: Verdict) -> dict[str, Any]:
    data = item.data
    features = check_features(str(data.get("flaw", "")), str(data.get("confidence", "")))
    said = f"{data.get('title', '')}: {data.get('claim', '')}"
    return {
        "features": features, "kept": frozenset() if verdict == "rejected" else features, "proposed": said,
        "stands": "" if verdict == "rejected" else said, "asked": "Is anything wrong here?",
        # What only a run shows was shown by one.
        "confirmed": True if data.get("experiment") else None,
    }  # fmt: skip


def check_features(rule: str, confidence: str) -> frozenset[str]:
    """What a finding of a check is made of: its rule, and how sure it is."""
    return of_words({"rule": rule, "confidence": confidence})


def card_features(kind: str, activity: str, more: Mapping[str, Any]) -> frozenset[str]:
    """What a card is made of: its kind, its activity and where it came from."""
    return of_words({"card": kind, "activity": activity, "source": str(more.get("source", ""))})


def _card(bench: Bench, item: Item, verdict: Verdict) -> dict[str, Any]:
    data = item.data
    features = card_features(
        str(data.get("card", "")), str(data.get("activity", "")), dict(data.get("more") or {})
    )
    evidence = "; ".join(map(str, data.get("evidence", ())))
    said = f"{data.get('title', '')}\n{evidence}".strip()
    return {
        "features": features, "kept": frozenset() if verdict == "rejected" else features, "proposed": said,
        "stands": "" if verdict == "rejected" else said, "asked": "What is worth working on?",
    }  # fmt: skip
