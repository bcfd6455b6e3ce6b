"""Plan, runs and finding on notebooks that nobody here wrote, each compared with papermill by hand.

What a researcher would type stands beside each name. The notebooks are read where they lie;
none of them is edited.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.shared_data, pytest.mark.timeout(900)]

SKLEARN = "notebooks/sklearn-examples"
MLXTEND = "notebooks/rasbt+mlxtend/docs/sources/user_guide"
STATSMODELS = "notebooks/statsmodels+statsmodels/examples/notebooks"

PUBLIC = [
    ("notebooks/amueller+scipy-2018-sklearn/notebooks/13.Cross_Validation.ipynb", "k=10", "np.mean(scores)", "max"),
    (f"{SKLEARN}/classification/plot_classifier_comparison.ipynb", "SVC.gamma=4", "score", "max"),
    (f"{SKLEARN}/classification/plot_digits_classification.ipynb", "SVC.gamma=0.01",
     "metrics.accuracy_score(y_test, predicted)", "max"),
    (f"{SKLEARN}/ensemble/plot_bias_variance.ipynb", "noise=0.2", "np.mean(y_error)", "min"),
    (f"{SKLEARN}/feature_selection/plot_feature_selection.ipynb", "uniform.high=0.2",
     "clf_selected.score(X_test, y_test)", "max"),
    (f"{SKLEARN}/feature_selection/plot_rfe_with_cross_validation.ipynb", "min_features_to_select=2",
     "rfecv.n_features_", "min"),
    (f"{SKLEARN}/model_selection/plot_underfitting_overfitting.ipynb", "n_samples=15", "scores.mean()", "max"),
    (f"{SKLEARN}/neighbors/plot_nca_dim_reduction.ipynb", "n_neighbors=1", "acc_knn", "max"),
    (f"{MLXTEND}/classifier/MultiLayerPerceptron__noapi.ipynb", "MLP.eta@cell23=0.005",
     "100 * nn1.score(X_test_std, y_test)", "max"),
    (f"{MLXTEND}/evaluate/paired_ttest_5x2cv__noapi.ipynb", "DecisionTreeClassifier.max_depth=2", "score2", "max"),
    (f"{MLXTEND}/evaluate/paired_ttest_resampled__noapi.ipynb", "DecisionTreeClassifier.max_depth=2", "score2", "max"),
    (f"{STATSMODELS}/predict.ipynb", "sig=0.5", "olsres.rsquared", "max"),
    (f"{STATSMODELS}/robust_models_0.ipynb", "sig=0.6", "float(resrlm.scale)", "min"),
    (f"{STATSMODELS}/gls.ipynb", "GLSAR.arg3=2", "glsar_results.rsquared", "max"),
]  # fmt: skip

TRAINING = [
    ("training/02_bike_demand/notebooks/forecast.ipynb", "LOG_TARGET=False", "mean_mae", "min"),
    ("training/04_reviews_bow/train.ipynb", "args.C=0.3", "res.f1.mean()", "max"),
]

TORCH = [
    ("training/01_digits_cnn/train.ipynb", "cfg.lr=2e-4", "test_acc", "max"),
    ("training/03_resnet_mini/train.ipynb", "CFG.lr=0.005", "final_acc", "max"),
    ("training/05_concrete_mlp/train.ipynb", "config.optim.lr=0.0005", "rmse", "min"),
    ("training/07_wine_bn/train.ipynb", "CFG.dropout=0.7", "final_acc", "max"),
    ("training/11_multitask_aux/train.ipynb", "Config.aux_weight=0.0", "score", "max"),
    ("training/12_load_gru/train.ipynb", "lookback=4", "best_te", "min"),
]


#: Each takes half a minute: CI goes the whole way with the first of each list, `make acceptance` with all.
IN_CI = 2


def some(cases: list[tuple[str, str, str, str]], name: Callable[[str], str]) -> list[Any]:
    return [
        pytest.param(case, id=name(case[0]), marks=[pytest.mark.acceptance] if number >= IN_CI else [])
        for number, case in enumerate(cases)
    ]


def _go(main_job, shared_data: Path, case: tuple[str, str, str, str]) -> None:
    name, factor, response, direction = case
    made = main_job(shared_data / name, factor=[factor], response=response, direction=direction)
    assert made.compared == 2
    assert len(made.values) == 4
    assert made.claim
    print(f"{name}: {factor}, {response}: {made.values}")


@pytest.mark.parametrize("case", some(PUBLIC, lambda path: Path(path).stem))
def test_a_public_notebook_goes_the_whole_way_with_papermills_numbers(
    main_job, shared_data: Path, case
) -> None:
    _go(main_job, shared_data, case)


@pytest.mark.parametrize("case", some(TRAINING, lambda path: path.split("/")[1]))
def test_a_training_notebook_goes_the_whole_way_with_papermills_numbers(
    main_job, shared_data: Path, case
) -> None:
    _go(main_job, shared_data, case)


@pytest.mark.torch
@pytest.mark.parametrize("case", some(TORCH, lambda path: path.split("/")[1]))
def test_a_torch_notebook_goes_the_whole_way_with_papermills_numbers(
    main_job, shared_data: Path, case
) -> None:
    _go(main_job, shared_data, case)
