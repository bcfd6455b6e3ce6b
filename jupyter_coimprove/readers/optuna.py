"""Optuna's studies in SQLite."""

from __future__ import annotations

from pathlib import Path

from jupyter_coimprove.errors import EngineError, UsageError
from jupyter_coimprove.evidence.tracked import Tracked, TrackedRun
from jupyter_coimprove.readers.base import is_sqlite, one_of, tables_of
from jupyter_coimprove.readers.exports import SEARCHED

_STATES = {
    "COMPLETE": "finished",
    "PRUNED": "finished",
    "FAIL": "failed",
    "RUNNING": "running",
    "WAITING": "running",
}


class Study:
    """A study of an RDB storage, read by Optuna itself, which knows its own versions."""

    tool = "Optuna"

    def recognises(self, path: Path) -> bool:
        return is_sqlite(path) and {"studies", "trials", "trial_params"} <= tables_of(path)

    def read(self, path: Path, part: str | None) -> Tracked:
        try:
            import optuna
        except ImportError as error:
            raise EngineError(
                "Optuna's studies cannot be read: optuna is not installed where coimprove runs",
                remedy='pip install "jupyter-coimprove[optuna]", or export study.trials_dataframe() as CSV',
            ) from error
        # Opened for reading alone, so that a study in use is not touched.
        url = f"sqlite:///file:{path.resolve()}?mode=ro&uri=true"
        try:
            storage = optuna.storages.RDBStorage(url=url, skip_compatibility_check=False)
            names = optuna.study.get_all_study_names(storage=storage)
            chosen = one_of("study", {name: name for name in names}, part, path.name)
            study = optuna.load_study(study_name=chosen, storage=storage)
            trials = study.get_trials(deepcopy=False)
        except (RuntimeError, ValueError) as error:
            raise UsageError(f"{path.name} cannot be read as an Optuna storage: {error}") from error
        names_of = list(study.metric_names or ()) or (
            ["value"] if len(study.directions) == 1 else [f"values_{i}" for i in range(len(study.directions))]
        )
        runs = []
        for trial in trials:
            attrs = {k: str(v) for k, v in trial.user_attrs.items() if isinstance(v, (str, int, float, bool))}
            series = {
                "intermediate": tuple(
                    (int(s), float(v)) for s, v in sorted(trial.intermediate_values.items())
                )
            }
            runs.append(
                TrackedRun(
                    id=str(trial.number), name=f"trial {trial.number}", state=_STATES.get(trial.state.name, "finished"),
                    params={**attrs, **{k: str(v) for k, v in trial.params.items()}},
                    metrics=dict(zip(names_of, map(float, trial.values or ()), strict=False)),
                    series=series if trial.intermediate_values else {},
                )
            )  # fmt: skip
        return Tracked(tool=self.tool, runs=tuple(runs), notes=(SEARCHED,))
