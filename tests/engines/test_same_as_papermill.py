"""The output notebook is what papermill's own would be, times and paths apart."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.runs.run import Work
from jupyter_coimprove.testing.engine_contract import a_work, run_all

ROOT = Path(__file__).resolve().parents[2]
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
TIMES = {"start_time", "end_time", "duration", "input_path", "output_path"}

AWKWARD = [
    new_markdown_cell("# title"),
    new_code_cell("rate = 0.1\nnames = ['a']", metadata={"tags": ["parameters"]}),
    new_code_cell("print(rate, names)\nimport sys\nprint('warned', file=sys.stderr)\nrate"),
    new_code_cell(""),
    new_code_cell("%time pass\n!echo from the shell", metadata={"tags": ["skip-execution"]}),
    new_code_cell("!echo from the shell\n%env HOME_SWEET=home"),
    new_code_cell("%%capture held\nprint('hidden')"),
    new_code_cell("from IPython.display import display, clear_output, HTML, update_display\n"
                  "h = display(HTML('<b>one</b>'), display_id='d')\nfor i in range(2):\n    print(i)\n"
                  "    clear_output(wait=True)\nprint('last')"),
    new_code_cell("update_display(HTML('<b>two</b>'), display_id='d')"),
    new_code_cell("import ipywidgets as w\nout = w.Output()\nwith out:\n    print('in the widget')\nout"),
    new_code_cell("slider = w.IntSlider(3)\nslider.value = 7\nslider"),
    new_code_cell("raise KeyError('allowed')", metadata={"tags": ["raises-exception"]}),
    new_code_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2]);"),
    new_code_cell("import pandas as pd\npd.DataFrame({'a': [1.5, 2], 'ü': ['x', None]})"),
    new_code_cell("print('\\x1b[31mred\\x1b[0m', end='')\nprint('a\\rb\\u2028c\\x85d\\n\\n', end='')"),
    new_code_cell("import logging\nlogging.getLogger().warning('logged')\n[type(k).__name__ for k in (1, 'x')], In[1]"),
    new_code_cell("import json\n{'json': 1e300, 'big': 2**70}", metadata={"collapsed": True, "custom": {"k": [1]}}),
    new_code_cell("import os\nos.path.basename(os.getcwd()), sys.path[0], __name__"),
    new_code_cell("class Loud:\n    def _repr_html_(self): return '<i>loud</i>'\n    def __repr__(self): return 'Loud'\nLoud()"),
    new_code_cell("def f():\n    yield from range(2)\nlist(f()), _"),
]  # fmt: skip
FAILING = [new_code_cell("x = 1"), new_code_cell("print('before')\nundefined_name"), new_code_cell("x = 2")]
EXITING = [new_code_cell("x = 1"), new_code_cell("import sys\nsys.exit()"), new_code_cell("x = 2")]


def plain(node: Any, key: str = "") -> Any:
    """What is to be equal: no times, paths, memory addresses or random ids."""
    if isinstance(node, Mapping):
        skip = TIMES | {"execution", "id"} if "papermill" in node or key == "papermill" else {"id"}
        return {k: plain(v, k) for k, v in sorted(node.items()) if k not in TIMES | skip}
    if isinstance(node, list):
        return [plain(item) for item in node]
    if isinstance(node, str):
        node = re.sub(r"0x[0-9a-f]{6,}|\b[0-9a-f]{32}\b", "*", node)
        return re.sub(r"ipykernel_\d+/\d+\.py|/tmp/\S+", "*", node)
    return node


def merged(nb: Any) -> Any:
    """Streams of a cell that follow each other as one: how they arrive in pieces depends on the moment."""
    nb = json.loads(json.dumps(nb))
    for cell in nb["cells"]:
        out: list[Any] = []
        for output in cell.get("outputs", []):
            if (
                out
                and output["output_type"] == "stream" == out[-1]["output_type"]
                and output["name"] == out[-1]["name"]
            ):
                out[-1]["text"] += output["text"]
            else:
                out.append(output)
        if "outputs" in cell:
            # stdout and stderr are separate pipes: their order against each other is not fixed.
            cell["outputs"] = sorted(
                out, key=lambda o: (o["output_type"] == "stream" and o.get("name", ""),) != (False,)
            )
    # Widget models are keyed by random ids.
    widgets = nb["metadata"].pop("widgets", None)
    if widgets:
        state = widgets["application/vnd.jupyter.widget-state+json"]["state"]
        nb["metadata"]["widget_models"] = sorted(model["model_name"] for model in state.values())
    return nb


def papermills(source: Path, target: Path, parameters: dict[str, Any], cwd: Path) -> None:
    """papermill's own output, in a process of its own.

    papermill waits for ever for a kernel that never answers (seen once in some hundred runs), so a
    reference that stalls is made again. What it is compared with is made once.
    """
    script = (
        "import json, sys, papermill; a = json.load(sys.stdin); "
        "papermill.execute_notebook(a['source'], a['target'], parameters=a['parameters'], cwd=a['cwd'], progress_bar=False)"
    )
    sent = {"source": str(source), "target": str(target), "parameters": parameters, "cwd": str(cwd)}
    for attempt in range(2):
        try:
            ended = subprocess.run(
                [sys.executable, "-c", script],
                input=json.dumps(sent),
                text=True,
                capture_output=True,
                timeout=90,
            )
            break
        except subprocess.TimeoutExpired:
            assert attempt == 0, "papermill stalled twice"
    # A failing notebook is written all the same.
    assert target.is_file(), ended.stderr
    assert ended.returncode == 0 or "PapermillExecutionError" in ended.stderr, ended.stderr


def both(tmp_path: Path, cells: list[Any], parameters: dict[str, Any]) -> tuple[Any, Any, Work]:
    bound = new_notebook(cells=cells, metadata={**KERNEL, "language_info": {"name": "python"}})
    work = a_work(tmp_path, "ours", notebook=json.loads(nbformat.writes(bound)), parameters=parameters)
    run_all(PapermillEngine(clock=SystemClock()), [work], workers=1)
    theirs = tmp_path / "theirs.ipynb"
    (tmp_path / "bound.ipynb").write_text(nbformat.writes(bound), encoding="utf-8")
    papermills(tmp_path / "bound.ipynb", theirs, parameters, Path(work.source_dir))
    ours = nbformat.read(work.folder / "output.ipynb", as_version=4)
    return ours, nbformat.read(theirs, as_version=4), work


@pytest.mark.parametrize(
    ("cells", "parameters"),
    [
        (AWKWARD, {"rate": 0.5, "names": ["b", None, True, {"k": -1}]}),
        (FAILING, {}),
        (EXITING, {"added": 1}),
    ],
    ids=["awkward cells", "a cell fails", "a cell exits"],
)
def test_outputs_equal_papermills(tmp_path: Path, cells: list[Any], parameters: dict[str, Any]) -> None:
    ours, theirs, work = both(tmp_path, cells, parameters)
    assert set(ours.metadata.papermill) == set(theirs.metadata.papermill)
    assert [set(c.metadata) for c in ours.cells] == [set(c.metadata) for c in theirs.cells]
    assert plain(merged(ours)) == plain(merged(theirs))
    # Also as bytes on disk: what nbformat would write.
    assert (work.folder / "output.ipynb").read_text("utf-8") == nbformat.writes(ours)


def with_this_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: list[Any], *options: str
) -> tuple[Any, subprocess.CompletedProcess[str]]:
    """What ``papermill --engine coimprove`` writes and says, with the entry points that the project declares."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"][
        "papermill.engine"
    ]
    info = tmp_path / "meta" / "declared-0.dist-info"
    info.mkdir(parents=True)
    monkeypatch.setenv("PYTHONPATH", str(info.parent))
    lines = [f"{name} = {target}" for name, target in declared.items()]
    (info / "entry_points.txt").write_text("\n".join(["[papermill.engine]", *lines]), encoding="utf-8")
    bound = new_notebook(cells=cells, metadata={**KERNEL, "language_info": {"name": "python"}})
    (tmp_path / "in.ipynb").write_text(nbformat.writes(bound), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "papermill", "in.ipynb", "out.ipynb", "--engine", "coimprove", *options],
        cwd=tmp_path, capture_output=True, text=True, timeout=180,
    )  # fmt: skip
    assert (tmp_path / "out.ipynb").is_file(), ended.stderr
    return nbformat.read(tmp_path / "out.ipynb", as_version=4), ended


def test_papermill_with_this_engine_writes_what_it_writes_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, ended = with_this_engine(tmp_path, monkeypatch, AWKWARD, "-p", "rate", "0.5")
    papermills(tmp_path / "in.ipynb", tmp_path / "theirs.ipynb", {"rate": 0.5}, tmp_path)
    theirs = nbformat.read(tmp_path / "theirs.ipynb", as_version=4)
    assert plain(merged(ours)) == plain(merged(theirs))
    # As by itself: papermill also ends so for an error that its cell is allowed to raise.
    assert "KeyError: 'allowed'" in ended.stderr


def test_papermill_with_this_engine_ends_at_a_cell_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, ended = with_this_engine(tmp_path, monkeypatch, FAILING)
    assert ended.returncode == 1
    assert "NameError" in ended.stderr
    assert out.cells[-1].execution_count is None
