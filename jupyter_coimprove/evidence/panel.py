"""The model behind merged votes: right answers, each voter's skill, and sources that several voters copy.

A voter says the right answer k as l with their confusion (Dawid, Skene 1979, Applied Statistics 28). Voters of a
group share a *source* with a confusion of its own: each takes its answer with probability ``q``, and otherwise
answers for themselves. All is fitted by expectation maximisation. Which voters form a group is found among the
branches of a tree of agreement: one is taken where the votes become likelier by it by more than ``GAIN`` and the
dependence it implies is at least ``LEAST``. Agreement alone is no reason: people who are right agree as well. (Two tight
camps, one of copies and one of experts, can be told from each other only because copies agree more closely; that is what
``LEAST`` holds.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: Log likelihood that a group must gain. It has no more parameters than its voters had alone, so this is strict.
GAIN = 4.0
#: Least chance that two of a group took the same answer from the source (``q²``).
LEAST = 0.5
#: Known copies: how surely they take the source's answer.
KNOWN = 0.98
#: How many votes the panel's common skill is worth against a voter's own, and what it is held for before any vote.
_STRENGTH, _BEFORE = 40.0, 0.7
#: How many votes a confusion with one chance of error is worth against the voter's own kinds of errors.
_KINDS = 200.0
#: Items of each answer that are taken to have been there before; it keeps one answer from taking all.
_EVEN = 10.0
#: Views beside a group, without which nothing tells copies from people who are right.
_OTHERS = 2
_ROUNDS, _STILL = 100, 1e-4


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """``posterior`` (items, choices); of each group its members, ``q`` and ``confusion`` (groups, right, said);
    ``prior`` (choices,) how common each answer is; ``likelihood`` the log of it."""

    groups: tuple[tuple[int, ...], ...]
    posterior: np.ndarray
    confusion: np.ndarray
    q: tuple[float, ...]
    prior: np.ndarray
    likelihood: float


def fitted(votes: np.ndarray, known: Sequence[tuple[int, ...]]) -> Fitted:
    """The model with the groups that make the votes likelier.

    Args: votes of 0 and 1 of shape (voters, items, choices), a row of zeros where nobody voted; groups that are
    known to copy. Beside a group that is found there are at least two other views to judge it by.
    """
    best = _em(votes, tuple(known), frozenset(known))
    branches = _tree(votes, known)
    while True:
        better = None
        for node in branches:
            rest = tuple(group for group in best.groups if not set(group) <= set(node))
            whole = sum(map(len, rest)) + len(node) == len(votes)
            if not whole or len(rest) < _OTHERS or len(best.groups) - len(rest) < 2:
                continue
            tried = _em(votes, (*rest, node), frozenset(known))
            enough = tried.likelihood >= best.likelihood + GAIN and tried.q[-1] ** 2 >= LEAST
            if enough and (better is None or tried.likelihood > better.likelihood):
                better = tried
        if better is None:
            return best
        best = better


def _tree(votes: np.ndarray, known: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The branches of a tree that joins those who agree most (average linkage), the tightest first."""
    import numpy as np

    seen = votes.sum(axis=2)
    agreed = np.einsum("aik,bik->ab", votes, votes) / np.maximum(1.0, seen @ seen.T)
    clusters, branches = list(known), []
    while len(clusters) > 1:
        _, a, b = max(
            (float(agreed[np.ix_(first, second)].mean()), -i, -j)
            for i, first in enumerate(clusters) for j, second in enumerate(clusters) if i < j
        )  # fmt: skip
        node = tuple(sorted((*clusters[-a], *clusters[-b])))
        clusters = [one for place, one in enumerate(clusters) if place not in (-a, -b)] + [node]
        branches.append(node)
    return branches


def _em(votes: np.ndarray, groups: tuple[tuple[int, ...], ...], known: frozenset[tuple[int, ...]]) -> Fitted:
    import numpy as np

    _, n, k = votes.shape
    eye = np.eye(k)
    off = (1 - eye) / max(1, k - 1)
    confusion = np.repeat((_BEFORE * eye + (1 - _BEFORE) * off)[None], len(groups), axis=0)
    q = [0.0 if len(group) == 1 else KNOWN if group in known else 0.8 for group in groups]
    prior = np.full(k, 1.0 / k)
    views = [votes[list(group)].sum(axis=0) for group in groups]
    posterior = 1.0 / k + sum(view / np.maximum(1.0, view.sum(axis=1, keepdims=True)) for view in views)
    posterior = posterior / posterior.sum(axis=1, keepdims=True)
    likelihood = -np.inf
    for turn in range(_ROUNDS):
        said = [_said(votes[list(group)], confusion[g], q[g]) for g, group in enumerate(groups)]
        log = np.log(prior) + sum(one[0] for one in said)
        top = log.max(axis=1, keepdims=True)
        total = np.exp(log - top).sum(axis=1, keepdims=True)
        now = float((top + np.log(total)).sum())
        # The first round learns skill from the plain count of views, not from a guess at it.
        posterior = posterior if turn == 0 else np.exp(log - top) / total
        counts = np.empty_like(confusion)
        for g, group in enumerate(groups):
            members = votes[list(group)]
            counts[g], copied = _learned(members, posterior, said[g][1], confusion[g], q[g])
            if len(group) > 1 and group not in known:
                q[g] = (copied + 1) / (members.sum() + 2)
        right, all_ = np.trace(counts, axis1=1, axis2=2), counts.sum(axis=(1, 2))
        pooled = (right.sum() + _BEFORE * _STRENGTH) / (all_.sum() + _STRENGTH)
        skill = ((right + _STRENGTH * pooled) / (all_ + _STRENGTH))[:, None, None]
        confusion = counts + _KINDS * (skill * eye + (1 - skill) * off)
        confusion /= confusion.sum(axis=2, keepdims=True)
        prior = (posterior.sum(axis=0) + _EVEN) / (n + _EVEN * k)
        if turn and abs(now - likelihood) < _STILL:
            break
        likelihood = now
    return Fitted(
        groups=groups,
        posterior=posterior,
        confusion=confusion,
        q=tuple(q),
        prior=prior,
        likelihood=likelihood,
    )


def _said(members: np.ndarray, confusion: np.ndarray, q: float) -> tuple[np.ndarray, np.ndarray | None]:
    """Log likelihood of a group's votes by right answer, and what its source said: (items, right, source)."""
    import numpy as np

    if len(members) == 1:
        alone: np.ndarray = members[0] @ np.log(confusion).T
        return alone, None
    log = np.log(_each(members, confusion, q)).sum(axis=0) + np.log(confusion)
    top = log.max(axis=2, keepdims=True)
    source = np.exp(log - top)
    total = source.sum(axis=2, keepdims=True)
    voted = members.sum(axis=(0, 2)) > 0
    return np.where(voted[:, None], (top + np.log(total))[:, :, 0], 0.0), source / total


def _each(members: np.ndarray, confusion: np.ndarray, q: float) -> np.ndarray:
    """How likely each member's vote is by right answer and what the source said: (members, items, right, source)."""
    import numpy as np

    own = np.einsum("mil,kl->mik", members, confusion)[:, :, :, None]
    voted = members.sum(axis=2)[:, :, None, None] > 0
    return np.where(voted, q * members[:, :, None, :] + (1 - q) * own, 1.0)


def _learned(
    members: np.ndarray, posterior: np.ndarray, source: np.ndarray | None, confusion: np.ndarray, q: float
) -> tuple[np.ndarray, float]:
    """Counts of (right, said) of a group's own answers, and how many votes were copied."""
    import numpy as np

    if source is None:
        alone: np.ndarray = np.einsum("ik,il->kl", posterior, members[0])
        return alone, 0.0
    voted = members.sum(axis=2)
    joint = posterior[:, :, None] * source * (voted.sum(axis=0) > 0)[:, None, None]
    taken = q * members[:, :, None, :] / _each(members, confusion, q)
    copied = float((np.einsum("ikl,mikl->mi", joint, taken) * voted).sum())
    free = np.einsum("ikl,mikl->mik", joint, 1 - taken)
    counts: np.ndarray = joint.sum(axis=0) + np.einsum("mik,mil->kl", free, members)
    return counts, copied
