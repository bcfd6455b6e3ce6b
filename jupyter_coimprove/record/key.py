"""The key that makes a line this user's own: in Jupyter's data folder, readable by them alone."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from pathlib import Path

from jupyter_coimprove.clock import Clock
from jupyter_coimprove.errors import RecordCorrupt, RecordForeign, RecordReadOnly

SIZE = 32


@dataclass(frozen=True)
class Key:
    """A user's key. ``id`` names it in the lines it signs and tells nothing of it."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        return sha256(b"coimprove key id\0" + self.secret).hexdigest()[:16]

    def sign(self, text: str) -> str:
        """HMAC-SHA256 (RFC 2104) of the text, in hex."""
        return hmac_digest(self.secret, text.encode(), "sha256").hex()

    def signed(self, text: str, mac: str) -> bool:
        """Whether ``mac`` is what this key makes of the text."""
        return compare_digest(self.sign(text).encode(), mac.encode("utf-8", "replace"))


def key_path() -> Path:
    """Where this user's key lies."""
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "coimprove" / "key"


def load_key(clock: Clock, *, path: Path | None = None, create: bool = True) -> Key | None:
    """The user's key, made at first use; None when there is none and none is to be made.

    Two processes that start together agree: the one whose link comes second reads the first's.
    Raises RecordReadOnly when it cannot be made, RecordForeign when it is not this user's,
    RecordCorrupt when it is no key.
    """
    path = path or key_path()
    try:
        secret = _read(path)
        if secret is None and create:
            _make(path, clock.random_bytes(SIZE))
            secret = _read(path)
    except OSError as error:
        raise RecordReadOnly(
            f"the key that signs your decisions cannot be kept at {path}: {error.strerror or error}",
            remedy="make that folder writable, or set JUPYTER_DATA_DIR to one that is",
        ) from error
    if secret is None:
        return None
    if len(secret) != SIZE:
        raise RecordCorrupt(
            f"{path} is not a key: {len(secret)} bytes instead of {SIZE}",
            remedy="restore it from a backup; if you remove it, earlier lines count as imported claims",
        )
    return Key(secret)


def _read(path: Path) -> bytes | None:
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        return None
    try:
        info = os.fstat(fd)
        if hasattr(os, "geteuid"):
            if info.st_uid != os.geteuid():
                raise RecordForeign(
                    f"the key at {path} belongs to another user",
                    remedy="set JUPYTER_DATA_DIR to a folder of yours",
                )
            if info.st_mode & 0o077:
                os.fchmod(fd, 0o600)
        return bytes.fromhex(os.read(fd, 4 * SIZE).decode("ascii", "replace").strip())
    except ValueError:
        return b""
    finally:
        os.close(fd)


def _make(path: Path, secret: bytes) -> None:
    """Put a whole key in place, unless one is there: never half of one, never over another."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"key.{os.getpid()}.{threading.get_ident()}.tmp")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        os.write(fd, secret.hex().encode() + b"\n")
        os.fsync(fd)
    finally:
        os.close(fd)
    try:
        os.link(part, path)
    except FileExistsError:
        return
    except OSError:
        # No hard links here: at worst two that start in the same instant disagree, and one
        # of them reads the other's key at its next start.
        if not path.exists():
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
