"""What a window does with accepted edits: list, claim, and say what became of them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_coimprove.errors import DecisionError, UsageError
from jupyter_coimprove.interfaces.server.handlers import Handler, mapped
from jupyter_coimprove.interfaces.server.identity import actor_of
from jupyter_coimprove.registry import Actor

_LONGEST = 200


class _Applications(Handler):
    """Both routes: a use case of the workbench in a thread, for the notebook that was named."""

    async def carry_out(
        self, path: object, actor: Actor, use_case: Callable[..., Any], *, looks: bool = False
    ) -> Any:
        from jupyter_coimprove.workbench.bench import Bench, Where

        folder, notebook = self.folder_of(path)

        def work(cancelled: Callable[[], bool]) -> Any:
            where = Where(cwd=folder, notebook=notebook, open=notebook is not None, elsewhere=False)
            bench = Bench(where=where, actor=actor, cancelled=cancelled, looks=looks)
            try:
                return use_case(bench, notebook)
            finally:
                bench.close()

        return await self.shared.tasks.carry_out(f"applications-{id(self)}", work)


class ApplicationsHandler(_Applications):
    """GET applications?path=NOTEBOOK: what was decided on and waits for that notebook."""

    @web.authenticated
    @authorized
    @mapped
    async def get(self) -> None:
        from jupyter_coimprove.wire.call import as_dict
        from jupyter_coimprove.workbench import claiming

        def use_case(bench: Any, notebook: Any) -> Any:
            return claiming.applications(bench, notebook=str(notebook) if notebook else None)

        actor = actor_of(self.current_user, self.identity_provider)
        view = await self.carry_out(self.get_query_argument("path", ""), actor, use_case, looks=True)
        self.finish(json.dumps(as_dict(view), allow_nan=False, default=list))


class ApplicationHandler(_Applications):
    """POST applications/ID/claim, applied, refused, reverted or redone ``{path, window, …}``."""

    @web.authenticated
    @authorized
    @mapped
    async def post(self, id_: str, verb: str) -> None:
        from jupyter_coimprove.workbench import claiming

        body = self.body()
        window = self.text(body, "window")
        if not window:
            raise UsageError("`window` is the name by which this window is present")
        actor = actor_of(self.current_user, self.identity_provider)
        if not self.shared.presence.belongs(window, actor):
            raise DecisionError("this window is not connected here", remedy="reload the page")
        more: dict[str, str] = {}
        if verb in ("reverted", "redone"):
            more["reason"] = self.text(body, "reason")
        if verb == "refused":
            more = {"why": self.text(body, "why"), "code": self.text(body, "code")}
        use_case = getattr(claiming, verb)

        def carried(bench: Any, notebook: Any) -> Any:
            if notebook is None:
                raise UsageError("`path` names no notebook")
            return partial(use_case, bench, id_, path=notebook, window=window, **more)()

        row = await self.carry_out(body.get("path"), actor, carried)
        self.finish(json.dumps(dataclasses.asdict(row), allow_nan=False, default=list))

    def text(self, body: dict[str, Any], name: str) -> str:
        """A text of the request; UsageError for anything else, or too long."""
        value = body.get(name) or ""
        if not isinstance(value, str) or len(value) > 100 * _LONGEST:
            raise UsageError(f"`{name}` is a text")
        return value
