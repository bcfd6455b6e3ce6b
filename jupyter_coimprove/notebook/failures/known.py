"""Names that everybody imports in the same way: which line brings them in."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources

#: Short names of libraries.
ALIASES: dict[str, str] = {
    "np": "import numpy as np", "pd": "import pandas as pd", "plt": "import matplotlib.pyplot as plt", "sns": "import seaborn as sns",
    "mpl": "import matplotlib as mpl", "sp": "import scipy as sp", "sm": "import statsmodels.api as sm", "smf": "import statsmodels.formula.api as smf",
    "tf": "import tensorflow as tf", "nn": "from torch import nn", "F": "import torch.nn.functional as F", "optim": "from torch import optim",
    "px": "import plotly.express as px", "go": "import plotly.graph_objects as go", "alt": "import altair as alt", "pl": "import polars as pl",
    "nx": "import networkx as nx", "xgb": "import xgboost as xgb", "lgb": "import lightgbm as lgb", "jnp": "import jax.numpy as jnp",
    "cv2": "import cv2", "dt": "import datetime as dt", "mticker": "import matplotlib.ticker as mticker", "mdates": "import matplotlib.dates as mdates",
    "stats": "from scipy import stats", "signal": "from scipy import signal", "optimize": "from scipy import optimize", "ndimage": "from scipy import ndimage",
    "interpolate": "from scipy import interpolate", "integrate": "from scipy import integrate", "sparse": "from scipy import sparse",
    "linalg": "from scipy import linalg", "metrics": "from sklearn import metrics", "datasets": "from sklearn import datasets",
    "preprocessing": "from sklearn import preprocessing", "model_selection": "from sklearn import model_selection", "linear_model": "from sklearn import linear_model",
    "svm": "from sklearn import svm", "tree": "from sklearn import tree", "ensemble": "from sklearn import ensemble", "cm": "from matplotlib import cm",
    "ticker": "from matplotlib import ticker", "patches": "from matplotlib import patches", "gridspec": "from matplotlib import gridspec",
}  # fmt: skip

#: Names of the standard library and of others, by the line that brings them in.
NAMES: dict[str, str] = {
    name: f"from {module} import {name}"
    for module, names in {
        "pathlib": "Path PurePath", "collections": "Counter defaultdict OrderedDict namedtuple deque ChainMap",
        "itertools": "chain combinations permutations product islice accumulate groupby cycle zip_longest starmap pairwise",
        "functools": "partial reduce lru_cache wraps cached_property", "copy": "deepcopy", "datetime": "timedelta timezone date",
        "dataclasses": "dataclass asdict", "typing": "Any Optional Union List Dict Tuple Callable", "io": "StringIO BytesIO",
        "contextlib": "contextmanager suppress redirect_stdout", "operator": "itemgetter attrgetter", "enum": "Enum", "fractions": "Fraction",
        "decimal": "Decimal", "abc": "ABC abstractmethod", "concurrent.futures": "ThreadPoolExecutor ProcessPoolExecutor as_completed",
        "multiprocessing": "Pool", "urllib.request": "urlopen urlretrieve", "zipfile": "ZipFile", "time": "perf_counter sleep",
        "math": "sqrt ceil floor exp log10 factorial comb gcd", "types": "SimpleNamespace", "bs4": "BeautifulSoup", "joblib": "Parallel delayed",
        "torch.utils.data": "DataLoader Dataset TensorDataset random_split", "PIL": "Image", "IPython.display": "HTML Markdown clear_output",
        "scipy.special": "expit logsumexp", "scipy.optimize": "curve_fit minimize fsolve", "scipy.interpolate": "interp1d CubicSpline",
        "scipy.spatial.distance": "cdist pdist squareform", "scipy.cluster.hierarchy": "dendrogram linkage fcluster", "scipy.signal": "find_peaks savgol_filter butter filtfilt",
        "scipy.stats": "ttest_ind ttest_rel pearsonr spearmanr mannwhitneyu norm", "scipy.sparse": "csr_matrix", "scipy.ndimage": "gaussian_filter",
        "mpl_toolkits.mplot3d": "Axes3D", "matplotlib.colors": "LogNorm ListedColormap TwoSlopeNorm", "matplotlib.ticker": "MaxNLocator FuncFormatter",
        "matplotlib.patches": "Rectangle Circle Patch", "matplotlib.animation": "FuncAnimation", "pandas.plotting": "scatter_matrix",
        "pandas.testing": "assert_frame_equal", "numpy.testing": "assert_allclose assert_array_equal", "statsmodels.formula.api": "ols logit",
        "collections.abc": "Mapping Sequence Iterable Iterator", "ipywidgets": "interact",
    }.items()
    for name in names.split()
}  # fmt: skip

#: Modules that are read as ``module.something``; of those that are also called, what is called.
MODULES = frozenset(
    """os sys re json math random time datetime glob shutil csv pickle itertools functools collections copy string warnings logging
    subprocess threading io gc inspect pprint statistics operator heapq bisect hashlib base64 zipfile tarfile tempfile pathlib types typing
    textwrap traceback struct platform uuid calendar locale getpass urllib requests numpy pandas scipy matplotlib torch joblib
    sklearn cmath decimal fractions timeit contextlib tqdm psutil""".split()  # noqa: SIM905
)
CALLED: dict[str, str] = {
    "tqdm": "from tqdm.auto import tqdm", "trange": "from tqdm.auto import trange", "pprint": "from pprint import pprint",
    "glob": "from glob import glob", "datetime": "from datetime import datetime", "product": "from itertools import product",
    "sleep": "from time import sleep", "display": "from IPython.display import display", "randint": "from random import randint",
    "shuffle": "from random import shuffle", "choice": "from random import choice", "randrange": "from random import randrange",
    "timeit": "from timeit import timeit", "copy": "from copy import copy", "reload": "from importlib import reload", "mean": "from statistics import mean",
    "median": "from statistics import median", "stdev": "from statistics import stdev", "log": "from math import log", "sin": "from math import sin", "cos": "from math import cos",
}  # fmt: skip

#: What other languages, and Python 2, call it.
FOREIGN: dict[str, str] = {
    "true": "True", "false": "False", "none": "None", "null": "None", "nil": "None", "TRUE": "True", "FALSE": "False", "NULL": "None", "NONE": "None",
    "undefined": "None", "xrange": "range", "raw_input": "input", "unicode": "str", "unichr": "chr", "long": "int", "basestring": "str",
    "nan": 'float("nan")', "NaN": 'float("nan")', "inf": 'float("inf")', "Infinity": 'float("inf")', "length": "len", "elif_": "elif",
}  # fmt: skip


@functools.cache
def exports() -> Mapping[str, str]:
    """Name to the public module of scikit-learn that has it."""
    text = resources.files(__name__.rpartition(".")[0]).joinpath("exports.txt").read_text(encoding="utf-8")
    out = {}
    for line in text.splitlines():
        module, _, names = line.partition(": ")
        if not line.startswith("#"):
            out.update(dict.fromkeys(names.split(), module))
    return out


def line_for(name: str, *, called: bool, attribute: bool) -> str | None:
    """The line that brings this name in, as it is used: called, or by an attribute; None if not known."""
    if name in ALIASES:
        return ALIASES[name]
    if called and name in CALLED:
        return CALLED[name]
    if name in NAMES:
        return NAMES[name]
    if name in exports():
        return f"from {exports()[name]} import {name}"
    if attribute and name in MODULES:
        return f"import {name}"
    return CALLED.get(name)
