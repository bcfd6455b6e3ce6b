"""A run's private layers: the person's own folders, read as they are, written beside.

Where the system lets a process mount without being root (a user and mount namespace with overlayfs,
Linux 5.11), a run sees every folder under its real path, and whatever it writes, under any name,
lands in a layer of its own. Nothing is copied beforehand. Elsewhere ``isolation`` builds links.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_coimprove.digests import digest_bytes
from jupyter_coimprove.runs.strays import LEFT_OUT, Stamp

#: What programs download once for everybody: shared with the person, never private.
_DOWNLOADS = (
    ("HF_HOME", ".cache/huggingface"), ("TORCH_HOME", ".cache/torch"), ("KERAS_HOME", ".keras"),
    ("NLTK_DATA", "nltk_data"), ("SCIKIT_LEARN_DATA", "scikit_learn_data"), ("SEABORN_DATA", ".cache/seaborn-data"),
    ("TFDS_DATA_DIR", "tensorflow_datasets"), ("PIP_CACHE_DIR", ".cache/pip"), ("UV_CACHE_DIR", ".cache/uv"),
    ("KAGGLEHUB_CACHE", ".cache/kagglehub"), ("TIKTOKEN_CACHE_DIR", ""), ("SENTENCE_TRANSFORMERS_HOME", ""),
    ("HF_HUB_CACHE", ""), ("HF_DATASETS_CACHE", ""), ("TRANSFORMERS_CACHE", ""), ("MPLCONFIGDIR", ".cache/matplotlib"),
    ("TRITON_CACHE_DIR", ".triton"), ("TORCHINDUCTOR_CACHE_DIR", ""), ("NUMBA_CACHE_DIR", ""),
    ("", ".cache/fontconfig"), ("", ".config/matplotlib"), ("", ".nv"),
)  # fmt: skip
#: Below a layer but not the run's: environments and version control, which tools write to.
_NOT_KEPT = LEFT_OUT | {".git", ".hg", ".svn", ".venv", "venv", "node_modules", ".tox", ".nox", ".cache", ".local",
                        "site-packages"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Layer:
    """``at`` is a real folder; what is written below it goes to ``upper`` (``work`` is the system's)."""

    at: Path
    upper: Path
    work: Path


@dataclass(frozen=True, kw_only=True)
class Layers:
    """The mounts of one run, outermost first; ``shared`` are (what is there really, where it is seen)."""

    layers: tuple[Layer, ...]
    shared: tuple[tuple[Path, Path], ...] = ()


#: Code that downloads into one of these, by the cache's variable.
_DOWNLOADERS = {
    "HF_HOME": r"\b(transformers|diffusers|datasets|huggingface_hub|sentence_transformers|timm|evaluate)\b",
    "TORCH_HOME": r"\b(torch\.hub|torchvision\.models|pretrained|weights)\b", "KERAS_HOME": r"\b(keras|tensorflow)\b",
    "NLTK_DATA": r"\bnltk\b", "SCIKIT_LEARN_DATA": r"\bfetch_\w+", "SEABORN_DATA": r"\bload_dataset\b",
    "TFDS_DATA_DIR": r"\btensorflow_datasets\b", "KAGGLEHUB_CACHE": r"\bkagglehub\b",
}  # fmt: skip


def make_downloads(env: Mapping[str, str], code: str) -> None:
    """Make the cache that ``code`` will download into, as it would itself, so that one download is enough.

    In a run's own layer it would be lost with the run.
    """
    home = Path(env.get("HOME") or os.path.expanduser("~"))
    for name, place in _DOWNLOADS:
        if name in _DOWNLOADERS and re.search(_DOWNLOADERS[name], code):
            folder = Path(env[name]) if env.get(name) else home / place
            with contextlib.suppress(OSError):
                # A home that cannot be written has no cache alone either.
                folder.mkdir(parents=True, exist_ok=True)


def downloads(env: Mapping[str, str]) -> tuple[Path, ...]:
    """The download caches of this person that exist: HF_HOME, torch hub and their like."""
    home = Path(env.get("HOME") or os.path.expanduser("~"))
    found = []
    for name, place in _DOWNLOADS:
        given = env.get(name) if name else ""
        for text in (given, str(home / place) if place and not given else ""):
            if text and os.path.isdir(text):
                found.append(Path(text).resolve())
    return tuple(dict.fromkeys(found))


def mount_points() -> tuple[Path, ...]:
    """Where file systems are mounted now, outermost first. Linux; elsewhere none."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
            return _places(lines.read())
    except OSError:
        return ()


@functools.lru_cache(maxsize=2)
def _places(mounts: str) -> tuple[Path, ...]:
    """The places in what the system says of its mounts: the same for run after run."""
    places = [line.split(" ")[4] for line in mounts.splitlines()]
    decoded = [
        place.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
        for place in places
    ]
    return tuple(Path(place) for place in sorted(set(decoded)))


def roots(top: Path, origin: Path, env: Mapping[str, str]) -> tuple[Path, ...]:
    """The folders that get a layer: the project, the home, those for temporary files; none inside another.

    A folder inside another is one all the same where a file system of its own begins on the way to
    the notebook.
    """
    wanted = [top]
    for text in (env.get("HOME"), env.get("TMPDIR"), "/tmp", "/var/tmp"):
        if text and os.path.isdir(text):
            wanted.append(Path(text).resolve())
    wanted = [place for place in dict.fromkeys(wanted) if place != Path(place.anchor)]
    outer = [p for p in wanted if not any(p != q and p.is_relative_to(q) for q in wanted)]
    above = (origin, *origin.parents)
    on_the_way = [p for p in mount_points() if p in above and any(q in p.parents for q in outer)]
    return tuple(sorted({*outer, *on_the_way}))


def scratch(folder: Path, base: Path) -> Path:
    """Where layers of the run in ``folder`` lie below ``base``; the same on every call."""
    name = digest_bytes(os.fsencode(folder)).rpartition(":")[2][:24]
    return base / f"coimprove-{os.getuid()}" / name


def bases(folder: Path) -> tuple[Path, ...]:
    """Folders where layers can lie: beside the run, else where temporary files may be large."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    return (folder / "view", *(scratch(folder, base) for base in (Path("/var/tmp"), home, Path("/tmp"))))


def plan(
    folder: Path, top: Path, origin: Path, env: Mapping[str, str], shared: Sequence[tuple[Path, Path]] = ()
) -> Layers | None:
    """The layers of the run whose folder is ``folder``; None where there is no room for one.

    A layer must not lie below what it covers: the system would refuse it.
    """
    made = []
    for number, at in enumerate(roots(top, origin, env)):
        base = next((b for b in bases(folder) if not b.is_relative_to(at) and _writable(b)), None)
        if base is None:
            return None
        made.append(Layer(at=at, upper=base / f"{number}.upper", work=base / f"{number}.work"))
    covered = [layer.at for layer in made]
    # A file system of its own below a layer would vanish under it.
    within = [p for p in mount_points() if p not in covered and any(at in p.parents for at in covered)]
    both = [*((p, p) for p in within), *((p, p) for p in downloads(env)), *shared]
    below = [(real, seen) for real, seen in both if any(seen.is_relative_to(at) for at in covered)]
    return Layers(layers=tuple(made), shared=tuple(dict.fromkeys(below)))


def _writable(base: Path) -> bool:
    place = base
    while not place.exists() and place != place.parent:
        place = place.parent
    return os.access(place, os.W_OK | os.X_OK)


def make(layers: Layers, hidden: Sequence[Path]) -> None:
    """Make the empty layers on disk, in which each of ``hidden`` (real paths) does not exist.

    Raises OSError.
    """
    for layer in layers.layers:
        private(layer.upper.parent)
        layer.upper.mkdir()
        layer.work.mkdir()
        shutil.copystat(layer.at, layer.upper)
    outer = [p for p in dict.fromkeys(hidden) if not any(p != q and p.is_relative_to(q) for q in hidden)]
    for path in outer:
        covering = layer_of(layers, path)
        if covering is not None and os.path.lexists(path):
            goal = _parents(covering, path)
            # A whiteout: a character device 0/0, which everybody may make (Linux 5.8).
            os.mknod(goal, stat.S_IFCHR, os.makedev(0, 0))


def private(folder: Path) -> None:
    """Make a folder and its parent ours alone; refuse one that somebody else put there."""
    parent = folder.parent
    if parent.name.startswith("coimprove-"):
        parent.mkdir(mode=0o700, exist_ok=True, parents=True)
        info = parent.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.getuid() or info.st_mode & 0o077:
            raise PermissionError(f"{parent} is not a private folder of this user's")
    folder.mkdir(mode=0o700, exist_ok=True, parents=True)


def layer_of(layers: Layers, path: Path) -> Layer | None:
    """The innermost layer that covers ``path``; None where what is written is shared."""
    inside = [layer for layer in layers.layers if path.is_relative_to(layer.at)]
    if not inside or any(path.is_relative_to(seen) for _, seen in layers.shared):
        return None
    return max(inside, key=lambda layer: len(layer.at.parts))


def _parents(layer: Layer, path: Path) -> Path:
    """The place of ``path`` in its layer; folders on the way are made as they are in reality."""
    rest = path.relative_to(layer.at)
    here, real = layer.upper, layer.at
    for part in rest.parts[:-1]:
        here, real = here / part, real / part
        if not here.is_dir():
            here.mkdir()
            if real.is_dir():
                shutil.copystat(real, here)
    return layer.upper / rest


def put(layers: Layers, path: Path, data: bytes) -> bool:
    """Let the run read ``data`` at the real ``path``; False where no layer covers it.

    Compiled modules beside it are hidden: they may be of the text that it replaces.
    """
    layer = layer_of(layers, path)
    if layer is None:
        return False
    goal = _parents(layer, path)
    goal.unlink(missing_ok=True)
    goal.write_bytes(data)
    compiled = path.parent / "__pycache__"
    hole = goal.parent / "__pycache__"
    if path.suffix == ".py" and compiled.is_dir() and not os.path.lexists(hole):
        os.mknod(hole, stat.S_IFCHR, os.makedev(0, 0))
    return True


def written(layers: Layers) -> Iterator[tuple[Path, Path, Stamp]]:
    """(real path, file in the layer, (mtime_ns, size)) of what lies in the layers now."""
    for layer in layers.layers:
        for folder, folders, files in os.walk(layer.upper):
            folders[:] = sorted(name for name in folders if name not in _NOT_KEPT)
            for name in sorted(files):
                file = Path(folder, name)
                info = file.lstat()
                if stat.S_ISREG(info.st_mode):
                    yield layer.at / file.relative_to(layer.upper), file, (info.st_mtime_ns, info.st_size)
