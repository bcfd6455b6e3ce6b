"""The lab extension's types are those of the views, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_coimprove import registry
from jupyter_coimprove.wire.schema import schemas
from jupyter_coimprove.wire.typescript import _string, _type, typescript
from jupyter_coimprove.wire.verbs import VERBS

WIRE = Path(__file__).parents[2] / "labextension" / "src" / "api" / "wire.ts"


def test_the_file_in_the_lab_extension_is_what_the_views_give_now() -> None:
    assert WIRE.read_bytes() == typescript().encode(), (
        "run: python -m jupyter_coimprove.wire.typescript --write labextension/src/api/wire.ts"
    )


def test_it_can_be_written_by_the_command_that_its_first_line_names(tmp_path: Path) -> None:
    file = tmp_path / "wire.ts"
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_coimprove.wire.typescript", "--write", str(file)],
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert file.read_text(encoding="utf-8") == typescript()


def test_every_view_verb_and_name_of_the_registry_is_in_it() -> None:
    text = typescript()
    for view in schemas():
        assert f"export type {view} = {{" in text
    for verb in VERBS:
        assert f"  | '{verb.name}'" in text or f"  '{verb.name}'" in text
    states = [
        *registry.PROPOSAL_STATES,
        *registry.APPLICATION_STATES,
        *registry.RUN_STATES,
        *registry.EVENT_KINDS,
    ]
    for state in states:
        assert f"'{state}'" in text


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": "string"}, "string"), ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number | null"),
        ({"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, "(number | null)[]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "{ [key: string]: number }"),
        ({"enum": ["a", "it's"]}, "'a' | \"it's\""), ({}, "Json"), ({"$ref": "#/$defs/ArmRow"}, "ArmRow"),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "number"}]}, "[number, number]"),
    ],
)  # fmt: skip
def test_schemas_become_types(schema: dict[str, object], wanted: str) -> None:
    assert _type(schema) == wanted


def test_a_schema_that_has_no_type_here_is_refused() -> None:
    with pytest.raises(ValueError, match="no TypeScript"):
        _type({"type": "function"})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("a", "'a'"), ("it's", '"it\'s"'), ('"', "'\"'"), ("'\"", "'\\'\"'"), ("a\nb", "'a\\nb'")],
)
def test_text_has_the_quotes_that_need_fewer_escapes(text: str, wanted: str) -> None:
    assert _string(text) == wanted
