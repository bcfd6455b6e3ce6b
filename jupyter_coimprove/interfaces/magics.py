"""``%coai`` and ``%%coai``: a client of the host process, and nothing more.

Loading this costs five modules; everything else is imported by the first call.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from IPython.core.magic import (
    Magics,
    line_cell_magic,
    magics_class,
    needs_local_scope,
    no_var_expand,
)

from jupyter_coimprove.kernelspace.failed import remember

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_coimprove.interfaces.display.answer import Answer


@magics_class
class CoaiMagics(Magics):  # type: ignore[misc]  # IPython has no types here
    """The two magics; they hold no state of their own."""

    @no_var_expand  # type: ignore[untyped-decorator]
    @needs_local_scope  # type: ignore[untyped-decorator]
    @line_cell_magic  # type: ignore[untyped-decorator]
    def coai(
        self, line: str, cell: str | None = None, local_ns: dict[str, Any] | None = None
    ) -> Answer | None:
        """%coai VERB …: plan, run and decide on ablations. `%coai --help` lists the verbs.

        %%coai: ask in your own words; what is proposed waits for you. `%coai ask --help` lists the options.

        {name} is replaced by the value of that variable, where there is one.
        In a run of an experiment both do nothing, and say so.
        """
        if os.environ.get("COIMPROVE_IN_RUN"):
            print("coai: not asked, as this is a run of the notebook")  # noqa: T201 (as a cell would)
            return None
        names = {**self.shell.user_ns, **(local_ns or {})}
        if cell is not None:
            from jupyter_coimprove.interfaces import questions

            questions.converse(self.shell, line, cell, names)
            return None
        from jupyter_coimprove.interfaces import asking

        return asking.ask(self.shell, line, names)


def register(shell: InteractiveShell) -> None:
    """Make the magics and their completion known to this shell."""
    shell.register_magics(CoaiMagics)
    if remember not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", remember)
    completer = getattr(shell, "Completer", None)
    if completer is not None and not any(_is_ours(matcher) for matcher in completer.custom_matchers):
        completer.custom_matchers.append(_matcher(shell))


def unregister(shell: InteractiveShell) -> None:
    """Forget the magics and let the host process go."""
    import sys

    if remember in shell.events.callbacks["post_run_cell"]:
        shell.events.unregister("post_run_cell", remember)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("coai", None)
    completer = getattr(shell, "Completer", None)
    if completer is not None:
        completer.custom_matchers[:] = [m for m in completer.custom_matchers if not _is_ours(m)]
    client = sys.modules.get("jupyter_coimprove.kernelspace.client")
    if client is not None:
        client.close()


def _matcher(shell: InteractiveShell) -> Any:
    """What IPython's completer (in terminals and in ``complete_request``) asks for ``%coai`` lines."""
    from IPython.core.completer import context_matcher

    @context_matcher(identifier="coai")  # type: ignore[untyped-decorator]
    def coai_matcher(context: Any) -> dict[str, Any]:
        line = context.text_until_cursor
        if "coai " not in line:
            return {"completions": []}
        from jupyter_coimprove.interfaces.completing import matches

        return matches(shell, line)

    return coai_matcher


def _is_ours(matcher: Any) -> bool:
    return getattr(matcher, "matcher_identifier", None) == "coai"
