"""What operators do to generated code: only the operand goes, and the result means what it should."""

from __future__ import annotations

import ast
import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.notebook.operators import Around, carry_out
from jupyter_coimprove.notebook.operators.code import Code
from jupyter_coimprove.notebook.operators.configs import differences, read, set_value

NAMES = st.sampled_from(["a", "b", "c", "ü"])
VALUES = {"a": 3, "b": 5, "c": 7, "ü": 11}
ATOMS = NAMES | st.integers(0, 99).map(str) | st.tuples(NAMES, NAMES).map(lambda p: f"max({p[0]}, {p[1]})")
PRODUCTS = st.tuples(ATOMS, ATOMS).map(lambda p: f"{p[0]} * {p[1]}") | ATOMS | ATOMS.map(lambda a: f"-{a}")
SPACE = st.sampled_from(["", " ", "\n    ", "  # why\n    ", " \\\n  "])


@st.composite
def sums(draw: st.DrawFn, depth: int = 2) -> str:
    """A chain of + and -, with brackets, comments and line ends between."""
    parts = PRODUCTS if depth == 0 else PRODUCTS | sums(depth=depth - 1).map(lambda s: f"({s})")
    out = draw(parts)
    for _ in range(draw(st.integers(1, 3))):
        out += draw(SPACE) + draw(st.sampled_from("+-")) + draw(SPACE) + draw(parts)
    return out


def value(source: str) -> object:
    names = dict(VALUES)
    exec(source, names)
    return names["loss"]


def terms(code: Code) -> list[ast.expr]:
    return [
        node
        for node in ast.walk(code.tree)
        if isinstance(node, ast.expr)
        and isinstance(above := code.parents[node], ast.BinOp)
        and isinstance(above.op, (ast.Add, ast.Sub))
    ]


def zeroed(plain: str, code: Code, term: ast.expr) -> str:
    """The reference: the source with zero in place of a term."""
    start, end = code.sure(term)
    return f"{plain[:start]}0{plain[end:]}"


@settings(max_examples=150, deadline=None)
@given(sums(), st.integers(0, 20), st.sampled_from(["", "%matplotlib inline\n", "x = 'ß'; "]))
def test_a_sum_without_a_term_is_the_sum_with_zero_in_its_place(text: str, which: int, lead: str) -> None:
    source = f"{lead}loss = (\n    {text}\n)\nlast = 1  # kept\n"
    plain = source.replace("%matplotlib inline", "pass              ")
    code = Code.read(source, plain)
    found = terms(code)
    term = found[which % len(found)]
    start, end = code.sure(term)
    edited = carry_out(source, plain, start, end, "drop-term")
    assert edited != source
    assert edited.startswith(f"{lead}loss = (")
    assert edited.endswith(")\nlast = 1  # kept\n")
    new = edited.replace("%matplotlib inline", "pass")
    assert value(new) == value(zeroed(plain, code, term))
    kept = [part for part in difflib.ndiff(source.splitlines(), edited.splitlines()) if part.startswith("+ ")]
    assert len(kept) <= text.count("\n") + 3, "nothing but the operand's lines is written anew"


CALLS = st.sampled_from(
    ["F.relu({})", "np.clip({}, 0, None)", "self.norm({})", "scaler.transform({}, copy=True)", "h({}, k=1)"]
)


@st.composite
def nested_calls(draw: st.DrawFn) -> tuple[str, str, str]:
    """Source, one call in it, and what is left of it when the call passes its input on."""
    inner = draw(sums(depth=0)) if draw(st.booleans()) else draw(ATOMS)
    inner = inner.replace("  # why\n", "\n").replace("\\\n", "\n")
    call = draw(CALLS).format(inner)
    frame = draw(
        st.sampled_from(
            [
                "y = {}",
                "y = {} * 2",
                "y = [{}, 1]",
                "y = -{}",
                "f({}, 2)",
                "y = {}.mean()",
                "y = {} ** 2",
                "y = ({})",
            ]
        )
    )
    return frame.format(call), call, inner


@settings(max_examples=150, deadline=None)
@given(nested_calls())
def test_a_call_that_passes_its_input_on_is_its_input_in_the_tree(case: tuple[str, str, str]) -> None:
    source, call, inner = case
    start = source.index(call)
    around = Around(imports={"F": "torch.nn.functional", "np": "numpy"})
    edited = carry_out(source, source, start, start + len(call), "identity", around=around)
    wanted = source[:start] + f"({inner})" + source[start + len(call) :]
    assert ast.dump(ast.parse(edited)) == ast.dump(ast.parse(wanted))
    assert edited.startswith(source[:start])
    assert edited.endswith(source[start + len(call) :])


LINES = st.lists(st.sampled_from(["f()", "x = x + 1", "d['k'] = d['k'] * 2", "if x:\n    f()\n    g()", "for i in y:\n    f(i)", "f(); g(); h()", "x += 1  # more"]), min_size=1, max_size=5)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(LINES, st.integers(0, 30), st.booleans())
def test_a_dropped_statement_is_gone_and_the_others_are_as_they_were(
    lines: list[str], which: int, inside: bool
) -> None:
    body = "\n".join(lines)
    source = (
        "def run(x, y, d):\n" + "\n".join("    " + line for line in body.split("\n")) + "\n    return x\n"
        if inside
        else body
    )
    code = Code.read(source, source)
    found = [
        n
        for n in ast.walk(code.tree)
        if isinstance(n, ast.stmt) and not isinstance(n, (ast.FunctionDef, ast.Return))
    ]
    node = found[which % len(found)]
    start, end = code.sure(node)
    edited = carry_out(source, source, start, end, "drop-statement", around=Around(before=frozenset("xyd")))
    before = [ast.dump(n) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.stmt)]
    after = [
        ast.dump(n)
        for n in ast.walk(ast.parse(edited))
        if isinstance(n, ast.stmt) and not isinstance(n, ast.Pass)
    ]
    assert len(after) == len(before) - sum(isinstance(n, ast.stmt) for n in ast.walk(node))
    assert source[:start].rstrip("; \t\n") == edited[: len(source[:start].rstrip("; \t\n"))]


SCALARS = st.integers(-(2**31), 2**31) | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\x85\ufeff\ufffe\uffff"), max_size=12
)  # fmt: skip
TEXTS = {
    "yaml": "# top\na: 1\nb:\n  c: X  # here\n  d: [1, 2]\n",
    "json": '{"a": 1,\n "b": {"c": X, "d": [1, 2]}}\n',
    "toml": "a = 1\n[b]\nc = X # here\nd = [1, 2]\n",
}


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(TEXTS)), SCALARS | st.lists(st.integers(), max_size=3))
def test_a_value_set_in_a_configuration_reads_back_as_that_value(language: str, level: object) -> None:
    if language == "toml" and isinstance(level, list) and any(abs(n) >= 2**63 for n in level):
        return
    for old in ('"text"', "0.5"):
        text = TEXTS[language].replace("X", old)
        start = text.index(old)
        try:
            edited = set_value(text, start, start + len(old), level, language, typed=repr(level))
        except PlanError:
            assert read(text, language)["b"]["c"] == level, "only a level that changes nothing is refused"
            continue
        found = read(edited, language)["b"]["c"]
        assert found == level
        assert isinstance(found, bool) == isinstance(level, bool)
        assert edited.startswith(text[:start])
        assert edited.endswith(text[start + len(old) :])
        assert list(differences(read(text, language), read(edited, language))) == [found]


def test_a_value_that_yaml_takes_for_text_is_written_so_that_it_is_a_number() -> None:
    assert set_value("lr: 0.1\n", 4, 7, 1e-05, "yaml", typed="1e-5") == "lr: 1.0e-05\n"
    assert set_value("a: &x 1\nb: *x\n", 6, 7, 2, "yaml") == "a: &x 2\nb: *x\n"
    with pytest.raises(PlanError, match="does not read"):
        set_value("a: [1\n", 4, 5, 2, "yaml")
