"""Local modules are frozen, transitively."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.runs import beside
from jupyter_coimprove.runs.beside import gather
from jupyter_coimprove.runs.isolation import Finished, finish, prepare
from jupyter_coimprove.runs.snapshot import Snapshot
from jupyter_coimprove.runs.snapshot import freeze as freeze_files
from jupyter_coimprove.testing.engine_contract import a_work


def notebook(folder: Path) -> Notebook:
    return Notebook(
        path=folder / "a.ipynb",
        raw=b"",
        node={},
        nbformat=4,
        minor=5,
        cells=(),
        kernel=None,
        language="python",
    )


def freeze(nb: Notebook, sources: dict[int, str], dest: Path) -> Snapshot:
    return freeze_files(gather(nb, sources), dest)


def write(base: Path, **files: str) -> None:
    for name, text in files.items():
        path = base / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    nb = tmp_path / "p" / "notebooks"
    nb.mkdir(parents=True)
    write(
        nb,
        utils="import numpy\nfrom pkg import deep\nfrom pkg.sub.leaf import *",
        unused="x = 1",
        broken="def (",
    )
    write(
        nb,
        pkg__deep="from . import near\nfrom .sub import leaf",
        pkg__near="import os",
        pkg__sub__leaf="pass",
    )
    (nb / "pkg" / "__init__.py").write_text("")
    (nb / "pkg" / "sub" / "__init__.py").write_text("from .. import late")
    write(nb, pkg__late="pass", lazy="pass", plain="pass")
    write(tmp_path / "p" / "src", lib="import lib2", lib2="pass")
    return nb


def test_imports_are_followed(project: Path, tmp_path: Path) -> None:
    sources = {
        0: "import utils, os, numpy",
        3: "def f():\n    import lazy",
        4: "not python (",
        5: "import broken",
    }
    frozen = freeze(notebook(project), sources, tmp_path / "frozen")
    assert set(frozen.files) == {
        "utils.py", "lazy.py", "broken.py", "pkg/__init__.py", "pkg/deep.py", "pkg/near.py", "pkg/late.py",
        "pkg/sub/__init__.py", "pkg/sub/leaf.py",
    }  # fmt: skip
    assert (frozen.root / "0" / "pkg" / "deep.py").read_text() == "from . import near\nfrom .sub import leaf"


@pytest.mark.parametrize(
    "hint",
    [
        "sys.path.append('../src')",
        "sys.path.insert(0, '../src')",
        "sys.path.insert(0, os.path.abspath(os.path.join('..', 'src')))",
        "sys.path.append(str(Path('..') / 'src'))",
    ],
)
def test_literal_hints_of_other_folders_are_followed(project: Path, tmp_path: Path, hint: str) -> None:
    frozen = freeze(notebook(project), {0: f"import sys\n{hint}\nimport lib"}, tmp_path / "frozen")
    assert set(frozen.files) == {"../src/lib.py", "../src/lib2.py"}


def test_the_digest_changes_with_the_code_and_with_nothing_else(project: Path, tmp_path: Path) -> None:
    one = freeze(notebook(project), {0: "import utils"}, tmp_path / "1")
    write(project, unused="x = 2")
    assert freeze(notebook(project), {0: "import utils"}, tmp_path / "2").digest == one.digest
    write(project, pkg__near="import sys")
    assert freeze(notebook(project), {0: "import utils"}, tmp_path / "3").digest != one.digest


def test_a_run_sees_the_frozen_code_and_the_rest_as_it_is(project: Path, tmp_path: Path) -> None:
    frozen = freeze(
        notebook(project), {0: "import sys\nsys.path.append('../src')\nimport lib, plain"}, tmp_path / "f"
    )
    write(project, plain="changed")
    write(project.parent / "src", lib="changed", other="as it is")
    view = prepare(a_work(tmp_path, "r", source_dir=project, snapshot=frozen.root))
    assert (view.cwd / "plain.py").read_text() == "pass"
    assert (view.cwd / "../src/lib.py").read_text() == "import lib2"
    assert (view.cwd / "../src/other.py").read_text() == "as it is"
    assert (project.parent / "src" / "lib.py").read_text() == "changed"
    assert finish(view) == Finished()


def test_more_files_than_any_notebook_needs_are_refused(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "MAX_FILES", 3)
    with pytest.raises(EngineError, match="more than 3"):
        freeze(notebook(project), {0: "import utils"}, tmp_path / "f")
