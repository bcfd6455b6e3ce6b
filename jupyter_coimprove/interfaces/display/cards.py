"""Cards: the data a front end (the lab extension, or the widgets) draws an answer from."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from jupyter_coimprove.wire.call import as_dict
from jupyter_coimprove.workbench import views as v

EXPERIMENT = "application/vnd.coimprove.experiment+json"
PROPOSAL = "application/vnd.coimprove.proposal+json"


@singledispatch
def cards(view: v.View) -> dict[str, dict[str, Any]]:
    """Card data by MIME type; none for an answer that is only read."""
    return {}


@cards.register
def _(view: v.PlanView) -> dict[str, dict[str, Any]]:
    return {EXPERIMENT: as_dict(view)}


@cards.register
def _(view: v.StatusView) -> dict[str, dict[str, Any]]:
    return {EXPERIMENT: as_dict(view)} if view.experiments else {}


@cards.register
def _(view: v.ResultsView) -> dict[str, dict[str, Any]]:
    return {EXPERIMENT: as_dict(view)}


@cards.register
def _(view: v.CheckView) -> dict[str, dict[str, Any]]:
    return {PROPOSAL: as_dict(view)} if view.findings else {}


@cards.register
def _(view: v.ProposalView) -> dict[str, dict[str, Any]]:
    return {PROPOSAL: as_dict(view)}


@cards.register
def _(view: v.FindingView) -> dict[str, dict[str, Any]]:
    return {PROPOSAL: as_dict(view)}
