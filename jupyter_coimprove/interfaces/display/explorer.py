"""The results explorer: by arm and block, the effects plot and the numbers behind it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from jupyter_coimprove.interfaces.display.tags import Markup, table, tag
from jupyter_coimprove.interfaces.display.widgets import Card, Say, html, put

#: What JupyterLab 4.6 draws (its vega extension knows Vega-Lite 3 to 5, not altair 6's version 6).
VEGALITE = "application/vnd.vegalite.v5+json"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
ALL = "all"
_OPEN = ("pending", "deferred", "stale")


class Explorer(Card):
    """Pick arm, block and metric; plot and table follow. The finding's card stands below."""

    def __init__(self, data: dict[str, Any], say: Say) -> None:
        super().__init__(data, say)
        points = list(data.get("points") or ())
        arms = list(dict.fromkeys(str(point.get("arm")) for point in points))
        blocks = list(dict.fromkeys(point.get("block") for point in points))
        metrics = list(dict.fromkeys(str(point.get("metric") or data.get("response")) for point in points))
        self.arm = self._choice("Arm", [ALL, *arms])
        self.block = self._choice("Block", [ALL, *(str(block) for block in sorted(blocks))])
        self.metric = self._choice("Metric", metrics or [str(data.get("response"))])
        self.plot = self._w.Output()
        self.table = html()
        self.row.children = (self.arm, self.block, self.metric)
        self.widget.children = (self.row, self.plot, self.table, self.outcome, self.below)
        for choice in (self.arm, self.block, self.metric):
            choice.observe(lambda change: self.draw(), "value")
        self._add_finding()
        self.draw()

    def plain(self) -> str:
        return f"the numbers: %coai results {self.data.get('experiment', '')} --json"

    def _choice(self, label: str, options: list[str]) -> Any:
        return self._w.Dropdown(
            description=label, options=options, layout=self._w.Layout(width="auto", min_width="10em"),
            style={"description_width": "initial"},
        )  # fmt: skip

    def _add_finding(self) -> None:
        from jupyter_coimprove.interfaces.display.deciding_cards import FindingCard

        if self.data.get("finding") and self.data.get("finding_state") in _OPEN:
            card = {
                "id": self.data["finding"], "state": self.data["finding_state"], "claim": self.data.get("claim", ""),
                "experiment": self.data.get("experiment", ""),
            }  # fmt: skip
            self.below.children = (FindingCard(card, self._say).widget,)

    def draw(self) -> None:
        """Plot and table of what is picked."""
        arm = None if self.arm.value == ALL else str(self.arm.value)
        block = None if self.block.value == ALL else str(self.block.value)
        spec = filtered(self.data.get("chart"), arm, block)
        self.plot.outputs = (
            ({"output_type": "display_data", "data": {VEGALITE: spec, "text/plain": "(the effects plot)"}, "metadata": {}},)
            if spec
            else ()
        )  # fmt: skip
        put(self.table, self._numbers(arm, block, str(self.metric.value)))

    def _numbers(self, arm: str | None, block: str | None, metric: str) -> Markup:
        base = str(self.data.get("baseline"))
        chosen = [
            point for point in self.data.get("points") or ()
            if str(point.get("metric") or self.data.get("response")) == metric
        ]  # fmt: skip
        baseline = {point.get("block"): point.get("value") for point in chosen if point.get("arm") == base}
        rows = []
        for point in chosen:
            if arm not in (None, str(point.get("arm"))) or block not in (None, str(point.get("block"))):
                continue
            value, beside = point.get("value"), baseline.get(point.get("block"))
            both = isinstance(value, int | float) and isinstance(beside, int | float)
            differs = f"{value - beside:+.4g}".replace("-", "−") if both and point.get("arm") != base else ""
            rows.append([tag("b", str(point.get("arm"))), str(point.get("block")), _number(value), differs])
        if not rows:
            return tag("p", "No value to show for this choice.")
        return table([("arm", False), ("block", True), (metric, True), (f"minus {base}", True)], rows)


def _number(value: Any) -> str:
    return f"{value:.6g}".replace("-", "−") if isinstance(value, int | float) else "–"


def filtered(chart: Mapping[str, Any] | None, arm: str | None, block: str | None) -> dict[str, Any] | None:
    """The chart with only what is picked; rows without that field (zero line, margins) stay."""
    if not chart:
        return None
    spec = copy.deepcopy(dict(chart))
    spec["$schema"] = _SCHEMA

    def keep(row: Any) -> bool:
        if not isinstance(row, Mapping):
            return True
        return (arm is None or str(row.get("arm", arm)) == arm) and (
            block is None or str(row.get("block", block)) == block
        )

    for name, rows in dict(spec.get("datasets") or {}).items():
        spec["datasets"][name] = [row for row in rows if keep(row)]
    _filter_values(spec, keep)
    return spec


def _filter_values(node: Any, keep: Any) -> None:
    if isinstance(node, dict):
        data = node.get("data")
        if isinstance(data, dict) and isinstance(data.get("values"), list):
            data["values"] = [row for row in data["values"] if keep(row)]
        for key, child in node.items():
            if key not in ("data", "datasets"):
                _filter_values(child, keep)
    elif isinstance(node, list):
        for child in node:
            _filter_values(child, keep)
