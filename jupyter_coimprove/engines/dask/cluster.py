"""A Dask cluster that somebody else runs: where it is, how it is reached, and whether it can run this.

Nothing here starts a scheduler or a worker, and so no dashboard either.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupyter_coimprove
from jupyter_coimprove.engines.dask import reaching, station
from jupyter_coimprove.errors import EngineError, KernelMissing, UsageError

ADDRESS, TLS = "COIMPROVE_CLUSTER", "COIMPROVE_CLUSTER_TLS"
CONNECT_S = 10.0
_ADDRESS = re.compile(r"(?:tcp|tls|ucx|ws|wss|inproc)://\S+|[^\s:/]+:\d+|\[[0-9a-fA-F:]+\]:\d+")
_INSTALL = "pip install 'jupyter-coimprove[dask]'"
#: What must be the same on all workers, because numbers depend on it.
_SAME = ("python", "implementation", "machine", "packages_digest", "language")


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """``address`` as Dask writes it. ``tls``: the files of the authority, our certificate and its key; where
    they are not given, a ``tls://`` address takes them from Dask's own configuration."""

    address: str
    tls: tuple[Path, Path, Path] | None = None


@dataclass(frozen=True, kw_only=True)
class Seats:
    """How many runs each worker has room for, by its address, and how many cores of its host are one run's."""

    threads: Mapping[str, int]
    cores: int = 1

    @property
    def runs(self) -> int:
        return sum(self.threads.values())


def cluster_of(address: str | None, tls: str | None, env: Mapping[str, str] | None = None) -> Cluster:
    """The cluster that options name, else the environment (``COIMPROVE_CLUSTER``, ``COIMPROVE_CLUSTER_TLS``).

    ``tls`` is ``ca,cert,key``. Raises UsageError.
    """
    env = os.environ if env is None else env
    address = address or env.get(ADDRESS)
    tls = tls or env.get(TLS)
    if not address:
        raise UsageError(
            "the engine dask needs a cluster", remedy=f"name its scheduler: --cluster tcp://HOST:8786, or {ADDRESS}"
        )  # fmt: skip
    if not _ADDRESS.fullmatch(address):
        raise UsageError(
            f"{address!r} is no address of a scheduler", remedy="write it as tcp://HOST:8786 or tls://HOST:8786"
        )  # fmt: skip
    if not tls:
        return Cluster(address=address)
    names = [name.strip() for name in tls.split(",")]
    if len(names) != 3 or not all(names):
        raise UsageError(
            f"TLS needs three files, and {tls!r} names {len([n for n in names if n])}",
            remedy="write --cluster-tls CA,CERT,KEY: the authority's certificate, ours, and our key",
        )
    if "://" in address and not address.startswith(("tls://", "wss://")):
        raise UsageError(
            f"{address} is not encrypted, and files for TLS were given", remedy="write the address as tls://HOST:PORT"
        )  # fmt: skip
    paths = [Path(name).expanduser() for name in names]
    for path in paths:
        if not os.access(path, os.R_OK):
            raise UsageError(f"the file for TLS {path} cannot be read", remedy="name it in --cluster-tls")
    ca, cert, key = (path.resolve() for path in paths)
    return Cluster(address=address if "://" in address else f"tls://{address}", tls=(ca, cert, key))


def connect(cluster: Cluster, timeout: float = CONNECT_S) -> Any:
    """A client of this cluster. Raises EngineError when ``distributed`` is missing, nobody answers or TLS fails."""
    try:
        import distributed
    except ImportError as error:
        raise EngineError(
            f"the package `distributed` is not installed here: {error}", remedy=_INSTALL
        ) from None
    security = reaching.reach(cluster.address, cluster.tls, timeout)
    try:
        return distributed.Client(
            cluster.address, timeout=timeout, security=security, set_as_default=False, name="coimprove"
        )
    except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
        why = str(error) or type(error).__name__
        raise EngineError(
            f"no scheduler answers at {cluster.address}: {why}",
            remedy="is `dask scheduler` running there, and does it want TLS (--cluster-tls CA,CERT,KEY)?",
        ) from error


def admit(
    client: Any, kernel: str, env: Mapping[str, str], only: Sequence[str] = ()
) -> tuple[Seats, dict[str, Any]]:
    """The workers' room for runs, and the one environment that they all give; of ``only`` these, where named.

    Raises EngineError when versions or environments differ or there is no worker, KernelMissing.
    """
    versions = client.get_versions(packages=["jupyter_coimprove"])
    wrong = differences(versions, only)
    if wrong:
        raise EngineError(
            f"the cluster is not like this machine: {'; '.join(wrong)}",
            remedy="install the same versions everywhere; mixed, neither messages nor numbers can be trusted",
        )
    if not versions["workers"]:
        raise EngineError("the cluster has no worker", remedy="start one: `dask worker ADDRESS`")
    asked = client.run(station.facts, kernel, dict(env), workers=list(only) or None, on_error="return")
    failed = {address: error for address, error in asked.items() if isinstance(error, BaseException)}
    for address, error in failed.items():
        raise EngineError(f"worker {address} does not answer: {error!r}", remedy="restart it") from error
    missing = {address: told["error"] for address, told in asked.items() if "error" in told}
    if missing:
        address, error = next(iter(missing.items()))
        make = KernelMissing if error["code"] == KernelMissing.code else EngineError
        many = f"{len(missing)} of {len(asked)} workers" if len(asked) > 1 else "the worker"
        raise make(f"on {many} ({address}): {error['message']}", remedy=error["remedy"])
    return _seats(asked), _one([told["facts"] for told in asked.values()])


def _seats(asked: Mapping[str, Mapping[str, Any]]) -> Seats:
    by_host: dict[str, int] = {}
    for told in asked.values():
        by_host[told["host"]] = by_host.get(told["host"], 0) + int(told["threads"])
    cores = min((int(told["cores"]) // by_host[told["host"]] for told in asked.values()), default=1)
    threads = {address: int(told["threads"]) for address, told in asked.items()}
    return Seats(threads=threads, cores=max(1, cores))


def _one(facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all workers have in common. Raises EngineError where they differ in what numbers depend on."""
    first = facts[0]
    for other in facts[1:]:
        for name in _SAME:
            if other.get(name) != first.get(name):
                raise EngineError(
                    f"workers have different environments: {_which(name, first, other)}",
                    remedy="give all workers one environment: a result must not depend on where it was run",
                )
    platforms = sorted({str(one.get("platform", "")) for one in facts})
    return {**first, **({"platform": ", ".join(platforms)} if platforms != [""] else {})}


def _which(name: str, first: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    if name != "packages_digest":
        return f"{name} {first.get(name)} and {other.get(name)}"
    one, two = first.get("packages", {}), other.get("packages", {})
    names = sorted(package for package in {*one, *two} if one.get(package) != two.get(package))
    return (
        ", ".join(f"{n} {one.get(n, 'missing')} and {two.get(n, 'missing')}" for n in names)
        or "their packages"
    )


def differences(versions: Mapping[str, Any], only: Iterable[str] = ()) -> list[str]:
    """Where scheduler or workers have another ``distributed``, Python or version of ours, a line each.

    ``versions`` is what ``Client.get_versions`` gives. The scheduler needs nothing of ours.
    """
    mine = {
        "distributed": versions["client"]["packages"].get("distributed"),
        "Python": _minor(platform.python_version()),
        "jupyter-coimprove": jupyter_coimprove.__version__,
    }
    only = set(only)
    workers = {name: told for name, told in versions["workers"].items() if not only or name in only}
    theirs: dict[tuple[str, str], list[str]] = {}
    for where, told in {"the scheduler": versions["scheduler"], **workers}.items():
        if not told:
            continue
        packages = told["packages"]
        found = {"distributed": packages.get("distributed"), "Python": _minor(told["host"]["python"])}
        if where != "the scheduler":
            found["jupyter-coimprove"] = packages.get("jupyter_coimprove")
        for what, version in found.items():
            if version != mine[what]:
                theirs.setdefault((what, str(version or "missing")), []).append(where)
    return [
        f"{what} is {mine[what]} here and {version} on {wheres[0]}"
        + (f" and {len(wheres) - 1} more" if len(wheres) > 1 else "")
        for (what, version), wheres in theirs.items()
    ]


def _minor(version: str) -> str:
    return ".".join(str(version).split(".")[:2])
