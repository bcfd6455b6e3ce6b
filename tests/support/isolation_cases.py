"""What training notebooks do to files, one case each: what two runs of it must not learn of each other.

Every case is written as cells of a notebook with a parameter ``lr`` (1 in one run, 2 in the other):
all runs write, meet, and only then read back. ``alone`` is what a run reads that is alone in the world.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: A name that no other program on this machine uses; the tests put a fresh one in its place.
TOKEN = "suite_token"


@dataclass(frozen=True, kw_only=True)
class World:
    """The folders around a notebook: ``root`` is the project, ``outside`` is in no project at all."""

    root: Path
    nb: Path
    home: Path
    outside: Path


def _nothing(_: World) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Case:
    """``paths`` are parts of the paths on which runs could meet, for a loud failure to name."""

    name: str
    write: str
    read: str
    alone: Callable[[int], float]
    paths: tuple[str, ...] = ()
    setup: Callable[[World], None] = _nothing


def _put(place: str, text: str) -> Callable[[World], None]:
    def make(world: World) -> None:
        path = world.nb / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return make


def _many(world: World) -> None:
    (world.nb / "data").mkdir()
    for n in range(2100):
        (world.nb / "data" / f"{n:04}.txt").write_text("0")


def _big(world: World) -> None:
    with open(world.nb / "big.bin", "wb") as handle:
        handle.truncate(65 * 2**20)


def _database(world: World) -> None:
    connection = sqlite3.connect(world.nb / "runs.sqlite")
    connection.execute("create table t (x real)")
    connection.execute("insert into t values (10)")
    connection.commit()
    connection.close()


def _links(world: World) -> None:
    (world.root / "data").mkdir(exist_ok=True)
    (world.nb / "rel").symlink_to("../data")
    (world.nb / "abs").symlink_to(world.root / "data")
    (world.nb / "dangling.txt").symlink_to("../made_by_link.txt")
    (world.nb / "ext").symlink_to(world.outside)


def _shut(world: World) -> None:
    (world.root / "secret").mkdir()
    (world.root / "secret" / "x.txt").write_text("1")
    (world.root / "secret").chmod(0)
    (world.nb / "readonly").mkdir()
    (world.nb / "readonly" / "x.txt").write_text("3")
    (world.nb / "readonly").chmod(0o555)


def _folder(world: World) -> None:
    (world.nb / "old_folder").mkdir()
    (world.nb / "old_folder" / "x.txt").write_text("4")


def _write(expression: str) -> str:
    return f"p = {expression}\nos.makedirs(os.path.dirname(p) or '.', exist_ok=True)\nwith open(p, 'w') as f: f.write(str(lr))"


def _once(expression: str) -> str:
    """As a cache does: computed only where there is none yet."""
    return f"p = {expression}\nif not os.path.exists(p):\n    os.makedirs(os.path.dirname(p) or '.', exist_ok=True)\n    with open(p, 'w') as f: f.write(str(lr))"


def _read(expression: str) -> str:
    return f"with open({expression}) as f: value = float(f.read())"


def _there_and_back(
    name: str,
    expression: str,
    *paths: str,
    once: bool = False,
    setup: Callable[[World], None] = _nothing,
) -> Case:
    return Case(
        name=name,
        write=(_once if once else _write)(expression),
        read=_read(expression),
        alone=float,
        paths=paths,
        setup=setup,
    )


CASES: tuple[Case, ...] = (
    Case(
        name="best_checkpoint",
        write="import pickle\nwith open('best.pkl', 'wb') as f: pickle.dump(lr, f)",
        read="with open('best.pkl', 'rb') as f: value = pickle.load(f)",
        alone=float,
    ),
    Case(
        name="history_appended",
        write="with open('history.csv', 'a') as f: f.write(f'{lr}\\n')",
        read="with open('history.csv') as f: value = sum(float(line) for line in f)",
        alone=lambda lr: 5.0 + lr,
        setup=_put("history.csv", "5\n"),
    ),
    Case(
        name="joblib_memory",
        write="import joblib\ndef fitted():\n    return RATE\nRATE = lr\njoblib.Memory('memory', verbose=0).cache(fitted)()",
        read="value = joblib.Memory('memory', verbose=0).cache(fitted)()",
        alone=float,
    ),
    Case(
        name="feature_cache",
        write="import numpy as np\nos.makedirs('cache', exist_ok=True)\n"
        "if not os.path.exists('cache/features.npy'): np.save('cache/features.npy', np.full(3, lr))",
        read="value = np.load('cache/features.npy').mean()",
        alone=float,
    ),
    Case(
        name="files_counted",
        write="os.makedirs('ckpt', exist_ok=True)\nopen(f'ckpt/{lr}.txt', 'w').close()",
        read="value = len(os.listdir('ckpt'))",
        alone=lambda lr: 1.0,
    ),
    Case(
        name="relative_data",
        write="pass",
        read="with open('../data/x.csv') as f: value = float(f.read())",
        alone=lambda lr: 7.0,
        setup=_put("../data/x.csv", "7"),
    ),
    _there_and_back("out_that_exists", "'../out/result.txt'", "out/result.txt", setup=_put("../out/kept", "1")),
    _there_and_back("out_that_is_new", "'../results_new/result.txt'", "results_new"),
    _there_and_back("own_folder_absolute", "str(pathlib.Path.cwd() / 'cwd.txt')"),
    _there_and_back("project_literal", "'PROJECT/notebooks/literal.txt'", "literal.txt"),
    _there_and_back("project_literal_once", "'PROJECT/out/literal_once.txt'", "literal_once.txt", once=True),
    _there_and_back("tmp_literal", f"'/tmp/{TOKEN}_model.pt'", f"{TOKEN}_model.pt", once=True),
    _there_and_back("tmp_folder", f"os.path.join(tempfile.gettempdir(), '{TOKEN}_dir', 'm.pt')", f"{TOKEN}_dir", once=True),
    _there_and_back("home_cache", f"os.path.expanduser('~/.cache/{TOKEN}/x')", f".cache/{TOKEN}", once=True),
    _there_and_back("home_computed", "os.path.join(os.environ['HOME'], ''.join(['re', 'sult', '.bin']))", "result.bin"),
    _there_and_back("outside_computed", "os.path.join('OUTSIDE', f\"ckpt_{'x' * 3}.pt\")", "ckpt_xxx.pt", once=True),
    _there_and_back("name_of_an_epoch", "f'ckpt_{3 * 1}.pt'"),
    _there_and_back("unicode_and_spaces", "'größe und café ☕.txt'"),
    _there_and_back("through_relative_link", "'rel/through_rel.txt'", "through_rel.txt", setup=_links),
    _there_and_back("through_absolute_link", "'abs/through_abs.txt'", "through_abs.txt"),
    _there_and_back("through_dangling_link", "'dangling.txt'", "made_by_link.txt", "dangling.txt"),
    _there_and_back("through_outer_link", "'ext/through_ext.txt'", "through_ext.txt", once=True),
    _there_and_back("data_of_many_files", "'data/0001.txt'", "data/0001.txt", setup=_many),
    Case(
        name="big_file_in_place",
        write="with open('big.bin', 'r+b') as f: f.seek(2**20); f.write(bytes([lr]))",
        read="with open('big.bin', 'rb') as f: f.seek(2**20); value = f.read(1)[0]",
        alone=float,
        paths=("big.bin",),
        setup=_big,
    ),
    Case(
        name="memory_map",
        write="import numpy as np\nm = np.memmap('map.dat', dtype='u1', mode='r+', shape=8)\nm[0] += lr\nm.flush()",
        read="value = float(np.memmap('map.dat', dtype='u1', mode='r')[0])",
        alone=lambda lr: 48.0 + lr,
        paths=("map.dat",),
        setup=_put("map.dat", "0" * 8),
    ),
    Case(
        name="database",
        write="import sqlite3\nc = sqlite3.connect('runs.sqlite')\nc.execute('insert into t values (?)', (lr,))\nc.commit()\nc.close()",
        read="c = sqlite3.connect('runs.sqlite')\nvalue = c.execute('select sum(x) from t').fetchone()[0]\nc.close()",
        alone=lambda lr: 10.0 + lr,
        paths=("runs.sqlite",),
        setup=_database,
    ),
    Case(
        name="replaced",
        write="with open('replacing.tmp', 'w') as f: f.write(str(lr))\nos.replace('replacing.tmp', '../data/replaced.txt')",
        read=_read("'../data/replaced.txt'"),
        alone=float,
        paths=("replaced.txt",),
        setup=_put("../data/replaced.txt", "0"),
    ),
    Case(
        name="folder_made_in_data",
        write="os.mkdir('../data/new_folder')\nwith open('../data/new_folder/x', 'w') as f: f.write(str(lr))",
        read=_read("'../data/new_folder/x'"),
        alone=float,
        paths=("new_folder",),
    ),
    Case(
        name="deleted",
        write="there = os.path.exists('../data/deleted.txt')\nos.remove('../data/deleted.txt')",
        read="value = float(there)",
        alone=lambda lr: 1.0,
        paths=("deleted.txt",),
        setup=_put("../data/deleted.txt", "x"),
    ),
    Case(
        name="folder_renamed",
        write="import shutil\nshutil.move('old_folder', 'new_name')",
        read=_read("'new_name/x.txt'"),
        alone=lambda lr: 4.0,
        paths=("old_folder", "new_name"),
        setup=_folder,
    ),
    Case(
        name="shut_folders",
        write="pass",
        read=_read("'readonly/x.txt'"),
        alone=lambda lr: 3.0,
        setup=_shut,
    ),
    Case(
        name="module_edited_meanwhile",
        write="import edited_helper",
        read="value = edited_helper.VALUE",
        alone=lambda lr: 1.0,
        setup=_put("edited_helper.py", "VALUE = 1\n"),
    ),
    Case(
        name="config_of_the_arm",
        write="pass",
        read=_read("'conf/arm.txt'"),
        alone=lambda lr: 100.0 + lr,
        setup=_put("conf/arm.txt", "0"),
    ),
    Case(
        name="other_runs_unseen",
        write="open('seen_by_nobody.marker', 'w').close()",
        read="top = pathlib.Path('PROJECT')\nvalue = float(sum(1 for _ in top.rglob('*.marker')))",
        alone=lambda lr: 1.0,
        paths=("coimprove/runs",),
    ),
)  # fmt: skip


def cells(world: World, token: str, address: str) -> list[str]:
    """The cells of one notebook with every case: write, meet the other run, read into ``got``."""

    def filled(code: str) -> str:
        code = code.replace("PROJECT", str(world.root)).replace("OUTSIDE", str(world.outside))
        return code.replace(TOKEN, token)

    def guarded(case: Case, code: str) -> str:
        lines = "\n".join(f"    {line}" for line in filled(code).splitlines())
        return f"try:\n{lines}\nexcept Exception as error:\n    got[{case.name!r}] = repr(error)"

    meet = (
        "import socket\nwith socket.socket(socket.AF_UNIX) as s:\n"
        f"    s.connect('\\0' + {address!r})\n    s.settimeout(60)\n    s.recv(1)"
    )
    begin = "import os, pathlib, tempfile\ngot = {}"
    reads = [
        f"if {case.name!r} not in got:\n"
        + "\n".join(
            f"    {line}" for line in guarded(case, f"{case.read}\ngot[{case.name!r}] = value").splitlines()
        )
        for case in CASES
    ]
    return [begin, *(guarded(case, case.write) for case in CASES), meet, *reads]
