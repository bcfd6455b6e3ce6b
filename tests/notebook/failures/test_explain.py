"""What rules say of errors, and that they offer nothing where two things are equally likely."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_notebooks import made

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.failures.explain import explain
from jupyter_coimprove.notebook.failures.failure import Facts, Failure, Value, frames
from jupyter_coimprove.notebook.failures.near import nearest
from jupyter_coimprove.notebook.failures.situation import Diagnosis


def told(
    *cells: str, error: str, line: int = 1, facts: Facts | None = None, skip: tuple[int, ...] = ()
) -> Diagnosis:
    """What is said when the last of these cells ends with this error (``Name: text``)."""
    name, _, text = error.partition(": ")
    notebook = ran(made(*cells), skip)
    last = len(cells) - 1
    failure = Failure(ename=name, evalue=text, cell=last, inner=last, line=line)
    return explain(notebook, failure, facts or Facts(), python_source)


def ran(notebook: Notebook, skip: tuple[int, ...]) -> Notebook:
    cells = tuple(
        replace(c, execution_count=None if c.index in skip else c.index + 1) for c in notebook.cells
    )
    return replace(notebook, cells=cells)


def source(diagnosis: Diagnosis) -> str:
    (edit,) = diagnosis.edits
    return str(edit["source"])


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("tempreature", ["temperature", "humidity"], "temperature"), ("Score", ["score", "scores"], "score"),
        ("labels_true", ["true_labels", "labels"], "true_labels"), ("batch-size", ["batch_size"], "batch_size"),
        ("x3", ["x1", "x2"], None), ("x3", ["x1"], None), ("rate_c", ["rate_a"], None), ("ab", ["ac"], None),
        ("seperator", ["sep", "delimiter"], "sep"), ("colour", ["color", "colors"], "color"), ("total", ["tally"], None),
    ],
)  # fmt: skip
def test_the_nearest_name_is_one_that_slipped_and_not_one_that_was_chosen(word, known, meant) -> None:
    assert nearest(word, known) == meant


def test_of_two_names_equally_near_none_is_taken() -> None:
    said = told("cost = 1\nlost = 2", "dost", error="NameError: name 'dost' is not defined")
    assert not said.offers
    assert "`cost`, `lost` are equally near" in said.cause


def test_an_import_goes_below_magics_and_comments() -> None:
    said = told("%%time\n# how long?\nnp.ones(3)", error="NameError: name 'np' is not defined", line=3)
    assert source(said) == "%%time\n# how long?\nimport numpy as np\nnp.ones(3)"


def test_all_imports_that_a_cell_lacks_come_at_once() -> None:
    said = told("m = make_pipeline(StandardScaler())", error="NameError: name 'make_pipeline' is not defined")
    assert source(said).splitlines()[:2] == [
        "from sklearn.pipeline import make_pipeline", "from sklearn.preprocessing import StandardScaler",
    ]  # fmt: skip


def test_how_a_name_is_used_decides_what_is_imported() -> None:
    error = "NameError: name 'datetime' is not defined"
    assert source(told("datetime.now()", error=error)).startswith("from datetime import datetime\n")
    assert source(told("datetime.datetime.now()", error=error)).startswith("import datetime\n")


def test_a_library_that_is_not_installed_is_not_imported() -> None:
    facts = Facts(modules=("numpy",))
    said = told("sns.heatmap(x)", error="NameError: name 'sns' is not defined", facts=facts)
    assert "seaborn is not installed" in said.cause
    assert not said.offers


def test_cells_that_were_not_run_are_run_with_what_they_need() -> None:
    said = told(
        "a = 1", "b = a + 1", "c = 3", "b + c", error="NameError: name 'b' is not defined", skip=(0, 1, 2)
    )
    assert said.run == (1, 2)
    assert not said.edits


def test_a_cell_below_is_moved_only_if_it_needs_nothing_from_below() -> None:
    notebook = ran(made("print(b)", "b = 2"), ())
    failure = Failure(ename="NameError", evalue="name 'b' is not defined", cell=0, inner=0, line=1)
    moved = explain(notebook, failure, Facts(), python_source)
    assert [edit["kind"] for edit in moved.edits] == ["insert", "delete"]
    needy = ran(made("print(b)", "a = 1", "b = a + 1"), ())
    assert not explain(needy, failure, Facts(), python_source).edits


def test_old_names_are_written_as_the_notebook_calls_the_library() -> None:
    error = "AttributeError: module 'numpy' has no attribute 'product'"
    assert source(told("import numpy", "numpy.product([2])", error=error)) == "numpy.prod([2])"
    assert source(told("import numpy as xp", "xp.product([2])", error=error)) == "xp.prod([2])"


def test_a_keyword_is_taken_out_with_its_comma() -> None:
    error = "TypeError: KMeans.__init__() got an unexpected keyword argument 'n_jobs'"
    assert source(told("KMeans(n_jobs=2, n_init=3)", error=error)) == "KMeans(n_init=3)"
    assert source(told("KMeans(3, n_jobs=2)", error=error)) == "KMeans(3)"
    assert source(told("KMeans(n_jobs=-1)", error=error)) == "KMeans()"


def test_a_product_that_fits_in_two_ways_is_left_to_the_person() -> None:
    facts = Facts(values={"a": Value(kind="ndarray", shape=(3, 2)), "b": Value(kind="ndarray", shape=(3, 2))})
    error = "ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0 (size 3 is different from 2)"
    said = told("a @ b", error=error, facts=facts)
    assert not said.offers
    assert "`a @ b.T` or `a.T @ b`" in said.cause


def test_the_shapes_are_told() -> None:
    facts = Facts(values={"X": Value(kind="ndarray", shape=(8, 3)), "m": Value(kind="ndarray", shape=(8,))})
    error = "ValueError: operands could not be broadcast together with shapes (8,3) (8,) "
    said = told("X - m", error=error, facts=facts)
    assert source(said) == "X - m[:, None]"
    assert "Shapes (8, 3) and (8,)" in said.cause


def test_a_cell_that_feeds_on_itself_is_run_twice_only_if_the_numbers_say_so() -> None:
    cells = ("df = load()", "df = df.drop(columns='a')")
    error = "KeyError: \"['a'] not found in axis\""
    notebook = ran(made(*cells), ())
    failure = Failure(ename="KeyError", evalue=error.partition(": ")[2], cell=1, inner=1, line=1)
    assert not explain(notebook, failure, Facts(), python_source).offers
    later = replace(notebook, cells=(notebook.cells[0], replace(notebook.cells[1], execution_count=3)))
    assert explain(later, failure, Facts(), python_source).run == (1,)


def test_a_name_that_hides_a_builtin_is_named_and_no_builtin_is_put_into_brackets() -> None:
    error = "TypeError: 'list' object is not callable"
    said = told("list = [1]", "list(range(3))", error=error)
    assert "Cell 1 gives `list` a value" in said.cause
    assert [edit["cell"] for edit in said.edits] == [1]
    assert not told("x = f(range(3))", error=error).offers


def test_what_is_taken_out_twice_is_put_there_again() -> None:
    notebook = ran(made("options = {'a': 1, 'b': 2}", "a = options.pop('a')"), ())
    notebook = replace(notebook, cells=(notebook.cells[0], replace(notebook.cells[1], execution_count=3)))
    failure = Failure(ename="KeyError", evalue="'a'", cell=1, inner=1, line=1)
    assert explain(notebook, failure, Facts(), python_source).run == (1,)


def test_numpy_by_another_library_is_numpy_itself() -> None:
    error = "AttributeError: module 'pandas' has no attribute 'np'"
    assert (
        source(told("import pandas as pd", "pd.np.sqrt(4)", error=error)) == "import numpy as np\nnp.sqrt(4)"
    )


def test_frames_are_read_in_the_forms_of_all_versions() -> None:
    assert frames("Cell In[3], line 2\n----> 2 x") == [(3, 2)]
    assert frames("Cell In [7], line 12, in f(x)") == [(7, 12)]
    assert frames("Input In [4], in <cell line: 1>()\n") == [(4, 1)]
    old = "<ipython-input-5-abc123> in <module>\n      1 a\n----> 2 b\n\n<ipython-input-2-ff> in f(x)\n----> 1 c"
    assert frames(old) == [(5, 2), (2, 1)]


def test_an_error_that_no_rule_knows_is_told_by_its_kind_alone() -> None:
    said = told("1 / 0", error="ZeroDivisionError: division by zero")
    assert (said.rule, said.offers) == ("", False)
    assert "divided by zero" in said.cause
    assert told("f()", error="OddError: !").cause == ""
