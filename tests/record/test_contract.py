"""Both records keep the contract: the one in files, and its twin in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from jupyter_coimprove.clock import SystemClock
from jupyter_coimprove.record.base import Draft, Record
from jupyter_coimprove.record.memory import MemoryRecord
from jupyter_coimprove.record.store import JournalRecord, open_record
from jupyter_coimprove.testing.record_contract import RecordContract


class TestMemoryRecord(RecordContract):
    def make(self, folder: Path) -> Record:
        return MemoryRecord()

    def bring(self, record: Record, drafts: Sequence[Draft]) -> None:
        assert isinstance(record, MemoryRecord)
        record.bring(drafts)


class TestJournalRecord(RecordContract):
    write: Callable[[Path, Sequence[Draft]], None]

    @pytest.fixture(autouse=True)
    def with_colleague(self, colleague: Callable[[Path, Sequence[Draft]], None]) -> None:
        self.write = colleague

    def make(self, folder: Path) -> Record:
        return open_record(folder, clock=SystemClock(), timeout=60)

    def bring(self, record: Record, drafts: Sequence[Draft]) -> None:
        assert isinstance(record, JournalRecord)
        self.write(record.layout.root, drafts)

    def elsewhere(self, record: Record) -> str | None:
        assert isinstance(record, JournalRecord)
        return (
            "from pathlib import Path\nfrom jupyter_coimprove.clock import SystemClock\n"
            "from jupyter_coimprove.record.store import open_record\n"
            f"record = open_record(Path({str(record.layout.root)!r}), clock=SystemClock(), timeout=60)\n"
        )
