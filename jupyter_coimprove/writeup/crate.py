"""A bundle's own description: an RO-Crate (version 1.1) that names every file, and what is withheld and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: The description's own name in the bundle (RO-Crate 1.1, section 3).
NAME = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
CONFORMS = "https://w3id.org/ro/crate/1.1"
_TYPES = {
    ".ipynb": "application/x-ipynb+json", ".json": "application/json", ".md": "text/markdown", ".html": "text/html",
    ".toml": "application/toml", ".py": "text/x-python", ".csv": "text/csv", ".txt": "text/plain",
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
    """One run, as a CreateAction: what it was of, when it was kept, and the files it made."""

    id: str
    name: str
    at: str
    results: tuple[str, ...]
    instrument: str


def crate(
    *, name: str, at: str, about: str, files: Sequence[Packed], withheld: Sequence[Withheld], people: Sequence[str],
    actions: Sequence[Action] = (), licence: str = "",
) -> dict[str, Any]:  # fmt: skip
    """The description. ``at`` is ISO 8601, ``people`` those who decided, ``licence`` as the person names it."""
    graph: list[dict[str, Any]] = [
        {
            "@id": NAME, "@type": "CreativeWork", "conformsTo": {"@id": CONFORMS}, "about": {"@id": "./"},
        },
        {
            "@id": "./", "@type": "Dataset", "name": name, "description": about, "datePublished": at,
            "license": licence or "not stated by who made this bundle",
            "author": [{"@id": _person(one)} for one in people],
            "hasPart": [{"@id": one.path} for one in files],
            "mentions": [{"@id": f"#{one.id}"} for one in actions],
            "withheld": [_withheld(one) for one in withheld],
        },
        *({"@id": _person(one), "@type": "Person", "name": one} for one in people),
        *(
            {
                "@id": one.path, "@type": "File", "name": one.about, "contentSize": str(one.size), "sha256": one.sha256,
                **({"encodingFormat": kind} if (kind := _kind(one.path)) else {}),
            }
            for one in files
        ),
        *(
            {
                "@id": f"#{one.id}", "@type": "CreateAction", "name": one.name, "endTime": one.at,
                "instrument": {"@id": one.instrument}, "result": [{"@id": path} for path in one.results],
            }
            for one in actions
        ),
    ]  # fmt: skip
    return {"@context": [CONTEXT, {"withheld": "https://schema.org/conditionsOfAccess"}], "@graph": graph}


def described(found: Any) -> tuple[tuple[Packed, ...], tuple[Withheld, ...]]:
    """The files and what is withheld, of a description. ValueError where it is none of ours."""
    try:
        graph = {str(one["@id"]): one for one in found["@graph"]}
        top = graph["./"]
        files = tuple(
            Packed(
                path=str(part["@id"]), about=str(graph[str(part["@id"])]["name"]),
                size=int(graph[str(part["@id"])]["contentSize"]), sha256=str(graph[str(part["@id"])]["sha256"]),
            )
            for part in top["hasPart"]
        )  # fmt: skip
        held = tuple(
            Withheld(path=str(one["path"]), why=str(one["why"]), size=one.get("size"))
            for one in top.get("withheld", ())
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"it names its files otherwise ({type(error).__name__}: {error})") from error
    return files, held


def _withheld(one: Withheld) -> dict[str, Any]:
    return {"path": one.path, "why": one.why, **({} if one.size is None else {"size": one.size})}


def _person(name: str) -> str:
    return f"#person-{''.join(c if c.isalnum() else '-' for c in name)}"


def _kind(path: str) -> str:
    dot = path.rfind(".")
    return _TYPES.get(path[dot:], "") if dot >= 0 else ""
