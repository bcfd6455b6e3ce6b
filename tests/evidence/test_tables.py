"""Tables of results as people have them, and the comparison made of them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from jupyter_coimprove.errors import UnknownName, UsageError
from jupyter_coimprove.evidence.compare import compare
from jupyter_coimprove.evidence.tables import direction_of, from_frame, read_table

SEEDS = [1, 2, 3, 4, 5, 6]
NOISE = np.random.default_rng(1).normal(0, 1, (3, 6))
ACC = {
    "baseline": 0.90 + 0.02 * NOISE[0],
    "no dropout": 0.87 + 0.02 * NOISE[0] + 0.003 * NOISE[1],
    "adam": 0.90 + 0.02 * NOISE[0] + 0.003 * NOISE[2],
}
LONG = pd.DataFrame(
    [{"seed": s, "arm": a, "accuracy": float(ACC[a][i])} for a in ACC for i, s in enumerate(SEEDS)]
)
WIDE = pd.DataFrame({"seed": SEEDS, **ACC})


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def verdicts(table, **changes):
    found = compare(table, **{"direction": "max", **changes})
    return {effect.arm: effect.verdict for effect in found.effects}


# -- forms -----------------------------------------------------------------------------------------
@pytest.fixture(
    params=["csv", "tsv", "json", "jsonl", "columns.json", "parquet", "frame", "semicolons", "bom"]
)
def long_table(request, tmp_path):
    form, name = request.param, f"results.{request.param.split('.')[-1]}"
    if form == "frame":
        return from_frame(LONG)
    if form == "parquet":
        LONG.to_parquet(tmp_path / name)
        return read_table(tmp_path / name)
    if form == "semicolons":
        return read_table(written(tmp_path, "r.csv", LONG.to_csv(index=False, sep=";", decimal=",")))
    text = {
        "csv": LONG.to_csv(index=False), "bom": "\ufeff" + LONG.to_csv(index=False),
        "tsv": LONG.to_csv(index=False, sep="\t"), "json": LONG.to_json(orient="records"),
        "jsonl": LONG.to_json(orient="records", lines=True), "columns.json": LONG.to_json(orient="columns"),
    }[form]  # fmt: skip
    return read_table(written(tmp_path, name if form != "bom" else "b.csv", text))


def test_a_long_table_is_understood_in_every_form(long_table):
    assert long_table.layout == "long"
    assert long_table.response == "accuracy"
    assert long_table.treatments == ("baseline", "no dropout", "adam")
    assert [long_table.number(block) for block in long_table.blocks] == SEEDS
    found = compare(long_table)
    oracle = stats.ttest_rel(ACC["no dropout"], ACC["baseline"])
    assert found.effects[0].p == pytest.approx(oracle.pvalue, rel=1e-6)
    assert found.effects[0].verdict == "worse"


def test_a_wide_table_is_understood_too(tmp_path):
    table = read_table(written(tmp_path, "wide.csv", WIDE.to_csv(index=False)))
    assert table.layout == "wide"
    assert verdicts(table) == verdicts(from_frame(LONG))
    assert any("a column a treatment" in note for note in table.notes)


def test_a_row_a_treatment_with_a_column_a_seed_is_turned():
    turned = WIDE.set_index("seed").T.reset_index(names="method")
    table = from_frame(turned.rename(columns={s: f"seed {s}" for s in SEEDS}))
    assert table.treatments == ("baseline", "no dropout", "adam")
    assert verdicts(table) == verdicts(from_frame(LONG))


def test_an_index_with_a_name_is_a_column():
    assert verdicts(from_frame(WIDE.set_index("seed"))) == verdicts(from_frame(WIDE))
    assert verdicts(from_frame(LONG.set_index(["seed", "arm"]))) == verdicts(from_frame(LONG))


def test_mlflow_and_wandb_prefixes_are_seen_through():
    renamed = LONG.rename(
        columns={"seed": "params.seed", "arm": "tags.model", "accuracy": "metrics.accuracy"}
    )
    table = from_frame(renamed.assign(**{"metrics.epoch_seconds": 3.0}), response="metrics.accuracy")
    assert table.treatments == ("baseline", "no dropout", "adam")
    assert verdicts(table) == verdicts(from_frame(LONG))


def test_several_columns_together_name_a_treatment_or_a_block():
    frame = LONG.assign(lr=LONG["arm"].map({"baseline": 0.1, "no dropout": 0.1, "adam": 0.01}))
    frame["dropout"] = (frame["arm"] != "no dropout").astype(int)
    frame["fold"], frame["seed"] = frame["seed"] % 2, frame["seed"] // 2
    table = from_frame(frame.drop(columns="arm"), treatment="lr,dropout", response="accuracy")
    assert table.treatments[0] == "lr=0.1, dropout=1"
    assert len(table.blocks) == 6
    assert verdicts(table, baseline="lr=0.1, dropout=1")["lr=0.1, dropout=0"] == "worse"


# -- what is in the cells ----------------------------------------------------------------------------
def test_nan_infinite_missing_and_text_are_kinds_of_their_own(tmp_path):
    text = "seed,baseline,x\n1,0.9,nan\n2,0.9,inf\n3,0.9,-inf\n4,0.9,\n5,0.9,oops\n6,0.91,0.9\n"
    table = read_table(written(tmp_path, "r.csv", text))
    assert table.values("baseline") == [0.9, 0.9, 0.9, 0.9, 0.9, 0.91]


def test_failed_cells_are_counted_by_kind(tmp_path):
    text = "seed,baseline,x\n1,0.9,nan\n2,0.9,inf\n3,0.9,-inf\n4,0.9,N/A\n5,0.93,0.9\n6,91%,0.9\n"
    found = compare(read_table(written(tmp_path, "r.csv", text)), direction="max")
    assert dict(found.arms[1].failures) == {"nan": 1, "inf": 1, "-inf": 1, "missing": 1}
    assert found.arms[0].values[-1] == (6, 91.0)
    assert found.effects[0].verdict == "undecided"


def test_none_and_nan_of_a_frame_are_told_apart():
    frame = pd.DataFrame(
        {"seed": SEEDS, "baseline": ACC["baseline"], "x": [None, float("nan"), pd.NA, 1, 2, 3]}
    )
    found = compare(from_frame(frame), direction="max")
    assert dict(found.arms[1].failures) == {"missing": 2, "nan": 1}


def test_duplicates_are_kept_and_flagged_with_what_tells_them_apart():
    epochs = pd.concat([LONG.assign(epoch=1), LONG.assign(epoch=2, accuracy=LONG["accuracy"] + 0.01)])
    table = from_frame(epochs, response="accuracy")
    assert len(table.results) == 2 * len(LONG)
    assert any("may differ in epoch" in note for note in table.notes)
    found = compare(table)
    assert any("more than one response" in note for note in found.notes)


# -- what is refused -----------------------------------------------------------------------------------
def test_an_unpaired_comparison_is_refused_where_pairing_is_possible():
    with pytest.raises(UsageError, match="cannot be paired") as caught:
        from_frame(LONG.rename(columns={"seed": "init"}), treatment="arm", response="accuracy")
    assert "init" in caught.value.remedy
    assert verdicts(from_frame(LONG.rename(columns={"seed": "init"}), block="init"))["no dropout"] == "worse"


def test_treatments_on_other_blocks_are_not_compared():
    apart = LONG.assign(seed=LONG["seed"] + 100 * (LONG["arm"] == "adam"))
    with pytest.raises(UsageError, match="adam shares no block"):
        compare(from_frame(apart))


@pytest.mark.parametrize("role", ["block", "treatment", "response"])
def test_a_column_that_is_not_there_offers_close_ones(role):
    with pytest.raises(UnknownName, match="acuracy") as caught:
        from_frame(LONG, **{role: "acuracy"})
    assert "accuracy" in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("r.csv", "", "no rows"), ("r.csv", "seed,a,b\n", "no rows"), ("r.csv", "a,b\nx,y\n", "holds numbers"),
        ("r.csv", "a,b,a\n1,2,3\n", "two columns"), ("r.csv", "a,b\n1,2,3\n", "row 2 has 3 cells"),
        ("r.json", "{", "not JSON"), ("r.json", "[]", "no table"), ("r.json", "3", "no table"),
        ("r.jsonl", '{"a": 1}\n[', "not JSON"), ("r.xlsx", "", "not a table"), ("r.parquet", "x", "cannot be read"),
        ("r.csv", "seed,accuracy,loss\n1,2,3\n2,2,4\n", "several responses"),
        ("r.csv", "seed,arm,model,acc\n1,a,x,3\n1,b,x,3\n2,a,y,3\n2,b,y,3\n", "may be the treatment"),
        ("r.csv", "seed,arm,u,v\n1,a,1,3\n1,b,1,3\n2,a,2,3\n2,b,2,3\n", "may be the response"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_results_is_refused_with_a_remedy(tmp_path, name, text, said):
    with pytest.raises(UsageError, match=said) as caught:
        read_table(written(tmp_path, name, text))
    assert caught.value.remedy


def test_a_file_that_is_absent_or_not_text_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no file"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("seed,a\n1,é\n".encode("latin-1"))
    with pytest.raises(UsageError, match="UTF-8"):
        read_table(tmp_path / "latin.csv")


def test_the_baseline_and_the_direction_are_asked_for_where_names_do_not_tell():
    renamed = LONG.replace({"arm": {"baseline": "sgd"}})
    with pytest.raises(UsageError, match="is the baseline"):
        compare(from_frame(renamed))
    with pytest.raises(UnknownName):
        compare(from_frame(LONG), baseline="basline")
    with pytest.raises(UsageError, match="better"):
        compare(from_frame(WIDE))
    with pytest.raises(UsageError, match="only one treatment"):
        compare(from_frame(LONG[["seed", "accuracy"]]))
    assert [direction_of(n) for n in ("val_accuracy", "test loss", "brier_score", "x")] == [
        "max",
        "min",
        None,
        None,
    ]


# -- the comparison ------------------------------------------------------------------------------------
def test_a_comparison_is_post_hoc_and_says_what_would_confirm_it():
    plain, aimed = compare(from_frame(LONG)), compare(from_frame(LONG), smallest_effect=0.005)
    assert plain.notes[0].startswith("post hoc")
    assert any("naming the smallest difference" in note for note in plain.notes)
    assert any("about" in note and "0.005" in note for note in aimed.notes)
    assert aimed.effects[0].needed


def test_a_margin_makes_equivalence_possible():
    assert verdicts(from_frame(LONG), margin=0.02)["adam"] == "equivalent"


def test_splits_are_compared_with_the_correction():
    found = compare(from_frame(LONG), block_kind="split", split_ratio=0.25, smallest_effect=0.0005)
    assert {e.method for e in found.effects} == {"nadeau-bengio"}
    assert any("no number of splits" in note for note in found.notes)


def test_values_of_one_treatment_are_given_for_its_noise():
    assert from_frame(LONG).values() == pytest.approx(list(ACC["baseline"]))
    assert from_frame(LONG).values("adam") == pytest.approx(list(ACC["adam"]))
    assert from_frame(LONG[["seed", "accuracy"]][:6]).values() == pytest.approx(list(ACC["baseline"]))


def test_blocks_that_are_no_numbers_are_numbered(tmp_path):
    folds = WIDE.assign(seed=[f"fold-{s}" for s in SEEDS]).rename(columns={"seed": "fold"})
    table = read_table(written(tmp_path, "r.json", json.dumps(folds.to_dict("list"))))
    assert [table.number(b) for b in table.blocks] == SEEDS
    assert verdicts(table) == verdicts(from_frame(LONG))


def test_unequal_tuning_budgets_in_a_table_are_labelled_confounded():
    import pandas as pd

    rows = [
        ("a", 1, 0.1, 0.5),
        ("a", 1, 0.2, 0.6),
        ("a", 2, 0.1, 0.5),
        ("a", 2, 0.2, 0.7),
        ("b", 1, 0.1, 0.5),
        ("b", 2, 0.1, 0.4),
    ]
    frame = pd.DataFrame(rows, columns=["model", "seed", "lr", "acc"])
    table = from_frame(frame, treatment="model", response="acc")
    assert any(
        note.startswith("confounded: unequal tuning budgets (a has 4 rows, b 2)") for note in table.notes
    )
    assert compare(table, baseline="b").effects[0].estimate == pytest.approx(0.125)
    equal = from_frame(frame[frame.lr < 0.15], treatment="model", response="acc")
    assert not any("confounded" in note for note in equal.notes)
