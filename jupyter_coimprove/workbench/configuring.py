"""What the person has settled in Jupyter's configuration: ``coimprove_config.py`` or ``.json``, and nowhere else.

Read from Jupyter's config path (`jupyter --paths`), the person's own folder first. A notebook, a
project folder and the working directory are never read: whoever sends you a project names no
endpoint and no model. The environment goes before all of it (``choosing``).

    c = get_config()
    c.Coimprove.provider = "anthropic"
    c.Coimprove.model = "claude-opus-5-5"
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_config_path
from traitlets import Bool, Dict, Enum, Float, Int, TraitError, Unicode
from traitlets.config import Config, Configurable
from traitlets.config.loader import ConfigFileNotFound, JSONFileConfigLoader, PyFileConfigLoader

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.redaction import Secret

NAME = "coimprove_config"
_SECRETS = ("anthropic_api_key",)


class Coimprove(Configurable):  # type: ignore[misc]
    """Which model is asked, where, and how much it may take."""

    ai = Bool(True, help="whether a model may be asked at all").tag(config=True)
    provider = Unicode("", help="builtin, anthropic or local; empty: anthropic with a key, else builtin").tag(
        config=True
    )
    model = Unicode("", help="which model; empty: the provider's default").tag(config=True)
    anthropic_api_key = Unicode("", help="better in the environment: ANTHROPIC_API_KEY").tag(config=True)
    anthropic_base_url = Unicode("", help="another address that speaks the Messages protocol").tag(
        config=True
    )
    images = Bool(True, help="whether pictures that cells showed may go to a model that takes them").tag(
        config=True
    )
    auto = Bool(
        True,
        help="whether a model adds its words and plans where a call names none, and is made ready beforehand",
    ).tag(config=True)
    thinking = Bool(True, help="adaptive thinking, where the model takes it").tag(config=True)
    effort = Enum(("", "low", "medium", "high", "xhigh", "max"), "", help="how much it thinks").tag(
        config=True
    )
    max_tokens = Int(16_000, help="tokens of one answer").tag(config=True)
    read_seconds = Float(120.0, help="the longest silence of the service that is waited for").tag(config=True)
    first_view = Float(
        0.1, min=0.0, max=1.0, help="on this share of what a model proposes you say your view first"
    ).tag(config=True)
    local_model = Unicode("", help="a GGUF file for the local provider").tag(config=True)
    prices = Dict({}, help="what a million tokens cost, by model: {'*': {'input': 3, 'output': 15}}").tag(
        config=True
    )
    tokens_request = Float(None, allow_none=True, min=0, help="most tokens of a question").tag(config=True)
    tokens_day = Float(None, allow_none=True, min=0, help="most tokens of a day").tag(config=True)
    tokens_experiment = Float(
        None, allow_none=True, min=0, help="most tokens of all questions about one experiment"
    ).tag(config=True)
    budget_request = Float(None, allow_none=True, min=0, help="most money for a question").tag(config=True)
    budget_day = Float(None, allow_none=True, min=0, help="most money for a day").tag(config=True)
    budget_experiment = Float(
        None, allow_none=True, min=0, help="most money for all questions about one experiment"
    ).tag(config=True)
    estimate_above = Float(
        None, allow_none=True, min=0, help="so many tokens are told before they are sent"
    ).tag(config=True)
    ai_policy = Unicode("", help="user-choice, force-on or force-off").tag(config=True)
    anthropic_policy = Unicode("", help="the same, for asking Anthropic").tag(config=True)
    local_policy = Unicode("", help="the same, for a local model").tag(config=True)
    previews_policy = Unicode("", help="the same, for previews in the sandbox").tag(config=True)
    outputs_policy = Unicode("", help="the same, for sending outputs to a model").tag(config=True)
    images_policy = Unicode("", help="the same, for sending images to a model").tag(config=True)
    auto_policy = Unicode("", help="the same, for what a model does unasked").tag(config=True)


def files() -> list[Path]:
    """Where it may stand, the most telling first."""
    return [Path(folder) / f"{NAME}{end}" for folder in jupyter_config_path() for end in (".py", ".json")]


def read(also: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is settled, by trait; the keys in it as ``Secret``. ``also`` is what a server's own configuration says.

    UsageError for a file that cannot be read, an unknown name, or a value of a wrong type.
    """
    merged = Config()
    for path in reversed(files()):
        if path.is_file():
            merged.merge(_load(path))
    said = {**merged.get("Coimprove", {}), **(also or {})}
    known = Coimprove.class_trait_names(config=True)
    for name in said:
        if name not in known:
            raise UnknownName("setting", f"Coimprove.{name}", [f"Coimprove.{one}" for one in known])
    try:
        settled = Coimprove(**said)
    except TraitError as error:
        raise UsageError(
            f"a setting of Coimprove cannot be taken: {error}", remedy="see `jupyter --paths`"
        ) from None
    out = {name: getattr(settled, name) for name in said}
    return {name: Secret(value) if name in _SECRETS else value for name, value in out.items()}


def _load(path: Path) -> Config:
    kind = PyFileConfigLoader if path.suffix == ".py" else JSONFileConfigLoader
    try:
        return kind(path.name, path=str(path.parent)).load_config()
    except (ConfigFileNotFound, OSError, ValueError, SyntaxError, NameError, TypeError) as error:
        # Not its text: what stands there may be the key.
        raise UsageError(
            f"{path} cannot be read ({type(error).__name__})", remedy="mend or remove it"
        ) from None
