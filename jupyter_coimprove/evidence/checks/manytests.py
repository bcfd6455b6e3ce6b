"""The best of many tests told as if it were one: the smallest of several p values, without a correction."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_coimprove.evidence.checks.finding import CheckFinding
from jupyter_coimprove.evidence.checks.library import words
from jupyter_coimprove.evidence.checks.places import Trees
from jupyter_coimprove.evidence.checks.values import Where
from jupyter_coimprove.notebook.trees import last_name

#: Tests whose second value is p.
_TESTS = words(
    """ttest_ind ttest_rel ttest_1samp pearsonr spearmanr kendalltau mannwhitneyu wilcoxon ks_2samp ks_1samp kstest f_oneway
    chi2_contingency chisquare kruskal levene bartlett shapiro normaltest anderson_ksamp fisher_exact binomtest pointbiserialr
    ranksums friedmanchisquare proportions_ztest linregress"""
)
#: Where one of these is named, somebody thought of it.
_CORRECTS = (
    "multipletests",
    "fdr",
    "false_discovery",
    "bonferroni",
    "holm",
    "sidak",
    "adjust",
    "tukey",
    "corrected",
    "benjamini",
)
_WRAPS = frozenset({"array", "asarray", "list", "Series", "dict", "fromiter", "tuple"})


def best_of_many(trees: Trees) -> Iterator[CheckFinding]:
    """``trees`` are the code cells as plain Python, with their indices."""
    said = {w.lower() for _, t in trees for n in ast.walk(t) for w in _named(n)}
    if any(mark in word for word in said for mark in _CORRECTS):
        return
    seen = _Seen()
    for _, tree in trees:
        seen.collect(tree)
    if not seen.many:
        return
    told = _told(trees)
    for cell, tree in trees:
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.stmt)
                and (found := seen.smallest_in(node)) is not None
                and _is_told(node, tree, told)
            ):
                yield CheckFinding(
                    kind="multitest", where=Where(cell, node.lineno), confidence="high", trail=(),
                    evidence=f"`{ast.unparse(found)}` is the smallest of the p values of many tests, told as if it were the only one",
                    fix="tell the one that was asked beforehand, or correct for how many were tried "
                    "(times their number, or statsmodels' `multipletests`)",
                )  # fmt: skip


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg


class _Seen:
    """Names of p values, of collections of them, and of which of them is the smallest."""

    def __init__(self) -> None:
        self.single, self.many, self.chosen = set[str](), set[str](), set[str]()

    def collect(self, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                self._bound(node.targets[0], node.value)
            elif isinstance(node, (ast.For, ast.While)):
                for call in (n for s in node.body for n in ast.walk(s)):
                    if (
                        isinstance(call, ast.Call)
                        and isinstance(call.func, ast.Attribute)
                        and call.func.attr == "append"
                    ):
                        if isinstance(call.func.value, ast.Name) and call.args and self._is_p(call.args[0]):
                            self.many.add(call.func.value.id)
                    elif isinstance(call, ast.Assign) and isinstance(call.targets[0], ast.Subscript):
                        held = call.targets[0].value
                        if isinstance(held, ast.Name) and self._is_p(call.value):
                            self.many.add(held.id)
                    elif isinstance(call, ast.Assign) and len(call.targets) == 1:
                        self._bound(call.targets[0], call.value)

    def _bound(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and len(target.elts) == 2 and isinstance(target.elts[1], ast.Name):
            if isinstance(value, ast.Call) and last_name(value.func) in _TESTS:
                self.single.add(target.elts[1].id)
        elif isinstance(target, ast.Name):
            for names, is_one in (
                (self.single, self._is_p),
                (self.many, self._are_many),
                (self.chosen, self._chooses),
            ):
                if is_one(value):
                    names.add(target.id)

    def _is_p(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Call) and last_name(node.func) in ("float", "round") and node.args:
            node = node.args[0]
        if isinstance(node, ast.Name):
            return node.id in self.single
        if isinstance(node, ast.Attribute):
            return node.attr == "pvalue"
        return (
            isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == 1
            and isinstance(node.value, ast.Call) and last_name(node.value.func) in _TESTS
        )  # fmt: skip

    def _are_many(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Call) and last_name(node.func) in _WRAPS and node.args:
            node = node.args[0]
        if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            return self._is_p(node.elt)
        return isinstance(node, ast.DictComp) and self._is_p(node.value)

    def _of_many(self, node: ast.expr) -> bool:
        """The collection itself, or its values."""
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "values"
            and not node.args
        ):
            node = node.func.value
        return (isinstance(node, ast.Name) and node.id in self.many) or self._are_many(node)

    def _chooses(self, node: ast.expr) -> bool:
        """Which one is the smallest: ``argmin``, ``idxmin``, ``min(p, key=p.get)``."""
        if not isinstance(node, ast.Call):
            return False
        name = last_name(node.func)
        of = (
            node.func.value
            if isinstance(node.func, ast.Attribute) and name in ("argmin", "idxmin") and not node.args
            else None
        )
        of = of or (node.args[0] if node.args else None)
        if of is None or not self._of_many(of):
            return False
        return name in ("argmin", "nanargmin", "idxmin") or (
            name == "min" and any(k.arg == "key" for k in node.keywords)
        )

    def smallest(self, node: ast.AST) -> bool:
        """Whether it is the smallest p of a collection."""
        if isinstance(node, ast.Call):
            name = last_name(node.func)
            if name not in ("min", "nanmin", "amin") or any(k.arg == "key" for k in node.keywords):
                return False
            if len(node.args) == 1:
                return self._of_many(node.args[0])
            return not node.args and isinstance(node.func, ast.Attribute) and self._of_many(node.func.value)
        if not isinstance(node, ast.Subscript):
            return False
        if (
            isinstance(node.value, ast.Call)
            and last_name(node.value.func) in ("sorted", "sort")
            and node.value.args
        ):
            first = isinstance(node.slice, ast.Constant) and node.slice.value == 0
            return first and not node.value.keywords and self._of_many(node.value.args[0])
        by = node.slice
        chosen = (isinstance(by, ast.Name) and by.id in self.chosen) or self._chooses(by)
        return chosen and self._of_many(node.value)

    def smallest_in(self, node: ast.stmt) -> ast.expr | None:
        """The smallest p that a simple statement takes as it is: not times their number, nor beside the largest."""
        if not isinstance(node, (ast.Assign, ast.Expr, ast.AugAssign, ast.Return, ast.Assert)):
            return None
        inside = list(ast.walk(node))
        if any(isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Mult, ast.Div, ast.Pow)) for n in inside):
            return None
        if any(
            isinstance(n, ast.Call) and last_name(n.func) in ("max", "nanmax", "amax", "median", "hist")
            for n in inside
        ):
            return None
        return next((n for n in inside if isinstance(n, ast.expr) and self.smallest(n)), None)


def _told(trees: Trees) -> set[str]:
    """Names that are printed, displayed or stand last in a cell."""
    out = set[str]()
    for _, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and last_name(node.func) in ("print", "display", "info"):
                out |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            out |= {n.id for n in ast.walk(tree.body[-1]) if isinstance(n, ast.Name)}
    return out


def _is_told(node: ast.stmt, tree: ast.Module, told: set[str]) -> bool:
    if isinstance(node, ast.Assign):
        return isinstance(node.targets[0], ast.Name) and node.targets[0].id in told
    if not isinstance(node, ast.Expr):
        return False
    shown = isinstance(node.value, ast.Call) and last_name(node.value.func) in ("print", "display", "info")
    return shown or (bool(tree.body) and node is tree.body[-1])
