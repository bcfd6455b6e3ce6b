"""What is claimed from the evidence: plain words in which every number resolves to a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One number of the claim: as printed, and where it comes from.

    ``key`` is a path into the evidence (``effects/dropout=0.0/estimate``), ``runs`` the runs
    behind it, ``value`` the number unrounded.
    """

    text: str
    key: str
    value: float
    runs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One card an experiment: the claim in plain words, its verdicts, and what backs each number."""

    id: str
    experiment: str
    notebook: str
    claim: str
    verdicts: Mapping[str, str]
    references: tuple[Reference, ...]
    deviations: tuple[str, ...] = ()
    status: str = "confirmatory"
    digest: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
