"""What a preview sent, as the outputs that the cells would have: nbformat's four kinds, with bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

#: Characters of one stream or text (its head and its tail are kept), of one image, of all outputs of a preview.
TEXT, IMAGE, ALL = 64_000, 700_000, 1_500_000
_IMAGES = ("image/png", "image/jpeg")
_TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex", "application/json")


def shown(messages: Sequence[Mapping[str, Any]], count: int) -> list[dict[str, Any]]:
    """``[{outputs, ended}]`` of each cell that began; ``ended`` is ok, error or stopped."""
    cells: list[dict[str, Any]] = []
    clear, left = False, [ALL]
    for message in messages:
        kind, content = message["type"], message.get("content")
        if kind == "cell" and len(cells) < count:
            cells.append({"outputs": [], "ended": "stopped"})
            clear = False
        elif not cells:
            continue  # said while it was being locked up
        elif kind == "end":
            cells[-1]["ended"] = "ok" if message.get("ok") is True else "error"
        elif kind == "clear_output" and isinstance(content, Mapping):
            clear = bool(content.get("wait"))
            if not clear:
                cells[-1]["outputs"].clear()
        elif isinstance(content, Mapping):
            if clear and kind != "comm_open":
                cells[-1]["outputs"].clear()
                clear = False
            _add(cells, str(kind), content, left)
    for cell in cells:
        for output in cell["outputs"]:
            output.pop("display", None)
            if output["output_type"] == "stream":
                output["text"] = cut(_returned(output["text"]), left)
    return cells


def _add(cells: list[dict[str, Any]], kind: str, content: Mapping[str, Any], left: list[int]) -> None:
    outputs = cells[-1]["outputs"]
    if kind == "stream":
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        text = str(content.get("text", ""))
        if not outputs or outputs[-1]["output_type"] != "stream" or outputs[-1]["name"] != name:
            outputs.append({"output_type": "stream", "name": name, "text": ""})
        outputs[-1]["text"] += text
    elif kind == "error":
        lines = content.get("traceback")
        trace = [cut(str(line), left) for line in lines[:200]] if isinstance(lines, list) else []
        outputs.append(
            {
                "output_type": "error", "ename": str(content.get("ename", ""))[:200],
                "evalue": cut(str(content.get("evalue", "")), left), "traceback": trace,
            }
        )  # fmt: skip
    elif kind in ("display_data", "execute_result", "update_display_data"):
        data, told = _data(content.get("data"), left), content.get("transient")
        display = told.get("display_id") if isinstance(told, Mapping) else None
        if kind == "update_display_data":
            for cell in cells:
                for output in cell["outputs"]:
                    if display is not None and output.get("display") == display:
                        output["data"] = data
            return
        output = {"output_type": kind, "data": data, "metadata": {}, "display": display}
        if kind == "execute_result":
            number = content.get("execution_count")
            output["execution_count"] = number if isinstance(number, int) else None
        outputs.append(output)


def _data(data: object, left: list[int]) -> dict[str, Any]:
    """The kinds that are shown; of any other its text, and of what is too large that it was."""
    out: dict[str, Any] = {}
    if not isinstance(data, Mapping):
        return out
    for kind in _IMAGES:
        if isinstance(image := data.get(kind), str):
            image = "".join(image.split())
            if len(image) <= min(IMAGE, left[0]) and re.fullmatch(r"[A-Za-z0-9+/]+=*", image):
                out[kind] = image
                left[0] -= len(image)
            else:
                out["text/plain"] = f"(an image of {len(image) * 3 // 4096} KB, too large for a preview)"
    for kind in _TEXTS:
        value = data.get(kind)
        if kind == "application/json" or value is None or (kind == "text/plain" and kind in out):
            continue
        out[kind] = cut("".join(value) if isinstance(value, list) else str(value), left)
    if "application/vnd.jupyter.widget-view+json" in data:
        out["text/plain"] = "(a widget: it lives in a running kernel alone) " + str(out.get("text/plain", ""))
    return out


def cut(text: str, left: list[int]) -> str:
    """The head and the tail of what is longer than it may be."""
    most = max(0, min(TEXT, left[0]))
    if len(text) > most:
        head = most * 3 // 4
        text = (
            text[:head]
            + f"\n… {len(text) - most} characters left out …\n"
            + text[len(text) - (most - head) :]
        )
    left[0] -= min(len(text), most)
    return text.encode("utf-8", "replace").decode("utf-8")


def _returned(text: str) -> str:
    """What a carriage return wrote over is gone, as on a screen (a progress bar)."""
    return (
        "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
        if "\r" in text
        else text
    )
