"""`share`: notebook, plan, runs, environment, findings and decisions as one file that a stranger can run again.

All of it is open unless it is withheld, and what is withheld is named with the reason. Secrets are masked
in every text; paths of this machine are cut down to where the project begins.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.activities.activity import Section, Study
from jupyter_coimprove.activities.table import SHARE
from jupyter_coimprove.clock import iso
from jupyter_coimprove.errors import NothingToDo, UsageError
from jupyter_coimprove.workbench import acting, shelf
from jupyter_coimprove.workbench.packing import Packing, is_bundle, rules, scrubber, written
from jupyter_coimprove.workbench.views_activities import ActivityView

if TYPE_CHECKING:
    from jupyter_coimprove.record.base import Item, Record
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.writeup.crate import Action

#: The record of what is shared, and how it is run again, by their names in the bundle.
RECORD, README, PACKAGES = "record.json", "README.md", "requirements.txt"
#: A larger file is withheld unless ``--max-mb`` says otherwise.
MAX_MB = 100.0


def share(
    bench: Bench, *, notebook: str, output: str | None = None, withhold: list[str] | None = None, max_mb: float | None = None,
    licence: str | None = None, provider: str | None = None, model: str | None = None,
) -> ActivityView:  # fmt: skip
    """Write the bundle of a notebook. NothingToDo where no experiment of it has run.

    ``withhold`` are ``GLOB=WHY``; a bundle that is there already is replaced only if it is one.
    """
    from jupyter_coimprove.notebook.io import write_atomic

    bench.require_person("a bundle gives away what is in this project; it")
    path = bench.path(notebook).resolve()
    book = shelf.read_notebook(bench, path)
    root = bench.root(path)
    name = shelf.notebook_name(root, path)
    record = bench.record(path)
    told = [
        item for item in record.find("experiment", notebook=name)
        if item.trust == "own" and "digest" in item.data and not shelf.is_probe(item) and shelf.runs_of(record, item.id)
    ]  # fmt: skip
    if not told:
        raise NothingToDo(
            f"no experiment of {path.name} has run",
            remedy=f"`coimprove plan {shlex.quote(notebook)}` makes one",
        )
    if not path.is_relative_to(root):
        raise UsageError(
            f"{path} lies outside its project {root}", remedy="use --root with a folder above it"
        )
    target = bench.path(output) if output else bench.layout(path).reports / f"{path.stem}.crate.zip"
    if target.exists() and not is_bundle(target):
        raise UsageError(f"{target} is there already and is no bundle", remedy="choose another --output")
    packing = Packing(root, scrubber(), rules(withhold or []), int((max_mb or MAX_MB) * 2**20))
    packing.add(name, "the notebook")
    for file in _beside(root, path, book):
        packing.add(file, "read by the notebook")
    for item in told:
        for frozen in _files(bench.layout(path).experiment(item.id)):
            packing.add(
                frozen.relative_to(root).as_posix(),
                f"the plan of {item.id}, and its code as it was registered",
            )
        for run in shelf.runs_of(record, item.id):
            artifact = bench.layout(path).run(run.id) / "output.ipynb"
            if artifact.is_file():
                packing.add(
                    artifact.relative_to(root).as_posix(),
                    f"{run.id}: {run.data['arm']}, block {run.data['block']}",
                )
    items = list(_items(record, told))
    packing.put(RECORD, _record(items, packing), "plans, runs, findings and decisions, as they were recorded")
    packing.put(PACKAGES, _packages(items), "what the runs had installed")
    _report(bench, name, packing)
    people = sorted(
        {str(item.actor.get("display")) for item in items if item.actor.get("kind") == "person"} - {"None"}
    )
    packing.put(README, _readme(path.name, told, packing), "what this is, and how to run it again")
    made = written(
        packing, name=f"{path.stem}: experiments and findings", at=iso(bench.clock.wall_ms()), people=people,
        actions=list(_actions(items, packing)), licence=licence or "",
    )  # fmt: skip
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(target, made, expect=None)
    return acting.answer(
        bench, SHARE, path, _study(target, packing, items), files=(str(target),), provider=provider, model=model,
        next=(f"coimprove verify {shlex.quote(str(target))}", f"coimprove verify {shlex.quote(str(target))} --rerun"),
    )  # fmt: skip


def _beside(root: Path, path: Path, book: Any) -> Iterator[str]:
    """Files that the code names, and its local modules, below the project; by their names from its top."""
    from jupyter_coimprove.runs.provenance import named_inputs
    from jupyter_coimprove.workbench.beside import plain_sources

    folder = path.parent
    sources = [
        *plain_sources(book).values(),
        *(text for file, text in book.beside.items() if file.endswith(".py")),
    ]
    names = [*book.beside, *(str(entry["path"]) for entry in named_inputs(sources, folder).files)]
    for name in dict.fromkeys(names):
        file = (folder / name).resolve()
        if file.is_file() and file.is_relative_to(root):
            yield file.relative_to(root).as_posix()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _items(record: Record, told: Sequence[Item]) -> Iterator[Item]:
    """The experiments, and all that was recorded about them."""
    ids = {item.id for item in told}
    yield from told
    for kind in ("run", "finding", "prediction"):
        for item in record.find(kind):
            if item.data.get("experiment") in ids and item.trust == "own":
                ids.add(item.id)
                yield item
    for item in record.find("decision"):
        if item.data.get("subject") in ids and item.trust == "own":
            yield item


def _record(items: Sequence[Item], packing: Packing) -> str:
    """The recorded items as JSON; a frozen notebook whose secrets were masked has its new digest."""
    from jupyter_coimprove.digests import digest_bytes

    out = []
    for item in items:
        data = dict(packing.scrubber.data(json.loads(json.dumps(dict(item.data)))))
        frozen = f"coimprove/experiments/{item.id}/{shelf.NOTEBOOK_FILE}"
        if item.kind == "experiment" and frozen in packing.content:
            data["notebook_bytes"] = digest_bytes(packing.content[frozen])
        out.append(
            {
                "id": item.id, "kind": item.kind, "state": item.state, "actor": dict(item.actor), "created": item.created,
                "changed": item.changed, "data": data,
            }
        )  # fmt: skip
    return packing.local(json.dumps({"v": 1, "items": out}, indent=1, ensure_ascii=False, allow_nan=False))


def _packages(items: Sequence[Item]) -> str:
    """``name==version`` a line: what the kernel of the newest experiment had of what numbers depend on."""
    for item in reversed([item for item in items if item.kind == "experiment"]):
        environment = item.data.get("environment")
        packages = environment.get("packages") if isinstance(environment, Mapping) else None
        if isinstance(environment, Mapping) and isinstance(packages, Mapping) and packages:
            lines = [f"{name}=={version}" for name, version in sorted(packages.items())]
            return "\n".join([f"# Python {environment.get('python', '')}", *lines]) + "\n"
    return "# not recorded\n"


def _report(bench: Bench, name: str, packing: Packing) -> None:
    """The write-up, where a finding is accepted."""
    from jupyter_coimprove.workbench.reporting import gather
    from jupyter_coimprove.writeup.render import to_html, to_markdown

    try:
        built = gather(bench, name, None)
    except NothingToDo:
        return
    for file, text in (("report.md", to_markdown(built)), ("report.html", to_html(built))):
        packing.put(
            file, packing.local(packing.scrubber.text(text)), "the write-up, from accepted findings only"
        )


def _readme(notebook: str, told: Sequence[Item], packing: Packing) -> str:
    lines = [
        f"# {notebook}", "", f"{len(told)} experiment{'s' if len(told) > 1 else ''} with plans, runs and decisions.", "",
        "```", "pip install jupyter-coimprove", f"pip install -r {PACKAGES}", "coimprove verify THIS.zip", "coimprove verify THIS.zip --rerun",
        "```", "", "The first checks every file against the list in `ro-crate-metadata.json`; the second runs the experiments again",
        "in a folder of its own and compares each response with the recorded one. Read the notebook first: it runs as you.", "",
    ]  # fmt: skip
    if packing.withheld:
        lines += ["## Withheld", "", *(f"- `{one.path}`: {one.why}" for one in packing.withheld), ""]
    return "\n".join(lines)


def _actions(items: Sequence[Item], packing: Packing) -> Iterator[Action]:
    """Each run that ended: by the code and the plan as registered, as far as they are in the bundle."""
    from jupyter_coimprove.writeup.crate import Action

    accepted = {
        str(item.data["subject"]): str(item.actor["display"])
        for item in items
        if item.kind == "decision" and item.actor.get("kind") == "person"
    }
    for item in items:
        if item.kind != "run" or item.state in ("queued", "running", "paused"):
            continue
        folder = f"coimprove/experiments/{item.data['experiment']}"
        code, *rest = (
            name if name in packing.content else ""
            for name in (
                f"{folder}/{shelf.NOTEBOOK_FILE}",
                f"{folder}/{shelf.PLAN_FILE}",
                f"coimprove/runs/{item.id}/output.ipynb",
            )
        )
        plan, artifact = rest
        failed = item.data.get("error") or {}
        error = str(failed.get("name") or item.data.get("reason") or item.state)
        yield Action(
            id=item.id, name=f"{item.data['arm']}, block {item.data['block']}: {item.state}", at=item.changed,
            results=(artifact,) if artifact else (), used=(plan,) if plan else (), instrument=code,
            agent=accepted.get(str(item.data["experiment"]), ""), error="" if item.state in ("completed", "reused") else error,
        )  # fmt: skip


def _study(target: Path, packing: Packing, items: Sequence[Item]) -> Study:
    counts: dict[str, int] = {}
    for item in items:
        counts[item.kind] = counts.get(item.kind, 0) + 1
    size = sum(map(len, packing.content.values()))
    sections = [
        Section(
            title="In it",
            facts=(
                ("files", f"{len(packing.content)} ({size / 2**20:.1f} MB before packing)"),
                (
                    "recorded",
                    ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items()),
                ),
            ),
        )
    ]
    if packing.withheld:
        rows = tuple((one.path, one.why) for one in packing.withheld)
        sections.append(
            Section(title="Withheld, and said so in the bundle", columns=("file", "why"), rows=rows)
        )
    else:
        sections.append(Section(title="Withheld", lines=("nothing: all of it is open",)))
    return Study(
        headline=f"{target.name} holds what a stranger needs to run this again", sections=tuple(sections)
    )
