"""Which chance the blocks drive: seed sites of the notebook, or a recorded seeding cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.experiments.code import Trees, imported, parameters_cell
from jupyter_coimprove.experiments.experiment import BlockKind, Seed
from jupyter_coimprove.experiments.levels import NotLiteral, injectable, literal
from jupyter_coimprove.notebook.candidates import Candidate, Reading, Split
from jupyter_coimprove.notebook.cells import Notebook, Place

SEEDING_TAG = "coimprove-seeding"
PLACEHOLDER = "{block}"
#: Importing one of these brings numpy's global generator into play.
_NUMPY = frozenset(
    [
        "numpy",
        "scipy",
        "pandas",
        "sklearn",
        "statsmodels",
        "xgboost",
        "lightgbm",
        "catboost",
        "imblearn",
        "mlxtend",
        "optuna",
        "seaborn",
    ]
)
_TORCH = frozenset(
    ["torch", "torchvision", "torchaudio", "lightning", "pytorch_lightning", "transformers", "timm"]
)
_TENSORFLOW = frozenset({"tensorflow", "keras"})
_ORDER = re.compile(r"shuffle|order|loader|sampler|permut", re.IGNORECASE)
#: Seeds that feed a generator which may draw anything, or the data themselves.
_ANYTHING = re.compile(r"make_\w+|RandomState|default_rng|random\.seed", re.IGNORECASE)
_RESAMPLES = re.compile(r"train_test_split|ShuffleSplit|Repeated\w*KFold|random_split|resample|bootstrap")


def seed_sites(
    notebook: Notebook,
    reading: Reading,
    wanted: str | Sequence[str],
    taken: frozenset[str],
) -> tuple[Seed, ...]:
    """All seed sites in the order of the notebook; ``taken`` are names that are factors already.

    ``wanted`` is ``all``, ``none`` or the names that blocks drive.

    Sites with the same original value share a group, so that what was seeded alike stays so.
    Raises UnknownName for a seed that is not there.
    """
    if isinstance(wanted, str) and wanted not in ("all", "none"):
        wanted = (wanted,)
    sites = [c for c in reading.candidates if c.kind == "seed" and c.places]
    if not isinstance(wanted, str):
        for name in wanted:
            if name not in {c.name for c in sites}:
                raise UnknownName("seed", name, [c.name for c in sites])
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


def is_parameter(notebook: Notebook, candidate: Candidate) -> bool:
    """Whether a candidate is a name of the parameters cell that may be injected the papermill way."""
    cell = parameters_cell(notebook)
    if cell is None or len(candidate.places) != 1 or not injectable(candidate.name):
        return False
    place = candidate.places[0]
    found = notebook.find(place.address)
    return (
        found is not None and found.index == cell.index and _is_assigned(cell.source, candidate.name, place)
    )


def seeding_source(trees: Trees) -> str | None:
    """A cell that seeds every generator the notebook can use from one number; None without any.

    It binds no name, so that the notebook's namespace stays as it was.
    """
    modules = imported(trees)
    lines = []
    if "random" in modules:
        lines.append(f'__import__("random").seed({PLACEHOLDER})')
    if modules & (_NUMPY | _TORCH | _TENSORFLOW):
        lines.append(f'__import__("numpy").random.seed({PLACEHOLDER})')
    if modules & _TORCH:
        lines.append(f'__import__("torch").manual_seed({PLACEHOLDER})')
    if modules & _TENSORFLOW:
        lines.append(f'__import__("tensorflow").random.set_seed({PLACEHOLDER})')
    if not lines:
        return None
    return "\n".join(
        ["# The chance of this block, set by coimprove: the notebook seeds nothing itself.", *lines]
    )


def block_kind(
    reading: Reading,
    seeds: Sequence[Seed],
    seeding_cell: str | None,
    *,
    random: bool,
    response_cell: int | None,
) -> tuple[BlockKind, Split | None]:
    """What a block re-draws (STATISTICS 9, 10), and the split it re-draws if it is one."""
    varied = [seed for seed in seeds if seed.varied]
    names = {seed.name for seed in varied}
    drawn = [split for split in reading.splits if split.seed in names]
    if seeding_cell is not None:
        drawn += [s for s in reading.splits if s.seed is None and _RESAMPLES.search(s.call)]
    before = [s for s in drawn if response_cell is None or s.cell <= response_cell]
    if before:
        return "split", before[0]
    if not varied and seeding_cell is None:
        return ("unknown" if random or seeds else "none"), None
    if varied and all(_ORDER.search(seed.name) for seed in varied):
        return "order", None
    fixed = all(split.seed is not None or not _RESAMPLES.search(split.call) for split in reading.splits)
    if seeding_cell is None and fixed and not any(_ANYTHING.search(seed.name) for seed in varied):
        return "init", None
    return "unknown", None


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
