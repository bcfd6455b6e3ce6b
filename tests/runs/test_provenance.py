"""Equal keys mean equal runs; what is not known gives no key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_coimprove.runs.provenance import Inputs, named_inputs, run_key

BASE: dict[str, Any] = {
    "sources": ["x = 1"], "parameters": {"lr": 1}, "block": 2**60 + 1, "replicate": 0,
    "environment": {"python": "3.11", "threads": {}}, "modules_digest": "json:0", "inputs": Inputs(),
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"sources": ["x = 2"]}, {"parameters": {"lr": 1.0}}, {"parameters": {"lr": True}}, {"parameters": {"lr": "1"}},
        {"block": 2**60}, {"replicate": 1}, {"environment": {"python": "3.12"}}, {"modules_digest": "json:1"},
        {"inputs": Inputs(files=({"path": "a", "size": 1, "digest": "raw:0"},))},
    ],
    ids=str,
)  # fmt: skip
def test_anything_that_could_matter_changes_the_key(change: dict[str, Any]) -> None:
    assert run_key(**BASE) is not None
    assert run_key(**BASE) == run_key(**BASE)
    assert run_key(**{**BASE, **change}) != run_key(**BASE)


def test_without_known_inputs_there_is_no_key() -> None:
    assert run_key(**{**BASE, "inputs": Inputs(unknown="glob() reads what the code does not name")}) is None


@pytest.mark.parametrize(
    "code",
    [
        "import pandas as pd\npd.read_csv('x.csv')",
        "open('x.csv').read()",
        "from pathlib import Path\nPath('x.csv').read_text()",
        "from pathlib import Path\nfile = Path('x.csv')\nfile.open()",
        "name = 'x.csv'\nimport numpy as np\nnp.loadtxt(name)",
    ],
)
def test_files_that_the_code_names_are_known_with_their_hash(tmp_path: Path, code: str) -> None:
    (tmp_path / "x.csv").write_text("1")
    found = named_inputs([code], tmp_path)
    assert found.unknown == ""
    ((path, size),) = [(f["path"], f["size"]) for f in found.files]
    assert (path, size) == ("x.csv", 1)
    before = found.files[0]["digest"]
    (tmp_path / "x.csv").write_text("2")
    assert named_inputs([code], tmp_path).files[0]["digest"] != before


@pytest.mark.parametrize(
    "code",
    [
        "open(name)",
        "name = 'a'\nname = 'b'\nopen(name)",
        "pd.read_csv(f'{folder}/x.csv')",
        "import requests",
        "from urllib.request import urlopen",
        "fetch_openml('mnist_784')",
        "Path('.').glob('*.csv')",
        "torch.load(path)",
        "import torchvision\ntorchvision.datasets.CIFAR10('.')",
        "np.load(sys.argv[1])",
        "%run this",
    ],
)
def test_reading_what_is_not_named_makes_the_inputs_unknown(tmp_path: Path, code: str) -> None:
    assert named_inputs([code], tmp_path).unknown


def test_code_that_reads_nothing_has_known_inputs(tmp_path: Path) -> None:
    code = (
        "from sklearn.datasets import load_digits\nX, y = load_digits(return_X_y=True)\nprint('\\0', 'x' * 3)"
    )
    assert named_inputs([code], tmp_path) == Inputs()
