"""Who asks: the server's identity as the record's actor, with how it was authenticated."""

from __future__ import annotations

from typing import Any

from jupyter_coimprove.registry import Actor, Auth

_LONGEST = 200


def actor_of(user: Any, provider: Any) -> Actor:
    """The person behind a request.

    Jupyter's token authentication invents a name ("Anonymous Io") that identifies nobody: then
    the operating system's user, who owns the server and its token, is the one who is recorded.
    """
    auth = auth_of(provider)
    if auth == "token":
        from jupyter_coimprove.workbench.bench import os_actor

        owner = os_actor()
        return Actor(kind="person", id=owner.id, display=owner.display, auth="token")
    name = _plain(getattr(user, "username", "")) or "unknown"
    display = _plain(getattr(user, "display_name", "") or getattr(user, "name", "")) or name
    return Actor(kind="person", id=name, display=display, auth=auth)


def auth_of(provider: Any) -> Auth:
    """``hub`` under JupyterHub, ``password`` where one is set, else ``token``."""
    module = type(provider).__module__
    if module.startswith("jupyterhub"):
        return "hub"
    if getattr(provider, "hashed_password", ""):
        return "password"
    return "token"


def _plain(text: object) -> str:
    """A name without what could forge a line or a direction of writing."""
    return "".join(char for char in str(text or "") if char.isprintable())[:_LONGEST].strip()
