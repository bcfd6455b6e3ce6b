"""Who answers questions about a notebook: is it right, how many tokens did it take, and how long.

Right is strict, for a model that repeats what it was told would else be right about all of it: the answer
stands in the first 300 characters as a word of its own; of a cell it is the first number that is said.
"""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from notebook_questions import Question

from jupyter_coimprove.workbench import talking
from jupyter_coimprove.workbench.bench import Bench, Where

#: Characters of an answer that count.
LONGEST = 300


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One answer: ``read`` and ``written`` in tokens, ``first`` and ``seconds`` from the question on."""

    right: bool
    text: str
    read: int
    written: int
    first: float
    seconds: float

    @property
    def speed(self) -> float:
        """Tokens a second, from the first one on."""
        return (self.written - 1) / max(self.seconds - self.first, 1e-3) if self.written > 1 else 0.0


def right(question: Question, said: str) -> bool:
    """Whether this is the answer, and not a text that holds it among others."""
    text = said[:LONGEST]
    if question.kind == "where":
        found = re.search(r"(?<!\w)\d+(?!\w)", text)
        return found is not None and found[0] == question.answer
    wanted = re.escape(question.answer.strip("'\"").lower())
    return re.search(rf"(?<![\w.]){wanted}(?![\w]|\.\w)", text.lower()) is not None


def by_us(path: Path, question: Question, provider: str) -> Answered:
    """Asked as a person asks it, of a conversation that begins with it."""
    heard: list[float] = []
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as root:
        bench = Bench(
            where=Where(cwd=path.parent, notebook=path), root_override=Path(root),
            say=lambda text: heard.append(time.perf_counter()),
        )  # fmt: skip
        try:
            view = talking.ask(bench, text=question.text, notebook=str(path), provider=provider)
        finally:
            bench.close()
    ended = time.perf_counter()
    usage = view.usage or {}
    return Answered(
        right=right(question, view.text), text=view.text, written=int(usage.get("output", 0)),
        read=int(usage.get("input", 0)) + int(usage.get("cache_read", 0)),
        first=(heard[0] if heard else ended) - began, seconds=ended - began,
    )  # fmt: skip


def told(name: str, answers: Sequence[Answered]) -> str:
    """One line of figures: right answers, tokens and times (medians; means of tokens)."""
    many = max(len(answers), 1)
    speeds = [answer.speed for answer in answers if answer.speed]
    return (
        f"{name}: {sum(a.right for a in answers)} of {len(answers)} right; tokens read {sum(a.read for a in answers) / many:.0f}, "
        f"written {sum(a.written for a in answers) / many:.0f}; first word {median([a.first for a in answers] or [0]):.2f} s, "
        f"{median(speeds or [0]):.1f} tokens a second, whole {median([a.seconds for a in answers] or [0]):.1f} s"
    )
