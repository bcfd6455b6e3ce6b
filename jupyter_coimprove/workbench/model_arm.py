"""A model answers benchmark items by the same path as any question: context, one tool with a strict schema, one answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.bench.family import Family
from jupyter_coimprove.bench.item import Answer, Item, answer_schema, read_answer
from jupyter_coimprove.errors import ProviderError, UsageError

if TYPE_CHECKING:
    from jupyter_coimprove.proposals.provider import Block, Provider
    from jupyter_coimprove.workbench.bench import Bench

#: An answer may take so many requests and seconds.
_TURNS, _SECONDS, _TOKENS = 3, 180.0, 4000


class ModelArm:
    """An arm over a provider; ``guidance`` are lessons it is shown.

    ProviderError where it is not there, ValueError where it is and gives no answer in the schema.
    """

    def __init__(self, bench: Bench, provider: Provider, guidance: tuple[str, ...] = ()) -> None:
        self.name = provider.name
        self.spent: Mapping[str, Any] = {}
        self._bench, self._provider, self._guidance = bench, provider, guidance

    def answer(self, family: Family, item: Item) -> Answer:
        from jupyter_coimprove.proposals.answer import gather
        from jupyter_coimprove.proposals.provider import Request, Tool

        tool = Tool(
            name="answer", help="Your answer to the question; call it once.", schema=answer_schema(item), kind="ask",
            call=_block,
        )  # fmt: skip
        asked = Request(
            task="ask", text=f"{item.ask}\nAnswer by calling the tool `answer` once.", context=_context(item, self._guidance),
            tools=[tool], options={"max_turns": _TURNS, "max_tokens": _TOKENS, "seconds": _SECONDS},
            cancelled=self._bench.cancelled,
        )  # fmt: skip
        self.spent = {}
        try:
            told = gather(self._provider.answer(asked))
        except ProviderError as error:
            if isinstance(error.__cause__, UsageError):
                # It is there, and what it said is not in the schema: no answer.
                raise ValueError(f"no answer to {item.id}: {error.message}") from error
            raise
        self.spent = dict(told.usage)
        given = next((block for block in told.blocks if block.kind == "bench_answer"), None)
        if given is None and told.stop in ("cut", "cancelled"):
            raise ProviderError(
                f"{self._provider.label} gave no answer to {item.id}: {told.why or told.stop}",
                remedy="ask again; what was answered so far is kept",
            )
        if given is None:
            # It was there and did not answer: that is what is measured.
            raise ValueError(f"no answer to {item.id}: {told.why or told.stop}")
        return read_answer(given.data)


def _block(given: Mapping[str, Any]) -> Block:
    from jupyter_coimprove.proposals.provider import Block

    return Block(kind="bench_answer", v=1, data=dict(given))


def _context(item: Item, guidance: tuple[str, ...]) -> list[Block]:
    """The notebook's cells with what they printed, the material, the lessons; not the template, which is ours."""
    from jupyter_coimprove.proposals.provider import Block

    out = []
    if item.notebook is not None:
        cells = [
            {
                "cell": number, "type": cell["cell_type"], "source": cell["source"],
                "printed": "".join(str(o.get("text", "")) for o in cell.get("outputs", ())),
            }
            for number, cell in enumerate(item.notebook["cells"], 1)
        ]  # fmt: skip
        out.append(Block(kind="cells", v=1, data={"cells": cells}))
    if item.material:
        out.append(Block(kind="material", v=1, data=dict(item.material)))
    if guidance:
        out.append(Block(kind="guidance", v=1, data={"lessons": list(guidance)}))
    return out
