"""Keys do not reach runs; secret values do not reach texts."""

from __future__ import annotations

import base64
import json
import urllib.parse

import pytest

from jupyter_coimprove.redaction import redact, strip_environment

SECRET = 's3cr3t/värde+&"q'


@pytest.mark.parametrize(
    "name",
    ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "GEMINI_API_KEY",
     "GOOGLE_API_KEY", "COIMPROVE_API_KEY", "OPENROUTER_API_KEY", "anthropic_api_key", "CLAUDE_CODE_OAUTH_TOKEN"],
)  # fmt: skip
def test_provider_keys_are_taken_out(name: str) -> None:
    assert strip_environment({name: "x", "PATH": "p"}) == ({"PATH": "p"}, (name,))


@pytest.mark.parametrize(
    "name",
    ["PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "HF_HOME", "HF_TOKEN", "HTTPS_PROXY", "ANTHROPIC_BASE_URL", "KEYBOARD",
     "COIMPROVE_RUN_DIR", "TOGETHER", "AWS_SECRET_ACCESS_KEY"],
)  # fmt: skip
def test_everything_else_stays(name: str) -> None:
    assert strip_environment({name: "x"}) == ({name: "x"}, ())


@pytest.mark.parametrize("name", ["MY_KEY", "GITHUB_TOKEN", "DB_PASSWORD", "credentials", "CLIENT_SECRET"])
def test_secret_values_are_masked_in_every_form(name: str) -> None:
    forms = [
        SECRET, base64.b64encode(SECRET.encode()).decode(), urllib.parse.quote(SECRET, safe=""), json.dumps(SECRET),
    ]  # fmt: skip
    text = redact(" | ".join(f"see {form}" for form in forms), {name: SECRET})
    for form in forms:
        assert form.strip('"=') not in text
    assert text.count("***") == len(forms)


def test_ordinary_text_stays() -> None:
    text = "author = 1, tokens = 12, true"
    assert redact(text, {"X_TOKEN": "1", "KEY": "true", "AUTHOR": "author", "HOME": "tokens"}) == text
