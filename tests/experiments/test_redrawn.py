"""What a block draws anew, which generators an added cell seeds, and where it stands: read from the code."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.binding import bind
from jupyter_coimprove.experiments.design import FactorRequest, PlanRequest, build
from jupyter_coimprove.experiments.experiment import Plan
from jupyter_coimprove.experiments.planfile import dump, load
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.reading import read_candidates

IMPORTS = "import os\nos.environ['OMP_NUM_THREADS'] = '1'\nimport random\nimport numpy as np\nimport torch\nfrom torch import nn"
END = "acc = float(w) * lr\nprint(acc)"


def planned(make: Any, *cells: str, **request: Any) -> tuple[Notebook, Plan]:
    notebook = make.notebook(*cells)
    reading = read_candidates(notebook, python_source)
    asked = PlanRequest(factors=(FactorRequest.parse("lr=0.5"),), response="acc", direction="max", **request)
    return notebook, build(notebook, reading, asked, transform=python_source)


def chance(plan: Plan) -> str:
    return " | ".join(plan.extra.get("chance", ()))


def test_only_what_the_notebook_leaves_unseeded_is_seeded_by_the_added_cell(make):
    notebook, plan = planned(
        make, IMPORTS, "SEED = 3\nlr = 0.1\nnp.random.seed(SEED)", "net = nn.Linear(2, 1)\nrows = np.random.permutation(9)",
        "w = sum(float(p.sum()) for p in net.parameters()) + rows[0] + random.random()", END,
    )  # fmt: skip
    assert plan.seeding_cell is not None
    assert [word in plan.seeding_cell for word in ("torch", '"random"', "numpy")] == [True, True, False]
    assert plan.seeding_before == 1, "after the imports, before the first draw"
    assert "numpy is seeded by SEED" in chance(plan)
    assert "random and torch are drawn from unseeded (first by" in chance(plan)
    assert "added cell before cell 2" in chance(plan)
    assert load(dump(plan)) == plan
    bound = bind(notebook, plan, plan.baseline, 21)
    assert bound.seeding == 1
    assert ".manual_seed(21)" in bound.node["cells"][1]["source"]


def test_a_cell_that_imports_and_draws_is_seeded_before(make):
    _, plan = planned(make, "import random\nlr = 0.1\nw = random.random()", END)
    assert (plan.seeding_before, plan.seeding_cell is not None) == (0, True)


def test_what_is_drawn_before_it_is_seeded_is_seeded_early(make):
    _, plan = planned(
        make, "import random\nlr = 0.1", "w = random.random()", "random.seed(0)\nw += random.random()", END
    )
    assert plan.seeding_cell is not None
    assert plan.seeding_before == 1


def test_a_notebook_that_seeds_all_it_draws_from_gets_no_cell(make):
    _, plan = planned(make, IMPORTS, "lr = 0.1\ntorch.manual_seed(0)\nw = nn.Linear(2, 1).weight.sum()", END)
    assert (plan.seeding_cell, plan.seeding_before, plan.block_kind) == (None, None, "init")


def test_the_added_cell_can_be_left_out_and_then_its_chance_is_named(make):
    cells = (IMPORTS, "lr = 0.1\nw = nn.Linear(2, 1).weight.sum() + random.random()", END)
    _, plan = planned(make, *cells, seeding=False)
    assert plan.seeding_cell is None
    assert "stays in every difference" in chance(plan)
    assert [text.partition("'")[0] for text in plan.extra["uncontrolled"]] == ["random", "torch"]
    assert "uncontrolled" not in planned(make, *cells)[1].extra


def test_a_gpu_is_named_where_its_kernels_may_differ(make):
    cells = (IMPORTS, "lr = 0.1\ntorch.manual_seed(0)\ndevice = 'cuda' if torch.cuda.is_available() else 'cpu'\nw = nn.Linear(2, 1).weight.sum()", END)  # fmt: skip
    assert any("GPU" in text for text in planned(make, *cells)[1].extra["uncontrolled"])
    exact = (cells[0], "torch.use_deterministic_algorithms(True)\n" + cells[1], END)
    assert "uncontrolled" not in planned(make, *exact)[1].extra


SPLIT = "A, B = train_test_split(list(range(9)), random_state=1)"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("np.random.seed(0)\nA, B = train_test_split(X)\nw = len(A)", "split"),
        ("torch.manual_seed(0)\nw = nn.Linear(2, 1).weight.sum()", "init"),
        ("torch.manual_seed(0)\nfor e in range(2):\n    for i in torch.randperm(5):\n        w = i", "order"),
        ("np.random.seed(0)\nA, B = train_test_split(X)\nw = np.random.permutation(3)[0] + len(A)", "split"),
        ("random.seed(3)\nidx = list(range(9))\nrandom.shuffle(idx)\ntr, te = idx[:6], idx[6:]\nw = len(tr)", "split"),
        ("g = torch.Generator().manual_seed(0)\np = torch.randperm(9, generator=g)\ntr, te = p[:6], p[6:]\nw = tr[0]", "split"),
        ("df = df.sample(frac=0.8, random_state=4)\nw = len(df)", "split"),
        ("cv = KFold(5, shuffle=True, random_state=2)\nw = run(cv)", "folds"),
        ("X, y = make_moons(100, random_state=5)\nw = X.sum()", "unknown"),
        ("rng = np.random.default_rng(0)\nboot = rng.choice(9, 9)\nw = X[boot].sum()", "split"),
    ],
)  # fmt: skip
def test_the_kind_of_block_follows_what_the_driven_seeds_reach(make, body, kind):
    _, plan = planned(make, IMPORTS, f"lr = 0.1\n{body}", END)
    assert plan.block_kind == kind


def test_a_split_that_the_response_does_not_depend_on_makes_no_split(make):
    body = "lr = 0.1\nrng = np.random.default_rng(4)\np = rng.permutation(9)\na, b = p[:5], p[5:]\nprint(a)"
    _, plan = planned(make, IMPORTS, body, "torch.manual_seed(0)\nw = nn.Linear(2, 1).weight.sum()", END)
    assert plan.block_kind == "init"


BOTH = (
    IMPORTS,
    "lr = 0.1\nrng = np.random.default_rng(4)\np = rng.permutation(9)\ntr, te = p[:5], p[5:]",
    "torch.manual_seed(0)\nw = nn.Linear(2, 1).weight.sum() + tr[0]",
    END,
)


def test_seeds_can_be_driven_by_kind(make):
    for seeds, kind, varied in (
        ("all", "split", [True, True]), (("split",), "split", [True, False]), (("init",), "init", [False, True]),
        (("init", "split"), "split", [True, True]),
    ):  # fmt: skip
        _, plan = planned(make, *BOTH, seeds=seeds)
        assert (plan.block_kind, [s.varied for s in plan.seeds]) == (kind, varied)
    assert plan.split_sizes == ("len(tr)", "len(te)")


def test_a_kind_that_no_seed_drives_by_itself_is_refused_with_the_reason(make):
    with pytest.raises(UsageError, match="no seed of the notebook drives order by itself"):
        planned(make, *BOTH, seeds=("order",))
    one = (
        IMPORTS,
        "lr = 0.1\nnp.random.seed(2)\nA, B = train_test_split(X)\nm = MLPClassifier()\nw = len(A) + m",
        END,
    )
    with pytest.raises(UsageError, match=r"np\.random\.seed drives it with split"):
        planned(make, *one, seeds=("init",))
    with pytest.raises(UnknownName, match="no seed named 'inti'"):
        planned(make, *BOTH, seeds=("inti",))


def test_all_that_a_block_draws_is_said(make):
    _, plan = planned(make, *BOTH)
    assert "a block draws anew the split: permutation in cell 2" in chance(plan)
    assert "start values and training noise: Linear in cell 3" in chance(plan)
    assert "np.random.default_rng drives split" in chance(plan)


def test_keras_without_tensorflow_is_seeded_by_itself(make):
    cells = ("import keras\nlr = 0.1", "w = keras.layers.Dense(3).units", END)
    cell = planned(make, *cells)[1].seeding_cell
    assert cell is not None
    assert '__import__("keras").utils.set_random_seed({block})' in cell
    assert "tensorflow" not in cell.partition("\n")[2]
    with_tensorflow = ("import tensorflow as tf\nlr = 0.1", "w = tf.keras.layers.Dense(3).units", END)
    assert 'tensorflow").random.set_seed' in (planned(make, *with_tensorflow)[1].seeding_cell or "")
