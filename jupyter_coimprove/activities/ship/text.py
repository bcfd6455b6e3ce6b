"""The text of a statement as it stands in its cell, moved to another indentation without changing what it says."""

from __future__ import annotations

import ast

from jupyter_coimprove.notebook.dataflow import Statement

#: ``if __name__ == "__main__":`` is true in a notebook; a module is not asked.
_MAIN = ("__name__ == '__main__'", "'__main__' == __name__")


def text_of(statement: Statement, source: str) -> str:
    """Its lines with the comments right above it, at no indentation; written anew where it shares a line."""
    node = statement.node
    if _main(node):
        return ast.unparse(ast.If(test=ast.Constant(value=True), body=node.body, orelse=[]))  # type: ignore[attr-defined]
    lines = source.split("\n")
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    text = "\n".join(lines[first - 1 : node.end_lineno])
    if not _same(text, node):
        return ast.unparse(node)
    above = first - 1
    while (
        above > 0
        and lines[above - 1].lstrip().startswith("#")
        and not lines[above - 1].lstrip().startswith("# %%")
    ):
        above -= 1
    return "\n".join([line.strip() for line in lines[above : first - 1]] + [text])


def _main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and not node.orelse and ast.unparse(node.test) in _MAIN


def _same(text: str, node: ast.stmt) -> bool:
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return False
    return len(body) == 1 and ast.dump(body[0]) == ast.dump(node)


def indented(text: str, by: int) -> str:
    """Every line moved in, but for those that begin inside a string: its blanks are its content."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        said = isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
        )
        if said and node.end_lineno is not None:  # type: ignore[attr-defined]
            inside.update(range(node.lineno + 1, node.end_lineno + 1))  # type: ignore[attr-defined]
    blank = " " * by
    return "\n".join(
        line if number in inside or not line.strip() else blank + line
        for number, line in enumerate(text.split("\n"), start=1)
    )
