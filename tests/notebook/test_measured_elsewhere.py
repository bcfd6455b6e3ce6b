"""Measures that no plain name holds: printed by functions, kept as series, in files, by key."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from jupyter_coimprove.notebook.candidates import Measured, Reading

Read = Callable[..., Reading]


def found(reading: Reading) -> dict[str, Measured]:
    return {m.name: m for m in reading.measured}


RANKER = """
def fit_ranker(rounds, shrink=0.3):
    top = 0
    for r in range(rounds):
        dev_ndcg, held_ndcg = assess(dev_part), assess(test_part)
        print(f"[{r:>3}/{rounds}] dev_ndcg={dev_ndcg:.3f} | test_ndcg={held_ndcg:.3f}")
    final = assess(test_part)
    print("Final test NDCG: {:.5f}".format(final))
"""
RANKED = (
    "[  0/2] dev_ndcg=0.500 | test_ndcg=0.400\n[  1/2] dev_ndcg=0.600 | test_ndcg=0.450\n"
    "Final test NDCG: 0.45000\n"
)


def test_what_a_function_prints_is_found_with_a_pattern_for_the_cells_that_call_it(reading: Read) -> None:
    read = reading(RANKER, "rounds = 2", ("fit_ranker(rounds)", RANKED))
    first = read.measured[0]
    assert (first.name, first.how, first.expr, first.direction) == (
        "Final test NDCG",
        "printed",
        "final",
        "max",
    )
    assert (first.reachable, first.cells, first.decimals, first.last) == (False, (2,), 5, 0.45)
    assert re.findall(first.pattern, RANKED, re.MULTILINE) == ["0.45000"]


def test_a_test_series_is_suggested_at_the_best_validation_of_the_same_print(reading: Read) -> None:
    measures = found(reading(RANKER, ("fit_ranker(2)", RANKED)))
    held = measures["test_ndcg"]
    assert held.reduction == "at best dev_ndcg max"
    assert re.findall(held.pattern, RANKED, re.MULTILINE) == ["0.400", "0.450"]
    assert re.findall(measures["dev_ndcg"].pattern, RANKED, re.MULTILINE) == ["0.500", "0.600"]


def test_what_a_function_returns_is_preferred_to_what_it_prints(reading: Read) -> None:
    source = "def run():\n    test_mae = f()\n    print(f'test_mae {test_mae:.2f}')\n    return test_mae\n"
    first, second = reading(source, "outcome = run()").measured[:2]
    assert (first.name, first.how, first.direction) == ("outcome", "variable", "min")
    assert (second.name, second.reachable) == ("test_mae", False)


def test_methods_and_modules_beside_the_notebook_print_too(notebook: Callable[..., object]) -> None:
    from dataclasses import replace

    from jupyter_coimprove.kernelspace.transform import python_source
    from jupyter_coimprove.notebook.reading import read_candidates

    made = notebook("from loops import Loop\nloop = Loop(3)", "loop.go()")
    text = "class Loop:\n    def go(self):\n        reward = self.play()\n        log.info('mean reward %.2f', reward)\n"
    read = read_candidates(replace(made, beside={"loops.py": text}), python_source)  # type: ignore[type-var]
    (measure,) = [m for m in read.measured if m.how == "printed"]
    assert (measure.name, measure.direction, measure.cells, measure.decimals) == (
        "mean reward",
        "max",
        (1,),
        2,
    )
    assert re.findall(measure.pattern, "INFO:loops:mean reward 12.50\n", re.MULTILINE) == ["12.50"]


@pytest.mark.parametrize(
    ("shows", "line", "number", "decimals"),
    [
        ("print('acc', acc)", "acc 0.8125", "0.8125", None), ("print('acc:', acc, sep='')", "acc:0.5", "0.5", None),
        ("print(f'{acc:.1%} accuracy')", "81.2% accuracy", "81.2", 1), ("print(f'reward {acc:,.2f}')", "reward 12,345.60", "12,345.60", 2),
        ("print('loss %.3e' % acc)", "loss 1.250e-03", "1.250e-03", None), ("print('mae', round(acc, 2))", "mae 0.25", "0.25", 2),
        ("print('loss', acc)", "loss nan", "nan", None), ("print('loss', acc)", "loss tensor(0.5, device='cuda:0')", "0.5", None),
        ("tqdm.write(f'f1 {acc:.2f}')", "f1 0.50", "0.50", 2), ("bar.set_postfix(auc=acc)", "50%|# | 1/2 [00:01, auc=0.75]", "0.75", None),
        ("logging.info('rmse=%0.4f', acc)", "INFO:root:rmse=1.2500", "1.2500", 4), ("print('a b\\n  Test acc = {:6.3f}\\n'.format(acc))", "a b\n  Test acc =  0.500\n", "0.500", 3),
        ("print('ppl', end=' '); print(f'perplexity {acc:.1f}')", "ppl perplexity 12.5", "12.5", 1),
    ],
)  # fmt: skip
def test_the_syntax_tree_of_a_print_is_its_parser(
    reading: Read, shows: str, line: str, number: str, decimals: int | None
) -> None:
    (measure,) = [m for m in reading(f"def go():\n    acc = f()\n    {shows}\n", "go()").measured if m.how == "printed"]  # fmt: skip
    assert re.findall(measure.pattern, line + "\n", re.MULTILINE) == [number]
    assert measure.decimals == decimals


@pytest.mark.parametrize("other", ["best acc 0.5", "acc 0.5 of 3", "macc 0.5", "acc"])
def test_a_pattern_does_not_take_another_prints_number(reading: Read, other: str) -> None:
    (measure,) = reading("def go():\n    acc = f()\n    print(f'acc {acc:.2f}')\n", "go()").measured
    assert re.findall(measure.pattern, other + "\n", re.MULTILINE) == []


@pytest.mark.parametrize(
    ("cells", "name", "expr", "reduction"),
    [
        (["hist = []\nfor epoch in range(9):\n    hist.append((f(), val_auc(), test_auc()))"], "hist[*][2]", "[row[2] for row in hist]", "at best hist[*][1] max"),
        (["log = {'val_loss': [], 'test_f1': []}\nfor e in range(9):\n    log['test_f1'].append(g())\n    log['val_loss'].append(h())"], "log['test_f1']", "log['test_f1']", "at best log['val_loss'] min"),
        (["aucs = []\nfor fold, (a, b) in enumerate(kf.split(X)):\n    aucs.append(score(b))"], "aucs", "aucs", "mean"),
        (["rows = []\nfor seed in seeds:\n    rows.append({'seed': seed, 'rmse': f(seed)})", "t = pd.DataFrame(rows)"], "t['rmse']", "t['rmse']", "mean"),
        (["def train():\n    out = []\n    for ep in range(3):\n        out.append(dict(ep=ep, dev_acc=f(), test_acc=g()))\n    return model, pd.DataFrame(out)", "m, curve = train()"], "curve['test_acc']", "curve['test_acc']", "at best curve['dev_acc'] max"),
        (["h = net.fit(X, y, validation_split=0.1)", "plt.plot(h.history['val_accuracy'])"], "h.history['val_accuracy']", "h.history['val_accuracy']", "last"),
    ],
)  # fmt: skip
def test_series_are_found_with_what_makes_them_one_number(
    reading: Read, cells: list[str], name: str, expr: str, reduction: str
) -> None:
    measure = found(reading(*cells))[name]
    assert (measure.how, measure.expr, measure.reduction) == ("series", expr, reduction)


@pytest.mark.parametrize(
    ("cells", "expr", "way"),
    [
        (["def compute_metrics(p):\n    return {'f1': f(p)}", "trainer = Trainer(compute_metrics=compute_metrics)\nout = trainer.evaluate()"], "out['eval_f1']", "max"),
        (["cv = cross_validate(clf, X, y, scoring=['roc_auc', 'neg_log_loss'])"], "cv['test_roc_auc'].mean()", "max"),
        (["rep = classification_report(y, p, output_dict=True)"], "rep['macro avg']['f1-score']", "max"),
        (["def evaluate(m):\n    return {'rmse': f(m), 'n': 3}", "res = evaluate(m)"], "res['rmse']", "min"),
        ([("res = f()\nres", "", "{'eval_loss': 0.5, 'eval_accuracy': 0.75}")], "res['eval_accuracy']", "max"),
    ],
)  # fmt: skip
def test_results_by_key_come_first(reading: Read, cells: list[object], expr: str, way: str) -> None:
    first = reading(*cells).measured[0]
    assert (first.expr, first.direction, first.reachable) == (expr, way, True)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("OUT = 'runs/log.csv'\nwith open(OUT, 'w') as f:\n    w = csv.writer(f)\n    w.writerow(['step', 'val_acc'])\n    w.writerow([0, g()])", "runs/log.csv:val_acc"),
        ("w = csv.DictWriter(open('m.tsv', 'w'), fieldnames=['epoch', 'test_mae'])", "m.tsv:test_mae"),
        ("f = open('h.csv', 'w')\nf.write('epoch,loss,acc\\n')", "h.csv:acc"),
        ("metrics = {'test_auc': g(), 'n': 1}\njson.dump(metrics, open('metrics.json', 'w'))", "metrics.json:test_auc"),
        ("with open('log.jsonl', 'a') as f:\n    for e in range(3):\n        f.write(json.dumps({'epoch': e, 'reward': g()}) + '\\n')", "log.jsonl:reward"),
        ("from pathlib import Path\nd = Path('out')\n(d / 'r.json').write_text(json.dumps(dict(rmse=g())))", "out/r.json:rmse"),
        ("def save():\n    with open('f.csv', 'w') as f:\n        f.write('fold,auc\\n')\nsave()", "f.csv:auc"),
    ],
)  # fmt: skip
def test_columns_of_files_that_are_written_are_found(reading: Read, source: str, name: str) -> None:
    measure = found(reading(source))[name]
    assert (measure.how, f"{measure.file}:{measure.expr}", measure.reachable) == ("file", name, False)


@pytest.mark.parametrize("source", ["open('h.csv').read()", "open('h.txt', 'w').write('epoch,acc\\n')", "pd.read_csv('acc.csv')"])  # fmt: skip
def test_what_is_only_read_is_no_response(reading: Read, source: str) -> None:
    assert [m for m in reading(source).measured if m.how == "file"] == []


SELECTED = "top = 0\nfor ep in range(5):\n    {0} = assess({0}_set)\n    if {0} > top:\n        top = {0}\n        torch.save(net.state_dict(), 'b.pt')\n"


def test_the_best_epoch_on_test_data_is_flagged_and_so_is_its_checkpoint(reading: Read) -> None:
    cells = ("net.load_state_dict(torch.load('b.pt'))\nfinal_acc = assess(test_set)",)
    flagged = found(reading(SELECTED.format("test_acc"), *cells))["final_acc"]
    assert "checkpoint is chosen by test_acc, on test data" in flagged.notes[0]
    assert found(reading(SELECTED.format("val_acc"), *cells))["final_acc"].notes == ()


@pytest.mark.parametrize(
    ("source", "flagged"),
    [
        ("best_acc = 0\nfor epoch in range(9):\n    acc = evaluate(model, test_loader)\n    best_acc = max(best_acc, acc)", True),
        ("best_acc = 0\nfor epoch in range(9):\n    acc = evaluate(model, val_loader)\n    best_acc = max(best_acc, acc)", False),
        ("best_acc = 0\nfor epoch in range(9):\n    acc = evaluate(model, X_te, y_te)\n    if acc >= best_acc:\n        best_acc, at = acc, epoch", True),
        ("best_acc = 0\nfor epoch in range(9):\n    va, te = f(), g()\n    if va > best_va:\n        best_va, best_acc = va, te", False),
    ],
)  # fmt: skip
def test_a_best_that_test_data_chose_is_flagged(reading: Read, source: str, flagged: bool) -> None:
    notes = found(reading(source))["best_acc"].notes
    assert any("chosen on the test data itself" in note for note in notes) == flagged


@pytest.mark.parametrize(
    ("cells", "expr", "way"),
    [
        (["Xa, Xb, ya, yb = train_test_split(X, y)\nclf = SVC()\nclf.fit(Xa, ya)"], "clf.score(Xb, yb)", "max"),
        (["gs = GridSearchCV(SVC(), grid)\ngs.fit(X, y)"], "gs.best_score_", "max"),
        (["model = sm.OLS(y, X)\nfit = model.fit()\nprint(fit.summary())"], "fit.rsquared", "max"),
        (["r = sm.RLM(y, X, M=norm).fit()"], "r.scale", "min"),
        (["s = optuna.create_study(direction='maximize')\ns.optimize(f)"], "s.best_value", "max"),
        (["said = clf.predict(Xt)\nprint(metrics.classification_report(yt, said))"], "metrics.accuracy_score(yt, said)", "max"),
    ],
)  # fmt: skip
def test_a_notebook_that_asks_no_number_of_its_model_still_has_a_response(
    reading: Read, cells: list[str], expr: str, way: str
) -> None:
    first = reading(*cells).measured[0]
    assert (first.expr, first.direction) == (expr, way)


@pytest.mark.parametrize("source", ["sc = StandardScaler()\nsc.fit(X, y)", "net = Sequential()\nnet.fit(X, y, epochs=3)", "c = SVC()\nc.fit(X, y)\nX = 1"])  # fmt: skip
def test_what_cannot_be_asked_for_a_score_is_not(reading: Read, source: str) -> None:
    assert [m for m in reading(source).measured if "score" in m.expr] == []


def test_an_array_is_a_series_or_its_mean_never_a_number(reading: Read) -> None:
    cells = (
        "dev = np.zeros(9)\nfor i, p in enumerate(gb.staged_predict(X)):\n    dev[i] = log_loss(y, p)",
        "tr_scores, cv_scores = validation_curve(m, X, y)\ncv_mean_score = np.mean(cv_scores, axis=1)",
        "test_acc = np.zeros((3, 4))\nn_scores = len(cv_scores)\nX_r2 = m.transform(X)",
    )
    measures = {m.expr: m for m in reading(*cells).measured}
    assert "n_scores" not in measures
    assert "X_r2" not in measures
    assert "dev" not in measures, "no word says what it measures"
    assert (measures["cv_mean_score"].how, measures["cv_mean_score"].reduction) == ("series", "mean")
    assert (measures["cv_scores.mean()"].how, measures["test_acc.mean()"].how) == ("displayed", "displayed")
    staged = reading(cells[0].replace("dev", "test_loss")).measured[0]
    assert (staged.expr, staged.how, staged.reduction) == ("test_loss", "series", "last")


def test_tensorboard_scalars_are_found_where_they_are_added(reading: Read) -> None:
    inside = "def fit(w):\n    for step in range(9):\n        w.add_scalar('acc/val', f(), step)\n        w.add_scalar('acc/test', g(), step)"
    measure = found(reading(inside, "fit(writer)"))["tensorboard:acc/test"]
    assert (measure.how, measure.expr, measure.direction) == ("scalar", "acc/test", "max")
    assert measure.reduction == "at best tensorboard:acc/val max"
    outside = "for step in range(9):\n    loss = f()\n    w.add_scalar('loss/eval', loss, step)"
    assert found(reading(outside))["tensorboard:loss/eval"].direction == "min"


@pytest.mark.parametrize(
    "shows",
    ["logging.info('acc %.3f', acc)", "tqdm.write(f'acc {acc:.3f}')", "bar.set_postfix(acc=acc)", "print('a\\nacc', acc)", "logger.info(f'acc: {acc}')"],
)  # fmt: skip
def test_what_is_left_in_the_end_is_read_in_full_however_it_is_shown(reading: Read, shows: str) -> None:
    (measure,) = [m for m in reading(f"acc = f()\n{shows}").measured if m.expr == "acc"]
    assert (measure.how, measure.reachable, measure.cells) == ("variable", True, (0,))
    assert measure.pattern
