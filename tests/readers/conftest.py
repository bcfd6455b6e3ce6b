"""Results as other tools write them: their own layouts, by hand, with one truth behind all."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tracked_truth import RATES, accuracy, pairs, series


@pytest.fixture
def mlruns(tmp_path: Path) -> Path:
    """MLflow's file store."""
    root = tmp_path / "mlruns"
    experiment = root / "417"
    experiment.mkdir(parents=True)
    (experiment / "meta.yaml").write_text("experiment_id: '417'\nlifecycle_stage: active\nname: digits\n")
    for number, (rate, seed) in enumerate(pairs()):
        run = experiment / f"{number:032x}"
        for folder in ("params", "metrics/val", "tags", "artifacts"):
            (run / folder).mkdir(parents=True)
        (run / "meta.yaml").write_text(
            f"run_id: {number:032x}\nrun_name: bold-fish-{number}\nstatus: 3\nlifecycle_stage: active\nstart_time: {1700000000000 + number}\n"
        )
        for name, value in (
            ("lr", rate),
            ("seed", str(seed)),
            ("epochs", "3"),
            ("output_dir", f"out/{number}"),
        ):
            (run / "params" / name).write_text(value)
        lines = [f"17000000000{step:02d} {value} {step}" for step, value in enumerate(series(rate, seed))]
        (run / "metrics" / "val" / "acc").write_text("\n".join(lines) + "\n")
        (run / "tags" / "mlflow.runName").write_text(f"bold-fish-{number}")
    deleted = experiment / ("f" * 32)
    (deleted / "params").mkdir(parents=True)
    (deleted / "meta.yaml").write_text(f"run_id: {'f' * 32}\nstatus: 3\nlifecycle_stage: deleted\n")
    return root


@pytest.fixture
def mlflow_db(tmp_path: Path) -> Path:
    """MLflow's SQLite backend: the tables it reads from, with their columns."""
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            """
            CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name VARCHAR(256), artifact_location VARCHAR(256),
              lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT);
            CREATE TABLE runs (run_uuid VARCHAR(32) PRIMARY KEY, name VARCHAR(250), source_type VARCHAR(20), source_name VARCHAR(500),
              entry_point_name VARCHAR(50), user_id VARCHAR(256), status VARCHAR(9), start_time BIGINT, end_time BIGINT,
              deleted_time BIGINT, source_version VARCHAR(50), lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), experiment_id INTEGER);
            CREATE TABLE params (key VARCHAR(250), value VARCHAR(8000), run_uuid VARCHAR(32));
            CREATE TABLE metrics (key VARCHAR(250), value FLOAT, timestamp BIGINT, run_uuid VARCHAR(32), step BIGINT DEFAULT 0, is_nan BOOLEAN);
            CREATE TABLE latest_metrics (key VARCHAR(250), value FLOAT, timestamp BIGINT, step BIGINT, is_nan BOOLEAN, run_uuid VARCHAR(32));
            CREATE TABLE tags (key VARCHAR(250), value VARCHAR(5000), run_uuid VARCHAR(32));
            INSERT INTO experiments VALUES (0, 'Default', '', 'active', 0, 0), (1, 'digits', '', 'active', 0, 0);
            """
        )
        for number, (rate, seed) in enumerate(pairs()):
            run = f"{number:032x}"
            database.execute(
                "INSERT INTO runs (run_uuid, name, status, start_time, lifecycle_stage, experiment_id) VALUES (?, ?, 'FINISHED', ?, 'active', 1)",
                (run, f"bold-fish-{number}", number),
            )
            for key, value in (("lr", rate), ("seed", str(seed))):
                database.execute("INSERT INTO params VALUES (?, ?, ?)", (key, value, run))
            for step, number_ in enumerate(series(rate, seed)):
                database.execute(
                    "INSERT INTO metrics VALUES ('acc', ?, ?, ?, ?, 0)", (number_, step, run, step)
                )
        database.commit()
    return path


@pytest.fixture
def search_runs(tmp_path: Path) -> Path:
    """``mlflow.search_runs().to_csv()``."""
    path = tmp_path / "runs.csv"
    rows = [
        "run_id,experiment_id,status,artifact_uri,start_time,metrics.acc,params.lr,params.seed,tags.mlflow.runName"
    ]
    rows += [
        f"{i:032x},1,FINISHED,x,2024-01-01,{accuracy(r, s)},{r},{s},fish-{i}"
        for i, (r, s) in enumerate(pairs())
    ]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def wandb_csv(tmp_path: Path) -> Path:
    """The table of runs as the page exports it."""
    path = tmp_path / "wandb_export.csv"
    rows = ['"Name","State","Notes","User","Tags","Created","Runtime","Sweep","lr","seed","acc"']
    rows += [
        f'"run-{i}","finished","-","ada","","2024-01-01T00:00:00.000Z","{30 + i}","","{r}","{s}","{accuracy(r, s)}"'
        for i, (r, s) in enumerate(pairs())
    ]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def wandb_written(tmp_path: Path) -> Path:
    """``summary``, ``config`` and ``name`` as W&B's guide to exporting writes them."""
    path = tmp_path / "project.csv"
    rows = [",summary,config,name"]
    for i, (r, s) in enumerate(pairs()):
        summary = repr({"acc": accuracy(r, s), "_step": 3, "_runtime": 12.5})
        config = repr({"optim": {"lr": float(r)}, "seed": s})
        rows.append(f'{i},"{summary}","{config}",run-{i}')
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def wandb_chart(tmp_path: Path) -> Path:
    """A chart's data: a row a step, a column a run."""
    path = tmp_path / "wandb_chart.csv"
    runs = [(f"lr{r.replace('.', 'p')}-seed{s}", series(r, s)) for r, s in pairs()]
    heads = [f'"{n} - acc","{n} - acc__MIN","{n} - acc__MAX"' for n, _ in runs]
    rows = ['"Step",' + ",".join(heads)]
    rows += [
        f'"{step}",' + ",".join(f'"{v[step]}","{v[step]}","{v[step]}"' for _, v in runs) for step in range(3)
    ]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def wandb_folder(tmp_path: Path) -> Path:
    """Offline runs."""
    root = tmp_path / "wandb"
    for i, (r, s) in enumerate(pairs()):
        files = root / f"offline-run-20240101_1200{i:02d}-id{i:06d}" / "files"
        files.mkdir(parents=True)
        (files / "wandb-summary.json").write_text(
            json.dumps({"acc": accuracy(r, s), "_runtime": 3, "_timestamp": 1.5})
        )
        (files / "config.yaml").write_text(
            f"wandb_version: 1\n_wandb:\n  desc: null\n  value:\n    cli_version: 0.16\nlr:\n  desc: null\n  value: {r}\nseed:\n  desc: null\n  value: {s}\n"
        )
    (root / "latest-run").symlink_to(next(iter(sorted(root.iterdir()))), target_is_directory=True)
    return root


@pytest.fixture
def optuna_db(tmp_path: Path) -> Path:
    """A study in SQLite, written by Optuna."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path = tmp_path / "study.db"
    study = optuna.create_study(study_name="digits", storage=f"sqlite:///{path}", direction="maximize")
    rates = optuna.distributions.CategoricalDistribution(list(RATES))
    seeds = optuna.distributions.IntDistribution(0, 10)
    for r, s in pairs():
        study.add_trial(
            optuna.trial.create_trial(
                params={"lr": r, "seed": s}, distributions={"lr": rates, "seed": seeds}, value=accuracy(r, s)
            )
        )
    return path


@pytest.fixture
def optuna_csv(tmp_path: Path, optuna_db: Path) -> Path:
    """``study.trials_dataframe().to_csv()``."""
    import optuna

    path = tmp_path / "trials.csv"
    optuna.load_study(study_name="digits", storage=f"sqlite:///{optuna_db}").trials_dataframe().to_csv(
        path, index=False
    )
    return path
