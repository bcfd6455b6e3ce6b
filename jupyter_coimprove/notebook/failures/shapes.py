"""Shapes that do not go together: what they are, and the one change that makes them fit, if it is one."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures import parts, products
from jupyter_coimprove.notebook.failures.parts import FITS, USES, estimator_call
from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation
from jupyter_coimprove.notebook.trees import last_name


def shapes(s: Situation) -> Diagnosis | None:
    """ValueError and IndexError about shapes."""
    if s.failure.ename not in ("ValueError", "IndexError", "TypeError"):
        return None
    for rule in (
        _rows_expected, _too_deep, _labels, parts.samples, parts.features, products.product, products.broadcast, products.joined,
        products.indices, products.first_dimension,
    ):  # fmt: skip
        found = rule(s)
        if found is not None:
            return found
    return None


def _rows_expected(s: Situation) -> Diagnosis | None:
    """A vector where a table of samples by features is expected."""
    if not re.search(r"Expected (?:a )?2[- ]?d(?:imensional)? (?:array|container)", s.said, re.IGNORECASE):
        return None
    call = estimator_call(s)
    if call is None:
        return None
    node = call.args[0]
    text = s.text(node)
    sample = call.func.attr in USES and _one_sample(s, node)  # type: ignore[attr-defined]
    listed = isinstance(node, ast.List)
    single = _single_feature(s, node)
    if (
        isinstance(node, ast.Subscript)
        and _series(s, node.value)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    ):
        new = f"{s.text(node.value)}[[{s.text(node.slice)}]]"
    elif sample and not single:
        new = f"[{text}]" if listed else f"{text}.reshape(1, -1)"
    else:
        known = s.value(node)
        series = (
            (known and known.kind in ("Series", "Index")) or "Series" in s.said or "pandas.core" in s.said
        )
        new = (
            f"np.array({text}).reshape(-1, 1)"
            if listed
            else f"{text}.to_numpy().reshape(-1, 1)"
            if series
            else f"{text}.reshape(-1, 1)"
        )
        if known and known.kind == "list":
            new = f"[[one] for one in {text}]"
    source = s.swapped((node, new))
    if source is not None and new.startswith("np.") and "np" not in s.imported:
        source = s.with_import(source, "import numpy as np")
    what = "one sample" if sample and not single else "one feature"
    return Diagnosis(
        rule="rows expected", cause=f"`{last_name(call.func)}` takes a table, samples by features; `{text}`{s.shaped(node)} is a vector: here {what}.",
        repair=f"`{new}`", edits=s.replaced(source),
    )  # fmt: skip


def _series(s: Situation, node: ast.expr) -> bool:
    known = s.value(node)
    return known is None or known.kind == "DataFrame"


def _one_sample(s: Situation, node: ast.expr) -> bool:
    """A row of a table, a list of numbers, or a vector that is not as long as the data."""
    if isinstance(node, (ast.List, ast.Subscript)):
        return True
    if isinstance(node, ast.Call) and last_name(node.func) in ("array", "asarray"):
        return True
    given = s.assigned(node.id) if isinstance(node, ast.Name) else None
    return given is not None and _one_sample(s, given)


def _single_feature(s: Situation, node: ast.expr) -> bool:
    """Whether the model was fitted on one feature (``x.reshape(-1, 1)``, ``df[["a"]]``)."""
    for statement in s.flow.statements:
        for other in statement.nodes:
            if (
                isinstance(other, ast.Call)
                and isinstance(other.func, ast.Attribute)
                and other.func.attr in FITS
                and other.args
            ):
                first = other.args[0]
                if isinstance(first, ast.Name):
                    first = s.assigned(first.id) or first
                text = ast.unparse(first).replace(" ", "")
                if ".reshape(-1,1)" in text or re.search(r"\[\[[^,\]]+\]\]", text) or "[:,None]" in text:
                    return not isinstance(node, ast.List) or len(node.elts) != 1
    return False


def _too_deep(s: Situation) -> Diagnosis | None:
    """Images and the like, where each sample is to be one row."""
    found = re.search(r"Found array with dim (\d+)", s.said)
    call = estimator_call(s)
    if found is None or call is None:
        return None
    node = call.args[0]
    new = f"{s.text(node)}.reshape(len({s.text(node)}), -1)"
    return Diagnosis(
        rule="one row a sample", cause=f"`{last_name(call.func)}` takes samples by features; `{s.text(node)}`{s.shaped(node)} has {found[1]} dimensions.",
        repair=f"`{new}`: each sample as one row", edits=s.replaced(s.swapped((node, new))),
    )  # fmt: skip


def _labels(s: Situation) -> Diagnosis | None:
    """Labels in a table, where one label a sample is expected."""
    found = re.search(r"y should be a 1d array, got an array of shape \((\d+), (\d+)\)", s.said)
    if found is None:
        return None
    call = next(
        (
            c
            for c in s.of(ast.Call)
            if isinstance(c.func, ast.Attribute) and c.func.attr in FITS and len(c.args) > 1
        ),
        None,
    )
    if call is None:
        return Diagnosis(
            rule="labels",
            cause=f"One label a sample is expected; there is a table of {found[1]} by {found[2]}.",
        )
    node = call.args[1]
    if found[2] == "1":
        known = s.value(node)
        new = (
            f"{s.text(node)}.to_numpy().ravel()"
            if known and known.kind in ("DataFrame", "Series")
            else f"{s.text(node)}.ravel()"
        )
        how = "a column; it is made a vector"
    elif _one_hot(s, node):
        new, how = (
            f"{s.text(node)}.argmax(axis=1)",
            f"{found[2]} columns, a one for the class of each sample; the number of that column is the label",
        )
    else:
        return Diagnosis(
            rule="labels", cause=f"One label a sample is expected; `{s.text(node)}` has {found[2]} columns."
        )
    return Diagnosis(
        rule="labels",
        cause=f"One label a sample is expected; `{s.text(node)}` has {how}.",
        repair=f"`{new}`",
        edits=s.replaced(s.swapped((node, new))),
    )


def _one_hot(s: Situation, node: ast.expr) -> bool:
    given = s.assigned(node.id) if isinstance(node, ast.Name) else node
    return given is not None and bool(
        re.search(r"\beye\(|to_categorical|one_hot|label_binarize|LabelBinarizer", ast.unparse(given))
    )
