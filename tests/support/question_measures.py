"""What is sent with questions about a notebook, whether it holds their answers, and how many of them are answered right."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from notebook_questions import Question, cells_of, shown, source

from jupyter_coimprove.proposals.context import arrange, encode, text
from jupyter_coimprove.workbench import knowing, talking, tools
from jupyter_coimprove.workbench.bench import Bench, Where


def measure(path: Path, asked: list[Question], root: Path, ask: str) -> dict[str, Any]:
    """Counts for one notebook; ``lost`` are the questions that neither what is sent nor one reading tool answers."""
    cells = cells_of(path)
    bench = Bench(where=Where(cwd=path.parent, notebook=path), root_override=root)
    counts: Counter[str] = Counter()
    lost: list[str] = []
    try:
        offered = {tool.name: tool for tool in tools.tools(bench, path)}
        for question in asked:
            context, _ = arrange(knowing.blocks(bench, path, question.text), talking.BUDGET)
            blocks = [{"kind": block.kind, "data": block.data} for block in context]
            counts["characters"] += len(text(context))
            counts["questions"] += 1
            if question.held(blocks):
                counts["answerable"] += 1
            else:
                more = offered["read_cells"].call({"cells": [question.cell]})
                counts["characters"] += len(encode(more))
                read = [{"kind": "cell", "data": cell} for cell in more.data.get("cells", ())]
                if question.held([*blocks, *read]):
                    counts["read"] += 1
                else:
                    lost.append(f"{path.name}: {question.text}")
            if ask:
                said = talking.ask(bench, text=question.text, notebook=str(path), provider=ask)
                counts["right"] += question.answer.strip("'\"").lower() in said.text.lower()
    finally:
        bench.close()
    whole = sum(len(source(cell)) + len(shown(cell)) + 20 for cell in cells)
    return {**counts, "lost": lost, "file": path.stat().st_size * len(asked), "whole": whole * len(asked), "kinds": Counter(q.kind for q in asked)}  # fmt: skip
