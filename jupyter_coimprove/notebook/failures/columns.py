"""Columns and arrays of text where numbers or dates are expected."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation
from jupyter_coimprove.notebook.failures.spelling import spelled
from jupyter_coimprove.notebook.trees import last_name


def to_number(s: Situation) -> Diagnosis | None:
    """Text that is nearly a number."""
    whole = re.search(r"invalid literal for int\(\) with base 10: '(-?\d+\.\d*)'", s.said)
    if whole:
        for call in s.of(ast.Call):
            if last_name(call.func) == "int" and len(call.args) == 1:
                new = f"int(float({s.text(call.args[0])}))"
                return Diagnosis(
                    rule="text for a number",
                    cause=f"'{whole[1]}' is text of a fraction, which `int` does not read; `float` does.",
                    repair=f"`{new}`",
                    edits=s.replaced(s.swapped((call, new))),
                    caution="what is behind the point is cut off",
                )
    found = re.search(
        r"could not convert string to float: '?(.*?)'?(?:: Error while type casting.*)?\Z", s.said, re.DOTALL
    )
    if found is None:
        return None
    bad = found[1].strip("'\"")
    for call in s.of(ast.Call):
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr == "astype"
            and (s.column(call.func.value) or s.value(call.func.value) is None)
        ):
            of = s.text(call.func.value)
            new, why, caution = "", "", ""
            if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", bad):
                new, why = (
                    f'{of}.str.replace(",", "").{s.text(call)[len(of) + 1 :]}',
                    "commas between thousands",
                )
            elif (
                sign := re.fullmatch(r"([$€£¥])\s?-?[\d.]+|-?[\d.]+\s?(%|€|kg|km|cm|mm|m|g)", bad)
            ) is not None:
                mark = sign[1] or sign[2]
                new, why = (
                    f'{of}.str.replace("{mark}", "").{s.text(call)[len(of) + 1 :]}',
                    f"a `{mark}` beside the number",
                )
            elif bad in (
                "?",
                "-",
                "--",
                "",
                "NA",
                "N/A",
                "n/a",
                "na",
                "null",
                "None",
                "none",
                "missing",
                "unknown",
                ".",
                " ",
            ):
                text, line = spelled(s, "pandas.to_numeric")
                new, why, caution = (
                    f'{text}({of}, errors="coerce")',
                    f"`{bad}` for what is missing",
                    "whatever is no number becomes NaN",
                )
                source = s.swapped((call, new))
                return Diagnosis(
                    rule="text for a number",
                    cause=f"`{of}` holds text, with {why}.",
                    repair=f"`{new}`",
                    caution=caution,
                    edits=s.replaced(s.with_import(source, line) if source and line else source),
                )
            if new:
                return Diagnosis(
                    rule="text for a number",
                    cause=f"`{of}` holds text, with {why}.",
                    repair=f"`{new}`",
                    edits=s.replaced(s.swapped((call, new))),
                )
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in ("corr", "cov")
            and not any(k.arg == "numeric_only" for k in call.keywords)
        ):
            known = s.value(call.func.value)
            if known is None or known.kind == "DataFrame":
                return _numeric_only(s, call)
    return Diagnosis(
        rule="words for numbers", cause=f"Numbers are expected, and there is the text `{bad[:60]}`. If it is one of several kinds, encode the column "
        "(`OneHotEncoder` or `pd.get_dummies`, or numbers where kinds have an order); which, the code does not tell.",
    )  # fmt: skip


def _numeric_only(s: Situation, call: ast.Call) -> Diagnosis:
    text = s.text(call)
    new = f"{text[:-1]}{', ' if call.args or call.keywords else ''}numeric_only=True)"
    return Diagnosis(
        rule="columns of text", cause=f"Some columns of `{s.text(call.func.value)}` hold text; `{last_name(call.func)}` is for numbers.",  # type: ignore[attr-defined]
        repair="`numeric_only=True`", edits=s.replaced(s.swapped((call, new))), caution="columns of text are left out, as older versions did by themselves",
    )  # fmt: skip


def reduced(s: Situation) -> Diagnosis | None:
    """``df.mean()`` of a frame with columns of text."""
    if not re.search(
        r"Cannot perform reduction '\w+' with string dtype|Could not convert .* to numeric|does not support (?:reduction|operation) '\w+'|agg function failed",
        s.said,
        re.DOTALL,
    ):
        return None
    for call in s.of(ast.Call):
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr
            in ("mean", "std", "var", "median", "sem", "skew", "kurt", "quantile", "prod", "sum")
            and not any(k.arg == "numeric_only" for k in call.keywords)
        ):
            known = s.value(call.func.value)
            if (known and known.kind == "DataFrame") or (
                isinstance(call.func.value, ast.Call) and last_name(call.func.value.func) == "groupby"
            ):
                return _numeric_only(s, call)
    return None


def accessors(s: Situation) -> Diagnosis | None:
    """``.str`` of numbers, ``.dt`` of text."""
    found = re.search(r"Can only use \.(str|dt) accessor with", s.said)
    if found is None:
        return None
    for node in s.of(ast.Attribute):
        if node.attr == found[1]:
            of = s.text(node.value)
            if found[1] == "str":
                new, source = f"{of}.astype(str)", s.swapped((node.value, f"{of}.astype(str)"))
                how = "numbers; `.str` is for text"
            else:
                text, line = spelled(s, "pandas.to_datetime")
                new = f"{text}({of})"
                source = s.swapped((node.value, new))
                source = s.with_import(source, line) if source and line else source
                how = "no dates; `.dt` is for dates"
            return Diagnosis(
                rule="accessor", cause=f"`{of}` holds {how}.", repair=f"`{new}`", edits=s.replaced(source)
            )
    return None


def array_of_text(s: Situation) -> Diagnosis | None:
    """Arithmetic on an array of text."""
    if s.failure.ename not in (
        "UFuncTypeError",
        "_UFuncNoLoopError",
        "_UFuncBinaryResolutionError",
        "TypeError",
    ) or not re.search(
        r"dtype\('<U\d+'\)|StrDType|numpy\.str_|cannot perform reduce with flexible type|<U\d", s.said
    ):
        return None
    for node in s.here:
        of: ast.expr | None = None
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("mean", "sum", "std", "var", "min", "max", "cumsum", "prod")
        ):
            of = (
                node.func.value
                if s.value(node.func.value) is not None
                else node.args[0]
                if node.args
                else None
            )
        elif isinstance(node, ast.BinOp):
            of = next(
                (
                    side
                    for side in (node.left, node.right)
                    if (v := s.value(side)) is not None and v.dtype.startswith(("<U", "str", "object"))
                ),
                None,
            )
        known = s.value(of) if of is not None else None
        if (
            of is not None
            and known is not None
            and known.kind == "ndarray"
            and known.dtype.startswith(("<U", "str", "object"))
        ):
            new = f"{s.text(of)}.astype(float)"
            return Diagnosis(
                rule="array of text",
                cause=f"`{s.text(of)}` is an array of text ({known.dtype}), which does not calculate.",
                repair=f"`{new}`",
                edits=s.replaced(s.swapped((of, new))),
            )
    return None
