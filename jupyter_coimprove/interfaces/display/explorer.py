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
        blocks = list(dict.fromkeys(str(point.get("block")) for point in points))
        metrics = list(dict.fromkeys(str(point.get("metric") or data.get("response")) for point in points))
        self.arm = self._choice("Arm", [ALL, *arms])
        self.block = self._choice("Block", [ALL, *blocks])
        self.metric = self._choice("Metric", metrics or [str(data.get("response"))])
        self.plot = self._w.Output()
        self.table = html()
        self.row.children = (self.arm, self.block, self.metric)
        self.widget.children = (self.spacing, self.row, self.plot, self.table, self.outcome, self.below)
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
        # The baseline has no effect to plot: it is what the others are compared with.
        plotted = None if arm == str(self.data.get("baseline")) else arm
        spec = filtered(self.data.get("chart"), plotted, block)
        self.plot.outputs = (
            ({"output_type": "display_data", "data": {VEGALITE: spec, "text/plain": "(the effects plot)"}, "metadata": {}},)
            if spec
            else ()
        )  # fmt: skip
        put(self.table, self._numbers(arm, block, str(self.metric.value)))

    def _numbers(self, arm: str | None, block: str | None, metric: str) -> Markup:
        """Blocks by arms; of one arm its values, the baseline's, and the differences."""
        base = str(self.data.get("baseline"))
        values = {
            (str(point.get("arm")), str(point.get("block"))): point.get("value")
            for point in self.data.get("points") or ()
            if str(point.get("metric") or self.data.get("response")) == metric
        }
        blocks = [name for name in dict.fromkeys(name for _, name in values) if block in (None, name)]
        arms = [
            name for name in dict.fromkeys(name for name, _ in values) if arm is None or name in (arm, base)
        ]
        arms.sort(key=lambda name: name != base)  # the baseline first
        differs = len(arms) == 2 and base in arms
        rows = []
        for name in blocks:
            found = [values.get((one, name)) for one in arms]
            rows.append(
                [tag("b", name), *map(_number, found), *([_minus(found[1], found[0])] if differs else [])]
            )
        if not rows:
            return tag("p", "No value to show for this choice.")
        titles = [
            ("block", False),
            *((name, True) for name in arms),
            *([("difference", True)] if differs else []),
        ]
        return table(titles, rows)


def _minus(value: Any, baseline: Any) -> str:
    if not isinstance(value, int | float) or not isinstance(baseline, int | float):
        return "–"
    return f"{value - baseline:+.4g}".replace("-", "−")


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
        of = row.get("treatment", row.get("arm", arm))
        return (arm is None or str(of) == arm) and (block is None or str(row.get("block", block)) == block)

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
