"""Samples and features of different numbers: parts of a split, and data that were not prepared alike."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation
from jupyter_coimprove.notebook.trees import last_name

FITS = frozenset("fit fit_transform fit_predict partial_fit score".split())  # noqa: SIM905
USES = frozenset("predict transform predict_proba decision_function inverse_transform score_samples".split())  # noqa: SIM905
_SAMPLES = re.compile(r"inconsistent numbers of samples: \[([\d, ]+)\]")


_FEATURES = re.compile(r"X has (\d+) features, but (\w+) is expecting (\d+) features")


def estimator_call(s: Situation) -> ast.Call | None:
    """The `fit`, `predict` or the like on the line that failed."""
    calls: list[ast.Call] = s.of(ast.Call)
    return next(
        (c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in FITS | USES and c.args),
        None,
    )


def samples(s: Situation) -> Diagnosis | None:
    """Samples and labels of different numbers: parts of a split in the wrong order, or all labels for a part."""
    found = _SAMPLES.search(s.said)
    if found is None:
        return None
    numbers = found[1]
    swapped = _split_order(s)
    if swapped is not None:
        return swapped
    for call in s.of(ast.Call):
        names = [a.id for a in call.args if isinstance(a, ast.Name)]
        if len(call.args) < 2 or len(names) < 2:
            continue
        for position in (1, 0):
            other, mine = call.args[1 - position], call.args[position]
            if not isinstance(other, ast.Name) or not isinstance(mine, ast.Name):
                continue
            tail = re.search(r"(_?(?:train|test|val|valid|tr|te|dev|fit|held))\Z", other.id)
            if tail is None or mine.id.endswith(tail[1]):
                continue
            stem = re.sub(r"_?(?:train|test|val|valid|tr|te|dev|fit|held)\Z", "", mine.id)
            candidates = [n for n in (stem + tail[1],) if s.binders(n)] or _partners(s, other.id)
            if len(candidates) == 1 and candidates[0] != mine.id:
                return Diagnosis(
                    rule="whole for part", cause=f"`{other.id}` and `{mine.id}` have {numbers.replace(',', ' and')} samples: "
                    f"`{mine.id}` is not of the same part as `{other.id}`.",
                    repair=f"`{candidates[0]}`", edits=s.replaced(s.swapped((mine, candidates[0]))),
                )  # fmt: skip
    return Diagnosis(
        rule="samples differ", cause=f"What goes together has different numbers of samples: {numbers.replace(',', ' and')}. "
        "One of them was filtered, cut or split without the other."
    )  # fmt: skip


def _splits(s: Situation) -> list[tuple[int, ast.Assign, list[ast.Name]]]:
    """Assignments of what `train_test_split` gives to as many names."""
    out = []
    for statement in s.flow.statements:
        node = statement.node
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and last_name(node.value.func) == "train_test_split"
            and isinstance(node.targets[0], ast.Tuple)
        ):
            names = [t for t in node.targets[0].elts if isinstance(t, ast.Name)]
            if len(names) == len(node.targets[0].elts):
                out.append((statement.cell, node, names))
    return out


def _partners(s: Situation, name: str) -> list[str]:
    """The other name of the same part of a split: ``y_train`` for ``X_train``."""
    for _, node, names in _splits(s):
        listed = [n.id for n in names]
        if (
            name in listed
            and isinstance(node.value, ast.Call)
            and len(node.value.args) == 2
            and len(listed) == 4
        ):
            return [listed[(listed.index(name) + 2) % 4]]
    return []


def _split_order(s: Situation) -> Diagnosis | None:
    for cell, node, names in _splits(s):
        listed = [n.id for n in names]
        if len(listed) != 4 or not isinstance(node.value, ast.Call) or len(node.value.args) != 2:
            continue
        parts = ["test" if re.search(r"test|te\b|_te|val|held|dev", n.lower()) else "train" for n in listed]
        first, second = (
            {n for n, p in zip(listed, parts, strict=True) if p == part} for part in ("train", "test")
        )
        if parts == ["train", "train", "test", "test"] and len(first) == 2 and len(second) == 2:
            order = [listed[0], listed[2], listed[1], listed[3]]
            target = node.targets[0]
            text = ", ".join(order)
            # A tuple without parentheses spans from its first to its last name.
            edits = s.replaced(s.swapped((target, text), cell=cell), cell)
            return Diagnosis(
                rule="order of a split", cause=f"`train_test_split` gives both parts of the first array, then both of the second; cell {cell + 1} "
                f"takes them as {', '.join(listed)}.",
                repair=f"`{text} = …` in cell {cell + 1}", edits=edits,
            )  # fmt: skip
    return None


def features(s: Situation) -> Diagnosis | None:
    """Data that did not go through what the training data went through."""
    found = _FEATURES.search(s.said)
    call = estimator_call(s)
    if found is None or call is None or not isinstance(call.func, ast.Attribute):
        return None
    model, node = call.func.value, call.args[0]
    cause = f"{found[2]} was fitted on {found[3]} features; `{s.text(node)}`{s.shaped(node)} has {found[1]}."
    step = _step_of(s, s.text(model))
    if step is None:
        return Diagnosis(rule="features differ", cause=cause + " Prepare both in the same way.")
    new = f"{step}.transform({s.text(node)})"
    return Diagnosis(
        rule="features differ", cause=cause + f" The data it was fitted on went through `{step}` first.", repair=f"`{new}`",
        edits=s.replaced(s.swapped((node, new))),
    )  # fmt: skip


def _step_of(s: Situation, model: str) -> str | None:
    """The transformer whose result the model was fitted on."""
    for statement in s.flow.statements:
        for call in statement.nodes:
            if not (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "fit"
                and call.args
            ):
                continue
            owner = ast.unparse(call.func.value)
            target = statement.node.targets[0] if isinstance(statement.node, ast.Assign) else None
            if owner != model and not (isinstance(target, ast.Name) and target.id == model):
                continue
            given = call.args[0]
            if isinstance(given, ast.Name):
                given = s.assigned(given.id) or given
            if (
                isinstance(given, ast.Call)
                and isinstance(given.func, ast.Attribute)
                and given.func.attr in ("fit_transform", "transform")
                and isinstance(given.func.value, ast.Name)
            ):
                return given.func.value.id
    return None
