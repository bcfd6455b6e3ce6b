"""The answer of every verb has a JSON schema, and views keep to it."""

from __future__ import annotations

import json

import jsonschema
import pytest

from jupyter_coimprove.wire.call import as_json
from jupyter_coimprove.wire.schema import answers, schema, schemas
from jupyter_coimprove.wire.verbs import VERBS
from jupyter_coimprove.workbench.views import CheckRow, ChecksView, NoiseView


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_answers_with_a_view_that_has_a_valid_schema(verb) -> None:
    for view in answers(verb):
        jsonschema.Draft202012Validator.check_schema(schema(view))


def test_a_view_as_json_keeps_to_its_schema() -> None:
    view = ChecksView(summary="fine", ok=True, checks=(CheckRow(name="a", ok=True, text="b"),), next=("x",))
    jsonschema.validate(json.loads(as_json(view)), schemas()["ChecksView"])


def test_a_field_that_the_schema_does_not_know_is_refused() -> None:
    found = json.loads(as_json(ChecksView(summary="", ok=True, checks=())))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found, "more": 1}, schemas()["ChecksView"])


def test_nan_never_reaches_json() -> None:
    view = NoiseView(
        summary="",
        source="",
        response="",
        n=1,
        mean=float("nan"),
        sd=None,
        sd_upper=None,
        blocks=1,
        visible=None,
    )
    with pytest.raises(ValueError, match="JSON"):
        as_json(view)
