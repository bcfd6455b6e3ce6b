"""Cards with working buttons, by ipywidgets, wherever those are drawn; loaded on first use.

A click is a person's act: the front end's message is what the kernel carries out then, and
the host records it with ``auth=kernel``. All text is escaped as it goes in, and there are no
colours here, so that a card is readable in either theme.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

from jupyter_coimprove.interfaces.display import safe
from jupyter_coimprove.interfaces.display.tags import Markup, tag
from jupyter_coimprove.kernelspace.errors import CoaiError

Say = Callable[[Sequence[str]], dict[str, Any]]


#: Spacing only, and no text from anywhere: the widgets' own line height is made for one-line labels.
_SPACING = (
    "<style>.coimprove-card .widget-html-content{line-height:1.45}"
    ".coimprove-card p{margin:.2em 0}.coimprove-card ul{margin:.2em 0;padding-left:1.4em}"
    ".coimprove-card td,.coimprove-card th{padding:.1em .7em .1em 0}"
    ".coimprove-card pre{margin:.2em 0;overflow:auto}</style>"
)


def available() -> bool:
    """Whether ipywidgets is installed beside this kernel."""
    return importlib.util.find_spec("ipywidgets") is not None


def html(content: str = "") -> Any:
    """An HTML widget; plain text is escaped, markup that was built here goes in as it is."""
    import ipywidgets

    box = ipywidgets.HTML(layout=ipywidgets.Layout(width="auto"))
    put(box, content)
    return box


def put(box: Any, content: str) -> None:
    """Show this in an HTML widget (nothing: take no room)."""
    box.value = str(content if isinstance(content, Markup) else tag("p", content)) if content else ""
    box.layout.display = "" if content else "none"


class Card:
    """Buttons in a row, at most one form open below them, and what came of it."""

    def __init__(self, data: dict[str, Any], say: Say, title: str = "") -> None:
        import ipywidgets

        self.data, self._say = data, say
        self._w = ipywidgets
        self.title = html(tag("b", title) if title else "")
        self.body = html()
        self.row = ipywidgets.HBox(layout=ipywidgets.Layout(flex_flow="row wrap"))
        self.form = ipywidgets.VBox()
        self.outcome = html()
        self.below = ipywidgets.VBox()
        self.spacing = ipywidgets.HTML(_SPACING, layout=ipywidgets.Layout(display="none"))
        self.widget = ipywidgets.VBox(
            [self.spacing, self.title, self.body, self.row, self.form, self.outcome, self.below]
        )
        self.widget.add_class("coimprove-card")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **more: Any) -> Any:
        bundle = self.widget._repr_mimebundle_(include=include, exclude=exclude, **more)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        data["text/plain"] = self.plain()
        return data, metadata

    def plain(self) -> str:
        """What a front end without widgets shows instead."""
        return "the card's buttons need ipywidgets in the front end; the commands above do the same"

    def button(
        self, label: str, act: Callable[[], None], *, tip: str, primary: bool = False, icon: str = ""
    ) -> Any:
        """A button whose click is carried out while all buttons of the card are disabled."""
        made = self._w.Button(
            description=label, tooltip=tip, icon=icon, layout=self._w.Layout(width="auto"),
            button_style="primary" if primary else "",
        )  # fmt: skip
        made.on_click(lambda clicked: self._busy(clicked, act))
        return made

    def _busy(self, clicked: Any, act: Callable[[], None]) -> None:
        buttons = self._buttons(self.widget)
        label = clicked.description
        for one in buttons:
            one.disabled = True
        clicked.description = f"{label} …"
        try:
            act()
        except CoaiError as error:
            self.show_error(error)
        finally:
            clicked.description = label
            for one in buttons:
                one.disabled = False

    def _buttons(self, box: Any) -> list[Any]:
        found = []
        for child in getattr(box, "children", ()):
            found += [child] if isinstance(child, self._w.Button) else self._buttons(child)
        return found

    def show(self, *lines: str, error: bool = False) -> None:
        """Say what came of the last click, to screen readers too."""
        parts = [tag("p", line) if not isinstance(line, Markup) else line for line in lines if line]
        put(self.outcome, tag("div", *parts, role="alert" if error else "status"))

    def show_error(self, error: CoaiError) -> None:
        self.show(
            tag("p", tag("b", "Not done: "), error.message),
            f"→ {error.remedy}" if error.remedy else "",
            error=True,
        )

    def open(self, *fields: Any, act: Callable[[], None], label: str, tip: str) -> None:
        """Open a form: its fields, the button that carries it out, and one that closes it."""
        go = self.button(label, act, tip=tip, primary=True)
        stop = self.button("Close", self.close, tip="change nothing")
        self.form.children = (*fields, self._w.HBox([go, stop]))
        fields[0].focus()

    def close(self) -> None:
        """Close the form that is open."""
        self.form.children = ()

    def field(self, label: str, value: str = "", *, lines: int = 1, hint: str = "") -> Any:
        """A labelled text field."""
        kind = self._w.Text if lines == 1 else self._w.Textarea
        more: dict[str, Any] = {} if lines == 1 else {"rows": lines}
        # The text is sent when the field is left, in one message that comes before the click's:
        # sent letter by letter, a click could overtake the last of them.
        return kind(
            value=value, placeholder=hint, description=label, layout=self._w.Layout(width="99%"),
            style={"description_width": "initial"}, continuous_update=False, **more,
        )  # fmt: skip

    def ask_reject(self) -> None:
        """The form of a rejection: its reason is kept with the decision."""
        reason = self.field("Reason", hint="why, in one line; kept with the decision")

        def reject() -> None:
            words = ["reject", str(self.data["id"])]
            said = self._say([*words, f"--reason={reason.value.strip()}"] if reason.value.strip() else words)
            self.decided(said)

        self.open(reason, act=reject, label="Reject", tip="say no; it stays in the record and counts")

    def decided(self, said: dict[str, Any]) -> None:
        """Show a decision that was taken; nothing is left to decide then."""
        view = said["view"]
        self.close()
        self.row.children = ()
        self.data["state"] = view.get("state", "")
        waits = view.get("application") == "queued"
        self.show(
            tag("p", tag("b", f"✓ {safe.line(str(view.get('summary', '')))}")),
            f"→ {', '.join(view.get('next', ()))}" if waits else "",
        )


class ProgressBar:
    """A bar with the time left, while a call blocks its cell."""

    def __init__(self) -> None:
        import ipywidgets

        self._bar = ipywidgets.IntProgress(min=0, max=1, layout=ipywidgets.Layout(width="16em"))
        self._label = ipywidgets.Label(layout=ipywidgets.Layout(width="auto"))
        self._widget = ipywidgets.HBox([self._bar, self._label])

    def bundle(self) -> dict[str, Any]:
        """The widget as MIME data."""
        bundle = self._widget._repr_mimebundle_()
        data: dict[str, Any] = dict(bundle[0] if isinstance(bundle, tuple) else bundle)
        data.pop("text/plain", None)
        return data

    def show(self, progress: Any, sentence: str) -> None:
        total = int(progress.get("total") or 0)
        self._bar.layout.display = "" if total else "none"
        self._bar.max = max(1, total)
        self._bar.value = min(int(progress.get("done") or 0), max(1, total))
        self._label.value = sentence + " (interrupt the cell to stop)"

    def close(self) -> None:
        self._widget.close()
        self._bar.close()
        self._label.close()


def say_from(shell: Any) -> Say:
    """Clicks of this shell's cards as calls to the host."""

    def say(words: Sequence[str]) -> dict[str, Any]:
        from jupyter_coimprove import __version__
        from jupyter_coimprove.kernelspace import where
        from jupyter_coimprove.kernelspace.client import host

        said = host().call(words, where.click(shell), version=__version__)
        answer: dict[str, Any] = said["result"]
        return answer

    return say


def card(data: dict[str, Any], shell: Any) -> Any:
    """The card for an answer, or None where there is nothing to press or ipywidgets is missing."""
    from jupyter_coimprove.interfaces.display import deciding_cards, explorer, watching_card

    if not available():
        return None
    say, name = say_from(shell), data.get("view")
    if name == "PlanView":
        return deciding_cards.PlanCard(data, say)
    if name == "FindingView":
        return deciding_cards.FindingCard(data, say)
    if name == "ProposalView":
        return deciding_cards.ProposalCard(data, say)
    if name == "CheckView" and data.get("findings"):
        return deciding_cards.CheckCard(data, say)
    if name == "ResultsView":
        return explorer.Explorer(data, say)
    if name == "StatusView" and len(data.get("experiments") or ()) == 1:
        return watching_card.ProgressCard(data, say)
    return None
