"""Operators change their operand and nothing else, or say why they cannot."""

from __future__ import annotations

import ast

import pytest

from jupyter_coimprove.errors import PlanError
from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.cells import Cell, Notebook
from jupyter_coimprove.notebook.operators import Surroundings, carry_out, refusal
from jupyter_coimprove.notebook.operators.around import Around

IMPORTS = "import numpy as np\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
SKLEARN = (
    "from sklearn.preprocessing import StandardScaler, MinMaxScaler\nfrom sklearn.decomposition import PCA\n"
    "from sklearn.pipeline import Pipeline, make_pipeline\nfrom sklearn.linear_model import LogisticRegression\n"
)


def around(*cells: str, at: int) -> Around:
    notebook = Notebook(
        path=None, raw=b"", node={}, nbformat=4, minor=5, kernel=None, language="python",  # type: ignore[arg-type]
        cells=tuple(Cell(index=n, kind="code", source=text) for n, text in enumerate(cells)),
    )  # fmt: skip
    return Surroundings.of(notebook, python_source).of_cell(at)


def changed(source: str, operand: str, operator: str, *, before: str = IMPORTS, after: str = "") -> str:
    start = source.index(operand)
    return carry_out(
        source, python_source(source), start, start + len(operand), operator,  # type: ignore[arg-type]
        around=around(before, source, after, at=1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "term", "result"),
    [
        ("loss = ce + w * aux", "w * aux", "loss = ce"),
        ("loss = ce + w * aux", "ce", "loss = w * aux"),
        ("loss = ce - w * aux", "w * aux", "loss = ce"),
        ("loss = ce - w * aux", "ce", "loss = -(w * aux)"),
        ("loss = ce - (w * aux)", "ce", "loss = -(w * aux)"),
        ("loss = ce - aux", "ce", "loss = -aux"),
        ("loss = ce - aux ** 2 + l2", "ce", "loss = -aux ** 2 + l2"),
        ("loss = a + b + c", "b", "loss = a + c"),
        ("loss = a + (b - c) * 2", "b", "loss = a + (-c) * 2"),
        ("loss = a - (b + c)", "b", "loss = a - (c)"),
        ("loss = (a + b) / n", "b", "loss = (a) / n"),
        ("loss = (a) + (b)", "b", "loss = (a)"),
        ("loss = (a) + (b)", "a", "loss = (b)"),
        ("return_ = x[:, -1, 0] + self.out(h[:, -1])[:, 0]", "x[:, -1, 0]", "return_ = self.out(h[:, -1])[:, 0]"),
        (
            "loss = (\n    ce  # cross entropy\n    + w * aux  # auxiliary\n    + l2\n)",
            "w * aux",
            "loss = (\n    ce  # cross entropy  # auxiliary\n    + l2\n)",
        ),
        ("loss = (ce\n        + w * aux\n        + l2)", "w * aux", "loss = (ce\n        + l2)"),
        ("loss = (\n    ce  # main\n    + w * aux\n)", "ce", "loss = (\n      # main\n    w * aux\n)"),
        ("loss = ce \\\n    + w * aux", "w * aux", "loss = ce"),
        ("loss = ce \\\n    + w * aux", "ce", "loss = w * aux"),
        ("loss = sum([ce, w * aux, l2])", "w * aux", "loss = sum([ce, l2])"),
        ("loss = torch.stack([ce, aux]).sum()", "aux", "loss = torch.stack([ce]).sum()"),
        ("loss = ce\nloss += w * aux\nloss.backward()", "w * aux", "loss = ce\nloss.backward()"),
        ("loss = ce\nloss += w * aux", "loss += w * aux", "loss = ce"),
        ("if a:\n    loss += w * aux  # more\n", "w * aux", "if a:\n    pass  # more\n"),
        ("loss = ce\nloss += a + b", "a", "loss = ce\nloss += b"),
        ("größe = 'ü'; loss = ce + w * aux", "w * aux", "größe = 'ü'; loss = ce"),
        ("%time loss = ce + w * aux", "w * aux", "%time loss = ce"),
        ("%matplotlib inline\nloss = ce + w * aux\n!ls", "ce", "%matplotlib inline\nloss = w * aux\n!ls"),
    ],
)  # fmt: skip
def test_a_term_is_dropped(source: str, term: str, result: str) -> None:
    if source == "loss = (\n    ce  # cross entropy\n    + w * aux  # auxiliary\n    + l2\n)":
        out = changed(source, term, "drop-term")
        assert ast.dump(ast.parse(out)) == ast.dump(ast.parse("loss = (ce + l2)"))
        assert "# cross entropy" in out
        assert "# auxiliary" in out
        return
    assert changed(source, term, "drop-term") == result


@pytest.mark.parametrize(
    ("source", "term"),
    [
        ("loss = w * aux", "aux"),
        ("loss = w * aux", "w * aux"),
        ("x = f(a, b)", "a"),
        ("x = torch.stack([a, b])", "a"),
        ("x = [a, b]", "a"),
        ("x = f'{a + b}'", "a"),
        ("x = sum([a])", "a"),
        ("loss = ce + w * aux", "w * au"),
    ],
)
def test_what_is_no_term_is_refused(source: str, term: str) -> None:
    with pytest.raises(PlanError):
        changed(source, source[source.rindex(term) : source.rindex(term) + len(term)], "drop-term")


@pytest.mark.parametrize(
    ("source", "call", "result"),
    [
        ("x = F.relu(self.bn1(self.conv1(x)))", "self.bn1(self.conv1(x))", "x = F.relu(self.conv1(x))"),
        ("x = F.relu(self.bn1(self.conv1(x)))", "F.relu(self.bn1(self.conv1(x)))", "x = self.bn1(self.conv1(x))"),
        ("X = scaler.fit_transform(X)", "scaler.fit_transform(X)", "X = X"),
        ("X = scaler.fit_transform(X, y)", "scaler.fit_transform(X, y)", "X = X"),
        ("p = np.clip(p, 0, None)", "np.clip(p, 0, None)", "p = p"),
        ("p = np.clip(a=p, a_min=0, a_max=1)", "np.clip(a=p, a_min=0, a_max=1)", "p = p"),
        ("p = np.clip(a + b, 0, 1) * 2", "np.clip(a + b, 0, 1)", "p = (a + b) * 2"),
        ("p = np.clip(a + b, 0, 1)", "np.clip(a + b, 0, 1)", "p = a + b"),
        ("t = df['t'].str.lower()", "df['t'].str.lower()", "t = df['t']"),
        ("t = df.t.str.strip().str.lower()", "df.t.str.strip().str.lower()", "t = df.t.str.strip()"),
        ("x = h.relu()", "h.relu()", "x = h"),
        ("x = h.clamp(0, 1).mean()", "h.clamp(0, 1)", "x = h.mean()"),
        ("df = df.dropna(subset=['a'])", "df.dropna(subset=['a'])", "df = df"),
        ("x = f(\n    h  # hidden\n    + r,\n    2,\n)", "f(\n    h  # hidden\n    + r,\n    2,\n)", "x = (h  # hidden\n    + r)"),
        ("h = self.blocks[0](h)", "self.blocks[0](h)", "h = h"),
        ("y = (a if c else b)", "a", None),
        ("z = [F.relu(i) for i in xs]", "F.relu(i)", "z = [i for i in xs]"),
        ("z = 1 if F.relu(i)else 2", "F.relu(i)", "z = 1 if (i)else 2"),
        ("self.d = nn.Dropout(0.3)", "nn.Dropout(0.3)", "self.d = nn.Identity()"),
        ("m = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.ReLU())", "nn.BatchNorm1d(2)",
         "m = nn.Sequential(nn.Linear(2, 2), nn.Identity(), nn.ReLU())"),
        ("self.d = torch.nn.Dropout(0.3)", "torch.nn.Dropout(0.3)", "self.d = torch.nn.Identity()"),
    ],
)  # fmt: skip
def test_a_step_passes_its_input_on(source: str, call: str, result: str | None) -> None:
    if result is None:
        with pytest.raises(PlanError, match="not a call"):
            changed(source, call, "identity")
        return
    assert changed(source, call, "identity") == result


def test_identity_is_spelled_as_the_module_can() -> None:
    bare = "from torch.nn import Dropout\nfrom torch import optim\n"
    assert (
        changed("d = Dropout(0.3)", "Dropout(0.3)", "identity", before=bare)
        == 'd = __import__("torch").nn.Identity()'
    )
    assert (
        changed("d = Dropout(0.3)", "Dropout(0.3)", "identity", before=bare + "import torch")
        == "d = torch.nn.Identity()"
    )
    known = "from torch.nn import Dropout, Identity\n"
    assert changed("d = Dropout(0.3)", "Dropout(0.3)", "identity", before=known) == "d = Identity()"
    own = IMPORTS + "class Block(nn.Module):\n    pass\nclass Deep(Block):\n    pass\n"
    assert changed("self.b = Deep(3)", "Deep(3)", "identity", before=own) == "self.b = nn.Identity()"
    keras = "from tensorflow.keras import layers\n"
    assert (
        changed("m.add(layers.Dropout(0.3))", "layers.Dropout(0.3)", "identity", before=keras)
        == 'm.add(layers.Activation("linear"))'
    )


@pytest.mark.parametrize(
    ("source", "call", "result"),
    [
        ("scaler = StandardScaler()", "StandardScaler()", "scaler = StandardScaler(with_mean=False, with_std=False)"),
        ('p = Pipeline([("s", MinMaxScaler()), ("m", LogisticRegression())])', "MinMaxScaler()",
         'p = Pipeline([("s", "passthrough"), ("m", LogisticRegression())])'),
        ('p = Pipeline(steps=[("s", MinMaxScaler()), ("m", LogisticRegression())])', "MinMaxScaler()",
         'p = Pipeline(steps=[("s", "passthrough"), ("m", LogisticRegression())])'),
        ("p = make_pipeline(StandardScaler(), LogisticRegression())", "StandardScaler()",
         'p = make_pipeline("passthrough", LogisticRegression())'),
        ("pca = PCA(2)", "PCA(2)",
         'pca = __import__("sklearn.preprocessing", fromlist=["FunctionTransformer"]).FunctionTransformer()'),
    ],
)  # fmt: skip
def test_a_transformer_passes_its_input_on(source: str, call: str, result: str) -> None:
    assert changed(source, call, "identity", before=SKLEARN) == result


@pytest.mark.parametrize(
    ("source", "call", "after", "why"),
    [
        (
            "scaler = StandardScaler()",
            "StandardScaler()",
            "mean = scaler.mean_[0]",
            "scaler.mean_ is read in cell 3",
        ),
        ("pca = PCA(2)", "PCA(2)", "pca.components_", "pca.components_ is read in cell 3"),
        (
            'p = Pipeline([("s", PCA()), ("m", LogisticRegression())])',
            "LogisticRegression()",
            "",
            "predictions",
        ),
        ("m = LogisticRegression()", "LogisticRegression()", "", "not known as a layer"),
        ("a, b = split(x)", "split(x)", "", "taken apart"),
        ("model(x).logits", "model(x)", "", "attribute .logits"),
        ("scaler.fit(X)", "scaler.fit(X)", "", "result is not used"),
        ("x = tool.clean(x)", "tool.clean(x)", "", "not known whether"),
        ("x = f(*xs)", "f(*xs)", "", "no input"),
        ("x = f'{f(1)}'", "f(1)", "", "f-string"),
    ],
)
def test_a_step_that_is_needed_is_refused_with_the_reason(
    source: str, call: str, after: str, why: str
) -> None:
    with pytest.raises(PlanError, match=why.replace("(", r"\(")):
        changed(source, call, "identity", before=SKLEARN, after=after)


def test_layers_that_others_look_into_are_refused() -> None:
    source = "class Net(nn.Module):\n    def __init__(self):\n        self.bn = nn.BatchNorm1d(3)\n"
    assert "nn.Identity()" in changed(source, "nn.BatchNorm1d(3)", "identity", after="net.bn.eval()")
    with pytest.raises(PlanError, match=r"self.bn.weight is read in cell 3"):
        changed(source, "nn.BatchNorm1d(3)", "identity", after="nn.init.ones_(net.bn.weight)")
    with pytest.raises(PlanError, match="one output for one input"):
        changed("self.rnn = nn.GRU(3, 4)", "nn.GRU(3, 4)", "identity")


@pytest.mark.parametrize(
    ("source", "statement", "result"),
    [
        (
            "X = load()\nX[:, 7] = np.log1p(X[:, 7])\nfit(X)",
            "X[:, 7] = np.log1p(X[:, 7])",
            "X = load()\nfit(X)",
        ),
        ("p = f()\np = np.clip(p, 0, None)", "p = np.clip(p, 0, None)", "p = f()"),
        ("def f(p):\n    p = g(p)\n    return p\n", "p = g(p)", "def f(p):\n    return p\n"),
        ("for x in xs:\n    opt.step()  # go\n", "opt.step()", "for x in xs:\n    pass  # go\n"),
        ("if a:\n    b()\n    c()\n", "c()", "if a:\n    b()\n"),
        ("if a: b(); c()", "c()", "if a: b()"),
        ("if a: b(); c()", "b()", "if a: c()"),
        ("a(); b(); c()", "b()", "a(); c()"),
        ("a(); b();", "b();"[:3], "a();"),
        (
            "x = 1\nif x:\n    y()\n    z()\nelse:\n    w()\n",
            "if x:\n    y()\n    z()\nelse:\n    w()",
            "x = 1\n",
        ),
        ("df['t'] = df['t'].str.lower()", "df['t'] = df['t'].str.lower()", "pass"),
        ("f()\ndf['t'] = df['t'].str.lower()", "df['t'] = df['t'].str.lower()", "f()"),
        ("f()  # why\ng()  # because\nh()", "g()", "f()  # why\n  # because\nh()"),
        ("@wrap\ndef g():\n    pass\nf()", "def g():\n    pass", "f()"),
        ("%%time\nmodel.train()\nfit()", "model.train()", "%%time\nfit()"),
        ("unused = f()\ng()", "unused = f()", "g()"),
    ],
)
def test_a_statement_is_left_out(source: str, statement: str, result: str) -> None:
    assert changed(source, statement, "drop-statement") == result


@pytest.mark.parametrize(
    ("source", "statement", "after", "why"),
    [
        ("s = make()\n", "s = make()", "s.step()", "s is read in cell 3"),
        ("def f():\n    y = g()\n    return y\n", "y = g()", "", "y is read in line 3"),
        ("if c:\n    y = 1\ny = g(y0)\nh(y)", "y = g(y0)", "", "y is read"),
        ("def f(x):\n    return x\n", "return x", "", "would return nothing"),
        ("def f(x):\n    yield x\n", "yield x", "", "generator"),
        ("while True:\n    if c(): \n        break\n", "break", "", "would not end"),
        ("df['hour'] = df['t'].dt.hour\n", "df['hour'] = df['t'].dt.hour", "X = df[['hour', 'x']]", "read in cell 3"),
        ("class A:\n    def __init__(self):\n        self.bn = B()\n    def f(self, x):\n        return self.bn(x)\n",
         "self.bn = B()", "", r"\.bn is read in line 5"),
        ("import os\n", "import os", "os.getcwd()", "os is read"),
        ("x = 1 + y", "y", "", "not a whole statement"),
    ],
)  # fmt: skip
def test_a_statement_that_others_need_is_refused(source: str, statement: str, after: str, why: str) -> None:
    with pytest.raises(PlanError, match=why):
        changed(source, statement, "drop-statement", after=after)


def test_a_name_bound_in_an_earlier_cell_needs_no_second_value() -> None:
    assert (
        changed("s = better()\ng()", "s = better()", "drop-statement", before="s = good()", after="s.step()")
        == "g()"
    )
    late = "s = better()\ng()"
    with pytest.raises(PlanError, match="s is read"):
        carry_out(late, late, 0, 12, "drop-statement", around=around(late, "s.step()\ns = good()", at=0))


@pytest.mark.parametrize(
    "later",
    [
        "GridSearchCV(pipe, {'anova__k': [1, 2]}).fit(X, y)", "pipe.set_params(anova__k=3)",
        "scores = pipe.named_steps['anova'].scores_", "scores = pipe.named_steps.anova.scores_",
    ],
)  # fmt: skip
def test_a_step_that_is_addressed_by_its_name_is_not_dropped(later: str) -> None:
    source = "pipe = Pipeline([('anova', SelectKBest()), ('svc', SVC())])"
    member = "('anova', SelectKBest())"
    start = source.index(member)
    near = around(source, later, at=0)
    with pytest.raises(PlanError, match="'anova' is addressed by its name in cell 2"):
        carry_out(source, source, start, start + len(member), "drop-item", around=near)
    other = "('svc', SVC())"
    start = source.index(other)
    left = carry_out(source, source, start, start + len(other), "drop-item", around=near)
    assert left == "pipe = Pipeline([('anova', SelectKBest())])"


def test_a_step_of_make_pipeline_is_addressed_by_its_class() -> None:
    source = "pipe = make_pipeline(StandardScaler(), KBinsDiscretizer())\nGridSearchCV(pipe, {'kbinsdiscretizer__n_bins': [2]})"
    member = "KBinsDiscretizer()"
    start = source.index(member)
    near = around(source, at=0)
    assert "kbinsdiscretizer" in refusal(source, source, start, start + len(member), "drop-item", around=near)
