"""Cuts of data into parts, orders made by chance, draws with and without replacement."""

from __future__ import annotations

import ast
from dataclasses import replace

from jupyter_coimprove.evidence.checks import library
from jupyter_coimprove.evidence.checks.rows import END, START, Bound, Step, bound, complement, drawn_at
from jupyter_coimprove.evidence.checks.subscripts import steps_of
from jupyter_coimprove.evidence.checks.tables import Tables
from jupyter_coimprove.evidence.checks.values import MISSING, NOTHING, Model, SplitEvent, Val, join


class Splitting(Tables):
    """Each returns what is known of the result, or None when the call is no split."""

    def split_call(
        self, name: str, value: Val, args: list[Val], keywords: dict[str, Val], node: ast.Call
    ) -> Val | None:
        """``name`` is what is called, ``value`` what it is a method of."""
        first = args[0] if args else NOTHING
        if name == "train_test_split":
            return self._halves(args, keywords, node)
        if name == "random_split":
            return self._random_split(
                first, args[1] if len(args) > 1 else keywords.get("lengths", NOTHING), node
            )
        if name == "Subset":
            return self.take(first, args[1] if len(args) > 1 else keywords.get("indices", NOTHING))
        if name in ("permutation", "randperm"):
            return self._shuffled(first, node)
        if name == "shuffle":
            return self._shuffle(args, node)
        if name in ("arange", "range"):
            return self._numbers(name, args, node)
        if name == "choice":
            return self._choice_of(first, keywords, node)
        if name in ("setdiff1d", "difference"):
            of, taken = (first, args[1]) if name == "setdiff1d" and len(args) > 1 else (value, first)
            if taken.index:
                return replace(of, index=(*taken.index[:-1], complement(taken.index[-1])), order="")
            return of
        if name in ("flatnonzero", "nonzero", "where", "argwhere") and len(args) == 1:
            found = replace(first, rows=frozenset(), index=first.index if first.index is not None else ())
            return found if name in ("flatnonzero", "argwhere") else Val(items=(found,))
        if name == "isin" and len(args) > 1:
            return self.member(first, args[1])
        if name == "in1d" and len(args) > 1:
            return self.member(first, args[1])
        if name == "sample" and (value.rows or value.index is not None):
            return self._sample(value, keywords, node)
        if (name == "random" and "module" not in value.marks) or name in ("rand", "uniform", "random_sample"):
            return self._chance(node)
        if name == "resample" and not value.rows:
            copies = [self.repeated(a, node, "resampled with replacement") for a in args]
            return copies[0] if len(copies) == 1 else Val(items=tuple(copies))
        if name in ("array_split", "hsplit", "vsplit") or (
            name == "split" and "module" in value.marks and args
        ):
            # Pieces by number: which is trained on and which is held out shows only when it runs.
            return NOTHING
        if name == "repeat" or name == "repeat_interleave":
            return self._repeated(value, args, node)
        if name == "split" and isinstance(value.obj, Model) and value.obj.role == "splitter":
            return self._folds(value.obj, args, node)
        return None

    def _chance(self, node: ast.Call) -> Val:
        fresh = self.fresh(node)
        return replace(fresh, marks=frozenset({"chance"}))

    def _halves(self, args: list[Val], keywords: dict[str, Val], node: ast.Call) -> Val:
        given = [a if a.rows or a.index is not None else a.deep() for a in args]
        ordered = keywords.get("shuffle", NOTHING).const is False
        site = self.site(node, "order" if ordered else "draw")
        rooted = [a if a.rows or a.index is not None else self.fresh(node, a) for a in given]
        if rooted:
            value = replace(rooted[0], marks=frozenset().union(*(a.marks for a in rooted)),
                            copies=frozenset().union(*(a.copies for a in rooted)))  # fmt: skip
            self.cut(site, value, node, random=not ordered)
        items = []
        for value in rooted:
            for part in ("train", "test"):
                items.append(replace(value.part(Step(site, part)), order=""))
        return Val(items=tuple(items))

    def cut(self, site: str, value: Val, node: ast.AST, *, random: bool, grouped: bool = False) -> None:
        self.splits.append(
            SplitEvent(
                site=site, value=value, random=random, grouped=grouped, where=self.where(node),
                call=ast.unparse(node)[:80],
            )
        )  # fmt: skip

    def _random_split(self, value: Val, lengths: Val, node: ast.Call) -> Val:
        site = self.site(node, "draw")
        if not value.rows:
            value = self.fresh(node, value)
        self.cut(site, value, node, random=True)
        count = len(lengths.items) if lengths.items is not None else 2
        return Val(items=tuple(value.part(Step(site, f"part {n + 1}")) for n in range(count)))

    def _shuffled(self, value: Val, node: ast.Call) -> Val:
        """A new order: of row numbers, of the rows themselves, or of who they belong to."""
        site = self.site(node, "draw")
        self.shuffles[site] = "unique" in value.marks
        if value.rows and value.index is None:
            self.cut(site, value, node, random=True)
            return replace(value, order=site)
        marks = value.marks & {"unique"}
        return Val(index=value.index if value.index is not None else (), order=site, marks=marks)

    def _shuffle(self, args: list[Val], node: ast.Call) -> Val | None:
        if not args:
            return None
        made = [self._shuffled(a, node) for a in args]
        if node.args and isinstance(node.args[0], ast.Name) and len(args) == 1:
            self.store(node.args[0], replace(args[0], order=made[0].order))
        return made[0] if len(made) == 1 else Val(items=tuple(made))

    def _numbers(self, name: str, args: list[Val], node: ast.Call) -> Val:
        """``range(a, b)`` and ``np.arange(n)`` as row numbers."""
        del args
        low = self._end(node.args[0]) if len(node.args) > 1 else START
        high = self._end(node.args[1 if len(node.args) > 1 else 0]) if node.args else END
        marks = {"range"} | ({"batches"} if len(node.args) > 2 else set())
        if low == START and (high == END or name == "arange"):
            return Val(index=(), marks=frozenset(marks))
        return Val(index=(Step("cut:", (low, high)),), marks=frozenset(marks))

    def _end(self, node: ast.expr) -> Bound:
        text = ast.unparse(node)
        if text.startswith("len(") and text.endswith(")") and text.count("(") == 1:
            return END
        known = self.ev(node).const
        return bound(str(known)) if isinstance(known, (int, float)) else bound(text)

    def _choice_of(self, value: Val, keywords: dict[str, Val], node: ast.Call) -> Val | None:
        if value.index is None and not value.rows:
            return None
        if keywords.get("replace", Val(const=True)).const is False:
            site = self.site(node, "draw")
            self.shuffles[site] = "unique" in value.marks
            return replace(value, rows=frozenset(), index=(*(value.index or ()), Step(site, "in")))
        return replace(self.repeated(value, node, "drawn with replacement"), index=value.index or ())

    def _sample(self, value: Val, keywords: dict[str, Val], node: ast.Call) -> Val:
        if keywords.get("replace", NOTHING).const is True:
            return self.repeated(value, node, "sampled with replacement")
        share = keywords.get("frac", NOTHING).const
        site = self.site(node, "draw")
        self.shuffles[site] = "unique" in value.marks
        if isinstance(share, (int, float)) and share >= 1:
            return replace(value, order=site)
        if "unique" not in value.marks:
            self.cut(site, value, node, random=True)
        result = value.part(Step(site, "in"))
        return replace(
            result, index=(*(value.index or ()), Step(site, "in")) if "unique" in value.marks else None
        )

    def _repeated(self, value: Val, args: list[Val], node: ast.Call) -> Val | None:
        """``np.repeat(X, times)``, ``df.index.repeat(n)``: copies; of ``np.arange(n)``: who rows belong to."""
        what = value if value.rows or value.index is not None else args[0] if args else NOTHING
        if what.rows and "labels" not in what.marks:
            return self.repeated(what, node, "repeated")
        if what.index is not None:
            groups = {"groups:" + (ast.unparse(node)[:40])} if "range" in what.marks else set()
            made = self.repeated(Val(index=(), marks=frozenset(groups)), node, "repeated")
            return made
        return None

    def _folds(self, splitter: Model, args: list[Val], node: ast.Call) -> Val:
        site = self.site(node, "fold")
        random, grouped = self.manner(splitter)
        value = join([a if a.rows else a.deep() for a in args[:2]])
        if args and args[0].rows:
            value = replace(args[0], marks=value.marks, copies=value.copies)
        if value.rows:
            self.cut(site, value, node, random=random, grouped=grouped)
        pair = tuple(Val(index=(Step(site, part),)) for part in ("train", "test"))
        return Val(items=pair, marks=frozenset({"fold pairs"}))

    def manner(self, splitter: Model) -> tuple[bool, bool]:
        """Whether a splitter draws at random, and whether it keeps groups together."""
        random, grouped = library.SPLITTERS.get(splitter.kind, (False, False))
        if splitter.keywords.get("shuffle", NOTHING).const is True:
            random = True
        return random, grouped

    def crossed(self, cv: Val, groups: Val | None, value: Val, node: ast.AST) -> None:
        """Cross-validation cuts its data by ``cv``."""
        random, grouped = False, False
        if isinstance(cv.obj, Model):
            random, grouped = self.manner(cv.obj)
            if cv.obj.kind == "TimeSeriesSplit":
                grouped = False
        elif "fold pairs" in cv.marks or (cv.const is MISSING and cv is not NOTHING and cv.text):
            return
        del groups
        self.cut(self.site(node, "fold"), value, node, random=random, grouped=grouped)

    def take(self, value: Val, index: Val) -> Val:
        """Rows by number, mask or label; by a draw or a shuffled order that is a random split."""
        for step in index.index or ():
            site = step.site.removeprefix("cut:")
            if value.rows and (site in self.shuffles or site.startswith("draw")):
                self.cut(
                    site, value, self.node or ast.Pass(), random=True, grouped=self.shuffles.get(site, False)
                )
                drawn = drawn_at(site)
                if drawn is not None:
                    # The draw is what splits, not the look-up of rows.
                    where = replace(self.splits[-1].where, cell=drawn[0], line=drawn[1])
                    self.splits[-1] = replace(self.splits[-1], where=where)
        return super().take(value, index)


__all__ = ["Splitting", "steps_of"]
