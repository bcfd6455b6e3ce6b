"""What a statement binds, changes and reads, scopes respected."""

from __future__ import annotations

import ast
import builtins
import symtable
from pathlib import Path

import pytest

from jupyter_coimprove.kernelspace.transform import python_source
from jupyter_coimprove.notebook.io import read
from jupyter_coimprove.notebook.names import Names, names_of
from jupyter_coimprove.notebook.scopes import base, path_of, touches


def names(source: str) -> Names:
    (statement,) = ast.parse(source).body
    return names_of(statement)


@pytest.mark.parametrize(
    ("source", "binds", "changes", "reads"),
    [
        ("x = y + 1", "x", "", "y"),
        ("x += y", "x", "", "x y"),
        ("x: int = y", "x", "", "int y"),
        ("x: int", "", "", "int"),
        ("a, (b, *c) = d", "a b c", "", "d"),
        ("x.y = z", "", "x", "z"),
        ("x[i] = z", "", "x", "x i z"),
        ("x['k'] = z", "", "x", "z"),
        ("x.a.b[0].c = z", "", "x", "x z"),
        ("x[0] += 1", "", "x", "x"),
        ("del x", "x", "", ""),
        ("del x.a", "", "x", ""),
        ("import a.b, c as d", "a d", "", ""),
        ("from m import a as b", "b", "", ""),
        ("for i in s:\n    t = i + u", "", "i t", "s u"),
        ("while a:\n    b = 1", "", "b", "a"),
        ("if a:\n    b = c\nelse:\n    b = d", "", "b", "a c d"),
        ("with open(p) as f:\n    x = f.read()", "f x", "", "open p"),
        ("try:\n    x = a\nexcept E as e:\n    x = b\nfinally:\n    c", "", "x e", "a E b c"),
        (
            "match p:\n    case [a, *b]:\n        c = a\n    case {'k': d, **e}:\n        pass",
            "",
            "a b c d e",
            "p",
        ),
        ("x = [i for i in s if i > t]", "x", "", "s t"),
        ("x = {k: f(v) for k, v in d.items()}", "x", "", "d f"),
        ("x = [y := i for i in s]", "x y", "", "s"),
        ("(n := len(a))", "n", "", "len a"),
        ("x = lambda a: a + b", "x", "", ""),
        ("map(lambda a: a + b, s)", "", "", "map b s"),
        ("def f(a=x) -> T:\n    return a + b", "f", "", "x"),
        ("@deco\nclass C(B):\n    k = v\n    j = k", "C", "", "deco B v"),
        ("model.fit(X, y)", "", "model", "model X y"),
        ("model.predict(X)", "", "", "model X"),
        ("np.random.shuffle(idx)", "", "np idx", "np.random idx"),
        ("print(cfg['lr'], cfg.optim.lr)", "", "", "print cfg.lr cfg.optim.lr"),
        ("x = cfg.get('lr', d)", "x", "", "cfg.lr d"),
        ("x = cfg.items()", "x", "", "cfg"),
        ("global x", "", "", ""),
        ("f'{x:.{n}f}'", "", "", "x n"),
        ("async def f():\n    await g()", "f", "", ""),
    ],
)
def test_a_statement(source: str, binds: str, changes: str, reads: str) -> None:
    found = names(source)
    assert found.binds == set(binds.split())
    assert found.changes == set(changes.split())
    assert found.reads == set(reads.split())


def test_what_a_body_reads_is_read_when_it_runs() -> None:
    body = names(
        "def f(a):\n    b = a + c\n    def g():\n        return b + d\n    return [e for e in h]"
    ).bodies["f"]
    assert body.reads == {"c", "d", "h"}


def test_globals_of_a_function_are_changed_when_it_runs() -> None:
    body = names("def f():\n    global n\n    n = m\n    log.append(n)").bodies["f"]
    assert (body.reads, body.changes) == ({"m", "n", "log"}, {"n", "log"})


def test_a_function_that_changes_what_it_is_given_says_so() -> None:
    assert names("def f(m):\n    m.train()").bodies["f"].parameters
    assert not names("def f(m):\n    return m.mean()").bodies["f"].parameters
    assert not names("class A:\n    def g(self):\n        self.x = 1").bodies["A"].parameters


def test_a_class_reads_its_own_names_first_and_methods_do_not_see_them() -> None:
    found = names("class C:\n    k = 1\n    j = k\n    def m(self):\n        return k + o")
    assert found.reads == set()
    assert found.bodies["C"].reads == {"k", "o"}


def test_star_imports_are_flagged() -> None:
    assert names("from pylab import *").stars == ("pylab",)


def test_paths_touch_when_one_contains_the_other() -> None:
    assert touches("cfg", "cfg.lr")
    assert touches("cfg.optim.lr", "cfg.optim")
    assert not touches("cfg.lr", "cfg.lr_decay")
    assert path_of(ast.parse("a['b'].c", mode="eval").body) == "a.b.c"
    assert path_of(ast.parse("a[0].c", mode="eval").body) is None


def _global_names(table: symtable.SymbolTable) -> set[str]:
    """Names that Python's own compiler resolves to the module or to builtins."""
    out = {s.get_name() for s in table.get_symbols() if (s.is_referenced() and s.is_global())}
    if table.get_type() == "module":
        out |= {s.get_name() for s in table.get_symbols()}
    for child in table.get_children():
        out |= _global_names(child)
    return out


def test_names_agree_with_pythons_own_symbol_table(shared_data: Path) -> None:
    for path in sorted(shared_data.rglob("*.ipynb")):
        for cell in read(path).code_cells:
            source = python_source(cell.source)
            for statement in ast.parse(source).body:
                found = names_of(statement)
                mine = set(found.binds | found.changes) | {base(r) for r in found.reads}
                for body in found.bodies.values():
                    mine |= {base(r) for r in body.reads} | body.changes
                theirs = _global_names(symtable.symtable(ast.unparse(statement), "cell", "exec"))
                assert mine - set(dir(builtins)) == theirs - set(dir(builtins)), ast.unparse(statement)
