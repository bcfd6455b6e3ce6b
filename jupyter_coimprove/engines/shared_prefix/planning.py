"""How far each run may be shared, and with which others: a trie over the cells of all runs that are known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.engines.papermill.injection import INJECTED
from jupyter_coimprove.engines.shared_prefix.prefix import ADDED
from jupyter_coimprove.engines.shared_prefix.sharing import Shared, Variant, share, varied_parameters
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.runs.run import Work

#: What a run sees of itself alone, and what needs a loop that lives longer than the cells in common.
_OWN = re.compile(r"\b(COIMPROVE_RUN_DIR|await|asyncio|nest_asyncio|argv)\b")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One executed cell. ``key`` is equal where the state after it is, but for what is withheld; ``needs`` are the
    addresses that must hold this run's values before it; ``sets``: address -> this run's literal, of what it only
    sets; ``stop``: why it must not be shared."""

    index: int
    source: str
    key: str
    needs: frozenset[str] = frozenset()
    sets: Mapping[str, str] = field(default_factory=dict)
    stop: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one run may be shared. ``varied`` are parameters that known runs do not agree on, ``common`` the others,
    ``root`` what a process must agree on before its first cell."""

    run: str
    root: str
    steps: tuple[Step, ...]
    parameters: Mapping[str, Any]
    common: frozenset[str]
    varied: frozenset[str]

    def limit(self, barred: Mapping[str, str]) -> tuple[int, str]:
        """How many cells may be shared at most, and why not one more."""
        for place, step in enumerate(self.steps):
            why = step.stop or barred.get(step.key, "")
            if why:
                return place, f"cell {step.index + 1}: {why}" if step.index != ADDED else why
        return len(self.steps), ""

    def why(self, depth: int, barred: Mapping[str, str]) -> str:
        """Why the run shares no more than ``depth`` cells."""
        limit, why = self.limit(barred)
        if depth >= limit:
            return why or "all cells are shared"
        step = self.steps[depth]
        needed = sorted(step.needs - (self.steps[depth - 1].needs if depth else frozenset()))
        at = f"cell {step.index + 1}" if step.index != ADDED else "the parameters"
        return f"{at} depends on {', '.join(needed)}" if needed else f"{at} is not the same in any other run"

    def late(self, depth: int) -> list[str]:
        """What is withheld after ``depth`` cells: parameters in the order of injection (those that this run does
        not set, and that keep what its cells gave them, come last), then what the cells only set."""
        done = self.steps[:depth]
        needs = done[-1].needs if done else frozenset[str]()
        out: list[str] = []
        if any(step.index == ADDED for step in done):
            without = self.varied - needs
            out += [name for name in self.parameters if name in without]
            out += sorted(without - set(self.parameters))
        return out + [address for step in done for address in step.sets if address not in needs]

    def given(self, addresses: Iterable[str]) -> list[list[str | None]]:
        """How these come back: each with a literal, or None for what was there."""
        own = {address: text for step in self.steps for address, text in step.sets.items()}
        own |= {name: repr(value) for name, value in self.parameters.items()}
        return [[address, own.get(address)] for address in addresses]


def literals(parameters: Mapping[str, Any], names: Iterable[str]) -> str:
    """Assignments of these parameters; all are JSON, whose Python literals papermill writes too."""
    return "\n".join(f"{name} = {parameters[name]!r}" for name in names)


def as_cell(plan: Plan, place: int) -> dict[str, Any]:
    """A step as the waiting process executes it: what is given back before, and what is withheld after."""
    step = plan.steps[place]
    before, after = plan.late(place), plan.late(place + 1)
    source = step.source
    if step.index == ADDED:
        common = [name for name in plan.parameters if name in plan.common]
        # A cell of comments counts as one; an empty one would not.
        source = "# Parameters\n" + literals(plan.parameters, common)
    return {
        "index": step.index, "source": source, "sets": dict(step.sets),
        "give": plan.given([address for address in before if address not in after]),
        "take": [address for address in after if address not in before],
    }  # fmt: skip


def plans(works: Sequence[Work], environment: str) -> dict[str, Plan]:
    """A plan for every one of these runs, by run. ``environment`` is a digest of what else they run in."""
    together: dict[str, list[Work]] = {}
    for work in works:
        together.setdefault(root_of(work, environment), []).append(work)
    return {work.run: plan for root, those in together.items() for work, plan in _plans(those, root)}


def root_of(work: Work, environment: str) -> str:
    """What a process must agree on with this run before its first cell."""
    return digest_json(
        {
            "environment": environment, "kernel": work.kernel, "folder": str(work.source_dir),
            "snapshot": str(work.snapshot), "overlay": dict(work.overlay), "threads": work.threads,
            "device": work.device, "env": dict(work.env), "output": work.limits.output_bytes,
            # A repeat is there to show what differs by itself: it shares nothing with what it repeats.
            "replicate": work.replicate,
        }
    )  # fmt: skip


def _plans(works: Sequence[Work], root: str) -> Iterator[tuple[Work, Plan]]:
    """Plans of runs that may share their first cell."""
    laid = {work.run: _laid_out(work) for work in works}
    variants = [
        Variant(
            sources=[source for index, source in laid[w.run][0] if index != ADDED], parameters=w.parameters,
            at=laid[w.run][1], files=w.overlay,
        )
        for w in works
    ]  # fmt: skip
    shared = share(variants, transform=python_source, settings=True)
    varied = varied_parameters(variants)
    for work, cells in zip(works, shared, strict=True):
        common = frozenset(work.parameters) - varied
        steps = _steps(work, laid[work.run][0], cells, root, common)
        yield work, Plan(
            run=work.run, root=root, steps=tuple(steps), parameters=dict(work.parameters), common=common,
            varied=varied,
        )  # fmt: skip


def _steps(
    work: Work, cells: Sequence[tuple[int, str]], shared: Sequence[Shared], root: str, common: frozenset[str]
) -> Iterator[Step]:
    rest = iter(shared)
    before, needs, added = root, frozenset[str](), ""
    for index, source in cells:
        if index == ADDED:
            # As text: 1, 1.0 and True are three values, and one number in JSON.
            added = digest_json({name: repr(work.parameters[name]) for name in sorted(common)})
            yield Step(index=index, source=source, key=digest_json([root, before, added]), needs=needs)
            continue
        cell = next(rest)
        before, needs = cell.key, cell.needs
        yield Step(
            index=index, source=source, key=digest_json([root, cell.key, added]), needs=needs, sets=cell.sets,
            stop=cell.stop or _own(source, cell.sets),
        )  # fmt: skip


def _own(source: str, sets: Mapping[str, str]) -> str:
    """Why a cell shows something of one run to others that share it; empty where it does not."""
    if own := _OWN.search(source):
        return f"it has {own[0]}"
    if any("\n" in text for text in sets.values()):
        return "a value that it sets goes over several lines"
    # It knows in which column it stands.
    if any(re.search(rf"(?<!\w){re.escape(text)}[^\n]*\blambda\b", source) for text in sets.values()):
        return "there is a function behind a value that it sets, in the same line"
    return ""


def _laid_out(work: Work) -> tuple[list[tuple[int, str]], int]:
    """The cells that a kernel is given, in order, and before which of the notebook's own the injected one comes."""
    nodes = list(work.notebook.get("cells", ()))
    tags = [set(node.get("metadata", {}).get("tags", ())) for node in nodes]
    place: int | None = None
    replaced: int | None = None
    if work.parameters:
        replaced = next((i for i, tag in enumerate(tags) if INJECTED in tag), None)
        tagged = next((i for i, tag in enumerate(tags) if "parameters" in tag), None)
        place = replaced if replaced is not None else 0 if tagged is None else tagged + 1
    out: list[tuple[int, str]] = []
    at = 0
    for index, node in enumerate([*nodes, None]):
        if index == place:
            out.append((ADDED, ""))
            at = len(out) - 1
        if node is None or index == replaced or "papermill-error-cell-tag" in tags[index]:
            continue
        source = node.get("source", "")
        source = source if isinstance(source, str) else "".join(source)
        if node.get("cell_type") == "code" and source.strip() and "skip-execution" not in tags[index]:
            out.append((index, source))
    return out, at


def path(plan: Plan, counts: Counter[str], barred: Mapping[str, str]) -> list[int]:
    """After how many cells processes wait from which this run, or others with it, are forked; the last is its own."""
    limit, _ = plan.limit(barred)
    keys = [step.key for step in plan.steps[:limit]]
    out = []
    for depth, key in enumerate(keys, 1):
        further = counts[keys[depth]] if depth < limit else 0
        if counts[key] >= 2 and further < counts[key]:
            out.append(depth)
    return out
