"""What goes with a module: its card, its golden test, the packages it needs, and the notebook as a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: How far a value may be from the golden one, relative: other machines round otherwise.
RELATIVE, ABSOLUTE = 1e-6, 1e-12
#: Every night at three, until a person says otherwise.
SCHEDULE = "0 3 * * *"


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """All that the papers say. ``values``: ``module``, ``notebook``, and ``recorded`` where a run had it; ``spread`` is
    the interval for one more run of the same (None: the record has no two runs), ``effect`` a sentence with its interval."""

    name: str
    notebook: str
    notebook_digest: str
    response: str
    direction: str
    how: str
    values: Mapping[str, float | None]
    verdict: str
    parameters: Mapping[str, str]
    unused: Sequence[str] = ()
    cells: Sequence[int] = ()
    left_out: Sequence[int] = ()
    data: Sequence[Mapping[str, Any]] = ()
    data_unknown: str = ""
    modules: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    arm: str = ""
    block: int | None = None
    experiment: str = ""
    finding: str = ""
    claim: str = ""
    effect: str = ""
    runs: Sequence[str] = ()
    spread: tuple[float, float] | None = None
    spread_of: int = 0
    limits: Sequence[str] = ()
    made_at: str = ""


def judged(one: float | None, other: float | None) -> str:
    """``equal``, ``within tolerance`` or ``differs``; what is missing differs."""
    if one is None or other is None:
        return "differs"
    if one == other or (one != one and other != other):
        return "equal"
    return "within tolerance" if abs(one - other) <= max(ABSOLUTE, RELATIVE * abs(other)) else "differs"


def card(one: Shipped) -> str:
    """CARD.md: what it is for, what it rests on, and where it ends."""
    values = [f"- {key}: {value!r}" for key, value in one.values.items() if value is not None]
    lines = [
        f"# {one.name}", "",
        f"`run()` gives **{one.response}** ({'more' if one.direction == 'max' else 'less'} is better) as `{one.notebook}` measures it.", "",
        "## The number", "", *values, f"- the module against its notebook in a fresh kernel: **{one.verdict}**",
        *([f"- effect: {one.effect}"] if one.effect else []),
        *([f"- one more run of the same is expected between {one.spread[0]:.6g} and {one.spread[1]:.6g} (95 %, from {one.spread_of} runs)"] if one.spread else ["- no interval: the record has no two runs of this treatment"]),
        "", "## Use", "", "```python", f"from {one.name} import run", f"run({', '.join(f'{k}={v}' for k, v in one.parameters.items())})", "```", "",
        "```sh", f"python {one.name}.py --json", f"python -m pytest test_{one.name}.py", "```", "",
        *(["| parameter | default |", "|---|---|", *(f"| `{k}` | `{_bar(v)}` |" for k, v in one.parameters.items()), ""] if one.parameters else ["It has no parameters.", ""]),
        *([f"Parameters of the notebook that the result does not depend on: {', '.join(one.unused)}.", ""] if one.unused else []),
        "## Data", "",
        *(["| file | bytes | digest |", "|---|---|---|", *(f"| `{_bar(str(f['path']))}` | {f['size']} | `{f['digest']}` |" for f in one.data), ""] if one.data else ["It names no file.", ""]),
        *([f"There may be more: {one.data_unknown}.", ""] if one.data_unknown else []),
        "Paths are relative to the notebook's folder (`--folder` names another). `inputs.schema.json` holds what the tables looked like, "
        "with quantiles and the names of categories: leave it out where those may not be told.", "",
        "## Limits", "", *(f"- {line}" for line in one.limits), "",
        "## Where it comes from", "",
        f"- notebook `{one.notebook}`, code digest `{one.notebook_digest}`; cells {', '.join(map(str, one.cells))} are kept"
        + (f", {', '.join(map(str, one.left_out))} left out" if one.left_out else ""),
        *([f"- experiment `{one.experiment}`, treatment `{one.arm}`, block {one.block}"] if one.experiment else ["- no experiment: the response as the notebook has it now"]),
        *([f"- finding `{one.finding}`: {one.claim}"] if one.finding else []),
        *([f"- runs: {', '.join(f'`{run}`' for run in one.runs)}"] if one.runs else []),
        *([f"- modules beside the notebook, copied: {', '.join(f'`{m}`' for m in one.modules)}"] if one.modules else []),
        f"- Python {one.python or 'of the kernel'}; packages in `requirements.txt`", f"- made {one.made_at}", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _bar(text: str) -> str:
    return text.replace("|", "\\|")


def golden(one: Shipped) -> str:
    """The test: the response as the notebook gave it, and every parameter on the command line."""
    value = one.values.get("recorded") if one.values.get("recorded") is not None else one.values["notebook"]
    return f'''"""{one.name} gives what {one.notebook} gave."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import {one.name} as module

#: As the run had it{f" ({one.runs[0]})" if one.runs else ""}; other machines round otherwise.
GOLDEN = {{{one.response!r}: {_number(value)}}}
RELATIVE = {RELATIVE!r}


def test_the_response_is_the_notebooks():
    assert module.run() == pytest.approx(GOLDEN, rel=RELATIVE, abs={ABSOLUTE!r}, nan_ok=True)


@pytest.mark.parametrize("name", {sorted(one.parameters)!r})
def test_every_parameter_is_on_the_command_line(name, capsys):
    with pytest.raises(SystemExit):
        module.main(["--help"])
    assert "--" + name.replace("_", "-") in capsys.readouterr().out
'''


def _number(value: float | None) -> str:
    if value is None or value != value:
        return 'float("nan")'
    return repr(value) if abs(value) != float("inf") else f'float("{value}")'


def requirements(versions: Mapping[str, str], python: str) -> str:
    """requirements.txt: the packages that it imports, as they were in the kernel."""
    head = f"# Python {python}\n" if python else ""
    return head + "".join(
        f"{name}=={version.partition('+')[0]}\n" for name, version in sorted(versions.items())
    )


def job(
    name: str, notebook: str, kernel: str, parameters: Mapping[str, Any], sources: Mapping[str, str]
) -> dict[str, str]:
    """The notebook as a job: file name -> text. ``notebook`` is its path from the project's folder.

    ``parameters`` are values as JSON knows them, ``sources`` all of them as Python.
    """
    import json
    import shlex

    given = " ".join(f"-p {key} {shlex.quote(_yaml(value))}" for key, value in parameters.items())
    out = f"out/{name}.ipynb"
    command = f"papermill {shlex.quote(notebook)} {out} --cwd {shlex.quote(notebook.rpartition('/')[0] or '.')} -k {shlex.quote(kernel)} {given}".rstrip()
    scheduler = {
        "input_uri": notebook, "name": name, "runtime_environment_name": "", "output_formats": ["ipynb"], "parameters": dict(parameters),
        "output_filename_template": "{{name}}-{{create_time}}", "schedule": SCHEDULE, "timezone": "UTC",
    }  # fmt: skip
    left = sorted(sources.keys() - parameters.keys())
    return {
        "papermill.sh": "#!/bin/sh\n# From the project's folder.\nset -e\nmkdir -p out\n" + command + "\n",
        "crontab.txt": _crontab(command),
        "jupyter-scheduler.json": json.dumps(scheduler, indent=1) + "\n",
        **({"NOT_PARAMETERS.txt": "These are no JSON and stay as the notebook has them: " + ", ".join(left) + "\n"} if left else {}),
    }  # fmt: skip


def _crontab(command: str) -> str:
    """A line for ``crontab``: there ``%`` ends the command, and nothing runs where it is not said in which folder."""
    line = f'cd "${{PROJECT:?the folder of the project}}" && mkdir -p out && {command}'
    escaped = line.replace("%", "\\%")
    return f"# Above it: PROJECT=/the/folder/of/the/project\n{SCHEDULE} {escaped}\n"


def _yaml(value: Any) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value)
