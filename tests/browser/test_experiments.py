"""The whole ablation by the panel alone: plan, edit, rank, accept and run, accept the finding."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

#: As long as the other browser tests wait; runs take their time where cores are few.
PATIENCE_MS = 90_000
#: A notebook that takes no time: what it shows is decided with few blocks.
TRAINING = [
    "lr = 0.1\nmomentum = 0.9\nuse_aug = True\nseed = 0",
    "import random\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    "accuracy = 0.7 + 0.1 * lr + 0.01 * momentum * noise + noise\n"
    "if use_aug:\n    accuracy = accuracy + 0.1 + rng.gauss(0, 0.004)\nprint('accuracy', accuracy)",
]
#: One arm of it fails, and a run takes long enough to be paused.
FAILING = [
    "lr = 0.1\nscale = 1.0\nseed = 0",
    "import random, time\nrng = random.Random(seed)\nnoise = rng.gauss(0, 0.01)",
    # In the cell that no two arms share, so that every run takes it; so long that a person has time to look at them.
    "time.sleep(1.5)\nassert scale > 0, 'no scale'\naccuracy = 0.8 + 0.1 * lr + noise\nprint('accuracy', accuracy)",
]
DIGITS = Path(__file__).parents[2] / "notebooks" / "digits_ablation.ipynb"
#: So wide is the panel in the pictures.
NARROW, WIDE = 300, 450


class Panel:
    """The panel's Experiments tab, as a person with a keyboard meets it."""

    def __init__(self, book: Any) -> None:
        self.book, self.page = book, book.page
        self.open()

    def open(self) -> None:
        self.page.evaluate("() => window.jupyterapp.commands.execute('coimprove:open', {tab: 'experiments'})")
        self.body = self.page.locator("#coimprove-panel-body-experiments")
        self.body.wait_for()

    def widen(self, width: int) -> None:
        """Drag the edge of the panel until it is so wide."""
        handle = self.page.locator("#jp-main-split-panel > .lm-SplitPanel-handle:visible").last
        box = self.page.locator("#coimprove-panel").bounding_box()
        edge = handle.bounding_box()
        x, y = edge["x"] + edge["width"] / 2, edge["y"] + 300
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + box["width"] - width, y, steps=4)
        self.page.mouse.up()

    def pictures(self, folder: Path, name: str) -> None:
        """Both themes in both widths."""
        for theme in ("light", "dark"):
            self.book.theme(theme)
            self.open()
            for width in (NARROW, WIDE):
                self.widen(width)
                self.page.wait_for_timeout(400)
                self.page.locator("#coimprove-panel").screenshot(
                    path=folder / f"experiments-{name}-{theme}-{width}.png"
                )
        self.book.theme("light")
        self.open()

    def press(self, role: str, name: str, key: str = "Enter") -> None:
        """Put the keyboard there and press; no pointer."""
        found = self.body.get_by_role(role, name=name, exact=True)
        found.press(key)

    def confirm(self, label: str) -> None:
        """Say yes in Lab's dialog; the safe answer has the focus at first."""
        dialog = self.page.locator(".jp-Dialog")
        dialog.wait_for()
        dialog.get_by_role("button", name=label).press("Enter")
        dialog.wait_for(state="detached")

    def cell(self, arm: str, block: int) -> Any:
        return self.body.get_by_role("gridcell", name=re.compile(f"^{re.escape(arm)}, block {block}: "))

    def says(self, text: str) -> None:
        self.body.get_by_text(text).first.wait_for()

    def rank(self, arm: str, label: str, key: str) -> Any:
        """Move an arm to the end of a list of arms; the list."""
        items = self.body.get_by_role("list", name=label).get_by_role("listitem")
        items.filter(has_text=arm).focus()
        for _ in range(items.count()):
            self.page.keyboard.press(f"Alt+{key}")
        assert arm in (items.first if key == "ArrowUp" else items.last).inner_text()
        return items

    def rank_last(self, arm: str) -> None:
        """The most certain of all is tested first: the one that is furthest from the baseline."""
        self.rank(arm, "Arms, best first", "ArrowDown")

    def finding(self) -> Any:
        """The card, once all runs have ended."""
        card = self.body.get_by_role("article", name="Finding")
        try:
            card.wait_for(timeout=3 * PATIENCE_MS)
        except Exception as error:
            raise AssertionError(self.body.inner_text()) from error
        return card

    def fill(self, label: str, text: str) -> None:
        field = self.body.get_by_label(label, exact=False).first
        field.press("Control+A")
        self.page.keyboard.type(text)


def plan(panel: Panel, *names: str, levels: dict[str, str] | None = None) -> None:
    """Pick what is varied; the response is the one that is suggested."""
    panel.body.get_by_role("button", name="New plan from").press("Enter")
    for name in names:
        panel.body.get_by_role("checkbox", name=name).first.press("Space")
    for name, text in (levels or {}).items():
        panel.fill(f"Other levels of {name}", text)
    panel.press("button", "Plan")
    panel.body.get_by_role("button", name="Accept and run").wait_for()


def overflows(panel: Panel) -> int:
    """By how many pixels the tab is wider than what is seen of it."""
    return int(panel.body.evaluate("node => node.scrollWidth - node.clientWidth"))


def test_an_ablation_goes_from_plan_to_finding_by_keyboard_in_four_gestures(
    open_notebook: Callable[..., Any], lab: Any, pictures: Path
) -> None:
    book = open_notebook("ablation.ipynb", TRAINING, width=1500, height=1100)
    panel = Panel(book)
    panel.body.get_by_text("No experiment yet").wait_for()
    plan(panel, "use_aug", "lr", levels={"lr": "0.3"})

    # One: edit. Power and cost follow; the file has it.
    panel.fill("Blocks", "4")
    panel.body.get_by_text("13 runs").wait_for()
    file = next(lab.folder.glob("coimprove/experiments/*/plan.toml"))
    assert "blocks = 4" in file.read_text()
    assert overflows(panel) == 0
    panel.pictures(pictures, "plan")

    # Two: rank.
    panel.rank_last("use_aug=False")
    panel.body.get_by_text("Accepting keeps this order").wait_for()

    # Three: accept and run.
    panel.press("button", "Accept and run")
    panel.body.get_by_role("grid").wait_for()
    panel.body.get_by_text("Effects are hidden until").or_(
        panel.body.get_by_text("Effects on")
    ).first.wait_for()
    panel.finding()
    assert panel.body.get_by_role("gridcell").count() > 0
    panel.body.locator(".coai-Chart svg, .coai-Chart canvas").first.wait_for()
    panel.body.locator(".coai-Prediction").filter(has_text="predicted ").wait_for()
    panel.body.evaluate("node => node.scrollTo(0, 0)")
    panel.pictures(pictures, "results")
    rows = panel.body.locator(".coai-EffectTable tbody tr").all_inner_texts()
    assert any("use_aug=False" in row and "worse" in row for row in rows), rows

    # Four: accept the finding.
    panel.body.get_by_role("article", name="Finding").press("a")
    panel.body.get_by_text("✓ accepted").wait_for()
    book.save()
    assert book.elsewhere == []
    assert book.dialogs == []


@pytest.mark.slow
def test_runs_are_paused_ordered_looked_at_dropped_and_compared(
    open_notebook: Callable[..., Any], lab: Any, pictures: Path
) -> None:
    book = open_notebook("failing.ipynb", FAILING, width=1500, height=1100)
    panel = Panel(book)
    plan(panel, "scale", "lr", levels={"scale": "0.0", "lr": "0.3"})

    # Another hand writes the file: it is shown, and what is typed here does not overwrite it.
    file = next(
        path for path in lab.folder.glob("coimprove/experiments/*/plan.toml") if "failing" in path.read_text()
    )
    file.write_text(re.sub(r"(?m)^blocks = \d+", "blocks = 6", file.read_text()))
    panel.fill("Smallest effect", "0.05")
    panel.says("Your change was not sent")
    assert "smallest_effect = 0.05" not in re.sub(r"(?m)^#.*", "", file.read_text())
    panel.press("button", "Change it on top")
    panel.body.get_by_text("Your change was not sent").wait_for(state="detached")
    panel.says("19 runs")
    panel.page.wait_for_function("() => !document.querySelector('.coai-FactBox[aria-busy=true]')")
    said = re.sub(r"(?m)^#.*", "", file.read_text())
    assert "blocks = 6" in said
    assert "smallest_effect = 0.05" in said

    # An entry that is refused says so at its field, with what to do.
    panel.fill("Blocks", "-3")
    panel.body.locator(".coai-Field-problem").wait_for()
    assert panel.body.get_by_role("button", name="Accept and run").is_disabled()
    panel.fill("Blocks", "6")
    panel.body.locator(".coai-Field-problem").wait_for(state="detached")

    panel.press("button", "Accept and run")
    panel.says("Effects are hidden until")
    panel.cell("baseline", 1).and_(panel.body.locator(".coai-mod-completed")).wait_for()
    panel.press("button", "Pause")
    panel.body.get_by_role("button", name="Resume").wait_for()
    panel.press("button", "Order…")
    panel.rank("lr=0.3", "Arms in order", "ArrowUp")
    panel.press("button", "Resume in this order")
    panel.body.get_by_role("button", name="Pause").wait_for()
    panel.body.locator(".coai-Grid-cell.coai-mod-failed").first.wait_for()
    panel.says("What failed")
    panel.pictures(pictures, "live")

    # Interim effects are asked for, which is recorded.
    panel.press("button", "Show interim effects…")
    panel.confirm("Look, and record it")
    panel.says("Interim: the experiment has not ended")

    panel.cell("scale=0.0", 6).press("End")
    panel.body.get_by_role("button", name="Drop the arm…").wait_for()
    panel.press("button", "Drop the arm…")
    panel.confirm("Drop it")
    panel.finding()
    panel.says("interim effects were looked at")
    panel.says("arm scale=0.0 was dropped")
    panel.says("were put in the order")

    # A run that failed: its log; one that did not: its notebook, to read, and another beside it.
    panel.body.get_by_role("button", name=re.compile("scale=0.0: .* failed")).press("Enter")
    panel.press("button", "Log")
    panel.says("AssertionError")
    panel.cell("lr=0.3", 1).press("ArrowRight")
    panel.body.get_by_label("Compare with").select_option(label="baseline, block 2")
    panel.body.get_by_role("table", name="Parameters").wait_for()
    panel.body.get_by_role("row", name=re.compile("lr.*differs")).wait_for()
    panel.pictures(pictures, "compare")
    kept = {path: path.read_bytes() for path in lab.folder.glob("coimprove/runs/run_*/output.ipynb")}
    panel.press("button", "Open its notebook")
    panel.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.context?.path.endsWith('output.ipynb')"
        " && window.jupyterapp.shell.currentWidget.content.model?.readOnly === true"
    )
    panel.page.locator(".coai-RunNote").wait_for()
    for theme in ("light", "dark"):
        book.theme(theme)
        panel.page.screenshot(path=pictures / f"experiments-run-notebook-{theme}.png")
    book.theme("light")
    # Who saves all the same is told, and no file of a run is another's or has another name.
    panel.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    panel.page.locator(".jp-toast-message, .Toastify__toast").get_by_text("to read").first.wait_for()
    opened = panel.page.evaluate(
        "() => { const { content, context } = window.jupyterapp.shell.currentWidget; return ["
        "context.path, context.model.dirty, content.widgets.map(c => c.readOnly)]; }"
    )
    assert opened[0].endswith("/output.ipynb")
    assert opened[1:] == [False, [True] * 3]
    assert {path: path.read_bytes() for path in lab.folder.glob("coimprove/runs/run_*/*.ipynb")} == kept
    # All runs of two arms and the baseline's repetition, and what the dropped arm had run by then.
    assert len(kept) > 13
    assert lab.folder / opened[0] in kept
    panel.page.evaluate("() => void window.jupyterapp.commands.execute('docmanager:save-as')")
    panel.page.locator(".jp-Dialog input").fill("mine.ipynb")
    panel.confirm("Save")
    panel.page.wait_for_function(
        "() => { const { content, context } = window.jupyterapp.shell.currentWidget; return"
        " context.contentsModel?.path === 'mine.ipynb' && content.widgets.every(c => !c.readOnly); }"
    )
    panel.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    assert "accuracy" in (lab.folder / "mine.ipynb").read_text()
    assert panel.page.locator(".coai-RunNote").count() == 0
    assert book.elsewhere == []
    assert book.dialogs == []


@pytest.mark.slow
def test_the_example_is_ablated_by_the_panel_alone(
    open_notebook: Callable[..., Any], lab: Any, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        lab, "write", lambda name, cells, outputs=None: shutil.copy(DIGITS, lab.folder / name)
    )
    book = open_notebook("digits.ipynb", [], width=1500, height=1100)
    panel = Panel(book)
    plan(panel, "AUGMENT", "SCALE")
    panel.fill("Blocks", "3")
    panel.says("10 runs")
    panel.rank_last("AUGMENT=False")
    panel.press("button", "Accept and run")
    panel.finding()
    panel.body.locator(".coai-Chart svg, .coai-Chart canvas").first.wait_for()
    panel.body.evaluate("node => node.scrollTo(0, 0)")
    panel.pictures(pictures, "digits")
    panel.body.get_by_role("article", name="Finding").press("a")
    panel.says("✓ accepted")
    assert book.elsewhere == []
