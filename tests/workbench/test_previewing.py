"""A preview asked for outside of its kernel: what is recorded, what is kept, who may, and when it is off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kernel_door import Kernel
from previewed import digest, needs_sandbox
from proposed_cells import CHANGE, TAKE_OUT, proposed, write

from jupyter_coimprove.errors import DecisionError, NothingToDo, PreviewsOff, Stale, UsageError
from jupyter_coimprove.interfaces.display.html import render_html
from jupyter_coimprove.interfaces.display.text import render
from jupyter_coimprove.kernelspace.preview import forking
from jupyter_coimprove.proposals.context import text as lines
from jupyter_coimprove.proposals.provider import Part
from jupyter_coimprove.providers.scripted import ScriptedProvider
from jupyter_coimprove.registry import LOOKS, Actor
from jupyter_coimprove.workbench import (
    deciding,
    keeping,
    live_kernels,
    previewing,
    showing,
    talking,
    trailing,
)
from jupyter_coimprove.workbench.bench import Bench, Where
from jupyter_coimprove.workbench.views import ProposalView

PRINTS: dict[str, Any] = {"kind": "insert", "cell": 1, "source": "print('seen', x)"}


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    made = Kernel(tmp_path_factory.mktemp("k"))
    made.run("import numpy as np\nx, y = 1, 2")
    yield made
    made.end()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path)


@pytest.fixture
def live(bench: Bench, path: Path, kernel: Kernel) -> Bench:
    """The bench, which knows that kernel as the notebook's."""
    bench.kernels = lambda: {path.resolve(): ("idle", Path(kernel.manager.connection_file))}
    return bench


def state_of(bench: Bench, path: Path) -> tuple[bytes, int, list[str]]:
    record = bench.record()
    return path.read_bytes(), len(record.find("decision")), [item.state for item in record.find("proposal")]


@needs_sandbox
def test_the_request_is_a_decision_that_decides_nothing_and_the_output_stays_with_the_proposal(
    live: Bench, path: Path, kernel: Kernel
) -> None:
    id_ = proposed(live, path, {**PRINTS, "source": "print('seen', x)\nx += 1"}, CHANGE, TAKE_OUT)
    before, kept = digest(kernel), path.read_bytes()
    view = previewing.preview(live, id=id_)
    assert view.summary.startswith(f"{id_}, not accepted: ran to its end")
    (row,) = trailing.trail(live).decisions
    assert (row.verb, row.id, row.subject, row.kind) == ("previewed", view.decision, id_, "person")
    assert (row.verb,) == LOOKS
    item = live.record().get(id_)
    assert live.record().get(view.decision).data["digest"] == item.data["digest"] == view.digest
    assert item.state == "pending"
    shown = showing.show(live, id=id_)
    assert isinstance(shown, ProposalView)
    assert shown.preview is not None
    first, second = shown.preview.cells
    assert first.outputs == ({"output_type": "stream", "name": "stdout", "text": "seen 1\n"},)
    # The second cell is the changed one, in the kernel as the first left it.
    assert (second.source, second.ended, second.outputs) == ("y = x + 2", "ok", ())
    assert digest(kernel) == before
    assert path.read_bytes() == kept
    for text in (render(view), render(shown), render_html(shown)):
        assert "Preview (not accepted): ran to its end" in text
        assert "seen 1" in text
    # It goes on as any other: nothing of the preview is in the way.
    assert deciding.accept(live, id=id_).application in ("applied", "queued")
    with pytest.raises(DecisionError, match="changed nothing"):
        deciding.undo(live, id=view.decision)
    assert deciding.undo(live, id=id_).state == "pending"


@needs_sandbox
def test_secrets_are_masked_and_colours_taken_out(
    live: Bench, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "very-secret-value")
    key = "sk-" + "a1B2" * 10
    id_ = proposed(
        live, path, {**PRINTS, "source": f"print('very-secret-value')\nprint('{key[:9]}' + '{key[9:]}')\n1/0"}
    )
    view = previewing.preview(live, id=id_)
    text = json.dumps([dict(output) for output in view.preview.cells[0].outputs])  # type: ignore[union-attr]
    assert "very-secret-value" not in text
    assert key not in text
    assert "***" in text
    assert "\\u001b" not in text
    assert view.preview.ended == "error"  # type: ignore[union-attr]
    journal = b"".join(one.read_bytes() for one in (path.parent / "coimprove" / "journal").iterdir())
    assert b"very-secret-value" not in journal.replace(b"print('very-secret-value')", b"")


@needs_sandbox
def test_what_changed_meanwhile_keeps_its_own_state(
    live: Bench, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = proposed(live, path, PRINTS)
    ask = live_kernels.LiveKernel.preview

    def rejected_meanwhile(self: Any, bench: Bench, request: Any) -> Any:
        answer = ask(self, bench, request)
        deciding.reject(bench, id=id_, reason="no")
        return answer

    monkeypatch.setattr(live_kernels.LiveKernel, "preview", rejected_meanwhile)
    assert previewing.preview(live, id=id_).state == "rejected"
    assert live.record().get(id_).state == "rejected"


@needs_sandbox
def test_the_sandbox_is_tried_once_a_kernel(live: Bench, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    ask = live_kernels.LiveKernel.preview
    monkeypatch.setattr(
        live_kernels.LiveKernel, "preview", lambda self, bench, request: (asked.append(request["probe"]), ask(self, bench, request))[1]
    )  # fmt: skip
    live_kernels._tested.clear()
    for _ in range(2):
        previewing.preview(live, id=proposed(live, path, PRINTS))
    assert asked == [True, False]


def test_nothing_is_recorded_where_nothing_can_run(
    bench: Bench, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "none"))
    id_ = proposed(bench, path, PRINTS)
    before = state_of(bench, path)
    with pytest.raises(PreviewsOff, match="no running kernel"):
        previewing.preview(bench, id=id_)
    bench.kernels = lambda: {path.resolve(): ("busy", path)}
    with pytest.raises(PreviewsOff, match="at work"):
        previewing.preview(bench, id=id_)
    monkeypatch.setenv("COIMPROVE_PREVIEWS_POLICY", "force-off")
    with pytest.raises(PreviewsOff, match="turned off here"):
        previewing.preview(bench, id=id_)
    for seconds in (0.0, -1.0, 1e9, float("nan")):
        with pytest.raises(UsageError, match="cannot be waited for"):
            previewing.preview(bench, id=id_, seconds=seconds)
    assert state_of(bench, path) == before


def test_a_kernel_that_has_none_says_why_and_that_is_kept(
    live: Bench, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        live_kernels.LiveKernel,
        "preview",
        lambda *_: {"state": "off", "why": "the sandbox let through: send by UDP"},
    )
    id_ = proposed(live, path, PRINTS)
    view = previewing.preview(live, id=id_)
    assert (view.exit_code, view.preview.state, view.preview.cells) == (1, "off", ())  # type: ignore[union-attr]
    assert "Not run: the sandbox let through: send by UDP" in render(view)


@pytest.mark.parametrize(
    "answer",
    [
        {}, {"state": "ran"}, {"state": "ran", "cells": "x", "seconds": "y", "ended": []}, {"state": "ran", "cells": [1, {"outputs": [3, {}]}]},
        {"state": "ran", "cells": [{"outputs": [{"output_type": "display_data", "data": {"text/html": "<script>", "application/x": 3}}]}] * 50},
        {"state": "ran", "cells": [{"outputs": [{"output_type": "error", "traceback": 5}], "ended": "ok"}], "threads": [None]},
    ],
)  # fmt: skip
def test_an_answer_of_any_shape_is_kept_in_a_known_one(
    live: Bench, path: Path, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    """The code that ran was accepted by nobody: what comes out of its kernel may be anything."""
    monkeypatch.setattr(live_kernels.LiveKernel, "preview", lambda *_: answer)
    view = previewing.preview(live, id=proposed(live, path, PRINTS))
    assert view.preview is not None
    assert len(view.preview.cells) <= 1
    assert all(
        kind in ("text/html", "text/plain", "image/png")
        for cell in view.preview.cells
        for o in cell.outputs
        for kind in o.get("data", {})
    )
    assert render(view)
    assert "<script>" not in render_html(view)


def test_only_a_person_asks_and_only_for_what_waits(live: Bench, path: Path) -> None:
    id_ = proposed(live, path, PRINTS)
    before = state_of(live, path)
    live.actor = Actor(kind="ai", id="claude", display="Claude", auth="os")
    with pytest.raises(DecisionError, match="an AI cannot decide"):
        previewing.preview(live, id=id_)
    live.actor = Actor(kind="person", id="ada", display="Ada", auth="kernel")
    live.where = Where(cwd=path.parent, notebook=path, at_prompt=False)
    with pytest.raises(DecisionError, match="no person is at the prompt"):
        previewing.preview(live, id=id_)
    assert state_of(live, path) == before


def test_a_model_that_reads_a_proposal_is_not_told_its_preview(
    live: Bench, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [
        {"outputs": [{"output_type": "stream", "name": "stdout", "text": "for the person"}], "ended": "ok"}
    ]
    monkeypatch.setattr(
        live_kernels.LiveKernel,
        "preview",
        lambda *_: {"state": "ran", "ended": "completed", "seconds": 0.1, "cells": said},
    )
    id_ = proposed(live, path, PRINTS)
    previewing.preview(live, id=id_)
    assert "for the person" in render(showing.show(live, id=id_))
    live.actor = Actor(kind="ai", id="claude", display="Claude", auth="os")
    assert "for the person" not in render(showing.show(live, id=id_))


def test_what_is_no_code_stale_or_shown_differently_is_refused(live: Bench, path: Path) -> None:
    with pytest.raises(NothingToDo, match="no code"):
        previewing.preview(live, id=proposed(live, path, TAKE_OUT))
    id_ = proposed(live, path, CHANGE)
    with pytest.raises(Stale):
        previewing.preview(live, id=id_, digest="sha256:0")
    text = path.read_text(encoding="utf-8").replace("y = x + 1", "y = x + 9")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Stale):
        previewing.preview(live, id=id_)
    assert trailing.trail(live).decisions == ()


def test_an_outcome_that_nobody_asked_for_is_not_kept(live: Bench, path: Path) -> None:
    id_ = proposed(live, path, PRINTS)
    live.actor = Actor(kind="person", id="ada", display="Ada", auth="kernel")
    live.where = Where(cwd=path.parent, notebook=path)
    asked = previewing.preview(live, id=id_)
    assert asked.request is not None
    other = proposed(live, path, {**PRINTS, "source": "print(2)"})
    live.live = {"preview": {"decision": asked.decision, "answer": {"state": "ran"}}}
    with pytest.raises(UsageError, match="no preview was asked for"):
        previewing.preview(live, id=other)
    live.live = {"preview": {"decision": id_, "answer": {"state": "ran"}}}
    with pytest.raises(UsageError, match="no preview was asked for"):
        previewing.preview(live, id=id_)


def test_the_kernel_of_another_notebook_is_not_used(live: Bench, path: Path, tmp_path: Path) -> None:
    id_ = proposed(live, path, PRINTS)
    live.actor = Actor(kind="person", id="ada", display="Ada", auth="kernel")
    live.where = Where(cwd=tmp_path, notebook=write(tmp_path, name="other.ipynb"))
    with pytest.raises(UsageError, match="is about train"):
        previewing.preview(live, id=id_)


def test_a_preview_reaches_a_model_only_where_the_person_sends_it(
    live: Bench, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [
        {"outputs": [{"output_type": "stream", "name": "stdout", "text": "for the person"}], "ended": "ok"}
    ]
    monkeypatch.setattr(
        live_kernels.LiveKernel, "preview", lambda *_: {"state": "ran", "ended": "completed", "seconds": 0.1, "cells": said}
    )  # fmt: skip
    provider = ScriptedProvider(
        [[Part(type="text", text="x"), Part(type="end", detail={"stop": "complete"})]] * 2
    )
    monkeypatch.setattr(talking, "provider_for", lambda bench, named=None, model=None: provider)
    id_ = proposed(live, path, PRINTS)
    with pytest.raises(NothingToDo, match="no preview that ran"):
        talking.ask(live, text="why?", notebook=str(path), preview=id_)
    previewing.preview(live, id=id_)
    talking.ask(live, text="why?", notebook=str(path))
    assert "for the person" not in lines(provider.requests[0].context)
    talking.ask(live, text="why?", notebook=str(path), preview=id_)
    assert "for the person" in lines(provider.requests[1].context)
    monkeypatch.setenv("COIMPROVE_OUTPUTS_POLICY", "force-off")
    with pytest.raises(UsageError, match="kept from models"):
        talking.ask(live, text="and why?", notebook=str(path), preview=id_)


def test_doctor_says_whether_previews_are_on_and_why_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def row() -> Any:
        return next(one for one in keeping.doctor(bench).checks if one.name == "previews")

    monkeypatch.setattr(forking, "not_here", lambda: "")
    assert row().text == "in a locked copy of the live kernel"
    monkeypatch.setattr(forking, "not_here", lambda: "this system has no Landlock")
    assert (row().ok, row().text) == (True, "off: this system has no Landlock")
    monkeypatch.setenv("COIMPROVE_PREVIEWS_POLICY", "force-off")
    assert row().text == "off: turned off by who runs this"
    monkeypatch.setenv("COIMPROVE_PREVIEWS_POLICY", "nonsense")
    assert not row().ok
