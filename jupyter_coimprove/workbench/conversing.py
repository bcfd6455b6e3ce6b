"""What was said about a notebook, at its cells and in the chat, kept beside the record and shared with nobody.

One file of JSON lines a notebook, below the project's hidden folder. Nothing in it decides or runs.
A provider is told the last of a person's questions and its own answers, and the earlier ones in short; what
cannot be read is left out. A question said anew begins a branch (``branching``); the one in front goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_coimprove.proposals.provider import Turn
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.branching import Tree

#: So many are shown again after a reload, and kept when the file is made short.
KEPT = 100
#: A file longer than this is made short, in bytes.
_LONGEST = 4 * 2**20
#: An answer longer than this is shown once and not kept, in characters.
_LONGEST_ENTRY = 200_000
#: What of earlier words goes along with a question, in characters; and what of those before them, in short.
_HISTORY, _IN_SHORT = 16_000, 4_000
_lock = Lock()


class Conversation:
    """The conversation about ``notebook`` (its name in the record) of the project at ``root``."""

    def __init__(self, root: Path, notebook: str) -> None:
        from jupyter_coimprove.record.roots import Layout

        self._hidden = Layout(root).hidden
        self._path = self._hidden / "conversations" / f"{sha256(notebook.encode()).hexdigest()[:24]}.jsonl"

    def tree(self) -> Tree:
        """All that is kept, with its branches."""
        from jupyter_coimprove.workbench.branching import tree

        return tree(self._lines())

    def entries(self) -> list[dict[str, Any]]:
        """The last entries of the branch in front, oldest first; none where nothing was kept."""
        return self.tree().branch()[-KEPT:]

    def _lines(self) -> list[dict[str, Any]]:
        try:
            with self._path.open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - _LONGEST))
                lines = file.read().split(b"\n")
        except OSError:
            return []
        found: list[dict[str, Any]] = []
        for line in lines:
            try:
                entry: Any = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(entry, dict) and (
                isinstance(entry.get("text"), str) or isinstance(entry.get("tip"), str)
            ):
                found.append(entry)
        return found

    def show(self, id_: str) -> str:
        """Put the newest branch through this entry in front; the entry's id. UnknownName where it is none."""
        known = self.tree()
        found = known.find(id_)
        self.add({"tip": known.newest(found)})
        return found

    def add(self, entry: dict[str, Any]) -> bool:
        """Keep one entry, or which branch is in front; False where the folder is no project yet, or it is too long."""
        from jupyter_coimprove.redaction import Scrubber

        # What was typed may hold a key; nobody needs it here again.
        safe = Scrubber(os.environ).data(json.loads(json.dumps(entry, allow_nan=False, default=list)))
        text = json.dumps(safe, ensure_ascii=True, allow_nan=False)
        if not self._hidden.is_dir() or len(text) > _LONGEST_ENTRY:
            return False
        with _lock:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            fd = os.open(
                self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600
            )
            try:
                os.write(fd, text.encode() + b"\n")
                long = os.fstat(fd).st_size > _LONGEST
            finally:
                os.close(fd)
            if long:
                self._shorten()
        return True

    def turns(self, *, before: str | None = None) -> tuple[Turn, ...]:
        """The last questions and whole answers, oldest first, as a provider is told them.

        What came earlier is told in short before them. ``before`` is an entry that is said anew: only what
        precedes it counts. UnknownName where it is none.
        """
        from jupyter_coimprove.proposals.provider import Turn
        from jupyter_coimprove.workbench.branching import in_short, window

        known = self.tree()
        whole = []
        for entry in known.branch(known.before(before) if before else None):
            said = entry.get("turn")
            if isinstance(said, dict) and said.get("stop") == "complete" and (answered := answer_of(said)):
                asked = str(said.get("sent", entry["text"]))
                whole.append((asked, answered, [str(p) for p in said.get("proposals") or ()]))
        first = window([len(asked) + len(answered) for asked, answered, _ in whole], _HISTORY)
        out: list[Turn] = []
        for number, (asked, answered, _) in enumerate(whole[first:]):
            if number == 0 and first:
                asked = f"{in_short(whole[:first], _IN_SHORT)}\n\n{asked}"
            out += [Turn(role="person", text=asked), Turn(role="assistant", text=answered)]
        return tuple(out)

    def open_question(self) -> str:
        """What the answer in front asked the person, which the next line replies to; empty where it asked nothing."""
        turns = [entry["turn"] for entry in self.entries() if isinstance(entry.get("turn"), dict)]
        return str(turns[-1].get("asked") or "") if turns else ""

    def recorded(self, key: str, replies: str = "") -> dict[str, Any] | None:
        """The newest whole answer to the same question on the same facts, if there is one.

        Words that reply to a question of the model's (``replies``) are the same only where they replied to the same.
        """
        for entry in reversed(list(self.tree().entries.values())):
            said = entry.get("turn")
            if not isinstance(said, dict) or (replies and said.get("replies", "") != replies):
                continue
            if said.get("key") == key and said.get("stop") == "complete":
                return dict(entry)
        return None

    def clear(self) -> None:
        """Forget all of it."""
        with _lock:
            self._path.unlink(missing_ok=True)

    def _shorten(self) -> None:
        kept = "".join(json.dumps(entry) + "\n" for entry in self.entries()[-KEPT // 2 :])
        fresh = self._path.with_suffix(".tmp")
        fresh.write_text(kept)
        fresh.chmod(0o600)
        fresh.replace(self._path)


def answer_of(said: Mapping[str, Any]) -> str:
    """What was answered, with what it asked the person and the answers that it offered; empty where it is nothing."""
    words, asked = str(said.get("said") or "").strip(), str(said.get("asked") or "").strip()
    offered = [f"- {option}" for option in said.get("options") or ()] if asked else []
    return "\n\n".join(filter(None, (words, asked, "\n".join(offered))))


def of(bench: Bench, notebook: Path | None) -> Conversation:
    """The conversation about a notebook (None: about none) of its project."""
    root = bench.root(notebook)
    inside = notebook is not None and notebook.resolve().is_relative_to(root)
    return Conversation(root, notebook.resolve().relative_to(root).as_posix() if notebook and inside else "")


def markdown(entries: list[dict[str, Any]], title: str) -> str:
    """The conversation as a document: who said what, in order, with what was proposed."""
    out = [f"# {title}", ""]
    for entry in entries:
        out += [
            f"**Question** ({', '.join(filter(None, (entry.get('at', ''), entry.get('id', ''))))})",
            "",
            *(f"> {line}" for line in entry["text"].splitlines()),
            "",
        ]
        said, error = entry.get("turn"), entry.get("error")
        if isinstance(said, dict):
            whole = "" if said.get("stop") == "complete" else f" (ended: {said.get('stop')})"
            out += [f"**{said.get('provider', 'answer')}**{whole}", "", answer_of(said), ""]
            proposed = [f"Proposed: {id_}" for id_ in said.get("proposals") or ()]
            out += [*proposed, ""] if proposed else []
        elif isinstance(error, dict):
            out += [f"Refused: {error.get('message', '')}", ""]
        elif isinstance(answer := entry.get("answer"), dict) and isinstance(view := answer.get("view"), dict):
            out += [str(view.get("summary", "")), ""]
    return "\n".join(out).rstrip() + "\n"
