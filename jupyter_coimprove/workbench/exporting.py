"""A report in the formats that other programs set: LaTeX and PDF, by nbconvert."""

from __future__ import annotations

import shutil
from typing import Any

from jupyter_coimprove.errors import UsageError

#: Formats, and the programs beside nbconvert that each needs.
NEEDS = {"tex": ("pandoc",), "pdf": ("pandoc", "xelatex")}


def export(notebook: str, format: str) -> bytes:
    """A report's notebook (JSON) as ``tex`` or ``pdf``. UsageError where a program for it is missing here."""
    missing = [program for program in NEEDS[format] if shutil.which(program) is None]
    if missing:
        raise UsageError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed, and {format} needs "
            f"{'it' if len(missing) == 1 else 'them'}",
            remedy="install pandoc (and TeX for pdf), or choose --format html, which a browser prints, md or ipynb",
        )
    import nbformat
    from nbconvert import LatexExporter, PDFExporter

    made: Any = PDFExporter if format == "pdf" else LatexExporter
    exporter = made()
    try:
        body, _ = exporter.from_notebook_node(nbformat.reads(notebook, as_version=4))
    except OSError as error:
        raise UsageError(f"{format} could not be made: {error}", remedy="choose --format html") from error
    return body if isinstance(body, bytes) else str(body).encode("utf-8")
