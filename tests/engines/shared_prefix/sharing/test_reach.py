"""What a cell reads of what varies, one way of reading at a time."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jupyter_coimprove.engines.shared_prefix.sharing import Variant, keys, reach
from jupyter_coimprove.experiments.seeding import PLACEHOLDER, seeding_source
from jupyter_coimprove.kernelspace.transform import python_source

#: Cells of which the last reads ``lr``, and none before it.
READS = {
    "the name": ["x = 1", "y = lr"],
    "a function, when it is called": ["def f():\n    return lr", "x = 1", "f()"],
    "a function through another": ["def f():\n    return lr", "def g():\n    return f()", "x = g()"],
    "a function defined after who calls it": ["def g():\n    return f()", "def f():\n    return lr", "x = g()"],
    "an object made before its helper was defined": [
        "class T:\n    def run(self):\n        return f()", "t = T()", "def f():\n    return lr", "t.run()",
    ],
    "a method": ["class T:\n    def run(self):\n        return lr", "t = T()"],
    "a class by inheritance": ["class A:\n    def s(self):\n        return lr", "class B(A):\n    pass"],
    "a lambda": ["f = lambda: lr", "f()"],
    "another name for a function": ["def f():\n    return lr", "g = f"],
    "a default argument": ["x = 1", "def f(a=lr):\n    return a"],
    "a decorator": ["def d(f):\n    return lr", "@d\ndef g():\n    pass"],
    "a decorated function": ["from there import register", "@register\ndef g():\n    return lr"],
    "a comprehension": ["x = [1]", "[v * lr for v in x]"],
    "a generator not yet run": ["x = [1]", "g = (v * lr for v in x)"],
    "a closure": ["def make():\n    def inner():\n        return lr\n    return inner", "f = make()"],
    "a global statement": ["def f():\n    global lr\n    lr = 3", "f()"],
    "a lambda in a function that declares it global": [
        "def a():\n    lr = 1\n    def b():\n        global lr\n        return lambda: lr\n    return b", "a()",
    ],
    "monkeypatching": ["class T:\n    pass", "T.run = lambda self: lr"],
    "setting it": ["x = 1", "lr = 3"],
    "adding to it": ["x = 1", "lr += 3"],
    "taking it out": ["x = 1", "del lr"],
    "a loop over it": ["x = 1", "for lr in x:\n    pass"],
    "a walrus": ["x = 1", "print(lr := 3)"],
    "a walrus in a comprehension": ["x = [1]", "[lr := v for v in x]"],
    "a match": ["x = 1", "match x:\n    case lr:\n        pass"],
    "a match of a mapping": ["x = {}", "match x:\n    case {**lr}:\n        pass"],
    "an import": ["x = 1", "import numpy as lr"],
    "an exception's name": ["x = 1", "try:\n    x()\nexcept ValueError as lr:\n    pass"],
    "an annotation": ["x = 1", "y: lr = 3"],
    "a class body": ["x = 1", "class T:\n    lr = lr"],
    "a method of a class with such an attribute": ["class T:\n    lr = 3\n    def m(self):\n        return lr", "T()"],
    "an f-string": ["x = 1", "f'{x:{lr}}'"],
    "a text that may be evaluated": ["x = 1", "df.query('x > @lr')"],
    "bytes that may be evaluated": ["x = 1", "run(b'lr + 1')"],
    "a text that calls": ["def f():\n    return lr", "df.query('x > @f()')"],
    "a cell magic": ["x = 1", "%%time\ny = lr"],
    "a line magic": ["x = 1", "%time y = lr"],
    "a shell line": ["x = 1", "!echo $lr"],
    "a shell line in braces": ["x = 1", "y = !echo {lr}"],
    "a captured cell": ["x = 1", "%%capture lr\nprint(1)"],
    "an opaque cell": ["x = 1", "%%bash\necho $lr"],
    "help": ["x = 1", "lr?"],
    "a hook that runs between lines": [
        "import sys\ndef t(*a):\n    return f()", "sys.settrace(t)", "x = 1", "def f():\n    return lr",
    ],
    "a hook of imports": [
        "import sys\nclass F:\n    def find_spec(self, *a):\n        return f()", "finders = [F()]",
        "def f():\n    return lr", "import something",
    ],
    "an object that was loaded": [
        "import pickle\nclass T:\n    def run(self):\n        return lr", "x = pickle.load(file)",
    ],
}  # fmt: skip


@pytest.mark.parametrize("way", READS)
def test_the_last_cell_reads_it_and_none_before(way: str) -> None:
    found = reach(READS[way], ["lr"], transform=python_source)
    assert not any(cell.stop for cell in found)
    assert [sorted(cell.reads) for cell in found] == [[]] * (len(found) - 1) + [["lr"]]


STOPS = [
    "globals()", "locals()", "vars()", "dir()", "eval('x')", "exec(code)", "compile('x', '', 'eval')", "g = globals",
    "import inspect", "from inspect import currentframe", "import builtins as b", "import __main__", "import dill",
    "from IPython import get_ipython", "get_ipython().run_line_magic('who', '')", "In[1]", "print(Out)", "_", "print(_3)",
    "f.__globals__", "sys._getframe()", "sys.modules['x']", "sys.modules.get('x')", "print.__self__", "t.tb_frame",
    "importlib.import_module(name)", "x = '__main__'", "operator.attrgetter('f_globals')", "m = map(vars, y)",
    "%run other.py", "%who", "whos", "%store -r", "%load_ext something", "%pylab", "%%unknown\nx", "%reset -f", "x = %who",
    "def f(:", "from helpers import *", "from . import *",
    "try:\n    f()\nexcept NameError:\n    pass", "try:\n    f()\nexcept:\n    pass", "try:\n    f()\nexcept Exception:\n    x = 1",
    "__import__('builtins')", "__import__(name)", "__import__('numpy', globals())", "__import__('random', level=0)", "i = __import__",
    "try:\n    f()\nexcept (KeyError, NameError):\n    pass", "with contextlib.suppress(Exception):\n    f()",
    "getattr(a, name, 3)", "with suppress(NameError):\n    f()",
]  # fmt: skip


@pytest.mark.parametrize("cell", STOPS)
def test_nothing_is_shared_from_where_any_name_may_be_read(cell: str) -> None:
    found = reach(["a = 1", cell, "b = 1"], ["lr"], transform=python_source)
    assert [bool(c.stop) for c in found] == [False, True, True]
    assert [sorted(c.reads) for c in found] == [[], ["lr"], ["lr"]]


@pytest.mark.parametrize("cell", [s for s in STOPS if not s.startswith(("%", "who", "def", "x = %", "from"))])
def test_a_function_that_may_read_any_name_stops_where_it_is_named(cell: str) -> None:
    body = "def looks():\n    " + cell.replace("\n", "\n    ")
    found = reach(["a = 1", body, "b = 1", "looks()"], ["lr"], transform=python_source)
    assert [bool(c.stop) for c in found] == [False, False, False, True]


#: The cell that seeds a block.
SEEDING = seeding_source(["random", "numpy", "torch", "tensorflow"], [])
assert SEEDING is not None

FREE = [
    SEEDING.replace(PLACEHOLDER, "7"),
    "f = lambda lr: lr", "[lr for lr in range(3)]", "def f(lr):\n    return lr", "class T:\n    lr = 3", "obj.lr = 3",
    "dict(lr=3)", "obj.lr", "x = 'already clear'", "print('lr is fixed')", "plt.xlabel('lr')", "def f():\n    'Uses lr.'\n    return 1\nf()",
    "'lr'", "# lr", "lr_decay = 3", "df['lr']", "%matplotlib inline", "!ls", "%pip install x", "%load_ext autoreload",
    "%%html\n<b>x</b>", "import gc\ngc.collect()", "if __name__ == '__main__':\n    x = 1", "vars(obj)", "dir(obj)",
    "getattr(obj, 'x', 3)", "hasattr(obj, name)", "try:\n    import x\nexcept ImportError:\n    x = 0",
    "try:\n    import x\n    HAS = True\nexcept:\n    HAS = False", "try:\n    f()\nexcept ValueError:\n    pass",
    "try:\n    f()\nexcept Exception:\n    log()\n    raise", "for m in model.modules():\n    pass", "model.eval()",
    "for _ in range(3):\n    pass", "from numpy import *", "from IPython.display import display", "re.compile('x')",
    "def f():\n    lr = 3\n    return lr\nf()", "@property\ndef f(self):\n    return lr", "x?",
]  # fmt: skip


@pytest.mark.parametrize("cell", FREE)
def test_what_does_not_read_it_is_shared(cell: str) -> None:
    found = reach(["a = 1", cell, "b = 1"], ["lr"], transform=python_source)
    assert not any(c.stop or c.reads for c in found)


def test_what_was_named_may_run_at_any_time_later() -> None:
    cells = ["def f():\n    return g()", "hooks = [f]", "x = 1", "def g():\n    return lr", "y = 2", "run()"]
    found = reach(cells, ["lr"], transform=python_source)
    assert [sorted(c.reads) for c in found] == [[], [], [], [], [], ["lr"]]


def test_reads_before_a_name_varies_do_not_count() -> None:
    cells = ["lr = 1", "x = lr", "lr = 2", "y = 3", "z = lr"]
    found = reach(cells, {"lr": 3}, transform=python_source)
    assert [sorted(c.reads) for c in found] == [[], [], [], [], ["lr"]]


@pytest.mark.parametrize("address", ["", "1", "f()", "a b", "x[0]", "cfg['lr"])
def test_what_is_no_address_is_an_error(address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        reach(["x = 1"], [address], transform=python_source)


NAMES = st.from_regex(r"[a-z_]{1,4}", fullmatch=True).filter(lambda n: not keyword.iskeyword(n))


@pytest.mark.filterwarnings("ignore")
@given(name=NAMES, cells=st.lists(st.text(max_size=40), max_size=6), at=st.integers(0, 6))
@example(name="lr", cells=["\\\n", "\r", "é = '\ud800'", "%%\n", "\x0c", "x = (\\"], at=2)
def test_any_text_is_read_without_an_error_and_a_cell_with_the_name_counts(
    name: str, cells: list[str], at: int
) -> None:
    cells.insert(min(at, len(cells)), f"use = {name}")
    found = reach(cells, [name], transform=python_source)
    assert len(found) == len(cells)
    assert name in found[min(at, len(cells) - 1)].reads


@given(
    values=st.lists(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()), min_size=2, max_size=5
    )
)
def test_equal_values_share_to_the_end_and_others_up_to_the_read(values: list[object]) -> None:
    cells = ["lr = 0", "a = 1", "b = lr"]
    variants = [Variant(sources=cells, parameters={"lr": value}, at=1) for value in values]
    found = keys(variants, transform=python_source)
    for one, first in zip(found, values, strict=True):
        for other, second in zip(found, values, strict=True):
            same = type(first) is type(second) and repr(first) == repr(second)
            assert [a == b for a, b in zip(one, other, strict=True)] == [True, True, same]
