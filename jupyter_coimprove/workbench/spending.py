"""What asking a model costs: counted and shown before, held against budgets, kept after.

Budgets and prices are the person's own settings, in the environment or, where that says nothing, in Jupyter's
configuration (``configuring``: ``c.Coimprove.budget_day`` and so on); nothing in a notebook or a
project folder sets them. ``COIMPROVE_PRICES`` is JSON: ``{"MODEL": {"input": 3, "output": 15,
"cache_read": 0.3, "cache_write": 3.75}}``, a million tokens each, ``*`` for any other model. Where a
cached token has no price it counts as one of input. ``COIMPROVE_TOKENS_REQUEST`` and ``_TOKENS_DAY``
bound tokens, ``COIMPROVE_BUDGET_REQUEST`` and ``_BUDGET_DAY`` money; a day is one of UTC and counts the
questions asked in this project. ``COIMPROVE_TOKENS_EXPERIMENT`` and ``_BUDGET_EXPERIMENT`` bound what all
questions that name one experiment take. ``COIMPROVE_ESTIMATE_ABOVE`` tokens are told before they are sent.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.proposals.context import size
from jupyter_coimprove.workbench.views import UsageRow, UsageView

if TYPE_CHECKING:
    from jupyter_coimprove.proposals.provider import Provider, Request
    from jupyter_coimprove.record.base import Item, Record
    from jupyter_coimprove.registry import Actor
    from jupyter_coimprove.workbench.bench import Bench

_KINDS = ("input", "output", "cache_read", "cache_write")
#: What an answer is taken to cost before it is known, in tokens.
ANSWER = 2_000
ESTIMATE_ABOVE = 50_000.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The person's prices and bounds; None where none is set."""

    prices: Mapping[str, Mapping[str, float]]
    tokens_request: float | None
    tokens_day: float | None
    cost_request: float | None
    cost_day: float | None
    estimate_above: float
    tokens_experiment: float | None = None
    cost_experiment: float | None = None

    def price(self, model: str, provider: str = "") -> Mapping[str, float] | None:
        """What a million tokens cost; a model on this computer costs nothing."""
        if provider == "local":
            return {"input": 0.0, "output": 0.0}
        return self.prices.get(model, self.prices.get("*"))


def limits(bench: Bench | None = None) -> Limits:
    """The settings of this environment, and with a bench those of Jupyter's configuration behind them.

    UsageError for what is no number or no table of prices.
    """
    from jupyter_coimprove.workbench import choosing

    settled = {} if bench is None else choosing.settings(bench)
    above = _number(settled, "estimate_above")
    text = os.environ.get("COIMPROVE_PRICES", "")
    return Limits(
        prices=_prices("COIMPROVE_PRICES", text)
        if text.strip() else _prices("Coimprove.prices", json.dumps(settled.get("prices") or {})),
        tokens_request=_number(settled, "tokens_request"), tokens_day=_number(settled, "tokens_day"),
        cost_request=_number(settled, "budget_request"), cost_day=_number(settled, "budget_day"),
        estimate_above=ESTIMATE_ABOVE if above is None else above,
        tokens_experiment=_number(settled, "tokens_experiment"), cost_experiment=_number(settled, "budget_experiment"),
    )  # fmt: skip


def _number(settled: Mapping[str, Any], setting: str) -> float | None:
    name = f"COIMPROVE_{setting.upper()}"
    text = os.environ.get(name, "").strip()
    if not text:
        found: float | None = settled.get(setting)
        return found
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (math.isfinite(value) and value >= 0):
        raise UsageError(f"{name} is {text!r}", remedy="a number from 0, or leave it out")
    return value


def _prices(name: str, text: str) -> dict[str, dict[str, float]]:
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
        return {str(m): {k: float(p[k]) for k in _KINDS if k in p} for m, p in found.items()}
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise UsageError(
            f"{name} is no table of prices: {error}",
            remedy='as {"MODEL": {"input": 3, "output": 15}}, a million tokens each',
        ) from error


def tokens(usage: Mapping[str, Any]) -> int:
    """All tokens of an answer."""
    return sum(int(usage.get(kind) or 0) for kind in _KINDS)


def cost(usage: Mapping[str, Any], price: Mapping[str, float] | None) -> float | None:
    """What these tokens cost; None without a price. A cached token without one counts as input."""
    if price is None or "input" not in price or "output" not in price:
        return None
    return sum(int(usage.get(kind) or 0) * price.get(kind, price["input"]) for kind in _KINDS) / 1e6


def before(
    bench: Bench, provider: Provider, request: Request, model: str, near: Path | None, experiments: Sequence[str] = ()
) -> tuple[str, ...]:  # fmt: skip
    """Count first. DecisionError where a budget would not hold; words on the cost where it is large.

    ``experiments`` are those that the request is about, by id.
    """
    bounds = limits(bench)
    of_day = (bounds.tokens_day, bounds.cost_day)
    of_one = (bounds.tokens_experiment, bounds.cost_experiment) if experiments else (None, None)
    counts = any(b is not None for b in (bounds.tokens_request, bounds.cost_request, *of_day, *of_one))
    chars = sum(map(size, request.context))
    if not counts and chars < bounds.estimate_above:
        return ()  # fewer characters than that are fewer tokens
    known = provider.count(request)
    likely = known if known is not None else chars // 3
    usage = {"input": likely, "output": int(request.options.get("max_tokens") or ANSWER)}
    price = cost(usage, bounds.price(model, provider.name))
    money = "" if not price else f", about {price:.3g}"
    spent = today(bench, near) if any(b is not None for b in of_day) else (0, 0.0)
    most = max((on(bench, near, id_) for id_ in experiments), default=(0, 0.0)) if any(b is not None for b in of_one) else (0, 0.0)  # fmt: skip
    for name, limit, value in (
        ("COIMPROVE_TOKENS_EXPERIMENT", of_one[0], most[0] + likely),
        ("COIMPROVE_BUDGET_EXPERIMENT", of_one[1], None if price is None else most[1] + price),
        ("COIMPROVE_TOKENS_REQUEST", bounds.tokens_request, likely),
        ("COIMPROVE_TOKENS_DAY", bounds.tokens_day, spent[0] + likely),
        ("COIMPROVE_BUDGET_REQUEST", bounds.cost_request, price),
        ("COIMPROVE_BUDGET_DAY", bounds.cost_day, None if price is None else spent[1] + price),
    ):
        if limit is not None and value is None:
            raise DecisionError(
                f"{name} is set and {model} has no price", remedy="name it in COIMPROVE_PRICES"
            )
        if limit is not None and value is not None and value > limit:
            raise DecisionError(
                f"this question would pass {name} ({limit:g}): {likely} tokens to be read{money}",
                remedy="send less (--cells, --vars, --no-context), or raise the budget",
            )
    return (f"{likely} tokens are read for this{money}",) if likely > bounds.estimate_above else ()


def keep(
    bench: Bench, near: Path | None, usage: Mapping[str, Any], *, provider: str, author: Actor, stop: str, notebook: str,
    experiments: Sequence[str] = (),
) -> str:  # fmt: skip
    """Keep what an answer used, also one that failed; the id of the line. No words are in it."""
    from jupyter_coimprove.ids import new_id
    from jupyter_coimprove.record.base import Draft
    from jupyter_coimprove.record.roots import init

    init(bench.root(near))
    model = str(usage.get("model") or "")
    told = {kind: int(usage.get(kind) or 0) for kind in (*_KINDS, "requests")}
    spent = cost(told, limits(bench).price(model, provider))
    id_ = new_id("message", bench.clock)
    data: dict[str, Any] = {
        "notebook": notebook,
        "provider": provider,
        "model": model,
        "usage": told,
        "stop": stop,
        "asked_by": bench.actor.as_dict(),
    }
    if experiments:
        data["experiments"] = list(experiments)
    if spent is not None:
        data["cost"] = spent
    bench.record(near).append([Draft(id=id_, kind="message", event="answered", data=data, actor=author)])
    return id_


def today(bench: Bench, near: Path | None) -> tuple[int, float]:
    """Tokens and money that were spent since the day began."""
    from jupyter_coimprove.clock import iso

    day = iso(bench.clock.wall_ms())[:10]
    return _sum([item for item in _kept(bench.record(near)) if item.created[:10] == day])


def on(bench: Bench, near: Path | None, experiment: str) -> tuple[int, float]:
    """Tokens and money that questions about one experiment took."""
    kept = _kept(bench.record(near))
    return _sum([item for item in kept if experiment in (item.data.get("experiments") or ())])


def _sum(items: Sequence[Item]) -> tuple[int, float]:
    used = sum(tokens(item.data["usage"]) for item in items)
    return used, sum(float(item.data.get("cost") or 0) for item in items)


def _kept(record: Record) -> list[Item]:
    """What was used, by own lines only: an imported one is no spending of this person."""
    return [item for item in record.find("message") if item.trust == "own" and "usage" in item.data]


def usage(bench: Bench, *, notebook: str | None = None) -> UsageView:
    """Tokens and cost of what was asked in this project, a line a day and model."""
    from jupyter_coimprove.workbench import whereabouts

    only = whereabouts.name_at(bench, bench.path(notebook)) if notebook else None
    rows: dict[tuple[str, str, str], list[Item]] = {}
    for item in _kept(bench.record()):
        if only is None or item.data.get("notebook") == only:
            key = (item.created[:10], str(item.data["provider"]), str(item.data["model"]))
            rows.setdefault(key, []).append(item)
    listed = tuple(_row(key, items) for key, items in sorted(rows.items(), reverse=True))
    bounds, many = limits(bench), sum(row.questions for row in listed)
    spent, money = today(bench, None)
    said = [f"{name} {value:g}" for name, value in (("tokens a request", bounds.tokens_request), ("tokens a day", bounds.tokens_day), ("money a request", bounds.cost_request), ("money a day", bounds.cost_day), ("tokens an experiment", bounds.tokens_experiment), ("money an experiment", bounds.cost_experiment)) if value is not None]  # fmt: skip
    return UsageView(
        summary=f"{many} question{'' if many == 1 else 's'}, {sum(row.tokens for row in listed)} tokens"
        if listed else "nothing was asked of a model here",
        rows=listed, today_tokens=spent, today_cost=money if any(row.cost is not None for row in listed) else None,
        budgets=tuple(said), exit_code=0 if listed else 3,
    )  # fmt: skip


def _row(key: tuple[str, str, str], items: list[Item]) -> UsageRow:
    costs = [float(item.data["cost"]) for item in items if item.data.get("cost") is not None]
    sums = {
        kind: sum(int(item.data["usage"].get(kind) or 0) for item in items) for kind in (*_KINDS, "requests")
    }
    return UsageRow(
        day=key[0], provider=key[1], model=key[2], questions=len(items), requests=sums["requests"], input=sums["input"],
        output=sums["output"], cache_read=sums["cache_read"], cache_write=sums["cache_write"],
        tokens=sum(sums[kind] for kind in _KINDS), cost=sum(costs) if costs else None,
    )  # fmt: skip
