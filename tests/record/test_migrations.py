"""An index of any earlier version is brought up to date; one of a later version is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from jupyter_coimprove.errors import RecordReadOnly
from jupyter_coimprove.record.migrations import MIGRATIONS, NewerSchema, migrate
from jupyter_coimprove.record.store import JournalRecord
from jupyter_coimprove.testing.record_contract import draft, run_id

Open = Callable[..., JournalRecord]


def tables(db: apsw.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").fetchall())


def test_names_are_in_order_and_never_used_twice() -> None:
    names = [name for name, _ in MIGRATIONS]
    assert names == sorted(set(names))
    assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]


@pytest.mark.parametrize("steps", range(len(MIGRATIONS) + 1))
def test_every_earlier_schema_ends_as_the_newest(steps: int) -> None:
    newest, db = apsw.Connection(":memory:"), apsw.Connection(":memory:")
    migrate(newest)
    migrate(db, steps=MIGRATIONS[:steps])
    assert migrate(db) == [name for name, _ in MIGRATIONS[steps:]]
    assert tables(db) == tables(newest)
    assert migrate(db) == []


def test_the_oldest_index_with_content_answers_as_before(tmp_path: Path, open_here: Open) -> None:
    record = open_here()
    ids = [run_id() for _ in range(3)]
    record.append([draft(id_, experiment="exp_1") for id_ in ids])
    record.append([draft(ids[1], "completed")])
    expected = record.find("run"), list(record.follow())
    record.close()
    db = apsw.Connection(str(tmp_path / ".coimprove" / "index.sqlite"))
    db.execute("DROP INDEX items_by_experiment; DROP TABLE vanished; DROP TABLE items; DROP TABLE unfolded")
    db.execute("DELETE FROM migrations WHERE name > '0001_lines'")
    db.close()
    # What the index alone knows (a seq) is kept by a migration, so it must not be made again.
    record = open_here()
    assert (record.find("run", experiment="exp_1"), list(record.follow())) == expected
    backup = apsw.Connection(str(tmp_path / ".coimprove" / "quarantine" / "index-before-update.sqlite"))
    assert "items" not in tables(backup)
    assert backup.execute("SELECT count(*) FROM lines").fetchone() == (4,)
    backup.close()


def test_a_step_that_fails_changes_nothing(tmp_path: Path) -> None:
    def broken(db: apsw.Connection) -> None:
        db.execute("CREATE TABLE half (x)")
        db.execute("CREATE TABLE half (x)")

    db = apsw.Connection(str(tmp_path / "x.sqlite"))
    migrate(db)
    before = tables(db)
    with pytest.raises(apsw.SQLError):
        migrate(db, steps=(*MIGRATIONS, ("9999_broken", broken)))
    assert tables(db) == before


def test_a_newer_schema_is_read_from_the_journal_and_left_as_it_is(tmp_path: Path, open_here: Open) -> None:
    record = open_here()
    id_ = run_id()
    record.append([draft(id_)])
    record.close()
    index = tmp_path / ".coimprove" / "index.sqlite"
    db = apsw.Connection(str(index))
    db.execute("INSERT INTO migrations VALUES ('9999_of_a_later_version')")
    with pytest.raises(NewerSchema):
        migrate(db)
    db.close()
    record = open_here()
    assert record.get(id_).trust == "own"
    assert record.read_only
    assert "9999_of_a_later_version" in record.reason
    (journal,) = (tmp_path / "coimprove" / "journal").glob("*.jsonl")
    before = journal.read_bytes()
    with pytest.raises(RecordReadOnly, match="update jupyter-coimprove"):
        record.append([draft(id_, "running")])
    assert journal.read_bytes() == before
    assert len([json.loads(line) for line in before.splitlines()]) == 1
