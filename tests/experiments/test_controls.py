"""Arms that are no treatments: repeat, reseed, dummy."""

from __future__ import annotations

import dataclasses

import pytest
from design_plans import plan

from jupyter_coimprove.errors import PlanError, UsageError
from jupyter_coimprove.experiments.arms import contrasts
from jupyter_coimprove.experiments.binding import arm_diff, bind
from jupyter_coimprove.experiments.planfile import dump, load
from jupyter_coimprove.experiments.registration import check, register

SALT = b"0123456789abcdef"


def model(make, *cells, reads="acc = model.score(X, y)", **more):
    """The plan of a dummy on a notebook of these cells; the last measures ``acc``."""
    notebook = make.notebook("k = 1", *cells, reads)
    reading = make.reading(
        make.candidate(notebook, "k", 0, "1", levels=("2",)), measured=(make.measured("acc", len(cells) + 1),)
    )
    return notebook, plan((notebook, reading), "k=2", dummy=True, **more)


def replaced(notebook, found):
    arm = next(arm for arm in found.arms if arm.role == "dummy")
    return "\n".join(cell["source"] for cell in bind(notebook, found, arm, 1).node["cells"])


def test_controls_stand_beside_the_family_and_read_back(training):
    found = plan(training, "lr=1.0", repeat=True, reseed=True)
    assert [arm.role for arm in found.controls] == ["repeat", "reseed"]
    assert contrasts(found) == ("lr=1.0",)
    assert not any(arm.is_baseline for arm in found.controls)
    assert found.baseline.name == "baseline"
    assert not found.repeat_baseline
    assert load(dump(found)) == found
    check(found)
    assert all(arm_diff(training[0], found, arm) == "" for arm in found.controls)


def test_a_control_of_add_one_in_is_the_stripped_notebook_again(training):
    found = plan(training, "lr", "use_noise", design="add-one-in", repeat=True)
    assert found.controls[-1].settings == found.baseline.settings
    check(found)
    assert load(dump(found)) == found


def test_a_reseed_arm_has_numbers_of_its_own_that_no_block_has(training):
    found = register(
        plan(training, "lr=1.0", reseed=True),
        id="exp_1",
        salt=SALT,
        at="2026-01-01T00:00:00Z",
        snapshot="json:0",
    )
    reseed = found.plan.controls[0]
    assert len(found.reseeds) == len(found.blocks)
    assert not set(found.reseeds) & set(found.blocks)
    assert [found.seeds_of(reseed, block) for block in found.blocks] == list(found.reseeds)
    assert found.seeds_of(found.plan.baseline, found.blocks[0]) == found.blocks[0]
    again = register(
        found.plan, id="exp_2", salt=SALT, at="", snapshot="", earlier_blocks=(*found.blocks, *found.reseeds)
    )
    assert not {*again.blocks, *again.reseeds} & {*found.blocks, *found.reseeds}


def test_a_reseed_arm_needs_a_seed_that_blocks_drive(training):
    with pytest.raises(UsageError, match="drive no seed"):
        plan(training, "lr=1.0", reseed=True, seeds="none")
    found = plan(training, "lr=1.0", reseed=True)
    with pytest.raises(PlanError, match="needs a seed"):
        check(load(dump(found).replace("seed = true", "seed = false")))


def test_a_control_that_changes_something_is_refused(training):
    found = plan(training, "lr=1.0", repeat=True)
    arms = (*found.arms[:-1], dataclasses.replace(found.arms[-1], settings={"lr": "1.0"}))
    with pytest.raises(PlanError, match="does not set what the baseline sets"):
        check(dataclasses.replace(found, arms=arms))


@pytest.mark.parametrize(
    ("cell", "becomes"),
    [
        ("from sklearn.linear_model import LogisticRegression as LR\nmodel = LR(C=2.0).fit(X, y)", "DummyClassifier()"),
        ("from sklearn import ensemble\nmodel = ensemble.RandomForestRegressor(\n    n_estimators=5\n)", "DummyRegressor()"),
        ("import sklearn.svm\nmodel = sklearn.svm.SVC()", "DummyClassifier()"),
        ("from xgboost import XGBClassifier\nmodel = XGBClassifier(max_depth=2)", "DummyClassifier()"),
        (
            "from sklearn.model_selection import GridSearchCV\nfrom sklearn.linear_model import Ridge\n"
            "model = GridSearchCV(Ridge(), {'alpha': [1, 2]})", "DummyRegressor()",
        ),
        (
            "from sklearn.ensemble import VotingClassifier\nfrom sklearn.naive_bayes import GaussianNB\n"
            "model = VotingClassifier([('a', GaussianNB())])", "DummyClassifier()",
        ),
    ],
)  # fmt: skip
def test_the_estimator_is_replaced_where_it_is_made(make, cell, becomes):
    notebook, found = model(make, cell)
    source = replaced(notebook, found)
    assert becomes in source
    compile(source, "cells", "exec")
    assert load(dump(found)) == found
    check(found)
    assert [f.name for f in found.varied] == ["k"]
    assert becomes in arm_diff(notebook, found, found.controls[0])


def test_the_model_of_a_pipeline_is_replaced_and_its_other_steps_stay(make):
    notebook, found = model(
        make,
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))",
    )
    assert "StandardScaler()" in replaced(notebook, found)
    assert "LogisticRegression(max_iter" not in replaced(notebook, found)


def test_the_replacement_scores_as_one_that_knows_nothing():
    from sklearn.datasets import load_iris

    from jupyter_coimprove.experiments.dummies import _SKLEARN

    X, y = load_iris(return_X_y=True)
    assert eval(_SKLEARN["classifier"]).fit(X, y).score(X, y) == pytest.approx(1 / 3)
    assert eval(_SKLEARN["regressor"]).fit(X, y).score(X, y) == pytest.approx(0)


LOOP = """import torch
for epoch in range(2):
    for xb, yb in batches:
        loss = loss_fn(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        val = loss_fn(net(xv), yv)
"""


def test_a_torch_loop_learns_from_labels_in_random_order_and_is_judged_by_the_true_ones(make):
    notebook, found = model(make, LOOP, reads="acc = val")
    source = replaced(notebook, found)
    assert 'loss_fn(net(xb), (lambda of: of[__import__("torch").randperm(len(of))])(yb))' in source
    assert "val = loss_fn(net(xv), yv)" in source
    check(found)


@pytest.mark.parametrize("target", ["y[b]", "yb.to(device)", "data.y[b].long()", "yb.float().unsqueeze(1)"])
def test_labels_are_found_as_parts_moved_or_reshaped(make, target):
    notebook, found = model(
        make, LOOP.replace("loss_fn(net(xb), yb)", f"loss_fn(net(xb), {target}, reduction='mean')")
    )
    assert f"len(of))])({target}), reduction='mean')" in replaced(notebook, found)
    check(load(dump(found)))


def test_what_is_computed_is_no_label(make):
    with pytest.raises(UsageError, match="no torch loop"):
        model(make, LOOP.replace("loss_fn(net(xb), yb)", "loss_fn(net(xb), teacher(xb))"))


@pytest.mark.torch
def test_labels_in_random_order_are_the_same_labels():
    import torch

    from jupyter_coimprove.experiments.dummies import permuted

    y = torch.arange(50)
    mixed = eval(permuted("y[y >= 0]"), {"y": y})
    assert sorted(mixed.tolist()) == y.tolist()
    assert mixed.tolist() != y.tolist()


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["model = 1"], "no estimator"),
        (
            ["from sklearn.svm import SVC\nfrom sklearn.linear_model import Ridge\na = SVC()\nb = Ridge()"],
            "several estimators.*SVC\\(\\).*Ridge\\(\\)",
        ),
        (["from sklearn.svm import SVC\nmodel = SVC()", "print(model.coef_, model.decision_function(X))"], "coef_, decision_function"),
        (["from sklearn.dummy import DummyClassifier\nmodel = DummyClassifier()"], "no estimator"),
    ],
)  # fmt: skip
def test_where_it_is_not_clear_what_a_dummy_replaces_it_is_refused_with_a_remedy(make, cells, says):
    with pytest.raises(UsageError, match=says) as caught:
        model(make, *cells)
    assert "leave --dummy out" in caught.value.remedy


def test_code_cannot_be_smuggled_in_as_a_dummy(make):
    _, found = model(make, "from sklearn.svm import SVC\nmodel = SVC()")
    text = dump(found).replace("DummyClassifier", "DummySomething")
    with pytest.raises(PlanError, match="no dummy"):
        check(load(text))
