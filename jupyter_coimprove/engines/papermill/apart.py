"""Keeping one run apart: private layers where they can be entered, else links; and its environment.

``COIMPROVE_ISOLATION`` chooses: ``layers`` (fail where they are refused), ``links``, or ``auto``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_coimprove.engines.papermill import leftovers, namespace
from jupyter_coimprove.errors import EngineError
from jupyter_coimprove.kernelspace import opened as watch
from jupyter_coimprove.runs import isolation, layers
from jupyter_coimprove.runs.isolation import Finished, View
from jupyter_coimprove.runs.layers import Layers
from jupyter_coimprove.runs.run import Work

CHOICE = "COIMPROVE_ISOLATION"


@dataclass(frozen=True, kw_only=True)
class Apart:
    """How one run is kept apart. ``how`` is layers or links; ``why`` says why not layers."""

    view: View
    env: Mapping[str, str]
    opened: Path
    how: str
    why: str
    shared: tuple[Path, ...]
    held: tuple[int, ...] = ()

    def finish(self, keep_bytes: int | None) -> Finished:
        """Take the view down; what the run wrote, and what it touched outside."""
        try:
            return isolation.finish(
                self.view, keep_bytes=keep_bytes, opened=watch.read(self.opened), shared=self.shared
            )
        finally:
            leftovers.let_go(self.held)


#: Layers that this process has entered once: runs of one experiment differ in their folders alone, and each
#: that cannot enter its own fails by itself.
_TRIED: set[tuple[Path, Path, tuple[Path, ...]]] = set()


def keep_apart(work: Work, env: Mapping[str, str], sockets: Path) -> Apart:
    """Prepare the view of ``work``; ``sockets`` is a short folder of its own that stays shared with it.

    Raises EngineError where layers are demanded and refused, OSError when a view cannot be made.
    """
    choice = env.get(CHOICE) or "auto"
    if choice not in ("auto", "layers", "links"):
        raise EngineError(
            f"{CHOICE}={choice} is no way to keep runs apart", remedy="use auto, layers or links"
        )
    if choice != "links":
        layers.make_downloads(env, isolation.code_of(work))
    shared = (sockets.resolve(), *layers.downloads(env))
    env = {name: value for name, value in env.items() if name != CHOICE}
    opened = sockets / "opened"
    why = "asked for" if choice == "links" else ""
    if not why:
        leftovers.sweep(work.folder.resolve())
        run_dir = sockets / work.run
        run_dir.mkdir()
        made, why = _layers(work, env, sockets, run_dir)
        if made is not None:
            view = isolation.prepare(work, layers=made)
            held = leftovers.claim(work.folder.resolve())
            env = {**env, "COIMPROVE_RUN_DIR": str(run_dir)}
            return Apart(view=view, env=env, opened=opened, how="layers", why="", shared=shared, held=held)
        run_dir.rmdir()
    if choice == "layers":
        raise EngineError(f"runs cannot have private layers here: {why}", remedy=f"set {CHOICE}=links")
    # Short, for the sockets that multiprocessing makes there.
    own = sockets / "t"
    own.mkdir(mode=0o700)
    shared = (*shared, work.folder.resolve())
    env = {**env, "TMPDIR": str(own)}
    return Apart(view=isolation.prepare(work), env=env, opened=opened, how="links", why=why, shared=shared)


def _layers(work: Work, env: Mapping[str, str], sockets: Path, run_dir: Path) -> tuple[Layers | None, str]:
    """The layers of this run, tried out where none like them were; or None and why."""
    origin, folder = work.source_dir.resolve(), work.folder.resolve()
    real = sockets.resolve()
    shares = [(real, real), (folder, real / run_dir.name)]
    made = layers.plan(folder, isolation.chain_of(origin)[0], origin, env, shares)
    if made is None:
        return None, "there is no folder for them outside of what they would cover"
    alike = (origin, folder.parent, tuple(layer.at for layer in made.layers))
    if alike in _TRIED:
        return made, ""
    isolation.remove(folder / "view")
    try:
        layers.make(made, ())
        why = namespace.refusal(made, origin)
    except OSError as error:
        why = str(error)
    isolation.remove(folder / "view")
    if why:
        return None, why
    _TRIED.add(alike)
    return made, ""


def offered(folder: Path) -> str:
    """Whether runs in ``folder`` would get private layers: empty, or why not."""
    work_folder = folder / f".coimprove-probe-{os.getpid()}"
    made = layers.plan(work_folder, folder, folder, os.environ)
    if made is None:
        return "there is no folder for them outside of what they would cover"
    try:
        layers.make(made, ())
        return namespace.refusal(made, folder)
    except OSError as error:
        return str(error)
    finally:
        isolation.remove(work_folder / "view")
        if work_folder.is_dir():
            work_folder.rmdir()
