"""What a person may decide on a plan or a finding.

A decision is kept as a line of kind ``decision``: ``{subject, verb, digest, reason}`` and its actor
(``workbench/deciding.py``); the edit that follows is an ``application``: ``{subject, decision,
notebook, edits, inverse}``, claimed once (``workbench/applying.py``).
"""

from __future__ import annotations

from typing import Literal

DecisionVerb = Literal["accepted", "edited", "rejected", "deferred", "undone"]
