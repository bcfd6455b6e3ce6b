"""A provider that replays a script, for tests and demonstrations; its label says so on screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.errors import CoimproveError, ProviderError
from jupyter_coimprove.proposals.provider import Part, Request
from jupyter_coimprove.proposals.using import step, use


@dataclass(frozen=True, kw_only=True)
class Use:
    """In a script: the request's tool of this name is used, as a model would."""

    tool: str
    given: Mapping[str, Any] = field(default_factory=dict)


#: One answer: its parts, or the error it raises (after the parts before it, if in a list), or what makes
#: these of the request.
Entry = Part | Use | CoimproveError
Step = Sequence[Entry] | CoimproveError | Callable[[Request], Iterable[Entry]]


class ScriptedProvider:
    """Answers from a script, one step a request. ``requests`` are those it got, in order, and ``told``
    what the tools it used said."""

    name = "scripted"
    label = "scripted: replays prepared answers, no model"

    def __init__(self, steps: Sequence[Step], *, images: bool = False) -> None:
        self._steps = list(steps)
        self.images = images
        self.requests: list[Request] = []
        self.told: list[str] = []

    def answer(self, request: Request) -> Iterator[Part]:
        """The next step of the script. Raises ProviderError when there is none left."""
        self.requests.append(request)
        if len(self.requests) > len(self._steps):
            raise ProviderError(
                f"the script has {len(self._steps)} answers and was asked {len(self.requests)} times",
                remedy="give it another step",
            )
        for part in self._entries(request):
            if request.cancelled():
                yield Part(type="end", detail={"stop": "cancelled", "usage": {}})
                return
            if isinstance(part, CoimproveError):
                raise part
            if isinstance(part, Use):
                yield step(part.tool, part.given)
                used = use(request.tools, part.tool, part.given)
                self.told.append(used.said)
                yield from used.parts()
            else:
                yield part

    def _entries(self, request: Request) -> Iterable[Entry]:
        entries = self._steps[len(self.requests) - 1]
        if callable(entries):
            return entries(request)
        return [entries] if isinstance(entries, CoimproveError) else entries

    def count(self, request: Request) -> int:
        """None are sent."""
        return 0

    def sent(self, request: Request) -> None:
        """Nothing: the script is here."""
