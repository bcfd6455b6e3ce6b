"""Every rule that is offered, with the simulation that accepts it."""

from __future__ import annotations

from functools import partial

import sim_contrasts
import sim_factorial
import sim_items
import sim_others
import sim_sequential
import sim_splits
from simulated import Simulation

#: By the name that the table gives it.
SIMULATIONS: dict[str, Simulation] = {
    "paired t": sim_contrasts.paired_t,
    "sign-flip (sensitivity)": sim_contrasts.sign_flip,
    **{name: partial(sim_contrasts.family, name) for name in sim_contrasts.FAMILIES},
    "equivalence (TOST)": sim_contrasts.equivalence,
    "Nadeau-Bengio, model": sim_splits.model,
    "Nadeau-Bengio, real data": sim_splits.data,
    "items (paired differences)": sim_items.paired_items,
    "items (clustered)": sim_items.clustered_items,
    "items (McNemar, mid-p)": sim_items.mcnemar_midp,
    "factorial main effects": partial(sim_factorial.effects, 1),
    "interactions": partial(sim_factorial.effects, 2),
    "opposed signs (both)": sim_factorial.opposed,
    "sequential (anytime t)": sim_sequential.sequential,
    "worst rank (sensitivity)": sim_others.worst_rank,
    "reseed check": sim_others.reseed,
    "interquartile mean (tasks)": sim_others.interquartile,
}
#: Those that take ten seconds or more.
SLOW = frozenset(
    {
        "sign-flip (sensitivity)", "Nadeau-Bengio, real data", "worst rank (sensitivity)",
        "interquartile mean (tasks)", "items (McNemar, mid-p)", "factorial main effects", "interactions",
    }
)  # fmt: skip
