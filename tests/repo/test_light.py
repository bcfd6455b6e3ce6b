"""Loading and starting stay light: counts alone, since times belong to ``make bench``."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {
    "altair", "anthropic", "apsw", "ipywidgets", "jupyter_client", "nbclient", "nbformat", "numpy", "pandas",
    "papermill", "psutil", "pydantic", "rich", "scipy", "sqlite3", "tomlkit", "zmq",
}  # fmt: skip

LOAD = """
import json, sys, threading
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("1 + 1", silent=True)
modules, threads = set(sys.modules), threading.active_count()
shell.run_line_magic("load_ext", "jupyter_coimprove")
new = sorted(set(sys.modules) - modules)
print(json.dumps({"new": new, "threads": threading.active_count() - threads}))
"""

HELP = """
import contextlib, io, json, sys
from jupyter_coimprove.interfaces.cli import main
with contextlib.redirect_stdout(io.StringIO()) as text:
    try:
        code = main(["--help"])
    except SystemExit as stopped:
        code = stopped.code
print(json.dumps({"loaded": sorted(sys.modules), "code": code or 0, "text": text.getvalue()}))
"""


def in_a_fresh_process(code: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_loading_the_extension_brings_few_modules_and_no_thread() -> None:
    loaded = in_a_fresh_process(LOAD)
    new = loaded["new"]
    assert isinstance(new, list)
    assert "jupyter_coimprove" in new
    assert len(new) <= 30, new
    assert {name.split(".")[0] for name in new} & HEAVY == set()
    assert loaded["threads"] == 0


def test_help_is_printed_without_loading_what_runs_need() -> None:
    helped = in_a_fresh_process(HELP)
    loaded = helped["loaded"]
    assert isinstance(loaded, list)
    assert {name.split(".")[0] for name in loaded} & HEAVY == set()
    assert "IPython" not in loaded
    assert helped["code"] == 0
    assert "plan" in str(helped["text"])
