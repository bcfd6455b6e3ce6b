"""What who runs the server can settle for everybody: each of these can be taken from the person, or forced.

``COIMPROVE_AI_POLICY``, and by the same rule ``_ANTHROPIC_``, ``_LOCAL_`` (which providers may be asked),
``_PREVIEWS_``, ``_OUTPUTS_``, ``_IMAGES_`` (what a model gets to see) and ``_AUTO_``, are ``user-choice``
(the default: the person's own setting counts), ``force-on`` or ``force-off``. Nothing in a notebook or a
project folder can set them.

``_AUTO_`` settles what happens for an assistant's sake without a person having asked it: a model's words over
what a verb computes and its plan where the call names no model (``-p``, ``-m``), and what is loaded beforehand
(the line to the service in the magics' host, the tools in an MCP server). What only keeps the books (an
error's text in its own kernel, what became stale, accepted edits of an open window) asks nobody and goes on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal, cast, get_args

from jupyter_coimprove.errors import NeedsModel, UsageError

Policy = Literal["user-choice", "force-on", "force-off"]
Settled = Literal["ai", "anthropic", "local", "previews", "outputs", "images", "auto"]
POLICIES: tuple[str, ...] = get_args(Policy)
SETTLED: tuple[str, ...] = get_args(Settled)


def variable(what: Settled) -> str:
    """The environment variable of a policy."""
    return f"COIMPROVE_{what.upper()}_POLICY"


def policy(what: Settled, configured: str = "", environ: Mapping[str, str] | None = None) -> Policy:
    """The policy: of the environment, else as configured. UsageError for an unknown word.

    Of two that disagree the stricter one counts.
    """
    name = variable(what)
    said = [(environ if environ is not None else os.environ).get(name, ""), configured]
    for word in said:
        if word and word not in POLICIES:
            raise UsageError(f"{name} is {word!r}", remedy=f"one of {', '.join(POLICIES)}")
    if "force-off" in said:
        return "force-off"
    return cast(Policy, next((word for word in said if word), "user-choice"))


def allowed(what: Settled, chosen: bool, configured: Mapping[str, Any] | None = None) -> bool:
    """Whether it may be done: as the policy says, else as the person chose."""
    settled = policy(what, str((configured or {}).get(f"{what}_policy", "")))
    return settled == "force-on" or (settled == "user-choice" and chosen)


def not_unasked(settled: Mapping[str, Any]) -> str:
    """Who has it that nothing happens unasked, in words that end a sentence; empty where it may.

    ``settled`` is the configuration (``choosing.settings``). Raises UsageError for an unknown word.
    """
    if allowed("auto", bool(settled.get("auto", True)), settled):
        return ""
    if policy("auto", str(settled.get("auto_policy", ""))) == "force-off":
        return f"as who runs this server has it ({variable('auto')})"
    return "as you have it (Coimprove.auto)"


def check_words(configured: Mapping[str, Any]) -> None:
    """UsageError where the environment or a server's configuration says an unknown word for any of them."""
    for what in get_args(Settled):
        policy(what, str(configured.get(f"{what}_policy", "")))


def ai_policy(configured: str = "", environ: Mapping[str, str] | None = None) -> Policy:
    """Whether a model may be asked here at all."""
    return policy("ai", configured, environ)


def check_ai(policy: Policy, *, chosen: bool = True) -> None:
    """NeedsModel where no model may be asked: by policy, or because the person has turned it off."""
    if policy == "force-off" or (policy == "user-choice" and not chosen):
        raise NeedsModel(
            "AI is turned off here" + (" by who runs this server" if policy == "force-off" else ""),
            remedy="what is computed works without it: `coimprove candidates`, `plan`, `check`, `results`",
        )
