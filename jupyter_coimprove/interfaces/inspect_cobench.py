"""CoBench as a task of Inspect (extra ``bench``): ``inspect eval jupyter_coimprove/cobench --model …``.

The items, measures and total are CoBench's own; Inspect brings models, logs and its viewer. The model
``coimprove/rules`` is the built-in collaborator: no network, no key.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as InspectSample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    modelapi,
)
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import TaskState, generate, system_message
from inspect_ai.tool import ToolChoice, ToolInfo

from jupyter_coimprove.bench.family import Family, Mark
from jupyter_coimprove.bench.item import Answer, Item, Sample, answer_schema, read_answer
from jupyter_coimprove.bench.scoring import scores
from jupyter_coimprove.workbench import cobench as use_case
from jupyter_coimprove.workbench.cell_running import Executor

_ASKS = "You do research with a person. Answer each question with one JSON object in the schema it gives, and nothing else."
#: Samples of this process by their id: a model of ours answers what a task of ours asks.
_ASKED: dict[str, tuple[Family, Sample]] = {}


@task
def cobench(draws: int = use_case.SMOKE, family: str | list[str] = "", salt: str = "") -> Task:
    """``family`` names one or several, by commas; ``salt`` makes private seeds of any text."""
    names = [family] if isinstance(family, str) else family
    chosen = use_case.choose([name for name in names if name] or None)
    asked = use_case.draw(chosen, draws, str(salt))
    _ASKED.update({sample.item.id: (one, sample) for one, sample in asked})
    return Task(
        dataset=MemoryDataset([InspectSample(id=s.item.id, input=prompt(s.item), target="") for _, s in asked]),
        solver=[system_message(_ASKS), generate()], scorer=cobench_mark(),
    )  # fmt: skip


def prompt(item: Item) -> str:
    """The question, its notebook and material, and the schema of the answer, as text."""
    parts = [f"Item {item.id}", item.ask]
    for number, cell in enumerate((item.notebook or {}).get("cells", ()), 1):
        shown = "".join(str(output.get("text", "")) for output in cell.get("outputs", ()))
        printed = f"\n# printed:\n{shown}" if shown else ""
        parts.append(f"Cell {number} ({cell['cell_type']}):\n{cell['source']}{printed}")
    if item.material:
        parts.append(f"Material:\n{json.dumps(dict(item.material), ensure_ascii=False)}")
    parts.append(f"Answer in this JSON schema:\n{json.dumps(answer_schema(item))}")
    return "\n\n".join(parts)


def read(completion: str) -> tuple[Answer, str]:
    """The answer in a completion, and what is wrong with it: no answer then."""
    start, end = completion.find("{"), completion.rfind("}")
    if start < 0 or end < start:
        return Answer(), "no JSON object"
    try:
        return read_answer(json.loads(completion[start : end + 1])), ""
    except (ValueError, TypeError, AttributeError) as error:
        return Answer(), str(error)


@metric
def total() -> Metric:
    """CoBench's total of the marks: families corrected for chance, their mean by activity, the mean of those."""

    def measure(found: list[SampleScore]) -> float:
        marks, families = _marks(found)
        return scores(marks, families, resamples=1).total.value

    return measure


@metric
def by_family() -> Metric:
    """The score of each family."""

    def measure(found: list[SampleScore]) -> dict[str, float]:  # type: ignore[type-arg, unused-ignore]
        marks, families = _marks(found)
        return {row.family: row.score.value for row in scores(marks, families, resamples=1).families}

    return measure  # type: ignore[return-value, unused-ignore]


def _marks(found: Iterable[SampleScore]) -> tuple[dict[str, list[Mark]], list[Family]]:
    marks: dict[str, list[Mark]] = defaultdict(list)
    for one in found:
        told = dict(one.score.metadata or {})
        marks[str(told["family"])].append(Mark(**told["mark"]))
    return marks, [family for family in use_case.choose(None) if family.name in marks]


@scorer(metrics=[total(), by_family()])
def cobench_mark() -> Scorer:
    """The family's own measure of the answer."""

    async def score(state: TaskState, target: Target) -> Score:
        del target
        family, sample = _ASKED[str(state.sample_id)]
        answer, wrong = read(state.output.completion)
        with Executor() as execute:
            mark = family.mark(sample, answer, execute)
        return Score(
            value=mark.value, answer=state.output.completion[:2000], explanation=wrong or mark.why,
            metadata={"family": family.name, "mark": vars(mark)},
        )  # fmt: skip

    return score


class BuiltIn(ModelAPI):
    """The built-in collaborator as a model of Inspect: rules, no network; it counts no tokens as it uses none."""

    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """Answer the item that the question names."""
        from jupyter_coimprove.bench.arms import Rules
        from jupyter_coimprove.workbench.changing import instruments

        del tools, tool_choice, config
        name = input[-1].text.splitlines()[0].removeprefix("Item ")
        family, sample = _ASKED[name]
        with Executor() as execute:
            said = Rules(instruments(execute, {})).answer(family, sample.item)
        return ModelOutput.from_message(
            ChatMessageAssistant(content=json.dumps(said.as_dict()), model="rules")
        )

    async def count_tokens(self, input: Any, config: GenerateConfig | None = None) -> int:
        """None: it reads facts, not tokens. (Inspect's own count would fetch a table from the network.)"""
        del input, config
        return 0

    async def count_text_tokens(self, text: str) -> int:
        """None, as above."""
        del text
        return 0


@modelapi(name="coimprove")
def coimprove() -> type[ModelAPI]:
    """``--model coimprove/rules``"""
    return BuiltIn
