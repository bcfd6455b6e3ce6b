"""What must never leave this process: provider keys, and the values of secret variables.

Best effort, in this order: exact values of variables that are called secret, the forms that known
services give their keys, and literals that are assigned to such names. No entropy rule, which would
mostly blacken ordinary text.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

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

#: Keys as the services write them: long enough that no ordinary word is one, but for a style of scikit-learn's
#: drawing of an estimator (``sk-toggleable__label-arrow``).
_KEYS = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"sk-(?!toggleable__)[A-Za-z0-9_-]{20,}|gh[opusr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|gl(?:pat|dt|rt|cbt)-[\w-]{16,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])|AIza[\w-]{30,}|ya29\.[\w-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}"
    r"|xapp-[A-Za-z0-9-]{10,}|hf_[A-Za-z0-9]{20,}|[rs]k_(?:live|test)_[A-Za-z0-9]{12,}|npm_[A-Za-z0-9]{30,}"
    r"|pypi-[\w-]{40,}|SG\.[\w-]{16,}\.[\w-]{16,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}|dop_v1_[a-f0-9]{40,}"
    r"|gsk_[A-Za-z0-9]{20,}|r8_[A-Za-z0-9]{20,}|pplx-[A-Za-z0-9]{20,}|nvapi-[\w-]{20,}|xai-[A-Za-z0-9]{20,}"
    r")"
)
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
#: The password of a URL, and what stands behind ``Bearer`` and ``AccountKey=``.
_INSIDE = re.compile(
    r"(?P<before>(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}://[^\s/:@'\"]*:)(?P<url>[^\s/@'\"]{3,})(?=@)"
    r"|(?P<head>\b(?:[Bb]earer|[Bb]asic|AccountKey|SharedAccessKey|sig)[ =]+)(?P<tail>[A-Za-z0-9._~+/%-]{16,}=*)"
)
#: ``name = "value"``, ``"name": "value"``, ``environ["name"] = "value"``, and with quotes that are escaped.
_LITERAL = re.compile(
    r"""(?<![\w.-])(?P<name>[A-Za-z_][\w.-]{0,80})(?:\\{0,4}["'])?\]?\s*(?::\s*str\s*)?(?:=|:|,)\s*[rbuf]{0,2}(?P<quote>\\{0,4}["'])"""
    r"""(?P<value>[^"'\\\s]{4,200})(?P=quote)"""
)
#: ``export NAME=value``, ``%env NAME=value``, ``NAME=value`` on a line of its own, ``--name value``.
_BARE = re.compile(
    r"""(?P<name>(?<![\w.-])(?:--[a-z][a-z-]*|[A-Z][A-Z0-9_]{3,}))[=:\ ]\s?(?P<value>[^\s"'()\[\]{},;]{6,200})"""
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PASSWORDS = frozenset(
    {
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "secrets",
        "credential",
        "credentials",
        "pass",
        "passcode",
        "pin",
    }
)
_JOINED = frozenset({"apikey", "authtoken", "accesstoken", "secretkey", "accesskey", "privatekey", "authkey"})
#: What makes a ``key`` one that opens something; a column, a shortcut and a sort have keys as well.
_OPENS = frozenset(
    {
        "api",
        "access",
        "secret",
        "private",
        "auth",
        "account",
        "encryption",
        "license",
        "master",
        "signing",
        "service",
        "wandb",
        "openai",
        "anthropic",
        "storage",
    }
)
#: Tokens of a text, which are no secret.
_OF_TEXT = frozenset(
    {
        "pad",
        "cls",
        "sep",
        "unk",
        "bos",
        "eos",
        "mask",
        "special",
        "start",
        "end",
        "stop",
        "next",
        "oov",
        "sot",
        "eot",
        "image",
        "word",
        "sub",
        "begin",
        "first",
        "last",
    }
)
_NO_VALUE = re.compile(
    r"<.*>|\[.*\]|\{.*\}|\$.*|%.*|your.*|my.*|x+|\*+|\.+|_+|change.?me|none|null|true|false|example.*|placeholder|string|str|todo|env(?:iron)?\b.*",
    re.IGNORECASE,
)


class Secret:
    """A value that no message, repr, log or pickle shows; only ``reveal`` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __repr__(self) -> str:
        return MASK

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


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


def opens(name: str) -> bool:
    """Whether what is assigned to this name opens something: narrower than ``is_secret_name``.

    Code has keys to sort by and tokens to train on; those are none.
    """
    words = [word.lower() for word in _WORDS.findall(name.rpartition(".")[2])]
    if not words:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in _PASSWORDS or last in _JOINED or before + last in _JOINED:
        return True
    if last == "key":
        return before in _OPENS
    return last == "token" and before not in _OF_TEXT


def _is_value(name: str, value: str, *, bare: bool) -> bool:
    if not opens(name) or _NO_VALUE.fullmatch(value):
        return False
    digit = any(letter.isdigit() for letter in value)
    if bare:
        return digit and len(value) >= 8
    password = _WORDS.findall(name)[-1].lower() in _PASSWORDS
    return password or (len(value) >= 8 and digit) or len(value) >= 20


def _quoted(text: str, value: str) -> str:
    """A short value is masked only where it stands in quotes: elsewhere it may be any word."""
    for quote in "'\"":
        text = text.replace(f"{quote}{value}{quote}", f"{quote}{MASK}{quote}")
    return text


def assigned(text: str) -> set[str]:
    """The literals that this text assigns to names of secrets."""
    found = {m["value"] for m in _LITERAL.finditer(text) if _is_value(m["name"], m["value"], bare=False)}
    return found | {m["value"] for m in _BARE.finditer(text) if _is_value(m["name"], m["value"], bare=True)}


class Scrubber:
    """Masks secrets in texts that go to a model: of this environment, of ``known`` values, and by their form."""

    def __init__(self, env: Mapping[str, str], known: Iterable[str] = ()) -> None:
        values = {value for name, value in env.items() if is_secret_name(name)} | set(known)
        forms = {form for value in values if len(value) >= SHORTEST for form in _forms(value)}
        whole = sorted((form for form in forms if len(form) >= SHORTEST), key=lambda form: (-len(form), form))
        #: Two that mask the same values have the same; it tells none of them.
        self.fingerprint = hash(tuple(whole))
        self._exact = re.compile("|".join(map(re.escape, whole))) if whole else None
        #: How many were masked so far.
        self.masked = 0

    def text(self, text: str) -> str:
        """The text with every secret that is known or recognised masked."""
        if self._exact is not None:
            text = self._counted(self._exact, MASK, text)
        if "PRIVATE KEY" in text:
            text = self._counted(_PEM, MASK, text)
        text = self._counted(_KEYS, MASK, text)
        text = _INSIDE.sub(self._inside, text)
        for value in sorted(assigned(text), key=len, reverse=True):
            self.masked += 1
            text = text.replace(value, MASK) if len(value) >= SHORTEST else _quoted(text, value)
        return text

    def data(self, value: Any) -> Any:
        """JSON data with every text in it masked, keys too; what a secret name holds is masked whole."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self._held(str(key), held) for key, held in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.data(one) for one in value]
        return value

    def _held(self, name: str, value: Any) -> Any:
        if isinstance(value, str) and _is_value(name, value, bare=False):
            self.masked += 1
            return MASK
        return self.data(value)

    def _counted(self, pattern: re.Pattern[str], mask: str, text: str) -> str:
        text, count = pattern.subn(mask, text)
        self.masked += count
        return text

    def _inside(self, found: re.Match[str]) -> str:
        self.masked += 1
        return f"{found['before'] or found['head']}{MASK}"
