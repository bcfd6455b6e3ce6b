"""A line that a person types in the chat: a verb as in a terminal, or free text; the answer as it is drawn."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_coimprove.errors import CoimproveError, UsageError
from jupyter_coimprove.interfaces import places
from jupyter_coimprove.interfaces.server import kernels
from jupyter_coimprove.interfaces.server.handlers import Handler, mapped
from jupyter_coimprove.interfaces.server.identity import actor_of

if TYPE_CHECKING:
    from jupyter_coimprove.wire.parse import Call
    from jupyter_coimprove.workbench.views import View

#: A line is typed by a person, in characters.
_LONGEST = 8_000


class LinesHandler(Handler):
    """POST lines ``{text, path, request, ai, provider, model, live, cell, instead_of}`` carries one out; GET and DELETE lines?path=NB are the conversation.

    The answer is kept by the server: a window that was reloaded meanwhile finds it. Its words are told as
    they come (``answer.delta``). With ``ai`` false no model is asked, with ``provider`` (and ``model``) that one,
    unless the line names another; ``cell`` is the id of the one in front, ``live`` what the kernel told of its
    variables, ``instead_of`` the id of an earlier line that this one is said instead of. GET also says who would answer, who else could, and what is settled about AI (``ai``).
    """

    @web.authenticated
    @authorized
    @mapped
    async def get(self) -> None:
        folder, notebook = self.folder_of(self.get_query_argument("path", ""))
        said = _conversation(folder, notebook)
        known = said.tree()
        entries = [
            {**_as_drawn(entry, notebook), **_versions(known.versions(entry["id"]), entry["id"])}
            for entry in said.entries()
        ]
        whole = {"entries": entries, "answers": await self._answers(folder)}
        self.finish(json.dumps(whole, allow_nan=False, default=list))

    async def _answers(self, folder: Path) -> dict[str, Any]:
        """Who would answer a question here, why that one, and who could; an empty model is none."""
        from jupyter_coimprove.workbench import choosing, listing
        from jupyter_coimprove.workbench.bench import Bench, Where
        from jupyter_coimprove.workbench.policy import ai_policy

        bench = Bench(where=Where(cwd=folder), configured=self.shared.configured)
        loop = asyncio.get_running_loop()
        choice = await loop.run_in_executor(None, choosing.choose, bench)
        offers = await loop.run_in_executor(None, listing.offers, bench)
        return {
            "provider": choice.provider, "model": choice.model, "why": choice.why, "ai": ai_policy(self.shared.ai_policy),
            "offers": [dataclasses.asdict(offer) for offer in offers],
        }  # fmt: skip

    @web.authenticated
    @authorized
    @mapped
    async def delete(self) -> None:
        folder, notebook = self.folder_of(self.get_query_argument("path", ""))
        _conversation(folder, notebook).clear()
        self.set_status(204)
        self.finish()

    @web.authenticated
    @authorized
    @mapped
    async def post(self) -> None:
        from jupyter_coimprove.clock import SystemClock, iso
        from jupyter_coimprove.wire.call import execute
        from jupyter_coimprove.workbench import choosing
        from jupyter_coimprove.workbench.bench import Bench, Where
        from jupyter_coimprove.workbench.views import AskView

        body = self.body()
        live, cell = live_of(body.get("live")), body.get("cell")
        text, name = body.get("text"), str(body.get("request") or id(self))[:100]
        if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
            raise UsageError("`text` is the line that was typed", remedy=f"at most {_LONGEST} characters")
        chosen = body.get("provider") or ""
        model = body.get("model") or ""
        if not isinstance(chosen, str) or not isinstance(model, str) or len(model) > 200:
            raise UsageError(
                "`provider` and `model` are names",
                remedy="builtin, anthropic or local; `/models` lists models",
            )
        folder, notebook = self.folder_of(body.get("path"))
        actor = actor_of(self.current_user, self.identity_provider)
        running = await kernels.running(self) if text.strip().startswith("/preview") else {}

        def work(cancelled: Callable[[], bool]) -> dict[str, Any]:
            entry: dict[str, Any] = {"id": name, "text": text, "at": iso(SystemClock().wall_ms())}
            bench = None
            # A chat is read by whoever opens the notebook; of a debate each may read something else.
            private = text.strip().startswith("/debate")
            try:
                said = call_of_line(text, notebook)
                if isinstance(said, str):
                    entry["answer"] = {"verb": "help", "blocks": [drawn_text(said)], "view": None}
                else:
                    places.check_paths(said, self.root_dir, folder)
                    where = Where(
                        cwd=folder, notebook=notebook, open=notebook is not None,
                        cell_id=cell if isinstance(cell, str) else None,
                    )  # fmt: skip
                    bench = Bench(
                        where=where, actor=actor, cancelled=cancelled, configured=self.shared.configured
                    )
                    bench.progress = lambda progress: self.shared.progress(name, progress)
                    bench.say = lambda words: self.shared.say(name, words)
                    bench.live = live
                    bench.kernels = lambda: running
                    named = said.arguments.get("provider") or said.arguments.get("model")
                    if "provider" in said.arguments and self.without_model(body):
                        said.arguments["provider"] = "builtin"
                    elif said.verb.name == "ask" and not named:
                        said.arguments.update(choosing.chosen_in_panel(bench, chosen, model))
                    if said.verb.name == "ask" and isinstance(anew := body.get("instead_of"), str) and anew:
                        known = _conversation(folder, notebook).tree()
                        # Where nothing is kept yet, there is nothing to branch from either.
                        if known.entries:
                            said.arguments["instead_of"] = anew
                            entry["after"] = known.before(anew)
                    view = execute(bench, said)
                    private = private or getattr(view, "activity", "") == "debate"
                    entry["answer"] = {"verb": said.verb.name, **drawn(view, notebook)}
                    if isinstance(view, AskView) and view.id and not view.recorded:
                        # Kept where it was asked, with what was sent.
                        return {**entry, "id": view.id}
            except CoimproveError as error:
                entry["error"] = error.as_dict()
            finally:
                if bench is not None:
                    bench.close()
                self.shared.presence.refresh()
            if not private:
                _conversation(folder, notebook).add(entry)
            return entry

        entry = await self.shared.tasks.carry_out(name, work)
        self.finish(json.dumps(entry, allow_nan=False, default=list))


class VariablesHandler(Handler):
    """GET variables: what a window asks its kernel, as a ``user_expressions`` entry, when a person asks a question."""

    @web.authenticated
    @authorized
    @mapped
    async def get(self) -> None:
        from jupyter_coimprove.kernelspace.snapshot import expression

        self.finish(json.dumps({"expression": expression()}))


def live_of(said: object) -> dict[str, Any]:
    """The variables that a kernel told a window: ``{reply, age_s}``. UsageError for another shape.

    One that could not tell (of another language, say) has told nothing.
    """
    from jupyter_coimprove.kernelspace.probe import parse_reply

    if said is None:
        return {}
    if not isinstance(said, dict) or not isinstance(reply := said.get("reply"), dict):
        raise UsageError("`live` is {reply, age_s}: what the kernel answered, and how long ago")
    age = said.get("age_s")
    try:
        found = parse_reply(reply)
    except (ValueError, SyntaxError, KeyError, TypeError):
        return {}
    return {**found, **({"age_s": age} if isinstance(age, int) and age > 0 else {})}


def call_of_line(text: str, notebook: Path | None) -> Call | str:
    """The call of ``/verb …``, or of free text; help is a text. CoimproveError for what is neither.

    A verb that is about a notebook and names none is about the one in front.
    """
    from jupyter_coimprove.wire.arguments import call_of
    from jupyter_coimprove.wire.parse import HelpWanted, parse
    from jupyter_coimprove.wire.verbs import BY_NAME

    line = text.strip()
    if not line.startswith("/"):
        return call_of("ask", {"text": line})
    try:
        words = shlex.split(line[1:])
    except ValueError as error:
        raise UsageError(f"{str(error).lower()}", remedy="close the quote, or put a \\ before it") from error
    verb = BY_NAME.get(words[0]) if words else None
    first = next((option for option in verb.options if not option.flag), None) if verb else None
    try:
        try:
            call = parse(words, prog="/")
        except UsageError:
            if first is None or first.completes != "notebook" or not first.required or notebook is None:
                raise
            call = parse([words[0], notebook.name, *words[1:]], prog="/")
    except HelpWanted as help_:
        return help_.text
    if call.root is not None:
        raise UsageError("a line of the chat is about the notebook in front", remedy="leave --root out")
    return call


def drawn(view: View, notebook: Path | None = None) -> dict[str, Any]:
    """The view, and the blocks it is drawn from; each block names its kind."""
    from jupyter_coimprove.interfaces.display.sheet import Words
    from jupyter_coimprove.interfaces.display.sheets import sheet
    from jupyter_coimprove.wire.call import as_dict
    from jupyter_coimprove.workbench.views import AskView

    if notebook is not None:
        # What to do next is typed here, where a file is named as seen from the notebook in front.
        whole, short = shlex.quote(str(notebook)), shlex.quote(notebook.name)
        view = dataclasses.replace(
            view, next=tuple(words.replace(whole, short).replace(str(notebook), short) for words in view.next)
        )
    blocks = sheet(view)
    if isinstance(view, AskView):
        # Its words are Markdown, which the panel's renderer draws; what it asks, and who said it, stay.
        blocks = [block for block in blocks[1:] if not isinstance(block, Words)]
    return {"view": as_dict(view), "blocks": [_block(block) for block in blocks]}


def _as_drawn(entry: dict[str, Any], notebook: Path | None) -> dict[str, Any]:
    """An entry as the panel shows it: what was asked in a cell is drawn like a line of the chat."""
    said = entry.get("turn")
    if not isinstance(said, dict) or "answer" in entry:
        return {key: value for key, value in entry.items() if key != "turn"}
    from jupyter_coimprove.workbench.views import AskView

    kept = said.get("view")
    view = AskView.from_dict(kept) if isinstance(kept, dict) else None
    answer = {"verb": "ask", **drawn(view, notebook)} if view is not None else None
    return {
        "id": entry.get("id"),
        "text": entry["text"],
        "at": entry.get("at"),
        **({"answer": answer} if answer else {}),
    }


def _versions(ids: tuple[str, ...], id_: str) -> dict[str, Any]:
    """Where an entry was said anew: all that stand in its place, in order."""
    return {"versions": list(ids)} if len(ids) > 1 and id_ in ids else {}


def drawn_text(text: str) -> dict[str, Any]:
    return {"block": "Verbatim", "text": text}


def _block(block: Any) -> Mapping[str, Any]:
    return {"block": type(block).__name__, **dataclasses.asdict(block)}


def _conversation(folder: Path, notebook: Path | None) -> Any:
    from jupyter_coimprove.record.roots import find_root
    from jupyter_coimprove.workbench.conversing import Conversation

    root = find_root(notebook or folder)
    name = notebook.relative_to(root).as_posix() if notebook and notebook.is_relative_to(root) else ""
    return Conversation(root, name)
