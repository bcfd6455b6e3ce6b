"""A finding that is taken back leaves every report that told it; the formats of a report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import nbformat
import pytest

from jupyter_coimprove.activities.activity import Card
from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import cards, deciding, reporting


@pytest.fixture
def told(ended, bench, train):
    (finding,) = bench.record().find("finding")
    deciding.accept(bench, id=finding.id)
    return finding.id


def test_a_report_that_told_nothing_else_goes_with_its_finding(told, bench, train):
    path = reporting.report(bench, notebook=str(train)).path
    view = deciding.undo(bench, id=told)
    assert view.warnings == (f"{path} told this alone, and was removed",)
    assert not (train.parent / "coimprove/reports/train.md").exists()


def test_another_finding_stays_in_the_report_that_is_written_again(told, bench, train, monkeypatch):
    view = reporting.report(bench, notebook=str(train), title="Ours")
    written = []
    monkeypatch.setattr(reporting, "write", lambda bench, path, **how: written.append((str(path), how)))
    assert deciding.undo(bench, id=told).warnings == (f"{view.path} was written again without it",)
    assert written == [(view.path, {"format": "md", "notebook": "train.ipynb", "title": "Ours"})]


def test_cases_that_are_taken_back_leave_the_report_and_the_finding_stays(told, bench, train):
    card = Card(
        kind="tag",
        title="cases tagged blurred: 1",
        key="tag:blurred",
        evidence=("items 3",),
        data={"word": "blurred", "items": [3]},
    )
    (row,) = cards.keep(bench, "errors", "train.ipynb", [card])
    deciding.accept(bench, id=row.id)
    path = Path(reporting.report(bench, notebook=str(train)).path)
    assert "cases tagged blurred: 1" in path.read_text()
    assert deciding.undo(bench, id=row.id).warnings == (f"{path} was written again without it",)
    assert "cases tagged" not in path.read_text()
    assert told in path.read_text()


def test_a_report_that_somebody_edited_is_named_and_left_alone(told, bench, train):
    path = train.parent / "coimprove/reports/train.md"
    reporting.report(bench, notebook=str(train))
    path.write_text(path.read_text() + "\nMy own words.\n")
    (said,) = deciding.undo(bench, id=told).warnings
    assert "was edited since it was written: take it out there" in said
    assert path.read_text().endswith("My own words.\n")


def test_a_report_that_is_gone_is_said_to_be(told, bench, train):
    path = train.parent / "coimprove/reports/train.md"
    reporting.report(bench, notebook=str(train))
    path.unlink()
    assert deciding.undo(bench, id=told).warnings == (f"{path} told it and is not there any more",)


def test_written_reports_wait_for_no_decision(told, bench, train):
    reporting.report(bench, notebook=str(train))
    assert deciding.review(bench).items == ()


def test_a_report_is_a_notebook_without_code(told, bench, train):
    view = reporting.report(bench, notebook=str(train), format="ipynb")
    book = nbformat.read(view.path, as_version=4)
    nbformat.validate(book)
    assert {cell.cell_type for cell in book.cells} == {"markdown"}
    assert any("What the record answers of the REFORMS checklist" in cell.source for cell in book.cells)
    assert json.loads(Path(view.path).read_text())["nbformat_minor"] == 5


def test_a_report_says_what_the_record_answers_of_the_checklist_and_what_it_does_not(told, bench, train):
    text = (
        (train.parent / "coimprove/reports/train.md")
        if reporting.report(bench, notebook=str(train))
        else None
    )
    lines = [line for line in text.read_text().splitlines() if line.startswith("| ") and " | open | " in line]
    assert any("for which population" in line for line in lines)
    assert any(
        "whether training and test data are apart" in line and "no check of it is on record" in line
        for line in lines
    )
    answered = [line for line in text.read_text().splitlines() if " | answered | " in line]
    assert any("intervals over 2 paired blocks" in line for line in answered)


@pytest.mark.parametrize("format", ["tex", "pdf"])
def test_a_program_that_is_missing_is_named_and_nothing_is_written(told, bench, train, monkeypatch, format):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(UsageError, match=r"pandoc .*not installed"):
        reporting.report(bench, notebook=str(train), format=format)
    assert not (train.parent / f"coimprove/reports/train.{format}").exists()


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="pandoc makes LaTeX, and is not installed")
def test_latex_is_made_where_pandoc_is(told, bench, train):
    view = reporting.report(bench, notebook=str(train), format="tex")
    assert r"\begin{document}" in Path(view.path).read_text()
