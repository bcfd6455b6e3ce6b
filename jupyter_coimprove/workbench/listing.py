"""Who can be asked here: the providers, what each lacks, which one answers, and the models it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import NeedsModel
from jupyter_coimprove.workbench.choosing import PROVIDERS, choose, provider_for
from jupyter_coimprove.workbench.views import CheckRow, ChecksView

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.bench import Bench


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A provider that a person could choose: the model it has ("": none), or what is missing and what to do."""

    provider: str
    model: str = ""
    missing: str = ""
    remedy: str = ""


def offers(bench: Bench) -> tuple[Offer, ...]:
    """What each provider has here, or lacks; nobody is asked for it."""
    found = []
    for name in PROVIDERS:
        try:
            choice = choose(bench, name)
        except NeedsModel as error:
            found.append(Offer(provider=name, missing=error.message, remedy=error.remedy or ""))
            continue
        forced = "" if choice.provider == name else f"{choice.provider} answers here, {choice.why}"
        found.append(Offer(provider=name, model="" if forced else choice.model, missing=forced))
    return tuple(found)


def models(bench: Bench, *, provider: str | None = None) -> ChecksView:
    """The providers, and the models of the one that answers (or is named), as its service lists them now."""
    from jupyter_coimprove.providers.anthropic import AnthropicProvider

    chosen = choose(bench, provider)
    rows = []
    for offer in offers(bench):
        if offer.missing:
            rows.append(CheckRow(name=offer.provider, ok=False, text=offer.missing, remedy=offer.remedy))
            continue
        model = f", {offer.model}" if offer.model else ", no model"
        why = f"; answers ({chosen.why})" if chosen.why else "; answers"
        rows.append(
            CheckRow(
                name=offer.provider,
                ok=True,
                text="ready" + model + (why if offer.provider == chosen.provider else ""),
            )
        )
    asked = provider_for(bench, provider)
    if isinstance(asked, AnthropicProvider):
        for row in asked.models():
            takes = (
                f"takes {row['max_input']:,} tokens, gives {row['max_output']:,}"
                if row["max_input"]
                else row["name"]
            )
            rows.append(CheckRow(name=row["id"], ok=True, text=takes))
    return ChecksView(summary=f"{asked.label} answers", ok=True, checks=tuple(rows))
