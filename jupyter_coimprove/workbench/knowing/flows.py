"""The dataflow around a question: where the names that it mentions come from, and where they go."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jupyter_coimprove.workbench.knowing.cells import told

if TYPE_CHECKING:
    from jupyter_coimprove.workbench.knowing import Entry
    from jupyter_coimprove.workbench.knowing.seen import Seen

#: So many names of a question are followed.
MOST = 12
_CELL = re.compile(r"\bcells?\s+#?(\d{1,5})\b|\bIn\s?\[(\d{1,5})\]", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d]\w*")


def entries(seen: Seen, question: str, cell: str | None) -> list[Entry]:
    """A ``dataflow`` block for each name that is asked about, and the cells that are meant, in full."""
    from jupyter_coimprove.proposals.provider import Block

    shown = {one.index: one for one in seen.shown}
    found: list[Entry] = []
    cells = mentioned(seen, question)
    if seen.flow is not None:
        asked = [name for name in dict.fromkeys(_NAME.findall(question)) if name not in seen.withheld]
        for name in asked[: 20 * MOST]:
            data = of_name(seen, name)
            if data is not None and len(found) < MOST:
                found.append((40.0, False, Block(kind="dataflow", v=1, data=data)))
                cells += [number - 1 for number in data["defined_in"][-1:]]
    for index in dict.fromkeys(cells):
        if index in shown:
            data = told(seen, shown[index], source=20_000, output=6_000)
            found.append((30.0, False, Block(kind="cell", v=1, data=data)))
    return found


def mentioned(seen: Seen, question: str) -> list[int]:
    """Cells that the question names by number (``cell 7``) or by its count (``In[7]``), from 0."""
    out = []
    for match in _CELL.finditer(question):
        if match[1]:
            out.append(int(match[1]) - 1)
        else:
            out += [c.index for c in seen.shown if c.execution_count == int(match[2])]
    return out


def of_name(seen: Seen, name: str) -> dict[str, Any] | None:
    """Where a name is given a value, where it is read, and what depends on it; None where nothing defines it."""
    flow = seen.flow
    if flow is None or name in seen.withheld:
        return None
    shown = {cell.index for cell in seen.shown}
    defined = [i for i, names in enumerate(flow.defs) if name in names and i in shown]
    read = [i for i, names in enumerate(flow.refs) if name in names and i in shown]
    if not defined:
        return None
    reaches = flow.reaches([name], defined[-1])
    return {
        "name": name, "defined_in": [i + 1 for i in defined], "read_in": [i + 1 for i in read],
        "reaches": [i + 1 for i in reaches if i in shown],
    }  # fmt: skip
