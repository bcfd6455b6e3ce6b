"""Where the examples are executed."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user of their own: no key, profile or kernel of whoever runs the tests; an example's copy lies here."""
    for name in ("HOME", "TMPDIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    monkeypatch.delenv("COIMPROVE_ROOT", raising=False)
    return tmp_path / "tmpdir"
