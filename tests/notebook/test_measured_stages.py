"""Which of the numbers that a notebook shows it is about: rounded ones, mappings, progress, training and evaluation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_coimprove.notebook.candidates import Reading
from jupyter_coimprove.notebook.metrics import direction

Read = Callable[..., Reading]


@pytest.mark.parametrize(
    "shows",
    ["print('kappa', round(agreement_kappa, 3))", "print(f'{agreement_kappa:.3f}')", "print('Cohen kappa: ' + str(round(float(agreement_kappa), 4)))",
     "float(agreement_kappa)", "print(np.round(agreement_kappa, 2))", "print(f'kappa={float(agreement_kappa):.2f}')"],
)  # fmt: skip
def test_a_variable_that_is_shown_rounded_is_the_measure_in_full(reading: Read, shows: str) -> None:
    reads = reading("agreement_kappa = rate(raters)", ("n = 3\n" + shows, "kappa 0.812\n"))
    (measure,) = [m for m in reads.measured if "kappa" in m.expr]
    assert reads.measured[0] == measure
    assert (measure.name, measure.how, measure.expr, measure.direction) == (
        "agreement_kappa", "variable", "agreement_kappa", "max",
    )  # fmt: skip


def test_a_member_that_is_shown_rounded_is_the_measure_in_full(reading: Read) -> None:
    first = reading("said = inspect(hives)", "print('brood coverage', round(said['brood'], 2))").measured[0]
    assert (first.expr, first.direction) == ("said['brood']", "max")


HIVES = "from sklearn.metrics import roc_auc_score, average_precision_score\nclf = SVC()\nclf.fit(X_tr, y_tr)\np = clf.decision_function(X_te)"
FILLED = (
    "found = {'auc': roc_auc_score(y_te, p), 'ap': average_precision_score(y_te, p), 'n_hives': len(y_te)}"
)


@pytest.mark.parametrize(
    "shows",
    ["", "pprint(found)", "print(json.dumps(found, indent=2))", "pd.Series(found)", "print({k: round(v, 3) for k, v in found.items()})", "found"],
)  # fmt: skip
def test_a_mapping_of_measures_is_offered_by_key_before_a_score_nobody_asked(
    reading: Read, shows: str
) -> None:
    measures = reading("X_tr, X_te, y_tr, y_te = train_test_split(X, y)", HIVES, FILLED, shows).measured
    assert {(m.expr, m.direction, m.reachable) for m in measures[:2]} == {
        ("found['auc']", "max", True),
        ("found['ap']", "max", True),
    }
    assert "found['n_hives']" not in {m.expr for m in measures}


def test_keys_that_are_set_one_by_one_or_nested_are_offered_too(reading: Read) -> None:
    sources = ("report = {}\nreport['rmse'] = np.sqrt(mean_squared_error(y, p))", "table = {'test': {'mae': gap(y, p)}, 'train': dict(mae=gap(u, q))}")  # fmt: skip
    ways = {m.expr: m.direction for m in reading(*sources).measured}
    assert ways == {"report['rmse']": "min", "table['test']['mae']": "min", "table['train']['mae']": "min"}


def test_a_key_that_rounds_a_variable_stands_for_the_variable(reading: Read) -> None:
    measures = reading("f = flights(9)\nnpv = assess(f)\nout = {'hit_rate': round(npv, 2)}").measured
    assert [(m.expr, m.direction) for m in measures] == [("npv", "max")]


@pytest.mark.parametrize(
    "source",
    ["cfg = {'loss': 'hinge', 'max_error': 0.1}", "kinds = {'auc': roc_auc_score, 'f1': make_scorer(f1_score)}", "parts = {'loss': nn.MSELoss()}", "log = {'loss': [], 'score': [1]}"],
)  # fmt: skip
def test_mappings_of_settings_measure_nothing(reading: Read, source: str) -> None:
    assert [m for m in reading("from sklearn.metrics import roc_auc_score", source).measured if m.score > 0.1] == []  # fmt: skip


@pytest.mark.parametrize(
    "progress",
    ["print('loss at step', step + 1)", "print(f'epoch {epoch + 1}/{epochs} score')", "print('accuracy over', len(bees), 'hives')", "print(f'lr {sched.get_last_lr()[0]:.3f}')",
     "print(f'took {time.time() - t0:.1f}s')", "print(f'step {100 * i / steps:.1f}% error')"],
)  # fmt: skip
def test_progress_is_not_what_a_notebook_is_about(reading: Read, progress: str) -> None:
    setting = (
        "t0 = time.time()\nepochs, steps = f(), g()\nfor epoch in range(epochs):\n    step = i = epoch\n    "
        + progress
    )
    measures = reading("bees = load()\nnectar = weigh(bees)", "print('mass', nectar)", setting).measured
    assert measures[0].expr == "nectar"


GAN = """for step in range(steps):
    d_loss = critic(real, G(noise))
    d_loss.backward()
    g_loss = -D(G(noise)).mean()
    g_loss.backward()
    if step % 50 == 0:
        print(f'{step} d_loss {d_loss.item():.3f} g_loss {g_loss.item():.3f}')"""


@pytest.mark.parametrize(
    ("evaluated", "expr", "way"),
    [
        ("with torch.no_grad():\n    covered = modes(G(z))\nprint(f'mode coverage {covered:.3f}')", "covered", "max"),
        ("with torch.no_grad():\n    gap = moments(G(z), held)\nprint(f'moment gap {gap:.4f}')", "gap", "unknown"),
        ("fid = frechet(G(z), held)", "fid", "min"),
        ("print('spread', round(spread_of(G(z)).item(), 3))", "", ""),
    ],
)  # fmt: skip
def test_what_is_evaluated_after_training_stands_before_the_objectives(
    reading: Read, evaluated: str, expr: str, way: str
) -> None:
    measures = reading("D, G = nets()", GAN, evaluated).measured
    if not expr:
        # What cannot be asked again is no measure: the objectives are what is left, and are still offered.
        assert {m.expr for m in measures if m.score >= 0.3} >= {"d_loss", "g_loss"}
        return
    assert (measures[0].expr, measures[0].direction) == (expr, way)


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("mean return", "max"), ("ep_returns", "max"), ("win rate", "max"), ("window rate", "unknown"), ("success_rate", "max"), ("throughput", "max"),
        ("coverage@90", "max"), ("image quality", "max"), ("fidelity", "max"), ("regret", "min"), ("constraint violations", "min"), ("kl divergence", "min"),
        ("qualityless", "unknown"), ("distances_between", "unknown"), ("edit distance", "min"), ("returned", "unknown"), ("costly", "unknown"),
    ],
)  # fmt: skip
def test_only_whole_words_tell_a_direction(text: str, way: str) -> None:
    assert direction(text) == way


def test_a_mapping_itself_is_no_measure(reading: Read) -> None:
    measures = reading("X_tr, X_te, y_tr, y_te = f()", HIVES, FILLED, "pprint(found)").measured
    assert "found" not in {m.expr for m in measures}


def test_what_a_trainer_prints_of_its_objective_stands_behind_what_is_evaluated(reading: Read) -> None:
    trainer = "def tune(net):\n    for k in range(9):\n        loss = mse(net)\n        loss.backward()\n        print(f'loss {loss.item():.4f}')\n"
    measures = reading(trainer, "tune(net)", "skew = tilt(net, X_held)\nprint(f'tilt {skew:.3f}')").measured
    assert [m.expr for m in measures[:2]] == ["skew", "loss.item()"]
