"""Kernelspecs are found where jupyter_client finds them, without IPython."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from jupyter_coimprove.engines.papermill.specs import Specs

SPEC = '{"argv": ["python", "-V"], "display_name": "Old", "language": "python"}'


def _installed(folder: Path) -> None:
    (folder / "old").mkdir(parents=True)
    (folder / "old" / "kernel.json").write_text(SPEC)


def test_they_are_the_same_as_jupyter_clients() -> None:
    assert Specs().find_kernel_specs() == KernelSpecManager().find_kernel_specs() != {}


@pytest.mark.parametrize("how", ["named", "at home", "by XDG"])
def test_a_kernel_that_ipython_2_kept_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("IPYTHONDIR", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    if how == "named":
        monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "mine"))
        _installed(tmp_path / "mine" / "kernels")
    elif how == "at home":
        _installed(tmp_path / ".ipython" / "kernels")
    else:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        _installed(tmp_path / "config" / "ipython" / "kernels")
    found = Specs().find_kernel_specs()
    assert Path(found["old"]).name == "old"
    assert Specs().get_kernel_spec("old").display_name == "Old"
    assert found == KernelSpecManager().find_kernel_specs()


def test_looking_for_one_imports_no_ipython(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from jupyter_coimprove.engines.papermill.environment import kernelspec\n"
        "print(kernelspec('python3').language, 'IPython' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.split() == ["python", "False"]
