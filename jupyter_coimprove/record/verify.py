"""Whether the journal still says what was written: file by file, naming the first line that does not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from jupyter_coimprove.record.journal import look, raw_lines
from jupyter_coimprove.record.key import Key, load_key
from jupyter_coimprove.record.lines import GENESIS, TOMB, VERSION, Entry, read_line
from jupyter_coimprove.record.roots import Layout

Problem = tuple[int, str, str]


@dataclass(frozen=True, kw_only=True)
class FileReport:
    """One journal file. ``problem`` is (line number from 1, id, what is wrong) of the first bad line.

    ``own`` lines are signed with this user's key, ``imported`` ones are claims of others, ``forged``
    ones name this user's key without its signature. ``forks`` counts places where two copies of
    the file both went on and were merged: nothing is lost there. ``torn`` are bytes of a line
    that a crash cut off; it was never acknowledged.
    """

    name: str
    lines: int = 0
    own: int = 0
    imported: int = 0
    forged: int = 0
    erased: int = 0
    newer: int = 0
    forks: int = 0
    torn: int = 0
    head: str = GENESIS
    problem: Problem | None = None
    problems: int = 0

    @property
    def ok(self) -> bool:
        return self.problem is None

    @property
    def text(self) -> str:
        """What was found, in one line."""
        parts = [f"{self.lines} lines: {self.own} yours, {self.imported} imported claims"]
        if self.problem is not None:
            number, id_, what = self.problem
            parts = [f"line {number} ({id_ or 'no id'}) {what}"]
            if self.problems > 1:
                parts.append(f"{self.problems - 1} more like it")
        for count, what in (
            (self.forged, "forged"), (self.erased, "erased"), (self.newer, "of a newer version"),
            (self.forks, "merged from a copy"), (self.torn, "bytes torn off by a crash"),
        ):  # fmt: skip
            if count:
                parts.append(f"{count} {what}")
        return "; ".join(parts)

    @property
    def remedy(self) -> str:
        if self.ok:
            return ""
        return (
            f"compare with the copy in git (`git log -p -- '*{self.name}'`); altered lines do not count here"
        )


@dataclass(frozen=True, kw_only=True)
class VerifyReport:
    """All files of a journal. ``head`` names the state of the whole journal in 64 hex digits."""

    files: tuple[FileReport, ...]

    @property
    def ok(self) -> bool:
        return all(file.ok for file in self.files)

    @property
    def head(self) -> str:
        """The last line's hash; of several files, the SHA-256 of their names and heads."""
        if len(self.files) == 1:
            return self.files[0].head
        return sha256("\n".join(f"{file.name} {file.head}" for file in self.files).encode()).hexdigest()

    @property
    def sentence(self) -> str:
        """The whole in one sentence."""
        lines, own = sum(file.lines for file in self.files), sum(file.own for file in self.files)
        if not self.files:
            return "nothing is recorded here yet"
        if self.ok:
            return f"{lines} lines are as they were written; {own} are signed by you"
        bad = next(file for file in self.files if not file.ok)
        return f"{bad.name} is not as it was written: {bad.text}"


def verify(
    root: Path, *, key: Key | None = None, vanished: Iterable[tuple[str, int, str]] = ()
) -> VerifyReport:
    """Check hash, place in the chain and signature of every line under ``root``; changes nothing.

    ``vanished`` are (file, number, id) of own lines that an index knows and no file has.
    """
    if key is None:
        from jupyter_coimprove.clock import SystemClock

        key = load_key(SystemClock(), create=False)
    folder = Layout(Path(root).resolve()).journal_dir
    gone: dict[str, list[tuple[int, str]]] = {}
    for name, n, id_ in vanished:
        gone.setdefault(name, []).append((n, id_))
    names = list(look(folder))
    passes = {name: _hashes(folder / name, key) for name in names}
    everywhere = frozenset().union(*(mine for _, _, mine in passes.values()))
    reports = [_file(folder / name, key, passes[name][0], passes[name][1] | everywhere) for name in names]
    reports += [FileReport(name=name) for name in gone if name not in {report.name for report in reports}]
    return VerifyReport(files=tuple(_with_gone(report, gone.get(report.name, [])) for report in reports))


def _with_gone(report: FileReport, gone: list[tuple[int, str]]) -> FileReport:
    if not gone:
        return report
    what = "was here and is gone" + (f", with {len(gone) - 1} more" if len(gone) > 1 else "")
    problem = report.problem or (gone[0][0], gone[0][1], what)
    return replace(report, problem=problem, problems=report.problems + 1)


def _file(path: Path, key: Key | None, order: dict[str, int], tombs: frozenset[str]) -> FileReport:
    counts = dict.fromkeys(("own", "imported", "forged", "erased", "newer", "forks"), 0)
    problems: list[Problem] = []
    last, followed, end, number = GENESIS, {GENESIS: 0}, 0, 0
    for number, (_, stop, raw) in enumerate(raw_lines(path), 1):
        entry, end = read_line(raw), stop
        if entry is None:
            problems.append((number, "", _unreadable(raw)))
            continue
        wrong, fork = _check(entry, number, last, followed, order, tombs)
        if wrong:
            problems.append((number, entry.id, wrong))
        counts["forks"] += fork
        own = entry.trust(key) == "own"
        counts["own" if own else "imported"] += 1
        counts["erased"] += entry.data is None
        counts["newer"] += entry.v > VERSION
        if entry.forged(key):
            counts["forged"] += 1
            if not wrong:
                problems.append((number, entry.id, "names your key, which did not sign it: it was forged"))
        followed.setdefault(entry.hash, number)
        last = entry.hash
    return FileReport(
        name=path.name, lines=number, torn=path.stat().st_size - end, head=last,
        problem=problems[0] if problems else None, problems=len(problems), **counts,
    )  # fmt: skip


def _hashes(path: Path, key: Key | None) -> tuple[dict[str, int], frozenset[str], frozenset[str]]:
    """Where each hash stands first; what tombstones of the file say was erased, and this user's among them."""
    order: dict[str, int] = {}
    tombs: set[str] = set()
    mine: set[str] = set()
    for number, (_, _, raw) in enumerate(raw_lines(path), 1):
        if (entry := read_line(raw)) is not None:
            order.setdefault(entry.hash, number)
            if entry.kind == "tombstone" and entry.sound and entry.data:
                said = {str(hash_) for hash_ in _listed(entry.data.get("lines"))}
                tombs |= said
                mine |= said if entry.trust(key) == "own" else set()
    return order, frozenset(tombs), frozenset(mine)


def _listed(value: object) -> Iterator[object]:
    yield from value if isinstance(value, list) else ()


def _check(
    entry: Entry,
    number: int,
    last: str,
    followed: dict[str, int],
    order: dict[str, int],
    tombs: frozenset[str],
) -> tuple[str, bool]:
    """What is wrong with a line (empty: nothing), and whether it goes on from an earlier place."""
    if not entry.sound:
        return "was altered: it does not fit its hash", False
    if followed.get(entry.hash):
        return f"is there twice (as line {followed[entry.hash]} too)", False
    if entry.prev != last:
        if entry.prev in followed:
            return "", True
        if entry.prev in order:
            return f"is out of order: it was written after line {order[entry.prev]}", False
        return "follows a line that is missing", False
    if entry.data is None and entry.hash[:TOMB] not in tombs:
        return "lost its content without a tombstone", False
    return "", False


def _unreadable(raw: bytes) -> str:
    if raw.startswith((b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")):
        return "is the mark of an unsettled merge: remove the marks and keep the lines of both sides"
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return "cannot be read: it is no JSON"
    return "is no line of a journal"
