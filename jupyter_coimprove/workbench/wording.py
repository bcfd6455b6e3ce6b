"""A finding in a model's words: every number of it backed by the runs, and decided by a person like any other.

It stands beside the computed card of its experiment and takes its place only when a person accepts it;
the verdicts, the table and what backs each number are the computed ones.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, NothingToDo, UsageError

if TYPE_CHECKING:
    from jupyter_coimprove.evidence.finding import Finding
    from jupyter_coimprove.record.base import Item, Record
    from jupyter_coimprove.registry import Actor
    from jupyter_coimprove.workbench.bench import Bench

#: The words become a cell of the notebook: nothing in them is drawn, linked or run.
_MARKUP = re.compile(
    r"<[a-z/!?]|\]\(|\]\[|^\s*\[[^\]]*\]:|\bhttps?:|^\s*(?:#|```|~~~|%|!)", re.IGNORECASE | re.MULTILINE
)


def checked(bench: Bench, notebook: Path, data: Mapping[str, Any]) -> tuple[Item, Finding]:
    """The computed card that is worded anew, and the finding as it would be kept (with an empty id).

    NothingToDo where there is no card to word, DecisionError where one is accepted, UsageError for a
    number that no run backs, for words that say more than the runs decide, and for markup.
    """
    from jupyter_coimprove.evidence import grounding, overclaims, words
    from jupyter_coimprove.evidence.finding import Finding
    from jupyter_coimprove.workbench import piloting, shelf, watching

    record = bench.record(notebook)
    item = shelf.own(shelf.experiment_item(record, str(data["experiment"])))
    name = shelf.notebook_name(bench.root(notebook), notebook)
    if item.data.get("notebook") != name:
        raise UsageError(f"{item.id} is about {item.data.get('notebook')}", remedy=f"name one of {name}")
    card = shelf.computed_finding(record, item.id)
    if item.state not in watching.ENDED or piloting.blinded(record, item) or card is None:
        raise NothingToDo(f"{item.id} has no finding to word", remedy="it has one once it has ended")
    check_alone(record, card)
    claim = str(data["claim"]).strip()
    if not claim:
        raise UsageError("an empty finding says nothing")
    if match := _MARKUP.search(claim):
        raise UsageError(
            f"{match[0].strip()!r} is markup",
            remedy="a finding is plain sentences: no HTML, links or headings",
        )
    computed = Finding.from_dict({**card.data, "id": card.id})
    # Where a number stands in the computed words says nothing of these.
    references = tuple(dataclasses.replace(reference, start=-1) for reference in computed.references)
    found = grounding.check(claim, references)
    flagged = found.flagged
    if flagged:
        said = "; ".join(f"{number.text} ({number.why})" for number in flagged[:8])
        raise UsageError(
            f"no run backs {said}",
            remedy="take numbers as read_effects gives them, with the name of their arm",
        )
    # The interval stands in the table beside the words; a direction or a reach that nothing shows must not.
    said_too_much = [
        one
        for one in overclaims.beyond(claim, references, computed.verdicts, found)
        if one.kind != "no interval"
    ]
    if said_too_much:
        said = "; ".join(f"“{one.text}” ({one.why})" for one in said_too_much[:8])
        raise UsageError(
            f"the words say more than the runs show: {said}",
            remedy="say what is decided, of these runs, and leave open what they leave open",
        )
    made = dataclasses.replace(
        computed, id="", claim=claim, references=references,
        extra={**computed.extra, "instead_of": card.id, "why": str(data.get("why") or "")},
    )  # fmt: skip
    return card, dataclasses.replace(made, digest=words.digest(made))


def keep(bench: Bench, notebook: Path, data: Mapping[str, Any], author: Actor) -> str:
    """Put it into the record, by its author, pending; the same again while it waits is the one that is there."""
    from jupyter_coimprove.evidence import words
    from jupyter_coimprove.ids import new_id
    from jupyter_coimprove.record.base import Draft

    card, made = checked(bench, notebook, data)
    record = bench.record(notebook)
    for item in record.find("finding", digest=made.digest):
        if item.trust == "own" and item.state in ("pending", "deferred"):
            return item.id
    id_ = new_id("finding", bench.clock)
    made = dataclasses.replace(made, id=id_)
    kept = {
        **made.as_dict(), "markdown": words.markdown(made, figures=False), "place": card.data.get("place"),
        "worded_by": author.id, "asked_by": bench.actor.as_dict(),
    }  # fmt: skip
    kept.pop("id")
    record.append([Draft(id=id_, kind="finding", event="proposed", state="pending", data=kept, actor=author)])
    return id_


def check_alone(record: Record, item: Item) -> None:
    """A card is accepted in one wording: DecisionError where another of it, or itself, is accepted."""
    for other in record.find("finding", experiment=item.data["experiment"]):
        taken = other.id != item.id and other.trust == "own" and other.state in ("accepted", "edited")
        if taken and _card(other) == _card(item):
            raise DecisionError(
                f"{other.id} is the accepted finding of {item.data['experiment']}",
                remedy=f"`coimprove undo {other.id}` takes it back first",
            )


def _card(item: Item) -> str:
    """The computed card that a finding is, or is another wording of."""
    return str((item.data.get("extra") or {}).get("instead_of") or item.id)
