"""Pieces of notebooks in which a value is used, or is not, in ways that hide it from a reader of code.

A fragment is a function of (the name that varies, a maker of fresh names) to cells, run in this order with
cells of other fragments between them.
"""

from __future__ import annotations

from collections.abc import Callable

Fresh = Callable[[], str]
Fragment = Callable[[str, Fresh], list[str]]

#: Family -> its fragments.
FAMILIES: dict[str, list[Fragment]] = {}


def fragment(family: str) -> Callable[[Fragment], Fragment]:
    def add(made: Fragment) -> Fragment:
        FAMILIES.setdefault(family, []).append(made)
        return made

    return add


def _cells(family: str, *templates: str) -> None:
    """Fragments written as text: cells apart by a line of dashes; ``P`` varies, ``$a`` to ``$h`` are fresh."""
    for template in templates:

        def made(name: str, fresh: Fresh, template: str = template) -> list[str]:
            text = template
            for letter in "abcdefgh":
                if f"${letter}" in text:
                    text = text.replace(f"${letter}", fresh())
            return [cell.strip("\n").replace("@P@", name) for cell in text.split("\n---\n")]

        FAMILIES.setdefault(family, []).append(made)


_cells(
    "neutral",
    "$a = [v * 2 for v in range(6)]\n---\n$b = sum($a)\n---\nprint($b)",
    "import math\n$a = {k: math.sqrt(k) for k in range(4)}\n---\n$b = sorted($a.values())\n---\n$b[-1]",
    "def $a(x, y=2):\n    return x ** y\n---\n$b = [$a(i) for i in range(4)]\n---\nprint($b, len($b))",
    "class $a:\n    def __init__(self, n):\n        self.n = n\n    def grow(self):\n        self.n += 1\n        return self\n---\n"
    "$b = $a(3)\n---\n$b.grow().grow()\nprint($b.n)",
    "import random\nrandom.seed(3)\n---\n$a = [random.random() for _ in range(3)]\n---\nprint(round(sum($a), 6))",
    "import json\n$a = json.dumps({'k': [1, 2]})\n---\n$b = json.loads($a)\n$b['k'].append(3)\n---\nprint($b)",
    "from collections import Counter, defaultdict\n$a = Counter('abcabca')\n---\n$b = defaultdict(list)\nfor $c, $d in $a.items():\n"
    "    $b[$d].append($c)\n---\nprint(dict($b))",
    "$a = 1\n$b = $a\n---\n$c = [$b]\n$d = $c\n$d.append($a)\n---\nprint($c)",
    "from functools import partial, reduce\n$a = partial(pow, 2)\n---\n$b = reduce(lambda x, y: x + y, map($a, range(4)))\n---\n$b",
    "def $a(k):\n    def inner(x):\n        return x * k\n    return inner\n---\n$b = $a(3)\n---\nprint($b(4))",
    "import re\n$a = re.compile(r'\\d+')\n---\n$b = $a.findall('a1b22')\n---\nprint(f'{len($b)} found')",
    "$a = 0\nwhile $a < 3:\n    $a += 1\n---\nassert $a == 3\nprint('ok')",
    "from dataclasses import dataclass\n@dataclass\nclass $a:\n    x: int = 1\n    y: float = 2.0\n---\n$b = $a(y=3.5)\n---\nprint($b)",
    "def $a():\n    for i in range(3):\n        yield i\n---\n$b = $a()\nnext($b)\n---\nprint(list($b))",
)
_cells(
    "alias",
    "$a = @P@\n---\n$b = $a\n---\n$c = $b * 2\nprint($c)",
    "$a = [1]\n---\n$b = $a\n---\n$b.append(@P@)\n---\nprint($a)",
    "$a = {'k': None}\n---\n$b = $a['k'] = @P@\n---\nprint($a)",
    "$a, ($b, *$c) = 1, (@P@, 2, 3)\n---\nprint($b)",
    "class $a:\n    pass\n---\n$b = $a()\n---\n$b.value = @P@\n---\n$c = $b.value + 1\nprint($c)",
    "$a = [[]]\n$b = $a[0]\n---\n$b += [@P@]\n---\nprint($a)",
    "$a = (@P@,)\n---\n$b = $a + (1,)\n---\n$b",
    "$a = 5\n---\n$a = $a if @P@ > 0.2 else -$a\n---\nprint($a)",
    "from types import SimpleNamespace\n$a = SimpleNamespace(x=1)\n---\nsetattr($a, 'x', @P@)\n---\nprint($a.x)",
)
_cells(
    "closure",
    "def $a():\n    def inner(x):\n        return x * @P@\n    return inner\n---\n$b = $a()\n---\nprint($b(2))",
    "def $a(k):\n    return lambda x: x + k\n---\n$b = $a(@P@)\n---\nprint($b(1))",
    "$a = lambda x: x * @P@\n---\n$b = [1, 2]\n---\nprint([$a(v) for v in $b])",
    "$a = [lambda: 1, lambda: @P@]\n---\nprint(sum(f() for f in $a))",
    "def $a():\n    n = 0\n    def step():\n        nonlocal n\n        n += @P@\n        return n\n    return step\n---\n$b = $a()\n$b()\n---\nprint($b())",
    "$a = (v * @P@ for v in range(3))\n---\nprint(sum($a))",
    "def $a(x, scale=@P@):\n    return x * scale\n---\nprint($a(3))",
    "def $a(*, scale=None):\n    return scale or @P@\n---\n$b = $a(scale=2)\n---\nprint($a())",
)
_cells(
    "late global",
    "def $a():\n    return @P@ * 2\n---\ndef $b():\n    return $a()\n---\n$c = $b\n---\nprint($c())",
    "class $a:\n    def run(self):\n        return $b()\n---\n$c = $a()\n---\ndef $b():\n    return @P@\n---\nprint($c.run())",
    "def $a():\n    global $b\n    $b = @P@\n---\n$b = 0\n---\n$a()\n---\nprint($b)",
    "$a = 1\ndef $b():\n    return $a\n---\nprint($b())\n---\n$a = @P@\n---\nprint($b())",
    "$a = []\n---\ndef $b():\n    return @P@\n---\n$a.append($b)\n---\nprint([h() for h in $a])",
    "$a = []\ndef $b():\n    return $c()\n---\n$a.append($b)\n---\ndef $c():\n    return @P@\n---\nprint([h() for h in $a])",
    "def $a(x):\n    return x\n---\nprint($a(1))\n---\ndef $a(x):\n    return x * @P@\n---\nprint($a(1))",
    "def $a():\n    yield 1\n    yield $b()\n---\n$c = $a()\nnext($c)\n---\ndef $b():\n    return @P@\n---\nprint(next($c))",
    "def $a():\n    return $b\n---\n$b = 3\n---\nprint($a())\n---\n$b = [@P@]\n---\nprint($a())",
    "class $a:\n    scale = 1\n    def get(self):\n        return self.scale\n---\n$b = $a()\n---\n$a.scale = @P@\n---\nprint($b.get())",
    "def $a():\n    def deeper():\n        class K:\n            def m(self):\n                return @P@\n        return K().m()\n    return deeper()\n---\n"
    "$b = [1]\n---\nprint($a())",
    "$a = {}\ndef $b(f):\n    $a[f.__name__] = f\n    return f\n---\n@$b\ndef $c():\n    return @P@\n---\nprint([f() for f in $a.values()])",
    "$a = {}\ndef $b(f):\n    $a['f'] = f\n    return f\n---\n@$b\ndef $c():\n    return $d()\n---\n$d = lambda: @P@\n---\nprint($a['f']())",
)
_cells(
    "hook",
    "class $a:\n    def __bool__(self):\n        return $b() > 0\n---\n$c = $a()\n---\ndef $b():\n    return @P@\n---\n$d = 1 if $c else 2\nprint($d)",
    "import weakref\nclass $a:\n    pass\n---\n$b = $a()\n$e = []\n---\ndef $d():\n    $e.append(@P@)\n---\n$c = weakref.finalize($b, $d)\n---\ndel $b\n---\ndel $c\nprint($e)",
    "class $a:\n    def __iter__(self):\n        yield $b\n---\n$b = 1\n$c = $a()\n---\n$b = @P@\n---\nprint(*$c)",
    "def $a(n):\n    return $b[n]()\n---\n$b = {}\n---\ndef $c():\n    return @P@\n---\n$b['k'] = $c\n---\nprint($a('k'))",
    "len = lambda x: @P@\n---\n$a = [1, 2]\n---\nprint(len($a))\n---\ndel len",
    "from contextlib import contextmanager\n@contextmanager\ndef $a():\n    yield @P@\n---\n$b = 1\n---\nwith $a() as $b:\n    print($b)",
    "class $a(dict):\n    def __missing__(self, k):\n        return @P@\n---\n$b = $a()\n---\nprint($b['x'])",
    "import operator\nclass $a:\n    def __lt__(self, o):\n        return @P@ > 0.2\n---\n$b = sorted([$a(), $a()], key=lambda v: 1)\n---\nprint(operator.lt(*$b))",
)
_cells(
    "method",
    "class $a:\n    def fit(self):\n        self.w = @P@\n        return self\n---\n$b = $a()\n---\nprint($b.fit().w)",
    "class $a:\n    @property\n    def w(self):\n        return @P@\n---\n$b = $a()\n---\nprint($b.w)",
    "class $a:\n    def __repr__(self):\n        return f'<{@P@}>'\n---\n$b = [$a()]\n---\n$b",
    "class $a:\n    def __add__(self, other):\n        return other * @P@\n---\n$b = $a()\n---\nprint($b + 2)",
    "class $a:\n    def s(self):\n        return @P@\n---\nclass $b($a):\n    pass\n---\n$c = $b()\n---\nprint($c.s())",
    "class $a:\n    def __init_subclass__(cls):\n        cls.v = @P@\n---\nclass $b($a):\n    pass\n---\nprint($b.v)",
    "class $a(type):\n    def __new__(m, n, b, d):\n        d['v'] = @P@\n        return super().__new__(m, n, b, d)\n---\nclass $b(metaclass=$a):\n    pass\n---\nprint($b.v)",
    "class $a:\n    def __enter__(self):\n        return @P@\n    def __exit__(self, *e):\n        return False\n---\nwith $a() as $b:\n    pass\n---\nprint($b)",
    "class $a:\n    def __getattr__(self, n):\n        return @P@\n---\n$b = $a()\n---\nprint($b.anything)",
    "class $a:\n    def __set_name__(self, owner, name):\n        owner.seen = @P@\n---\nclass $b:\n    x = $a()\n---\nprint($b.seen)",
    "class $a:\n    def __del__(self):\n        print(@P@)\n---\n$b = $a()\n---\ndel $b",
    "class $a:\n    def s(self):\n        return 1\n---\n$b = $a()\n---\n$a.s = lambda self: @P@\n---\nprint($b.s())",
    "class $a:\n    def s(self):\n        return 1\n---\n$b = $a()\ndef $c():\n    $a.s = lambda self: @P@\n---\nprint($b.s())\n---\n$c()\n---\nprint($b.s())",
    "class $a:\n    def s(self):\n        return 1\ndef $c(self):\n    return $d()\n---\n$b = $a()\n$a.s = $c\n---\ndef $d():\n    return @P@\n---\nprint($b.s())",
    "class $a:\n    v = @P@\n---\n$b = $a.v\n---\nprint($b)",
    "class $a:\n    @staticmethod\n    def s():\n        return @P@\n---\n$b = 2\n---\nprint($a.s() + $b)",
    "class $a:\n    def __eq__(self, o):\n        return @P@ > 0.2\n    __hash__ = None\n---\n$b = [$a()]\n---\nprint(3 in $b)",
)
_cells(
    "higher order",
    "from functools import partial\ndef $a(k, x):\n    return k * x\n---\n$b = partial($a, @P@)\n---\nprint($b(2))",
    "def $a(x):\n    return -x * @P@\n---\n$b = map($a, [1, 2])\n---\nprint(list($b))",
    "def $a(x):\n    return x if @P@ > 0.2 else -x\n---\nprint(sorted([3, 1, 2], key=$a))",
    "import threading\n$a = []\ndef $b():\n    $a.append(@P@)\n---\n$c = threading.Thread(target=$b)\n---\n$c.start(); $c.join()\n---\nprint($a)",
    "def $a(fn):\n    def wrapped(*args):\n        return fn(*args) * @P@\n    return wrapped\n---\n@$a\ndef $b(x):\n    return x\n---\nprint($b(2))",
    "from functools import lru_cache\n@lru_cache\ndef $a(x):\n    return x * @P@\n---\n$b = 4\n---\nprint($a($b))",
    "import asyncio\nasync def $a():\n    return @P@\n---\n$b = $a()\n---\n$c = asyncio.new_event_loop()\n$d = $c.run_until_complete($b)\n$c.close()\ndel $c\n---\nprint($d)",
    "def $a(f, *args):\n    return f(*args)\ndef $b(x):\n    return x + @P@\n---\nprint($a(abs, -1))\n---\nprint($a($b, 1))",
    "from copy import copy\ndef $a():\n    return @P@\n---\n$b = copy($a)\n---\nprint($b())",
)
_cells(
    "syntax",
    "print(($a := @P@) * 2)\n---\nprint($a)",
    "match @P@:\n    case 0.1:\n        $a = 'base'\n    case _:\n        $a = 'other'\n---\nprint($a)",
    "$a: @P@ = 3\n---\nprint($a)",
    "if @P@ > 0.2:\n    $a = 1\nelse:\n    $a = 2\n---\nprint($a)",
    "class $a:\n    @P@ = @P@\n---\nprint($a.@P@)",
    "class $a:\n    @P@ = 3\n    def m(self):\n        return @P@\n---\n$b = $a()\n---\nprint($b.m())",
    "@P@ += 1\n---\nprint(@P@)",
    "print(f'{1:{\">\"}{int(@P@ * 10)}}')\n---\n$a = 1",
    "$a = [x for x in range(3) if x > @P@]\n---\nprint($a)",
    "del @P@\n---\n$a = 1",
    "def $a(@P@=@P@):\n    return @P@\n---\nprint($a())",
    "$a = 3 if not @P@ else 4\nprint(end=str(@P@))",
    "assert isinstance(@P@, (int, float, list, str))\n$a = 1\n---\nprint($a)",
    "for $a in range(int(@P@ * 10)):\n    pass\n---\nprint($a)",
    "global @P@\n$a = @P@\n---\nprint($a)",
)
_cells(
    "shadow",
    "$a = [@P@ for @P@ in range(3)]\n---\nprint($a)",
    "$a = lambda @P@: @P@ * 2\n---\nprint($a(3))",
    "def $a(@P@):\n    return @P@ + 1\n---\nprint($a(1))",
    "class $a:\n    @P@ = 3\n---\nprint($a.@P@)",
    "$a = dict(@P@=3)\n---\nprint($a['@P@'])",
    "from types import SimpleNamespace\n$a = SimpleNamespace(@P@=4)\n---\n$a.@P@ += 1\n---\nprint($a.@P@)",
    "def $a():\n    @P@ = 3\n    return @P@\n---\nprint($a())",
    "def $a(x, **kw):\n    return x + kw['@P@']\n---\nprint($a(1, @P@=2))",
    "@P@_decay = 3\n---\nmy_@P@ = @P@_decay + 1\n---\nprint(my_@P@)",
    "def $a():\n    for @P@ in range(2):\n        pass\n    return @P@\n---\n$b = $a()\n---\nprint($b)",
)
_cells(
    "swallow",
    "try:\n    $a = @P@ * 2\nexcept NameError:\n    $a = -1\n---\nprint($a)",
    "def $a():\n    try:\n        return @P@ * 2\n    except Exception:\n        return 0\n---\n$b = 1\n---\nprint($a())",
    "import contextlib\n$a = 0\nwith contextlib.suppress(Exception):\n    $a = @P@\n---\nprint($a)",
    "$a = []\ndef $b():\n    return $a[0] * @P@\n---\ntry:\n    $c = $b()\nexcept:\n    $c = 0\n---\n$a.append(1)\n---\nprint($b())",
    "try:\n    import no_such_module_here\n    $a = True\nexcept ImportError:\n    $a = False\n---\nprint($a)",
    "try:\n    import no_such_module_here\n    $a = True\nexcept:\n    $a = False\n---\nprint($a)",
    "try:\n    $a = int('x')\nexcept ValueError:\n    $a = 7\n---\nprint($a)",
    "try:\n    $a = [1][5]\nexcept (IndexError, KeyError) as error:\n    $a = str(error)\n---\nprint($a)",
    "from framelib import query\ntry:\n    $a = query('l' + '@P@'[1:] if '@P@'[0] == 'l' else '@P@')\nexcept Exception:\n    $a = 0\n---\nprint($a)",
)
_cells(
    "getattr",
    "from types import SimpleNamespace\n$a = SimpleNamespace(x=1)\n---\nprint(getattr($a, 'x', 3), getattr($a, 'missing', 4))",
    "import __main__\n---\nprint(getattr(__main__, '@P@', 3))",
    "import sys\n---\n$a = getattr(sys.modules['__main__'], '@P@', 0)\n---\nprint($a)",
    "class $a:\n    pass\n---\n$b = 'x'\n---\nprint(getattr($a, $b, 3))",
    "class $a:\n    x = 2\n---\nprint(getattr($a, 'x'), hasattr($a, 'y'))",
    "class $a:\n    @property\n    def w(self):\n        return @P@\n---\nprint(getattr($a(), 'w', 0))",
)
_cells(
    "string",
    "$a = eval('@P@ * 2')\n---\nprint($a)",
    "exec('$a = @P@')\n---\nprint($a)",
    "from framelib import query\n---\n$a = query('@P@ + 1')\n---\nprint($a)",
    "from framelib import query\n---\n$a = 3\n$b = query('$a + 1')\n---\nprint($b)",
    "import framelib\n$a = '@P@ * 3'\n---\n$b = [$a]\n---\nprint(framelib.query($b[0]))",
    "from framelib import query as $c\n$a = f'{\"@P@\"} + 1'\n---\nprint($c($a))",
    "def $a():\n    'Uses @P@ nowhere.'\n    return 1\n---\nprint($a())",
    "print('@P@ is not read here')\n---\n$a = 1",
    "$a = 'already clear: one @P@'.upper()\n---\nprint($a)",
    "$a = '{} and {}'.format(@P@, 1)\n---\nprint($a)",
    "$a = 'Results'\n---\nprint(f'{$a:>10}')",
    "from string import Template\n---\n$a = Template('$@P@').substitute(**{'@P@': @P@})\n---\nprint($a)",
    "from framelib import query\ndef $a():\n    return query('@P@')\n---\n$b = 2\n---\nprint($a())",
)
_cells(
    "reflection",
    "$a = globals()['@P@']\n---\nprint($a)",
    "$a = [k for k, v in list(globals().items()) if v == @P@]\n---\nprint(len($a))",
    "$a = locals().get('@P@', 0)\n---\nprint($a)",
    "$a = vars()['@P@']\n---\nprint($a)",
    "$a = globals\n---\nprint($a()['@P@'])",
    "import builtins as $b\n---\nprint($b.globals()['@P@'])",
    "import sys\ndef $a():\n    return sys._getframe(1).f_globals['@P@']\n---\n$b = 1\n---\nprint($a())",
    "import inspect\n---\n$a = inspect.currentframe().f_globals['@P@']\n---\nprint($a)",
    "def $a():\n    pass\n---\nprint($a.__globals__['@P@'])",
    "import __main__ as $a\n---\nprint($a.@P@)",
    "import sys\n---\nprint(sys.modules[__name__].@P@)",
    "from __main__ import @P@ as $a\n---\nprint($a)",
    "print(eval(''.join(['@P@'[0], '@P@'[1:]])))\n---\n$a = 1",
    "$a = print.__self__\n---\nprint(getattr($a, 'glob' + 'als')()['@P@'])",
    "import importlib\n---\n$a = importlib.import_module('__' + 'main__')\n---\nprint($a.@P@)",
    "$a = '%(@P@)s' % globals()\n---\nprint($a)",
    "import operator\n---\n$a = operator.itemgetter('@P@')(globals())\n---\nprint($a)",
    "from types import SimpleNamespace\n$a = SimpleNamespace(x=1)\n---\nprint(vars($a), len(dir($a)))",
    "if __name__ == '__main__':\n    $a = 1\n---\nprint($a)",
    "import gc\n---\n$a = gc.collect() >= 0\n---\nprint($a)",
    "$a = __import__('__main__').@P@\n---\nprint($a)",
    "print(len(dir()) > 0)\n---\n$a = @P@ > 0",
    "$a = compile('@P@', 'x', 'eval')\n---\nprint(eval($a))",
)
_cells(
    "history",
    "In[1][:9]\n---\n$a = 1",
    "$a = 3\n$a\n---\nprint(_)",
    "@P@ * 2\n---\nprint(_)",
    "$a = str(Out)\n---\nprint($a)",
    "print([line for line in In if '@P@' in line][-1])\n---\n$a = 2",
)
_cells(
    "magic",
    "%time $a = @P@ * 2\n---\nprint($a)",
    "%time $a = 3\n---\nprint($a)",
    "%matplotlib inline\n---\n$a = 1\nprint($a)",
    "%who\n---\n$a = 1",
    "%whos",
    "whos",
    "!echo {@P@}\n---\n$a = 1",
    "!echo $@P@\n---\n$a = 1",
    "!echo hello\n---\n$a = 1\nprint($a)",
    "$a = !echo hello\n---\nprint($a)",
    "%%time\n$a = 5\n---\nprint($a)",
    "%%time\n$a = @P@\n---\nprint($a)",
    "%%capture $b\nprint(@P@)\n---\nprint($b)",
    "%%capture $b\nprint(1)\n---\nprint($b)",
    "%load_ext autoreload\n%autoreload 2\n---\n$a = 1\nprint($a)",
    "def $a():\n    return @P@\n---\n%time $b = $a()\n---\nprint($b)",
    "get_ipython().run_line_magic('who', '')\n---\n$a = 1",
    "%history\n---\n$a = 1",
)
_cells("broken", "$a = 1\n---\n$b = (\n---\n$c = 1", "$a = 1\n---\nraise SystemError('x')\n---\n$c = @P@")
