"""The card of an experiment under way: a bar, the time left, and what a person may do."""

from __future__ import annotations

from typing import Any

from jupyter_coimprove.interfaces.display.live import span
from jupyter_coimprove.interfaces.display.tags import Markup, fixed, join, table, tag
from jupyter_coimprove.interfaces.display.widgets import Card, Say, put
from jupyter_coimprove.kernelspace.errors import CoaiError

#: How often the front end asks, in milliseconds. Its clock drives this; the kernel has none of ours.
EVERY_MS = 2000
_ENDED = ("completed", "cancelled", "abandoned")
_SIGNS = {
    "completed": "✓", "reused": "=", "running": "▸", "queued": "·", "paused": "‖", "failed": "✗",
    "timed_out": "T", "lost": "?", "cancelled": "−",
}  # fmt: skip


class ProgressCard(Card):
    """Follows one experiment; pause, go on, stop, and see the results."""

    def __init__(self, data: dict[str, Any], say: Say) -> None:
        super().__init__(data, say)
        self.bar = self._w.IntProgress(min=0, max=1, layout=self._w.Layout(width="16em"))
        self.label = self._w.Label(layout=self._w.Layout(width="auto"))
        self.tick = self._w.Play(
            value=0, min=0, max=10**6, interval=EVERY_MS, playing=False, layout=self._w.Layout(display="none")
        )
        self.grid = html_box = self._w.HTML()
        self._arranged: tuple[str, bool, bool] | None = None
        self.widget.children = (
            self._w.HBox([self.bar, self.label]),
            html_box,
            *self.widget.children,
            self.tick,
        )
        self.tick.observe(self._ticked, "value")
        self.draw(data)

    @property
    def experiment(self) -> dict[str, Any]:
        """The row of the experiment this card is about."""
        row: dict[str, Any] = self.data["experiments"][0]
        return row

    def plain(self) -> str:
        return f"follow it: %coai status {self.experiment['id']}"

    def draw(self, data: dict[str, Any]) -> None:
        """Show this state."""
        self.data = data
        row = self.experiment
        counts = row.get("counts") or {}
        done = sum(n for state, n in counts.items() if state not in ("queued", "running", "paused"))
        total = int(row.get("total") or 0)
        self.bar.max, self.bar.value = max(1, total), done
        left = row.get("left_s")
        running = row["state"] == "running" and row.get("alive")
        more = f", about {span(left)} left" if left is not None and running else ""
        failed = counts.get("failed", 0) + counts.get("timed_out", 0)
        self.label.value = f"{row['state']}: {done} of {total} runs{more}" + (
            f", {failed} failed" if failed else ""
        )
        if now := row.get("waiting") or row.get("first"):
            self.label.value += f"; {now}"
        self.grid.value = str(grid(row.get("runs") or ()))
        if row["state"] in _ENDED or not row.get("alive"):
            self.tick.playing = False
        state = (row["state"], bool(row.get("alive")), bool(self.tick.playing))
        if state != self._arranged:
            self._arranged = state
            self._arrange(row)

    def _arrange(self, row: dict[str, Any]) -> None:
        state, alive = row["state"], row.get("alive")
        following = self.tick.playing
        buttons = [self.button("Refresh", self.refresh, tip="how it goes now")]
        if alive and state not in _ENDED:
            label = "Stop following" if following else "Follow"
            buttons.insert(
                0, self.button(label, self.follow, primary=not following, tip="ask again every 2 seconds")
            )
        if state in ("registered", "running") and alive:
            buttons.append(self.button("Pause", lambda: self._do("pause"), tip="start no further runs"))
        if state in ("registered", "paused") or (state == "running" and not alive):
            buttons.append(self.button("Resume", lambda: self._do("resume"), tip="go on with what is left"))
        if state in ("registered", "running", "paused"):
            buttons.append(self.button("Cancel…", self.ask_cancel, tip="stop it for good; what ran is kept"))
        if state in ("completed", "cancelled"):
            buttons.insert(
                0, self.button("Results", self.results, primary=True, tip="effects and the finding")
            )
        self.row.children = tuple(buttons)

    def refresh(self) -> None:
        self.draw(self._say(["status", str(self.experiment["id"])])["view"])

    def follow(self) -> None:
        """Let the front end's clock ask from now on, or no longer."""
        self.tick.playing = not self.tick.playing
        self.refresh()

    def _ticked(self, change: Any) -> None:
        try:
            self.refresh()
        except CoaiError as error:
            self.tick.playing = False
            self.show_error(error)

    def _do(self, verb: str) -> None:
        self.draw(self._say([verb, str(self.experiment["id"])])["view"])

    def ask_cancel(self) -> None:
        """The form of a cancellation."""
        reason = self.field("Reason", hint="why, in one line; kept with the experiment")

        def cancel() -> None:
            words = ["cancel", str(self.experiment["id"])]
            said = self._say([*words, f"--reason={reason.value.strip()}"] if reason.value.strip() else words)
            self.close()
            self.draw(said["view"])

        self.open(reason, act=cancel, label="Cancel it", tip="stop it for good; what ran is kept")

    def results(self) -> None:
        """Effects, explorer and finding, below."""
        from jupyter_coimprove.interfaces.display.explorer import Explorer

        said = self._say(["results", str(self.experiment["id"])])
        self.tick.playing = False
        put(self.outcome, Markup(said["html"]))
        self.below.children = (Explorer(said["view"], self._say).widget,)


def grid(runs: Any) -> Markup:
    """Arms by blocks, one sign a run, with the signs that occur explained."""
    if not runs:
        return Markup("")
    blocks = sorted({run["block"] for run in runs})
    arms = list(dict.fromkeys(str(run["arm"]) for run in runs))
    states: dict[tuple[str, Any], str] = {}
    for run in sorted(runs, key=lambda run: -run.get("replicate", 0)):
        states[str(run["arm"]), run["block"]] = str(run["state"])
    rows = [
        [tag("b", arm), *(fixed(_SIGNS.get(states.get((arm, block), ""), " ")) for block in blocks)]
        for arm in arms
    ]
    seen = {str(run["state"]) for run in runs}
    legend = "   ".join(f"{sign} {state}" for state, sign in _SIGNS.items() if state in seen)
    shown = table([("arm", False), *((str(place + 1), False) for place in range(len(blocks)))], rows)
    return join([shown, tag("p", legend)])
