"""axe-core over what a page of JupyterLab shows of ours."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"


def axe_core() -> str:
    """The script; its absence is a failure in CI and a skip with the reason elsewhere."""
    if not FILE.is_file():
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("no axe-core here: npm ci in labextension/")
    return FILE.read_text()


def serious(page: Any, axe: str, within: str) -> list[str]:
    """What axe finds serious or critical in what is shown of ours; rules of A and AA."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe)
    found: list[str] = page.evaluate(
        """async (within) => {
            const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
            const { violations, passes } = await axe.run(within, { runOnly: rules });
            if (passes.length < 5) {
                return ['axe looked at nothing'];
            }
            return violations.filter(one => ['serious', 'critical'].includes(one.impact)).flatMap(one =>
                one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`));
        }""",
        within,
    )
    return found


def in_both_themes(book: Any, axe: str, where: str, within: str = "#coimprove-panel") -> None:
    """Nothing serious, in light and in dark."""
    for theme in ("light", "dark"):
        book.theme(theme)
        # Colours are faded in; half way they are no colours.
        book.page.wait_for_timeout(400)
        assert serious(book.page, axe, within) == [], f"{where}, {theme}"
