"""The engine behind which an experiment costs what it changes: papermill's, with kernels forked from what runs share."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.engines.papermill.environment import kernelspec
from jupyter_coimprove.engines.shared_prefix.node import Node
from jupyter_coimprove.engines.shared_prefix.nursery import Nursery
from jupyter_coimprove.engines.shared_prefix.planning import Plan, path, plans, root_of
from jupyter_coimprove.runs.engine import Queue, RunEvent
from jupyter_coimprove.runs.run import Outcome, Work

#: How many runs down the queue are looked at for cells to begin with.
_FAR = 256


class SharedPrefixEngine(PapermillEngine):
    """Executes once what runs have in common, and forks a kernel for each; a run that cannot be forked is executed
    whole, with the same outputs. ``Outcome.environment["shared"]`` says which cells were shared, and why no more."""

    name = "shared"

    def __init__(self, *, ahead: bool = True, **kwargs: Any) -> None:
        """``ahead``: what waits in the queue will be executed here, so that its cells may be begun before."""
        super().__init__(**kwargs)
        self._ahead = ahead
        #: Where cells were begun for runs that still wait in the queue.
        self._begun: dict[str, Node] = {}
        self._limit = 1
        self._env_digest = digest_json(dict(self._env))
        #: Of all plans, and of those whose run is not over: how many come by each key.
        self._counts: Counter[str] = Counter()
        self._left: Counter[str] = Counter()
        self._languages: dict[str, str] = {}
        self._nursery: Nursery | None = None
        self._known: dict[str, Work] = {}
        self._over: set[str] = set()
        self._plans: dict[str, Plan] = {}
        self._barred: dict[str, str] = {}
        self._off: dict[str, str] = {}
        self._held: dict[str, tuple[Work, Node | None]] = {}
        self._ended: dict[str, Literal["cancelled", "timed_out"]] = {}
        self._from: dict[str, Node] = {}
        #: Where runs under way were forked: plans may be made anew meanwhile.
        self._used: dict[str, Node] = {}
        self._queue: Queue | None = None
        #: What was told last of cells that runs wait for: the place, and how many of them are executed.
        self._said: tuple[str, int] = ("", 0)

    def check(self, kernel: str) -> Mapping[str, Any]:
        """As papermill's, and which engine it was."""
        return {**super().check(kernel), "engine": self.name}

    def stop(self, run: str, state: Literal["cancelled", "timed_out"]) -> None:
        with self._lock:
            if run in self._held:
                self._ended[run] = state
                return
        super().stop(run, state)

    def _loop(self, work: Queue, report: Callable[[RunEvent], None], limit: int, folder: Path) -> None:
        self._nursery = Nursery(folder / "n", self._env, lambda: self._heard.put(None))
        self._queue, self._limit = work, limit

        def told(event: RunEvent) -> None:
            report(event)
            if event.type == "finished":
                self._finished(event.run)

        try:
            super()._loop(work, told, limit, folder)
        finally:
            self._nursery.close()
            self._nursery = None

    # -- what comes next

    def _next(self, work: Queue, report: Callable[[RunEvent], None], free: int) -> Work | None:
        """A run whose cells in common are executed; those that must wait for theirs are held meanwhile, and while
        there is no memory for one more fork beside those under way."""
        assert self._nursery is not None
        self._end_held(report)
        if self._no_more():
            return None
        for run, (held, node) in list(self._held.items()):
            if node is None or node.ready.is_set():
                if node is not None and node.failed:
                    self._learn(node)
                    again = self._place(held)
                    self._held[run] = (held, again)
                    if again is not None and not again.ready.is_set():
                        continue
                    if again is not None and again.failed:
                        continue
                if node is not None and self._used and not self._nursery.can_fork(node):
                    # Runs under way give theirs back.
                    continue
                return self._let_go(run)
        due = work.next(0.0) if len(self._held) < free else None
        if due is None:
            self._begin_ahead(free)
            self._say_how_far(report)
            return None
        with self._lock:
            self._held[due.run] = (due, None)
        self._held[due.run] = (due, self._place(due))
        return self._next(work, report, 0)

    def _let_go(self, run: str) -> Work:
        with self._lock:
            work, node = self._held.pop(run)
        if node is not None:
            self._from[run] = node
        return work

    def _begin_ahead(self, free: int) -> None:
        """Execute cells for runs further down the queue on cores that would only wait for those of the first ones.

        Not more at a time than there are free workers, and at most one a worker that no run has come to yet.
        Where memory is short, none.
        """
        assert self._nursery is not None
        known = set(self._nursery.known())
        self._begun = {key: node for key, node in self._begun.items() if key in known and not node.failed}
        waited = {node.key for _, node in self._held.values() if node is not None and not node.ready.is_set()}
        if not self._ahead or not waited or self._nursery.refused:
            return
        for due in islice(self._foreseen(), _FAR):
            under_way = waited | {key for key, node in self._begun.items() if not node.ready.is_set()}
            if len(under_way) >= free or len(self._begun) >= self._limit:
                return
            plan = self._plans.get(due.run)
            # A run that waits for a card has no place yet.
            if plan is None or plan.root not in known or self._off_for(due):
                continue
            depths = path(plan, self._counts, self._barred)
            key = plan.steps[depths[-1] - 1].key if depths else plan.root
            if key not in known:
                self._begun[key] = self._nursery.node(plan, depths, due)
                known.add(key)

    def _say_how_far(self, report: Callable[[RunEvent], None]) -> None:
        """Tell of the cells in common that the first run waits for, each time one more of them is executed."""
        for run, (_, node) in self._held.items():
            if node is not None and node.depth and not node.ready.is_set():
                done = node.so_far()
                if (node.key, done) != self._said:
                    self._said = node.key, done
                    report(RunEvent(run=run, type="common", detail={"done": done, "of": node.depth}))
                return

    def _at_once(self, limit: int) -> int:
        """They begin while the cells in common are looked for and executed."""
        return min(limit, len(self._foreseen()))

    def _held_back(self) -> int:
        return len(self._held)

    def _end_held(self, report: Callable[[RunEvent], None]) -> None:
        """Runs that were stopped before they began; all of them once nothing is to begin any more."""
        with self._lock:
            ended = {run: state for run, state in self._ended.items() if run in self._held}
            if self._no_more() == "cancelled":
                ended |= {run: "cancelled" for run in self._held if run not in ended}
            self._ended.clear()
            for run in ended:
                del self._held[run]
        for run, state in ended.items():
            report(RunEvent(run=run, type="started"))
            outcome = Outcome(run=run, state=state, reason=state)
            report(RunEvent(run=run, type="finished", outcome=outcome))

    # -- where a run begins

    def _place(self, work: Work) -> Node | None:
        """The process from which this run is forked; None when it is to be executed whole."""
        assert self._nursery is not None
        why = self._off_for(work)
        if why:
            self._off[work.run] = why
            return None
        # It begins while the cells are read.
        self._nursery.begin(root_of(work, self._env_digest), work)
        self._see(work)
        plan = self._plans[work.run]
        node = self._nursery.node(plan, path(plan, self._counts, self._barred), work)
        self._begun.pop(node.key, None)
        return node

    def _off_for(self, work: Work) -> str:
        """Why this run, or any of its kernel, is never forked here; empty when it is."""
        if work.alone:
            return work.alone
        if sys.platform != "linux":
            return "only Linux forks a kernel safely"
        if "" in self._off:
            return self._off[""]
        if work.kernel not in self._languages:
            self._languages[work.kernel] = str(kernelspec(work.kernel).language).lower()
        if self._languages[work.kernel] != "python":
            return "its kernel speaks another language"
        return self._off.get(f"root {self._plans[work.run].root}" if work.run in self._plans else "-", "")

    def _see(self, work: Work) -> None:
        """Plan this run with all that are known: those that wait in the queue too, where it tells."""
        fresh = [w for w in self._foreseen() if w.run not in self._plans and not w.alone]
        # A card is given to a run only when its turn comes.
        if self._known.get(work.run) != work:
            fresh.append(work)
        if not fresh:
            return
        self._known.update({w.run: w for w in fresh})
        self._plans = plans(list(self._known.values()), self._env_digest)
        # Also of those that are over: their processes wait for as long as a run is left that needs them.
        self._counts = Counter(step.key for plan in self._plans.values() for step in plan.steps)
        self._left = Counter(
            key for run, plan in self._plans.items() if run not in self._over for key in _keys(plan)
        )

    def _learn(self, node: Node) -> None:
        """What a failure says about other runs: that cell is not shared, or nothing from that root."""
        assert self._nursery is not None
        self._nursery.forget(node)
        if node.barred:
            self._barred[node.barred] = node.failed
        elif node.depth == 0:
            self._off[f"root {node.key}"] = node.failed
        elif node.parent is not None and node.parent.failed:
            self._learn(node.parent)
        else:
            self._barred[node.key] = node.failed

    def _order(self, work: Work) -> dict[str, Any]:
        order = super()._order(work)
        node = self._from.pop(work.run, None)
        plan = self._plans.get(work.run)
        if node is None or plan is None or node.failed or self._nursery is None:
            return {
                **order,
                "why": self._off.get(work.run, "") or self._off.get(f"root {plan.root}" if plan else "", ""),
            }
        self._used[work.run] = node
        why = plan.why(node.depth, self._barred)
        if any(step.key in self._nursery.refused for step in plan.steps[node.depth :]):
            why = "there was no memory for one more process that waits with cells executed"
        prefix = self._nursery.prefix(node, plan, why)
        return {**order, "prefix": prefix.as_dict()}

    def _finished(self, run: str) -> None:
        """Processes that no known run needs any more are let go."""
        if run not in self._over and run in self._plans:
            self._left.subtract(_keys(self._plans[run]))
        self._over.add(run)
        self._used.pop(run, None)
        if self._nursery is not None and self._sees_ahead():
            wanted = {key for key in self._nursery.known() if self._left[key]}
            waited = [node for _, node in self._held.values() if node is not None]
            self._nursery.keep(wanted | {node.key for node in (*self._used.values(), *waited)})

    def _no_more(self) -> str:
        """Why what was taken from the queue is not to begin now: ``paused`` or ``cancelled``; empty when it may."""
        return str(getattr(self._queue, "held", ""))

    def _sees_ahead(self) -> bool:
        return callable(getattr(self._queue, "waiting", None))

    def _foreseen(self) -> tuple[Work, ...]:
        waiting = getattr(self._queue, "waiting", None)
        return tuple(waiting()) if callable(waiting) else ()


def _keys(plan: Plan) -> set[str]:
    """All places from which a run may be forked."""
    return {plan.root, *(step.key for step in plan.steps)}
