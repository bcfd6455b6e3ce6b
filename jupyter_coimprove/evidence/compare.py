"""The same rules on results that exist already: always post hoc, and what would confirm them."""

from __future__ import annotations

from dataclasses import replace

from jupyter_coimprove.errors import UsageError
from jupyter_coimprove.evidence.analysis import analyse
from jupyter_coimprove.evidence.effects import Evidence, Rules
from jupyter_coimprove.evidence.multiplicity import Multiplicity
from jupyter_coimprove.evidence.tables import Direction, Table, direction_of
from jupyter_coimprove.experiments.power import blocks_needed


def compare(
    table: Table, *, baseline: str | None = None, direction: Direction | None = None, alpha: float = 0.05,
    margin: float | None = None, multiplicity: Multiplicity = "holm", smallest_effect: float | None = None,
    block_kind: str = "unknown", split_ratio: float | None = None,
) -> Evidence:  # fmt: skip
    """Effects of each treatment of the table against the baseline, paired by block.

    ``direction`` is read from the response's name where it tells; ``block_kind`` ``split`` with
    ``split_ratio`` (n_test / n_train) where blocks are resamplings of the data. Raises
    UsageError where nothing can be compared, or only without pairing.
    """
    base = table.baseline(baseline)
    treatments = tuple(name for name in table.treatments if name != base)
    if not treatments:
        raise UsageError(
            f"the table has only one treatment, {base}: there is nothing to compare it with",
            remedy="--treatment names the column that tells treatments apart; `noise` tells what one can show",
        )
    better = direction or direction_of(table.response)
    if better is None:
        raise UsageError(
            f"is a higher or a lower {table.response} better?", remedy="say it with --direction max or min"
        )
    blocks = {name: {r.block for r in table.results if r.treatment == name} for name in table.treatments}
    if alone := [name for name in treatments if not blocks[name] & blocks[base]]:
        raise UsageError(
            f"{', '.join(alone)} shares no block with {base}, so they cannot be paired",
            remedy="--block names the column that is equal in runs that belong together (seed, fold, split)",
        )
    rules = Rules(
        baseline=base, treatments=treatments, blocks=tuple(table.number(block) for block in table.blocks),
        direction=better, multiplicity=multiplicity, sequence=(), alpha=alpha, margin=margin,
        smallest_effect=smallest_effect, block_kind=block_kind, split_ratio=split_ratio,
    )  # fmt: skip
    found = analyse(table.rows(), rules)
    notes = [
        "post hoc: the results existed before the analysis was chosen, so this suggests and does not confirm"
    ]
    if direction is None:
        word = "higher" if better == "max" else "lower"
        notes.append(f"a {word} {table.response} is taken as better, from its name")
    if multiplicity != "holm" and len(treatments) > 1:
        notes.append(f"no order was registered: that of the table is taken, {', '.join(treatments)}")
    notes += [_confirm(found, smallest_effect or margin), *table.notes, *found.notes]
    return replace(found, notes=tuple(notes))


def _confirm(found: Evidence, smallest: float | None) -> str:
    """What a confirmatory experiment would need, for the smallest effect that matters (never the observed)."""
    text = "to confirm: register question, direction, response and smallest effect of interest, then run fresh blocks"
    spreads = [effect.spread for effect in found.effects if effect.spread]
    if smallest is None or not spreads:
        return f"{text}; naming the smallest difference that matters tells how many"
    rules = found.rules
    alpha = rules.alpha / len(rules.treatments) if rules.multiplicity == "holm" else rules.alpha
    ratio = (rules.split_ratio or 1.0) if rules.block_kind == "split" else 0.0
    needed = blocks_needed(smallest, max(spreads), alpha=alpha, ratio=ratio)
    if needed == 0:
        return f"{text}; no number of splits of these data decides a difference of {smallest:g}"
    return f"{text}, about {needed} to decide a difference of {smallest:g} at the spread seen here"
