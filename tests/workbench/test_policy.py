"""The one switch that turns AI off: who runs the server has the last word."""

from __future__ import annotations

import pytest

from jupyter_coimprove.errors import NeedsModel, UsageError
from jupyter_coimprove.workbench.policy import SETTLED, ai_policy, check_ai, check_words


@pytest.mark.parametrize(
    ("environment", "configured", "wanted"),
    [
        ("", "", "user-choice"), ("force-off", "", "force-off"), ("", "force-off", "force-off"), ("force-on", "", "force-on"),
        ("force-on", "force-off", "force-off"), ("force-off", "force-on", "force-off"), ("user-choice", "force-on", "user-choice"),
    ],
)  # fmt: skip
def test_the_stricter_of_two_counts(environment: str, configured: str, wanted: str) -> None:
    assert ai_policy(configured, {"COIMPROVE_AI_POLICY": environment}) == wanted


@pytest.mark.parametrize("word", ["off", "FORCE-OFF", "force_off"])
def test_a_misspelled_policy_is_not_taken_for_another(word: str) -> None:
    with pytest.raises(UsageError, match=word):
        ai_policy(word, {})


@pytest.mark.parametrize("what", SETTLED)
def test_a_server_is_told_of_every_misspelled_one(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check_words({f"{what}_policy": "force-on"})
    with pytest.raises(UsageError, match=f"COIMPROVE_{what.upper()}_POLICY is 'on'"):
        check_words({f"{what}_policy": "on"})
    monkeypatch.setenv(f"COIMPROVE_{what.upper()}_POLICY", "of")
    with pytest.raises(UsageError, match="is 'of'"):
        check_words({})


def test_where_it_is_off_no_model_is_asked_and_what_works_is_named() -> None:
    for policy, chosen in (("force-off", True), ("user-choice", False)):
        with pytest.raises(NeedsModel, match="turned off") as raised:
            check_ai(policy, chosen=chosen)  # type: ignore[arg-type]
        assert "candidates" in raised.value.remedy
    check_ai("force-on", chosen=False)
    check_ai("user-choice")
