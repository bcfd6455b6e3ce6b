"""Every route, asked by those who may and those who may not."""

from __future__ import annotations

import json

import pytest

from jupyter_coimprove import __version__
from jupyter_coimprove.wire.verbs import BY_NAME

ROUTES = [
    ("GET", "version"), ("POST", "verbs/review"), ("POST", "verbs/accept"), ("DELETE", "requests/x"),
    ("GET", "runs/run_01ARZ3NDEKTSV4RRFFQ69G5FAV/files/output.ipynb"), ("GET", "events"),
    ("GET", "lines?path=train.ipynb"), ("POST", "lines"), ("DELETE", "lines?path=train.ipynb"),
    ("GET", "/coimprove/mcp"), ("POST", "/coimprove/mcp"), ("DELETE", "/coimprove/mcp"), ("GET", "settings"), ("GET", "verbs"), ("GET", "variables"), ("GET", "applications?path=train.ipynb"), *(
        ("POST", f"applications/app_01ARZ3NDEKTSV4RRFFQ69G5FAV/{verb}")
        for verb in ("claim", "applied", "refused", "reverted", "redone")
    ),
]  # fmt: skip
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec_WebSocket_Key": "eA==",
    "Sec_WebSocket_Version": "13",
}


def headers(path: str) -> dict[str, str]:
    return UPGRADE if path == "events" else {}


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_nobody_is_answered_without_the_token(server, method: str, path: str, token: str | None) -> None:
    body = "{}" if method == "POST" else None
    assert server.ask(method, path, body, token=token, **headers(path)).code in (401, 403)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_cookie_from_a_foreign_page_changes_nothing(server, method: str, path: str) -> None:
    """What a browser would send for another site: a login, but neither token nor XSRF token."""
    login = server.ask("GET", f"version?token={server_token()}", token=None)
    cookie = "; ".join(c.partition(";")[0] for c in login.headers.get_list("Set-Cookie"))
    assert cookie, "the server gives a cookie to who has the token"
    said = {"Cookie": cookie, "Origin": "https://elsewhere.example", **headers(path)}
    answer = server.ask(method, path, "{}" if method == "POST" else None, token=None, **said)
    assert answer.code in (403, 404), (answer.code, answer.body)
    if method != "GET":
        bad = {**said, "X_XSRFToken": "2|guess", "Origin": server.url}
        assert server.ask(method, path, "{}" if method == "POST" else None, token=None, **bad).code == 403


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_name_of_this_server_that_is_not_its_own_is_refused(server, method: str, path: str) -> None:
    """DNS rebinding: the page's host leads here, and its cookie or token with it."""
    body = "{}" if method == "POST" else None
    assert server.ask(method, path, body, Host="elsewhere.example", **headers(path)).code == 403


def server_token() -> str:
    from server_door import TOKEN

    return TOKEN


@pytest.mark.parametrize("path", ["verbs/review", "verbs/accept", "requests/x"])
def test_nothing_changes_by_get(server, path: str) -> None:
    assert server.ask("GET", path).code == 405


def test_the_version_is_told(server) -> None:
    assert json.loads(server.ask("GET", "version").body) == {"version": __version__, "protocol": 1}


def test_the_policy_on_ai_is_told(server) -> None:
    assert json.loads(server.ask("GET", "settings").body) == {"ai_policy": "user-choice"}


def test_a_verb_answers_with_its_view(server) -> None:
    view = server.verb("candidates", notebook="train.ipynb")
    assert view["view"] == "CandidatesView"
    assert "rate" in [row["name"] for row in view["candidates"]]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "usage"), ("[1]", 400, "usage"), ('{"arguments": 3}', 400, "usage"),
        ('{"arguments": {"notebok": "a.ipynb"}}', 404, "unknown_name"), ('{"arguments": {"notebook": 7}}', 400, "usage"),
        ("{}", 400, "usage"), ('{"arguments": {"notebook": "gone.ipynb"}}', 400, "notebook"),
        ("[" * 100_000, 400, "usage"),
    ],
)  # fmt: skip
def test_a_malformed_request_is_told_what_is_wrong(server, body: str, status: int, code: str) -> None:
    answer = server.ask("POST", "verbs/candidates", body)
    assert answer.code == status, answer.body
    error = json.loads(answer.body)["error"]
    assert error["code"] == code
    assert error["message"]


def test_a_verb_that_does_not_exist_is_named_with_close_ones(server) -> None:
    answer = server.ask("POST", "verbs/acept", "{}")
    assert answer.code == 404
    assert "accept" in json.loads(answer.body)["error"]["remedy"]


@pytest.mark.parametrize(
    "path",
    [
        "../secret.ipynb",
        "/../secret.ipynb",
        "a/../../secret.ipynb",
        "..\\secret.ipynb",
        "link/secret.ipynb",
        "\0",
        "x" * 3000,
    ],
)
def test_no_path_leads_out_of_the_servers_folder(server, path: str) -> None:
    link = server.folder / "link"
    if not link.is_symlink():
        link.symlink_to(server.folder.parent)
    for body in (
        {"arguments": {"notebook": "train.ipynb"}, "path": path},
        {"arguments": {"notebook": path}, "path": "train.ipynb"},
    ):
        answer = server.ask("POST", "verbs/candidates", body)
        assert answer.code == 400, answer.body
        assert "outside" in json.loads(answer.body)["error"]["message"]


def test_an_absolute_path_is_no_argument(server) -> None:
    for path in (str(server.folder / "train.ipynb"), "~/train.ipynb", "/etc/passwd"):
        answer = server.ask("POST", "verbs/candidates", {"arguments": {"notebook": path}})
        assert answer.code == 400, answer.body


def test_a_body_over_the_limit_is_refused(server) -> None:
    answer = server.ask("POST", "verbs/candidates", json.dumps({"path": "x" * (5 * 2**20)}))
    assert answer.code == 400
    assert "too long" in json.loads(answer.body)["error"]["message"]


def test_a_window_is_told_what_each_verb_is_and_takes(server) -> None:
    told = json.loads(server.ask("GET", "verbs").body)["verbs"]
    assert set(told) == set(BY_NAME)
    assert told["accept"]["decides"]
    assert told["accept"]["help"] == BY_NAME["accept"].help
    assert told["accept"]["options"][0] == {
        "name": "id", "help": "a plan, a finding or a proposal", "type": "str", "required": True, "positional": True,
        "completes": "proposal",
    }  # fmt: skip
