"""The door of Jupyter Server: verbs, events and files of runs for the panel and the cards.

Everything is authenticated and authorised (resource ``coimprove``); nothing changes by GET.
``/coimprove/v1/verbs/NAME`` (POST) carries out one verb, ``/coimprove/v1/events`` (WebSocket)
tells what is kept, ``/coimprove/v1/runs/ID/files/PATH`` (GET) gives what a run left. Importing
this module costs a server nothing: the rest is imported with the first request.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "jupyter_coimprove.interfaces.server"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:
    """Add the routes. Jupyter Server calls this when it starts."""
    from jupyter_coimprove.interfaces.server.routes import add

    add(serverapp)
