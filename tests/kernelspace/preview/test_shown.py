"""A preview shows what the cell would show, and leaves kernel and files as they were."""

from __future__ import annotations

import base64
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel_door import Kernel
from previewed import digest, files, needs_sandbox, preview, texts

pytestmark = needs_sandbox


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("k") / "nb"
    made.mkdir()
    (made / "data.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (made / "helper.py").write_text("def double(x):\n    return 2 * x\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Iterator[Kernel]:
    made = Kernel(folder.parent)
    made.run(
        f"%cd {folder}\nimport random, os\nimport numpy as np\nrandom.seed(3); np.random.seed(4)\n"
        "x, items, array = 41, [1, 2], np.arange(1000.0)"
    )
    made.run("import matplotlib.pyplot as plt")
    yield made
    made.end()


def test_the_kinds_of_outputs_in_their_order(kernel: Kernel, folder: Path) -> None:
    before, kept = digest(kernel), files(folder)
    answer = preview(
        kernel, folder, "import sys\nprint('one')\nprint('two', file=sys.stderr)\ndisplay(x)\nx += 1\nitems.append(x)\nitems",
        "1 / 0", "print('never')",
    )  # fmt: skip
    assert (answer["state"], answer["ended"]) == ("ran", "completed")
    first, second = answer["cells"]
    assert [o["output_type"] for o in first["outputs"]] == [
        "stream",
        "stream",
        "display_data",
        "execute_result",
    ]
    assert [o.get("name") for o in first["outputs"]][:2] == ["stdout", "stderr"]
    assert first["outputs"][3]["data"]["text/plain"] == "[1, 2, 42]"
    (error,) = second["outputs"]
    assert (error["ename"], error["evalue"], second["ended"]) == (
        "ZeroDivisionError",
        "division by zero",
        "error",
    )
    assert any("1 / 0" in line or "/" in line for line in error["traceback"])
    assert digest(kernel) == before
    assert files(folder) == kept


def test_a_figure_is_an_image_as_inline(kernel: Kernel, folder: Path) -> None:
    before = digest(kernel)
    answer = preview(kernel, folder, "plt.plot(array[:10]);")
    figures = [o for o in answer["cells"][0]["outputs"] if o["output_type"] == "display_data"]
    assert len(figures) == 1, answer
    (figure,) = figures
    assert base64.b64decode(figure["data"]["image/png"]).startswith(b"\x89PNG")
    assert digest(kernel) == before


def test_random_numbers_are_those_that_come_next(kernel: Kernel, folder: Path) -> None:
    cell = "print(random.random(), np.random.random())"
    first, second = (texts(preview(kernel, folder, cell)) for _ in range(2))
    (really,) = kernel.run(cell)
    assert first == second == really["text"]


def test_files_beside_the_notebook_packages_and_top_level_await(kernel: Kernel, folder: Path) -> None:
    answer = preview(
        kernel, folder,
        "import asyncio, helper, tempfile\nawait asyncio.sleep(0.001)\nprint(open('data.csv').read().strip())\n"
        "import sklearn.linear_model as lm\nprint(lm.LinearRegression().fit([[0], [1]], [0, 2]).coef_.round(2))\n"
        "with tempfile.NamedTemporaryFile('w+') as file:\n    file.write('kept'); file.seek(0); print(file.read(), helper.double(4))",
    )  # fmt: skip
    assert texts(answer) == "a,b\n1,2\n[2.]\nkept 8\n"


def test_the_time_limit_ends_it_and_keeps_what_it_showed(kernel: Kernel, folder: Path) -> None:
    begin = time.monotonic()
    answer = preview(kernel, folder, "import time\nprint('begun')\ntime.sleep(60)", seconds=1.0)
    assert answer["ended"] == "timed_out"
    assert texts(answer) == "begun\n"
    assert answer["cells"][0]["ended"] == "stopped"
    assert time.monotonic() - begin < 30
    assert kernel.run("print(x)")[0]["text"] == "41\n"


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("while True: print('x' * 100_000)", "showed more than"),
        ("import os; os._exit(0)", "ended its own process"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "signal 11"),
        (
            "import tempfile\nwhile True: tempfile.NamedTemporaryFile(delete=False).write(b'x' * (60 << 20))",
            "MB of files",
        ),
    ],
)
def test_a_cell_that_goes_too_far_is_ended_and_says_why(
    kernel: Kernel, folder: Path, cell: str, why: str
) -> None:
    answer = preview(kernel, folder, cell)
    assert answer["ended"] == "killed"
    assert why in answer["why"]
    assert kernel.run("print(x)")[0]["text"] == "41\n"


def test_memory_without_end_is_an_error_in_the_copy(kernel: Kernel, folder: Path) -> None:
    answer = preview(kernel, folder, "held = bytearray(3 << 30)")
    assert answer["cells"][0]["outputs"][-1]["ename"] == "MemoryError"


def test_asking_the_person_is_an_error_in_the_copy(kernel: Kernel, folder: Path) -> None:
    assert preview(kernel, folder, "input('password?')")["cells"][0]["ended"] == "error"


def test_an_interrupt_ends_the_copy_and_not_the_kernel(kernel: Kernel, folder: Path) -> None:
    (shown,) = kernel.run("os.getpid()")
    threading.Timer(1.5, os.kill, (int(shown["data"]["text/plain"]), signal.SIGINT)).start()
    answer = preview(kernel, folder, "import time\nprint('begun')\ntime.sleep(60)", seconds=50.0)
    assert answer["ended"] == "cancelled"
    assert answer["seconds"] < 30
    assert kernel.run("print(x)")[0]["text"] == "41\n"


def test_openmp_does_not_hang_in_the_copy(kernel: Kernel, folder: Path) -> None:
    work = (
        "from sklearn.ensemble import HistGradientBoostingRegressor as H\n"
        "print(len(H(max_iter=3).fit(np.random.rand(500, 4), np.random.rand(500)).predict(np.zeros((3, 4)))))"
    )
    kernel.run(work)
    answer = preview(kernel, folder, work)
    assert (answer["ended"], texts(answer)) == ("completed", "3\n")
    assert kernel.run(work)[-1]["text"] == "3\n"


def test_a_lock_of_a_thread_that_the_copy_lacks_is_named(folder: Path, kernel: Kernel) -> None:
    kernel.run(
        "import threading, time\nlock, go = threading.Lock(), threading.Event()\n"
        "def hold():\n    with lock:\n        go.wait(60)\nthread = threading.Thread(target=hold, name='holder'); thread.start(); time.sleep(.1)"
    )
    answer = preview(kernel, folder, "with lock: print('in')", seconds=1.0)
    kernel.run("go.set(); thread.join()")
    assert answer["ended"] == "timed_out"
    assert answer["threads"] == ["holder"]


def test_shared_memory_is_a_copy_in_the_copy(folder: Path, kernel: Kernel) -> None:
    np_file = folder / "shared.npy"
    kernel.run(
        "shared = np.lib.format.open_memmap('shared.npy', 'w+', dtype=float, shape=(1000,)); shared[:] = 1; shared.flush()\n"
        "import mmap\nanon = mmap.mmap(-1, 4096); anon[:5] = b'first'"
    )
    kept = np_file.read_bytes()
    answer = preview(
        kernel,
        folder,
        "shared[:] = 7\nshared.flush()\nanon[:5] = b'other'\nprint(shared[0], bytes(anon[:5]))",
    )
    assert texts(answer) == "7.0 b'other'\n"
    assert np_file.read_bytes() == kept
    assert kernel.run("print(shared[0], bytes(anon[:5]))")[0]["text"] == "1.0 b'first'\n"
    kernel.run("del shared, anon")


def test_nothing_of_ours_stays_in_the_kernel(kernel: Kernel, folder: Path) -> None:
    preview(kernel, folder, "left = 1")
    (names,) = kernel.run("sorted(n for n in dir() if 'preview' in n or 'coimprove' in n or n == 'left')")
    assert names["data"]["text/plain"] == "[]"
    (modules,) = kernel.run("import sys; sorted(m for m in sys.modules if m.startswith('jupyter_coimprove'))")
    assert modules["data"]["text/plain"] == "[]"
