"""The engine behind which an experiment costs what it changes: papermill's, with kernels forked from what runs share."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.engines.papermill.engine import PapermillEngine
from jupyter_coimprove.engines.papermill.environment import kernelspec
from jupyter_coimprove.engines.shared_prefix.nursery import Node, Nursery
from jupyter_coimprove.engines.shared_prefix.planning import Plan, path, plans
from jupyter_coimprove.runs.engine import Queue, RunEvent
from jupyter_coimprove.runs.run import Outcome, Work


class SharedPrefixEngine(PapermillEngine):
    """Executes once what runs have in common, and forks a kernel for each; a run that cannot be forked is executed
    whole, with the same outputs. ``Outcome.environment["shared"]`` says which cells were shared, and why no more."""

    name = "shared"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
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
        self._nursery = Nursery(folder / "n", self._env, lambda: None)
        self._queue = work

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
        """A run whose cells in common are executed; those that must wait for theirs are held meanwhile."""
        self._end_held(report)
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
                return self._let_go(run)
        if len(self._held) >= free:
            return None
        due = work.next(0.0)
        if due is None:
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

    def _held_back(self) -> int:
        return len(self._held)

    def _end_held(self, report: Callable[[RunEvent], None]) -> None:
        """Runs that were stopped before they began."""
        with self._lock:
            ended = {run: state for run, state in self._ended.items() if run in self._held}
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
        self._see(work)
        plan = self._plans[work.run]
        # Also those that are over: their processes wait for as long as a run is left that needs them.
        counts = Counter(step.key for other in self._plans.values() for step in other.steps)
        return self._nursery.node(plan, path(plan, counts, self._barred), work)

    def _off_for(self, work: Work) -> str:
        """Why runs of this kernel are never forked here; empty when they are."""
        if sys.platform != "linux":
            return "only Linux forks a kernel safely"
        if "" in self._off:
            return self._off[""]
        if str(kernelspec(work.kernel).language).lower() != "python":
            return "its kernel speaks another language"
        return self._off.get(f"root {self._plans[work.run].root}" if work.run in self._plans else "-", "")

    def _see(self, work: Work) -> None:
        """Plan this run with all that are known: those that wait in the queue too, where it tells."""
        fresh = [w for w in self._foreseen() if w.run not in self._plans]
        # A card is given to a run only when its turn comes.
        if self._known.get(work.run) != work:
            fresh.append(work)
        if not fresh:
            return
        self._known.update({w.run: w for w in fresh})
        self._plans = plans(list(self._known.values()), digest_json(dict(self._env)))

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
        self._over.add(run)
        self._used.pop(run, None)
        if self._nursery is not None and self._sees_ahead():
            left = [plan for known, plan in self._plans.items() if known not in self._over]
            wanted = {key for plan in left for key in (plan.root, *(step.key for step in plan.steps))}
            waited = [node for _, node in self._held.values() if node is not None]
            self._nursery.keep(wanted | {node.key for node in (*self._used.values(), *waited)})

    def _sees_ahead(self) -> bool:
        return callable(getattr(self._queue, "waiting", None))

    def _foreseen(self) -> tuple[Work, ...]:
        waiting = getattr(self._queue, "waiting", None)
        return tuple(waiting()) if callable(waiting) else ()
