"""`verify` names the first line that is not as it was written, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from jupyter_coimprove.record.base import Draft
from jupyter_coimprove.record.lines import GENESIS
from jupyter_coimprove.record.store import JournalRecord
from jupyter_coimprove.record.verify import VerifyReport, verify
from jupyter_coimprove.testing.record_contract import draft, run_id

Open = Callable[..., JournalRecord]
Edit = Callable[[list[bytes]], list[bytes]]


@pytest.fixture
def ids(open_here: Open) -> list[str]:
    """Six objects, one line each, in a journal of this user."""
    made = [run_id() for _ in range(6)]
    record = open_here()
    for n, id_ in enumerate(made):
        record.append([draft(id_, arm=f"arm {n}")])
    return made


def edit(root: Path, change: Edit) -> VerifyReport:
    (path,) = (root / "coimprove" / "journal").glob("*.jsonl")
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    return verify(root)


def problem(report: VerifyReport) -> tuple[int, str, str]:
    found = report.files[0].problem
    assert found is not None
    assert not report.ok
    assert report.files[0].remedy
    return found


def test_an_untouched_journal_is_as_it_was_written(tmp_path: Path, ids: list[str], open_here: Open) -> None:
    report = verify(tmp_path)
    assert report.ok
    assert report.sentence == "6 lines are as they were written; 6 are signed by you"
    assert report.head == list(open_here().follow())[-1].digest
    assert (report.files[0].own, report.files[0].imported, report.files[0].torn) == (6, 0, 0)


def test_nothing_recorded_is_no_fault(tmp_path: Path) -> None:
    report = verify(tmp_path)
    assert (report.ok, report.sentence, len(report.head)) == (True, "nothing is recorded here yet", 64)


@pytest.mark.parametrize(
    ("old", "new"), [(b"arm 2", b"arm 9"), (b'"queued"', b'"failed"'), (b'"kind":"person"', b'"kind":"tool"')]
)
def test_an_altered_line_is_named_and_does_not_count(
    tmp_path: Path, ids: list[str], open_here: Open, old: bytes, new: bytes
) -> None:
    report = edit(tmp_path, lambda lines: [*lines[:2], lines[2].replace(old, new), *lines[3:]])
    number, id_, what = problem(report)
    assert (number, id_) == (3, ids[2])
    assert "was altered" in what
    record = open_here()
    (tmp_path / ".coimprove" / "index.sqlite").unlink()
    assert [item.id for item in record.find("run")] == ids[:2] + ids[3:]


def test_an_altered_line_with_a_hash_made_to_fit_has_no_signature(tmp_path: Path, ids: list[str]) -> None:
    from jupyter_coimprove.record.lines import _OUTSIDE, _hash, _sum, text_of

    def forge(lines: list[bytes]) -> list[bytes]:
        line = json.loads(lines[5])
        line["data"] = {"arm": "forged"}
        line["sum"] = _sum(line["salt"], text_of(line["data"]))
        line["hash"] = _hash({name: value for name, value in line.items() if name not in _OUTSIDE})
        return [*lines[:5], json.dumps(line).encode() + b"\n"]

    report = edit(tmp_path, forge)
    number, id_, what = problem(report)
    assert (number, id_) == (6, ids[5])
    assert "forged" in what
    assert (report.files[0].forged, report.files[0].own, report.files[0].imported) == (1, 5, 1)


def test_a_removed_line_is_missed_by_the_next(tmp_path: Path, ids: list[str]) -> None:
    number, id_, what = problem(edit(tmp_path, lambda lines: lines[:2] + lines[3:]))
    assert (number, id_) == (3, ids[3])
    assert "missing" in what


def test_lines_out_of_order_are_named(tmp_path: Path, ids: list[str]) -> None:
    number, _, what = problem(edit(tmp_path, lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]]))
    assert number == 3
    assert "out of order: it was written after line 4" in what


def test_a_removed_end_is_missed_by_the_index(tmp_path: Path, ids: list[str], open_here: Open) -> None:
    record = open_here()
    assert edit(tmp_path, lambda lines: lines[:4]).ok
    report = record.verify()
    number, id_, what = problem(report)
    assert (number, id_) == (5, ids[4])
    assert what == "was here and is gone, with 1 more"
    # Also after going on, and in another process that never saw the end.
    record.append([draft(run_id())])
    assert not open_here().verify().ok


def test_an_end_that_comes_back_is_missed_no_more(tmp_path: Path, ids: list[str], open_here: Open) -> None:
    record, kept = open_here(), list[bytes]()

    def cut(lines: list[bytes]) -> list[bytes]:
        kept.extend(lines)
        return lines[:4]

    edit(tmp_path, cut)
    assert not record.verify().ok
    edit(tmp_path, lambda lines: kept)
    assert record.verify().ok


def test_content_that_was_cut_out_without_a_tombstone_is_named(tmp_path: Path, ids: list[str]) -> None:
    from jupyter_coimprove.record.lines import erased

    number, id_, what = problem(edit(tmp_path, lambda lines: [erased(lines[0]), *lines[1:]]))
    assert (number, id_, what) == (1, ids[0], "lost its content without a tombstone")


def test_line_ends_that_git_changed_are_no_change(tmp_path: Path, ids: list[str], open_here: Open) -> None:
    assert edit(tmp_path, lambda lines: [line.replace(b"\n", b"\r\n") for line in lines]).ok
    assert {item.trust for item in open_here().find("run")} == {"own"}


def test_lines_of_a_colleague_are_counted_as_imported_claims(
    tmp_path: Path, ids: list[str], colleague: Callable[[Path, Sequence[Draft]], None]
) -> None:
    colleague(tmp_path, [draft(run_id()), draft(run_id())])
    report = verify(tmp_path)
    assert report.ok
    assert next((file.name[:4], file.own, file.imported) for file in report.files) == ("eve-", 0, 2)
    assert report.sentence == "8 lines are as they were written; 6 are signed by you"
    assert report.head not in (GENESIS, *(file.head for file in report.files))


def test_a_copy_of_the_folder_under_another_user_holds_claims_only(
    tmp_path: Path,
    ids: list[str],
    open_here: Open,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    import shutil

    clone = tmp_path_factory.mktemp("clone") / "project"
    shutil.copytree(tmp_path, clone)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path_factory.mktemp("other user")))
    record = open_here(clone)
    assert {record.trust_of(id_) for id_ in ids} == {"imported"}
    assert {line.trust for line in record.follow()} == {"imported"}
    assert record.verify().ok
    # A clone goes on in a file of the same name; the lines are told apart by their keys.
    record.append([draft(ids[0], "completed")])
    assert record.get(ids[0]).trust == "imported"
    assert record.verify().files[0].own == 1
