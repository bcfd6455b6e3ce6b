"""What the field's libraries do with rows: which classes learn, what they learn, which calls split."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Transformers that learn numbers from rows.
LEARNERS = words(
    """StandardScaler MinMaxScaler MaxAbsScaler RobustScaler QuantileTransformer PowerTransformer KBinsDiscretizer
    SplineTransformer SimpleImputer KNNImputer IterativeImputer PCA KernelPCA IncrementalPCA SparsePCA TruncatedSVD
    FastICA NMF FactorAnalysis DictionaryLearning LatentDirichletAllocation Isomap LocallyLinearEmbedding
    TfidfVectorizer CountVectorizer TfidfTransformer MeanMedianImputer CategoricalImputer RandomSampleImputer
    EndTailImputer Winsorizer OutlierTrimmer EqualFrequencyDiscretiser EqualWidthDiscretiser
    ArbitraryDiscretiser BoxCoxTransformer YeoJohnsonTransformer Nystroem UMAP CountEncoder
    CountFrequencyEncoder RareLabelEncoder HelmertEncoder Tokenizer TextVectorization Normalization StringLookup
    IntegerLookup Discretization CategoryEncoding Doc2Vec Word2Vec MissForest FeatureAgglomeration"""
)
#: Transformers that learn which columns to keep, with or without the labels.
SELECTORS = words(
    """SelectKBest SelectPercentile SelectFpr SelectFdr SelectFwe GenericUnivariateSelect RFE RFECV SelectFromModel
    SequentialFeatureSelector ExhaustiveFeatureSelector VarianceThreshold BorutaPy DropCorrelatedFeatures
    SmartCorrelatedSelection RecursiveFeatureElimination PermutationImportance SelectByShuffling"""
)
#: Encoders and projections that learn from the labels.
ENCODERS = words(
    """TargetEncoder MeanEncoder WOEEncoder WoEEncoder LeaveOneOutEncoder CatBoostEncoder JamesSteinEncoder
    MEstimateEncoder GLMMEncoder QuantileEncoder SummaryEncoder PRatioEncoder DecisionTreeEncoder
    DecisionTreeDiscretiser NeighborhoodComponentsAnalysis"""
)
#: Encoders that learn which categories there are and nothing else.
CATEGORIES = words(
    """OneHotEncoder OrdinalEncoder LabelEncoder LabelBinarizer MultiLabelBinarizer BinaryEncoder DictVectorizer
    BaseNEncoder BackwardDifferenceEncoder PolynomialEncoder SumEncoder"""
)
#: Transformers of single rows.
STATELESS = words(
    """Normalizer FunctionTransformer Binarizer HashingVectorizer PolynomialFeatures HashingEncoder FeatureHasher
    ToTensor Resize Compose"""
)
#: Functions that transform rows by what all of them say.
LEARNING_CALLS = {
    **dict.fromkeys(
        ("scale", "minmax_scale", "maxabs_scale", "robust_scale", "quantile_transform", "power_transform", "zscore",
         "qcut", "boxcox", "yeojohnson", "winsorize"), "preprocessing",
    ),
    **dict.fromkeys(
        ("f_classif", "f_regression", "chi2", "mutual_info_classif", "mutual_info_regression", "r_regression",
         "ttest_ind", "pearsonr", "spearmanr", "mannwhitneyu", "permutation_importance"), "selection",
    ),
    "get_dummies": "categories", "factorize": "categories",
}  # fmt: skip
#: Methods (and functions of numpy and torch) that make one number a column from all rows.
STATISTICS = words(
    """mean median std var min max quantile percentile mode nanmean nanstd nanmedian nanmin nanmax ptp amin amax
    describe idxmode average nanpercentile nanquantile std_mean var_mean"""
)
CORRELATIONS = words("corr corrwith cov corrcoef")
FILLS = words("ffill bfill backfill pad interpolate")
AGGREGATES = words("mean median sum count agg aggregate transform std min max size apply nunique var")
#: Splits: name -> (random unless told otherwise, by group).
SPLITTERS: dict[str, tuple[bool, bool]] = {
    "KFold": (False, False), "StratifiedKFold": (False, False), "RepeatedKFold": (True, False),
    "RepeatedStratifiedKFold": (True, False), "ShuffleSplit": (True, False), "StratifiedShuffleSplit": (True, False),
    "GroupKFold": (False, True), "StratifiedGroupKFold": (False, True), "GroupShuffleSplit": (True, True),
    "LeaveOneGroupOut": (False, True), "LeavePGroupsOut": (False, True), "LeaveOneOut": (False, False),
    "TimeSeriesSplit": (False, False), "PredefinedSplit": (False, True), "LeavePOut": (False, False),
    "BlockingTimeSeriesSplit": (False, False),
}  # fmt: skip
CROSS = words("cross_val_score cross_validate cross_val_predict permutation_test_score")
SEARCHES = words(
    "GridSearchCV RandomizedSearchCV HalvingGridSearchCV HalvingRandomSearchCV BayesSearchCV OptunaSearchCV"
)
CHAINS = words(
    "Pipeline make_pipeline ColumnTransformer make_column_transformer FeatureUnion make_union imbpipeline"
)
SAMPLERS = words(
    """SMOTE ADASYN RandomOverSampler BorderlineSMOTE SVMSMOTE KMeansSMOTE SMOTENC SMOTEN SMOTETomek SMOTEENN"""
)
#: Metrics: name -> which arguments it treats differently, and whether it wants scores, not labels.
METRICS: dict[str, str] = {
    **dict.fromkeys(
        """balanced_accuracy_score f1_score fbeta_score mean_squared_error root_mean_squared_error mean_absolute_error
        cohen_kappa_score matthews_corrcoef jaccard_score median_absolute_error hamming_loss zero_one_loss max_error
        mean_squared_log_error adjusted_rand_score normalized_mutual_info_score mean_pinball_loss""".split(), "",  # noqa: SIM905
    ),
    "accuracy_score": "accuracy",
    **dict.fromkeys(
        """precision_score recall_score r2_score explained_variance_score classification_report confusion_matrix
        precision_recall_fscore_support mean_absolute_percentage_error d2_absolute_error_score""".split(), "ordered",  # noqa: SIM905
    ),
    **dict.fromkeys(
        """roc_auc_score average_precision_score roc_curve precision_recall_curve log_loss brier_score_loss
        top_k_accuracy_score""".split(), "scores",  # noqa: SIM905
    ),
}  # fmt: skip
#: Words of an argument that seeds something.
SEED_WORDS = words("random_state seed random_seed manual_seed rng_seed seed_value")
SEED_CALLS = words(
    "default_rng RandomState manual_seed manual_seed_all seed set_seed seed_everything set_random_seed Random PRNGKey"
)
#: Who or what rows can belong to, as people name such columns.
GROUP_WORDS = words(
    """patient subject user customer participant speaker student person client donor individual animal mouse
    household device session author writer player driver member employee respondent case_id site hospital"""
)
#: Layers and containers of networks.
NETWORKS = words(
    "Linear Sequential Conv1d Conv2d LSTM GRU RNN Embedding LazyLinear Model Dense ModuleList Transformer TransformerEncoder"
)
#: How classes of estimators are named.
ESTIMATORS = (
    "Classifier",
    "Regressor",
    "Regression",
    "SVC",
    "SVR",
    "NB",
    "Ridge",
    "Lasso",
    "ElasticNet",
    "CV",
    "Perceptron",
    "Booster",
    "Forest",
    "Tree",
)
#: Constructors of things that are no data.
QUIET = words(
    """Path DataFrame Series array asarray tensor list tuple dict set sorted print range enumerate zip map len str int float
    isinstance default_rng RandomState Generator device subplots figure getLogger"""
)
