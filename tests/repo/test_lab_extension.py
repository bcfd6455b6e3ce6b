"""The extension for JupyterLab and the package are one thing of one version."""

from __future__ import annotations

import json
import re
from pathlib import Path

from jupyter_coimprove import __version__

LAB = Path(__file__).resolve().parents[2] / "labextension"


def constant(name: str) -> str:
    found = re.search(
        rf"export const {name} = (.+);", (LAB / "src/api/version.ts").read_text(encoding="utf-8")
    )
    assert found is not None
    return found[1].strip("'")


def test_they_have_one_version() -> None:
    package = json.loads((LAB / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((LAB / "package-lock.json").read_text(encoding="utf-8"))
    assert {package["version"], lock["version"], constant("VERSION")} == {__version__}


def test_they_speak_one_protocol() -> None:
    handlers = LAB.parent / "jupyter_coimprove" / "interfaces" / "server" / "handlers.py"
    said = re.search(r'"protocol": (\d+)', handlers.read_text(encoding="utf-8"))
    assert said is not None
    assert said[1] == constant("PROTOCOL")


def test_the_lock_names_no_host_and_pins_what_it_installs() -> None:
    packages = json.loads((LAB / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(packages) > 100
    assert [name for name, about in packages.items() if "resolved" in about] == []
    assert [name for name, about in packages.items() if name and "integrity" not in about] == []
