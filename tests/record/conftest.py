"""A user of one's own for each test: a key in a folder of the test's, nothing of the machine's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.record.store import JournalRecord, open_record


@pytest.fixture(autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's user has their key."""
    path = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(path))
    return path


@pytest.fixture
def open_here(tmp_path: Path) -> Iterator[Callable[..., JournalRecord]]:
    """Opens the record of the test's folder, as often as asked; all are closed at the end."""
    opened: list[JournalRecord] = []

    def call(root: Path = tmp_path, **options: object) -> JournalRecord:
        opened.append(open_record(root, clock=SystemClock(), **options))  # type: ignore[arg-type]
        return opened[-1]

    yield call
    for record in opened:
        record.close()


@pytest.fixture
def colleague(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> Callable[[Path, Sequence[Draft]], None]:
    """Writes lines into the journal at a root as another user with a key of their own, as git brings them."""
    others = tmp_path_factory.mktemp("colleague")

    def write(root: Path, drafts: Sequence[Draft]) -> None:
        monkeypatch.setenv("JUPYTER_DATA_DIR", str(others / "data"))
        clone = others / "clone"
        clone.mkdir(exist_ok=True)
        record = open_record(clone, clock=SystemClock(), author="eve", machine="far")
        record.append(drafts)
        record.close()
        monkeypatch.setenv("JUPYTER_DATA_DIR", str(data_dir))
        target = root / "coimprove" / "journal"
        target.mkdir(parents=True, exist_ok=True)
        part = target / "pulled.tmp"
        part.write_bytes((clone / "coimprove" / "journal" / "eve-far.jsonl").read_bytes())
        part.replace(target / "eve-far.jsonl")

    return write
