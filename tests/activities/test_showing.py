"""How a notebook shows its items is found in its code, and used for other items: their own pixels, row or words."""

from __future__ import annotations

import base64
import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_coimprove.activities.cases import drawing, inside
from jupyter_coimprove.activities.cases.instrument import Items
from jupyter_coimprove.activities.cases.showing import ways

DATA = (
    "import matplotlib.pyplot as plt\nfrom sklearn.datasets import load_digits\ndigits = load_digits()\n"
    "X_train, X_test, y_train, y_test = train_test_split(digits.data, digits.target)"
)


def found(*cells: str, features: str = "X_test") -> list[tuple[str, str, str]]:
    return [(one.kind, one.code, one.over) for one in ways(dict(enumerate((DATA, *cells))), features)]


@pytest.mark.parametrize(
    ("cell", "first"),
    [
        ("i = 3\nplt.imshow(X_test[i].reshape(8, 8), cmap='gray')", ("draw", "plt.imshow(_item.reshape(8, 8), cmap='gray')", "X_test")),
        ("image = X_train[0].reshape(8, 8)\nax.imshow(image)", ("draw", "_ax.imshow(_item.reshape(8, 8))", "X_train")),
        ("for ax, im in zip(axes, digits.images[:5]):\n    ax.imshow(im)", ("draw", "_ax.imshow(_item)", "digits.images")),
        ("for k, ax in enumerate(axes.flat):\n    ax.matshow(digits.images[k])", ("draw", "_ax.matshow(_item)", "digits.images")),
        ("def show(i):\n    plt.imshow(X_test[i].reshape(8, 8))\nshow(4)", ("call", "show(_at)", "X_test")),
        ("def show(im):\n    plt.imshow(im.reshape(8, 8))\nshow(X_train[0])", ("call", "show(_item)", "X_train")),
        ("def show(im, size=8):\n    plt.imshow(im.reshape(size, size))\nshow(X_test[0], size=8)", ("call", "show(_item, size=8)", "X_test")),
        ("def grid(many):\n    for im in many:\n        plt.imshow(im.reshape(8, 8))\ngrid(X_test[:9])", ("call", "grid(_rows)", "X_test")),
        ("from PIL import Image\nImage.fromarray(X_test[0].reshape(8, 8))", ("value", "Image.fromarray(_item.reshape(8, 8))", "X_test")),
        ("X_test.head()", ("value", "_rows", "X_test")),
        ("display(X_test.iloc[[7]])", ("value", "_rows", "X_test")),
        ("print(X_test[5])", ("print", "_item", "X_test")),
        ("images, labels = next(iter(loader))\nplt.imshow(images[0].squeeze())", ("draw", "plt.imshow(_item.squeeze())", "")),
    ],
)  # fmt: skip
def test_what_shows_one_item_shows_any(cell: str, first: tuple[str, str, str]) -> None:
    assert found(cell)[0] == first


@pytest.mark.parametrize(
    "cell",
    [
        "plt.imshow(confusion_matrix(y_test, pred))", "plt.plot(history['loss'])", "ax[0].plot(h[:, 0])",
        "print(scores[0])", "hist.tail()", "plt.imshow(X_test)", "names['first']", "plt.plot(np.arange(X_test.shape[1]))", "print(X_test.shape[0])", "for c in X_test.columns:\n    print(c)",
        "plt.scatter(X_test[0], X_test[1])", "plt.plot(losses[-1])",
    ],
)  # fmt: skip
def test_what_shows_no_item_is_no_way(cell: str) -> None:
    assert found(cell) == []


def test_a_function_that_was_given_something_else_of_the_item_is_looked_into() -> None:
    """Its label would be another item's."""
    show = "def show(im, label):\n    plt.imshow(im.reshape(8, 8))\n    plt.title(label)\n"
    assert found(show + "show(X_test[0], y_test[0])") == [
        ("draw", "plt.imshow(_item.reshape(8, 8))", "X_test")
    ]
    assert found(show + "show(X_test[0], 'a nine')") == [
        ("draw", "plt.imshow(_item.reshape(8, 8))", "X_test")
    ]


def test_a_function_by_number_is_of_the_features_alone() -> None:
    """The third of all is not the third of the test's."""
    cell = "def show(i):\n    plt.imshow(digits.images[i])\nshow(3)"
    assert found(cell) == [("draw", "plt.imshow(_item)", "digits.images")]


# -- inside the kernel -------------------------------------------------------------------------
def read(tmp_path: Path, space: dict[str, Any], *cells: str, features: str = "X_test", also: tuple[int, ...] = ()) -> Items:  # fmt: skip
    path = tmp_path / "items.npz"
    given = [one.as_dict() for one in ways(dict(enumerate((DATA, *cells))), features)]
    named = {"features": features, "truth": "y_test", "predicted": "pred", "model": ""}
    inside.write(space, [named], "", str(path), [given], drawing.draw, list(also))
    with np.load(path, allow_pickle=False) as arrays:
        return Items.of({key: arrays[key] for key in arrays.files})


def digits(*run: str) -> dict[str, Any]:
    """A notebook's names: the last 300 digits are the test's, 20 of them wrong."""
    from sklearn.datasets import load_digits

    space: dict[str, Any] = {"digits": load_digits()}
    exec("import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt", space)
    space["X_test"], space["y_test"] = space["digits"].data[-300:], space["digits"].target[-300:]
    space["pred"] = np.where(np.arange(300) % 15 == 4, (space["y_test"] + 1) % 10, space["y_test"])
    for cell in run:
        exec(cell, space)
    return space


def pixels(png: str) -> np.ndarray:
    import matplotlib.image as image

    return np.asarray(image.imread(io.BytesIO(base64.b64decode(png)), format="png"))[:, :, :3]


def test_a_digit_is_drawn_with_its_own_pixels_by_the_notebooks_imshow(tmp_path: Path) -> None:
    cell = "plt.imshow(X_test[0].reshape(8, 8), cmap='gray')"
    space = digits()
    items = read(tmp_path, space, cell)
    assert [one.item for one in items.shown] == [one.item for one in items.cases]
    plt = space["plt"]
    for one in items.shown[:3]:
        figure, axes = plt.subplots(figsize=(drawing.SIDE, drawing.SIDE))
        axes.imshow(space["X_test"][one.item].reshape(8, 8), cmap="gray")
        raw = io.BytesIO()
        figure.savefig(raw, format="png", dpi=80, bbox_inches="tight")
        plt.close(figure)
        expected = pixels(base64.b64encode(raw.getvalue()).decode())
        assert np.array_equal(pixels(one.data["image/png"]), expected)
    assert items.shown[0].data != items.shown[1].data
    assert plt.get_fignums() == []


def test_a_digit_is_drawn_by_the_notebooks_own_function(tmp_path: Path) -> None:
    cell = (
        "def show(i):\n    fig = plt.figure(figsize=(2, 2), frameon=False)\n    ax = fig.add_axes([0, 0, 1, 1])\n"
        "    ax.set_axis_off()\n    ax.imshow(X_test[i].reshape(8, 8), cmap='gray', vmin=0, vmax=16)\nshow(2)\nplt.close('all')"
    )
    space = digits(cell)
    items = read(tmp_path, space, cell, also=(1, 4))
    assert {one.way for one in items.shown} == {"show(_at)"}
    assert items.shown[-1].item == 1
    assert sum(one.item == 4 for one in items.shown) == 1
    for one in items.shown:
        drawn = pixels(one.data["image/png"])
        side = drawn.shape[0] / 8
        middle = ((np.arange(8) + 0.5) * side).astype(int)
        seen = drawn[np.ix_(middle, middle)][:, :, 0]
        assert np.abs(seen * 16 - space["X_test"][one.item].reshape(8, 8)).max() < 0.1


def test_pictures_of_another_shape_give_the_items_theirs(tmp_path: Path) -> None:
    cell = "for ax, im in zip(axes, digits.images):\n    ax.imshow(im)"
    assert read(tmp_path, digits(), cell).shown[0].way == "_ax.imshow(_item)"
    wrong = digits()
    wrong["digits"].images = np.zeros((5, 9, 9))
    items = read(tmp_path, wrong, cell)
    assert items.shown == ()
    assert "the items have 64 numbers each" in items.unshown


def test_a_row_is_the_tables_own_and_no_other_with_its_number(tmp_path: Path) -> None:
    df = pd.DataFrame({"age": np.arange(100, 140), "name": [f"n{i}" for i in range(40)]})
    X = df[["age"]].iloc[20:]
    cells = ("X_test = df[['age']].iloc[20:]", "df.head()")
    space: dict[str, Any] = {
        "df": df,
        "X_test": X,
        "y_test": np.arange(20) % 2,
        "pred": np.zeros(20, dtype=int),
    }
    shown = read(tmp_path, space, *cells).shown[0]
    assert shown.item == 1
    assert "121" in shown.data["text/plain"]
    assert "n21" in shown.data["text/plain"]
    other = read(tmp_path, space | {"X_test": X.reset_index(drop=True)}, *cells)
    assert other.shown == ()
    assert "another item" in other.unshown


def test_words_are_printed_as_the_notebook_prints_them(tmp_path: Path) -> None:
    texts = [f"text number {i}" for i in range(12)]
    space: dict[str, Any] = {"X_test": texts, "y_test": np.arange(12) % 2, "pred": np.zeros(12, dtype=int)}
    items = read(tmp_path, space, "print(X_test[0])")
    assert items.shown[0].data == {"text/plain": "text number 1"}


def test_what_fails_takes_long_or_is_large_is_left_out_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    bad = "def show(i):\n    x = X_test[i]\n    plt.imshow(X_test[i].reshape(8, 8))\n    raise RuntimeError('no')\nshow(1)"
    space = digits()
    exec(bad.replace("\nshow(1)", ""), space)
    items = read(tmp_path, space, bad)
    assert items.shown[0].way == "plt.imshow(_item.reshape(8, 8))"
    slow = "def show(i):\n    while True:\n        plt.imshow(X_test[i].reshape(7, 7))\nshow(1)"
    space = digits("def show(i):\n    while True:\n        pass")
    with monkeypatch.context() as patch:
        patch.setattr(drawing, "EACH_S", 0.3)
        begun = time.monotonic()
        items = read(tmp_path, space, slow)
    assert time.monotonic() - begun < 15
    assert items.shown == ()
    assert "TimeoutError" in items.unshown
    monkeypatch.setitem(drawing.BYTES, "image/png", 10)
    items = read(tmp_path, digits(), "plt.imshow(X_test[0].reshape(8, 8))")
    assert items.shown == ()
    assert "it shows nothing" in items.unshown
