"""`bench`: CoBench is asked of the built-in collaborator, of a model, or of no skill; alone, and with the scripted person."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.errors import ProviderError, UnknownName, UsageError
from jupyter_coimprove.workbench.bench import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from jupyter_coimprove.bench.arms import Arm
    from jupyter_coimprove.bench.asking import Answered
    from jupyter_coimprove.bench.family import Execute, Family
    from jupyter_coimprove.bench.item import Sample
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.views_activities import ActivityView

ARMS = ("rules", "always-pass", "always-fail", "random", "replay", "anthropic", "local")
#: Draws a family: of the smoke set, and of a whole measurement.
SMOKE, WHOLE = 5, 20
#: So many failures of a model in a row end the measurement: the next would fail as well.
_GIVES_UP = 3


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one arm answered, in the order asked."""

    arm: str
    answered: tuple[Answered, ...]
    seconds: float


def cobench(
    bench: Bench, *, arm: list[str] | None = None, family: list[str] | None = None, draws: int | None = None, whole: bool = False,
    salt: str | None = None, team: bool = False, answers: str | None = None, output: str | None = None, change: str | None = None,
    settle: str | None = None, families: bool = False, model: str | None = None,
) -> ActivityView:  # fmt: skip
    """Scores by family with intervals; with ``change`` a change of the playbook is measured and proposed."""
    from jupyter_coimprove.workbench import benching, changing

    chosen = choose(family)
    if draws is not None and draws < 1:
        raise UsageError(f"{draws} draws ask nothing", remedy="--draws 1 or more")
    if change is not None and settle is not None:
        raise UsageError("a change is proposed or settled", remedy="one of --change and --settle")
    if families:
        return benching.listed(chosen)
    if change is not None:
        return changing.propose(bench, change, chosen, draws or SMOKE * 2)
    if settle is not None:
        return changing.settle(bench, settle, chosen, draws or SMOKE * 2)
    number = draws or (WHOLE if whole else SMOKE)
    names = arm or ["rules"]
    for name in names:
        if name not in ARMS:
            raise UnknownName("arm", name, ARMS)
    if answers is not None and len(names) > 1:
        raise UsageError("answers are kept of one arm", remedy="--arm once with --answers")
    if "replay" in names and answers is None:
        raise UsageError(
            "nothing is there to replay", remedy="--answers FILE, as an earlier measurement wrote it"
        )
    asked = draw(chosen, number, salt or "")
    from jupyter_coimprove.workbench.cell_running import Executor

    with Executor() as execute:
        all_ = [
            measure(bench, made(bench, name, execute, answers, model), asked, execute, answers)
            for name in names
        ]
        teams = [benching.teamed(one, chosen, execute) for one in all_] if team else []
    view = benching.told(all_, teams, chosen, number, private=salt is not None)
    if output is None:
        return view
    path = bench.path(output)
    _write(path, benching.report(all_, teams, chosen, number, salt))
    return benching.with_file(view, path)


def choose(names: Sequence[str] | None) -> tuple[Family, ...]:
    """The families of these names, or all. UnknownName with close ones otherwise."""
    from jupyter_coimprove.bench.table import families

    known = {family.name: family for family in families()}
    for name in names or ():
        if name not in known:
            raise UnknownName("family", name, sorted(known))
    return tuple(known[name] for name in dict.fromkeys(names)) if names else tuple(known.values())


def draw(families: Sequence[Family], draws: int, salt: str) -> list[tuple[Family, Sample]]:
    """The items of so many draws a family, family by family. UsageError where what makes them is not installed."""
    from jupyter_coimprove.bench.family import samples

    try:
        return [(family, sample) for family in families for sample in samples(family, draws, salt)]
    except ModuleNotFoundError as error:
        raise UsageError(
            f"items are made of data that {error.name} holds, which is not installed here",
            remedy="pip install 'jupyter-coimprove[examples]', or --family with those that need none",
        ) from error


def made(bench: Bench, name: str, execute: Execute, answers: str | None, model: str | None) -> Arm:
    """The arm of this name. NeedsModel where it is a model that is not there."""
    from jupyter_coimprove.bench import arms
    from jupyter_coimprove.workbench import changing

    if name.startswith("always-"):
        return arms.Simply("pass" if name == "always-pass" else "fail")
    if name == "random":
        return arms.Simply("random")
    if name == "rules":
        return arms.Rules(changing.instruments(execute, changing.in_force(bench)))
    if name == "replay":
        return arms.Replay(_kept(bench.path(answers or "")))
    from jupyter_coimprove.workbench.choosing import provider_for
    from jupyter_coimprove.workbench.model_arm import ModelArm

    return ModelArm(bench, provider_for(bench, name, model))


def measure(
    bench: Bench,
    arm: Arm,
    asked: Sequence[tuple[Family, Sample]],
    execute: Execute,
    answers: str | None = None,
) -> Measured:
    """Ask an arm all items; what was answered is written to ``answers`` as it comes, and not asked again."""
    from jupyter_coimprove.bench.asking import ask

    path = bench.path(answers) if answers is not None and arm.name != "replay" else None
    keeping = _Keeping(arm, path) if path is not None else arm
    began, failed, out = time.monotonic(), 0, []
    for one in ask(keeping, asked, execute, failures=(ValueError, ProviderError)):
        out.append(one)
        bench.check_cancelled()
        spent = time.monotonic() - began
        left = spent / len(out) * (len(asked) - len(out))
        bench.progress(
            Progress(text=f"{arm.name}: {one.family}", done=len(out), total=len(asked), left_s=left)
        )
        failed = failed + 1 if one.error else 0
        if failed >= _GIVES_UP and one.error.startswith("ProviderError"):
            raise ProviderError(
                f"{arm.name} failed {failed} times in a row: {one.error.partition(': ')[2]}",
                remedy="what was answered is kept with --answers FILE; ask again when it answers",
            )
    return Measured(arm=arm.name, answered=tuple(out), seconds=time.monotonic() - began)


class _Keeping:
    """An arm whose answers are kept in a file of JSON lines, item by item."""

    def __init__(self, arm: Arm, path: Path) -> None:
        self.name, self._arm, self._path = arm.name, arm, path
        self._known = _kept(path) if path.exists() else {}
        self.spent: Any = {}

    def answer(self, family: Family, item: Any) -> Any:
        from jupyter_coimprove.bench.item import read_answer

        if item.id in self._known:
            self.spent = {}
            return read_answer(self._known[item.id])
        said = self._arm.answer(family, item)
        self.spent = self._arm.spent
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"item": item.id, "arm": self.name, "answer": said.as_dict()}) + "\n")
        return said


def _kept(path: Path) -> dict[str, dict[str, Any]]:
    """Recorded answers by item. UsageError names the line that is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}", remedy="name the file that --answers wrote"
        ) from error
    return dict(_read(path, lines))


def _read(path: Path, lines: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            yield str(told["item"]), dict(told["answer"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"line {number} of {path} is no recorded answer",
                remedy="remove that line; a write was cut off",
            ) from error


def _write(path: Path, data: object) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def finite(value: float) -> float | None:
    """The number as JSON has it: None for nan."""
    return None if math.isnan(value) else value
