"""Carrying a call out: find its use case, hand it the bench, give back the view."""

from __future__ import annotations

import dataclasses
import importlib
import json
from typing import Any

from jupyter_coimprove.wire.parse import Call
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.views import View


def execute(bench: Bench, call: Call) -> View:
    """The answer to this call. Raises CoimproveError; the caller closes the bench."""
    module, _, name = call.verb.use_case.partition(":")
    use_case = getattr(importlib.import_module(f"jupyter_coimprove.workbench.{module}"), name)
    view: View = use_case(bench, **call.arguments)
    return view


def as_dict(view: View) -> dict[str, Any]:
    """The JSON form ``{"view": name, "v": 1, …}`` that the schema describes."""
    return {"view": type(view).__name__, "v": 1, **dataclasses.asdict(view)}


def as_json(view: View) -> str:
    """The same as text; refuses NaN rather than write what is not JSON."""
    return json.dumps(as_dict(view), ensure_ascii=False, allow_nan=False, indent=1, default=list)
