"""Code reached by other ways than import is frozen, or named as not frozen."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_notebooks import lab_notebook

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.io import read
from jupyter_coimprove.runs.beside import Beside, gather


@pytest.fixture
def nb(tmp_path: Path) -> Path:
    """A notebook's folder in a project that is installed from its source."""
    folder = tmp_path / "proj" / "notebooks"
    folder.mkdir(parents=True)
    (tmp_path / "proj" / "pyproject.toml").write_text('[project]\nname = "My-Lib"\n')
    return folder


def put(base: Path, name: str, text: str = "X = 1\n") -> None:
    path = base / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def found(folder: Path, *cells: str) -> Beside:
    path = folder / "a.ipynb"
    path.write_text(lab_notebook([("", cell) for cell in cells]), encoding="utf-8")
    return gather(read(path), {n: python_source(cell) for n, cell in enumerate(cells)})


@pytest.mark.parametrize(
    "code",
    [
        "%run helper.py",
        "%run -i ./helper.py --epochs 3",
        "!python helper.py --lr 0.1",
        "out = !python helper.py",
        "exec(open('helper.py').read())",
        "import runpy\nns = runpy.run_path('helper.py')",
        "import subprocess\nsubprocess.run(['python', 'helper.py'])",
    ],
)
def test_scripts_that_cells_run_are_frozen_with_what_they_import(nb: Path, code: str) -> None:
    put(nb, "helper.py", "import deeper\n")
    put(nb, "deeper.py")
    assert set(found(nb, code).files) == {"helper.py", "deeper.py"}


def test_a_notebook_that_is_run_is_named_as_not_frozen(nb: Path) -> None:
    put(nb, "other.ipynb", "{}")
    assert found(nb, "%run other.ipynb").left_out == {
        "other.ipynb": "is run by this notebook, and not frozen"
    }


def test_autoreload_changes_nothing_about_what_is_frozen(nb: Path) -> None:
    put(nb, "helper.py")
    assert set(found(nb, "%load_ext autoreload\n%autoreload 2\nimport helper").files) == {"helper.py"}


def test_a_package_in_src_that_is_installed_from_there_is_frozen(nb: Path) -> None:
    put(nb.parent, "src/lib/__init__.py", "from .core import *\n")
    put(nb.parent, "src/lib/core.py")
    assert set(found(nb, "from lib import X").files) == {"../src/lib/__init__.py", "../src/lib/core.py"}


def test_a_package_with_the_projects_name_is_frozen_and_no_other_folder_is(nb: Path) -> None:
    put(nb.parent, "my_lib/__init__.py")
    put(nb.parent, "datasets/__init__.py")
    assert set(found(nb, "import my_lib, datasets").files) == {
        "../my_lib/__init__.py",
        "../datasets/__init__.py",
    }
    assert set(found(nb, "import datasets").files) == set()


def test_namespace_packages_are_followed(nb: Path) -> None:
    put(nb, "space/inner/leaf.py", "from . import near\n")
    put(nb, "space/inner/near.py")
    assert set(found(nb, "from space.inner import leaf").files) == {
        "space/inner/leaf.py",
        "space/inner/near.py",
    }


def test_an_import_of_a_computed_name_is_named_as_not_frozen(nb: Path) -> None:
    put(nb, "helper.py", "import importlib\nmodel = importlib.import_module(f'models.{KIND}')\n")
    left_out = found(nb, "import helper").left_out
    assert list(left_out) == ["importlib.import_module(f'models.{KIND}')"]
    assert "helper.py" in next(iter(left_out.values()))
