"""The one list of names that files, events and screens share.

Ids, states, actors and event names are fixed here and nowhere else; tests hold
the code (and, with the lab extension, the TypeScript) against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PREFIXES: dict[str, str] = {
    "proposal": "prp",
    "decision": "dec",
    "application": "app",
    "experiment": "exp",
    "run": "run",
    "finding": "fnd",
    "check": "chk",
    "card": "crd",
    "prediction": "prd",
    "lesson": "les",
    "message": "msg",
    "position": "pos",
}

PROPOSAL_STATES = (
    "pending", "deferred", "stale", "orphaned", "accepted",
    "edited", "rejected", "undone", "superseded",
)  # fmt: skip
#: A finding is decided on like any proposal.
FINDING_STATES = PROPOSAL_STATES
#: A finding of a check too: accepted is a problem, rejected is none, superseded is gone from the code.
CHECK_STATES = PROPOSAL_STATES
#: What an activity brings out: accepted is worked on, superseded is no longer found.
CARD_STATES = PROPOSAL_STATES
#: What somebody says in a debate: sealed is known by its digest alone.
POSITION_STATES = ("sealed", "revealed")
#: A lesson is gone by where a person accepted it; suspended is gone by by nobody until a person decides again.
LESSON_STATES = (
    "pending", "deferred", "accepted", "edited", "rejected", "superseded", "suspended", "retired",
)  # fmt: skip
DECISIONS = ("accepted", "edited", "rejected", "deferred", "undone")
#: Asked for on a digest like a decision, and decides nothing: its code was run in a locked copy of the kernel.
LOOKS = ("previewed",)
#: Kept like a decision, and decides on neither: two ideas compared by a person.
COMPARISONS = ("preferred", "tied")
APPLICATION_STATES = ("queued", "claimed", "applied", "refused", "reverted")
EXPERIMENT_STATES = (
    "draft", "registered", "running", "paused", "completed", "cancelled", "abandoned",
)  # fmt: skip
RUN_STATES = (
    "queued", "running", "paused", "completed", "failed",
    "cancelled", "lost", "timed_out", "reused",
)  # fmt: skip
#: Runs that will not change any more.
RUN_FINAL = frozenset({"completed", "failed", "cancelled", "timed_out", "reused"})
#: Failures of the machine, repeated and never counted against an arm (STATISTICS 15).
INFRASTRUCTURE = frozenset({"oom", "disk_full", "lease_lost", "runner_lost", "worker_lost"})
FAILURES = INFRASTRUCTURE | {
    "error", "kernel_died", "exited", "timed_out", "output_cap", "needs_input",
    "isolation", "response_missing",
}  # fmt: skip
EXPERIMENT_STATUS = ("confirmatory", "exploratory", "post hoc")
VERDICTS = ("better", "worse", "equivalent", "undecided")
BLOCK_KINDS = ("split", "folds", "init", "order", "unknown", "none")
EVENT_KINDS = (*PREFIXES, "salt", "trust", "tombstone")

ActorKind = Literal["person", "ai", "tool"]
Auth = Literal["hub", "password", "token", "os", "kernel"]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who did it, and how we know."""

    kind: ActorKind
    id: str
    display: str
    auth: Auth

    def as_dict(self) -> dict[str, str]:
        return {"kind": self.kind, "id": self.id, "display": self.display, "auth": self.auth}


TOOL = Actor(kind="tool", id="coimprove", display="coimprove", auth="os")
