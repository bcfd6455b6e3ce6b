"""A bundle's own description: an RO-Crate (version 1.1) that names every file, and what is withheld and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

#: The description's own name in the bundle (RO-Crate 1.1, section 3).
NAME = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
CONFORMS = "https://w3id.org/ro/crate/1.1"
#: Runs are described by this profile of it as well (Process Run Crate).
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_TOOL, _BYTES = "#jupyter-coimprove", "application/octet-stream"
#: Terms that the context of version 1.1 does not have yet.
_TERMS = {"sha256": "http://schema.org/sha256"}
_TYPES = {
    ".ipynb": "application/x-ipynb+json", ".json": "application/json", ".md": "text/markdown", ".html": "text/html",
    ".toml": "application/toml", ".py": "text/x-python", ".csv": "text/csv", ".txt": "text/plain", ".log": "text/plain",
    ".tsv": "text/tab-separated-values", ".yaml": "application/yaml", ".yml": "application/yaml", ".png": "image/png",
    ".jpg": "image/jpeg", ".svg": "image/svg+xml", ".pdf": "application/pdf", ".zip": "application/zip", ".gz": "application/gzip",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A file of the bundle: ``path`` from its top, ``about`` in a few words, ``size`` in bytes, sha256 in hex."""

    path: str
    about: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """A file that is not in the bundle, or not as it is here, and why."""

    path: str
    why: str
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Action:
    """One run, as a CreateAction: what was executed, by which plan, when it ended, and the files it made.

    ``instrument`` and ``used`` are files of the bundle; where the code is withheld ``instrument`` is empty and the
    run is the tool's. ``agent`` is the person who let it run, ``error`` why it failed, empty where it did not.
    """

    id: str
    name: str
    at: str
    results: tuple[str, ...]
    instrument: str = ""
    used: tuple[str, ...] = ()
    agent: str = ""
    error: str = ""


def crate(
    *, name: str, at: str, about: str, files: Sequence[Packed], withheld: Sequence[Withheld], people: Sequence[str],
    actions: Sequence[Action] = (), licence: str = "", version: str = "",
) -> dict[str, Any]:  # fmt: skip
    """The description, flat: every entity by itself, all others by reference.

    ``at`` is ISO 8601, ``people`` those who decided, ``licence`` as the person names it, ``version`` of this tool.
    """
    code = {one.instrument for one in actions}
    people = list(dict.fromkeys([*people, *(one.agent for one in actions if one.agent)]))
    graph: list[dict[str, Any]] = [
        {"@id": NAME, "@type": "CreativeWork", "conformsTo": {"@id": CONFORMS}, "about": {"@id": "./"}},
        {
            "@id": "./", "@type": "Dataset", "conformsTo": {"@id": PROFILE}, "name": name, "description": about,
            "datePublished": at, "license": {"@id": _licence(licence)["@id"]},
            **_refs("author", map(_person, people)),
            **_refs("hasPart", (_file(one.path) for one in files)),
            **_refs("mentions", [*(f"#{one.id}" for one in actions), *(_held(one.path) for one in withheld)]),
        },
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": PROFILE.rpartition("/")[2]},
        _licence(licence),
        {
            "@id": _TOOL, "@type": "SoftwareApplication", "name": "jupyter-coimprove",
            "softwareVersion": version or "not recorded",
        },
        *({"@id": _person(one), "@type": "Person", "name": one} for one in people),
        *(
            {
                "@id": _file(one.path), "@type": ["File", "SoftwareSourceCode"] if one.path in code else "File",
                "name": one.about, "contentSize": str(one.size), "sha256": one.sha256, "encodingFormat": _kind(one.path),
                **({"version": one.sha256[:12]} if one.path in code else {}),
            }
            for one in files
        ),
        *map(_action, actions),
        *(
            {
                "@id": _held(one.path), "@type": "CreativeWork", "name": one.path, "conditionsOfAccess": one.why,
                **({} if one.size is None else {"size": str(one.size)}),
            }
            for one in withheld
        ),
    ]  # fmt: skip
    return {"@context": [CONTEXT, _TERMS], "@graph": graph}


def described(found: Any) -> tuple[tuple[Packed, ...], tuple[Withheld, ...]]:
    """The files and what is withheld, of a description. ValueError where it is none of ours."""
    try:
        graph = {str(one["@id"]): one for one in found["@graph"]}
        top = graph["./"]
        # Bundles of before named files as they are, and held back inside the root, not as entities.
        plain = "withheld" in top
        files = tuple(
            Packed(
                path=id_ if plain else unquote(id_), about=str(graph[id_]["name"]),
                size=int(graph[id_]["contentSize"]), sha256=str(graph[id_]["sha256"]),
            )
            for id_ in _ids(top.get("hasPart"))
        )  # fmt: skip
        held = [(one["path"], one["why"], one.get("size")) for one in top.get("withheld", ())]
        named = [graph[id_] for id_ in _ids(top.get("mentions"))]
        held += [
            (one["name"], one["conditionsOfAccess"], one.get("size"))
            for one in named
            if "conditionsOfAccess" in one
        ]
        return files, tuple(
            Withheld(path=str(path), why=str(why), size=None if size is None else int(size))
            for path, why, size in held
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"it names its files otherwise ({type(error).__name__}: {error})") from error


def _action(one: Action) -> dict[str, Any]:
    status = "FailedActionStatus" if one.error else "CompletedActionStatus"
    return {
        "@id": f"#{one.id}", "@type": "CreateAction", "name": one.name, "endTime": one.at.replace("Z", "+00:00"),
        "description": "one execution of the code with what this arm and block bind",
        "actionStatus": f"http://schema.org/{status}", **({"error": one.error} if one.error else {}),
        **_refs("instrument", [_file(one.instrument) if one.instrument else _TOOL]),
        **_refs("object", map(_file, one.used)), **_refs("result", map(_file, one.results)),
        **_refs("agent", [_person(one.agent)] if one.agent else []),
    }  # fmt: skip


def _refs(name: str, ids: Any) -> dict[str, Any]:
    """A property that refers to entities: one by itself, several as a list, of none no property."""
    found = [{"@id": one} for one in dict.fromkeys(ids)]
    return {name: found if len(found) > 1 else found[0]} if found else {}


def _ids(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [] if value is None else [value]:
        yield str(one["@id"])


def _licence(said: str) -> dict[str, Any]:
    """The licence as an entity: an address is its own name, other words are told as they were said."""
    if said.startswith(("https://", "http://")):
        return {
            "@id": said,
            "@type": "CreativeWork",
            "name": said,
            "description": "the licence of this bundle",
        }
    about = (
        "as whoever made this bundle named it"
        if said
        else "whoever made this bundle did not name one: ask before you use it further"
    )
    return {"@id": "#licence", "@type": "CreativeWork", "name": said or "not stated", "description": about}


def _file(path: str) -> str:
    return quote(path)


def _held(path: str) -> str:
    return f"#withheld-{quote(path)}"


def _person(name: str) -> str:
    return f"#person-{quote(name, safe='')}"


def _kind(path: str) -> str:
    dot = path.rfind(".")
    return _TYPES.get(path[dot:].lower(), _BYTES) if dot > path.rfind("/") else _BYTES
