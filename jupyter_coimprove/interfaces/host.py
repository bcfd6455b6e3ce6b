"""The host process: a kernel's magics ask here, so that the kernel itself stays light.

``python -m jupyter_coimprove.interfaces.host`` speaks JSON lines. It writes one hello line
``{"hello": {version, protocol, pid}}``, then answers requests one at a time::

    {"id", "words": […], "where": {cwd, notebook, cell_id, lone_line, at_prompt}, "version", "width"?, "live"?}
        {"id", "progress": {text, done, total, left_s}} …   {"id", "delta": text} …
        {"id", "result": {view, text, html, cards, more?}}  |  {"id", "error": {code, message, remedy}}  |  {"id", "help"}
    {"id", "complete": {"kinds": […], "prefix"}, "where", "version"}   {"id", "result": {"ids": […]}}
    {"cancel": id}                                                     read while a request is carried out

It ends when its input ends (the kernel is gone) or when nothing was asked for a while.
"""

from __future__ import annotations

import json
import os
import queue
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from jupyter_coimprove import __version__
from jupyter_coimprove.errors import CoimproveError, DecisionError, Interrupted, UsageError
from jupyter_coimprove.lean import without_grammar
from jupyter_coimprove.workbench.bench import Bench, Progress, Where, os_actor

PROTOCOL = 1
IDLE_S = 900.0
#: How long a request that is under way may take to stop when the kernel has gone.
LAST_S = 10.0
_LINE_LIMIT = 16 * 2**20
#: Verbs that decide nothing about an experiment that a person accepted before.
_CARRY_ON = frozenset({"run", "resume"})


class Host:
    """Reads requests in a thread, carries them out one after the other where ``serve`` is called."""

    def __init__(self, source: IO[bytes], sink: IO[bytes], *, idle_s: float = IDLE_S) -> None:
        self._source, self._sink, self._idle_s = source, sink, idle_s
        self._requests: queue.Queue[Mapping[str, Any] | None] = queue.Queue()
        self._cancelled: set[Any] = set()
        self._writing = threading.Lock()
        self._gone = threading.Event()
        self._done = threading.Event()
        self._warmed = False

    def serve(self) -> None:
        """Answer until the input ends or nothing is asked for ``idle_s`` seconds."""
        self._send({"hello": {"version": __version__, "protocol": PROTOCOL, "pid": os.getpid()}})
        threading.Thread(target=self._read, name="requests", daemon=True).start()
        while True:
            try:
                request = self._requests.get(timeout=self._idle_s)
            except queue.Empty:
                break
            if request is None or self._gone.is_set():
                break
            self._answer(request)
            if self._requests.empty():
                self._warm()
        self._done.set()

    def _warm(self) -> None:
        """Where a model will be asked, what that needs is loaded while nobody waits: it takes seconds."""
        from jupyter_coimprove.workbench.choosing import warm

        if not self._warmed:
            self._warmed = True
            with suppress(CoimproveError):  # a wrong setting is said when a question is asked
                warm(Bench(where=Where(cwd=Path.cwd())))

    def _read(self) -> None:
        for line in iter(lambda: self._source.readline(_LINE_LIMIT), b""):
            try:
                request = json.loads(line)
            except ValueError:
                request = None
            if not isinstance(request, dict):
                error = UsageError("a request is one JSON object a line")
                self._send({"id": None, "error": error.as_dict()})
            elif "cancel" in request:
                self._cancelled.add(request["cancel"])
            else:
                self._requests.put(request)
        self._gone.set()
        self._requests.put(None)
        if not self._done.wait(LAST_S):
            # Nobody reads the answer any more; what was acknowledged is on disk already.
            os._exit(1)

    def _send(self, message: Mapping[str, Any]) -> None:
        data = json.dumps(message, ensure_ascii=True, allow_nan=False, default=list).encode() + b"\n"
        with self._writing:
            try:
                self._sink.write(data)
                self._sink.flush()
            except (BrokenPipeError, ValueError):
                self._gone.set()

    def _answer(self, request: Mapping[str, Any]) -> None:
        id_ = request.get("id")
        try:
            answer = self._carry_out(request, lambda: self._gone.is_set() or id_ in self._cancelled)
        except CoimproveError as error:
            answer = {"error": shown(error)}
        except KeyboardInterrupt:
            answer = {"error": shown(Interrupted("stopped", remedy="nothing that was acknowledged is lost"))}
        except Exception as error:  # noqa: BLE001 (a door maps what is left once; the trace goes to the log)
            import traceback

            traceback.print_exc()
            answer = {
                "error": {
                    "code": "internal",
                    "message": f"{type(error).__name__}: {error}",
                    "remedy": _REPORT,
                }
            }
        self._cancelled.discard(id_)
        self._send({"id": id_, **answer})

    def _carry_out(self, request: Mapping[str, Any], cancelled: Callable[[], bool]) -> dict[str, Any]:
        where = where_of(request.get("where"))
        bench = Bench(
            where=where, actor=replace(os_actor(), auth="kernel"), cancelled=cancelled,
            progress=lambda progress: self._progress(request.get("id"), progress), waits=not where.at_prompt,
            say=lambda text: self._send({"id": request.get("id"), "delta": text}),
            live=live if isinstance(live := request.get("live"), dict) else {},
        )  # fmt: skip
        if cancelled():
            raise Interrupted("stopped before it began")
        try:
            if "complete" in request:
                return {"result": {"ids": recent_ids(bench, request["complete"])}}
            return answer(bench, request)
        finally:
            bench.close()

    def _progress(self, id_: Any, progress: Progress) -> None:
        self._send(
            {
                "id": id_,
                "progress": {
                    "text": progress.text, "done": progress.done, "total": progress.total, "left_s": progress.left_s,
                },
            }
        )  # fmt: skip


def shown(error: CoimproveError) -> dict[str, str]:
    """The error for a screen: what it quotes from a notebook commands no terminal."""
    from jupyter_coimprove.interfaces.display import safe

    remedy = re.sub(r"`coimprove (?!apply)", "`%coai ", error.remedy)
    return {"code": error.code, "message": safe.block(error.message), "remedy": safe.block(remedy)}


_REPORT = "this is a fault of jupyter-coimprove; nothing that was acknowledged is lost"


def where_of(given: object) -> Where:
    """Where the kernel says the call came from. UsageError when that is malformed.

    What is not said counts as no: a call that does not prove a person decides nothing.
    """
    if not isinstance(given, dict) or not isinstance(given.get("cwd"), str):
        raise UsageError("a request says where it comes from: {cwd, notebook, cell_id, lone_line, at_prompt}")
    notebook, cell = given.get("notebook"), given.get("cell_id")
    return Where(
        cwd=Path(given["cwd"]), notebook=Path(given["cwd"], notebook) if isinstance(notebook, str) else None,
        cell_id=cell if isinstance(cell, str) else None, lone_line=given.get("lone_line") is True,
        at_prompt=given.get("at_prompt") is True, open=True,
    )  # fmt: skip


def answer(bench: Bench, request: Mapping[str, Any]) -> dict[str, Any]:
    """One call: parse, check that a person decides where something is decided, execute, draw."""
    from jupyter_coimprove.wire.parse import HelpWanted, parse

    words = request.get("words")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise UsageError("a request has words: a list of text")
    try:
        call = parse(words, prog="%coai")
    except HelpWanted as wanted:
        return {"help": wanted.text}
    if call.root:
        bench.root_override = bench.path(call.root)
    elif os.environ.get("COIMPROVE_ROOT"):
        bench.root_override = Path(os.environ["COIMPROVE_ROOT"]).expanduser()
    theirs = request.get("version")
    reads = call.verb.name in (
        "check",
        "fix",
        "verify",
        "systems",
        "ship",
        "problem",
        "benchmark",
        "debate",
        "learn",
    ) and _only_reads(call.verb.name, call.arguments)
    decides = call.verb.decides and not reads
    if decides and theirs != __version__:
        raise DecisionError(
            f"the kernel speaks for version {theirs}, the host process is {__version__}: reading only",
            remedy="restart the kernel, so that both are the same",
        )
    if call.verb.decides:
        check_person(bench, call.verb.name, call.arguments)
    return {"result": result(bench, call, width=request.get("width"), color=request.get("color") is True)}


def check_person(bench: Bench, verb: str, arguments: Mapping[str, Any]) -> None:
    """DecisionError unless a person at the prompt typed this, as their cell's only line.

    To go on with an experiment that a person has registered before decides nothing, so a
    notebook that is executed as a whole may `run` it.
    """
    if (bench.where.at_prompt and bench.where.lone_line) or _only_reads(verb, arguments):
        return
    if verb in _CARRY_ON and _registered(bench, str(arguments.get("experiment", ""))):
        return
    if not bench.where.at_prompt:
        raise DecisionError(
            f"`%coai {verb}` decides, and nobody is at the prompt here",
            remedy=f"decide in a live notebook, by the card's button, or in a terminal (coimprove {verb})",
        )
    raise DecisionError(
        f"`%coai {verb}` decides, so it must be the only line of its cell",
        remedy=f"put `%coai {verb} …` into a cell of its own and run that",
    )


def _only_reads(verb: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a verb that may decide does not here: the spread of a table, what `gc` would remove,
    a check that reads the code, a repair that is not tried, a module that is only shown."""
    if verb == "gc":
        return not arguments.get("yes")
    if verb == "check":
        return not arguments.get("probe") and not arguments.get("ok")
    if verb == "fix":
        return not arguments.get("verify")
    if verb == "verify":
        return not arguments.get("rerun")
    if verb == "bench":
        return not any(arguments.get(name) for name in ("change", "settle"))
    if verb == "systems":
        return not any(arguments.get(name) for name in ("rerun", "speed", "lock"))
    if verb == "ship":
        return bool(arguments.get("dry_run"))
    if verb == "benchmark":
        return not any(arguments.get(name) for name in ("run", "probe", "goal", "matters", "must"))
    if verb == "ideas":
        return not any(arguments.get(name) for name in ("prefer", "over", "add"))
    if verb == "debate":
        return not any(
            value for name, value in arguments.items() if name not in ("debate", "provider", "model")
        )
    if verb == "learn":
        return not any(arguments.get(name) for name in ("add", "export"))
    if verb == "values":
        return not any(arguments.get(name) for name in ("init", "amend"))
    if verb == "problem":
        return not arguments.get("run") and not arguments.get("add")
    return verb == "noise" and Path(str(arguments.get("source"))).suffix in (
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
    )


def _registered(bench: Bench, experiment: str) -> bool:
    from jupyter_coimprove.workbench import shelf

    item = shelf.experiment_item(bench.record(), experiment)
    return item.trust == "own" and item.state in ("registered", "running", "paused", "completed")


def result(bench: Bench, call: Any, *, width: object = None, color: bool = False) -> dict[str, Any]:
    """The answer of a call in every form a front end may draw."""
    from jupyter_coimprove.interfaces.display.cards import cards
    from jupyter_coimprove.interfaces.display.html import render_html
    from jupyter_coimprove.interfaces.display.text import render
    from jupyter_coimprove.wire.call import as_dict, as_json, execute
    from jupyter_coimprove.workbench.views import AskView, FixView

    view = execute(bench, call)
    view = replace(view, next=tuple(_in_cell(command) for command in view.next))
    if call.json:
        return {"view": as_dict(view), "text": as_json(view), "html": "", "cards": {}}
    width = width if isinstance(width, int) else None
    drawn: dict[str, Any] = {
        "view": as_dict(view),
        "text": render(view, color=color, width=width),
        "html": render_html(view),
        "cards": cards(view),
    }
    if isinstance(view, AskView | FixView) and view.proposals:
        drawn["more"] = [_shown(bench, id_, color=color, width=width) for id_ in view.proposals]
    return drawn


def _shown(bench: Bench, id_: str, *, color: bool, width: int | None) -> dict[str, Any]:
    """What an answer proposes, as `show` draws it."""
    from jupyter_coimprove.wire.parse import parse

    return result(bench, parse(["show", id_], prog="%coai"), width=width, color=color)


def _in_cell(command: str) -> str:
    """A command as it is typed in a cell; writing into the notebook waits until it is closed."""
    verb = command.removeprefix("coimprove ")
    return command if verb == command or verb.split()[0] == "apply" else f"%coai {verb}"


def recent_ids(bench: Bench, wanted: object, limit: int = 50) -> list[str]:
    """Ids of these kinds that begin so, newest first; none where there is no record."""
    if not isinstance(wanted, dict):
        raise UsageError("`complete` is {kinds, prefix}")
    kinds, prefix = wanted.get("kinds") or ("experiment", "finding"), str(wanted.get("prefix", "")).lower()
    record = bench.record()
    items = [item for kind in kinds for item in record.find(str(kind)) if item.id.lower().startswith(prefix)]
    items.sort(key=lambda item: item.seq, reverse=True)
    return [item.id for item in items[:limit]]


@contextmanager
def private_pipes() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The two pipes for the protocol alone: what libraries print goes to stderr, and children inherit neither."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    try:
        yield source, sink
    finally:
        # A reader may still wait in ``source``: it is left to the end of the process.
        sink.close()


def main() -> int:
    """Serve the process that started this one."""
    try:
        idle_s = float(os.environ.get("COIMPROVE_HOST_IDLE", IDLE_S))
    except ValueError:
        idle_s = IDLE_S
    without_grammar()
    with private_pipes() as (source, sink):
        Host(source, sink, idle_s=idle_s).serve()
    sys.stderr.flush()
    return 0


if __name__ == "__main__":
    # Not sys.exit: the interpreter would wait for the thread that waits for input.
    os._exit(main())
