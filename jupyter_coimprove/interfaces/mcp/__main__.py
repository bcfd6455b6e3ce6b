"""``coimprove mcp [NOTEBOOK or folder]``: MCP over standard input and output, for a client that starts it.

The protocol has the two pipes for itself: what libraries and their children print goes to stderr.
It ends when its input ends.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from jupyter_coimprove.errors import CoimproveError
from jupyter_coimprove.lean import without_grammar


def main(words: list[str]) -> int:
    """Serve what is named, else the folder where this stands; the exit code."""
    source, sink = _pipes()
    try:
        _serve(Path(words[0]) if words else Path.cwd(), source, sink)
    except CoimproveError as error:
        sys.stderr.write(f"coimprove: {error.message}\n" + (f"  → {error.remedy}\n" if error.remedy else ""))
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def _pipes() -> tuple[io.TextIOWrapper, io.TextIOWrapper]:
    """Copies of standard input and output; in their places stand nothing, and stderr."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return (
        io.TextIOWrapper(source, encoding="utf-8", errors="replace"),
        io.TextIOWrapper(sink, encoding="utf-8", newline="\n"),
    )


def _serve(path: Path, source: io.TextIOWrapper, sink: io.TextIOWrapper) -> None:
    from jupyter_coimprove.interfaces.mcp import calling, installed, rehearsing
    from jupyter_coimprove.interfaces.mcp.folder import folder_of
    from jupyter_coimprove.workbench.bench import Bench, Where, os_actor

    installed()
    folder = folder_of(path)
    root = os.environ.get("COIMPROVE_ROOT")
    asker = calling.Asker(person=os_actor(), root=Path(root).expanduser() if root else None)
    # Said at once where AI is off; each call asks again.
    calling.check_allowed(Bench(where=Where(cwd=folder.root)))
    import anyio
    from mcp.server.stdio import stdio_server

    from jupyter_coimprove.interfaces.mcp.serving import serve

    async def run() -> None:
        server = serve(lambda request: (folder, asker))
        async with stdio_server(anyio.wrap_file(source), anyio.wrap_file(sink)) as (read, write):
            rehearsing.begin()
            await server.run(read, write, server.create_initialization_options())

    anyio.run(run)


if __name__ == "__main__":
    without_grammar()
    code = main(sys.argv[1:])
    sys.stderr.flush()
    # Not sys.exit: the interpreter would wait for the thread that waits for input.
    os._exit(code)
