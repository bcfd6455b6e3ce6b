"""The JSON schema of every verb's answer, made from the views themselves."""

from __future__ import annotations

import importlib
import typing
from typing import Any

from jupyter_coimprove.wire.verbs import VERBS, Verb
from jupyter_coimprove.workbench import views


def answers(verb: Verb) -> tuple[type[views.View], ...]:
    """The views a verb may answer with: what its use case is annotated to return."""
    module, _, name = verb.use_case.partition(":")
    use_case = getattr(importlib.import_module(f"jupyter_coimprove.workbench.{module}"), name)
    namespace = {**vars(views), **vars(importlib.import_module(use_case.__module__))}
    text = use_case.__annotations__["return"]
    found: Any = eval(text, namespace) if isinstance(text, str) else text  # noqa: S307 - our own annotation
    wanted = typing.get_args(found) or (found,)
    if views.View in wanted:
        return tuple(_subclasses(views.View))
    return tuple(wanted)


def _subclasses(view: type[views.View]) -> list[type[views.View]]:
    return [sub for sub in view.__subclasses__() if sub.__module__.startswith(views.__name__)]


def schema(view: type[views.View]) -> dict[str, Any]:
    """JSON Schema (2020-12) of one view as ``wire.call.as_dict`` writes it."""
    from pydantic import TypeAdapter

    made = TypeAdapter(view).json_schema(mode="serialization")
    made["properties"] = {
        "view": {"const": view.__name__, "type": "string"},
        "v": {"const": 1, "type": "integer"},
        **made["properties"],
    }
    made["required"] = ["view", "v", *made["properties"].keys() - {"view", "v"}]
    made["additionalProperties"] = False
    return made


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of every view any verb answers with, by name."""
    found = {view for verb in VERBS for view in answers(verb)}
    return {view.__name__: schema(view) for view in sorted(found, key=lambda view: view.__name__)}
