"""Generators of chance by library: which calls seed one, draw from one, and what is drawn for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Literal

from jupyter_coimprove.notebook.literals import literal
from jupyter_coimprove.notebook.scopes import path_of
from jupyter_coimprove.notebook.trees import kinds, walk

#: What a draw is for: parts of the data, their order, start values and training noise, the data.
DrawKind = Literal["split", "order", "init", "data"]

#: Global generators, in the order in which a seeding cell names them.
GLOBAL = ("random", "numpy", "torch", "tensorflow")
#: What these names mean in a notebook whose imports do not say.
_USUAL = {
    "np": "numpy", "pd": "pandas", "tf": "tensorflow", "nn": "torch.nn", "F": "torch.nn.functional",
    "pl": "pytorch_lightning", "L": "lightning", "st": "scipy.stats", "jr": "jax.random",
}  # fmt: skip
_ALL = frozenset(GLOBAL)
_PYTHON_NUMPY_TORCH = frozenset({"random", "numpy", "torch"})
#: Functions that seed several generators at once (their documentation).
_SEEDERS: dict[str, frozenset[str]] = {
    "set_random_seed": _ALL, "set_seed": _ALL, "seed_everything": _PYTHON_NUMPY_TORCH,
    "isolate_rng": _PYTHON_NUMPY_TORCH,
}  # fmt: skip
#: Makers of a generator of one's own.
MAKERS = frozenset(
    {
        "RandomState",
        "default_rng",
        "Random",
        "SeedSequence",
        "PCG64",
        "PCG64DXSM",
        "MT19937",
        "Philox",
        "SFC64",
    }
    | {"Generator", "PRNGKey", "Rngs", "from_seed", "check_random_state"}
)
#: Without a seed these take one from the machine. (``torch.Generator()`` has a fixed one.)
FRESH = frozenset(
    {"RandomState", "default_rng", "Random", "SeedSequence", "PCG64", "MT19937", "Philox", "SFC64"}
)
SPLITTERS = frozenset(
    {"train_test_split", "ShuffleSplit", "StratifiedShuffleSplit", "GroupShuffleSplit", "RepeatedKFold"}
    | {"RepeatedStratifiedKFold", "random_split", "resample"}
)
#: Splitters that draw with ``shuffle=True`` only.
SHUFFLED = frozenset({"KFold", "StratifiedKFold", "StratifiedGroupKFold", "GroupKFold"})
SHUFFLERS = frozenset({"permutation", "permuted", "shuffle", "randperm"})
#: What samples, and splits where complementary parts of it are taken.
SAMPLERS = frozenset({"choice", "sample", "choices"})
#: What a generator of one's own draws with.
METHODS = (
    SHUFFLERS
    | SAMPLERS
    | frozenset(
        """random rand randn randint integers normal standard_normal uniform gauss gammavariate betavariate randrange
    getrandbits binomial poisson exponential gamma beta multinomial multivariate_normal dirichlet laplace lognormal
    random_sample random_integers standard_t triangular expovariate bytes normalvariate""".split()  # noqa: SIM905
    )
)
_NOT_DRAWN = frozenset(
    """seed set_seed getstate setstate get_state set_state get_rng_state set_rng_state Random SystemRandom RandomState
    default_rng Generator SeedSequence PCG64 PCG64DXSM MT19937 Philox SFC64 BitGenerator manual_seed fork_rng
    initial_seed PRNGKey key split fold_in set_global_generator""".split()  # noqa: SIM905
)
#: scikit-learn's estimators that draw where ``random_state`` is not given.
_ESTIMATORS = re.compile(
    r"(RandomForest|ExtraTrees?|GradientBoosting|HistGradientBoosting|AdaBoost|Bagging|DecisionTree|MLP|SGD|"
    r"PassiveAggressive)(Classifier|Regressor)|(MiniBatch)?KMeans|BisectingKMeans|IsolationForest|Perceptron|"
    r"(Bayesian)?GaussianMixture|TSNE|TruncatedSVD|FastICA|(MiniBatch)?NMF|LatentDirichletAllocation|"
    r"SpectralClustering|(Sparse|Gaussian)RandomProjection|RANSACRegressor|TheilSenRegressor|Nystroem|RBFSampler|"
    r"RandomTreesEmbedding|BernoulliRBM|RandomizedSearchCV|HalvingRandomSearchCV|QuantileTransformer|"
    r"SMOTE\w*|ADASYN|BorderlineSMOTE|Random(Over|Under)Sampler|permutation_importance|randomized_svd"
)
#: These draw with some solvers only.
_BY_SOLVER = frozenset({"LogisticRegression", "Ridge", "RidgeClassifier", "LinearSVC"})
_LAYERS = re.compile(
    r"(Lazy)?(Linear|Bilinear|Conv\w*|Embedding\w*|LSTM\w*|GRU\w*|RNN\w*|MultiheadAttention|Transformer\w*|RReLU)"
    r"|\w*Dropout\w*"
)
_TORCH_NUMBERS = frozenset(
    "rand randn randint normal bernoulli multinomial poisson rand_like randn_like randint_like binomial".split()  # noqa: SIM905
)
_IN_PLACE = frozenset(
    ["normal_", "uniform_", "random_", "bernoulli_", "exponential_", "geometric_", "log_normal_", "cauchy_"]
)
_TORCH_SAMPLERS = frozenset({"RandomSampler", "SubsetRandomSampler", "WeightedRandomSampler"})
_KERAS_LAYERS = re.compile(
    r"Dense|Conv\w*|Embedding|LSTM|GRU|SimpleRNN|\w*Dropout\w*|Random\w+|SeparableConv\w*|GaussianNoise|MultiHeadAttention"
)
_KERAS = ("tensorflow.keras.", "keras.", "tf_keras.")
#: Libraries whose models draw from torch's generator (and python's and numpy's) unseen.
UNSEEN: dict[str, tuple[str, ...]] = {
    "timm": ("torch",), "transformers": ("random", "numpy", "torch"), "pytorch_lightning": ("torch",),
    "lightning": ("torch",), "torchvision": ("torch",), "fastai": ("random", "numpy", "torch"), "skorch": ("torch",),
    "torch_geometric": ("torch",), "monai": ("numpy", "torch"), "albumentations": ("random", "numpy"),
    "sentence_transformers": ("random", "numpy", "torch"), "gensim": ("numpy",), "stable_baselines3": ("numpy", "torch"),
}  # fmt: skip


def imports(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """What the imported names stand for: ``np`` -> ``numpy``, ``shuffle`` -> ``random.shuffle``."""
    out = dict(_USUAL)
    for top in nodes:
        if kinds(top).keys().isdisjoint((ast.Import, ast.ImportFrom)):
            continue
        for node in walk(top):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    out[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    out[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return out


def dotted(function: ast.expr, names: Mapping[str, str]) -> str:
    """The full name of what is called: ``numpy.random.seed``; of a method of a call, ``Generator().manual_seed``."""
    path = path_of(function)
    if path is None:
        if not isinstance(function, ast.Attribute):
            return ""
        inner = function.value.func if isinstance(function.value, ast.Call) else None
        made = dotted(inner, names) if inner is not None else ""
        return f"{made}().{function.attr}" if made else f"().{function.attr}"
    root, dot, rest = path.partition(".")
    return names.get(root, root) + dot + rest


def argument(call: ast.Call, *names: str) -> ast.expr | None:
    """The keyword argument of one of these names."""
    return next((k.value for k in call.keywords if k.arg in names), None)


def seeds(name: str, own: bool) -> frozenset[str]:
    """The global generators that a call of this full name seeds; ``own``: it is the notebook's own function."""
    last = name.rpartition(".")[2]
    if own or "()" in name or last in MAKERS:
        return frozenset()
    if name in ("numpy.random.seed", "random.seed"):
        return frozenset({name.partition(".")[0]})
    if last == "seed" and name.endswith("random.seed"):
        return frozenset({"numpy"})
    if name.startswith("torch.") and last in ("manual_seed", "manual_seed_all"):
        # The generators of devices follow ``torch.manual_seed``; seeded alone, the CPU's is not.
        return frozenset({"torch"}) if name == "torch.manual_seed" else frozenset()
    if name in (
        "tensorflow.random.set_seed",
        "tensorflow.set_random_seed",
        "tensorflow.compat.v1.set_random_seed",
    ):
        return frozenset({"tensorflow"})
    if last in _SEEDERS:
        return _SEEDERS[last]
    if "." not in name or name.count(".") == 1:
        words = frozenset(re.split(r"[_\d]+", last.lower()))
        if words & {"seed", "seeds"} and words & {
            "set",
            "fix",
            "all",
            "everything",
            "init",
            "random",
            "global",
            "torch",
        }:
            return _ALL
    return frozenset()


def deferred(name: str) -> bool:
    """Whether what this call makes draws later, when it is fitted, asked to split or walked through."""
    return name.rpartition(".")[2][:1].isupper() and not name.startswith(("torch.nn.", *_KERAS))


def generator_of(call: ast.Call, name: str) -> tuple[str, DrawKind | None] | None:
    """(generator, what for) of a call that draws: ``own`` where it is given one or a seed; None: draws nothing.

    What a shuffle or a plain number is for (None) is told by where it stands.
    """
    last = name.rpartition(".")[2]
    given = argument(call, "random_state", "seed", "generator", "rng", "random_seed", "key")
    if given is not None and literal(given) is None:
        given = None
    off = literal(argument(call, "shuffle") or ast.Constant(value=None)) is False
    if last in SPLITTERS:
        if off:
            return None
        generator = "torch" if last == "random_split" else "numpy"
        return ("own" if given is not None else generator), "split"
    if last in SHUFFLED:
        shuffled = argument(call, "shuffle") or (call.args[1] if len(call.args) > 1 else None)
        if shuffled is None or literal(shuffled) is False:
            return None
        return ("own" if given is not None or len(call.args) > 2 else "numpy"), "split"
    found = _plain(call, name, last)
    if found is not None and given is not None:
        return "own", found[1]
    if found is None and given is not None and last[:1].isupper():
        return "own", ("order" if "Loader" in last or last in _TORCH_SAMPLERS else "init")
    if found is None and given is not None and last.startswith("make_"):
        return "own", "data"
    return found


def _plain(call: ast.Call, name: str, last: str) -> tuple[str, DrawKind | None] | None:
    if "SystemRandom" in name:
        return None
    for root in ("random.", "numpy.random.", "scipy.stats."):
        if name.startswith(root) and name.count(".") == root.count(".") and last not in _NOT_DRAWN:
            return None if root == "scipy.stats." else (root.partition(".")[0], None)
    if last == "rvs":
        return "numpy", "data"
    if name.startswith("torch.utils.data.") or last == "DataLoader" or last in _TORCH_SAMPLERS:
        on = argument(call, "shuffle") or (
            call.args[2] if last == "DataLoader" and len(call.args) > 2 else None
        )
        if last in _TORCH_SAMPLERS or (last == "DataLoader" and on is not None and literal(on) is not False):
            return "torch", "order"
        return None
    if name.startswith(_KERAS) and _KERAS_LAYERS.fullmatch(last):
        return "tensorflow", "init"
    if name.startswith("tensorflow.random.") and last not in _NOT_DRAWN:
        return "tensorflow", "init"
    if name.startswith("torch."):
        return _torch(name, last)
    if _ESTIMATORS.fullmatch(last):
        return "numpy", "init"
    if last in _BY_SOLVER and literal(argument(call, "solver") or ast.Constant(value="")) in (
        "sag",
        "saga",
        "liblinear",
    ):
        return "numpy", "init"
    if name.startswith("sklearn.datasets.make_"):
        return "numpy", "data"
    if name.endswith("utils.shuffle"):
        return "numpy", "split"
    if last == "sample" and argument(call, "frac", "n", "replace", "weights") is not None:
        return "numpy", "split"
    if last in _IN_PLACE:
        return "torch", "init"
    return None


def _torch(name: str, last: str) -> tuple[str, DrawKind | None] | None:
    if name == "torch.randperm":
        return "torch", None
    if name.startswith("torch.nn.init."):
        return "torch", "init"
    if name.startswith("torch.nn."):
        drawn = (
            _LAYERS.fullmatch(last)
            if last[:1].isupper()
            else "dropout" in last or last in ("gumbel_softmax", "rrelu")
        )
        return ("torch", "init") if drawn else None
    return ("torch", None) if name == f"torch.{last}" and last in _TORCH_NUMBERS else None
