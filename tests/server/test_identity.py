"""Who decided, and how the server knows it: under JupyterHub, behind a password, with a token."""

from __future__ import annotations

import getpass
from types import SimpleNamespace

import pytest
from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider, User

from jupyter_coimprove.interfaces.server.identity import actor_of, auth_of


def hub() -> object:
    """A provider of the kind that JupyterHub puts into a single-user server, by where its class lives."""
    kind = type(
        "JupyterHubIdentityProvider", (IdentityProvider,), {"__module__": "jupyterhub.singleuser.extension"}
    )
    return kind()


def test_under_jupyterhub_it_is_the_hubs_user() -> None:
    actor = actor_of(User(username="ada", display_name="Ada"), hub())
    assert (actor.kind, actor.id, actor.display, actor.auth) == ("person", "ada", "Ada", "hub")


def test_behind_a_password_it_is_the_servers_user() -> None:
    provider = PasswordIdentityProvider(hashed_password="argon2:none")
    assert auth_of(provider) == "password"
    assert actor_of(User(username="ada"), provider).id == "ada"


def test_a_token_names_nobody_so_that_it_is_the_owner_of_the_server() -> None:
    actor = actor_of(User(username="x", display_name="Anonymous Io"), IdentityProvider())
    assert (actor.auth, actor.display) == ("token", getpass.getuser())


@pytest.mark.parametrize("name", ["ada\nfnd_1 accepted", "ada\u202eevil", "  "])
def test_a_name_cannot_forge_a_line_or_be_empty(name: str) -> None:
    actor = actor_of(SimpleNamespace(username=name, display_name=name, name=name), hub())
    assert actor.id.strip()
    assert actor.id.isprintable()
    assert actor.display.isprintable()
