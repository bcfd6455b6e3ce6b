"""Which words name a measure, and which way it is better."""

from __future__ import annotations

import re
from typing import Literal

from jupyter_coimprove.notebook.candidates import Direction

MAX = frozenset(
    """acc accs accuracy score scores auc auroc roc f1 fscore fbeta r2 precision recall ap map iou dice bleu rouge
    meteor reward return gain corr correlation pearson spearman kappa mcc silhouette llf likelihood loglik rsquared
    lift hit hits hitrate ndcg mrr sharpe psnr ssim success top1 top5 elbo purity ari nmi specificity sensitivity
    gini auprc pr evidence r squared adj winrate throughput coverage quality fidelity returns""".split()  # noqa: SIM905
) - {"r", "pr", "squared", "adj"}
MIN = frozenset(
    """loss losses err error errors rmse mse mae maes mape smape rmsle nll ppl perplexity deviance aic bic regret cost
    wer cer fid kl logloss brier rss sse ssr medae residual misclassification bias crossentropy xent eer fpr fnr
    tvd wasserstein inertia mdape pinball crps violation violations divergence distance""".split()  # noqa: SIM905
)
#: Measured, and of no sure direction.
OTHER = frozenset({"time", "seconds", "latency", "pvalue", "pval", "statistic", "variance"})
#: Measures, but also names of data and settings: less sure.
VAGUE = frozenset({"coverage", "quality", "return", "returns", "distance", "fidelity", "divergence"})
#: Which of several is the one that is reported.
HELD_OUT = frozenset({"test", "te", "holdout", "heldout", "final", "eval", "cv", "oof"})
VALIDATION = frozenset({"val", "va", "valid", "validation", "dev", "best", "mean", "avg", "average"})
TRAINING = frozenset({"train", "tr", "training", "running", "total", "tot", "batch", "step", "start", "std"})
#: What is minimised to fit a model, where a notebook also measures how good it is.
OBJECTIVES = frozenset({"loss", "losses", "nll", "kl", "cost", "crossentropy", "xent", "inertia", "elbo"})
_WORD = re.compile(r"[a-z]+[0-9]?|[A-Z]+(?![a-z])[0-9]?|[A-Z][a-z]+[0-9]?")


def words(text: str) -> list[str]:
    """Words of a name or label, in lower case: ``best_valAcc@1`` -> best, val, acc."""
    return [w.lower() for w in _WORD.findall(text)]


def direction(text: str) -> Direction:
    """Whether more is better, by the last word that says so; ``neg_`` turns it round."""
    found: Direction = "unknown"
    parts = words(text)
    for i, word in enumerate(parts):
        pair = parts[i - 1] + word if i else ""
        if word in MIN or pair in MIN:
            found = "min"
        elif word in MAX or pair in MAX:
            # "error score" is a score of errors; "score" after a kind of error says nothing new.
            found = "min" if found == "min" and word in ("score", "scores") else "max"
    if "neg" in parts or "negative" in parts:
        found = {"min": "max", "max": "min"}.get(found, "unknown")  # type: ignore[assignment]
    return found


def role(text: str) -> Literal["test", "validation", "training", ""]:
    """Which part of the data a name or label speaks of, where it says so."""
    parts = set(words(text))
    if parts & {"test", "te", "holdout", "heldout", "tst"}:
        return "test"
    if parts & {"val", "va", "valid", "validation", "dev", "vld"}:
        return "validation"
    return "training" if parts & {"train", "tr", "training", "trn"} else ""


def likeliness(text: str) -> float:
    """How much a name or label sounds like the number that a notebook is about (0 to about 1)."""
    parts = set(words(text))
    known = direction(text) != "unknown"
    score = 0.5 if known else 0.2 if parts & OTHER else 0.0
    if not score:
        return 0.0
    score -= 0.1 if known and parts & (MAX | MIN) <= VAGUE and parts & VAGUE else 0.0
    score -= 0.05 if parts & OBJECTIVES else 0.0
    score += 0.3 if parts & HELD_OUT else 0.0
    score += 0.12 if parts & VALIDATION else 0.0
    score -= 0.3 if parts & TRAINING else 0.0
    return max(score, 0.05)
