"""Which provider answers a call, and why that one: it is always a choice that can be seen.

In this order: what the person names with the call, ``COIMPROVE_PROVIDER`` and ``COIMPROVE_MODEL``,
Jupyter's configuration (``configuring``); else Anthropic where there is a key, and without one the
built-in provider, which is no model and says so. What was named and cannot be is an error; what is
only settled and cannot be is the built-in one, with the reason on its label.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import NeedsModel, UnknownName, UsageError
from jupyter_coimprove.redaction import Secret
from jupyter_coimprove.workbench.policy import Settled, allowed, check_ai, not_unasked, policy

if TYPE_CHECKING:
    from jupyter_coimprove.proposals.provider import Provider
    from jupyter_coimprove.providers.anthropic import AnthropicProvider
    from jupyter_coimprove.providers.anthropic.line import Line
    from jupyter_coimprove.providers.local import LocalProvider, Process
    from jupyter_coimprove.workbench.bench import Bench

PROVIDERS = ("builtin", "anthropic", "local")
#: What is said where a model could answer and is not asked, because the call names none.
UNASKED = "no model was asked: one takes part only where you name it (-p, -m)"
_OFF = ("off", "no", "false", "0")
#: Lines to services stay open for the next question of this process.
_LINES: dict[tuple[Secret, str, float], Line] = {}
#: So does a model on this computer, by its file.
_PROCESSES: dict[Path, Process] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The provider that answers, its model ("": none), and why: where it was said, or what is missing."""

    provider: str
    why: str
    model: str = ""
    #: Who wants no model though one might answer, in words: "you chose"; empty where one is only missing.
    chosen: str = ""
    #: That a model could answer and is not asked, because the call names none; empty elsewhere.
    unasked: str = ""
    settled: Mapping[str, Any] = field(default_factory=dict)


def provider_for(
    bench: Bench, named: str | None = None, model: str | None = None, *, asked: bool = True
) -> Provider:
    """The provider of this call. Raises UsageError for an unknown one, NeedsModel for a named one that cannot be.

    Not ``asked``: the person wants something computed, and named no model; whether one takes part unasked is
    settled (``policy.not_unasked``).
    """
    choice = choose(bench, named, model, asked=asked)
    if choice.provider == "anthropic":
        return _anthropic(choice)
    if choice.provider == "local":
        return _local(choice)
    from jupyter_coimprove.providers.builtin import BuiltinProvider

    found = BuiltinProvider()
    if choice.why:
        found.label = f"{found.label} ({choice.why})"
    if choice.chosen:
        found.because = f"Without a model, as {choice.chosen}."
    return found


def choose(bench: Bench, named: str | None = None, model: str | None = None, *, asked: bool = True) -> Choice:
    """The choice alone; nothing is loaded."""
    settled = settings(bench)
    found = _chosen(named, model, settled)
    if asked or named or model or found.provider == "builtin" or not (why := not_unasked(settled)):
        return found
    return Choice(provider="builtin", why="", unasked=f"{UNASKED}, {why}", settled=settled)


def _chosen(named: str | None, model: str | None, settled: dict[str, Any]) -> Choice:
    wanted, said = _wanted(named, model, settled)
    if wanted not in ("", *PROVIDERS):
        raise UnknownName("provider", wanted, PROVIDERS)
    forced = [name for name in PROVIDERS[1:] if _policy(name, settled) == "force-on"]
    if forced and wanted not in forced:
        wanted, said = forced[0], "by who runs this server"
    if wanted == "builtin":
        named_here = said == "named"
        chosen = "you chose" if named_here else f"{said} has it"
        return Choice(provider="builtin", why="" if named_here else said, chosen=chosen, settled=settled)
    missing = _missing(wanted or "anthropic", _with(settled, model) if wanted == "local" else settled)
    if missing is not None:
        if said == "named":
            raise missing
        return Choice(provider="builtin", why=missing.message if wanted else "", settled=settled)
    if wanted == "local":
        return Choice(
            provider="local", why=said, model=_local_file(settled, model).stem, settled=_with(settled, model)
        )
    from jupyter_coimprove.providers.anthropic.provider import MODEL

    found = model or os.environ.get("COIMPROVE_MODEL") or settled.get("model") or MODEL
    return Choice(provider="anthropic", why=said or "there is a key", model=str(found), settled=settled)


def chosen_in_panel(bench: Bench, provider: str, model: str) -> dict[str, str]:
    """Arguments of a question for what was chosen beforehand; a model counts where a service with models answers."""
    said = {"provider": provider} if provider else {}
    if model and choose(bench, provider or None).provider == "anthropic":
        said["model"] = model
    return said


def settings(bench: Bench) -> dict[str, Any]:
    """What Jupyter's configuration settles, and the server's own on top of it; keys as ``Secret``."""
    from jupyter_coimprove.workbench import configuring

    if not bench.configured and not any(path.is_file() for path in configuring.files()):
        return {}
    return configuring.read(bench.configured)


def key(settled: Mapping[str, Any]) -> Secret:
    """The key for Anthropic: of the environment, else of Jupyter's configuration; else empty."""
    found = os.environ.get("ANTHROPIC_API_KEY", "").strip()
    return Secret(found) if found else settled.get("anthropic_api_key", Secret(""))


def _wanted(named: str | None, model: str | None, settled: Mapping[str, Any]) -> tuple[str, str]:
    """Which provider, and where it was said. A model that is named is one to be asked."""
    if named:
        return named, "named"
    found = os.environ.get("COIMPROVE_PROVIDER", "").strip()
    if found:
        said = "COIMPROVE_PROVIDER"
    else:
        found, said = str(settled.get("provider", "")), "Jupyter's configuration"
    if model and found in ("", "builtin"):
        return "local" if model.endswith(".gguf") else "anthropic", "named"
    return (found, "named" if model else said) if found else ("", "")


def _missing(name: str, settled: Mapping[str, Any]) -> NeedsModel | None:
    """Why this provider cannot be asked, or None."""
    try:
        check_ai(policy("ai", str(settled.get("ai_policy", ""))), chosen=bool(settled.get("ai", True)))
    except NeedsModel as error:
        return error
    if not allowed(_setting(name), True, settled):
        return NeedsModel(
            f"{name} is turned off by who runs this server", remedy="ask them, or name another: -p"
        )
    if name == "anthropic" and not key(settled):
        return NeedsModel(
            "no key for Anthropic", remedy="set ANTHROPIC_API_KEY where Jupyter or the shell starts"
        )
    if name == "local":
        from jupyter_coimprove.providers import local

        words = local.missing(_local_named(settled))
        if words:
            return NeedsModel(
                words,
                remedy="`coimprove model fetch` installs a small one; COIMPROVE_LOCAL_MODEL names a GGUF file",
            )
    return None


def _with(settled: Mapping[str, Any], model: str | None) -> dict[str, Any]:
    """For the local provider a model is a file; one named with the call goes before the environment's."""
    return {**settled, "named_file": model} if model else dict(settled)


def _local_named(settled: Mapping[str, Any]) -> str:
    return str(
        settled.get("named_file")
        or os.environ.get("COIMPROVE_LOCAL_MODEL", "").strip()
        or settled.get("local_model", "")
    )


def _local_file(settled: Mapping[str, Any], model: str | None) -> Path:
    from jupyter_coimprove.providers import local

    found = local.found_model(_local_named(_with(settled, model)))
    assert found is not None, "what is missing was looked for before"
    return found.resolve()


def _local(choice: Choice) -> LocalProvider:
    from jupyter_coimprove.providers.local import LocalProvider, Process

    path = _local_file(choice.settled, None)
    with _LOCK:
        return LocalProvider(_PROCESSES.setdefault(path, Process(path)))


def _policy(name: str, settled: Mapping[str, Any]) -> str:
    return policy(_setting(name), str(settled.get(f"{name}_policy", "")))


def _setting(name: str) -> Settled:
    return "local" if name == "local" else "anthropic"


def _anthropic(choice: Choice) -> AnthropicProvider:
    from jupyter_coimprove.providers.anthropic import AnthropicProvider, Settings
    from jupyter_coimprove.providers.anthropic.line import Line
    from jupyter_coimprove.providers.anthropic.provider import URL

    settled = choice.settled
    thinking = os.environ.get("COIMPROVE_THINKING", "").strip().lower()
    made = Settings(
        key=key(settled), model=choice.model,
        url=os.environ.get("ANTHROPIC_BASE_URL", "").strip() or settled.get("anthropic_base_url") or URL,
        thinking=thinking not in _OFF if thinking else bool(settled.get("thinking", True)),
        effort=str(settled.get("effort", "")), max_tokens=int(settled.get("max_tokens", 16_000)),
        read_s=float(settled.get("read_seconds", 120.0)),
    )  # fmt: skip
    if made.max_tokens < 1 or made.read_s <= 0:
        raise UsageError("Coimprove.max_tokens and read_seconds are above zero")
    with _LOCK:
        line = _LINES.setdefault(
            (made.key, made.url, made.read_s),
            Line(key=made.key, url=made.url, connect_s=made.connect_s, read_s=made.read_s),
        )
    return AnthropicProvider(made, line=line)


def warm(bench: Bench) -> None:
    """Load in the background what the first question will need, where it goes to a service and may be unasked."""
    choice = choose(bench, asked=False)
    if choice.provider == "anthropic":
        _anthropic(choice).warm()
