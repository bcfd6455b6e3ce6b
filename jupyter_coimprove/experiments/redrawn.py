"""What a block draws anew: which generators the notebook leaves unseeded, and which kind of block that makes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_coimprove.experiments.code import parameters_cell
from jupyter_coimprove.experiments.experiment import BlockKind, Seed
from jupyter_coimprove.notebook.candidates import Chance, Draw, Reading, Split
from jupyter_coimprove.notebook.cells import Notebook
from jupyter_coimprove.notebook.splits import CROSS, FOLDS

#: Importing one of these brings that library's global generator into play.
FAMILIES: dict[str, frozenset[str]] = {
    "random": frozenset({"random"}),
    "numpy": frozenset(
        "numpy scipy pandas sklearn statsmodels xgboost lightgbm catboost imblearn mlxtend optuna seaborn torch".split()  # noqa: SIM905
    ),
    "torch": frozenset(
        "torch torchvision torchaudio lightning pytorch_lightning transformers timm skorch monai fastai".split()  # noqa: SIM905
    ),
    "tensorflow": frozenset({"tensorflow", "keras", "tf_keras"}),
}
#: What governs where a block draws several things: sizes and corrections follow the first.
GOVERNING = ("split", "data", "init", "order")
_WORDS = {
    "split": "the split", "data": "the data themselves", "init": "start values and training noise",
    "order": "the order of the data",
}  # fmt: skip
_ORDER = re.compile(r"shuffle|order|loader|sampler|permut", re.IGNORECASE)
#: Seeds that feed a generator which may draw anything, or the data themselves.
_ANYTHING = re.compile(r"make_\w+|RandomState|default_rng|random\.seed", re.IGNORECASE)
_DEVICE = re.compile(r"\bcuda\b|\bdevice_map\b|accelerator\s*=|\.gpu\b")
_DETERMINISTIC = re.compile(r"use_deterministic_algorithms|enable_op_determinism")
_RESAMPLES = re.compile(r"train_test_split|ShuffleSplit|Repeated\w*KFold|random_split|resample|bootstrap")


@dataclass(frozen=True, kw_only=True)
class Redrawn:
    """Kind of block, the split it draws if it draws one, all that it draws, and words on each."""

    kind: BlockKind
    split: Split | None
    lines: tuple[str, ...] = ()


def kinds_of(chance: Chance | None, seed: str) -> tuple[str, ...]:
    """What a seed site drives, the governing kind first; empty where the code does not say."""
    found = {draw.kind for draw in chance.draws if seed in draw.seeds} if chance is not None else set()
    return tuple(kind for kind in GOVERNING if kind in found)


def unseeded(chance: Chance | None) -> tuple[str, ...]:
    """The global generators that the notebook draws from before, or without, seeding them."""
    if chance is None:
        return ()
    free = {draw.generator for draw in chance.draws if not draw.seeded}
    return tuple(name for name in FAMILIES if name in free)


def seeding_before(notebook: Notebook, chance: Chance | None, generators: Sequence[str]) -> int | None:
    """The index of the cell before which these generators are seeded; None where any place will do.

    After the cells that import them (what is set in the environment before an import stays in force)
    and after the parameters, but before the first draw.
    """
    if chance is None or not generators:
        return None
    drawn = [draw.cell for draw in chance.draws if not draw.seeded and draw.generator in generators]
    loaded = [
        min((cell for root, cell in chance.imported.items() if root in FAMILIES[name]), default=-1)
        for name in generators
    ]
    home = parameters_cell(notebook)
    place = max(*loaded, -1 if home is None else home.index, -1) + 1
    return min(place, *drawn) if drawn else place


def redrawn(
    reading: Reading,
    seeds: Sequence[Seed],
    seeding_cell: str | None,
    *,
    random: bool,
    response_cell: int | None,
) -> Redrawn:
    """What a block re-draws (STATISTICS 9, 10), decided on the dataflow where it could be read.

    ``random`` says that the notebook imports something that could draw. A split governs: it makes the blocks
    repeated splits, whatever else they draw.
    """
    if reading.chance is None:
        return _by_names(reading, seeds, seeding_cell, random=random, response_cell=response_cell)
    driven = {seed.name for seed in seeds if seed.varied}
    drawn = [d for d in reading.chance.draws if driven & set(d.seeds) or not d.seeded]
    drawn = _relevant(drawn, response_cell)
    kinds = tuple(kind for kind in GOVERNING if any(d.kind == kind for d in drawn))
    lines = tuple(f"a block draws anew {_WORDS[kind]}: {_where(drawn, kind)}" for kind in kinds)
    if "split" in kinds:
        cells = {(d.cell, d.call.rpartition(".")[2]) for d in drawn if d.kind == "split"}
        found = [s for s in reading.splits if (s.cell, s.call.rpartition(".")[2]) in cells]
        found += [s for s in reading.splits if s.call.rpartition(".")[2] in {call for _, call in cells}]
        if all(_folds(call) for _, call in cells):
            return Redrawn(kind="folds", split=None, lines=lines)
        return Redrawn(kind="split", split=found[0] if found else None, lines=lines)
    if not kinds:
        chancy = bool(driven) or seeding_cell is not None or bool(reading.chance.uncontrolled)
        chancy = chancy or bool(seeds) or (random and not reading.chance.draws)
        return Redrawn(kind="unknown" if chancy else "none", split=None)
    if kinds[0] == "data":
        return Redrawn(kind="unknown", split=None, lines=lines)
    return Redrawn(kind="init" if kinds[0] == "init" else "order", split=None, lines=lines)


def _folds(call: str) -> bool:
    """Whether a split cuts the data into folds, over which scores are averaged.

    Every row is then tested in every block: reshuffling the folds draws no other data, and no
    correction makes their spread tell of some (simulated: 50 % false alarms and more).
    """
    name = call.partition("(")[0].rpartition(".")[2].strip()
    return name in FOLDS or name in CROSS


def cautions(drawn: Redrawn, seeds: Sequence[Seed], cell: str | None) -> list[str]:
    """What to warn of where it is not known, or not controlled, what a block draws."""
    driven = any(seed.varied for seed in seeds)
    if not driven and cell is None and drawn.kind != "none":
        return ["no seed is varied: blocks only repeat the run, with whatever chance it has"]
    if drawn.kind != "unknown":
        return []
    if drawn.lines:
        return [
            "a block draws data, or noise in them, anew: its verdicts are neither on fixed data nor over "
            "repeated splits, so what they extend to is for you to say"
        ]
    return ["it could not be read from the code what a block re-draws (split, start or order)"]


def _relevant(drawn: Sequence[Draw], response_cell: int | None) -> list[Draw]:
    """The draws that the response depends on; where none is seen to reach it, all that come before it."""
    if response_cell is None:
        return list(drawn)
    reaching = [d for d in drawn if response_cell in d.reaches]
    return reaching or [d for d in drawn if d.cell <= response_cell]


def _where(drawn: Sequence[Draw], kind: str) -> str:
    found = list(dict.fromkeys((d.call.rpartition(".")[2], d.cell + 1) for d in drawn if d.kind == kind))
    shown = ", ".join(f"{call} in cell {cell}" for call, cell in found[:3])
    return shown + (f" and {len(found) - 3} more" if len(found) > 3 else "")


def _by_names(
    reading: Reading, seeds: Sequence[Seed], seeding_cell: str | None, *, random: bool,
    response_cell: int | None,
) -> Redrawn:  # fmt: skip
    """The same where only candidates and splits are known: told by their names."""
    varied = [seed for seed in seeds if seed.varied]
    names = {seed.name for seed in varied}
    drawn = [split for split in reading.splits if split.seed in names]
    if seeding_cell is not None:
        drawn += [s for s in reading.splits if s.seed is None and _RESAMPLES.search(s.call)]
    before = [s for s in drawn if response_cell is None or s.cell <= response_cell]
    real = [split for split in before if not _folds(split.call)]
    if real:
        return Redrawn(kind="split", split=real[0])
    if before:
        return Redrawn(kind="folds", split=None)
    if not varied and seeding_cell is None:
        return Redrawn(kind="unknown" if random or seeds else "none", split=None)
    if varied and all(_ORDER.search(seed.name) for seed in varied):
        return Redrawn(kind="order", split=None)
    fixed = all(split.seed is not None or not _RESAMPLES.search(split.call) for split in reading.splits)
    if seeding_cell is None and fixed and not any(_ANYTHING.search(seed.name) for seed in varied):
        return Redrawn(kind="init", split=None)
    return Redrawn(kind="unknown", split=None)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]


def control(reading: Reading, seeds: Sequence[Seed], cell: str | None, before: int | None) -> tuple[str, ...]:
    """Which generators the notebook seeds, which an added cell does, and what nothing controls, in sentences."""
    chance = reading.chance
    if chance is None:
        return ()
    out = []
    free = unseeded(chance)
    by: dict[str, list[str]] = {}
    for draw in chance.draws:
        if draw.seeded and draw.generator in FAMILIES and draw.generator not in free:
            by.setdefault(draw.generator, []).extend(draw.seeds or ("a value of its own",))
    for generator, names in by.items():
        out.append(f"{generator} is seeded by {', '.join(dict.fromkeys(names))}")
    if free:
        drawn = next(d for d in chance.draws if not d.seeded)
        where = (
            f"{_listed(free)} {'is' if len(free) == 1 else 'are'} drawn from unseeded "
            f"(first by {drawn.call.rpartition('.')[2]}, cell {drawn.cell + 1})"
        )
        if cell is None:
            out.append(f"{where}: this chance differs in every run and stays in every difference")
        else:
            place = f" before cell {before + 1}" if before is not None else ""
            out.append(
                f"{where}: each block seeds {'it' if len(free) == 1 else 'them'} in an added cell{place}"
            )
    for seed in seeds:
        kinds = kinds_of(chance, seed.name)
        if kinds and seed.varied:
            out.append(f"{seed.name} drives {_listed(kinds)}")
    return tuple(out)


def uncontrolled(reading: Reading, notebook: Notebook, cell: str | None) -> tuple[str, ...]:
    """What may make two runs of one block differ, by name."""
    chance = reading.chance
    if chance is None:
        return ()
    out = list(chance.uncontrolled)
    if cell is None:
        out += [f"{name}'s generator, which nothing seeds" for name in unseeded(chance)]
    source = "\n".join(c.source for c in notebook.code_cells)
    on_gpu = _DEVICE.search(source) and {"torch", "tensorflow"} & set(chance.imported)
    if on_gpu and not _DETERMINISTIC.search(source):
        out.append("on a GPU, kernels that add up in no fixed order")
    return tuple(out)
