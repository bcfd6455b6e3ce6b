"""`share` and `verify BUNDLE`: a stranger has all that is open, sees what is withheld, and runs it again."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from jupyter_coimprove.errors import DecisionError, NothingToDo, UsageError
from jupyter_coimprove.interfaces.cli import main
from jupyter_coimprove.workbench import bundling, deciding, keeping, planning, running
from jupyter_coimprove.workbench.bench import Bench, Where


@pytest.fixture
def bundle(ended, bench, train):
    """The experiment's bundle, its finding accepted."""
    (finding,) = bench.record().find("finding")
    deciding.accept(bench, id=finding.id)
    (path,) = bundling.share(bench, notebook=str(train)).files
    return Path(path)


def changed(bundle: Path, name: str, raw: bytes) -> Path:
    """The bundle with one file's bytes replaced, its list untouched."""
    out = io.BytesIO()
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, raw if entry == name else old.read(entry))
    other = bundle.with_name("changed.zip")
    other.write_bytes(out.getvalue())
    return other


def crate(bundle: Path) -> dict:
    with zipfile.ZipFile(bundle) as found:
        return {one["@id"]: one for one in json.loads(found.read("ro-crate-metadata.json"))["@graph"]}


def test_all_that_belongs_to_it_is_in_the_bundle_and_described(bundle, ended):
    with zipfile.ZipFile(bundle) as found:
        names = set(found.namelist())
        told = json.loads(found.read("record.json"))["items"]
        report = found.read("report.md").decode()
    plan = f"coimprove/experiments/{ended}/plan.toml"
    assert {"train.ipynb", plan, "record.json", "requirements.txt", "README.md", "report.html"} <= names
    assert sum(name.endswith("output.ipynb") for name in names) == 7
    assert {one["kind"] for one in told} == {"experiment", "run", "finding", "decision"}
    assert "accepted as computed" in report
    graph = crate(bundle)
    assert graph["ro-crate-metadata.json"]["conformsTo"]["@id"].endswith("/crate/1.1")
    assert {part["@id"] for part in graph["./"]["hasPart"]} == names - {"ro-crate-metadata.json"}
    runs = [one for one in graph.values() if one["@type"] == "CreateAction"]
    assert len(runs) == 7
    assert {one["object"]["@id"] for one in runs} == {plan}
    assert {one["instrument"]["@id"] for one in runs} == {plan.replace("plan.toml", "notebook.ipynb")}
    assert {graph[one["agent"]["@id"]]["name"] for one in runs} == {
        graph[graph["./"]["author"]["@id"]]["name"]
    }
    assert {one["result"]["@id"] for one in runs} == {name for name in names if name.endswith("output.ipynb")}


def test_the_files_are_what_was_shared_and_a_changed_one_is_named_whichever_it_is(bundle, bench):
    assert keeping.verify(bench, bundle=str(bundle)).ok
    files = content(bundle)
    del files["ro-crate-metadata.json"]
    for name, raw in files.items():
        other = bytearray(raw or b" ")  # the runner's log is empty
        other[len(raw) // 2] ^= 1
        view = keeping.verify(bench, bundle=str(changed(bundle, name, bytes(other))))
        assert (view.ok, view.exit_code) == (False, 1)
        assert [row.name for row in view.checks] == [name]


def test_any_one_byte_that_changes_is_found(bundle, bench, tmp_path):
    whole, found = bundle.read_bytes(), []
    # Here and there, and all of the first header and of the end of the list: what they say is how the rest is read.
    for place in [*range(0, len(whole), len(whole) // 40), *range(60), *range(len(whole) - 100, len(whole))]:
        flipped = bytearray(whole)
        flipped[place] ^= 1
        (tmp_path / "flipped.zip").write_bytes(flipped)
        try:
            found.append(not keeping.verify(bench, bundle=str(tmp_path / "flipped.zip")).ok)
        except UsageError:
            found.append(True)  # so changed that it is no bundle any more
    assert len(found) > 190
    assert all(found)


def test_elsewhere_it_is_run_again_and_every_response_is_the_recorded_one(bundle, tmp_path_factory, capsys):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "it.zip").write_bytes(bundle.read_bytes())
    other = Bench(where=Where(cwd=elsewhere), root_override=elsewhere)
    view = keeping.verify(other, bundle="it.zip", rerun=True, workers=2)
    assert view.ok, view.checks
    assert len(view.checks) == 7
    assert all(row.text.startswith("equal: ") for row in view.checks)
    assert sorted(path.name for path in elsewhere.iterdir()) == ["it.zip"], "nothing is left behind"


def repacked(bundle: Path, files: dict[str, bytes]) -> Path:
    """A bundle of these files that somebody listed and sealed as ``share`` does."""
    listed = json.loads(files["ro-crate-metadata.json"])
    for one in listed["@graph"]:
        if one["@id"] in files and "sha256" in one:
            one["sha256"] = hashlib.sha256(files[one["@id"]]).hexdigest()
    files["ro-crate-metadata.json"] = json.dumps(listed).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, raw in files.items():
            made.writestr(name, raw)
        made.comment = b"0" * 64
    forged = bundle.with_name("forged.zip")
    seal = hashlib.sha256(out.getvalue()).hexdigest().encode()
    forged.write_bytes(out.getvalue()[:-64] + seal)
    return forged


def content(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as found:
        return {name: found.read(name) for name in found.namelist()}


def test_a_response_that_is_another_is_told_with_both_numbers(bundle, bench):
    files = content(bundle)
    told = json.loads(files["record.json"])
    runs = [one["data"] for one in told["items"] if one["kind"] == "run" and one["data"]["arm"] == "baseline"]
    run = min(runs, key=lambda one: (one["replicate"], one["block"]))
    for metric in run["metrics"]:
        if metric["name"] == "response":
            metric["value"] = {"kind": "finite", "number": 9.0}
    files["record.json"] = json.dumps(told).encode()
    view = keeping.verify(bench, bundle=str(repacked(bundle, files)), rerun=True, runs=1)
    assert (view.ok, view.exit_code) == (False, 1)
    assert "recorded 9" in view.checks[0].text


def test_what_is_withheld_is_named_with_the_reason_and_secrets_are_masked(ended, bench, train, monkeypatch):
    monkeypatch.setenv("LAB_API_TOKEN", "tok-5b1f0c77d2a94e")
    (finding,) = bench.record().find("finding")
    deciding.accept(bench, id=finding.id, reason="checked with tok-5b1f0c77d2a94e")
    view = bundling.share(bench, notebook=str(train), withhold=["*/output.ipynb=patients did not agree"])
    with zipfile.ZipFile(view.files[0]) as found:
        assert not [name for name in found.namelist() if name.endswith("output.ipynb")]
        everything = b"".join(found.read(name) for name in found.namelist())
    assert b"tok-5b1f0c77d2a94e" not in everything
    assert str(train.parent).encode() not in everything, "no path of this machine"
    graph = crate(Path(view.files[0]))
    held = [one for one in graph.values() if "conditionsOfAccess" in one]
    assert {one["conditionsOfAccess"] for one in held} == {"patients did not agree"}
    assert len(held) == 7
    assert {one["@id"] for one in held} <= {one["@id"] for one in graph["./"]["mentions"]}
    assert not [one for one in graph.values() if one["@type"] == "CreateAction" and "result" in one]
    assert keeping.verify(bench, bundle=view.files[0]).warnings[0].endswith("(patients did not agree)")


def test_a_run_that_fails_for_want_of_what_was_withheld_is_told_so(bench, write, tmp_path):
    (tmp_path / "patients.csv").write_text("1\n2\n")
    path = write("lr = 0.1", "score = lr * sum(map(int, open('patients.csv')))")
    plan = planning.plan(
        bench, notebook=str(path), factor=["lr=0.3"], response="score", direction="max", blocks=2
    )
    running.run(bench, experiment=plan.id, workers=2, wait=True)
    shared = bundling.share(bench, notebook=str(path), withhold=["patients.csv=they did not agree"]).files[0]
    view = keeping.verify(bench, bundle=shared, rerun=True, runs=1)
    (row,) = view.checks
    assert (view.exit_code, row.ok) == (1, False)
    assert "FileNotFoundError" in row.text
    assert row.remedy == "withheld from the bundle: patients.csv (they did not agree); ask whoever shared it"


def test_the_same_project_gives_the_same_bytes(ended, bench, train, tmp_path):
    from jupyter_coimprove.clock import SystemClock

    class Still(SystemClock):
        def wall_ms(self) -> int:
            return 1_700_000_000_000

    bench.clock = Still()
    first, second = (
        Path(bundling.share(bench, notebook=str(train), output=str(tmp_path / name)).files[0]).read_bytes()
        for name in ("a.zip", "b.zip")
    )
    assert first == second


def test_what_cannot_be_shared_or_verified_is_refused_with_a_remedy(bench, train, tmp_path, capsys):
    with pytest.raises(NothingToDo, match=r"no experiment of train\.ipynb has run"):
        bundling.share(bench, notebook=str(train))
    with pytest.raises(UsageError, match="is no bundle of ours"):
        keeping.verify(bench, bundle=str(train))
    with pytest.raises(UsageError, match="none is named"):
        keeping.verify(bench, rerun=True)
    assert main(["verify", str(train), "--json"]) == 2
    assert "share NOTEBOOK" in capsys.readouterr().out


def test_a_file_of_the_persons_own_is_never_replaced_and_nobody_else_shares(ended, bench, train, tmp_path):
    mine = tmp_path / "mine.zip"
    mine.write_bytes(b"mine")
    with pytest.raises(UsageError, match="is no bundle"):
        bundling.share(bench, notebook=str(train), output=str(mine))
    assert mine.read_bytes() == b"mine"
    with pytest.raises(UsageError, match="not what is withheld"):
        bundling.share(bench, notebook=str(train), withhold=["*.csv"])
    from jupyter_coimprove.registry import TOOL

    bench.actor = TOOL
    with pytest.raises(DecisionError):
        bundling.share(bench, notebook=str(train))


def test_a_name_that_leads_out_of_the_folder_is_refused(bundle, bench):
    files = content(bundle)
    listed = json.loads(files["ro-crate-metadata.json"])
    listed["@graph"].append(
        {"@id": "../out.txt", "@type": "File", "name": "x", "contentSize": "3", "sha256": ""}
    )
    next(one for one in listed["@graph"] if one["@id"] == "./")["hasPart"].append({"@id": "../out.txt"})
    files |= {"ro-crate-metadata.json": json.dumps(listed).encode(), "../out.txt": b"out"}
    with pytest.raises(UsageError, match="lies outside of it"):
        keeping.verify(bench, bundle=str(repacked(bundle, files)), rerun=True)
