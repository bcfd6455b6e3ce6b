"""The wheel holds the package, whole, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Building it installs what the lab extension is built with.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1000)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel that COIMPROVE_WHEEL names, or one built now."""
    if given := os.environ.get("COIMPROVE_WHEEL"):
        return zipfile.ZipFile(given)
    folder = tmp_path_factory.mktemp("dist")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT],
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_modules_of_the_checkout_are_in_the_wheel_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "jupyter_coimprove"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    packed = [name for name in wheel.namelist() if name.startswith("jupyter_coimprove/")]
    assert sorted(packed) == sorted([*listed, "jupyter_coimprove/examples/digits_ablation.ipynb"])


def test_the_example_travels_with_the_package(wheel: zipfile.ZipFile) -> None:
    example = (ROOT / "notebooks" / "digits_ablation.ipynb").read_bytes()
    assert wheel.read("jupyter_coimprove/examples/digits_ablation.ipynb") == example


def test_nothing_but_the_package_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0].split("-")[0] for name in wheel.namelist()}
    assert tops == {"jupyter_coimprove"}
    assert not [
        n for n in wheel.namelist() if "__pycache__" in n or n.endswith((".pyc", ".sqlite", ".jsonl"))
    ]
    # It is code, file by file: nothing in it is as large as data, a picture or a bundle would be.
    code = [
        info
        for info in wheel.infolist()
        if "/labextensions/" not in info.filename and "RECORD" not in info.filename
    ]
    assert [info.filename for info in code if info.compress_size > 20_000] == []
    assert sum(info.compress_size for info in code) / len(code) < 2_600
    # What somebody downloads.
    assert sum(info.compress_size for info in wheel.infolist()) < 1_900_000


def test_the_extension_for_jupyterlab_is_in_the_wheel_built_for_use_and_small(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    (data,) = {name.split("/")[0] for name in names if name.split("/")[0].endswith(".data")}
    place = f"{data}/data/share/jupyter/labextensions/jupyter-coimprove"
    about = json.loads(wheel.read(f"{place}/package.json"))
    static = [name for name in names if name.startswith(f"{place}/static/")]
    assert f"{place}/{about['jupyterlab']['_build']['load']}" in static
    assert f"{place}/install.json" in names
    assert [name for name in static if name.endswith(".map")] == []
    scripts = sum(wheel.getinfo(name).file_size for name in static if name.endswith(".js"))
    assert 10_000 < scripts <= 250_000
    # What was built stands once in the wheel, and none of what it was built from.
    assert [name for name in names if "jupyter_coimprove/labextension" in name] == []
    assert [name for name in names if name.endswith((".ts", ".tsx"))] == []


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    folder = next(name.split("/")[0] for name in wheel.namelist() if ".dist-info/" in name)
    about = Parser().parsestr(wheel.read(f"{folder}/METADATA").decode())
    assert about["Name"] == "jupyter-coimprove"
    assert about["License-Expression"] == "BSD-3-Clause"
    assert about["Requires-Python"] == ">=3.11"
    assert (
        "coimprove = jupyter_coimprove.interfaces.cli:main"
        in wheel.read(f"{folder}/entry_points.txt").decode()
    )
    assert f"{folder}/licenses/LICENSE" in wheel.namelist()
