"""Which metric a function says it is: by its own name and docstring, never by what it computes."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Known:
    """``name`` is a definition in ``references``, ``cases`` what it is tried on. ``says`` is searched in name and docstring,
    and ``not_`` must not be there. ``arguments`` are how many it takes; ``sided`` says that their order matters."""

    name: str
    says: str
    cases: str
    arguments: int = 2
    not_: str = ""
    sided: bool = True


#: The first whose words are there; special ones come before those of which they are a kind.
KNOWN = (
    Known(name="recall_at", says=r"recall.?at|of the (wanted|relevant).*(first|top).?k|hit.?rate.*\bk\b", cases="ranking", arguments=3),
    Known(name="precision_at", says=r"precision.?at|of the (first|top).?k.*(wanted|relevant)", cases="ranking", arguments=3),
    Known(name="reciprocal_rank", says=r"reciprocal.?rank|\bmrr\b", cases="first"),
    Known(name="ndcg", says=r"\bndcg|normali[sz]ed.*gain|gain.*(best|ideal) order", cases="grades", arguments=1),
    Known(name="dcg", says=r"\bdcg|discounted.*gain", cases="grades", arguments=1),
    Known(name="item_mean", says=r"(mean|average) loss (of|over|per) (an |all |the )?(item|example|sample)s?.*batch", cases="batches", arguments=1),
    Known(name="standard_error", says=r"standard.?error of (the|a) mean|\bsem\b", cases="values", arguments=1, not_="population|biased estimate(?<!unbiased estimate)"),
    Known(name="sample_deviation", says=r"(sample|unbiased).*standard.?deviation", cases="values", arguments=1),
    Known(name="skill", says=r"(share|skill|improvement).*absolute error.*(plain|baseline|reference|naive)|absolute error.*(lower|less).*(plain|baseline|reference|naive)", cases="forecasts", arguments=3),
    Known(name="squared_skill", says=r"(share|skill|improvement).*squared error.*(plain|baseline|reference|naive)", cases="forecasts", arguments=3),
    Known(name="within", says=r"off by at most|within (a )?(tolerance|at most|\w+ of)|at most `*most", cases="tolerance", arguments=3),
    Known(name="binary_loss", says=r"binary.?cross.?entropy|binary.?log.?loss|\bbce\b", cases="chances"),
    Known(name="brier", says=r"\bbrier", cases="chances", sided=False),
    Known(name="cross_entropy", says=r"(negative log|cross.?entropy|log.?loss).*(positive weight|share of (its|the|a) row|unnormali[sz]ed)", cases="weights"),
    Known(name="cross_entropy", says=r"cross.?entropy|log.?loss|negative log.?likelihood", cases="shares"),
    Known(name="area", says=r"\bauc\b|area under|positive (stands|is|ranks|scores) (above|higher)|rank.?area", cases="scores"),
    Known(name="column_rmse", says=r"root mean squared? error of each (column|output)", cases="columns", sided=False),
    Known(name="macro_f1", says=r"macro.?f1|f1 of each class|f1.*averaged over.*class", cases="classes", not_="weighted", sided=False),
    Known(name="macro_precision", says=r"macro.?precision|precision of each class", cases="classes", not_="weighted"),
    Known(name="balanced_accuracy", says=r"balanced.?accuracy|recall of each class|macro.?recall", cases="classes", not_="weighted"),
    Known(name="kappa", says=r"\bkappa\b|agreement (above|beyond) chance", cases="classes", sided=False, not_="weighted|fleiss"),
    Known(name="matthews", says=r"\bmatthews|\bmcc\b", cases="binary", sided=False),
    Known(name="jaccard", says=r"jaccard|intersection over union|\biou\b", cases="binary", sided=False, not_="box|set"),
    Known(name="f1", says=r"\bf1\b|harmonic mean of precision", cases="binary", sided=False, not_="micro|weighted|macro|averag"),
    Known(name="specificity", says=r"specificity|true negative rate", cases="binary"),
    Known(name="precision", says=r"^precision|\bprecision\b|called positive.*(that|which) (is|are)|positive predictive", cases="binary", not_="averag|recall|macro|micro|curve"),
    Known(name="recall", says=r"\brecall\b|sensitivity|true positive rate", cases="binary", not_="averag|precision|macro|micro|curve|class"),
    Known(name="r2", says=r"\br2\b|r.squared|coefficient of determination|squared errors over the squared deviations", cases="numbers", not_="adjusted"),
    Known(name="rmse", says=r"root.?mean.?squared?|\brmse\b", cases="numbers", sided=False, not_="relative|normali|log|column|each"),
    Known(name="mape", says=r"absolute percentage|\bmape\b", cases="numbers", not_="percent\\b|symmetric|per cent"),
    Known(name="mae", says=r"mean.?absolute.?(error|deviation)|\bmae\b", cases="numbers", sided=False, not_="percent|relative|scaled|weighted"),
    Known(name="mse", says=r"mean.?squared?.?error|\bmse\b", cases="numbers", sided=False, not_="root|log|relative|normali"),
    Known(name="error_rate", says=r"error.?rate|misclassif|share .*(wrong|incorrect)", cases="classes", sided=False, not_="word|character|equal"),
    Known(name="accuracy", says=r"accuracy|share .*(right|correct)", cases="classes", sided=False, not_="balanced|top|averag|class|within"),
)  # fmt: skip

_TRUTH = re.compile(
    r"truth|true|gold|actual|wanted|label|target|expected|observed|reference|^y$|^y_(test|te|val|dev)$|real",
    re.IGNORECASE,
)
_GUESS = re.compile(r"guess|pred|said|given|fitted|hat|score|prob|^p$|model|output|forecast|estimate|found|raw|weights|logit", re.IGNORECASE)  # fmt: skip

Order = Literal["truth first", "guess first", "open"]


def known(function: ast.FunctionDef) -> Known | None:
    """The metric that it says it is; None where it says none, takes other arguments, or is a method or generator."""
    doc = ast.get_docstring(function) or ""
    text = f"{function.name.replace('_', ' ')} {function.name}\n{' '.join(doc.split())}".lower()
    args = function.args
    if args.vararg or args.kwarg or args.kwonlyargs or args.posonlyargs:
        return None
    for one in KNOWN:
        least, most = len(args.args) - len(args.defaults), len(args.args)
        if re.search(one.says, text) and not (one.not_ and re.search(one.not_, text)):
            return one if least <= one.arguments <= most else None
    return None


def order(function: ast.FunctionDef) -> Order:
    """Which of the first two arguments is the truth, by their names; ``open`` where they do not say."""
    names = [arg.arg for arg in function.args.args[:2]]
    if len(names) < 2:
        return "truth first"
    kinds = ["t" if _TRUTH.search(name) else "g" if _GUESS.search(name) else "?" for name in names]
    if kinds[0] == "t" or kinds == ["?", "g"]:
        return "truth first"
    if kinds[0] == "g" and kinds[1] in "t?":
        return "guess first"
    return "open"
