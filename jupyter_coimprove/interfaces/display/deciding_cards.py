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


def by_lines(id_: str) -> str:
    """What is typed to decide on a text or on cells, where no button can be pressed."""
    return f"decide: %coai accept {id_}  ·  %coai edit {id_} --text '…'  ·  %coai reject {id_} --reason WHY"


class FindingCard(Card):
    """Accept a finding, edit it in one's own words, or reject it with a reason."""

    def __init__(self, data: dict[str, Any], say: Say) -> None:
        super().__init__(data, say, title=f"Finding {data.get('id', '')}")
        self._arrange()

    def plain(self) -> str:
        return by_lines(str(self.data["id"]))

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


class ProposalCard(Card):
    """Accept cells that were proposed, change them first, reject them with a reason, or put them off."""

    def __init__(self, data: dict[str, Any], say: Say) -> None:
        super().__init__(data, say, title=f"Proposal: {data.get('title', '')}")
        self._arrange()

    def plain(self) -> str:
        return by_lines(str(self.data["id"]))

    def _arrange(self) -> None:
        if self.data.get("state") not in ("pending", "deferred"):
            self.row.children = ()
            self.show(f"It is {self.data.get('state', 'decided')}.")
            return
        self.row.children = (
            self.button("Accept", self.accept, primary=True, tip="into the notebook, all of it at once"),
            *(
                (self.button("Edit…", self.ask_edit, tip="change it, and accept that"),)
                if self._sources()
                else ()
            ),
            self.button("Reject…", self.ask_reject, tip="say no, with a reason"),
            self.button("Defer", self.defer, tip="decide later"),
        )

    def _sources(self) -> list[tuple[int, str]]:
        """What has a source of its own: (number from 1, source)."""
        changes = enumerate(self.data.get("changes", ()), start=1)
        return [(number, str(change["source"])) for number, change in changes if change["kind"] != "delete"]

    def _pinned(self) -> str:
        # A decision is on exactly what was seen.
        return f"--digest={self.data['digest']}"

    def accept(self) -> None:
        self.decided(self._say(["accept", str(self.data["id"]), self._pinned()]))

    def defer(self) -> None:
        self.decided(self._say(["defer", str(self.data["id"])]))

    def ask_edit(self) -> None:
        """The form of an edit: each source as it stands."""
        before = dict(self._sources())
        fields = {
            number: self.field(f"Change {number}", source, lines=min(18, source.count("\n") + 3))
            for number, source in before.items()
        }

        def save() -> None:
            new = {number: field.value for number, field in fields.items() if field.value != before[number]}
            sets = [f"--set={number}={source}" for number, source in new.items()]
            if not sets:
                raise CoaiError("nothing_to_do", "nothing was changed", "press Accept to accept it as it is")
            self.decided(self._say(["edit", str(self.data["id"]), self._pinned(), *sets]))

        self.open(*fields.values(), act=save, label="Accept as edited", tip="accept it as it stands here")


class CheckCard(Card):
    """Each finding of a check with its two answers: it is a problem, or it is none."""

    def __init__(self, data: dict[str, Any], say: Say) -> None:
        super().__init__(data, say)
        self._arrange()

    def plain(self) -> str:
        return f"decide: %coai check {self.data.get('notebook', '')} --ok ID  ·  %coai accept ID  ·  %coai undo ID"

    def _arrange(self) -> None:
        rows = []
        for found in self.data.get("findings", ()):
            id_, at = str(found["id"]), found["file"] or f"cell {found['cell']}"
            words = self._w.HTML(layout=self._w.Layout(width="auto"))
            put(words, tag("p", tag("b", f"{at}: {found['title']}")))
            buttons: tuple[Any, ...] = ()
            if id_ and found["state"] in _OPEN:
                buttons = (
                    self.button(
                        "Not a problem", lambda id_=id_: self._say_of("reject", id_),  # type: ignore[misc]
                        tip="stays away until the code it is about changes",
                    ),
                    self.button("A problem", lambda id_=id_: self._say_of("accept", id_), tip="keep it on the list"),  # type: ignore[misc]
                )  # fmt: skip
            rows.append(self._w.HBox([words, *buttons], layout=self._w.Layout(flex_flow="row wrap")))
        self.below.children = tuple(rows)

    def _say_of(self, verb: str, id_: str) -> None:
        said = self._say([verb, id_])
        for found in self.data["findings"]:
            if found["id"] == id_:
                found["state"] = said["view"].get("state", "")
        self._arrange()
        self.show(tag("p", tag("b", f"✓ {said['view'].get('summary', '')}")))
