"""A provider that replays a script, for tests and demonstrations; its label says so on screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jupyter_coimprove.errors import CoimproveError, ProviderError
from jupyter_coimprove.proposals.provider import Part, Request

#: One answer: its parts, or the error it raises (after the parts before it, if in a list).
Step = Sequence[Part | CoimproveError] | CoimproveError


class ScriptedProvider:
    """Answers from a script, one step a request. ``requests`` are those it got, in order."""

    name = "scripted"
    label = "scripted: replays prepared answers, no model"

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = list(steps)
        self.requests: list[Request] = []

    def answer(self, request: Request) -> Iterator[Part]:
        """The next step of the script. Raises ProviderError when there is none left."""
        self.requests.append(request)
        if len(self.requests) > len(self._steps):
            raise ProviderError(
                f"the script has {len(self._steps)} answers and was asked {len(self.requests)} times",
                remedy="give it another step",
            )
        step = self._steps[len(self.requests) - 1]
        for part in [step] if isinstance(step, CoimproveError) else step:
            if isinstance(part, CoimproveError):
                raise part
            yield part
