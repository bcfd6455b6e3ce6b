"""What code calls and reads is followed through its names: each with a twin that only looks alike."""

from __future__ import annotations

import pytest

from jupyter_coimprove.activities.values.code import look
from jupyter_coimprove.activities.values.subject import notebook_of
from jupyter_coimprove.kernelspace.transform import python_source

SYSTEM = "kind = 'calls'\nforbid = ['os.system', 'subprocess.*', 'eval', 'shell', 'requests.Session.post', '*.to_pickle']"

CALLED = [
    "import os\nos.system('ls')", "import os as o\no.system('ls')", "from os import system\nsystem('ls')", "from os import system as s\ns('ls')",
    "from os import *\nsystem('ls')", "import os\nf = os.system\n# %%\nf('ls')", "import os\na = b = os.system\nb('x')", "import os\ngetattr(os, 'system')('ls')",
    "__import__('os').system('ls')", "import importlib\nimportlib.import_module('os').system('ls')", "import importlib\nm = importlib.import_module('os')\nm.system('x')",
    "import os\nlist(map(os.system, ['ls']))", "import os\nfrom functools import partial\ngo = partial(os.system, 'ls')\ngo()", "import os\n(lambda: os.system('ls'))()",
    "import os\ndef clean():\n    os.system('ls')\nclean()", "import os\nclass A:\n    def go(self):\n        os.system('ls')", "import os\nif True:\n    os.system('ls')",
    "import os\nwith open('x') as f:\n    os.system(f.read())", "import os\nx, f = 1, os.system\nf('ls')", "import os\n[os.system(c) for c in ['ls']]",
    "import subprocess as sp\nsp.check_output(['ls'])", "eval('1')", "list(map(eval, ['1']))", "import builtins\nbuiltins.eval('1')", "!ls", "x = !ls", "%%bash\nls", "%sx ls",
    "import requests\ns = requests.Session()\ns.post('u')", "import requests\nrequests.Session().post('u')", "import requests\nwith requests.Session() as s:\n    s.post('u')",
    "table = load()\ntable.to_pickle('x')",
    "import os\nos.__dict__['system']('ls')", "import os\nvars(os)['system']('ls')", "import sys\nsys.modules['os'].system('ls')", "globals()['eval']('1')",
    "import os\nclass A:\n    def __init__(self):\n        self.run = os.system\nA().run('ls')", "import os\nd = {}\nd['go'] = os.system\nd['go']('ls')",
    "def go():\n    run('ls')\n# %%\nfrom os import system as run\ngo()", "import os\ndef f(run=os.system):\n    run('ls')", "import os\nf = os.system if x else print",
    "import os\nd = {'a': os.system}\nd['a']('ls')", "import os\ndef get():\n    return os.system\nget()('ls')", "import os\nf = vars(os)['system']\nf('ls')",
    "import os\nclass A:\n    run = os.system\n    def go(self):\n        self.run('ls')", "import os\n@os.system\ndef f():\n    pass", "import os\nif (f := os.system):\n    f('x')",
]  # fmt: skip
LOOK_ALIKE = [
    "def system(x):\n    return x\nsystem('ls')", "class os:\n    @staticmethod\n    def system(x):\n        return x", "text = 'os.system(1)'", "# os.system('ls')",
    "import os\nos.path.exists('x')", "import platform\nplatform.system()", "from platform import system\nsystem()", "import os\nos = Fake()\nos.system('ls')",
    "def eval(x):\n    return x\neval('1')", "model.eval()", "def f(eval):\n    return eval(1)", "def f(os):\n    return os.system('ls')", "import pandas as pd\npd.eval('1')",
    "from torch.nn import Module\nModule().eval()", "import requests\nrequests.get('u')", "import requests\ns = requests.Session()\ns.get('u')", "print('!ls')",
    "import os", "from os import system", "s = 'a\\n!b'\nprint(s)", "table.to_csv('x')", "lambda eval: eval(1)",
    "d = {'system': print}\nd['system']('x')", "import os\nos.environ['system']", "def go():\n    run('ls')\n# %%\ndef run(x):\n    return x\ngo()",
    "class A:\n    def eval(self):\n        pass\nA().eval()", "class A:\n    def system(self):\n        pass\nA().system()", "import os\nclass A:\n    def __init__(self):\n        self.path = os.path",
]  # fmt: skip


@pytest.mark.parametrize("code", CALLED)
def test_a_forbidden_call_is_found_by_any_name(held, code: str) -> None:
    found = held(SYSTEM, code).violations
    assert found, code
    assert found[0].cell >= 1
    assert found[0].principle == "p"


@pytest.mark.parametrize("code", LOOK_ALIKE)
def test_what_only_looks_like_it_is_none(held, code: str) -> None:
    assert not held(SYSTEM, code).violations, code


READ = [
    ("import pandas as pd\npd.read_csv('data/x.csv')", ["data/x.csv"]), ("from pandas import read_csv as r\nr('./data/../x.csv')", ["x.csv"]),
    ("import pandas as pd\nP = 'data'\n# %%\npd.read_csv(P + '/x.csv')", ["data/x.csv"]), ("import pandas as pd\nP = 'a'\npd.read_csv(f'{P}/x.csv')", ["a/x.csv"]),
    ("import pandas as pd, os\npd.read_csv(os.path.join('a', 'b.csv'))", ["a/b.csv"]), ("from pathlib import Path\nPath('a.txt').read_text()", ["a.txt"]),
    ("from pathlib import Path\nR = Path('a')\n(R / 'b.txt').read_text()", ["a/b.txt"]), ("open('a.txt').read()", ["a.txt"]), ("open('a.txt', 'w').write('')", []),
    ("import pandas as pd\nfor n in ['a.csv', 'b.csv']:\n    pd.read_csv(n)", ["a.csv", "b.csv"]), ("import numpy as np\nnp.load('a.npy')", ["a.npy"]),
    ("import pandas as pd\ndef get(p):\n    return pd.read_csv(p)\nget('a.csv')\nget(p='b.csv')", ["a.csv", "b.csv"]), ("import pickle\npickle.load(open('a.pkl', 'rb'))", ["a.pkl"]),
    ("import requests\nrequests.get('https://a.example/x')", ["https://a.example/x"]), ("from urllib.request import urlopen\nurlopen('http://a.example')", ["http://a.example"]),
    ("from sklearn.datasets import load_wine as w\nw()", ["sklearn:load_wine"]), ("import seaborn as sns\nsns.load_dataset('tips')", ["seaborn:tips"]),
    ("from datasets import load_dataset\nload_dataset('glue')", ["hub:glue"]), ("import pandas as pd\npd.read_csv(filepath_or_buffer='a.csv')", ["a.csv"]),
    ("import pandas as pd\npd.read_csv(input())", [None]), ("import pandas as pd\nP = 'a.csv'\npd.read_csv(P)\nP = 'b.csv'\npd.read_csv(P)", ["a.csv", "b.csv"]),
    ("import pandas as pd\np = 'a.csv'\np = ask()\npd.read_csv(p)", [None]), ("import glob\nglob.glob('data/*.csv')", ["data/*.csv"]), ("d = {}\nd.get('a.csv')", []),
    ("from pathlib import Path\nlist(Path('data').glob('*.csv'))", ["data/*.csv"]), ("import io, pandas as pd\npd.read_csv(io.StringIO('a'))", []),
    ("from pathlib import Path\nPath('a').open('w')", []), ("from pathlib import Path\np = Path('a')\np.open().read()", ["a"]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "paths"), READ)
def test_what_is_read_is_followed_to_its_path(code: str, paths: list[str | None]) -> None:
    assert [read.path for read in look(notebook_of(code), python_source).reads] == paths


def test_what_may_be_read_what_may_not_and_what_nobody_can_tell(held) -> None:
    check = "kind = 'data'\nallow = ['data/*', 'sklearn:*']\nforbid = ['data/private*']\nrequire = ['data/labels.csv']"
    code = "import pandas as pd\npd.read_csv('data/private.csv')\npd.read_csv('raw/x.csv')\npd.read_csv('data/x.csv')\npd.read_csv(input())"
    verdict = held(check, code)
    assert [one.said for one in verdict.violations] == [
        "'data/private.csv' is read, which 'data/private*' forbids",
        "'raw/x.csv' is read, which is not among what may be (data/*, sklearn:*)",
        "'data/labels.csv' is required and not read",
    ]
    assert verdict.unseen == ("cell 1 reads what is not written out: pd.read_csv(input())",)


def test_a_required_call_that_is_missing_and_a_cell_that_is_no_python(held) -> None:
    check = "kind = 'calls'\nrequire = ['numpy.random.default_rng']"
    assert held(check, "import numpy as np\nrng = np.random.default_rng(1)").violations == ()
    verdict = held(check, "import numpy as np\n# %%\nif :")
    assert [one.said for one in verdict.violations] == ["'numpy.random.default_rng' is required and called nowhere"]  # fmt: skip
    assert verdict.unseen == ("cell 2 is no Python: it was not judged",)
