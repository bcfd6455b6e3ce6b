"""A bundle's description keeps the rules of RO-Crate 1.1, and is read back as it was written."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jupyter_coimprove.writeup.crate import NAME, Action, Packed, Withheld, crate, described

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\x00"), min_size=1, max_size=12).filter(
    lambda name: name not in (".", "..")
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join).filter(lambda path: path != NAME)


def packed(path: str) -> Packed:
    return Packed(path=path, about=f"about {path}", size=3, sha256="ab" * 32)


def broken(found: dict[str, Any]) -> list[str]:
    """What is against the rules for a description's form (RO-Crate 1.1, sections 3, 4 and appendix)."""
    graph = found["@graph"]
    ids = [one["@id"] for one in graph]
    out = [f"{id_} twice" for id_ in set(ids) if ids.count(id_) > 1]
    for one in graph:
        if not re.fullmatch(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", one["@id"]):
            out.append(f"{one['@id']} is no address")
        for name, value in one.items():
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, dict) and set(part) != {"@id"}:
                    out.append(f"{one['@id']}: {name} is not flat")
                elif (
                    isinstance(part, dict)
                    and part["@id"] not in ids
                    and part["@id"] != found["@context"][0][:-8]
                ):
                    out.append(f"{one['@id']}: {name} names {part['@id']}, which is nowhere")
            if isinstance(value, list) and len(value) < 2:
                out.append(f"{one['@id']}: {name} is a list of {len(value)}")
    root = next(one for one in graph if one["@id"] == "./")
    return out + [
        f"no {name}" for name in ("name", "description", "datePublished", "license") if not root.get(name)
    ]


@given(
    paths=st.lists(PATHS, max_size=4, unique=True),
    held=st.lists(PATHS, max_size=3, unique=True),
    people=st.lists(st.text(min_size=1, max_size=8), max_size=3, unique=True),
    licence=st.sampled_from(["", "MIT", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"]),
)
def test_whatever_files_and_people_are_called_the_description_is_sound_and_read_back(
    paths, held, people, licence
):
    files = tuple(map(packed, paths))
    kept = tuple(Withheld(path=path, why="patients did not agree", size=5) for path in held)
    runs = [
        Action(
            id="run_1", name="baseline", at="2026-01-01T00:00:00.000Z", results=tuple(paths[:1]), agent="A B"
        )
    ]
    found = crate(
        name="n", at="2026-01-01T00:00:00.000Z", about="a", files=files, withheld=kept, people=people, actions=runs,
        licence=licence,
    )  # fmt: skip
    assert not broken(found)
    assert described(found) == (files, kept)


def test_a_run_says_what_was_executed_by_which_plan_and_how_it_ended():
    files = [packed(path) for path in ("e/notebook.ipynb", "e/plan.toml", "r/output.ipynb")]
    done = Action(
        id="run_1", name="baseline, block 1: completed", at="2026-01-01T00:00:00Z", results=("r/output.ipynb",),
        instrument="e/notebook.ipynb", used=("e/plan.toml",), agent="Ada",
    )  # fmt: skip
    lost = Action(id="run_2", name="lost", at="2026-01-01T00:00:00Z", results=(), error="MemoryError")
    found = crate(
        name="n",
        at="2026-01-01T00:00:00Z",
        about="a",
        files=files,
        withheld=(),
        people=["Ada"],
        actions=[done, lost],
    )
    assert not broken(found)
    graph = {one["@id"]: one for one in found["@graph"]}
    assert graph["e/notebook.ipynb"]["@type"] == ["File", "SoftwareSourceCode"]
    assert graph["#run_1"]["actionStatus"].endswith("/CompletedActionStatus")
    assert (graph["#run_2"]["error"], graph["#run_2"]["instrument"]["@id"]) == (
        "MemoryError",
        "#jupyter-coimprove",
    )
    assert graph["#run_2"]["actionStatus"].endswith("/FailedActionStatus")
    assert graph["./"]["author"] == {"@id": "#person-Ada"}


def test_bundles_of_before_are_still_read():
    top = {
        "@id": "./", "@type": "Dataset", "hasPart": [{"@id": "a 100%25.csv"}],
        "withheld": [{"path": "b.csv", "why": "too large", "size": 9}],
    }  # fmt: skip
    file = {"@id": "a 100%25.csv", "@type": "File", "name": "data", "contentSize": "3", "sha256": "ab"}
    files, held = described({"@graph": [top, file]})
    assert [one.path for one in files] == ["a 100%25.csv"], "they named files as they are"
    assert held == (Withheld(path="b.csv", why="too large", size=9),)
