"""Cells that a notebook executed in one piece and one executed in two must show alike.

Each case is a notebook: a parameters cell (``level = 1``), cells that no parameter reaches, and own
cells that read ``level``. ``generated`` makes more of the same from a seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

LEVELS = (2, 3)


@dataclass(frozen=True, kw_only=True)
class Case:
    """``before`` are cells that every variant has in common, ``own`` those that read ``level``.

    ``tags`` are by place over both; a case that ends in an error has its error compared too.
    """

    name: str
    before: tuple[str, ...]
    own: tuple[str, ...]
    tags: dict[int, str] = field(default_factory=dict)


def _case(name: str, before: str, own: str, **tags: str) -> Case:
    def cells(text: str) -> tuple[str, ...]:
        return tuple(part.strip("\n") for part in text.split("\n---\n"))

    return Case(
        name=name,
        before=cells(before),
        own=cells(own),
        tags={int(k.removeprefix("at_")): v for k, v in tags.items()},
    )


CASES = (
    _case("counts", "a = 1\na\n---\n\n---\na + 1", "a + level\n---\nlen(In), sorted(Out)"),
    _case("history", "x = 5\nx\n---\n'second'", "_, __, ___, _2, _3, In[2], Out[2], level\n---\n_i, _ii, level"),
    _case("update displays across", "from IPython.display import display, HTML\nh = display(HTML('<b>one</b>'), display_id='d')",
          "h.update(HTML(f'<b>{level}</b>'))\n---\ndisplay(HTML('again'), display_id='d')"),
    _case("update displays within", "from IPython.display import display, update_display\ndisplay('a', display_id='k')\n"
          "update_display('b', display_id='k')", "update_display(f'c{level}', display_id='k')"),
    _case("clear output", "from IPython.display import clear_output\nfor i in range(3):\n    print(i)\n    clear_output(wait=True)\nprint('end')",
          "print(level)\nclear_output()\nprint('own', level)"),
    _case("tqdm", "import sys\nfrom tqdm import tqdm\nbar = tqdm(total=4, bar_format='{n}/{total}', mininterval=0)\nbar.update(2)",
          "bar.update(1)\nbar.close()\nfor _ in tqdm(range(level), bar_format='{n}'): pass"),
    _case("tqdm notebook", "from tqdm.notebook import tqdm\nfor _ in tqdm(range(3)): pass", "for _ in tqdm(range(level)): pass"),
    _case("logging handler", "import logging, sys\nlog = logging.getLogger('mine')\nlog.setLevel('INFO')\n"
          "log.addHandler(logging.StreamHandler(sys.stdout))\nlog.info('before')", "log.info('own %d', level)\nlogging.warning('root')"),
    _case("basicConfig", "import logging\nlogging.basicConfig(level=logging.INFO, format='%(message)s', force=True)\nlogging.info('shared')",
          "logging.info('own %s', level)"),
    _case("warnings once", "import warnings\ndef warn(): warnings.warn('careful')\nwarn()", "warn()\nprint(level)\nwarnings.warn('other')"),
    _case("warnings filters", "import warnings\nwarnings.simplefilter('error', UserWarning)", "try:\n    warnings.warn('x')\nexcept UserWarning as e:\n    print('raised', e, level)"),
    _case("top-level await", "import asyncio\nawait asyncio.sleep(0)\nv = 1", "await asyncio.sleep(0)\nv + level"),
    _case("coroutines kept", "async def f(n): return n * 2\nc = f(3)", "await c + level"),
    _case("a running loop", "import asyncio\nasyncio.get_running_loop().is_running()", "asyncio.get_running_loop().is_running(), level"),
    _case("async generator", "async def g():\n    for i in range(3): yield i\nit = g()\nprint(await anext(it))", "print(await anext(it), level)"),
    _case("capture magic", "%%capture held\nprint('hidden')\nimport sys\nprint('err', file=sys.stderr)", "print(held.stdout, held.stderr, level)\nheld.show()"),
    _case("shell", "!echo from the shell\n---\nlines = !printf 'a\\nb'\nlines", "!echo {level}\n---\n!exit 3\n_exit_code"),
    _case("cell magics", "%%bash\necho bash\n---\n%%writefile made.txt\nhello", "open('made.txt').read(), level"),
    _case("env magic", "%env MINE=1\n---\n%env MINE", "import os\nos.environ['MINE'], level"),
    _case("precision", "%precision 3\n1/3", "level / 7"),
    _case("pprint off", "%pprint\n{'a': list(range(30))}", "{'b': list(range(20 + level))}"),
    _case("alias and store", "%alias hi echo hello\n%hi", "%hi\nprint(level)"),
    _case("xmode", "%xmode Minimal", "1 / (level - level)"),
    _case("input", "x = 1", "print(level)\ninput('who? ')"),
    _case("exit in the own part", "x = 1", "import sys\nprint(level)\nsys.exit(level)\n---\n'never'"),
    _case("exit in common", "import sys\nsys.exit(1)", "level"),
    _case("error in common", "print('a')\n1 / 0\n---\n'never'", "level"),
    _case("error allowed", "1 / 0\n---\n'goes on'", "level", at_0="raises-exception"),
    _case("error in the own part", "def f(n):\n    return 1 / n", "def g():\n    return f(level - level)\ng()"),
    _case("error chained", "class Mine(Exception): pass", "try:\n    {}['k']\nexcept KeyError as e:\n    raise Mine(f'level {level}') from e"),
    _case("error group", "errors = [ValueError('a'), TypeError('b')]", "raise ExceptionGroup(f'both {level}', errors)"),
    _case("syntax error", "x = 1", "print(level"),
    _case("skipped cell", "x = 1\n---\nx = 2", "x, level", at_1="skip-execution"),
    _case("stderr", "import sys\nprint('shared', file=sys.stderr)\nprint('out')", "print(level, file=sys.stderr)\nsys.stderr.write('raw')"),
    _case("os-level output", "import os, subprocess\nos.system('echo system')\nos.write(1, b'written\\n')\nsubprocess.run(['echo', 'run']);",
          "import time\nos.write(1, f'own {level}\\n'.encode())\nsubprocess.run(['echo', str(level)])\ntime.sleep(0.2)"),
    _case("stream kept", "import sys\nout = sys.stdout\nwrite = out.write\nwrite('first\\n');", "write(f'{level}\\n'); out.flush(); print(out is sys.stdout)"),
    _case("redirected", "import contextlib, io\nbuffer = io.StringIO()\nwith contextlib.redirect_stdout(buffer):\n    print('kept')", "print(buffer.getvalue(), level)"),
    _case("print hooks", "import builtins, functools\nloud = functools.partial(print, '!')\nloud('a')", "loud(level)"),
    _case("joblib", "from joblib import Parallel, delayed\nParallel(n_jobs=2)(delayed(abs)(-i) for i in range(3))",
          "Parallel(n_jobs=2)(delayed(pow)(i, level) for i in range(3))"),
    _case("joblib threads", "from joblib import Parallel, delayed\nParallel(n_jobs=2, prefer='threads')(delayed(abs)(-i) for i in range(3))",
          "Parallel(n_jobs=2, prefer='threads')(delayed(pow)(i, level) for i in range(3))"),
    _case("process pool", "from concurrent.futures import ProcessPoolExecutor\nimport multiprocessing\n"
          "def double(n): return n * 2\nwith ProcessPoolExecutor(2, multiprocessing.get_context('fork')) as pool:\n    print(list(pool.map(double, range(3))))",
          "with ProcessPoolExecutor(2, multiprocessing.get_context('fork')) as pool:\n    print(list(pool.map(double, [level])))"),
    _case("process pool kept", "from concurrent.futures import ProcessPoolExecutor\nimport multiprocessing\n"
          "pool = ProcessPoolExecutor(1, multiprocessing.get_context('fork'))\npool.submit(abs, -1).result()", "print(pool.submit(pow, 2, level).result())\npool.shutdown()"),
    _case("thread ended", "import threading\nbox = []\nt = threading.Thread(target=lambda: (box.append(1), print('in thread')))\nt.start(); t.join()", "box, t.is_alive(), level"),
    _case("thread alive", "import threading, queue\nq, r = queue.Queue(), queue.Queue()\n"
          "t = threading.Thread(target=lambda: [r.put(q.get() * 2) for _ in range(2)], daemon=True)\nt.start()\nq.put(1); print(r.get())", "q.put(level); print(r.get(timeout=20)); t.join()"),
    _case("thread pool kept", "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\npool.submit(abs, -1).result()", "pool.submit(pow, 2, level).result(timeout=20)"),
    _case("locks", "import threading\nlock = threading.RLock()\nwith lock: n = 1", "with lock: n += level\nn"),
    _case("timer", "import threading\nt = threading.Timer(60, print)\nt.start()", "t.cancel(); t.join(); level"),
    _case("random", "import random\nrandom.seed(1)\nrandom.random()", "random.random(), random.sample(range(99), level)"),
    _case("random instance", "import random\nr = random.Random(5)\nr.random()", "r.random() + level, r.choice('abc')"),
    _case("numpy", "import numpy as np\nnp.random.seed(0)\nrng = np.random.default_rng(1)\nnp.random.rand(2), rng.normal(size=2)", "np.random.rand(2) * level, rng.integers(99, size=level)"),
    _case("numpy options", "import numpy as np\nnp.set_printoptions(precision=2, suppress=True)\nold = np.seterr(divide='ignore')\nnp.array([1.23456])", "np.array([level / 3]), np.array([1.0]) / 0, np.geterr()"),
    _case("errstate", "import numpy as np\nwith np.errstate(all='raise'):\n    x = np.float64(1)", "np.array([0.0]) / 0, level"),
    _case("generators", "g = (i * i for i in range(10))\nnext(g), next(g)", "next(g) + level\n---\nlist(g)"),
    _case("iterators", "import itertools\ncount = itertools.count(5)\nnext(count)\npairs = zip('abc', [1, 2, 3])\nnext(pairs)", "next(count) * level, list(pairs)"),
    _case("widgets", "import ipywidgets as w\nslider = w.IntSlider(3)\nslider", "slider.value = level\nslider\n---\nslider.value"),
    _case("output widget", "import ipywidgets as w\nout = w.Output()\nwith out:\n    print('inside')\nout", "with out:\n    print(level)\nlen(out.outputs)"),
    _case("interactive", "import ipywidgets as w\ndef f(n): print('n', n)\nw.interactive(f, n=3)", "w.interactive(f, n=level)"),
    _case("figures", "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(figsize=(2, 1))\nax.plot([1, 2])", "ax.plot([2, level])\nfig\n---\nplt.plot([1, level]);"),
    _case("inline", "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.rcParams['figure.figsize'] = (2, 1)", "plt.bar([1], [level]); plt.title('t');\n---\nplt.get_fignums(), plt.get_backend()"),
    _case("figure open at the fork", "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\nf = plt.figure(figsize=(1, 1))", "len(plt.get_fignums()), level, plt.gcf() is f"),
    _case("temporary folder", "import tempfile, os\nd = tempfile.TemporaryDirectory()\np = os.path.join(d.name, 'x')\nopen(p, 'w').write('1')",
          "open(p, 'a').write(str(level))\n---\nopen(p).read(), os.path.isdir(d.name)"),
    _case("finalizers", "import weakref\nclass A: pass\na = A()\nf = weakref.finalize(a, print, 'gone')", "print(f.alive, level)\ndel a\nf.alive"),
    _case("atexit", "import atexit\natexit.register(lambda: open('left.txt', 'a').write('x'))\n1", "import os\nos.path.exists('left.txt'), level"),
    _case("file being written", "f = open('log.txt', 'w')\nf.write('shared\\n');", "f.write(f'{level}\\n'); f.flush()\nopen('log.txt').read()"),
    _case("file being read", "open('in.txt', 'w').write('a\\nb\\nc\\n')\nf = open('in.txt')\nf.readline()", "f.readline(), level\n---\nf.read()"),
    _case("files written", "import pathlib\npathlib.Path('out').mkdir()\npathlib.Path('out/a.txt').write_text('shared')", "p = pathlib.Path('out/a.txt')\np.write_text(p.read_text() + str(level))\n---\nsorted(map(str, pathlib.Path('out').iterdir())), p.read_text()"),
    _case("files removed", "import os\nopen('k', 'w').close()\nos.remove('k')", "os.path.exists('k'), level"),
    _case("chdir", "import os\nos.makedirs('sub', exist_ok=True)\nos.chdir('sub')\nopen('here', 'w').close()", "os.path.basename(os.getcwd()), os.listdir('.'), level\n---\n%cd ..\n---\nos.path.isdir('sub')"),
    _case("sys.path", "import sys\nopen('mod_here.py', 'w').write('N = 4')\nimport mod_here", "mod_here.N + level, sys.path[0]"),
    _case("environment", "import os\nos.environ['SHARED_ONE'] = 'a'\nos.putenv('SHARED_TWO', 'b')", "import subprocess\nsubprocess.run('echo $SHARED_ONE $SHARED_TWO', shell=True, capture_output=True, text=True).stdout, level"),
    _case("sqlite memory", "import sqlite3\ndb = sqlite3.connect(':memory:')\ndb.execute('create table t (n)')\ndb.execute('insert into t values (1)');",
          "db.execute('insert into t values (?)', (level,))\nlist(db.execute('select * from t'))"),
    _case("sqlite file", "import sqlite3\ndb = sqlite3.connect('x.db')\ndb.execute('create table t (n)')\ndb.execute('insert into t values (1)')\ndb.commit()",
          "db.execute('insert into t values (?)', (level,))\ndb.commit()\nlist(db.execute('select * from t'))"),
    _case("caches", "import functools\ncalls = []\n@functools.lru_cache\ndef f(n):\n    calls.append(n)\n    return n * 2\nf(1), f(2)", "f(1), f(level), calls, f.cache_info()"),
    _case("joblib memory", "from joblib import Memory\nmemory = Memory('cache', verbose=0)\n@memory.cache\ndef f(n):\n    print('computed', n)\n    return n\nf(1)", "f(1), f(level)"),
    _case("closures", "def make():\n    n = 0\n    def step(by):\n        nonlocal n\n        n += by\n        return n\n    return step\nstep = make()\nstep(1)", "step(level)\n---\nstep(1)"),
    _case("late binding", "def f(): return level * 2", "f()"),
    _case("redefined", "level_of = {'a': 1}\ndef g(): return 10", "def g(): return level\ng(), level_of"),
    _case("dataclasses and pickle", "import pickle\nfrom dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nblob = pickle.dumps(P(1))", "q = pickle.loads(blob)\nq.x += level\nq, type(q) is P, P.__module__"),
    _case("copy and deepcopy", "import copy\na = {'k': [1, {2: 3}]}\nb = copy.deepcopy(a)", "b['k'].append(level)\na, b"),
    _case("enums and named tuples", "import enum, collections\nE = enum.Enum('E', 'A B')\nN = collections.namedtuple('N', 'x y')", "E(level - 1), N(1, level), E.A is E['A']"),
    _case("weak references", "import weakref\nclass A: pass\na = A()\nr = weakref.ref(a)\nd = weakref.WeakValueDictionary(k=a)", "r() is a, len(d), level\n---\ndel a\nr() is None, len(d)"),
    _case("garbage", "import gc\nclass C: pass\nc = C(); c.me = c\ndel c\ngc.disable()", "gc.isenabled(), gc.get_threshold() == (700, 10, 10) or True, level\n---\ngc.enable(); gc.isenabled()"),
    _case("context variables", "import contextvars\nv = contextvars.ContextVar('v', default=0)\nv.set(5)\nv.get()", "v.get() + level"),
    _case("decimal context", "import decimal\ndecimal.getcontext().prec = 5\ndecimal.Decimal(1) / 3", "decimal.Decimal(level) / 7"),
    _case("locale", "import locale\nlocale.setlocale(locale.LC_ALL, 'C')", "locale.setlocale(locale.LC_ALL), f'{level * 1000:n}'"),
    _case("time zone", "import os, time\nos.environ['TZ'] = 'UTC-3'\ntime.tzset()", "time.tzname, time.timezone, level"),
    _case("pandas options", "import pandas as pd\npd.options.display.max_rows = 4\ndf = pd.DataFrame({'a': range(9), 'ü': 'x'})\ndf", "df.assign(b=level)\n---\ndf.describe()"),
    _case("pandas groupby", "import pandas as pd\ndf = pd.DataFrame({'k': list('aab'), 'v': [1.0, 2, 3]})\nby = df.groupby('k')", "by.v.sum() * level"),
    _case("sklearn", "from sklearn.datasets import make_classification\nfrom sklearn.linear_model import LogisticRegression\nX, y = make_classification(random_state=0)\nm = LogisticRegression().fit(X, y)\nm.score(X, y)",
          "m2 = LogisticRegression(C=level).fit(X, y)\nm2.coef_.round(6), m"),
    _case("sklearn threads", "from sklearn.datasets import make_classification\nfrom sklearn.ensemble import HistGradientBoostingClassifier as H\nX, y = make_classification(random_state=0)\nH(max_iter=3).fit(X, y).score(X, y)",
          "H(max_iter=level).fit(X, y).score(X, y)"),
    _case("kmeans", "from sklearn.cluster import KMeans\nimport numpy as np\nX = np.random.default_rng(0).normal(size=(200, 2))\nKMeans(3, random_state=0, n_init=2).fit(X).inertia_.round(6)", "KMeans(level, random_state=0, n_init=2).fit(X).inertia_.round(6)"),
    _case("rich reprs", "from IPython.display import HTML, Markdown, JSON, Math, SVG\nclass R:\n    def _repr_html_(self): return '<i>r</i>'\n    def __repr__(self): return 'R'\nR()\n---\nHTML('<b>h</b>')\n---\nJSON({'a': 1})", "Markdown(f'*{level}*')\n---\nMath('x')\n---\nR()"),
    _case("mime bundles", "class M:\n    def _repr_mimebundle_(self, **k): return {'text/plain': 'm', 'application/x-mine+json': {'n': [1]}}\nM()", "M(), level\n---\nM()"),
    _case("png", "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1)); plt.plot([1, 2]);", "plt.figure(figsize=(1, 1)); plt.plot([1, level]);"),
    _case("display many", "display(1, 'two', [3])\nprint('between')\ndisplay({'k': 1})", "display(level)\nprint('x')\nlevel"),
    _case("formatters", "get_ipython().display_formatter.formatters['text/plain'].for_type(complex, lambda z, p, c: p.text('Z'))\n1j", "complex(level)"),
    _case("semicolons and underscores", "5;\n---\n_", "level;\n---\n_"),
    _case("long output", "print('x' * 300_000)\nprint('end')", "print('y' * (100_000 * level))"),
    _case("unicode", "print('\\x1b[31mred\\x1b[0m', 'ü', '\\u2028', '\\U0001f600')\n'\\ud800'.encode('utf-8', 'replace')", "print('\\r', level, '\\x85', end='')"),
    _case("big numbers", "2 ** 300, float('nan'), 1e308 * 10", "level ** 200, -0.0"),
    _case("set order", "s = {'a', 'b', 'c', 'd'}\nlist(s)", "list(s | {str(level)}), hash('x')"),
    _case("recursion limit", "import sys\nsys.setrecursionlimit(500)", "def f(n): return f(n + level)\nf(0)"),
    _case("trace and profile", "import sys\nseen = []\nsys.setprofile(None)", "sys.getprofile() is None, level"),
    _case("signal handler", "import signal\ngot = []\nold = signal.signal(signal.SIGUSR1, lambda *a: got.append(1))", "import os\nos.kill(os.getpid(), signal.SIGUSR1)\ngot, level"),
    _case("alarm", "import signal\nsignal.signal(signal.SIGALRM, lambda *a: print('alarm'))\nsignal.alarm(30)", "signal.alarm(0) > 0, level"),
    _case("umask", "import os\nold = os.umask(0o077)", "open('u', 'w').close()\noct(os.stat('u').st_mode & 0o777), level"),
    _case("main module", "class Here: pass\nHere.__module__, __name__", "import sys\nsys.modules['__main__'].Here is Here, level"),
    _case("imports", "import math as m, os.path\nfrom collections import *", "m.floor(level + 0.5), OrderedDict(a=1)"),
    _case("deleted names", "a = b = 1\ndel a", "'a' in dir(), b + level"),
    _case("shadowed builtins", "sum = 3\nlist_ = list", "sum + level, list_('ab')"),
    _case("events", "ip = get_ipython()\nran = []\nip.events.register('pre_run_cell', lambda info: ran.append(1))", "len(ran), level"),
    _case("custom magic", "from IPython.core.magic import register_line_magic\n@register_line_magic\ndef shout(line): return line.upper()\n%shout abc", "%shout own\n---\nlevel"),
    _case("extension", "%load_ext autoreload\n%autoreload 2", "level"),
    _case("exception hook", "def handler(shell, etype, value, tb, tb_offset=None):\n    print('handled', value)\nget_ipython().set_custom_exc((KeyError,), handler)", "{}[level]"),
    _case("ast transform", "import ast\nclass T(ast.NodeTransformer):\n    def visit_Constant(self, n):\n        return ast.copy_location(ast.Constant(n.value + 1 if type(n.value) is int else n.value), n)\nget_ipython().ast_transformers.append(T())", "5, level"),
    _case("memory view and array", "import array\na = array.array('d', [1, 2])\nv = memoryview(a)", "v[0] = level\na"),
    _case("memmap", "import numpy as np\nm = np.memmap('m.bin', 'f8', 'w+', shape=(3,))\nm[0] = 1", "m[1] = level\nm.flush()\nlist(m)"),
    _case("anonymous shared memory", "import mmap\nm = mmap.mmap(-1, 16)\nm[0:2] = b'ab'", "m[2:3] = str(level).encode()\nbytes(m[:3])"),
    _case("multiprocessing value", "import multiprocessing as mp\nv = mp.Value('i', 1)", "v.value += level\nv.value"),
    _case("uuid and secrets", "import uuid\nu = uuid.UUID(int=5)", "u.hex[-1], level"),
    _case("pipes", "import os\nr, w = os.pipe()\nos.write(w, b'shared');", "os.write(w, str(level).encode())\nos.read(r, 20)"),
    _case("sockets", "import socket\na, b = socket.socketpair()\na.send(b'shared')", "a.send(str(level).encode())\nb.recv(20)"),
    _case("child process kept", "import subprocess\np = subprocess.Popen(['cat'], stdin=-1, stdout=-1)", "p.communicate(str(level).encode())[0]"),
    _case("star import of a name", "import types, sys\nm = types.ModuleType('defs')\nm.level = 99\nsys.modules['defs'] = m\nfrom defs import *", "level"),
    _case("name by string", "g = globals()\n'level' in g", "level"),
    _case("name caught", "try:\n    seen = level\nexcept NameError:\n    seen = 'none'\nseen", "seen, level"),
    _case("inner function reads it", "def outer():\n    def inner(): return level\n    return inner()\nouter()", "level"),
    _case("comprehension reads it", "[level * i for i in range(2)]", "level"),
    _case("own seconds and metrics", "from IPython.display import publish_display_data as show\nshow({'application/vnd.coimprove.metric+json': {'name': 'loss', 'value': 0.5}, 'text/plain': 'x'})",
          "show({'application/vnd.coimprove.metric+json': {'name': 'loss', 'value': level}, 'text/plain': 'y'})"),
)  # fmt: skip


#: Lines whose effects meet: state built in common, read and changed in the own part.
_BEFORE = (
    "import random\nrandom.seed({n})\nr{n} = [random.random() for _ in range(3)]\nr{n}",
    "import numpy as np\nrng{n} = np.random.default_rng({n})\nrng{n}.normal(size=2).round(6)",
    "import numpy as np\nnp.random.seed({n})\na{n} = np.arange({n})\na{n}.sum()",
    "def f{n}(x, seen=[]):\n    seen.append(x)\n    return len(seen) * {n}\nf{n}(1)",
    "class K{n}:\n    count = {n}\n    def __init__(self): K{n}.count += 1\nk{n} = K{n}()\nK{n}.count",
    "d{n} = {{'a': [{n}], 'b': {{}}}}\nd{n}['b']['x'] = d{n}['a']\nd{n}",
    "print('cell', {n})\nimport sys\nprint('err', {n}, file=sys.stderr)",
    "g{n} = (i ** 2 for i in range({n}, {n} + 9))\nnext(g{n})",
    "from IPython.display import display, HTML\nh{n} = display(HTML('<b>{n}</b>'), display_id='d{n}')",
    "import pandas as pd\nt{n} = pd.DataFrame({{'v': range({n}), 'w': 1.5}})\nt{n}",
    "import functools\n@functools.lru_cache\ndef c{n}(x): return x + {n}\nc{n}(1), c{n}(1)",
    "open('f{n}.txt', 'w').write('{n}')\nopen('f{n}.txt').read()",
    "import os\nos.environ['E{n}'] = '{n}'\n!echo $E{n}",
    "import warnings\nwarnings.warn('w{n}')",
    "import logging\nlogging.getLogger('l{n}').warning('w{n}')",
    "import decimal\ndecimal.getcontext().prec = {n} + 3\ndecimal.Decimal(1) / 7",
    "%time pass",
    "import itertools\ni{n} = itertools.cycle('ab')\nnext(i{n})",
)
_OWN = (
    "import random\nrandom.random(), level",
    "import numpy as np\nnp.random.rand(2).round(6) * level",
    "sorted(n for n in list(globals()) if not n.startswith('_'))[:9], level",
    "import os\nsorted(os.listdir('.')), level",
    "print(level, len(In))\nOut",
    "import decimal\ndecimal.Decimal(level) / 3",
    "[v for k, v in sorted(globals().items()) if k[0] == 'd' and isinstance(v, dict)], level",
    "[f(level) for k, f in sorted(globals().items()) if k[0] == 'f' and k[1:].isdigit()]",
    "[next(g) for k, g in sorted(globals().items()) if k[0] == 'g' and hasattr(g, 'send')], level",
    "import warnings\nwarnings.warn(f'own {level}')",
    "from IPython.display import update_display, HTML\n[update_display(HTML(str(level)), display_id=k.replace('h', 'd')) for k in sorted(globals()) if k[0] == 'h' and k[1:].isdigit()];",
    "_, __, level",
    "raise ValueError(level)",
)


def generated(seed: int, count: int) -> tuple[Case, ...]:
    """Notebooks put together at random from those lines."""
    chance = random.Random(seed)
    out = []
    for number in range(count):
        before = [
            text.format(n=chance.randint(2, 9)) for text in chance.sample(_BEFORE, chance.randint(2, 6))
        ]
        own = chance.sample(_OWN[:-1], chance.randint(1, 4))
        if chance.random() < 0.15:
            own.append(_OWN[-1])
        # What chance alone decides is no difference: the own cells go on from a state that is given.
        before.insert(
            0, f"import random\nimport numpy as np\nrandom.seed({number}); np.random.seed({number})"
        )
        # Sometimes a cell of the own kind stands between: what comes after it cannot be shared.
        if chance.random() < 0.25:
            before.insert(chance.randint(1, len(before)), "print(level)")
        out.append(Case(name=f"generated {number}", before=tuple(before), own=tuple(own)))
    return tuple(out)
