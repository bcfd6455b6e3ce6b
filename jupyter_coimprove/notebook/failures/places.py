"""Arguments by place: too many of them, a forgotten list, dimensions one by one or in a tuple."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation
from jupyter_coimprove.notebook.trees import last_name

_TOO_MANY = re.compile(
    r"(?:takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:were|was) given)|(too many positional arguments)"
)


#: Arguments that are keywords only now: what is called -> the names of its positional arguments in order.
_ORDER: dict[str, tuple[str, ...]] = {
    "drop": ("labels", "axis"), "confusion_matrix": ("y_true", "y_pred", "labels"), "pivot": ("index", "columns", "values"),
    "fillna": ("value",), "dropna": ("axis", "how", "thresh"), "set_index": ("keys", "drop", "append", "inplace"), "sort_values": ("by", "axis", "ascending"),
    "f1_score": ("y_true", "y_pred", "labels"), "classification_report": ("y_true", "y_pred", "labels", "target_names"),
    "train_test_split": (), "OneHotEncoder": (), "accuracy_score": ("y_true", "y_pred", "normalize"), "concat": ("objs", "axis", "join"),
    "reset_index": ("level", "drop", "inplace"), "rename": ("mapper",), "drop_duplicates": ("subset", "keep", "inplace"),
    "SVC": ("C", "kernel"), "KMeans": ("n_clusters", "init"), "LogisticRegression": ("penalty", "C"), "PCA": ("n_components", "copy"),
    "any": ("axis",), "all": ("axis",), "make_scorer": ("score_func", "greater_is_better"), "StratifiedKFold": ("n_splits", "shuffle", "random_state"),
    "KFold": ("n_splits", "shuffle", "random_state"), "precision_score": ("y_true", "y_pred", "labels"), "recall_score": ("y_true", "y_pred", "labels"),
}  # fmt: skip


def positional(s: Situation) -> Diagnosis | None:
    """More positional arguments than are taken: a forgotten list, or arguments that have become keywords."""
    found = _TOO_MANY.search(s.said)
    if s.failure.ename != "TypeError" or found is None:
        return None
    who = re.search(r"(\w+)\(\) takes", s.said)
    for call in s.of(ast.Call):
        callee = last_name(call.func)
        if who and callee != who[1] and who[1] != "__init__":
            continue
        dotted = s.dotted(call.func)
        if (
            dotted.startswith("numpy.")
            and callee in ("concatenate", "vstack", "hstack", "stack", "dstack", "column_stack")
            and len(call.args) > 1
        ):
            return listed(s, call)
        order = _ORDER.get(callee)
        if order and len(call.args) <= len(order):
            first = (
                1
                if found[1] is None
                else max(
                    0,
                    int(found[1])
                    - (1 if isinstance(call.func, ast.Attribute) and "numpy" not in dotted else 0),
                )
            )
            first = (
                2
                if callee == "confusion_matrix" or (found[1] is None and order[:2] == ("y_true", "y_pred"))
                else first
            )
            changes = [(a, f"{n}={s.text(a)}") for a, n in list(zip(call.args, order, strict=False))[first:]]
            if changes:
                return Diagnosis(
                    rule="keyword only", cause=f"`{callee}` takes {first} argument{'s' if first != 1 else ''} by place; others have to be named.",
                    repair=", ".join(text for _, text in changes), edits=s.replaced(s.swapped(*changes)),
                )  # fmt: skip
    return None


def listed(s: Situation, call: ast.Call) -> Diagnosis:
    """``np.concatenate(a, b)``: the arrays belong into one tuple."""
    arrays = [a for a in call.args if not (isinstance(a, ast.Constant) and isinstance(a.value, int))]
    rest = [s.text(a) for a in call.args if a not in arrays] + [
        f"{k.arg}={s.text(k.value)}" for k in call.keywords
    ]
    new = f"{s.text(call.func)}(({', '.join(s.text(a) for a in arrays)}){''.join(', ' + r for r in rest)})"
    return Diagnosis(
        rule="arrays without a list", cause=f"`{last_name(call.func)}` takes the arrays together, in one tuple or list.", repair=f"`{new}`",
        edits=s.replaced(s.swapped((call, new))),
    )  # fmt: skip


def dimensions(s: Situation) -> Diagnosis | None:
    """``np.zeros(3, 4)`` and ``np.random.rand((3, 4))``: dimensions in one tuple, or one by one."""
    if s.failure.ename != "TypeError":
        return None
    for call in s.of(ast.Call):
        dotted, callee = s.dotted(call.func), last_name(call.func)
        if not dotted.startswith("numpy."):
            continue
        if callee in ("zeros", "ones", "empty") and len(call.args) >= 2 and "data type" in s.said:
            shape = ", ".join(s.text(a) for a in call.args)
            rest = "".join(f", {k.arg}={s.text(k.value)}" for k in call.keywords)
            return _shape(
                s,
                call,
                f"{s.text(call.func)}(({shape}){rest})",
                "the shape is one tuple; the second argument is the kind of numbers",
            )
        if (
            callee in ("rand", "randn")
            and len(call.args) == 1
            and isinstance(call.args[0], (ast.Tuple, ast.List))
            and "integer" in s.said
        ):
            shape = ", ".join(s.text(a) for a in call.args[0].elts)
            return _shape(
                s,
                call,
                f"{s.text(call.func)}({shape})",
                "the dimensions are arguments one by one, not a tuple",
            )
        if callee in ("concatenate", "vstack", "hstack", "stack", "column_stack") and len(call.args) > 1:
            return listed(s, call)
    return None


def _shape(s: Situation, call: ast.Call, new: str, why: str) -> Diagnosis:
    return Diagnosis(
        rule="dimensions",
        cause=f"In `{last_name(call.func)}` {why}.",
        repair=f"`{new}`",
        edits=s.replaced(s.swapped((call, new))),
    )
