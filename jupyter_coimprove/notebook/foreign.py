"""Notebooks in other languages: only the parameters cell is read, and set the papermill way."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.candidates import Candidate, Reading
from jupyter_coimprove.notebook.cells import Notebook, Place
from jupyter_coimprove.notebook.levels import levels
from jupyter_coimprove.notebook.literals import as_json, type_name
from jupyter_coimprove.notebook.parameters import parameters_cell

_LINE = re.compile(
    r"^[ \t]*(?:val |var |let |const )?([A-Za-z]\w*)[ \t]*(?:=|<-)[ \t]*([^#;/\n]+?)[ \t]*(?:[;#/].*)?$", re.M
)
_WORDS = {"true": True, "TRUE": True, "false": False, "FALSE": False}


def is_python(notebook: Notebook) -> bool:
    """Whether the cells are Python, as far as the notebook says."""
    return notebook.language.lower().startswith(("python", "ipython", "sage"))


def read_foreign(notebook: Notebook) -> Reading:
    """Numbers, strings and truth values of the parameters cell; nothing else can be told."""
    index = parameters_cell(notebook)
    found = []
    for match in _LINE.finditer(notebook.cells[index].source) if index is not None else ():
        name, text = match[1], match[2]
        try:
            value = _WORDS[text] if text in _WORDS else ast.literal_eval(text)
        except (ValueError, SyntaxError):
            continue
        if not isinstance(value, (int, float, str)):
            continue
        assert index is not None
        place = Place(address=notebook.address(index), start=match.start(2), end=match.end(2), text=text)
        flip = {"true": "false", "false": "true", "TRUE": "FALSE", "FALSE": "TRUE"}.get(text)
        found.append(
            Candidate(
                name=name, kind="parameter", source=text, value=as_json(value), type=type_name(value), places=(place,),
                levels=(flip,) if flip else levels(name, text, value), score=1.0, parameter=True,
            )
        )  # fmt: skip
    said = f"the cells are in {notebook.language}: only names of the cell tagged parameters can be varied"
    return Reading(candidates=tuple(found), measured=(), splits=(), warnings=(said,))
