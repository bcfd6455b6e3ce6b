"""A key that is not there: a column or key misspelt, two columns without a list, a place taken for a label."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from jupyter_coimprove.notebook.failures import order
from jupyter_coimprove.notebook.failures.near import nearest, ranked
from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation
from jupyter_coimprove.notebook.outputs import outputs_text
from jupyter_coimprove.notebook.trees import last_name


def keys(s: Situation) -> Diagnosis | None:
    """KeyError, and what pandas raises for brackets that it cannot read."""
    if s.failure.ename == "InvalidIndexError" or re.fullmatch(r"\(slice\(.*\).*\)", s.said):
        return _without_loc(s)
    if s.failure.ename != "KeyError":
        return None
    tuple_of = re.fullmatch(r"\((['\"].+['\"])\)", s.said)
    if tuple_of:
        return _without_list(s)
    names = _missing(s.said)
    return (
        _dropped_row(s, names) or _place(s) or _made_elsewhere(s, names) or _renamed(s, names) or _misspelt(s, names)
        or order.run_twice(s) or _unknown(s, names)
    )  # fmt: skip


def _missing(said: str) -> list[str]:
    """The keys that the message names."""
    inside = re.search(r"\[((?:'[^']*'(?:, )?)+)\](?: not in index| not found in axis|, dtype=)", said)
    if inside:
        return re.findall(r"'([^']*)'", inside[1])
    return [said[1:-1]] if re.fullmatch(r"'.*'|\".*\"", said, re.DOTALL) else [said]


def literals(s: Situation, name: str) -> list[ast.Constant]:
    """Where this key stands as text on the line that failed."""
    return [n for n in s.of(ast.Constant) if n.value == name]


def _base(s: Situation, node: ast.Constant) -> ast.expr | None:
    """What the key is looked up in: ``df`` of ``df["a"]``, ``df[["a"]]``, ``df.loc[…, "a"]``, ``df.sort_values("a")``."""
    best: ast.expr | None = None
    for outer in s.here:
        if isinstance(outer, ast.Subscript) and any(n is node for n in ast.walk(outer.slice)):
            best = outer.value
            break
        if isinstance(outer, ast.Call) and any(
            n is node for a in [*outer.args, *(k.value for k in outer.keywords)] for n in ast.walk(a)
        ):
            best = outer.func.value if isinstance(outer.func, ast.Attribute) else None
            break
    if isinstance(best, ast.Attribute) and best.attr in ("loc", "at", "iloc"):
        best = best.value
    while isinstance(best, ast.Call) and isinstance(best.func, ast.Attribute):
        # ``df.groupby("a")["b"]``: the columns are those of the frame it began with.
        best = best.func.value
    return best


def known_keys(s: Situation, of: ast.expr | None) -> list[str]:
    """Columns or keys of a thing: by the kernel, or as far as code and shown tables tell."""
    found: dict[str, None] = {}
    if of is None:
        return []
    value = s.value(of)
    if value is not None:
        found.update(dict.fromkeys([*value.columns, *value.keys]))
        if found:
            return list(found)
    path = s.text(of)
    found.update(dict.fromkeys(s.facts.attributes.get(f"{path}[]", ())))
    if found:
        return list(found)
    name = path.split("[")[0].split(".")[0]
    for statement in s.flow.statements:
        for node in statement.nodes:
            if isinstance(node, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == name for t in node.targets
            ):
                found.update(dict.fromkeys(_keys_of(node.value, path)))
            if (
                isinstance(node, ast.Subscript)
                and isinstance(node.slice, ast.Constant)
                and isinstance(node.slice.value, str)
            ) and (
                isinstance(node.value, ast.Name)
                and node.value.id == name
                and statement.cell != s.failure.cell
            ):
                found[node.slice.value] = None
    for cell in s.notebook.code_cells:
        if re.search(
            rf"\b{re.escape(name)}\b(\.head|\.tail|\.describe|\.info|\.columns|\.sample|\s*\Z)", cell.source
        ):
            text = outputs_text(cell, 20_000)
            found.update(dict.fromkeys(re.findall(r"'([^'\n]+)'", text)))
            lines = text.splitlines()
            if lines:
                found.update(dict.fromkeys(lines[0].split()))
    return list(found)


def _keys_of(value: ast.expr, path: str) -> Iterable[str]:
    """Keys of a dictionary written out, of a frame made of one, of text that is read as a table."""
    if isinstance(value, ast.Call) and value.args:
        first = value.args[0]
        if (
            last_name(value.func) == "read_csv"
            and isinstance(first, ast.Call)
            and first.args
            and isinstance(first.args[0], ast.Constant)
        ):
            text = str(first.args[0].value).splitlines()[:1]
            return [column for line in text for column in line.split(",")]
        return _keys_of(first, path)
    inner = re.findall(r"\[\"?'?(\w+)\"?'?\]", path)
    for key in inner:
        if isinstance(value, ast.Dict):
            value = next(
                (
                    v
                    for k, v in zip(value.keys, value.values, strict=True)
                    if isinstance(k, ast.Constant) and k.value == key
                ),
                value,
            )
    if isinstance(value, ast.Dict):
        return [str(k.value) for k in value.keys if isinstance(k, ast.Constant)]
    return []


def _misspelt(s: Situation, names: list[str]) -> Diagnosis | None:
    changes: list[tuple[ast.AST, str]] = []
    said = []
    for name in names:
        for node in literals(s, name):
            of = _base(s, node)
            known = known_keys(s, of)
            if of is None or (isinstance(of, ast.Name) and not known):
                known = [k for k in _all_columns(s) if k != name]
            meant = nearest(name, known)
            if meant is None:
                near = [k for _, k in ranked(name, known)][:4]
                if near:
                    return Diagnosis(
                        rule="misspelt key",
                        cause=f"There is no `{name}`; {', '.join(near)} are equally near, so that none is chosen.",
                    )
                return None
            quote = s.text(node)[:1] if s.text(node)[:1] in "'\"" else '"'
            changes.append((node, f"{quote}{meant}{quote}"))
            said.append(f"no `{name}`; the nearest there is, is `{meant}`")
    if not changes:
        return None
    return Diagnosis(
        rule="misspelt key", cause="There is " + " and ".join(dict.fromkeys(said)) + ".", repair=", ".join(t for _, t in changes),
        edits=s.replaced(s.swapped(*changes)),
    )  # fmt: skip


def _all_columns(s: Situation) -> list[str]:
    return list(dict.fromkeys(c for v in s.facts.values.values() for c in (*v.columns, *v.keys)))


def _without_list(s: Situation) -> Diagnosis | None:
    """``df["a", "b"]``: two columns are asked for by a list."""
    for node in s.of(ast.Subscript):
        if isinstance(node.slice, ast.Tuple) and all(isinstance(e, ast.Constant) for e in node.slice.elts):
            inside = ", ".join(s.text(e) for e in node.slice.elts)
            text = f"{s.text(node.value)}[[{inside}]]"
            return Diagnosis(
                rule="columns without a list", cause="Several columns are asked for by a list of their names; a pair alone is one key.",
                repair=f"`{text}`", edits=s.replaced(s.swapped((node, text))),
            )  # fmt: skip
    return None


def _without_loc(s: Situation) -> Diagnosis | None:
    """``df[:, 0]``: rows and columns together are asked of `iloc` or `loc`."""
    for node in s.of(ast.Subscript):
        if isinstance(node.slice, ast.Tuple) and any(isinstance(e, ast.Slice) for e in node.slice.elts):
            parts = [e for e in node.slice.elts if not isinstance(e, ast.Slice)]
            labels = any(
                isinstance(c, ast.Constant) and isinstance(c.value, str) for p in parts for c in ast.walk(p)
            )
            way = "loc" if labels else "iloc"
            span, of = s.span(node), s.span(node.value)
            if span is None or of is None:
                return None
            source = f"{s.cell.source[: of[1]]}.{way}{s.cell.source[of[1] :]}"
            return Diagnosis(
                rule="rows and columns", cause=f"Brackets of a frame take columns; rows and columns together are asked of `.{way}`.",
                repair=f"`.{way}[…]`", edits=s.replaced(source),
            )  # fmt: skip
    return None


def _dropped_row(s: Situation, names: list[str]) -> Diagnosis | None:
    """``df.drop("a")`` of a column: rows are dropped where no axis is said."""
    if "not found in axis" not in s.said:
        return None
    for call in s.of(ast.Call):
        if (
            last_name(call.func) == "drop"
            and isinstance(call.func, ast.Attribute)
            and call.args
            and not any(k.arg in ("axis", "columns", "index") for k in call.keywords)
        ):
            columns = known_keys(s, call.func.value)
            if columns and not set(names) <= set(columns):
                continue
            return Diagnosis(
                rule="rows dropped", cause=f"`drop` takes rows out where no axis is said; {', '.join(names)} is a column.",
                repair=f"`columns={s.text(call.args[0])}`", edits=s.replaced(s.swapped((call.args[0], f"columns={s.text(call.args[0])}"))),
            )  # fmt: skip
    return None


def _place(s: Situation) -> Diagnosis | None:
    """``counts[0]`` of a series with other labels: a place is asked of `iloc`."""
    if not re.fullmatch(r"-?\d+", s.said):
        return None
    for node in s.of(ast.Subscript):
        index = node.slice.operand if isinstance(node.slice, ast.UnaryOp) else node.slice
        known = s.value(node.value)
        number = isinstance(index, ast.Constant) and isinstance(index.value, int)
        if number and known is not None and known.kind == "Series":
            text = f"{s.text(node.value)}.iloc[{s.text(node.slice)}]"
            return Diagnosis(
                rule="place for label", cause=f"The labels of this series hold no {s.said}; the value at that place is asked of `.iloc`.",
                repair=f"`{text}`", edits=s.replaced(s.swapped((node, text))),
            )  # fmt: skip
    return None


def _made_elsewhere(s: Situation, names: list[str]) -> Diagnosis | None:
    """The column or key is made by a cell that was not run."""
    for name in names:
        owners = {getattr(_base(s, node), "id", "") for node in literals(s, name)} - {""}

        def makes(node: ast.AST, name: str = name, owners: set[str] = owners) -> bool:
            return (
                isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.slice, ast.Constant)
                and node.slice.value == name and getattr(node.value, "id", "") in owners
            )  # fmt: skip

        found = order.missing_part(s, f"`{name}`", makes)
        if found:
            return found
    return None


def _renamed(s: Situation, names: list[str]) -> Diagnosis | None:
    """A column that a cell above renamed."""
    changes: list[tuple[ast.AST, str]] = []
    said = ""
    for statement in s.flow.statements:
        if statement.cell > s.failure.inner or (
            statement.cell == s.failure.inner and statement.node.lineno >= (s.failure.line or 0)
        ):
            continue
        for node in statement.nodes:
            if not (isinstance(node, ast.Call) and last_name(node.func) == "rename"):
                continue
            for pair in [d for d in ast.walk(node) if isinstance(d, ast.Dict)]:
                for key, value in zip(pair.keys, pair.values, strict=True):
                    if (
                        isinstance(key, ast.Constant)
                        and isinstance(value, ast.Constant)
                        and isinstance(value.value, str)
                        and key.value in names
                        and statement.cell != s.failure.inner
                    ):
                        changes += [(n, f'"{value.value}"') for n in literals(s, str(key.value))]
                        said = f"Cell {statement.cell + 1} renames `{key.value}` to `{value.value}`."
    return (
        Diagnosis(
            rule="renamed",
            cause=said,
            repair=", ".join(t for _, t in changes),
            edits=s.replaced(s.swapped(*changes)),
        )
        if changes
        else None
    )


def _unknown(s: Situation, names: list[str]) -> Diagnosis:
    known = next((known_keys(s, _base(s, n)) for name in names for n in literals(s, name)), [])
    listed = f" There are: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}." if known else ""
    return Diagnosis(
        rule="no such key",
        cause=f"There is no {', '.join(f'`{n}`' for n in names)} in what is looked up.{listed}",
    )
