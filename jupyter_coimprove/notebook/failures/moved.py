"""What libraries have renamed or taken out: the old name, the one that stands for it now, and since when.

From the release notes of NumPy 1.24 to 2.4, pandas 0.23 to 3.0, scikit-learn 0.18 to 1.9, Matplotlib 2.0 to 3.11,
SciPy 1.0 to 1.17 and Python 3.
"""

from __future__ import annotations

#: Full name of what a module had -> full name now (a plain name is a builtin).
NAMES: dict[str, str] = {
    "numpy.float": "float", "numpy.int": "int", "numpy.bool": "bool", "numpy.object": "object", "numpy.str": "str",
    "numpy.complex": "complex", "numpy.long": "int", "numpy.unicode": "str", "numpy.product": "numpy.prod",
    "numpy.cumproduct": "numpy.cumprod", "numpy.alltrue": "numpy.all", "numpy.sometrue": "numpy.any",
    "numpy.trapz": "numpy.trapezoid", "numpy.in1d": "numpy.isin", "numpy.row_stack": "numpy.vstack",
    "numpy.NaN": "numpy.nan", "numpy.NAN": "numpy.nan", "numpy.Inf": "numpy.inf", "numpy.infty": "numpy.inf",
    "numpy.Infinity": "numpy.inf", "numpy.PINF": "numpy.inf", "numpy.round_": "numpy.round",
    "numpy.string_": "numpy.bytes_", "numpy.unicode_": "numpy.str_", "numpy.float_": "numpy.float64",
    "numpy.complex_": "numpy.complex128", "numpy.cfloat": "numpy.complex128", "numpy.singlecomplex": "numpy.complex64",
    "numpy.longfloat": "numpy.longdouble", "numpy.clongfloat": "numpy.clongdouble", "numpy.int0": "numpy.intp",
    "numpy.uint0": "numpy.uintp", "numpy.mat": "numpy.asmatrix", "numpy.math": "math", "numpy.rank": "numpy.ndim",
    "numpy.ComplexWarning": "numpy.exceptions.ComplexWarning", "numpy.AxisError": "numpy.exceptions.AxisError",
    "numpy.VisibleDeprecationWarning": "numpy.exceptions.VisibleDeprecationWarning",
    "numpy.RankWarning": "numpy.exceptions.RankWarning", "numpy.safe_eval": "ast.literal_eval",
    "numpy.obj2sctype": "numpy.dtype", "numpy.cast": "numpy.asarray", "numpy.recfromcsv": "numpy.genfromtxt",
    "numpy.find_common_type": "numpy.result_type", "numpy.source": "inspect.getsource",
    "pandas.datetime": "datetime.datetime", "pandas.np": "numpy", "pandas.Int64Index": "pandas.Index",
    "pandas.Float64Index": "pandas.Index", "pandas.UInt64Index": "pandas.Index", "pandas.TimeGrouper": "pandas.Grouper",
    "pandas.io.json.json_normalize": "pandas.json_normalize", "pandas.Term": "pandas.eval",
    "pandas.scatter_matrix": "pandas.plotting.scatter_matrix", "pandas.tools.plotting.scatter_matrix": "pandas.plotting.scatter_matrix",
    "pandas.tslib.Timestamp": "pandas.Timestamp", "pandas.tools.plotting": "pandas.plotting",
    "pandas.util.testing": "pandas.testing", "pandas.core.index": "pandas",
    "matplotlib.cm.get_cmap": "matplotlib.pyplot.get_cmap", "matplotlib.pyplot.cm.get_cmap": "matplotlib.pyplot.get_cmap",
    "matplotlib.colors.DivergingNorm": "matplotlib.colors.TwoSlopeNorm", "matplotlib.pyplot.spectral": "matplotlib.pyplot.nipy_spectral",
    "matplotlib.pyplot.set_title": "matplotlib.pyplot.title", "matplotlib.pyplot.set_xlabel": "matplotlib.pyplot.xlabel",
    "matplotlib.pyplot.set_ylabel": "matplotlib.pyplot.ylabel", "matplotlib.pyplot.set_xlim": "matplotlib.pyplot.xlim",
    "matplotlib.pyplot.set_ylim": "matplotlib.pyplot.ylim", "matplotlib.pyplot.set_xticks": "matplotlib.pyplot.xticks",
    "matplotlib.pyplot.set_yticks": "matplotlib.pyplot.yticks", "matplotlib.mlab.normpdf": "scipy.stats.norm.pdf",
    "time.clock": "time.perf_counter", "inspect.getargspec": "inspect.getfullargspec", "string.letters": "string.ascii_letters",
    "string.lowercase": "string.ascii_lowercase", "string.uppercase": "string.ascii_uppercase",
    "string.maketrans": "str.maketrans", "os.getcwdu": "os.getcwd", "os.errno": "errno", "sys.maxint": "sys.maxsize",
    "itertools.izip": "zip", "itertools.imap": "map", "itertools.ifilter": "filter",
    "itertools.izip_longest": "itertools.zip_longest", "itertools.ifilterfalse": "itertools.filterfalse",
    "fractions.gcd": "math.gcd", "urllib.urlopen": "urllib.request.urlopen", "urllib.urlretrieve": "urllib.request.urlretrieve",
    "urllib.urlencode": "urllib.parse.urlencode", "urllib.quote": "urllib.parse.quote", "urllib2.urlopen": "urllib.request.urlopen",
    "scipy.randn": "numpy.random.randn", "scipy.rand": "numpy.random.rand", "imp.reload": "importlib.reload",
    "scipy.misc.imread": "matplotlib.pyplot.imread", "scipy.misc.imsave": "matplotlib.pyplot.imsave",
    "scipy.misc.comb": "scipy.special.comb", "scipy.misc.factorial": "scipy.special.factorial",
    "scipy.misc.logsumexp": "scipy.special.logsumexp", "scipy.misc.face": "scipy.datasets.face",
    "scipy.misc.ascent": "scipy.datasets.ascent", "scipy.misc.electrocardiogram": "scipy.datasets.electrocardiogram",
    "scipy.integrate.simps": "scipy.integrate.simpson", "scipy.integrate.trapz": "scipy.integrate.trapezoid",
    "scipy.integrate.cumtrapz": "scipy.integrate.cumulative_trapezoid", "scipy.linalg.pinv2": "scipy.linalg.pinv",
    "scipy.stats.median_absolute_deviation": "scipy.stats.median_abs_deviation",
    "scipy.stats.binom_test": "scipy.stats.binomtest", "scipy.stats.itemfreq": "numpy.unique",
    "scipy.special.sph_harm": "scipy.special.sph_harm_y", "scipy.interpolate.spline": "scipy.interpolate.make_interp_spline",
    "pandas.io.json.loads": "json.loads", "sklearn.externals.joblib": "joblib", "sklearn.externals.six": "six",
    "sklearn.preprocessing.Imputer": "sklearn.impute.SimpleImputer",
    "sklearn.preprocessing.CategoricalEncoder": "sklearn.preprocessing.OneHotEncoder",
    "sklearn.metrics.jaccard_similarity_score": "sklearn.metrics.jaccard_score",
    "sklearn.metrics.plot_confusion_matrix": "sklearn.metrics.ConfusionMatrixDisplay.from_estimator",
    "sklearn.metrics.plot_roc_curve": "sklearn.metrics.RocCurveDisplay.from_estimator",
    "sklearn.metrics.plot_precision_recall_curve": "sklearn.metrics.PrecisionRecallDisplay.from_estimator",
    "sklearn.metrics.plot_det_curve": "sklearn.metrics.DetCurveDisplay.from_estimator",
    "sklearn.calibration.plot_calibration_curve": "sklearn.calibration.CalibrationDisplay.from_estimator",
    "sklearn.inspection.plot_partial_dependence": "sklearn.inspection.PartialDependenceDisplay.from_estimator",
    "sklearn.mixture.GMM": "sklearn.mixture.GaussianMixture", "sklearn.mixture.DPGMM": "sklearn.mixture.BayesianGaussianMixture",
    "sklearn.lda.LDA": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis",
    "sklearn.qda.QDA": "sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis",
    "sklearn.datasets.fetch_mldata": "sklearn.datasets.fetch_openml", "sklearn.utils.safe_indexing": "sklearn.utils._safe_indexing",
    "sklearn.metrics.calinski_harabaz_score": "sklearn.metrics.calinski_harabasz_score",
    "sklearn.cross_validation.Bootstrap": "sklearn.model_selection.ShuffleSplit",
    "sklearn.gaussian_process.GaussianProcess": "sklearn.gaussian_process.GaussianProcessRegressor",
    "sklearn.linear_model.logistic.LogisticRegression": "sklearn.linear_model.LogisticRegression",
}  # fmt: skip

#: Modules that are now called otherwise, or whose contents are elsewhere under their names.
MODULES: dict[str, str] = {
    "sklearn.cross_validation": "sklearn.model_selection", "sklearn.grid_search": "sklearn.model_selection",
    "sklearn.learning_curve": "sklearn.model_selection", "sklearn.datasets.samples_generator": "sklearn.datasets",
    "sklearn.datasets.base": "sklearn.utils", "sklearn.utils.testing": "sklearn.utils._testing",
    "sklearn.ensemble.forest": "sklearn.ensemble", "sklearn.ensemble.bagging": "sklearn.ensemble",
    "sklearn.ensemble.gradient_boosting": "sklearn.ensemble", "sklearn.ensemble.weight_boosting": "sklearn.ensemble",
    "sklearn.tree.tree": "sklearn.tree", "sklearn.linear_model.logistic": "sklearn.linear_model",
    "sklearn.linear_model.base": "sklearn.linear_model", "sklearn.linear_model.ridge": "sklearn.linear_model",
    "sklearn.linear_model.coordinate_descent": "sklearn.linear_model", "sklearn.linear_model.stochastic_gradient": "sklearn.linear_model",
    "sklearn.metrics.classification": "sklearn.metrics", "sklearn.metrics.ranking": "sklearn.metrics",
    "sklearn.metrics.regression": "sklearn.metrics", "sklearn.metrics.scorer": "sklearn.metrics",
    "sklearn.cluster.k_means_": "sklearn.cluster", "sklearn.decomposition.pca": "sklearn.decomposition",
    "sklearn.neighbors.classification": "sklearn.neighbors", "sklearn.neighbors.base": "sklearn.neighbors",
    "sklearn.preprocessing.data": "sklearn.preprocessing", "sklearn.preprocessing.label": "sklearn.preprocessing",
    "sklearn.preprocessing.imputation": "sklearn.impute", "sklearn.svm.classes": "sklearn.svm", "sklearn.lda": "sklearn.discriminant_analysis",
    "sklearn.qda": "sklearn.discriminant_analysis", "sklearn.neural_network.multilayer_perceptron": "sklearn.neural_network",
    "sklearn.manifold.t_sne": "sklearn.manifold", "sklearn.feature_selection.univariate_selection": "sklearn.feature_selection",
    "pandas.util.testing": "pandas.testing", "pandas.tools.plotting": "pandas.plotting", "pandas.tools": "pandas",
    "pandas.io.json": "pandas", "pandas.core.index": "pandas", "pandas.stats": "pandas", "pandas.lib": "pandas.api.types",
    "pandas.types.common": "pandas.api.types", "pandas.tseries.tools": "pandas",
    "scipy.misc": "scipy.special", "scipy.ndimage.filters": "scipy.ndimage",
    "scipy.ndimage.interpolation": "scipy.ndimage", "scipy.signal.wavelets": "scipy.signal",
    "matplotlib.mlab": "scipy.stats", "mpl_toolkits.axes_grid": "mpl_toolkits.axes_grid1", "numpy.testing.utils": "numpy.testing",
    "cPickle": "pickle", "Queue": "queue", "ConfigParser": "configparser", "StringIO": "io", "cStringIO": "io",
    "HTMLParser": "html.parser", "urllib2": "urllib.request", "urlparse": "urllib.parse", "Tkinter": "tkinter",
    "commands": "subprocess", "__builtin__": "builtins", "httplib": "http.client", "cookielib": "http.cookiejar",
    "dummy_thread": "threading", "SocketServer": "socketserver", "imp": "importlib", "IPython.parallel": "ipyparallel",
    "IPython.html.widgets": "ipywidgets", "IPython.nbformat": "nbformat", "keras.utils.np_utils": "keras.utils",
    "asyncore": "asyncio",
}  # fmt: skip

#: Names that a module no longer has and another one has under the same name: prefix of names -> module.
CONTAINERS = frozenset(
    "Mapping MutableMapping Sequence MutableSequence Iterable Iterator Callable Set MutableSet Hashable Sized Container Generator Awaitable Coroutine KeysView ItemsView ValuesView".split()  # noqa: SIM905
)
WINDOWS = frozenset(
    "hann hamming blackman bartlett blackmanharris bohman boxcar chebwin cosine flattop gaussian general_gaussian kaiser nuttall parzen triang tukey".split()  # noqa: SIM905
)

#: Methods and attributes that have another name now: (class, old) -> new.
METHODS: dict[tuple[str, str], str] = {
    **{(k, "iteritems"): "items" for k in ("DataFrame", "Series", "dict")},
    **{("dict", old): new for old, new in (("itervalues", "values"), ("iterkeys", "keys"))},
    **{(k, "as_matrix"): "to_numpy" for k in ("DataFrame", "Series")},
    **{(k, "ravel"): "to_numpy" for k in ("Series",)},
    **{(k, old): new for k in ("DataFrame", "Series") for old, new in (
        ("applymap", "map"), ("pad", "ffill"), ("backfill", "bfill"), ("to_sparse", "astype"), ("tshift", "shift"),
        ("get_values", "to_numpy"), ("is_monotonic", "is_monotonic_increasing"), ("convert_objects", "infer_objects"),
        ("reindex_like_axis", "reindex_like"),
    )},
    ("DataFrame", "reindex_axis"): "reindex", ("DataFrame", "swapaxes"): "transpose", ("DataFrame", "from_csv"): "read_csv",
    ("Index", "is_monotonic"): "is_monotonic_increasing", ("Index", "is_all_dates"): "inferred_type",
    ("DatetimeIndex", "weekofyear"): "isocalendar", ("ndarray", "tostring"): "tobytes",
    ("Axes", "set_axis_bgcolor"): "set_facecolor", ("Axes", "get_axis_bgcolor"): "get_facecolor", ("Axes", "axis_bgcolor"): "facecolor",
    ("Axes3D", "w_xaxis"): "xaxis", ("Axes3D", "w_yaxis"): "yaxis", ("Axes3D", "w_zaxis"): "zaxis",
    ("Legend", "legendHandles"): "legend_handles", ("Axes", "is_first_col"): "get_subplotspec().is_first_col",
    ("Axes", "is_last_row"): "get_subplotspec().is_last_row", ("Figure", "set_tight_layout"): "set_layout_engine",
    ("GridSearchCV", "grid_scores_"): "cv_results_", ("RandomizedSearchCV", "grid_scores_"): "cv_results_",
    ("*", "get_feature_names"): "get_feature_names_out", ("*", "set_window_title"): "manager.set_window_title",
    ("Tensor", "volatile"): "requires_grad",
    **{("Axes", f"{n}"): f"set_{n}" for n in ("xlabel", "ylabel", "xlim", "ylim", "xticks", "yticks", "suptitle")},
    **{("OneHotEncoder", old): new for old, new in (("active_features_", "categories_"), ("n_values_", "categories_"))},
    **{(k, old): new for k in ("Generator",) for old, new in (("randint", "integers"), ("rand", "random"), ("randn", "standard_normal"))},
}  # fmt: skip

#: Keyword arguments: (what is called, old) -> new name; None: taken out, and what it did is said by ``GONE``.
#: ``*`` stands for whatever is called.
KEYWORDS: dict[tuple[str, str], str | None] = {
    ("to_csv", "line_terminator"): "lineterminator", ("read_excel", "sheetname"): "sheet_name", ("to_excel", "sheetname"): "sheet_name",
    ("read_excel", "parse_cols"): "usecols", ("drop_duplicates", "cols"): "subset", ("drop_duplicates", "take_last"): None,
    ("sort_values", "columns"): "by", ("sort_index", "by"): "by", ("date_range", "closed"): "inclusive", ("rename_axis", "axis"): None,
    ("to_datetime", "infer_datetime_format"): None, ("read_csv", "infer_datetime_format"): None, ("read_csv", "mangle_dupe_cols"): None,
    ("read_csv", "tupleize_cols"): None, ("describe", "datetime_is_numeric"): None, ("concat", "join_axes"): None, ("read_csv", "prefix"): None,
    ("OneHotEncoder", "sparse"): "sparse_output", ("OneHotEncoder", "categorical_features"): None, ("OneHotEncoder", "n_values"): None,
    ("AgglomerativeClustering", "affinity"): "metric", ("FeatureAgglomeration", "affinity"): "metric",
    ("AdaBoostClassifier", "base_estimator"): "estimator", ("AdaBoostRegressor", "base_estimator"): "estimator",
    ("BaggingClassifier", "base_estimator"): "estimator", ("BaggingRegressor", "base_estimator"): "estimator",
    ("RANSACRegressor", "base_estimator"): "estimator", ("CalibratedClassifierCV", "base_estimator"): "estimator",
    ("AdaBoostClassifier", "algorithm"): None, ("GridSearchCV", "iid"): None, ("RandomizedSearchCV", "iid"): None, ("TSNE", "n_iter"): "max_iter",
    ("SGDClassifier", "n_iter"): "max_iter", ("SGDRegressor", "n_iter"): "max_iter", ("Perceptron", "n_iter"): "max_iter",
    ("KMeans", "n_jobs"): None, ("KMeans", "precompute_distances"): None, ("KMeans", "k"): "n_clusters", ("MeanShift", "n_clusters"): None,
    ("KNeighborsClassifier", "k"): "n_neighbors", ("KNeighborsRegressor", "k"): "n_neighbors", ("KFold", "n_folds"): "n_splits",
    ("StratifiedKFold", "n_folds"): "n_splits", ("ShuffleSplit", "n_iter"): "n_splits", ("StratifiedShuffleSplit", "n_iter"): "n_splits",
    ("SimpleImputer", "axis"): None, ("SimpleImputer", "verbose"): None, ("LogisticRegression", "multi_class"): None,
    ("LogisticRegressionCV", "multi_class"): None, ("PCA", "n_component"): "n_components", ("GaussianMixture", "n_states"): "n_components",
    ("RandomForestClassifier", "min_impurity_split"): None, ("RandomForestRegressor", "min_impurity_split"): None,
    ("DecisionTreeClassifier", "min_impurity_split"): None, ("DecisionTreeRegressor", "min_impurity_split"): None,
    ("DecisionTreeClassifier", "presort"): None, ("DecisionTreeRegressor", "presort"): None, ("GradientBoostingClassifier", "presort"): None,
    ("SparsePCA", "normalize_components"): None, ("TfidfVectorizer", "charset"): "encoding", ("fetch_openml", "parser_"): "parser",
    ("cross_val_score", "fit_params"): "params", ("cross_validate", "fit_params"): "params", ("train_test_split", "test_ratio"): "test_size",
    ("hist", "normed"): "density", ("grid", "b"): "visible", ("boxplot", "labels"): "tick_labels", ("bxp", "labels"): "tick_labels",
    ("subplot", "axisbg"): "facecolor", ("add_subplot", "axisbg"): "facecolor", ("axes", "axisbg"): "facecolor", ("savefig", "papertype"): None,
    ("savefig", "frameon"): None, ("errorbar", "yerror"): "yerr", ("errorbar", "xerror"): "xerr", ("bar", "left"): "x", ("barh", "bottom"): "y",
    ("legend", "fontSize"): "fontsize", ("pie", "label"): "labels", ("colorbar", "cmap"): None, ("violinplot", "vert"): "orientation",
    ("cumsum", "axes"): "axis", ("loadtxt", "delimeter"): "delimiter", ("set_axis", "inplace"): None, ("array", "type"): "dtype",
    ("quantile", "interpolation"): "method", ("percentile", "interpolation"): "method", ("cumtrapz", "initial"): "initial",
    ("histogram", "normed"): "density", ("histogram2d", "normed"): "density", ("rolling", "freq"): None,
    ("Dense", "output_dim"): "units", ("Dense", "init"): "kernel_initializer", ("fit", "nb_epoch"): "epochs", ("Adam", "lr"): "learning_rate",
    ("SGD", "lr"): "learning_rate", ("to_latex", "line_terminator"): "lineterminator", ("to_dict", "orients"): "orient",
}  # fmt: skip

#: What else is to be known where a keyword was taken out.
GONE: dict[str, str] = {
    "multi_class": "the model is now always multinomial where the solver can; `OneVsRestClassifier` gives one model a class",
    "n_jobs": "KMeans now always uses all cores", "iid": "folds are no longer weighted by their size",
    "min_impurity_split": "`min_impurity_decrease` limits splits by another rule", "algorithm": "only SAMME is left, which it now always is",
    "join_axes": "`.reindex(...)` on the result keeps the index that you want", "infer_datetime_format": "the format is now always inferred",
    "axis": "columns are imputed; for rows, transpose", "inplace": "the result is given back instead of changing the object",
}  # fmt: skip

#: Words that an argument took: (argument, old) -> the code of the new value.
WORDS: dict[tuple[str, str], str] = {
    ("criterion", "mse"): '"squared_error"', ("criterion", "mae"): '"absolute_error"', ("loss", "deviance"): '"log_loss"',
    ("loss", "ls"): '"squared_error"', ("loss", "lad"): '"absolute_error"', ("loss", "log"): '"log_loss"',
    ("loss", "squared_loss"): '"squared_error"', ("loss", "least_squares"): '"squared_error"', ("loss", "binary_crossentropy"): '"log_loss"',
    ("loss", "least_absolute_deviation"): '"absolute_error"', ("penalty", "none"): "None", ("max_features", "auto"): '"sqrt"',
    ("scoring", "mean_squared_error"): '"neg_mean_squared_error"', ("scoring", "mean_absolute_error"): '"neg_mean_absolute_error"',
    ("scoring", "median_absolute_error"): '"neg_median_absolute_error"', ("scoring", "log_loss"): '"neg_log_loss"',
    ("scoring", "root_mean_squared_error"): '"neg_root_mean_squared_error"', ("scoring", "rmse"): '"neg_root_mean_squared_error"',
    ("scoring", "auc"): '"roc_auc"', ("scoring", "mse"): '"neg_mean_squared_error"', ("scoring", "mae"): '"neg_mean_absolute_error"',
    ("algorithm", "full"): '"lloyd"', ("algorithm", "auto"): '"lloyd"', ("orient", "record"): '"records"',
    ("gamma", "auto_deprecated"): '"auto"', ("linkage", "wards"): '"ward"', ("how", "full"): '"outer"',
}  # fmt: skip

#: Libraries whose package is called otherwise than their module.
PACKAGES: dict[str, str] = {
    "cv2": "opencv-python", "sklearn": "scikit-learn", "skimage": "scikit-image", "PIL": "Pillow", "yaml": "PyYAML",
    "bs4": "beautifulsoup4", "dateutil": "python-dateutil", "Crypto": "pycryptodome", "serial": "pyserial", "fitz": "PyMuPDF",
    "umap": "umap-learn", "imblearn": "imbalanced-learn", "dotenv": "python-dotenv", "docx": "python-docx", "faiss": "faiss-cpu",
    "MySQLdb": "mysqlclient", "psycopg2": "psycopg2-binary", "attr": "attrs", "jwt": "PyJWT", "git": "GitPython", "usb": "pyusb",
    "IPython": "ipython", "hydra": "hydra-core", "pl_bolts": "lightning-bolts", "openai_whisper": "openai-whisper",
}  # fmt: skip
