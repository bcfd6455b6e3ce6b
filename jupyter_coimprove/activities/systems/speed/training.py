"""What training loops of PyTorch and scikit-learn commonly spend without need."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_coimprove.activities.systems.speed.code import Book, Candidate, Code, loops_over

_OPTIMIZERS = frozenset(
    f"torch.optim.{name}" for name in ("Adam", "AdamW", "SGD", "NAdam", "RAdam", "RMSprop", "Adagrad")
)
_FUSED = frozenset(f"torch.optim.{name}" for name in ("Adam", "AdamW", "SGD", "Adagrad"))
_JOBS = frozenset({"cross_val_score", "cross_validate", "cross_val_predict", "GridSearchCV", "RandomizedSearchCV", "learning_curve",
                   "validation_curve", "permutation_importance", "RandomForestClassifier", "RandomForestRegressor",
                   "ExtraTreesClassifier", "ExtraTreesRegressor", "BaggingClassifier", "BaggingRegressor"})  # fmt: skip
_VECTORIZERS = frozenset({"TfidfVectorizer", "CountVectorizer"})
#: Arguments of a vectorizer that say how a text becomes terms; the others count them.
_ANALYSIS = frozenset(
    {
        "ngram_range",
        "lowercase",
        "strip_accents",
        "stop_words",
        "token_pattern",
        "analyzer",
        "tokenizer",
        "preprocessor",
    }
)


def whole_batches(book: Book) -> Iterator[Candidate]:
    """A DataLoader over tensors in memory: a batch is taken by one index, not item by item and stacked.

    The order of rows is drawn by the same sampler from the same generator, so batches are the same.
    """
    splices: dict[int, list[tuple[int, int, str]]] = {}
    for code, node in book.nodes():
        if (
            not isinstance(node, ast.Call)
            or book.called(node).rpartition(".")[2] != "DataLoader"
            or not node.args
        ):
            continue
        keywords = {k.arg: code.text(k.value) for k in node.keywords}
        if len(node.args) > 2 or not set(keywords) <= {"batch_size", "shuffle", "drop_last", "generator"}:
            continue
        if not _of_tensors(book, code, node.args[0]):
            continue
        data = code.text(node.args[0])
        size = code.text(node.args[1]) if len(node.args) == 2 else keywords.get("batch_size", "1")
        splices.setdefault(code.index, []).append(
            (
                *code.span(node),
                f"{_HELPER}({data}, {size}, {keywords.get('shuffle', 'False')}, {keywords.get('drop_last', 'False')}, "
                f"{keywords.get('generator', 'None')})",
            )
        )
    if not splices:
        return
    first = min(splices)
    code = next(one for one in book.cells if one.index == first)
    at = next(
        (n for n in code.tree.body if not isinstance(n, ast.Import | ast.ImportFrom | ast.Pass)),
        code.tree.body[0],
    )
    start = code.line_start(at)
    splices[first].append((start, start, _BATCHES))
    cells = {one.index: one for one in book.cells}
    yield Candidate(
        rule="batches item by item", title="take each batch of a TensorDataset by one index",
        sources={index: cells[index].changed(*many) for index, many in splices.items()},
        why="a DataLoader over tensors in memory fetches every row by itself and stacks them; one index takes the same batch.",
    )  # fmt: skip


_HELPER = "batches_of"
_BATCHES = f'''def {_HELPER}(dataset, batch_size, shuffle=False, drop_last=False, generator=None):
    """A loader of the same batches in the same order, each taken by one index."""
    from torch.utils.data import BatchSampler, DataLoader, RandomSampler, SequentialSampler
    rows = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
    return DataLoader(dataset, batch_size=None, sampler=BatchSampler(rows, batch_size, drop_last), generator=generator)

'''


def optimizers(book: Book) -> Iterator[Candidate]:
    """An optimizer that steps tensor by tensor in Python: all in one kernel, or in few."""
    found = [
        (code, node) for code, node in book.nodes()
        if isinstance(node, ast.Call) and book.called(node) in _OPTIMIZERS and node.args
        and not {k.arg for k in node.keywords} & {"fused", "foreach", "differentiable", "capturable", None}
    ]  # fmt: skip
    if not found:
        return
    kinds = [("fused", "fused optimizer")] if all(book.called(node) in _FUSED for _, node in found) else []
    before = ""
    for word, rule in [*kinds, ("foreach", "optimizer over lists")]:
        splices: dict[int, list[tuple[int, int, str]]] = {}
        for code, node in found:
            _, end = code.span(node)
            comma = "" if code.source[: end - 1].rstrip().endswith(",") else ", "
            splices.setdefault(code.index, []).append((end - 1, end - 1, f"{comma}{word}=True"))
        cells = {one.index: one for one in book.cells}
        yield Candidate(
            rule=rule, title=f"step the optimizer with {word}=True", after=before,
            sources={index: cells[index].changed(*many) for index, many in splices.items()},
            why="the optimizer steps each tensor by several small calls from Python, which is most of the time of a small model's step"
            + ("; fused, it is one call (its arithmetic may differ in the last digits: what is shown is equal)." if word == "fused" else "."),
        )  # fmt: skip
        before = rule


def no_grad(book: Book) -> Iterator[Candidate]:
    """A function that puts a model into evaluation and computes with gradients nobody uses."""
    for code, node in book.nodes():
        if not isinstance(node, ast.FunctionDef) or "torch" not in book.names.values():
            continue
        calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
        last = {n.func.attr for n in calls if isinstance(n.func, ast.Attribute)}
        names = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
        if (
            "eval" not in last
            or last & {"backward", "step", "train"}
            or names & {"no_grad", "inference_mode", "enable_grad", "grad"}
        ):
            continue
        module = next(name for name, full in book.names.items() if full == "torch")
        source = code.changed(code.before(node, f"@{module}.no_grad()"))
        yield Candidate(
            rule="gradients in evaluation", title=f"`{node.name}` without gradients", sources={code.index: source},
            why=f"`{node.name}` evaluates a model and records gradients that nothing reads.",
        )  # fmt: skip


def jobs(book: Book) -> Iterator[Candidate]:
    """Folds, candidates or trees that are fitted one after another: on all cores."""
    for code, node in book.nodes():
        if not isinstance(node, ast.Call) or not book.called(node).startswith("sklearn."):
            continue
        name = book.called(node).rpartition(".")[2]
        if name not in _JOBS or any(k.arg in ("n_jobs", None) for k in node.keywords):
            continue
        _, end = code.span(node)
        comma = "" if code.source[: end - 1].rstrip().endswith((",", "(")) else ", "
        yield Candidate(
            rule="one core", title=f"`{name}` on all cores", parallel=True,
            sources={code.index: code.changed((end - 1, end - 1, f"{comma}n_jobs=-1"))},
            why=f"`{name}` fits one after another on one core; its parts do not depend on each other.",
        )  # fmt: skip


def analysed_once(book: Book) -> Iterator[Candidate]:
    """Texts that every fold or repetition cuts into terms again: cut once, and remembered."""
    for code, node in book.nodes():
        if (
            not isinstance(node, ast.Call)
            or book.called(node).rpartition(".")[2] not in _VECTORIZERS
            or node.args
        ):
            continue
        within = [up for up in code.above(node) if isinstance(up, ast.FunctionDef)]
        if not within and not loops_over(code, node):
            continue
        words = {k.arg: k for k in node.keywords}
        if None in words or words.keys() & {"analyzer", "tokenizer", "preprocessor", "input", "decode_error"}:
            continue
        analysis = ", ".join(code.text(k) for k in node.keywords if k.arg in _ANALYSIS)
        rest = "".join(f", {code.text(k)}" for k in node.keywords if k.arg not in _ANALYSIS)
        own = {a.arg for f in within for a in f.args.args}
        if any(
            isinstance(n, ast.Name) and n.id in own
            for k in node.keywords
            if k.arg in _ANALYSIS
            for n in ast.walk(k)
        ):
            continue
        outer = within[-1] if within else loops_over(code, node)[-1]
        made, kind = book.free("terms_of"), code.text(node.func)
        source = code.changed(
            code.before(outer, "import functools"),
            code.before(
                outer, f"{made} = functools.lru_cache(maxsize=None)({kind}({analysis}).build_analyzer())"
            ),
            (*code.span(node), f"{kind}(analyzer={made}{rest})"),
        )
        yield Candidate(
            rule="texts analysed again", title="cut each text into terms once", sources={code.index: source},
            why="every fit cuts the same texts into terms again; the terms of a text are remembered.",
        )  # fmt: skip


def turned(book: Book) -> Iterator[Candidate]:
    """``torch.stack([torch.rot90(im, int(r)) for im, r in zip(x, k)])``: all that turn alike at once."""
    for code, node in book.nodes():
        if (
            not isinstance(node, ast.Call)
            or book.called(node) != "torch.stack"
            or len(node.args) != 1
            or node.keywords
        ):
            continue
        given = node.args[0]
        if not isinstance(given, ast.ListComp) or len(given.generators) != 1 or given.generators[0].ifs:
            continue
        found = _turn(book, given)
        if found is None:
            continue
        rows, turns, function = found
        one, times = code.text(rows), code.text(turns)
        text = f"{_TURN}({one}, {times})"
        top = [up for up in code.above(node) if isinstance(up, ast.stmt)][-1]
        start = code.line_start(top)
        source = code.changed((start, start, _TURNED.format(f=code.text(function))), (*code.span(node), text))
        yield Candidate(
            rule="images turned one by one", title="turn images together that turn alike", sources={code.index: source},
            why="every image is turned by a call of its own and all are stacked; there are four ways to turn, so four calls do.",
        )  # fmt: skip


_TURN = "turned_together"
_TURNED = '''def turned_together(images, turns):
    """Each of the square images turned by its number of quarters."""
    out = images.clone()
    for quarters in range(1, 4):
        these = turns % 4 == quarters
        out[these] = {f}(images[these], quarters, (-2, -1))
    return out


'''


def _turn(book: Book, given: ast.ListComp) -> tuple[ast.expr, ast.expr, ast.expr] | None:
    generator, call = given.generators[0], given.elt
    over = generator.iter
    if not (
        isinstance(call, ast.Call)
        and book.called(call) == "torch.rot90"
        and len(call.args) == 2
        and not call.keywords
    ):
        return None
    if not (
        isinstance(over, ast.Call)
        and book.called(over) == "zip"
        and len(over.args) == 2
        and isinstance(generator.target, ast.Tuple)
    ):
        return None
    image, turn = generator.target.elts
    asked = call.args[1]
    asked = (
        asked.args[0] if isinstance(asked, ast.Call) and book.called(asked) == "int" and asked.args else asked
    )
    same = (
        isinstance(image, ast.Name)
        and isinstance(turn, ast.Name)
        and ast.unparse(call.args[0]) == image.id
        and ast.unparse(asked) == turn.id
    )
    return (over.args[0], over.args[1], call.func) if same else None


def _of_tensors(book: Book, code: Code, node: ast.expr) -> bool:
    """Whether an expression is a TensorDataset, made there or bound to a name once."""
    if isinstance(node, ast.Call):
        return book.called(node).rpartition(".")[2] == "TensorDataset"
    if isinstance(node, ast.Name):
        for _, other in book.nodes():
            if (
                isinstance(other, ast.Assign)
                and isinstance(other.targets[0], ast.Name)
                and other.targets[0].id == node.id
            ):
                return _of_tensors(book, code, other.value) if isinstance(other.value, ast.Call) else False
            if (
                isinstance(other, ast.Assign)
                and isinstance(other.targets[0], ast.Tuple)
                and isinstance(other.value, ast.Tuple)
            ):
                for target, value in zip(other.targets[0].elts, other.value.elts, strict=False):
                    if isinstance(target, ast.Name) and target.id == node.id:
                        return isinstance(value, ast.Call) and _of_tensors(book, code, value)
    return False
