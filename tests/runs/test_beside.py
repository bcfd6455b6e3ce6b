"""What belongs to a notebook's code besides its cells: modules, and configurations it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_coimprove.notebook.cells import Cell, Notebook
from jupyter_coimprove.runs import beside
from jupyter_coimprove.runs.beside import gather
from jupyter_coimprove.runs.snapshot import freeze, thaw


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    nb = tmp_path / "p" / "notebooks"
    nb.mkdir(parents=True)
    (nb / "config.yaml").write_text("lr: 0.1\n")
    (nb / "cfg").mkdir()
    (nb / "cfg" / "base.json").write_text('{"depth": 2}')
    (tmp_path / "p" / "configs").mkdir()
    (tmp_path / "p" / "configs" / "train.toml").write_text("epochs = 3\n")
    return nb


def notebook(folder: Path, *sources: str) -> Notebook:
    cells = tuple(Cell(index=n, kind="code", source=source) for n, source in enumerate(sources))
    return Notebook(
        path=folder / "a.ipynb", raw=b"", node={}, nbformat=4, minor=5, cells=cells, kernel=None,
        language="python",
    )  # fmt: skip


def found(folder: Path, *sources: str) -> dict[str, str]:
    return dict(gather(notebook(folder, *sources), dict(enumerate(sources))).texts)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ('cfg = yaml.safe_load(open("config.yaml"))', "config.yaml"),
        ('cfg = OmegaConf.load("config.yaml")', "config.yaml"),
        ('with Path("config.yaml").open() as f: cfg = yaml.safe_load(f)', "config.yaml"),
        ('parser.add_argument("--config", default="config.yaml")', "config.yaml"),
        ('CONFIG = "config.yaml"\ncfg = load(CONFIG)', "config.yaml"),
        ('cfg = json.loads((Path("cfg") / "base.json").read_text())', "cfg/base.json"),
        ('cfg = json.load(open(os.path.join("cfg", "base.json")))', "cfg/base.json"),
        ('FOLDER = "cfg"\ncfg = json.load(open(f"{FOLDER}/base.json"))', "cfg/base.json"),
        ('cfg = tomllib.load(open("../configs/train.toml", "rb"))', "../configs/train.toml"),
        ('ROOT = Path.cwd().parent\ncfg = load(ROOT / "configs" / "train.toml")', "../configs/train.toml"),
        ('ROOT = Path("..").resolve()\ncfg = load(ROOT / "configs/train.toml")', "../configs/train.toml"),
        ('os.chdir("..")\ncfg = load("configs/train.toml")', "../configs/train.toml"),
    ],
)
def test_a_configuration_named_by_a_path_written_out_is_found(folder: Path, code: str, name: str) -> None:
    assert set(found(folder, code)) == {name}


@pytest.mark.parametrize(
    "code",
    [
        'json.dump(metrics, open("config.yaml", "w"))',
        'Path("config.yaml").write_text("lr: 1")\ncfg = load("config.yaml")',
        'OmegaConf.save(cfg, "config.yaml")',
        'OUT = "config.yaml"\nframe.to_json(OUT)',
        '%%writefile config.yaml\nlr: 1',
        'cfg = load(name + ".yaml")',
        'print("see config.yaml for more")',
    ],
)  # fmt: skip
def test_what_the_notebook_writes_or_only_mentions_is_no_code(folder: Path, code: str) -> None:
    assert found(folder, code) == {}


def test_a_module_names_configurations_too(folder: Path) -> None:
    (folder / "lib").mkdir()
    (folder / "lib" / "__init__.py").write_text("")
    (folder / "lib" / "defaults.json").write_text("{}")
    (folder / "lib" / "config.py").write_text(
        'from pathlib import Path\nHERE = Path(__file__).resolve().parent\nD = load(HERE / "defaults.json")\n'
    )
    assert set(found(folder, "from lib.config import D")) == {
        "lib/__init__.py", "lib/config.py", "lib/defaults.json",
    }  # fmt: skip


def test_a_path_from_the_root_is_left_alone(folder: Path) -> None:
    assert found(folder, f"cfg = load({str(folder / 'config.yaml')!r})") == {}


def test_a_link_that_leads_out_of_the_surroundings_is_refused(folder: Path, tmp_path: Path) -> None:
    far = tmp_path / "elsewhere"
    far.mkdir()
    deep = folder / "a" / "b" / "c" / "d"
    deep.mkdir(parents=True)
    (far / "secret.json").write_text("{}")
    (deep / "x.json").symlink_to(far / "secret.json")
    (deep / "near.json").symlink_to("../real.json")
    (deep.parent / "real.json").write_text('{"a": 1}')
    read = gather(notebook(deep), {0: 'load("x.json"), load("near.json"), load("../../../../../../q.json")'})
    assert read.texts == {"near.json": '{"a": 1}'}
    assert read.left_out == {"x.json": "lies outside the notebook's surroundings"}


def test_what_is_too_large_or_cannot_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "big.json").write_text("[" + "1," * 200_000 + "1]")
    (folder / "latin.ini").write_bytes("[a]\nname = caf\xe9\n".encode("latin-1"))
    (folder / "helper.py").write_text("x = 1\n")

    def refuse(path: Path) -> bytes:
        if path.name == "helper.py":
            raise PermissionError(13, "Permission denied")
        return path.read_text("latin-1").encode("latin-1")

    read = gather(notebook(folder), {0: 'load("big.json"), load("latin.ini")'})
    assert read.texts == {}
    assert set(read.left_out) == {"big.json", "latin.ini"}
    assert "latin.ini" in read.files, "it is frozen as it is"
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert gather(notebook(folder), {0: "import helper"}).left_out == {
        "helper.py": "cannot be read: Permission denied"
    }


def test_many_configurations_are_cut_off_loudly(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "MAX_CONFIGS", 1)
    read = gather(notebook(folder), {0: 'load("config.yaml"), load("cfg/base.json")'})
    assert len(read.texts) == 1
    assert list(read.left_out.values()) == ["is one of too many"]


def test_what_is_frozen_is_what_was_read(folder: Path, tmp_path: Path) -> None:
    (folder / "win.yaml").write_bytes(b"a: 1\r\n")
    read = gather(notebook(folder), {0: 'load("win.yaml"), load("../configs/train.toml")'})
    frozen = freeze(read, tmp_path / "frozen")
    assert thaw(frozen.root) == (dict(read.files), frozen.digest)
