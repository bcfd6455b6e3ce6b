"""One table of verbs makes the parser of every door."""

from __future__ import annotations

import subprocess
import sys

import pytest

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.wire.parse import HelpWanted, overview, parse
from jupyter_coimprove.wire.verbs import COMMON, VERBS


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_has_help_that_names_all_its_options(verb) -> None:
    with pytest.raises(HelpWanted) as wanted:
        parse([verb.name, "--help"])
    for option in (*verb.options, *COMMON):
        assert (option.flag or option.name) in wanted.value.text


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_parses_with_only_its_required_words(verb) -> None:
    words = [verb.name, *("x" for option in verb.options if option.required and not option.flag)]
    call = parse(words)
    assert call.verb is verb
    assert set(call.arguments) == {option.name for option in verb.options}


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_use_case_takes_exactly_the_options_of_its_verb(verb) -> None:
    import importlib
    import inspect

    module, _, name = verb.use_case.partition(":")
    use_case = getattr(importlib.import_module(f"jupyter_coimprove.workbench.{module}"), name)
    parameters = inspect.signature(use_case).parameters
    options = {option.name for option in verb.options}
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        assert set(parameters) - {"bench"} - options <= {"wanted"}
    else:
        assert set(parameters) - {"bench"} == options


def test_the_overview_lists_every_verb_once() -> None:
    text = overview("coimprove")
    for verb in VERBS:
        assert text.count(f"\n  {verb.name} ") == 1


def test_an_unknown_verb_is_answered_with_close_ones() -> None:
    with pytest.raises(UnknownName, match="'plann'") as error:
        parse(["plann"])
    assert "plan" in error.value.remedy


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["plan"], "notebook"),
        (["plan", "a.ipynb", "--blocks", "many"], "--blocks"),
        (["plan", "a.ipynb", "--design", "wild"], "--design"),
        (["plan", "a.ipynb", "--blok", "3"], "--blok"),
    ],
)
def test_words_that_make_no_sense_are_named(words: list[str], names: str) -> None:
    with pytest.raises(UsageError, match=names):
        parse(words)


def test_repeatable_options_do_not_leak_from_one_call_to_the_next() -> None:
    first = parse(["plan", "a.ipynb", "-f", "lr=0.1", "-f", "depth=2"])
    second = parse(["plan", "a.ipynb"])
    assert first.arguments["factor"] == ["lr=0.1", "depth=2"]
    assert second.arguments["factor"] == []


def test_the_table_of_verbs_needs_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; import jupyter_coimprove.wire.parse; "
        "heavy = {'pydantic','rich','numpy','scipy','papermill','apsw','nbformat','IPython'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
