"""The TypeScript that the lab extension is checked against: views, verbs, names and events.

``python -m jupyter_coimprove.wire.typescript`` prints ``labextension/src/api/wire.ts``; with
``--write PATH`` it writes it. It is printed as prettier leaves it (100 columns, single quotes, no
trailing commas), and a test compares it with the file, so that neither side drifts.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from jupyter_coimprove import registry
from jupyter_coimprove.wire.schema import answers, schemas
from jupyter_coimprove.wire.verbs import VERBS, Option, Verb
from jupyter_coimprove.workbench.policy import POLICIES

WIDTH = 100
_HEAD = """// Made by `python -m jupyter_coimprove.wire.typescript`; change that, not this.

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };
"""
_SHAPES = """/** Who did it, and how the record knows. */
export type Actor = {
  kind: ActorKind;
  id: string;
  display: string;
  auth: Auth;
};

/** What every route answers when it refuses: `{error}`. */
export type WireError = {
  code: string;
  message: string;
  remedy: string;
};

/** A line of the record, told to every window that follows the project. */
export type RecordEvent = {
  root: string;
  seq: number;
  type: `${EventKind}.${string}`;
  id: string;
  v: number;
  payload: {
    state: string;
    data: JsonObject;
    actor: Actor;
    at: string;
    trust: 'own' | 'imported';
  };
};

/** How far a request is; `request` is the name that it was given. */
export type ProgressEvent = {
  type: 'progress';
  request: string;
  text: string;
  done: number;
  total: number;
  left_s: number | null;
};

/** Words of an answer as they come; `request` is the name that the question was given. */
export type AnswerEvent = {
  type: 'answer.delta';
  request: string;
  text: string;
};

/** What a window is told that said something wrong, or whose project cannot be read. */
export type ErrorEvent = {
  type: 'error';
  error: WireError;
  root?: string;
};

/** The answer to `present`: what the record calls the notebooks that a window has open. */
export type PresentEvent = {
  type: 'present';
  notebooks: PresentRow[];
};

/** `notebook` is empty and `error` says why where the path is no notebook here. */
export type PresentRow = {
  path: string;
  root: string;
  notebook: string;
  error?: WireError;
};

/** The answer of `GET settings`. With `user-choice` the person's own switch counts. */
export type ServerSettings = {
  ai_policy: AiPolicy;
};

/** The answer to `follow`: from here on every line is told, those after `after` first. */
export type FollowingEvent = {
  type: 'following';
  root: string;
  after: number;
};

/** All that comes by the WebSocket. */
export type WindowEvent =
  | RecordEvent
  | ProgressEvent
  | AnswerEvent
  | ErrorEvent
  | PresentEvent
  | FollowingEvent;

/** All that a window says there; with `batch` several events may come as one array. */
export type WindowSays =
  | { follow: string; after: number | null; batch?: boolean }
  | { op: 'present'; window: string; paths: string[] };

/** An argument of a verb; what is left out is false or empty. */
export type VerbOption = {
  name: string;
  help: string;
  type: OptionType;
  required?: boolean;
  positional?: boolean;
  choices?: readonly string[];
  completes?: string;
};

/** A verb, as `GET verbs` tells it: for palettes and completion, which do not need it at once. */
export type Verb = {
  help: string;
  group: string;
  decides: boolean;
  long: boolean;
  options: readonly VerbOption[];
};

/** Verb -> what it is and takes. */
export type VerbTable = { readonly [verb: string]: Verb };
"""


def typescript() -> str:
    """The whole module, ending with a line break."""
    parts = [
        _HEAD,
        *_names(),
        _SHAPES,
        *_views(),
        _map("Answers", _answers(), "What each verb answers with."),
    ]
    parts.append(_map("Arguments", {verb.name: _arguments(verb) for verb in VERBS}, "What each verb takes."))
    return "\n".join(parts)


def _names() -> Iterable[str]:
    """The registry's lists, each as a constant and as a union."""
    for name, words in (
        ("PROPOSAL_STATES", registry.PROPOSAL_STATES), ("DECISIONS", registry.DECISIONS),
        ("APPLICATION_STATES", registry.APPLICATION_STATES), ("EXPERIMENT_STATES", registry.EXPERIMENT_STATES),
        ("RUN_STATES", registry.RUN_STATES), ("RUN_FINAL_STATES", sorted(registry.RUN_FINAL)),
        ("FAILURES", sorted(registry.FAILURES)), ("EXPERIMENT_STATUSES", registry.EXPERIMENT_STATUS),
        ("VERDICTS", registry.VERDICTS), ("BLOCK_KINDS", registry.BLOCK_KINDS), ("EVENT_KINDS", registry.EVENT_KINDS),
        ("ACTOR_KINDS", get_args(registry.ActorKind)), ("AUTHS", get_args(registry.Auth)),
        ("AI_POLICIES", POLICIES), ("OPTION_TYPES", ("str", "int", "float", "flag", "path", "list")), ("VERB_NAMES", [verb.name for verb in VERBS]),
    ):  # fmt: skip
        type_ = "".join(word.capitalize() for word in name.split("_"))
        type_ = type_[:-2] if type_.endswith("Statuses") else re.sub("ies$", "y", type_).removesuffix("s")
        line = f"export const {name} = {_list(words, 0, f'export const {name} = ', ' as const;')} as const;"
        yield f"{line}\nexport type {type_} = (typeof {name})[number];\n"
    prefixes = ",\n".join(f"  {kind}: {_string(prefix)}" for kind, prefix in registry.PREFIXES.items())
    yield f"/** Ids begin with these, an underscore and a ULID. */\nexport const PREFIXES = {{\n{prefixes}\n}} as const;\n"


def _list(words: Sequence[str], depth: int, before: str, after: str) -> str:
    flat = "[" + ", ".join(map(_string, words)) + "]"
    if len(before) + len(flat) + len(after) <= WIDTH:
        return flat
    pad = " " * (depth + 2)
    return "[\n" + ",\n".join(pad + _string(word) for word in words) + "\n" + " " * depth + "]"


def _string(text: str) -> str:
    """A literal in single quotes, or in double ones where that needs fewer escapes."""
    body = json.dumps(text, ensure_ascii=False)[1:-1]
    if text.count("'") > text.count('"'):
        return f'"{body}"'
    return "'" + body.replace('\\"', '"').replace("'", "\\'") + "'"


def _views() -> Iterable[str]:
    """Every view and what it is made of, by name."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, made in schemas().items():
        found[name] = made
        found.update(made.get("$defs", {}))
    for name in sorted(found):
        yield _comment(found[name].get("description", "")) + _object(f"export type {name} = ", found[name])


def _comment(text: str, pad: str = "") -> str:
    """A docstring as a comment; one generated by the dataclass itself says nothing."""
    if not text or re.match(r"\w+\(.*\)\Z", text, re.DOTALL):
        return ""
    lines = text.replace("``", "`").replace("*/", "* /").split("\n")
    if len(lines) == 1:
        return f"{pad}/** {lines[0]} */\n"
    return f"{pad}/**\n" + "".join(f"{pad} * {line}".rstrip() + "\n" for line in lines) + f"{pad} */\n"


def _object(head: str, made: Mapping[str, Any]) -> str:
    """``as_dict`` writes every field, so that none is optional."""
    return head + "{\n" + "".join(_field(n, _type(s)) for n, s in made["properties"].items()) + "};\n"


def _field(name: str, type_: str, mark: str = "", depth: int = 2) -> str:
    """A property; a union that is too long for its line stands below it, a member a line."""
    pad = " " * depth
    key = name if re.fullmatch(r"[A-Za-z_]\w*", name) else _string(name)
    line = f"{pad}{key}{mark}: {type_};"
    if len(line) > WIDTH and " | " in type_ and "\n" not in type_:
        members = type_.split(" | ")
        line = f"{pad}{key}{mark}:\n" + "\n".join(f"{pad}  | {member}" for member in members) + ";"
    return line + "\n"


def _type(made: Mapping[str, Any]) -> str:
    """The TypeScript of one JSON schema, as far as views use it. ValueError for anything else."""
    if "const" in made:
        return _string(made["const"]) if isinstance(made["const"], str) else json.dumps(made["const"])
    if "enum" in made:
        return " | ".join(_string(value) for value in made["enum"])
    if "$ref" in made:
        return str(made["$ref"]).rpartition("/")[2]
    if "anyOf" in made:
        return " | ".join(dict.fromkeys(_type(part) for part in made["anyOf"]))
    kind = made.get("type")
    if kind is None:
        return "Json"
    if kind == "array":
        if "prefixItems" in made:
            return "[" + ", ".join(_type(part) for part in made["prefixItems"]) + "]"
        inner = _type(made["items"])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if kind == "object":
        more = made.get("additionalProperties", True)
        return "JsonObject" if more is True else f"{{ [key: string]: {_type(more)} }}"
    plain = {
        "string": "string",
        "integer": "number",
        "number": "number",
        "boolean": "boolean",
        "null": "null",
    }
    if kind not in plain:
        raise ValueError(f"no TypeScript for {made}")
    return plain[kind]


def _answers() -> dict[str, str]:
    return {verb.name: " | ".join(sorted(view.__name__ for view in answers(verb))) for verb in VERBS}


def _map(name: str, members: Mapping[str, str], comment: str) -> str:
    return (
        f"/** {comment} */\nexport type {name} = {{\n"
        + "".join(map(_field, members, members.values()))
        + "};\n"
    )


def _arguments(verb: Verb) -> str:
    if not verb.options:
        return "Record<string, never>"
    lines = [_field(o.name, _argument(o), "" if o.required else "?", 4) for o in verb.options]
    return "{\n" + "".join(lines) + "  }"


def _argument(option: Option) -> str:
    if option.choices:
        return " | ".join(map(_string, option.choices))
    return {"int": "number", "float": "number", "flag": "boolean", "list": "string[]"}.get(
        option.type, "string"
    )


def main(arguments: Sequence[str]) -> int:
    """Print it, or write it where ``--write`` says."""
    if arguments[:1] == ["--write"]:
        Path(arguments[1]).write_text(typescript(), encoding="utf-8", newline="\n")
    else:
        sys.stdout.write(typescript())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
