"""What was said about a notebook, at its cells and in the chat, kept beside the record and shared with nobody.

One file of JSON lines a notebook, below the project's hidden folder. Nothing in it decides or runs.
A provider is told the last of a person's questions and its own answers; what cannot be read is left out.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_coimprove.proposals.provider import Turn
    from jupyter_coimprove.workbench.bench import Bench

#: So many are shown again after a reload, and kept when the file is made short.
KEPT = 100
#: A file longer than this is made short, in bytes.
_LONGEST = 4 * 2**20
#: An answer longer than this is shown once and not kept, in characters.
_LONGEST_ENTRY = 200_000
#: What of earlier words goes along with a question, in characters, newest first.
_HISTORY = 16_000
_lock = Lock()


class Conversation:
    """The conversation about ``notebook`` (its name in the record) of the project at ``root``."""

    def __init__(self, root: Path, notebook: str) -> None:
        from jupyter_coimprove.record.roots import Layout

        self._hidden = Layout(root).hidden
        self._path = self._hidden / "conversations" / f"{sha256(notebook.encode()).hexdigest()[:24]}.jsonl"

    def entries(self) -> list[dict[str, Any]]:
        """The last entries, oldest first; none where nothing was kept."""
        try:
            with self._path.open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - _LONGEST))
                lines = file.read().split(b"\n")
        except OSError:
            return []
        found: list[dict[str, Any]] = []
        for line in lines[-KEPT - 1 :]:
            try:
                entry: Any = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(entry, dict) and isinstance(entry.get("text"), str):
                found.append(entry)
        return found[-KEPT:]

    def add(self, entry: dict[str, Any]) -> bool:
        """Keep one entry; False where the folder is no project yet, or the entry too long to keep."""
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

    def turns(self) -> tuple[Turn, ...]:
        """The last questions and whole answers, oldest first, as a provider is told them."""
        from jupyter_coimprove.proposals.provider import Turn

        out: list[Turn] = []
        left = _HISTORY
        for entry in reversed(self.entries()):
            said = entry.get("turn")
            if not isinstance(said, dict) or said.get("stop") != "complete":
                continue
            asked, answered = str(said.get("sent", entry["text"])), str(said.get("said", ""))
            left -= len(asked) + len(answered)
            if left < 0 and out:
                break
            if answered.strip():
                out += [Turn(role="assistant", text=answered), Turn(role="person", text=asked)]
        return tuple(reversed(out))

    def recorded(self, key: str) -> dict[str, Any] | None:
        """The newest whole answer to the same question on the same facts, if there is one."""
        found: list[dict[str, Any]] = self.entries()
        for entry in reversed(found):
            said = entry.get("turn")
            if isinstance(said, dict) and said.get("key") == key and said.get("stop") == "complete":
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
            f"**Question** ({entry.get('at', '')})",
            "",
            *(f"> {line}" for line in entry["text"].splitlines()),
            "",
        ]
        said, error = entry.get("turn"), entry.get("error")
        if isinstance(said, dict):
            whole = "" if said.get("stop") == "complete" else f" (ended: {said.get('stop')})"
            out += [f"**{said.get('provider', 'answer')}**{whole}", "", str(said.get("said", "")).strip(), ""]
            proposed = [f"Proposed: {id_}" for id_ in said.get("proposals") or ()]
            out += [*proposed, ""] if proposed else []
        elif isinstance(error, dict):
            out += [f"Refused: {error.get('message', '')}", ""]
        elif isinstance(answer := entry.get("answer"), dict) and isinstance(view := answer.get("view"), dict):
            out += [str(view.get("summary", "")), ""]
    return "\n".join(out).rstrip() + "\n"
