"""Which chance the blocks drive: seed sites of the notebook, or a recorded seeding cell."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.code import Trees, imported, parameters_cell
from jupyter_coimprove.experiments.experiment import Seed
from jupyter_coimprove.experiments.levels import NotLiteral, injectable, literal
from jupyter_coimprove.experiments.redrawn import FAMILIES, kinds_of, unseeded
from jupyter_coimprove.notebook.candidates import Candidate, Reading
from jupyter_coimprove.notebook.cells import Notebook, Place

SEEDING_TAG = "coimprove-seeding"
PLACEHOLDER = "{block}"
#: Kinds by which the seeds to drive can be named.
KINDS = ("split", "init", "order")
#: What seeds each global generator, without binding a name in the notebook.
_SEEDS = {
    "random": '__import__("random").seed({block})',
    "numpy": '__import__("numpy").random.seed({block})',
    "torch": '__import__("torch").manual_seed({block})',
    "tensorflow": '__import__("tensorflow").random.set_seed({block})',
}


def seed_sites(
    notebook: Notebook,
    reading: Reading,
    wanted: str | Sequence[str],
    taken: frozenset[str],
) -> tuple[Seed, ...]:
    """All seed sites in the order of the notebook; ``taken`` are names that are factors already.

    ``wanted`` is ``all``, ``none``, or names of those that blocks drive, or kinds (``split``, ``init``,
    ``order``): then all whose governing kind it is. Sites with the same original value share a group,
    so that what was seeded alike stays so. Raises UnknownName for a seed that is not there, and UsageError
    for a kind that no seed drives by itself.
    """
    if isinstance(wanted, str) and wanted not in ("all", "none"):
        wanted = (wanted,)
    sites = [c for c in reading.candidates if c.kind == "seed" and c.places]
    if not isinstance(wanted, str):
        wanted = _named(wanted, sites, reading)
    sites.sort(key=lambda c: min((p.address.ordinal, p.start) for p in c.places))
    groups: dict[str, int] = {}
    out = []
    for site in sites:
        varied = site.name not in taken and (wanted == "all" or (wanted != "none" and site.name in wanted))
        varied = varied and _drivable(site, explicit=not isinstance(wanted, str))
        group = groups.setdefault(_value_key(site.source), len(groups))
        out.append(
            Seed(
                name=site.name, places=site.places, original=site.source, group=group,
                varied=varied, parameter=is_parameter(notebook, site),
            )
        )  # fmt: skip
    return tuple(out)


def _named(wanted: Sequence[str], sites: Sequence[Candidate], reading: Reading) -> tuple[str, ...]:
    """Names of sites for names and kinds as typed."""
    names = [c.name for c in sites]
    out: list[str] = []
    for name in wanted:
        if name in names:
            out.append(name)
            continue
        if name not in KINDS:
            raise UnknownName("seed", name, [*names, *KINDS])
        governed = {site: kinds_of(reading.chance, site)[:1] for site in names}
        found = [site for site, kinds in governed.items() if kinds == (name,)]
        if not found:
            also = [site for site in names if name in kinds_of(reading.chance, site)]
            why = f"; {', '.join(also)} drives it with {governed[also[0]][0]}" if also else ""
            raise UsageError(
                f"no seed of the notebook drives {name} by itself{why}",
                remedy="name seeds with --seeds NAME,NAME, or drive all",
            )
        out += found
    return tuple(dict.fromkeys(out))


def is_parameter(notebook: Notebook, candidate: Candidate) -> bool:
    """Whether a candidate is a name of the parameters cell that may be injected the papermill way."""
    cell = parameters_cell(notebook)
    if cell is None or len(candidate.places) != 1 or not injectable(candidate.name):
        return False
    place = candidate.places[0]
    if place.file:
        return False
    found = notebook.find(place.address)
    return (
        found is not None and found.index == cell.index and _is_assigned(cell.source, candidate.name, place)
    )


def generators(reading: Reading, trees: Trees) -> tuple[str, ...]:
    """The global generators that the notebook leaves unseeded.

    Where neither a draw nor a seed is seen, but libraries that draw are imported, all of theirs: what
    cannot be read may draw.
    """
    chance = reading.chance
    sites = any(c.kind == "seed" for c in reading.candidates)
    if chance is not None and (chance.draws or sites or chance.seeded):
        return unseeded(chance)
    if sites:
        return ()
    modules = imported(trees)
    return tuple(name for name, roots in FAMILIES.items() if modules & roots)


def seeding_source(names: Sequence[str], modules: Collection[str]) -> str | None:
    """A cell that seeds these generators from the block's number; None without any.

    ``modules`` are those that the notebook imports: Keras may be there without TensorFlow. The cell
    binds no name, so that the notebook's namespace stays as it was.
    """
    if not names:
        return None
    lines = dict(_SEEDS)
    if "tensorflow" not in modules:
        lines["tensorflow"] = '__import__("keras").utils.set_random_seed({block})'
    head = (
        "# The chance of this block, set by coimprove: the notebook does not seed " + ", ".join(names) + "."
    )
    return "\n".join([head, *(lines[name] for name in names)])


def _is_assigned(source: str, name: str, place: Place) -> bool:
    line = source[source.rfind("\n", 0, place.start) + 1 : place.start]
    return re.fullmatch(rf"\s*{re.escape(name)}\s*(?::[^=]*)?=\s*", line) is not None


def _value_key(source: str) -> str:
    try:
        return repr(literal(source))
    except NotLiteral:
        return source.strip()


def _drivable(site: Candidate, *, explicit: bool) -> bool:
    try:
        value = literal(site.source)
        fits = value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
        fits = fits or (isinstance(value, str) and value.strip().isdigit())
    except NotLiteral:
        fits = False
    if explicit and not fits:
        raise UsageError(f"seed {site.name} is {site.source}: not a number that a block could stand for")
    return fits
