"""Pictures that go to a model: which, how large, to whom, and what is said where one does not."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from drawn import drawn_notebook, encoded, png, shows

from jupyter_coimprove.proposals.context import arrange, size
from jupyter_coimprove.proposals.using import use
from jupyter_coimprove.providers.local.asking import body as local_body
from jupyter_coimprove.providers.scripted import ScriptedProvider
from jupyter_coimprove.testing.messages import Answer, MessagesServer, Text
from jupyter_coimprove.workbench import conversing, knowing, talking, tools
from jupyter_coimprove.workbench.bench import Bench
from jupyter_coimprove.workbench.knowing import Wanted, pictures

PLOT = png(64, 48, comment=b"made on somebodys-computer")
CELLS = [
    ("", "rate = 0.1", []),
    ("", "plot(rate)", shows({"image/png": encoded(PLOT)})),
    ("", "wide()", shows({"image/png": encoded(png(3000, 20, shade=90))})),
    ("coimprove-exclude", "hidden()", shows({"image/png": encoded(png(5, 5, shade=1))})),
    ("", "broken()", shows({"image/png": encoded(PLOT)[:-40]}, {"image/svg+xml": "<svg/>"})),
    ("", "%%coai\nwhat does it show?", []),
]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesServer]:
    with MessagesServer(lambda body: Answer(content=(Text("It rises."),))) as running:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-canary-0123456789")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        yield running


@pytest.fixture
def at(bench: Bench, tmp_path: Path) -> Callable[[str | None], Bench]:
    path = tmp_path / "plots.ipynb"
    path.write_text(drawn_notebook(CELLS))

    def stand(cell: str | None) -> Bench:
        bench.where = dataclasses.replace(bench.where, notebook=path, cell_id=cell)
        return bench

    return stand


def items(body: Any) -> list[dict[str, Any]]:
    return [item for message in body["messages"] for item in message["content"]]


def sent(service: MessagesServer) -> list[bytes]:
    """The pictures of the newest request."""
    found = [item["source"] for item in items(service.asked[-1].body) if item["type"] == "image"]
    assert all(source["type"] == "base64" for source in found)
    return [base64.b64decode(source["data"]) for source in found]


def told(service: MessagesServer, kind: str) -> list[dict[str, Any]]:
    """The facts of this kind in the newest request."""
    lines = [
        line
        for item in items(service.asked[-1].body)
        if item["type"] == "text"
        for line in item["text"].splitlines()
    ]
    blocks = [json.loads(line) for line in lines if line.startswith('{"data":')]
    return [block["data"] for block in blocks if block["kind"] == kind]


def test_the_picture_of_the_cell_before_the_question_goes_along(at: Any, service: MessagesServer) -> None:
    view = talking.ask(at("cell-1"), text="what does it show?")
    (raw,) = sent(service)
    assert raw == png(64, 48), "its comment does not go along"
    (line,) = told(service, "image")
    assert (line["cell"], line["width"], line["height"], line["bytes"]) == (2, 64, 48, len(raw))
    assert "base64" not in line
    assert "1 picture" in view.sent
    (entry,) = conversing.of(at("cell-1"), at("cell-1").where.notebook).entries()
    assert entry["turn"]["images"] == [line]
    assert encoded(raw) not in json.dumps(entry), "of a picture the digest is kept"


def test_cells_that_are_named_or_chosen_are_shown_and_others_are_not(
    at: Any, service: MessagesServer
) -> None:
    talking.ask(at("cell-0"), text="what is the rate?")
    assert sent(service) == []
    talking.ask(at(None), text="compare cell 2 with the text")
    assert sent(service) == [png(64, 48)]
    talking.ask(at(None), text="what of these?", cells="1-2")
    assert sent(service) == [png(64, 48)]
    talking.ask(at("cell-5"), text="and cell 4?")
    assert [block["cell"] for block in told(service, "image")] == [], "an excluded cell shows nothing"
    assert told(service, "image_left_out") == [{"cell": 5, "why": "it is no whole image/png"}]


def test_a_large_one_is_made_smaller_and_says_so(at: Any, service: MessagesServer) -> None:
    talking.ask(at("cell-2"), text="what does it show?")
    (line,) = told(service, "image")
    assert (line["width"], line["made_smaller_from"]) == (1568, [3000, 20])
    (raw,) = sent(service)
    assert raw != png(3000, 20, shade=90)
    assert line["bytes"] == len(raw)


def test_one_that_cannot_be_made_smaller_is_left_out_with_the_reason(
    at: Any, service: MessagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    real = builtins.__import__

    def without_pillow(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "PIL":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pillow)
    view = talking.ask(at("cell-2"), text="what does it show?")
    assert sent(service) == []
    (line,) = told(service, "image_left_out")
    assert "Pillow" in line["why"]
    assert (line["width"], line["height"]) == (3000, 20)
    assert "1 picture left out" in view.sent


@pytest.mark.parametrize("policy", ["COIMPROVE_IMAGES_POLICY", "COIMPROVE_OUTPUTS_POLICY"])
def test_who_runs_the_server_keeps_pictures_here(
    at: Any, service: MessagesServer, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    monkeypatch.setenv(policy, "force-off")
    bench = at("cell-1")
    talking.ask(bench, text="what does it show?")
    assert sent(service) == []
    assert encoded(PLOT)[:60] not in json.dumps(service.asked[-1].body)
    offered = tools.tools(bench, bench.where.notebook, Wanted(no_images=""))
    assert use(offered, "read_image", {"cell": 2}).failed
    if policy == "COIMPROVE_IMAGES_POLICY":
        assert told(service, "image_left_out") == [{"cell": 2, "why": "pictures are not sent from here"}]


def test_the_person_can_keep_them_too(at: Any, service: MessagesServer) -> None:
    bench = at("cell-1")
    bench.configured = {"images": False}
    talking.ask(bench, text="what does it show?")
    assert sent(service) == []


def test_what_would_be_sent_names_the_picture_by_size_and_digest(at: Any, service: MessagesServer) -> None:
    view = talking.ask(at("cell-1"), text="what does it show?", show_request=True)
    assert service.asked == []
    text = json.dumps(view.request)
    assert "image, 64x48, " in text
    assert "bytes, image/png, sha256:" in text
    assert encoded(png(64, 48)) not in text


def test_who_takes_no_pictures_is_told_of_one(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model on this computer answers from text alone, and knows that there is more."""
    from jupyter_coimprove.proposals.provider import Part

    end = Part(type="end", detail={"stop": "complete", "usage": {"requests": 1, "input": 1}})
    provider = ScriptedProvider([[end]])
    monkeypatch.setattr(talking, "provider_for", lambda bench, named=None, model=None: provider)
    view = talking.ask(at("cell-1"), text="what does it show?")
    (request,) = provider.requests
    assert [block.kind for block in request.context].count("image") == 0
    assert "1 picture left out (who is asked takes no pictures)" in view.sent
    said = json.dumps(local_body(request, context=8_000, max_tokens=500, candidates=()))
    assert "image_left_out" in said
    assert "read_image" not in [tool.name for tool in request.tools]


def test_a_model_can_look_at_a_picture_by_a_tool(at: Any, service: MessagesServer) -> None:
    bench = at(None)
    offered = tools.tools(bench, bench.where.notebook, Wanted(no_images=""))
    used = use(offered, "read_image", {"cell": 2})
    assert used.image is not None
    assert base64.b64decode(used.image.data["base64"]) == png(64, 48)
    assert "base64" not in used.said
    assert json.loads(used.said)["data"]["of"] == "plots.ipynb"
    for cell, says in ((1, "no picture"), (4, "not to be read"), (5, "no whole image/png")):
        refused = use(offered, "read_image", {"cell": cell})
        assert refused.failed
        assert says in refused.said


def test_no_more_than_a_few_go_along_and_each_takes_of_the_budget(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "many.ipynb"
    many = [("", f"plot({n})", shows({"image/png": encoded(png(700, 500, shade=n))})) for n in range(9)]
    path.write_text(drawn_notebook(many))
    chosen = Wanted(cells=tuple(range(9)), no_images="")
    entries = knowing.blocks(bench, path, "", None, chosen)
    images = [block for _, _, block in entries if block.kind == "image"]
    left = [block.data["why"] for _, _, block in entries if block.kind == "image_left_out"]
    assert len(images) == pictures.MOST
    assert left == [f"at most {pictures.MOST} go along"] * 5
    # 700 x 500 pixels are 467 tokens, whatever the bytes of the file are.
    assert all(4 * 467 <= size(image) <= 4 * 467 + 300 for image in images)
    kept, _ = arrange(entries, 3 * 2_000)
    assert sum(block.kind == "image" for block in kept) < pictures.MOST


def test_the_bytes_of_a_picture_are_no_tokens(
    at: Any, service: MessagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A budget of tokens takes a picture by its size, and nothing is counted beforehand because of its file."""
    bench = at("cell-1")
    rough = encoded(png(300, 200, noise=True))
    assert len(rough) > 60_000
    path = bench.where.notebook
    path.write_text(path.read_text().replace(encoded(PLOT), rough, 1))
    talking.ask(bench, text="what does it show?")
    assert [asked.path for asked in service.requests] == ["/v1/messages"]
    assert len(sent(service)) == 1


def test_a_mask_never_spoils_a_picture(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plots.ipynb"
    path.write_text(drawn_notebook(CELLS))
    monkeypatch.setenv("DEPLOY_TOKEN", encoded(png(64, 48))[40:60])
    (image,) = [
        b
        for _, _, b in knowing.blocks(bench, path, "cell 2", None, Wanted(no_images=""))
        if b.kind == "image"
    ]
    assert base64.b64decode(image.data["base64"]) == png(64, 48)


def test_an_answer_says_when_a_picture_has_changed_since(at: Any, service: MessagesServer) -> None:
    bench = at("cell-1")
    talking.ask(bench, text="what does it show?")
    path = bench.where.notebook
    path.write_text(
        path.read_text().replace(
            encoded(PLOT), encoded(png(64, 48, comment=b"made on somebodys-computer", shade=7))
        )
    )
    again = talking.ask(bench, text="what does it show?")
    assert again.recorded
    assert "outputs have changed" in again.warnings[0]


def test_a_file_that_changed_meanwhile_gives_no_wrong_picture(bench: Bench, tmp_path: Path) -> None:
    from jupyter_coimprove.workbench.knowing import seen

    path = tmp_path / "plots.ipynb"
    path.write_text(drawn_notebook(CELLS))
    read = seen.look(path)
    path.write_text(drawn_notebook([("", "other()", CELLS[2][2]), ("", "another()", CELLS[2][2])]))
    assert pictures.of_cell(read, 1, "") == []
