"""A draft's plan.toml as a form: its entries with what they are now and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from jupyter_coimprove.workbench.rows_curation import FieldRow

if TYPE_CHECKING:
    from jupyter_coimprove.experiments.experiment import Plan

_Type = Literal["text", "integer", "number", "flag", "choice", "list"]


def fields_of(plan: Plan) -> tuple[FieldRow, ...]:
    """Every entry that a person decides on, in the order of the file; the arms are the plan's own rows."""
    from jupyter_coimprove.experiments import experiment as e
    from jupyter_coimprove.experiments.planfile import NO_LIMIT
    from jupyter_coimprove.experiments.reduction import GRAMMAR

    rows: list[FieldRow] = []

    def add(
        group: str, key: str, type_: _Type, value: Any, help_: str, *, choices: tuple[str, ...] = (), unit: str = "",
        optional: bool = False,
    ) -> None:  # fmt: skip
        rows.append(
            FieldRow(
                key=key,
                value=value,
                type=type_,
                help=help_,
                choices=choices,
                unit=unit,
                optional=optional,
                group=group,
            )
        )

    units = f"of {plan.response.name}"
    add("Question", "question", "text", plan.question, "what you want to know")
    add("Question", "status", "choice", plan.status, "confirmatory counts as a test; exploratory is shown as such",
        choices=get_args(e.Status))  # fmt: skip
    add(
        "Question",
        "hypothesis",
        "text",
        plan.hypothesis,
        "'ARM > baseline', if there is a direction",
        optional=True,
    )
    add("Blocks", "blocks", "integer", plan.blocks, "how often every arm runs, each on a draw of all seeds")
    add("Blocks", "stopping", "choice", plan.stopping, "sequential: block by block until decided, blocks the most",
        choices=get_args(e.Stopping))  # fmt: skip
    add(
        "Blocks",
        "repeat_baseline",
        "flag",
        plan.repeat_baseline,
        "the baseline once more: what chance is left",
    )
    add("Blocks", "block_numbers", "list", list(plan.block_numbers) or None,
        "hand-picked seeds, one a block: makes it exploratory", optional=True)  # fmt: skip
    for seed in plan.seeds:
        add("Blocks", f'seeds."{seed.name}"', "flag", seed.varied,
            f"whether the blocks drive it; in the notebook {seed.original}")  # fmt: skip
    add("Response", "response.expr", "text", plan.response.expr, "what is compared, read after the last cell")
    add("Response", "response.direction", "choice", plan.response.direction, "max: more is better; min: less is",
        choices=("max", "min"))  # fmt: skip
    add(
        "Response",
        "response.reduction",
        "text",
        plan.response.reduction,
        f"what makes a series one number: {GRAMMAR}",
    )
    add(
        "Response", "response.items", "text", plan.response.items, "a score for each test item", optional=True
    )
    add("Response", "response.clusters", "text", plan.response.clusters, "which test items belong together",
        optional=True)  # fmt: skip
    add("Decision", "smallest_effect", "number", plan.smallest_effect, "the smallest difference that matters",
        unit=units, optional=True)  # fmt: skip
    add(
        "Decision",
        "margin",
        "number",
        plan.margin,
        "differences within it count as equal",
        unit=units,
        optional=True,
    )
    add("Decision", "alpha", "number", plan.alpha, "how often chance alone may pass for an effect")
    add("Decision", "test", "choice", plan.test, "sign-flip is exact and assumes no normal differences",
        choices=get_args(e.TestName))  # fmt: skip
    add("Decision", "multiplicity", "choice", plan.multiplicity, "how several arms are tested",
        choices=get_args(e.Multiplicity))  # fmt: skip
    add("Decision", "sequence", "list", list(plan.sequence) or None, "order of the tests, most expected first",
        optional=True)  # fmt: skip
    budget = plan.budget
    add(
        "Budget",
        "budget.run_seconds",
        "number",
        budget.run_seconds,
        f'of one run; "{NO_LIMIT}" for no limit',
        unit="s",
    )
    add(
        "Budget",
        "budget.total_seconds",
        "number",
        budget.total_seconds,
        "of the experiment",
        unit="s",
        optional=True,
    )
    add(
        "Budget",
        "budget.keep_mb",
        "number",
        budget.keep_mb,
        "of the files of one run are kept",
        unit="MB",
        optional=True,
    )
    add(
        "Budget",
        "budget.disk_mb",
        "number",
        budget.disk_mb,
        "that all runs may keep",
        unit="MB",
        optional=True,
    )
    add("Budget", "kernel", "text", plan.kernel, "the kernelspec that runs it", optional=True)
    return tuple(rows)


def arm_keys(plan: Plan) -> dict[str, str]:
    """What ``edit --set`` calls each arm: the baseline is none of the file's ``[[arms]]``."""
    listed = [arm for arm in plan.arms if not (arm.is_baseline and arm.role == "treatment")]
    return {arm.name: f"arms.{number}" for number, arm in enumerate(listed, 1)}
