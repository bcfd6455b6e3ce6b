"""The cards of what waits for a decision: a plan, and a finding."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from jupyter_coimprove.interfaces.display.tags import Markup, inline, tag
from jupyter_coimprove.interfaces.display.widgets import Card, Say, put
from jupyter_coimprove.kernelspace.errors import CoaiError

_OPEN = ("draft", "pending", "deferred", "stale")


class PlanCard(Card):
    """Accept and run, accept, predict, edit or reject a plan; once it runs, how it goes."""

    def __init__(self, data: dict[str, Any], say: Say) -> None:
        super().__init__(data, say)
        self._seen = self._file()
        self._arrange()

    def plain(self) -> str:
        id_ = self.data["id"]
        return f"decide: %coai run {id_}  ·  %coai edit {id_} --set KEY=VALUE  ·  %coai reject {id_} --reason WHY"

    def _arrange(self) -> None:
        if self.data.get("state") in _OPEN:
            self.row.children = (
                self.button(
                    "Accept and run",
                    self.accept_and_run,
                    primary=True,
                    tip="register this plan as it stands, and run it",
                ),
                self.button("Accept", self.accept, tip="register this plan as it stands; run it later"),
                self.button("Predict…", self.ask_prediction, tip="rank the arms before any result is seen"),
                self.button("Edit…", self.ask_edit, tip="change the plan; it stays a draft"),
                self.button("Reject…", self.ask_reject, tip="say no, with a reason"),
            )
        else:
            self.row.children = (
                self.button("Run", self.run, primary=True, tip="run what is left of it"),
                self.button("Status", self.watch, tip="how it goes"),
            )

    def accept(self) -> None:
        self._check_seen()
        said = self._say(["accept", str(self.data["id"])])
        self.decided(said)
        self._arrange()

    def accept_and_run(self) -> None:
        self._check_seen()
        self._started(self._say(["accept", str(self.data["id"]), "--run"]))

    def run(self) -> None:
        self._started(self._say(["run", str(self.data["id"])]))

    def watch(self) -> None:
        self._started(self._say(["status", str(self.data["id"])]))

    def _started(self, said: dict[str, Any]) -> None:
        from jupyter_coimprove.interfaces.display.watching_card import ProgressCard

        self.close()
        self.row.children = ()
        put(self.outcome, "")
        self.data["state"] = "registered"
        self.below.children = (ProgressCard(said["view"], self._say).widget,)

    def ask_prediction(self) -> None:
        """The form of a prediction: the arms, best first."""
        arms = " > ".join(str(arm["name"]) for arm in self.data.get("arms", ()))
        ranking = self.field("Best first", " > ".join(self.data.get("prediction") or ()) or arms)

        def predict() -> None:
            said = self._say(["predict", str(self.data["id"]), ranking.value.strip()])
            self._redraw(said)
            self.show(f"✓ Kept before any result: {' > '.join(said['view'].get('prediction') or ())}.")

        self.open(ranking, act=predict, label="Predict", tip="kept, and scored when the results are there")

    def ask_edit(self) -> None:
        """The form of an edit: ``plan.toml`` as it stands."""
        self._seen = self._file()
        text = self.field("plan.toml", self._seen, lines=18)

        def save() -> None:
            with tempfile.TemporaryDirectory(prefix="coai-") as folder:
                path = Path(folder, "plan.toml")
                path.write_text(text.value, encoding="utf-8")
                said = self._say(["edit", str(self.data["id"]), "--file", str(path)])
            self._redraw(said)
            self.show("✓ Changed. It is still a draft: look at it, then decide.")

        self.open(text, act=save, label="Save", tip="check it, and keep it as the draft")

    def _redraw(self, said: dict[str, Any]) -> None:
        """Show the plan as it is now; what is above this card is how it was."""
        self.close()
        self.data = said["view"]
        self._seen = self._file()
        put(self.body, Markup(said.get("html", "")))

    def _check_seen(self) -> None:
        """A decision is on exactly what was seen: a plan file that changed since is shown first."""
        if self._file() == self._seen:
            return
        self._redraw(self._say(["show", str(self.data["id"])]))
        raise CoaiError(
            "stale",
            "the plan was changed since this card was drawn",
            "it is shown as it is now; decide on that",
        )

    def _file(self) -> str:
        try:
            return Path(str(self.data.get("plan_file", ""))).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""


class FindingCard(Card):
    """Accept a finding, edit it in one's own words, or reject it with a reason."""

    def __init__(self, data: dict[str, Any], say: Say) -> None:
        super().__init__(data, say, title=f"Finding {data.get('id', '')}")
        self._arrange()

    def plain(self) -> str:
        id_ = self.data["id"]
        return (
            f"decide: %coai accept {id_}  ·  %coai edit {id_} --text '…'  ·  %coai reject {id_} --reason WHY"
        )

    def _arrange(self) -> None:
        if self.data.get("state") not in _OPEN:
            self.row.children = ()
            self.show(f"It is {self.data.get('state', 'decided')}.")
            return
        self.row.children = (
            self.button("Accept", self.accept, primary=True, tip="into the notebook, as it stands"),
            self.button("Edit…", self.ask_edit, tip="say it in your own words, and accept that"),
            self.button("Reject…", self.ask_reject, tip="say no, with a reason"),
        )

    def accept(self) -> None:
        self._check_seen()
        self.decided(self._say(["accept", str(self.data["id"])]))

    def ask_edit(self) -> None:
        """The form of an edit: the claim as it stands."""
        text = self.field("Claim", str(self.data.get("claim", "")), lines=5)
        unbacked = self._w.Checkbox(
            description="keep numbers that no run backs", indent=False, layout=self._w.Layout(width="auto")
        )

        def save() -> None:
            words = ["edit", str(self.data["id"]), f"--text={text.value}"]
            self.decided(self._say([*words, "--unbacked"] if unbacked.value else words))

        self.open(text, unbacked, act=save, label="Accept as edited", tip="accept it in these words")

    def _check_seen(self) -> None:
        now = self._say(["show", str(self.data["id"])])["view"]
        if now.get("claim") == self.data.get("claim"):
            return
        self.data = now
        put(self.body, tag("p", inline(str(now.get("claim", "")))))
        raise CoaiError(
            "stale",
            "the finding was changed since this card was drawn",
            "it is shown as it is now; decide on that",
        )
