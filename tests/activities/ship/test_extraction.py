"""A module gives what its notebook gives, with the cells that it needs and no others."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from shipped_notebooks import module_of, run_module, run_notebook

from jupyter_coimprove.errors import NotebookError

#: name -> (cells, what has to be in the module, what has to be out of it).
CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "what changes a list through another name": (
        ("a = [1, 2]\nb = a\nc = [3]", "b.append(5)\nc.append(4)", "score = sum(a)"), ("b.append(5)",), ("c.append(4)",),
    ),
    "what is held by what is changed": (
        ("class Box:\n    def __init__(self, x):\n        self.x = x\n    def add(self):\n        self.x.append(1)",
         "x = [1]\nbox = Box(x)\nbox.add()", "score = len(x)"), ("box.add()",), (),
    ),
    "a setting of an item and of an attribute": (
        ("import types\ncfg = {'lr': 1}\nns = types.SimpleNamespace(k=1)", "cfg['lr'] = 7\nns.k = 3", "score = cfg['lr'] * ns.k"),
        ("cfg['lr'] = 7", "ns.k = 3"), (),
    ),
    "a function that reads a name given later": (
        ("def f():\n    return later * 2", "later = 1", "later = 4", "score = f()"), ("later = 4",), (),
    ),
    "a function that sets a global": (
        ("count = 0\ndef tick():\n    global count\n    count += 1", "tick()\ntick()", "score = count"), ("global count", "tick()"), (),
    ),
    "draws of a generator that all share": (
        ("import random\nrandom.seed(3)", "aside = random.random()", "score = random.random()", "other = random.random()"),
        ("aside = random.random()",), ("other =",),
    ),
    "draws of a generator of its own": (
        ("import random\ng = random.Random(1)", "aside = [g.random() for _ in range(3)]", "score = g.random()"), ("aside =",), (),
    ),
    "a draw inside what is printed": (
        ("import random\nrandom.seed(1)", "print(random.random())", "score = random.random()"), ("print(random.random())",), (),
    ),
    "a file that a cell writes and another reads": (
        ("with open('made.txt', 'w') as f:\n    f.write('12')", "aside = 1", "with open('made.txt') as f:\n    score = int(f.read())"), ("f.write('12')",), ("aside",),
    ),
    "a model that is not the one": (
        ("class M:\n    def __init__(self, k):\n        self.k = k\n        self.w = 0\n    def fit(self, x):\n        self.w += self.k * sum(x)\n        return self\n    def score(self):\n        return self.w",
         "x = [1, 2]\none = M(1)\none.fit(x)", "two = M(2)\ntwo.fit(x)\nprint(two.score())", "score = one.score()"), ("one.fit(x)",), ("two",),
    ),
    "text over several lines": (
        ("text = '''a\n    b\n  c'''\n# how long it is\nscore = len(text)",), ("# how long it is",), (),
    ),
    "a name of Python's own": (
        ("values = [3, 9]", "max = max(values)", "score = max"), (), (),
    ),
    "a class that takes a name of the notebook as its own": (
        ("lr = 3", "class C:\n    lr = lr\n    def get(self):\n        return self.lr", "score = C().get()"), (), (),
    ),
    "an import behind what it reads": (
        ("import os\nos.environ['COIMPROVE_X'] = '5'", "import json as j", "score = j.loads(os.environ['COIMPROVE_X'])"),
        ("os.environ['COIMPROVE_X']",), (),
    ),
    "names that stand in a text": (
        ("import math\nk = 4\nunused = 5", "score = eval('math.sqrt(k)')"), ("k = 4",), ("unused",),
    ),
    "a loop, a branch and a deletion": (
        ("total = 0\nfor i in range(5):\n    if i % 2:\n        total += i\n    else:\n        skipped = i", "gone = 1\ndel gone", "score = total + skipped"), (), ("gone",),
    ),
    "what a notebook runs as main": (
        ("def work():\n    return 6", "if __name__ == '__main__':\n    score = work()",), (), (),
    ),
    "a comprehension in a function over the notebook's names": (
        ("ws = [1, 2]\nbias = 2", "def f(x):\n    return sum(w * x + bias for w in ws)", "score = f(3)"), (), (),
    ),
    "a name that is given twice": (
        ("def f():\n    return 1", "score = f()", "def f():\n    return 100", "aside = f()"), (), ("aside",),
    ),
    "lines that share a line": (("a = 1; b = 2; c = 3", "score = a + c"), ("a = 1",), ("b = 2",)),
    "an import that is there for what it does": (
        (
            "from sklearn.experimental import enable_iterative_imputer\nimport textwrap",
            "from sklearn.impute import IterativeImputer",
            "score = IterativeImputer().max_iter",
        ),
        ("enable_iterative_imputer",),
        ("textwrap",),
    ),
    "what is timed": (("%%time\na = 5", "%time score = a + 1"), (), ()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_module_gives_what_the_notebook_gives(name: str, tmp_path) -> None:
    cells, there, gone = CASES[name]
    made = module_of(cells)
    assert run_module(made, tmp_path) == {"score": run_notebook(cells, tmp_path)}
    body = made.text.partition("# What it takes")[0].partition("_sys.path[:0]")[2]
    for text in there:
        assert text in body
    for text in gone:
        assert text not in body
    # Twice in one process it gives the same.
    assert run_module(made, tmp_path) == run_module(made, tmp_path)


def test_what_is_drawn_and_shown_is_left_out(tmp_path) -> None:
    cells = (
        "import matplotlib.pyplot as plt", "x = [1, 2, 3]\nscore = sum(x)", "fig, ax = plt.subplots()\nax.plot(x)\nplt.show()",
        "display(x)\nprint(score)\nx", "%matplotlib inline",
    )  # fmt: skip
    made = module_of(cells)
    body = made.text.partition("# What it takes")[0]
    assert "plt" not in body
    assert "print" not in body
    assert made.cells == (2,)
    assert run_module(made, tmp_path) == {"score": 6.0}


def test_parameters_that_it_needs_are_arguments(tmp_path) -> None:
    cells = (
        "# parameters\nlr = 0.5\nepochs = 3\nverbose = True\nname = 'a'",
        "score = lr * epochs + len(name)",
    )
    made = module_of(cells)
    assert dict(made.parameters) == {"lr": "0.5", "epochs": "3", "name": "'a'"}
    assert run_module(made, tmp_path) == {"score": 2.5}
    assert run_module(made, tmp_path, lr=2.0, name="abc") == {"score": 9.0}


def test_a_number_that_is_only_printed_is_read_from_its_cell(tmp_path) -> None:
    cells = (
        "print('acc 0.1')",
        "def train():\n    acc = 0\n    for i in range(3):\n        acc += 0.25\n        print(f'acc {acc:.3f}')\n    print('''text\n   stays''')",
        "train()",
    )
    made = module_of(cells, how="printed", pattern=r"^acc ([\d.]+)$", cells=(2,), reduction="mean")
    assert run_module(made, tmp_path) == {"score": 0.5}


@pytest.mark.parametrize(
    ("reduction", "value"),
    [
        ("last", 2.0),
        ("first", 1.0),
        ("mean", 2.0),
        ("max", 3.0),
        ("min", 1.0),
        ("mean-last 2", 2.5),
        ("at 1", 3.0),
    ],
)
def test_a_series_is_reduced_as_the_experiment_does(reduction: str, value: float, tmp_path) -> None:
    assert run_module(module_of(("curve = [1, 3, 2]",), "curve", reduction=reduction), tmp_path) == {
        "score": value
    }


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("files = !ls", "score = len(files)"), "cell 1 has a magic that the result needs: files = !ls"),
        (("1 + 1", "score = _ * 2"), "cell 2 reads _, which only a kernel has"),
        (("async def f():\n    return 1", "score = await f()"), "cell 2 awaits"),
        (("def broken(:", "score = 1"), "cell 1 does not parse"),
    ],
)
def test_what_no_module_can_do_is_refused_with_its_cell(cells, said: str) -> None:
    with pytest.raises(NotebookError, match=said.replace("(", "\\(").replace("!", "\\!")):
        module_of(cells)


def test_the_command_line_reads_what_the_defaults_are(tmp_path) -> None:
    cells = (
        "# parameters\nlr = 0.5\non = True\nsizes = [1, 2]\nname = 'a'",
        "print('noise')\nscore = lr * sum(sizes) * on + len(name)\nprint(score)",
    )
    path = tmp_path / "made.py"
    path.write_text(module_of(cells).text)
    given = ["--lr", "2", "--sizes", "[3, 4]", "--on", "false", "--name", "abc"]
    done = subprocess.run(
        [sys.executable, str(path), *given, "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {"score": 3.0}
    wrong = subprocess.run(
        [sys.executable, str(path), "--on", "maybe"], capture_output=True, text=True, check=False
    )
    assert wrong.returncode == 2
    assert "true or false, not maybe" in wrong.stderr
