"""What is known of the licences of files and packages that a notebook uses, and of the columns of its tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_coimprove.activities.values.constitution import Constitution
    from jupyter_coimprove.activities.values.subject import Subject

#: Bytes of a table that are read for its column names, and of a file that says a licence.
HEADER, SIDECAR = 65_536, 4_096


def licensed(constitution: Constitution, subject: Subject, folder: Path | None) -> Subject:
    """The subject with the licences of what it reads and imports, and the headers of its tables, as far as they are known."""
    from jupyter_coimprove.activities.values.code import distinct, look
    from jupyter_coimprove.kernelspace.transform import python_source

    wanted = {check.kind for principle in constitution.principles for check in principle.checks}
    notebook = subject.notebook
    if notebook is None or notebook.language != "python" or not wanted & {"licences", "personal-data"}:
        return subject
    seen = look(notebook, python_source)
    known: dict[str, str] = {}
    headers: dict[str, Sequence[str]] = {}
    for read in dict.fromkeys(one.path for one in seen.reads if one.path):
        said = next(
            (value for pattern, value in constitution.licences.items() if fnmatchcase(read, pattern)), ""
        )
        known[read] = said or (_sidecar(folder, read) if folder is not None else "")
        if folder is not None and (names := _header(folder, read)):
            headers[read] = names
    if "licences" in wanted:
        for name, _ in distinct(seen.imported):
            said = next(
                (v for p, v in constitution.licences.items() if fnmatchcase(f"package:{name}", p)), ""
            )
            if said := said or _package(name):
                known[f"package:{name}"] = said
    return dataclasses.replace(subject, licences=known, headers=headers)


def _sidecar(folder: Path, read: str) -> str:
    """What stands beside a file: ``name.license`` (REUSE), or the ``licenses`` of a ``datapackage.json``."""
    import json

    if "://" in read or ":" in read.partition("/")[0]:
        return ""
    file = folder / read
    try:
        beside = file.with_name(file.name + ".license")
        if beside.is_file() and beside.stat().st_size <= SIDECAR:
            for line in beside.read_text(encoding="utf-8").splitlines():
                _, found, name = line.partition("SPDX-License-Identifier:")
                if found:
                    return name.strip()
        package = file.with_name("datapackage.json")
        if package.is_file() and package.stat().st_size <= 1 << 20:
            listed = json.loads(package.read_text(encoding="utf-8")).get("licenses") or []
            return str(listed[0].get("name", "")) if listed else ""
    except (OSError, ValueError, AttributeError, TypeError, KeyError, IndexError):
        # A file that does not say it says nothing: the licence is then told as unknown.
        return ""
    return ""


def _header(folder: Path, read: str) -> tuple[str, ...]:
    """The column names of a text table beside the notebook; none of what is no such file."""
    import csv

    file = folder / read
    if "://" in read or file.suffix.lower() not in (".csv", ".tsv"):
        return ()
    try:
        with file.open(encoding="utf-8", errors="replace", newline="") as stream:
            first = stream.readline(HEADER)
        return tuple(next(csv.reader([first], delimiter="\t" if file.suffix.lower() == ".tsv" else ","), ()))
    except (OSError, csv.Error):
        return ()


def _package(name: str) -> str:
    """The licence that an installed package says it has; empty where it says none."""
    import importlib.metadata as metadata
    import sys

    if name in sys.stdlib_module_names:
        return ""
    try:
        found = metadata.metadata(_distribution(name)).json
    except metadata.PackageNotFoundError:
        return ""
    said = str(found.get("license_expression") or "")
    listed = [str(one).rpartition(" :: ")[2] for one in found.get("classifier") or () if str(one).startswith("License ::")]  # fmt: skip
    whole = str(found.get("license") or "")
    return said or " OR ".join(listed) or (whole if len(whole) < 60 and "\n" not in whole else "")


def _distribution(name: str) -> str:
    """The distribution that a module comes from, as far as its name says so."""
    return {"sklearn": "scikit-learn", "cv2": "opencv-python", "PIL": "pillow", "yaml": "PyYAML", "bs4": "beautifulsoup4", "skimage": "scikit-image"}.get(name, name)  # fmt: skip
