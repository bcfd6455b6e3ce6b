"""Training data: verified decisions only, in the forms that TRL reads, without secrets, with a card that says what it is."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.lessons.decided import Decided
from jupyter_coimprove.lessons.export import FORMATS, card, exported, why_not
from jupyter_coimprove.redaction import Scrubber

KEY = "sk-ant-api03-" + "A1b2C3d4" * 5
_TURN = {
    "type": "object", "required": ["role", "content"], "additionalProperties": False,
    "properties": {"role": {"enum": ["user", "assistant"]}, "content": {"type": "string", "minLength": 1}},
}  # fmt: skip


def turns(role: str) -> dict[str, Any]:
    return {
        "type": "array",
        "minItems": 1,
        "items": {"allOf": [_TURN, {"properties": {"role": {"const": role}}}]},
    }


#: What TRL's documentation of data set formats asks of the three, in the conversational form.
SCHEMAS = {
    name: {
        "type": "object", "required": [*fields], "additionalProperties": False, "properties": fields,
    }
    for name, fields in {
        "sft": {"prompt": turns("user"), "completion": turns("assistant")},
        "kto": {"prompt": turns("user"), "completion": turns("assistant"), "label": {"type": "boolean"}},
        "dpo": {"prompt": turns("user"), "chosen": turns("assistant"), "rejected": turns("assistant")},
    }.items()
}  # fmt: skip


def decided(place: int, verdict: str, **more: Any) -> Decided:
    known: dict[str, Any] = {
        "reason": "", "proposed": f"score(cv=5)  # {place}", "stands": "" if verdict == "rejected" else f"score(cv=10)  # {place}",
        "asked": "score the model", "author_kind": "ai",
    }  # fmt: skip
    if verdict == "accepted":
        known["stands"] = known["proposed"]
    return Decided(
        id=f"dec_{place}", subject=f"prp_{place}", kind="cells", notebook="a.ipynb", verdict=verdict,  # type: ignore[arg-type]
        features=frozenset(), **{**known, **more},
    )  # fmt: skip


EVERYTHING = (
    decided(1, "edited"), decided(2, "accepted", reason="just right"), decided(3, "rejected", reason="too slow"),
    decided(4, "accepted"), decided(5, "accepted", reason="all fine", bulk=True), decided(6, "accepted", confirmed=True),
    decided(7, "accepted", reason="good", author_kind="person"), decided(8, "rejected"), decided(9, "accepted", reason="ok", confirmed=False),
    decided(10, "accepted", reason="ok", proposed="", stands=""),
)  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_every_row_has_the_form_that_trl_documents(format: Any) -> None:
    made = exported(EVERYTHING, format)
    assert made.rows
    for line in made.text.splitlines():
        jsonschema.validate(json.loads(line), SCHEMAS[format])
    assert len(made.ids) == len(made.rows)


def test_only_what_a_person_edited_explained_or_runs_bear_out_is_in_it() -> None:
    made = exported(EVERYTHING, "sft")
    assert list(made.ids) == [("dec_1",), ("dec_2",), ("dec_6",)]
    assert made.rows[0]["completion"] == [{"role": "assistant", "content": "score(cv=10)  # 1"}]
    assert made.left_out == {
        "neither edited, nor with a reason, nor confirmed by runs": 2, "accepted in bulk": 1, "a person's own proposal": 1,
        "accepted, and contradicted by runs": 1, "no text of it is kept": 1, "rejected: nothing to imitate": 1,
    }  # fmt: skip


@given(st.lists(st.sampled_from(EVERYTHING), max_size=12), st.sampled_from(FORMATS))
def test_what_was_accepted_in_bulk_is_never_in_it(some: list[Decided], format: Any) -> None:
    made = exported([replace(one, bulk=True) for one in some], format)
    assert made.rows == ()
    assert sum(made.left_out.values()) == len(some)


def test_kto_says_what_was_wanted_and_what_was_not() -> None:
    made = exported(EVERYTHING, "kto")
    labels = [
        (ids[0], row["completion"][0]["content"], row["label"])
        for ids, row in zip(made.ids, made.rows, strict=True)
    ]
    assert labels[:4] == [
        ("dec_1", "score(cv=5)  # 1", False), ("dec_1", "score(cv=10)  # 1", True), ("dec_2", "score(cv=5)  # 2", True),
        ("dec_3", "score(cv=5)  # 3", False),
    ]  # fmt: skip


def test_dpo_pairs_what_stands_with_what_was_proposed_or_refused_for_the_same_question() -> None:
    made = exported(
        [
            decided(1, "edited"),
            decided(3, "rejected", reason="slow"),
            decided(4, "accepted", reason="x", asked="other"),
        ],
        "dpo",
    )
    assert [(row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in made.rows] == [
        ("score(cv=10)  # 1", "score(cv=5)  # 1"), ("score(cv=10)  # 1", "score(cv=5)  # 3"),
    ]  # fmt: skip
    assert made.ids == (("dec_1",), ("dec_1", "dec_3"))
    assert made.left_out == {"nothing stands against it": 1}


def test_secrets_are_masked_and_counted() -> None:
    scrub = Scrubber({"WANDB_API_KEY": "0123456789abcdef"}).text
    one = decided(1, "edited", asked=f"use {KEY}", proposed="login('0123456789abcdef')", stands="login()")
    for format in FORMATS:
        made = exported([one], format, scrub)
        assert KEY not in made.text
        assert "0123456789abcdef" not in made.text
        assert made.masked == len(made.rows)


def test_the_card_says_what_is_in_it_what_is_not_and_where_each_row_comes_from() -> None:
    made = exported(EVERYTHING, "sft")
    told = card(
        made, file="team.jsonl", licence="CC-BY-4.0", made_at="2026-01-31T10:00:00.000Z", version="0.1.0"
    )
    for words in (
        "CC-BY-4.0",
        "rows: 3, from 3 decisions",
        "- 1: accepted in bulk",
        "1. dec_1",
        "none was accepted in bulk",
    ):
        assert words in told
    assert "licence: not said" in card(made, file="f", licence="", made_at="", version="")


def test_why_not_is_empty_for_what_verifies() -> None:
    assert why_not(decided(1, "edited")) == ""
    assert why_not(decided(1, "edited", bulk=True)) == "accepted in bulk"


#: Reads each file as TRL's own scripts do.
READER = """
import json, sys
from trl.data_utils import is_conversational
from trl.scripts.utils import DatasetConfig, DatasetMixtureConfig, get_dataset

for name in sys.argv[1:]:
    mixture = DatasetMixtureConfig(datasets=[DatasetConfig(path="json", data_files=name)])
    rows = list(get_dataset(mixture)["train"])
    print("READ " + json.dumps({"conversational": all(map(is_conversational, rows)), "rows": rows}))
"""


@pytest.mark.slow
def test_trl_reads_it_with_its_own_reader(tmp_path: Path) -> None:
    """`trl` is not among the dependencies: CI makes an environment that has it (`.ci/trl`) and names its python.

    In a process of its own: what TRL loads warns as it is imported, and warnings are errors here.
    """
    python = os.environ.get("COIMPROVE_TRL", "")
    if not python:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("no TRL: .ci/trl .venv/bin/python FOLDER, then COIMPROVE_TRL=FOLDER/bin/python")
    files = [tmp_path / f"{format}.jsonl" for format in FORMATS]
    for format, file in zip(FORMATS, files, strict=True):
        file.write_text(exported(EVERYTHING, format).text, encoding="utf-8")
    done = subprocess.run(
        [python, "-W", "ignore", "-c", READER, *map(str, files)],
        capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [
        json.loads(line.removeprefix("READ "))
        for line in done.stdout.splitlines()
        if line.startswith("READ ")
    ]
    assert len(told) == len(FORMATS)
    for format, read in zip(FORMATS, told, strict=True):
        assert read["conversational"] is True, format
        assert read["rows"] == [json.loads(line) for line in exported(EVERYTHING, format).text.splitlines()]
