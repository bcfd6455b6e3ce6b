"""Things that may be done once on this machine: taken by making a file that nobody else can make.

Claims are files and not journal lines: they are about this machine (an application to a notebook
that lies here), so a clone must not inherit them, and unlike the index they cannot be made again
from the journal. A claim appears whole or not at all (a finished file is linked into place), which
decides between any number of processes, also after a crash at any point; the same holder asking
again, after it died and came back, is told that it has it.
"""

from __future__ import annotations

import json
import os
import threading
from hashlib import sha256
from pathlib import Path

from jupyter_coimprove.record.journal import full_or_read_only, sync_folder


def claim(folder: Path, key: str, holder: str, at: str) -> bool:
    """Take ``key`` for ``holder``; whether they have it now. On disk when this returns."""
    path = folder / f"{sha256(key.encode('utf-8', 'replace')).hexdigest()}.json"
    try:
        by = claimed_by(path)
        if by is None:
            _take(path, json.dumps({"key": key, "holder": holder, "at": at}).encode())
            by = claimed_by(path)
    except OSError as error:
        raise full_or_read_only(path, error) from error
    return by == holder


def claimed_by(path: Path) -> str | None:
    """Who holds a claim: None when nobody does, empty when its file says nothing."""
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        return ""
    return str(found.get("holder", "")) if isinstance(found, dict) else ""


def _take(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.stem}.{os.getpid()}.{threading.get_ident()}.tmp")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        try:
            os.write(fd, content)
            os.fsync(fd)
        finally:
            os.close(fd)
        try:
            os.link(part, path)
        except FileExistsError:
            return
        except OSError:
            # No hard links here: whoever creates the file has it; one left empty by a crash is taken.
            try:
                fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return
            try:
                os.write(fd, content)
                os.fsync(fd)
            finally:
                os.close(fd)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)
