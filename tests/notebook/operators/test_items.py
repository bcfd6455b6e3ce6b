"""Taking a member out of a display, and nothing else."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.notebook.operators.items import drop


def without(source: str, member: str) -> str:
    start = source.index(member, source.index("x = ") if "dir" in source or "%" in source else 0)
    return drop(source, start, start + len(member))


@pytest.mark.parametrize(
    ("source", "member", "left"),
    [
        ("x = [a, b, c]", "a", "x = [b, c]"),
        ("x = [a, b, c]", "b", "x = [a, c]"),
        ("x = [a, b, c]", "c", "x = [a, b]"),
        ("x = [a]", "a", "x = []"),
        ("x = [a, b,]", "b", "x = [a, ]"),
        ("x = (a, b)", "a", "x = (b,)"),
        ("x = (a, b)", "b", "x = (a,)"),
        ("x = (a,)", "a", "x = ()"),
        ("x = (a, b, c)", "b", "x = (a, c)"),
        ("x = {a, b}", "a", "x = {b}"),
        ("x = {'k': 1, 'm': 2}", "'k': 1", "x = {'m': 2}"),
        ("f(a, b)", "b", "f(a)"),
        ("f(a)", "a", "f()"),
        ("f(a, k=1, m=2)", "k=1", "f(a, m=2)"),
        ("nn.Sequential(Linear(1, 2), Dropout(0.5), ReLU())", "Dropout(0.5)", "nn.Sequential(Linear(1, 2), ReLU())"),
        ("f([a, b])(c)", "b", "f([a])(c)"),
        ("x = [(aa), b]", "aa", "x = [b]"),
        ("x = ['a,b', \"c]\", d]", '"c]"', "x = ['a,b', d]"),
        ("x = [a, [b, c], d]", "[b, c]", "x = [a, d]"),
        ("x = [a, [b, c], d]", "c", "x = [a, [b], d]"),
        ("for k in ('a', 'b'): pass", "'a'", "for k in ('b',): pass"),
        ("x = [\n    a,\n    b,\n    c,\n]", "b", "x = [\n    a,\n    c,\n]"),
        ("x = [\n    a,\n    b,\n    c\n]", "c", "x = [\n    a,\n    b,\n]"),
        ("x = [\n    a,  # first\n    b,  # second\n]", "a", "x = [\n    # first\n    b,  # second\n]"),
        ("x = [\n    a,\n    b  # last, really\n]", "b", "x = [\n    a,\n    # last, really\n]"),
        ("x = (\n    a,  # no, not (this)\n    b  # one\n)", "a", "x = (\n    # no, not (this)\n    b,  # one\n)"),
        ("x = [a  # why\n     , b]", "a", "x = [# why\n      b]"),
        ("%matplotlib 'inline\nx = [a, b]", "a", "%matplotlib 'inline\nx = [b]"),
        ("files = !ls 'dir\nx = [a, b]", "b", "files = !ls 'dir\nx = [a]"),
        ("x = [f'{q}, {r}', b]", "b", "x = [f'{q}, {r}']"),
        ('x = ["""a\n,""", b]', "b", 'x = ["""a\n,"""]'),
    ],
)  # fmt: skip
def test_a_member_goes_with_its_comma(source, member, left):
    assert without(source, member) == left


@pytest.mark.parametrize(
    ("source", "member"),
    [("x = a, b", "a"), ("x = a", "a"), ("x = [k for k in y]", "k"), ("x = [a + b]", "a"), ("x = {a}", "a"), ("x = y[a, b]", "b"), ("x = (a + b)", "b"), ("x = [a", "a")],
)  # fmt: skip
def test_what_is_no_member_is_refused(source, member):
    with pytest.raises(PlanError, match=r"drop|taken out"):
        without(source, member)


ELEMENTS = st.sampled_from(
    ["1", "'a'", '"b,"', "f(1, 2)", "[3, 4]", "(5, 6)", "{'k': [7]}", "('pca', PCA(n=2))", "x[0]", "lambda: (1, 2)", "-8", "r'\\n#'", "1 if a else 2"]
)  # fmt: skip
SPACE = st.sampled_from(["", " ", "\n    ", "  # note, (odd [\n    ", " \n\n"])


@given(
    st.lists(st.tuples(SPACE, ELEMENTS, SPACE), min_size=2, max_size=5), st.sampled_from(["[]", "()", "f()", "{}"]),
    st.booleans(), st.data(),
)  # fmt: skip
def test_any_member_of_any_display_goes_and_the_others_stay(parts, brackets, trailing, data):
    number = data.draw(st.integers(0, len(parts) - 1))
    source = "value = " + brackets[:-1]
    spans = []
    for n, (before, element, after) in enumerate(parts):
        source += before
        spans.append((len(source), len(source) + len(element)))
        source += element + after + ("," if n < len(parts) - 1 or trailing else "")
    source += "\n" + brackets[-1] + "  # end\nother = [1, 2]\n"
    expected = [ast.dump(ast.parse(element, mode="eval").body) for _, element, _ in parts]
    del expected[number]
    node = ast.parse(drop(source, *spans[number])).body[0].value
    members = node.args if isinstance(node, ast.Call) else node.elts
    assert [ast.dump(member) for member in members] == expected
    assert type(node) is type(ast.parse(source).body[0].value)
