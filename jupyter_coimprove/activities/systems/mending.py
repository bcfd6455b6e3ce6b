"""What would make a notebook come out again: seeds, a path in its own folder, a name or cell put right; nothing is run."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jupyter_coimprove.activities.systems.reading import Read
from jupyter_coimprove.activities.systems.verdict import Rerun
from jupyter_coimprove.experiments.redrawn import seeding_before, unseeded
from jupyter_coimprove.experiments.seeding import seeding_source
from jupyter_coimprove.notebook.candidates import Chance
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.failures.explain import explain
from jupyter_coimprove.notebook.failures.failure import Facts, Failure

#: What global generators are seeded with.
SEED = 0


@dataclass(frozen=True, kw_only=True)
class Mended:
    """The new sources of cells (0-based); what was wrong as a ``kind`` (``state``, ``seed``, ``path``, ``order``), and why.

    ``sources`` may be empty: the cause is known, the repair is not. ``cell`` is where it shows.
    """

    kind: str
    cell: int
    why: str
    sources: Mapping[int, str]


def seeded(notebook: Notebook, facts: Read, chance: Chance | None) -> Mended | None:
    """A seed for every global generator that is drawn from without one; None where there is none."""
    names = unseeded(chance)
    drawn = [cell for cell in sorted(facts.draws) if facts.draws[cell]]
    if not names or not drawn:
        return None
    roots = frozenset(chance.imported) if chance is not None else frozenset()
    lines = seeding_source(names, roots)
    at = seeding_before(notebook, chance, names)
    if lines is None or at is None:
        return None
    source = notebook.cells[at].source
    put = "\n".join(lines.replace("{block}", str(SEED)).split("\n")[1:])
    return Mended(
        kind="seed", cell=drawn[0], why=f"{facts.draws[drawn[0]][0]} draws without a seed", sources={at: f"{put}\n{source}"}
    )  # fmt: skip


def repaired(notebook: Notebook, facts: Read, rerun: Rerun, transform: Callable[[str], str]) -> Mended | None:
    """What a run that failed is mended by; None for one that did not fail at a cell."""
    if rerun.failed is None or rerun.failed < 0:
        return None
    cell = rerun.failed
    gone = [one for one in facts.paths if not one.here and one.path in rerun.evalue]
    if gone:
        return _moved(notebook, facts, cell, gone[0].path)
    failure = Failure(ename=rerun.ename, evalue=rerun.evalue, cell=cell, inner=cell)
    found = explain(notebook, failure, Facts(), transform)
    kind = "order" if found.rule == "defined below" else "state"
    return Mended(kind=kind, cell=cell, why=found.cause, sources=_edited(notebook, found.edits))


def _edited(notebook: Notebook, edits: tuple[Mapping[str, object], ...]) -> dict[int, str]:
    """Edits as new sources of the cells that are there: what is inserted stands at the top of the cell behind it."""
    out: dict[int, str] = {}
    for edit in edits:
        at, source = int(str(edit["cell"] or 0)), str(edit["source"])
        if edit["kind"] == "insert":
            if at < len(notebook.cells):
                out[at] = f"{source}\n{notebook.cells[at].source}"
        elif edit["kind"] == "delete":
            out[at - 1] = "# It stands further up now."
        else:
            out[at - 1] = source
    return out


def _moved(notebook: Notebook, facts: Read, cell: int, path: str) -> Mended:
    """A path of one machine, where the notebook itself writes a file of that name: that one."""
    why = f"{path!r} is not on this machine"
    name = posixpath.basename(path.replace("\\", "/"))
    own = [
        node.value
        for statement in facts.flow.statements
        if statement.cell <= cell
        for node in statement.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != path
        and posixpath.basename(node.value) == name and not node.value.startswith(("/", "~"))
    ]  # fmt: skip
    homes = [one.cell for one in facts.paths if one.path == path]
    at = homes[0] if homes else cell
    source = notebook.cells[at].source
    if len(set(own)) != 1 or source.count(path) != 1:
        return Mended(kind="path", cell=at, why=why, sources={})
    return Mended(
        kind="path", cell=at, why=f"{why}; the notebook writes {own[0]!r}", sources={at: source.replace(path, own[0])}
    )  # fmt: skip
