"""Whether an experiment runs on this machine or on a cluster, and on which."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.workbench import sharing

if TYPE_CHECKING:
    from jupyter_coimprove.engines.dask.cluster import Cluster
    from jupyter_coimprove.record.base import Item, Record

ENGINE = "dask"


def chosen(
    record: Record, item: Item, *, engine: str | None, cluster: str | None, tls: str | None,
    env: Mapping[str, str] | None = None,
) -> tuple[str, Cluster | None]:  # fmt: skip
    """The engine, and for Dask the cluster: the one named now, else the environment's, else the one it began on.

    Naming a cluster asks for Dask. Raises UsageError.
    """
    if engine not in (None, ENGINE) and (cluster or tls):
        raise UsageError(
            f"the engine {engine} runs on this machine, and a cluster was named", remedy="leave out one of the two"
        )  # fmt: skip
    found = ENGINE if cluster or tls else sharing.engine_for(record, item, engine)
    if found != ENGINE:
        return found, None
    from jupyter_coimprove.engines.dask.cluster import ADDRESS, cluster_of

    env = os.environ if env is None else env
    return found, cluster_of(cluster or env.get(ADDRESS) or str(item.data.get("cluster") or ""), tls, env)


def unguarded(cluster: Cluster | None) -> tuple[str, ...]:
    """A warning where whoever reaches the cluster's port could run code in it."""
    if cluster is None or cluster.address.startswith(("tls://", "wss://", "inproc://")):
        return ()
    host = cluster.address.rpartition("://")[2].rpartition(":")[0].strip("[]")
    if host in ("localhost", "::1") or host.startswith("127."):
        return ()
    return (
        f"{cluster.address} is neither encrypted nor authenticated: whoever reaches it can run code there; "
        "use tls:// with --cluster-tls CA,CERT,KEY",
    )
