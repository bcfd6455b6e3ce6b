"""The table of routes, put under the server's base URL."""

from __future__ import annotations

from typing import Any

PREFIX = ("coimprove", "v1")
#: How often a server with live runs says that it is not idle, in milliseconds.
AWAKE_MS = 60_000
#: How often a window's notebooks are looked at again: a project may have been made around them.
PRESENCE_MS = 2_000
#: What Jupyter Server tells of files, renames among it.
RENAMES = "https://events.jupyter.org/jupyter_server/contents_service/v1"


def add(serverapp: Any) -> None:
    """Add every route, and what they share, to a running server."""
    from jupyter_server.utils import url_path_join
    from tornado.ioloop import PeriodicCallback

    from jupyter_coimprove.interfaces.server import applications, handlers, lines, mcp
    from jupyter_coimprove.interfaces.server.shared import Shared
    from jupyter_coimprove.workbench.policy import check_words

    web_app = serverapp.web_app
    shared = Shared(web_app.settings, configured=serverapp.config.get("Coimprove", {}))
    # A misspelled policy is said when the server starts, not when it is asked for.
    check_words(shared.configured)
    table = [
        ("version", handlers.VersionHandler),
        ("settings", handlers.SettingsHandler),
        ("verbs", handlers.VerbsHandler),
        (r"verbs/([a-z][a-z-]*)", handlers.VerbHandler),
        ("lines", lines.LinesHandler),
        ("variables", lines.VariablesHandler),
        (r"requests/([\w.-]{1,100})", handlers.RequestHandler),
        (r"runs/(\w+)/files/(.+)", handlers.RunFileHandler),
        ("applications", applications.ApplicationsHandler),
        (r"applications/(\w{1,40})/(claim|applied|refused|reverted|redone)", applications.ApplicationHandler),
        ("events", handlers.EventsHandler),
    ]
    base = url_path_join(web_app.settings["base_url"], *PREFIX)
    web_app.add_handlers(".*$", [(f"{base}/{path}", handler, {"shared": shared}) for path, handler in table])
    # Its address is in people's configurations: it has no version, the protocol has its own.
    door = (url_path_join(web_app.settings["base_url"], "coimprove", "mcp"), mcp.McpHandler, {"shared": shared, "served": mcp.Served(shared.configured)})  # fmt: skip
    web_app.add_handlers(".*$", [door])
    serverapp.event_logger.add_listener(
        schema_id=RENAMES, listener=shared.listen(web_app.settings["server_root_dir"])
    )
    PeriodicCallback(shared.stay_awake, AWAKE_MS).start()
    PeriodicCallback(shared.look_again, PRESENCE_MS).start()
