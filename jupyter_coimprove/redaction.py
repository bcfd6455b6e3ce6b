"""What must never leave this process: provider keys, and the values of secret variables.

Best effort, by exact value: no entropy rule, which would mostly blacken ordinary text.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Mapping

MASK = "***"
#: Shorter values ("1", "true") would blacken ordinary text.
SHORTEST = 6

_PROVIDERS = (
    "AI21", "ANTHROPIC", "AZURE_OPENAI", "CEREBRAS", "CLAUDE", "COHERE", "COIMPROVE", "DEEPSEEK",
    "FIREWORKS", "GEMINI", "GOOGLE_GENAI", "GROQ", "LITELLM", "MISTRAL", "MOONSHOT", "NVIDIA_NIM",
    "OPENAI", "OPENROUTER", "PERPLEXITY", "REPLICATE", "TOGETHER", "XAI",
)  # fmt: skip
_SECRET = re.compile(r"key|token|secret|pass|cred|auth(?!or)|bearer", re.IGNORECASE)
_PROVIDER = re.compile(rf"(?:{'|'.join(_PROVIDERS)})(?:_|AI_).*", re.IGNORECASE)
_ALSO = frozenset({"GOOGLE_API_KEY", "AWS_BEARER_TOKEN_BEDROCK"})


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name holds a secret, by what it is called."""
    return _SECRET.search(name) is not None


def is_provider_key(name: str) -> bool:
    """Whether a variable of this name opens a model provider's door."""
    return name.upper() in _ALSO or (_PROVIDER.fullmatch(name) is not None and is_secret_name(name))


def strip_environment(env: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The environment without provider keys, and the names of what was taken out, sorted.

    Everything else stays as the person set it: paths, proxies, data tokens.
    """
    removed = tuple(sorted(name for name in env if is_provider_key(name)))
    return {name: value for name, value in env.items() if name not in removed}, removed


def _forms(value: str) -> set[str]:
    raw = value.encode("utf-8", "surrogateescape")
    encoded = base64.b64encode(raw).decode()
    return {
        value,
        encoded.rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
        urllib.parse.quote(raw, safe=""),
        urllib.parse.quote_plus(raw),
        json.dumps(value)[1:-1],
    }


def redact(text: str, env: Mapping[str, str]) -> str:
    """``text`` with the values of secret variables masked, also as base64, URL and JSON forms."""
    forms: set[str] = set()
    for name, value in env.items():
        if len(value) >= SHORTEST and is_secret_name(name):
            forms |= {form for form in _forms(value) if len(form) >= SHORTEST}
    # Longest first: a form may contain another.
    for form in sorted(forms, key=len, reverse=True):
        if form in text:
            text = text.replace(form, MASK)
    return text
