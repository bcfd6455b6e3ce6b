"""The cell tagged ``parameters``."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.dataflow import analyse
from jupyter_coimprove.notebook.parameters import Parameters, parameters


def of(notebook: Notebook) -> Parameters:
    return parameters(notebook, analyse(notebook, python_source))


def test_names_values_and_types_are_read(notebook: Callable[..., Notebook]) -> None:
    found = of(
        notebook("x = 1", "lr: float = 1e-3\nlayers = [8, 'a']\nf = g(3)\nn = None", tags={1: ["parameters"]})
    )
    assert found.cell == 1
    assert [(p.name, p.source, p.value, p.type) for p in found.items] == [
        ("lr", "1e-3", 1e-3, "float"),
        ("layers", "[8, 'a']", [8, "a"], "list"),
        ("f", "g(3)", None, "expression"),
        ("n", "None", None, "None"),
    ]


def test_only_the_first_tagged_cell_counts(notebook: Callable[..., Notebook]) -> None:
    assert [
        p.name for p in of(notebook("a = 1", "b = 2", tags={0: ["parameters"], 1: ["parameters"]})).items
    ] == ["a"]


def test_without_the_tag_there_are_none(notebook: Callable[..., Notebook]) -> None:
    assert of(notebook("a = 1")) == Parameters(cell=None)


def test_setting_one_again_is_warned_about_and_changing_another_is_not(
    notebook: Callable[..., Notebook],
) -> None:
    found = of(notebook("a = 1\nb = []", "b.append(1)", "a = 2", tags={0: ["parameters"]}))
    assert [w.split(":")[0] for w in found.warnings] == ["parameter a is set again in cell 3"]


def test_a_parameters_cell_that_does_not_parse_says_so(notebook: Callable[..., Notebook]) -> None:
    assert "does not parse" in of(notebook("a = (", tags={0: ["parameters"]})).warnings[0]
