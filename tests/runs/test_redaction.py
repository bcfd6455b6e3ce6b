"""Keys do not reach runs; secret values do not reach texts."""

from __future__ import annotations

import base64
import json
import time
import urllib.parse
from pathlib import Path

import pytest

from jupyter_coimprove.redaction import Scrubber, opens, redact, strip_environment

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


@pytest.mark.parametrize(
    "name", ["api_key", "OPENAI_API_KEY", "cfg.password", "db-password", "hf_token", "clientSecret", "apiKey", "--password", "pwd"]
)  # fmt: skip
def test_names_that_open_something_are_known(name: str) -> None:
    assert opens(name)


@pytest.mark.parametrize(
    "name", ["key", "sort_key", "pad_token", "cls_token", "tokens", "keys", "keyboard", "passes", "n_tokens", "compass", "primary_key"]
)  # fmt: skip
def test_names_of_ordinary_code_are_none(name: str) -> None:
    assert not opens(name)


def test_at_most_one_ordinary_line_in_a_thousand_is_masked(shared_data: Path) -> None:
    lines, masked = 0, []
    for path in sorted((shared_data / "notebooks").rglob("*.ipynb")):
        for cell in json.loads(path.read_text()).get("cells", []):
            said = ["".join(cell["source"])]
            for output in cell.get("outputs", []):
                said.append("".join(output.get("text") or output.get("data", {}).get("text/plain") or ""))
            for line in "\n".join(said).splitlines():
                lines += 1
                if Scrubber({}).text(line) != line:
                    masked.append(line)
    assert lines > 4_000
    assert len(masked) * 1000 <= lines, masked


@pytest.mark.parametrize(
    "text",
    ["x" * 200_000, "a.b-" * 50_000, "A_" * 100_000, "\\" * 100_000, "http://" * 30_000, 'k="' * 60_000],
)
def test_long_text_takes_linear_time(text: str) -> None:
    began = time.process_time()
    assert Scrubber({}).text(text) == text
    assert time.process_time() - began < 5
