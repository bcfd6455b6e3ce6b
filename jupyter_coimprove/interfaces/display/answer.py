"""An answer in a notebook: text, HTML and card data in the file, working buttons beside it."""

from __future__ import annotations

from typing import Any

#: Stands beside the buttons of a card: the lab extension, which draws the card whole, shows them no second time.
BUTTONS = "application/vnd.coimprove.buttons+json"


class Answer:
    """What ``%coai`` gives back. ``data`` is the view as a dict, ``id`` what it is about.

    It displays as text, HTML and card data (they stay in the notebook file and need nothing
    of ours), and below that, where a person is at a front end, as a card with buttons. The lab
    extension draws the card data live and shows neither the HTML nor the buttons.
    """

    def __init__(self, result: dict[str, Any], shell: Any, *, live: bool) -> None:
        self.data: dict[str, Any] = result["view"]
        self._view = self.data
        self.text: str = result["text"]
        self._html: str = result.get("html", "")
        self._cards: dict[str, Any] = result.get("cards", {})
        self._shell = shell
        self._live = live
        #: What this answer proposes, each drawn as a card of its own below it.
        self._more = tuple(Answer(more, shell, live=live) for more in result.get("more", ()))

    @property
    def id(self) -> str:
        """The id of the plan, experiment or finding this answer is about, of a decision what was decided on; else empty."""
        for key in ("subject", "id", "experiment"):
            if isinstance(self.data.get(key), str):
                return str(self.data[key])
        rows: list[dict[str, Any]] = list(self.data.get("experiments") or ())
        return str(rows[0].get("id", "")) if len(rows) == 1 else ""

    def __getitem__(self, number: int) -> str:
        """The id of its card ``number``, from 0: ``{_[0]}`` in the next line names the first. LookupError beyond them."""
        return str(self.data.get("cards", ())[number]["id"])

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": self.text, **self._cards}
        if self._html:
            bundle["text/html"] = self._html
        return bundle

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        for picture in self._pictures():
            display(picture, raw=True)
        if self._live and self._cards:
            card = self._card()
            if card is not None:
                data, metadata = card._repr_mimebundle_()
                # Where the lab extension draws the card above whole, these buttons are not shown again.
                display({**data, BUTTONS: {"of": self.id}}, raw=True, metadata=metadata)
        for more in self._more:
            more._ipython_display_()

    def _pictures(self) -> list[dict[str, Any]]:
        """Items as the notebook's own code shows them: images alone, drawn by the front end's own renderers."""
        shown = [one for part in self.data.get("sections") or () for one in part.get("shown") or ()]
        return [
            {"text/plain": str(one["title"]), kind: one["data"][kind]}
            for one in shown
            for kind in ("image/png", "image/jpeg")
            if kind in one["data"]
        ]

    def _card(self) -> Any:
        """The card with buttons, where there is one; the text says the commands anyway."""
        from jupyter_coimprove.interfaces.display import widgets

        return widgets.card(self.data, self._shell)
