"""``plan.toml``: the plan as a person reads and edits it before it is registered."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from jupyter_coimprove.experiments.arms import arm_name, contrasts
from jupyter_coimprove.experiments.experiment import DesignKind, Factor, Plan, Response, Seed
from jupyter_coimprove.experiments.planloading import load
from jupyter_coimprove.experiments.reduction import GRAMMAR
from jupyter_coimprove.notebook.cells import Place

__all__ = ["changed", "dump", "load"]

VERSION = 1
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")
NO_LIMIT = "none"


def dump(plan: Plan) -> str:
    """The plan as TOML with comments; ``load`` gives the same plan back."""
    parts = [
        _head(plan),
        _response(plan),
        _also(plan),
        _arms(plan),
        _seeds(plan),
        _budget(plan),
        _internal(plan),
    ]
    return "\n".join(part for part in parts if part)


def changed(old: Plan, new: Plan) -> list[str]:
    """What differs between two plans, a sentence each; empty when they decide the same."""
    out = []
    for name in _PLAIN:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            out.append(f"{name.replace('_', ' ')}: {_shown(before)} → {_shown(after)}")
    for part in ("response", "budget"):
        one, other = getattr(old, part), getattr(new, part)
        for name in one.__dataclass_fields__:
            before, after = getattr(one, name), getattr(other, name)
            if before != after:
                out.append(f"{part} {name.replace('_', ' ')}: {_shown(before)} → {_shown(after)}")
    if old.also != new.also:
        out.append("the secondary responses")
    out += _arm_changes(old, new)
    varied = {s.name: s.varied for s in old.seeds}
    for seed in new.seeds:
        if varied.get(seed.name) != seed.varied:
            out.append(f"seed {seed.name} is {'driven by' if seed.varied else 'left out of'} the blocks")
    if [_code(f) for f in old.factors] != [_code(f) for f in new.factors] or (
        [(s.name, s.places, s.original, s.group, s.parameter) for s in old.seeds]
        != [(s.name, s.places, s.original, s.group, s.parameter) for s in new.seeds]
    ):
        out.append("the places in the code that the plan binds to")
    without = [
        {k: v for k, v in plan.extra.items() if k not in ("warnings", "chance")} for plan in (old, new)
    ]
    if without[0] != without[1]:
        out.append("the notes kept with the plan")
    return out


#: Fields of a plan that are compared as they are.
_PLAIN = (
    "question", "notebook", "notebook_digest", "kernel", "design", "seeding_cell", "seeding_before", "blocks", "block_kind",
    "block_numbers", "stopping", "test", "secondary", "multiplicity", "sequence", "hypothesis", "smallest_effect", "margin", "alpha",
    "repeat_baseline", "split_sizes", "split_ratio", "status", "replicates",
)  # fmt: skip


def _arm_changes(old: Plan, new: Plan) -> list[str]:
    before = {arm.name: (dict(arm.settings), arm.role) for arm in old.arms}
    after = {arm.name: (dict(arm.settings), arm.role) for arm in new.arms}
    out = [f"arm {name} is left out" for name in before if name not in after]
    out += [f"arm {name} is new" for name in after if name not in before]
    for name in before:
        if name in after and before[name] != after[name]:
            out.append(f"arm {name} sets {_told(*after[name])} instead of {_told(*before[name])}")
    if not out and list(before) != list(after):
        out.append("the order of the arms")
    return out


def _told(settings: Mapping[str, str], role: str) -> str:
    return f"{settings}" + (f" ({role})" if role != "treatment" else "")


def _code(factor: Factor) -> tuple[object, ...]:
    return (factor.name, factor.operator, factor.places, factor.levels[0], factor.kind, factor.parameter)


def _shown(value: Any) -> str:
    if value is None or value == ():
        return "not given"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _block(value: str) -> str:
    """A TOML string over several lines where there are several."""
    lines = [_text(line)[1:-1] for line in value.split("\n")]
    return '"""\n' + "\n".join(lines) + '"""' if len(lines) > 1 else _text(value)


def _key(name: str) -> str:
    return name if _BARE_KEY.match(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }" if value else "{}"
        )
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)


def _field(name: str, value: Any, comment: str = "", example: str = "") -> str:
    """A line; a value that is not given stands as a comment that shows how to give it."""
    line = f"# {name} = {example}" if value is None else f"{name} = {_value(value)}"
    return line + (f"  # {comment}" if comment else "") + "\n"


def _head(plan: Plan) -> str:
    sequence = list(plan.sequence) if plan.sequence else None
    order = _value(list(contrasts(plan)))
    out = [
        "# The plan of an experiment. Edit it, then register it: from then on it cannot change.\n",
        "# What stands after a # is explanation, or an entry that is not given.\n",
    ]
    for warning in plan.extra.get("warnings", ()):
        out.append("# Keep in mind: " + _line(str(warning)) + "\n")
    out += [
        f"version = {VERSION}\n",
        _field("question", plan.question),
        _field("notebook", plan.notebook),
        _field("kernel", plan.kernel, "the kernelspec that runs it", '"python3"'),
        _field("design", plan.design, ", ".join(get_args(DesignKind))),
        _field("status", plan.status, "confirmatory, exploratory or post hoc"),
        "\n# Every arm runs once in every block; a block stands for one draw of all seeds below.\n",
        _field("blocks", plan.blocks),
        _field(
            "block_numbers", list(plan.block_numbers) or None,
            "hand-picked seeds, one a block: makes the experiment exploratory", "[1, 2, 3]",
        ),
        _field("block_kind", plan.block_kind, "what a block draws anew: split, folds, init, order, unknown or none"),
        _field("repeat_baseline", plan.repeat_baseline, "once more in the first block: what chance is left"),
        "\n# What is decided, fixed before any number is seen. In units of the response.\n",
        _field("smallest_effect", plan.smallest_effect, "the smallest difference that matters", "0.01"),
        _field("margin", plan.margin, "differences within it count as equal", "0.005"),
        _field("hypothesis", plan.hypothesis, "directional, if there is one", '"ARM > baseline"'),
        _field("alpha", plan.alpha, "how often chance alone may pass for an effect"),
        _field("test", plan.test, "paired t, or sign-flip: exact, without assuming normal differences"),
        _field("secondary", plan.secondary, "what [[also]] responses get: descriptive, or holm over all of them"),
        _field("stopping", plan.stopping, "fixed, or sequential: block by block until decided, `blocks` the most"),
        _field("multiplicity", plan.multiplicity, "holm, fixed-sequence or primary; sequential: bonferroni or primary"),
        _field("sequence", sequence, "order of the tests, most expected first", order),
    ]  # fmt: skip
    return "".join(out)


def _response(plan: Plan) -> str:
    response = plan.response
    out = [
        "# What is compared.\n[response]\n",
        *_source(response),
        _field("reduction", response.reduction, "what makes a series one number: " + GRAMMAR),
        _field("items", response.items, "a score for each test item, if there is one", '"hits"'),
        _field("clusters", response.clusters, "which test items belong together", '"patient"'),
    ]
    if response.notes:
        out.append(_field("notes", list(response.notes), "told with the result"))
    if response.by is not None:
        out += ["# The validation series whose best entry is taken.\n[response.by]\n", *_source(response.by)]
    return "".join(out)


_WHERE = {
    "printed": "what the print shows",
    "file": "the column",
    "scalar": "the tag",
    "logged": "the metric's name",
    "scrap": "the scrap's name",
}


def _source(response: Response) -> list[str]:
    """Where a response is read, and which way is better."""
    out = [
        _field("name", response.name),
        _field("how", response.how, "variable, expression, printed, file, scalar, logged, scrap or run"),
        _field("expr", response.expr, _WHERE.get(response.how, "read after the last cell")),
        _field("direction", response.direction, "max: more is better; min: less is"),
    ]
    if response.pattern:
        use = "" if response.how == "printed" else "; compared with the value in full"
        out.append(
            _field("pattern", response.pattern, f"one group: the number, in what these cells print{use}")
        )
        out.append(_field("cells", [cell + 1 for cell in response.cells], "counted from 1; none: all"))
        if response.decimals is not None:
            out.append(_field("decimals", response.decimals, "as printed"))
    if response.file:
        out.append(_field("file", response.file, "that every run writes, beside the notebook"))
    return out


def _also(plan: Plan) -> str:
    """The secondary responses: shown beside the primary one."""
    out = []
    for response in plan.also:
        out += ["# Read beside the response; it decides nothing.\n[[also]]\n", *_source(response)]
        out.append(_field("reduction", response.reduction))
        if response.notes:
            out.append(_field("notes", list(response.notes)))
        if response.by is not None:
            out += ["[also.by]\n", *_source(response.by)]
    return "".join(out)


def _arms(plan: Plan) -> str:
    listed = [arm for arm in plan.arms if not (arm.is_baseline and arm.role == "treatment")]
    if not listed:
        return ""
    out = [
        "# The arms besides the baseline. Take one out by deleting its lines, change a level in place,\n"
        "# or add one. Levels are Python values in quotes; in the notebook as it is they are:\n"
    ]
    for factor in plan.factors:
        out.append(f"#   {_line(factor.name)} = {_line(factor.levels[0])}\n")
    for arm in listed:
        out.append("[[arms]]\n")
        if arm.name != arm_name(arm.settings, plan.factors, plan.design, arm.role):
            out.append(_field("name", arm.name))
        if arm.role != "treatment":
            out.append(_field("role", arm.role))
        out.append(_field("set", arm.settings))
    return "".join(out)


def _seeds(plan: Plan) -> str:
    if not plan.seeds:
        return ""
    out = ["# Seeds in the notebook: true where the blocks drive them, false where they stay as they are.\n"]
    out.append("[seeds]\n")
    out += [
        _field(_key(seed.name), seed.varied, f"in the notebook {_line(seed.original)}") for seed in plan.seeds
    ]
    return "".join(out)


def _budget(plan: Plan) -> str:
    budget = plan.budget
    seconds = NO_LIMIT if budget.run_seconds is None else budget.run_seconds
    return "".join(
        [
            "# Limits.\n[budget]\n",
            _field("run_seconds", seconds, f'of one run; "{NO_LIMIT}" for no limit'),
            _field("total_seconds", budget.total_seconds, "of the experiment", "36000.0"),
            _field("output_mb", budget.output_mb, "of one run"),
            _field("keep_mb", budget.keep_mb, "of the files one run wrote are kept", "1024.0"),
            _field("disk_mb", budget.disk_mb, "that all runs may keep", "20000.0"),
        ]
    )


def _line(text: str) -> str:
    """Text for a comment: one line, and no character that TOML refuses there."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(text.split()))


def _internal(plan: Plan) -> str:
    out = [
        "# ---------------------------------------------------------------------------------------\n"
        "# [internal] says where in the code the plan binds. It is not meant to be edited by hand:\n"
        "# the notebook is checked against it, and a plan that no longer fits is refused.\n"
        "[internal]\n",
        _field("notebook_digest", plan.notebook_digest),
        _field("baseline", plan.baseline.name),
    ]
    if plan.split_sizes is not None:
        out.append(_field("split_sizes", list(plan.split_sizes)))
    if plan.split_ratio is not None:
        out.append(_field("split_ratio", plan.split_ratio))
    if plan.replicates is not None:
        out.append(_field("replicates", plan.replicates))
    if plan.seeding_before is not None:
        out.append(_field("seeding_before", plan.seeding_before))
    if plan.seeding_cell is not None:
        out.append(f"seeding_cell = {_block(plan.seeding_cell)}\n")
    if plan.extra:
        out.append(_field("extra", json.dumps(plan.extra, ensure_ascii=False, sort_keys=True)))
    out += [_internal_factor(factor) for factor in plan.factors]
    out += [_internal_seed(seed) for seed in plan.seeds]
    return "".join(out)


def _internal_factor(factor: Factor) -> str:
    return "".join(
        [
            "[[internal.factors]]\n",
            _field("name", factor.name), _field("operator", factor.operator), _field("kind", factor.kind),
            _field("parameter", factor.parameter), _field("levels", list(factor.levels)),
            _places(factor.places),
        ]
    )  # fmt: skip


def _internal_seed(seed: Seed) -> str:
    return "".join(
        [
            "[[internal.seeds]]\n",
            _field("name", seed.name), _field("original", seed.original), _field("group", seed.group),
            _field("parameter", seed.parameter), _places(seed.places),
        ]
    )  # fmt: skip


def _places(places: Sequence[Place]) -> str:
    rows = []
    for place in places:
        data = place.as_dict()
        data["address"] = {k: v for k, v in data["address"].items() if v is not None}
        rows.append(f"  {_value(data)},\n")
    return "places = [\n" + "".join(rows) + "]\n" if rows else "places = []\n"
