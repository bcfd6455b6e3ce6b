"""Places in files beside a notebook: bound, shown as diffs, kept in plan.toml, and nothing else changed."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from pathlib import Path

import pytest
import yaml

from jupyter_coimprove.digests import digest_source
from jupyter_coimprove.errors import NotebookError, PlanError
from jupyter_coimprove.experiments.binding import arm_diff, bind
from jupyter_coimprove.experiments.design import build, notebook_digest
from jupyter_coimprove.experiments.experiment import Plan
from jupyter_coimprove.experiments.planfile import dump, load
from jupyter_coimprove.experiments.request import FactorRequest, PlanRequest
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.candidates import Candidate, Measured, Reading
from jupyter_coimprove.notebook.cells import Address, Cell, Notebook, Place

NET = """import torch.nn as nn


class Net(nn.Module):
    def __init__(self, p=0.1):
        super().__init__()
        self.norm = nn.LayerNorm(4)
        self.drop = nn.Dropout(p)  # regularise

    def forward(self, x):
        h = self.norm(x)
        h = h + x
        return self.drop(h)


SEED = 3
"""
YAML = """# how we train
optim:
  lr: 1.0e-3   # as in the paper
  name: adam
  nesterov: yes
layers: [64, 32]
seed: 0
"""
BESIDE = {
    "models/net.py": NET,
    "config.yaml": YAML,
    "../configs/base.json": '{"depth": 3,\n "act": "relu", "warm": null}\n',
    "run.toml": '[train]\nepochs = 10 # ten\nname = "a"\nrate = 0.5\n',
    "old.ini": "[train]\nbatch = 32\nshuffle = True\nname = a b\n",
}
CELL = 'CFG = """\nlr: 0.1\nname: \'x\'\n"""\nfrom models.net import Net\nscore = 1.0'


@pytest.fixture
def notebook() -> Notebook:
    node = {
        "cells": [
            {"cell_type": "code", "id": "a", "metadata": {}, "source": CELL, "outputs": [], "execution_count": None}
        ],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    return Notebook(
        path=Path("nb.ipynb"), raw=b"", node=node, nbformat=4, minor=5,
        cells=(Cell(index=0, kind="code", source=CELL, id="a"),), kernel=None, language="python", beside=BESIDE,
    )  # fmt: skip


def place(notebook: Notebook, file: str, text: str) -> Place:
    source = notebook.beside[file] if file else notebook.cells[0].source
    address = (
        Address(id=None, ordinal=-1, digest=digest_source(source), before="", after="") if file
        else notebook.address(0)
    )  # fmt: skip
    assert source.count(text) == 1
    start = source.index(text)
    return Place(address=address, start=start, end=start + len(text), text=text, file=file)


def candidate(
    notebook: Notebook, name: str, file: str, text: str, value: object, **known: object
) -> Candidate:
    where = place(notebook, file, text)
    inner = known.pop("inner", text)
    assert isinstance(inner, str)
    start = where.start + text.index(inner)
    return Candidate(
        name=name, kind=known.pop("kind", "config"), source=inner, value=value, type=type(value).__name__,  # type: ignore[arg-type]
        places=(dataclasses.replace(where, start=start, end=start + len(inner), text=inner),), **known,  # type: ignore[arg-type]
    )  # fmt: skip


def planned(notebook: Notebook, *found: Candidate, seeds: str = "none", **levels: str) -> Plan:
    reading = Reading(
        candidates=found,
        measured=(Measured(name="score", how="variable", expr="score", cell=0, direction="max", score=1.0),),
        splits=(),
    )
    request = PlanRequest(
        factors=tuple(
            FactorRequest(name=name, levels=(level,)) if level else FactorRequest(name=name)
            for name, level in levels.items()
        ),
        seeds=seeds, response="score", direction="max",  # type: ignore[arg-type]
    )  # fmt: skip
    return build(notebook, reading, request, transform=python_source)


def changed(notebook: Notebook, plan: Plan, block: int = 1) -> dict[str, str]:
    bound = bind(notebook, plan, plan.treatments[0], block, transform=python_source)
    assert not bound.edits or bound.edits[0][0] == 0
    return dict(bound.files)


@pytest.mark.parametrize(
    ("file", "text", "inner", "value", "level", "result"),
    [
        ("config.yaml", "lr: 1.0e-3", "1.0e-3", 0.001, "0.1", "lr: 0.1"),
        ("config.yaml", "lr: 1.0e-3", "1.0e-3", 0.001, "1e-5", "lr: 1.0e-05"),
        ("config.yaml", "name: adam", "adam", "adam", "sgd", "name: sgd"),
        ("config.yaml", "name: adam", "adam", "adam", '"yes"', 'name: "yes"'),
        ("config.yaml", "nesterov: yes", "yes", True, "False", "nesterov: no"),
        ("config.yaml", "nesterov: yes", "yes", True, "false", "nesterov: no"),
        ("config.yaml", "nesterov: yes", "yes", True, "off", "nesterov: no"),
        ("config.yaml", "[64, 32]", "[64, 32]", [64, 32], "[8]", "[8]"),
        ("../configs/base.json", '"depth": 3', "3", 3, "5", '"depth": 5'),
        ("../configs/base.json", '"act": "relu"', '"relu"', "relu", "'a\"b'", '"act": "a\\"b"'),
        ("../configs/base.json", '"depth": 3', "3", 3, "None", '"depth": null'),
        ("run.toml", "epochs = 10", "10", 10, "20", "epochs = 20"),
        ("run.toml", "rate = 0.5", "0.5", 0.5, "1e-5", "rate = 1e-5"),
        ("run.toml", 'name = "a"', '"a"', "a", "b", 'name = "b"'),
        ("old.ini", "batch = 32", "32", 32, "64", "batch = 64"),
        ("old.ini", "shuffle = True", "True", True, "False", "shuffle = False"),
        ("old.ini", "name = a b", "a b", "a b", "c", "name = c"),
    ],
)
def test_a_level_is_written_in_the_language_of_the_file(
    notebook: Notebook, file: str, text: str, inner: str, value: object, level: str, result: str
) -> None:
    plan = planned(notebook, candidate(notebook, "x", file, text, value, inner=inner), x=level)
    assert changed(notebook, plan) == {file: BESIDE[file].replace(text, result)}
    diff = arm_diff(notebook, plan, plan.treatments[0])
    assert diff.startswith(f"--- {file} (baseline)\n+++ {file} (")
    again = load(dump(plan))
    assert again.factors == plan.factors
    assert changed(notebook, again) == changed(notebook, plan)


@pytest.mark.parametrize(
    ("text", "kind", "operator", "result"),
    [
        ("h = self.norm(x)", "step", "identity", "h = x"),
        ("h = h + x", "term", "drop-term", "h = h"),
        ("h = h + x", "statement", "drop-statement", ""),
        ("nn.Dropout(p)", "step", "identity", "nn.Identity()"),
    ],
)
def test_an_operator_changes_a_module(
    notebook: Notebook, text: str, kind: str, operator: str, result: str
) -> None:
    inner = {"identity": text.removeprefix("h = "), "drop-term": "x", "drop-statement": text}[operator]
    found = candidate(notebook, "part", "models/net.py", text, None, kind=kind, operator=operator)
    at = found.places[0]
    start = at.start + text.rindex(inner)
    found = dataclasses.replace(
        found, places=(dataclasses.replace(at, start=start, end=start + len(inner), text=inner),)
    )
    plan = planned(notebook, found, part="off")
    assert plan.treatments[0].name == "without part"
    old = f"        {text}\n" if not result else text
    assert changed(notebook, plan) == {"models/net.py": NET.replace(old, result)}
    assert load(dump(plan)).factors == plan.factors
    assert (
        "-        h = self.norm(x)" in arm_diff(notebook, plan, plan.treatments[0]) or "self.norm" not in text
    )


def test_a_value_in_a_yaml_string_of_a_cell_is_set(notebook: Notebook) -> None:
    plan = planned(notebook, candidate(notebook, "lr", "", "lr: 0.1", 0.1, inner="0.1"), lr="0.01")
    bound = bind(notebook, plan, plan.treatments[0], 1, transform=python_source)
    assert bound.edits == ((0, CELL, CELL.replace("0.1", "0.01")),)
    plan = planned(notebook, candidate(notebook, "name", "", "name: 'x'", "x", inner="'x'"), name='"y"')
    bound = bind(notebook, plan, plan.treatments[0], 1, transform=python_source)
    assert bound.edits[0][2] == CELL.replace("'x'", "'y'")


def test_one_factor_binds_to_several_texts_and_seeds_to_files(notebook: Notebook) -> None:
    lr = candidate(notebook, "lr", "", "lr: 0.1", 0.1, inner="0.1")
    rate = candidate(notebook, "rate", "run.toml", "rate = 0.5", 0.5, inner="0.5")
    both = dataclasses.replace(lr, places=(*lr.places, *rate.places))
    seeds = (
        candidate(notebook, "seed", "config.yaml", "seed: 0", 0, inner="0", kind="seed"),
        candidate(notebook, "SEED", "models/net.py", "SEED = 3", 3, inner="3", kind="seed"),
    )
    plan = planned(notebook, both, *seeds, seeds="all", lr="0.25")
    bound = bind(notebook, plan, plan.treatments[0], 77, transform=python_source)
    assert [index for index, *_ in bound.edits] == [0]
    assert set(bound.files) == {"run.toml", "config.yaml", "models/net.py"}
    assert tomllib.loads(bound.files["run.toml"])["train"]["rate"] == 0.25
    seed = yaml.safe_load(bound.files["config.yaml"])["seed"]
    assert isinstance(seed, int)
    assert seed != 0
    base = bind(notebook, plan, plan.baseline, 77, transform=python_source)
    assert base.files["config.yaml"] == bound.files["config.yaml"], "the arms of a block share its seed"


def test_code_in_a_file_that_changed_is_refused(notebook: Notebook) -> None:
    plan = planned(
        notebook, candidate(notebook, "depth", "../configs/base.json", '"depth": 3', 3, inner="3"), depth="5"
    )
    other = dataclasses.replace(notebook, beside={**BESIDE, "../configs/base.json": '{"deep": 3}'})
    assert notebook_digest(other) != plan.notebook_digest
    with pytest.raises(NotebookError, match=r"\.\./configs/base\.json no longer reads '3'"):
        bind(other, plan, plan.treatments[0], 1)


def test_factors_on_the_same_code_of_a_file_are_refused(notebook: Notebook) -> None:
    one = candidate(
        notebook, "one", "models/net.py", "h = h + x", None, kind="statement", operator="drop-statement"
    )
    two = candidate(
        notebook, "two", "models/net.py", "h = h + x", None, inner="h + x", kind="term", operator="drop-term"
    )
    with pytest.raises(Exception, match=r"stand on the same code \(models/net\.py\)"):
        planned(notebook, one, two, one="", two="")


@pytest.mark.parametrize(
    ("file", "text", "inner", "value", "level"),
    [("run.toml", "epochs = 10", "10", 10, "None"), ("config.yaml", "lr: 1.0e-3", "1.0e-3", 0.001, "None")],
)
def test_a_level_the_language_cannot_write_is_refused(
    notebook: Notebook, file: str, text: str, inner: str, value: object, level: str
) -> None:
    plan = planned(notebook, candidate(notebook, "x", file, text, value, inner=inner), x=level)
    if file == "config.yaml":
        assert yaml.safe_load(changed(notebook, plan)[file])["optim"]["lr"] is None
        return
    with pytest.raises(PlanError, match=r"x \(run\.toml\): None cannot be written"):
        changed(notebook, plan)


def test_what_is_kept_or_dropped_has_no_other_levels(notebook: Notebook) -> None:
    found = candidate(
        notebook, "part", "models/net.py", "h = h + x", None, kind="statement", operator="drop-statement"
    )
    with pytest.raises(Exception, match="kept or dropped"):
        planned(notebook, found, part="0.5")
    plan = planned(notebook, found, part="without")
    edited = dump(plan).replace('set = { part = "dropped" }', 'set = { part = "off" }')
    assert edited != dump(plan)
    assert load(edited).treatments[0].settings == {"part": "dropped"}
    assert json.loads(json.dumps(plan.factors[0].places[0].as_dict()))["file"] == "models/net.py"
