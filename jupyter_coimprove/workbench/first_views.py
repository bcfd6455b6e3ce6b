"""Your view first: on a share of what a model proposes, the person says what they think before they see its words.

Which items these are follows from this user's key and the item's id, so that no model can know, and every door agrees.
The person sees the code, or the effects, and says yes or no; the model's reasons are shown after. On the same share of
experiments a model's prediction stays away until there are results. What is said is kept, and shows whether a model's
words move people, and what people can without it. ``COIMPROVE_FIRST_VIEW`` sets the share (0: never).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.ids import new_id
from jupyter_coimprove.workbench.views import DecisionView

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item
    from jupyter_coimprove.workbench.bench import Bench

DEFAULT = 0.1
VARIABLE = "COIMPROVE_FIRST_VIEW"
KINDS = ("proposal", "finding", "card")
WAITS = ("pending", "deferred")
YES_NO = ("yes", "no")
WITHHELD = "your view first: what the model says of it is shown after you said yes or no"


def share(bench: Bench) -> float:
    """The share of items, from 0 to 1: of the environment, else of Jupyter's configuration, else a tenth."""
    from jupyter_coimprove.workbench.choosing import settings

    said = os.environ.get(VARIABLE, "").strip()
    if not said:
        return float(settings(bench).get("first_view", DEFAULT))
    try:
        found = float(said)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise UsageError(f"{VARIABLE} is {said!r}", remedy="a share from 0 to 1, as 0.1")
    return found


def _drawn(bench: Bench, what: str, id_: str) -> bool:
    """Whether this item is of the share, by a digest that nobody without this user's key can compute."""
    from jupyter_coimprove.record.key import load_key

    wanted = share(bench)
    if wanted <= 0:
        return False
    key = load_key(bench.clock, create=False)
    return key is not None and int(key.sign(f"{what} {id_}")[:12], 16) < wanted * 16**12


def due(bench: Bench, item: Item) -> bool:
    """Whether the person has to say their view of this before they see the model's words, or decide."""
    asked = item.kind in KINDS and item.actor.get("kind") == "ai" and item.trust == "own"
    if not asked or item.state not in WAITS or bench.actor.kind != "person":
        return False
    return _drawn(bench, "view", item.id) and _view(bench, item) is None


def unaided(bench: Bench, experiment: str) -> bool:
    """Whether a model's prediction of this experiment is shown only with the results."""
    return _drawn(bench, "unaided", experiment)


def _view(bench: Bench, item: Item) -> Item | None:
    found = bench.record().find("prediction", subject=item.id)
    return next((one for one in found if one.trust == "own" and one.actor.get("id") == bench.actor.id), None)


def require(bench: Bench, item: Item) -> None:
    """DecisionError where the person's view is still due."""
    if due(bench, item):
        raise DecisionError(
            f"{item.id}: your view first, before you see what the model says of it",
            remedy=f"`coimprove view {item.id} yes` (or no): would you have it? Then decide",
        )


def asked(item: Item) -> str:
    """What it is, without the model's words."""
    if item.kind == "proposal":
        return str(item.data.get("title", ""))
    if item.kind == "finding":
        return f"what {item.data.get('experiment', '')} shows"
    return f"a {item.data.get('card', 'card')}"


def next_of(item: Item) -> tuple[str, ...]:
    """What is asked in the place of a decision."""
    return (f"coimprove view {item.id} yes", f"coimprove view {item.id} no")


def view(bench: Bench, *, id: str, said: str) -> DecisionView:
    """Keep what the person thinks of an item before they saw a model's words on it; it decides nothing.

    NothingToDo where none is asked for; UsageError for another word than yes or no.
    """
    from jupyter_coimprove.errors import NothingToDo
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.workbench import deciding, shelf

    if said not in YES_NO:
        raise UsageError(f"{said!r} is no view", remedy="say yes (you would have it) or no")
    bench.require_person("your view")
    item = shelf.own(shelf.item_of(bench.record(), id, *KINDS))
    if not due(bench, item):
        raise NothingToDo(
            f"no view of {item.id} is asked for", remedy=f"`coimprove show {item.id}`, then decide"
        )
    kept = new_id("prediction", bench.clock)
    data: dict[str, Any] = {"subject": item.id, "view": said, "digest": deciding.digest_of(item)}
    bench.record().append([Draft(id=kept, kind="prediction", event="viewed", actor=bench.actor, data=data)])
    return DecisionView(
        summary=f"you said {said}; now see what the model says of {item.id}", id=kept, subject=item.id, verb="viewed",
        state=item.state, application="none", next=(f"coimprove show {item.id}",),
    )  # fmt: skip
