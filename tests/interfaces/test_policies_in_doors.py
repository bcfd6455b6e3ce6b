"""What who runs this has settled holds in every door: a terminal, a kernel's host, a window; MCP's is beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from drawn import drawn_notebook, encoded, png, shows
from three_doors import Door, Said, entered, kernel, settled, terminal, window

from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text

ASKED = ["ask", "what does cell 2 show?", "-p", "anthropic", "--show-request", "--notebook", "train.ipynb"]
DOORS = [terminal, kernel, window]
CELLS = [
    ("", "rate = 0.1", []),
    ("", "plot(rate)", [*shows({"image/png": encoded(png(64, 48))}), {"output_type": "stream", "name": "stdout", "text": "rose to 4711"}]),
    ("", "score = rate * 10\nprint('score', score)", [{"output_type": "stream", "name": "stdout", "text": "score 1.0"}]),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work of Zoë"
    made.mkdir()
    (made / "train.ipynb").write_text(drawn_notebook(CELLS))
    return made


@pytest.fixture
def service() -> Any:
    with MessagesServer(lambda body: Answer(content=(Text("It rises."),))) as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_a_policy_holds_in_this_door(door: Door, folder: Path, service: MessagesServer) -> None:
    def said(**policies: str) -> str:
        return json.dumps(door(folder, ASKED, settled(service.url, **policies)))

    free = said()
    assert "4711" in free
    assert '"type": "image"' in free.replace("\\", "")
    kept = said(outputs="force-off")
    assert "4711" not in kept
    assert "rate = 0.1" in kept
    seen = said(images="force-off")
    assert "4711" in seen
    assert '"type": "image"' not in seen.replace("\\", "")
    for name, words_of_it in (("ai", "AI is turned off here by who runs this server"), ("anthropic", "anthropic is turned off by who runs this server")):  # fmt: skip
        refused = said(**{name: "force-off"})
        assert words_of_it in refused
        assert "4711" not in refused
    assert service.asked == []


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_where_nothing_happens_unasked_a_model_takes_part_by_name_alone(
    door: Door, folder: Path, service: MessagesServer, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.mkdir()
    before = 0

    def asked() -> int:
        """How often since this was last looked at."""
        nonlocal before
        more, before = len(service.asked) - before, len(service.asked)
        return more

    def i_have(auto: bool) -> None:
        (config / "coimprove_config.json").write_text(json.dumps({"Coimprove": {"auto": auto}}))

    def silent(said: Said, who: str) -> None:
        why = f"no model was asked: one takes part only where you name it (-p, -m), {who}"
        view = said(["problem", "train.ipynb"])
        assert (view["words"], view["warnings"][-1]) == ("", why)
        assert said(["plan", "train.ipynb", "-r", "score"])["rationale"].endswith(f"{why}.")
        assert f"off: no model does anything unasked, {who}" in json.dumps(said(["doctor"]))
        assert asked() == 0

    def speaks(said: Said, *words: str) -> None:
        view = said(list(words))
        assert ((view["text"] if words[0] == "ask" else view["words"]).strip(), asked()) == ("It rises.", 1)

    mine = {"JUPYTER_CONFIG_DIR": str(config)}
    with entered(door, folder, settled(service.url, auto="force-off") | mine) as said:
        silent(said, "as who runs this server has it (COIMPROVE_AUTO_POLICY)")
        i_have(auto=True)
        silent(said, "as who runs this server has it (COIMPROVE_AUTO_POLICY)")
        speaks(said, "ask", "does it rise?")
        speaks(said, "learn", "train.ipynb", "-p", "anthropic")
    with entered(door, folder, settled(service.url) | mine) as said:
        speaks(said, "problem", "train.ipynb")
        i_have(auto=False)
        silent(said, "as you have it (Coimprove.auto)")
    with entered(door, folder, settled(service.url, auto="force-on") | mine) as said:
        speaks(said, "ideas", "train.ipynb")


@pytest.mark.slow
@pytest.mark.parametrize("door", DOORS)
def test_who_runs_this_settles_the_local_model_and_previews(
    door: Door, folder: Path, service: MessagesServer, tmp_path: Path
) -> None:
    (tmp_path / "engine" / "xllamacpp").mkdir(parents=True)
    (tmp_path / "engine" / "xllamacpp" / "__init__.py").write_text("")
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    config = tmp_path / "config"
    config.mkdir()
    (config / "coimprove_config.json").write_text(json.dumps({"Coimprove": {"ai": False}}))
    mine = {
        "PYTHONPATH": str(tmp_path / "engine"), "COIMPROVE_LOCAL_MODEL": str(tmp_path / "small.gguf"),
        "JUPYTER_CONFIG_DIR": str(config),
    }  # fmt: skip
    edits = json.dumps([{"kind": "insert", "cell": 1, "source": "print(6 * 7)"}])

    def rows(view: dict[str, Any]) -> dict[str, str]:
        return {row["name"]: row["text"] for row in view["checks"]}

    with entered(door, folder, settled(service.url, ai="force-on", local="force-off", previews="force-off") | mine) as said:  # fmt: skip
        off = "local is turned off by who runs this server"
        assert off in json.dumps(said(["ask", "hello", "-p", "local", "--notebook", "train.ipynb"]))
        found = rows(said(["models", "-p", "builtin"]))
        assert found["local"] == off
        # The person's own "no AI" does not count where it is forced on.
        assert found["anthropic"].startswith("ready, claude")
        id_ = said(["propose", "train.ipynb", "--edits", edits, "--why", "to see"])["id"]
        assert "previews are turned off here by who runs this" in json.dumps(said(["preview", id_]))
        assert rows(said(["doctor"]))["previews"] == "off: turned off by who runs this"
        assert not said(["trail", id_])["decisions"]
    with entered(door, folder, settled(service.url, ai="force-on", local="force-on", previews="force-on") | mine) as said:  # fmt: skip
        view = said(["models", "-p", "builtin"])
        assert view["summary"] == "local model small, too small to rely on answers"
        assert rows(view) | {"local": "ready, small; answers (by who runs this server)"} == rows(view)
        assert rows(view)["anthropic"] == "local answers here, by who runs this server"
        # It is let through: what stops it now is that no kernel runs, or nothing does.
        shown = json.dumps(said(["preview", id_]))
        assert "no running kernel" in shown or "runs in a copy of this kernel" in shown
    assert service.asked == []
