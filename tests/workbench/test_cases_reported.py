"""Cases that a person accepted are in the report with the pictures that they were accepted with."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

from jupyter_coimprove.activities.activity import Card, Picture, Section, Study
from jupyter_coimprove.workbench import cards, case_files, deciding, reporting_cases, shelf

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


def study(*items: int) -> Study:
    shown = [
        Picture(
            item=i, title=f"item {i}: true 4, predicted 9", way="show(_at)", cell=2, data={"image/png": PIXEL}
        )
        for i in items
    ]
    text = Picture(
        item=99, title="item 99", way="_rows", cell=2, data={"text/plain": "age 30", "text/html": "<b>"}
    )
    return Study(headline="", sections=(Section(title="Cases worth looking at", shown=(*shown, text)),))


def test_what_was_accepted_is_told_with_its_picture_and_another_since_is_not(bench, write) -> None:
    path = write("x = 1")
    name = shelf.notebook_name(bench.root(path), path)
    told, folders = case_files.written(bench, name, study(7, 8, 9))
    folder = Path(folders[0])
    assert sorted(one.name for one in folder.iterdir()) == [
        "item-7.png",
        "item-8.png",
        "item-9.png",
        "item-99.txt",
    ]
    assert (folder.parent / ".gitignore").read_text() == "*\n"
    shown = case_files.kept(bench, told, [7, 8, 99])
    assert [one["item"] for one in shown] == [7, 8, 99]
    card = Card(
        kind="tag",
        title="cases tagged thin: 2",
        key="tag:thin",
        evidence=("items 7, 8",),
        data={"word": "thin", "items": [7, 8], "shown": shown},
    )
    away = replace(card, key="tag:fat", title="cases tagged fat: 1")
    rows = cards.keep(bench, "errors", name, [card, away])
    beside = bench.layout().reports
    assert reporting_cases.cases(bench, [name], beside=beside, pictures=True) == ()
    deciding.accept(bench, id=rows[0].id)

    (one,) = reporting_cases.cases(bench, [name], beside=beside, pictures=True)
    assert (one.id, one.title, one.evidence) == (rows[0].id, "cases tagged thin: 2", ("items 7, 8",))
    assert [(case.kind, case.title) for case in one.cases] == [
        ("image/png", "item 7: true 4, predicted 9"), ("image/png", "item 8: true 4, predicted 9"), ("text/plain", "item 99"),
    ]  # fmt: skip
    assert base64.b64decode(one.cases[0].data) == (folder / "item-7.png").read_bytes()
    assert (beside / one.cases[0].file).resolve() == (folder / "item-7.png").resolve()
    (words,) = reporting_cases.cases(bench, [name], beside=beside, pictures=False)
    assert [case.kind for case in words.cases] == ["", "", "text/plain"]

    (folder / "item-7.png").write_bytes(b"another")
    (folder / "item-8.png").unlink()
    (one,) = reporting_cases.cases(bench, [name], beside=beside, pictures=True)
    assert [(case.data, case.note) for case in one.cases[:2]] == [
        ("", "it is shown otherwise since"),
        ("", "its picture is no longer there"),
    ]
    case_files.written(bench, name, study(1))
    assert sorted(one.name for one in folder.iterdir()) == ["item-1.png", "item-99.txt"]


def test_a_file_outside_of_the_cases_is_never_read_into_a_report(bench, write) -> None:
    path = write("x = 1")
    name = shelf.notebook_name(bench.root(path), path)
    other = bench.root() / "private.png"
    other.write_bytes(base64.b64decode(PIXEL))
    from jupyter_coimprove.digests import digest_bytes

    shown = [
        {"item": 1, "title": "item 1", "file": file, "digest": digest_bytes(other.read_bytes())}
        for file in ("private.png", "coimprove/cases/../../private.png", str(other))
    ]
    rows = cards.keep(
        bench, "errors", name, [Card(kind="slice", title="x", key="slice:x", data={"shown": shown})]
    )
    deciding.accept(bench, id=rows[0].id)
    (one,) = reporting_cases.cases(bench, [name], beside=bench.layout().reports, pictures=True)
    assert {case.data for case in one.cases} == {""}
