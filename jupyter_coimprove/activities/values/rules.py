"""What each kind of check looks for. A rule gives what it found; whose principle it is, ``judging`` knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from jupyter_coimprove.activities.values.code import distinct
from jupyter_coimprove.activities.values.personal import FORMS, real

if TYPE_CHECKING:
    from jupyter_coimprove.activities.values.constitution import Check
    from jupyter_coimprove.activities.values.judging import Sight

#: Findings of the code's checks (evidence/checks) that mean tuning on test data, where a principle names none.
TUNED = ("tuned", "seeds")
#: Words by which a sentence compares.
_COMPARES = re.compile(
    r"\b(?:better|worse|higher|lower|best|improv\w*|gain\w*|increas\w*|decreas\w*|reduc\w*|outperform\w*|beats?|helps?|hurts?|effect|difference)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d")
_INTERVAL = re.compile(
    r"[\[(]\s*[-+−]?\d[\d.,]*\s*%?\s*(?:,|;|to|–|\.\.)\s*[-+−]?\d[\d.,]*\s*%?\s*[\])]|±|\+/-|\binterval\b|\b(?:CI|SE)\b"
)
_BLOCKS = re.compile(
    r"(\d+)\s+(?:paired\s+)?(?:blocks?|seeds?|repetitions?|repeats|folds|splits|replicates)\b", re.IGNORECASE
)
#: What people and package indexes call licences, as SPDX does.
_CALLED = {
    "mit license": "MIT", "mit": "MIT", "the mit license": "MIT", "expat": "MIT", "bsd license": "BSD-3-Clause", "bsd": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause", "bsd 3-clause": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause", "bsd-3": "BSD-3-Clause",
    "apache software license": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache license 2.0": "Apache-2.0", "apache": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0", "python software foundation license": "PSF-2.0", "psf": "PSF-2.0",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0", "isc license (iscl)": "ISC", "isc license": "ISC", "public domain": "CC0-1.0",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Found:
    said: str
    key: str
    where: str = ""
    cell: int = 0


def _in(cell: int) -> str:
    return f"cell {cell}" if cell else "a module beside the notebook"


def _calls(check: Check, sight: Sight) -> Iterator[Found]:
    seen = sight.seen
    if seen is None:
        return
    for use in seen.uses:
        for pattern in check.listed("forbid"):
            if named(use.name, pattern):
                yield Found(
                    said=f"`{use.name}` is called, which {pattern!r} forbids", where=f"{_in(use.cell)}, line {use.line}", cell=use.cell,
                    key=f"calls:{pattern}:{use.code}",
                )  # fmt: skip
    for pattern in check.listed("require"):
        if not any(named(use.name, pattern) for use in seen.uses):
            yield Found(said=f"{pattern!r} is required and called nowhere", key=f"calls:required:{pattern}")


def named(name: str, pattern: str) -> bool:
    """Whether a dotted name is meant: whole, and of what is not known (``?.to_csv``) only by a pattern that begins openly."""
    if name.startswith("?"):
        return pattern.startswith("*") and fnmatchcase(name, pattern)
    return fnmatchcase(name, pattern)


def _data(check: Check, sight: Sight) -> Iterator[Found]:
    seen = sight.seen
    if seen is None:
        return
    allow, forbid = check.listed("allow"), check.listed("forbid")
    for read in seen.reads:
        if read.path is None:
            if allow or forbid:
                sight.note(f"{_in(read.cell)} reads what is not written out: {read.code[:80]}")
            continue
        hit = next((pattern for pattern in forbid if fnmatchcase(read.path, pattern)), "")
        if hit:
            yield Found(said=f"{read.path!r} is read, which {hit!r} forbids", where=_in(read.cell), cell=read.cell, key=f"data:{read.path}")  # fmt: skip
        elif allow and not any(fnmatchcase(read.path, pattern) for pattern in allow):
            yield Found(
                said=f"{read.path!r} is read, which is not among what may be ({', '.join(allow)})", where=_in(read.cell), cell=read.cell,
                key=f"data:{read.path}",
            )  # fmt: skip
    for pattern in check.listed("require"):
        if not any(read.path is not None and fnmatchcase(read.path, pattern) for read in seen.reads):
            yield Found(said=f"{pattern!r} is required and not read", key=f"data:required:{pattern}")


def _inputs(check: Check, sight: Sight) -> Iterator[Found]:
    """What was read before and is written over, moved or deleted then; what the code has made itself is its own."""
    seen = sight.seen
    if seen is None:
        return
    read: set[str] = set()
    own: set[str] = set()
    for reads, one in seen.touched:
        path = one.path
        if path is None or any(fnmatchcase(path, pattern) for pattern in check.listed("allow")):
            continue
        if reads:
            read |= {path} - own
            continue
        if path in read or any(other.startswith(path.rstrip("/") + "/") for other in read):
            yield Found(
                said=f"{path} is read, and then written over, moved or deleted by `{one.code[:120]}`", where=_in(one.cell), cell=one.cell,
                key=f"inputs:{path}:{one.code}",
            )  # fmt: skip
        else:
            own.add(path)


def _actions(check: Check, sight: Sight) -> Iterator[Found]:
    """What a call acts on decides: its own, temporary and asked-for things may go, rows may not leave."""
    from jupyter_coimprove.activities.values import acts

    subject = sight.subject
    if subject.notebook is None or subject.notebook.language != "python":
        return
    kinds = check.listed("kinds") or acts.KINDS
    for one in acts.acts(subject.notebook, sight.transform, subject.prose, subject.outputs):
        if one.kind in kinds:
            yield Found(said=f"`{one.code[:80]}` {one.said}", where=f"{_in(one.cell)}, line {one.line}", cell=one.cell, key=f"actions:{one.kind}:{one.code}")  # fmt: skip


def _tuning(check: Check, sight: Sight) -> Iterator[Found]:
    from jupyter_coimprove.evidence.checks.check import check as read
    from jupyter_coimprove.evidence.checks.pinning import pin

    notebook = sight.subject.notebook
    if notebook is None or notebook.language != "python":
        return
    kinds = check.listed("kinds") or TUNED
    found, whole = read(notebook, sight.transform)
    if not whole:
        sight.note("the notebook is longer than the checks of splits read")
    for one in found:
        if one.kind in kinds and one.confidence != "low":
            yield Found(
                said=f"{one.title}: {one.evidence}", where=_in(one.where.cell + 1), cell=one.where.cell + 1,
                key=f"tuning:{pin(notebook, one, sight.transform)}",
            )  # fmt: skip


def _seeds(check: Check, sight: Sight) -> Iterator[Found]:
    from jupyter_coimprove.notebook.reading import read_candidates

    plan, notebook = sight.subject.plan, sight.subject.notebook
    if plan is not None:
        if not plan.seeded:
            yield Found(said="nothing seeds what it draws: neither blocks nor a seed of the notebook", key="seeds:plan")  # fmt: skip
        for text in plan.uncontrolled:
            yield Found(said=f"no seed controls {text}", key=f"seeds:plan:{text}")
        return
    if notebook is None or notebook.language != "python":
        return
    chance = read_candidates(notebook, sight.transform).chance
    for draw in chance.draws if chance is not None else ():
        if not draw.seeded:
            yield Found(said=f"`{draw.call}` draws without a seed", where=_in(draw.cell + 1), cell=draw.cell + 1, key=f"seeds:{draw.call}:{draw.kind}")  # fmt: skip
    for text in chance.uncontrolled if chance is not None else ():
        yield Found(said=f"no seed controls {text}", key=f"seeds:{text}")


def _blocks(check: Check, sight: Sight) -> Iterator[Found]:
    plan = sight.subject.plan
    if plan is None:
        return
    least, most = check.options.get("least"), check.options.get("most")
    if least is not None and plan.blocks < least:
        yield Found(said=f"{plan.blocks} block{'' if plan.blocks == 1 else 's'}, at least {least} are required", key="blocks:least")  # fmt: skip
    if most is not None and plan.blocks > most:
        yield Found(said=f"{plan.blocks} blocks, at most {most} are allowed", key="blocks:most")
    if check.options.get("smallest_effect") and not plan.smallest_effect:
        yield Found(said="no smallest effect of interest is named", key="blocks:effect")


def _reporting(check: Check, sight: Sight) -> Iterator[Found]:
    wanted, least = check.options.get("intervals", True), check.options.get("blocks")
    for claim in sight.subject.claims:
        if not (_COMPARES.search(claim.text) and _NUMBER.search(claim.text)) and claim.intervals is None:
            continue
        first = claim.text.strip().splitlines()[0][:80] if claim.text.strip() else ""
        has = claim.intervals if claim.intervals is not None else _INTERVAL.search(claim.text) is not None
        if wanted and not has:
            yield Found(said=f"a difference is told without its interval: {first!r}", where=claim.where, key=f"reporting:interval:{first}")  # fmt: skip
        counted = [int(number) for number in _BLOCKS.findall(claim.text)]
        over = claim.blocks if claim.blocks is not None else max(counted, default=None)
        if least is not None and (over is None or over < least):
            told = "without saying over how many blocks" if over is None else f"over {over} block{'' if over == 1 else 's'}, at least {least} are required"  # fmt: skip
            yield Found(said=f"a difference is told {told}: {first!r}", where=claim.where, key=f"reporting:blocks:{first}")  # fmt: skip


def _licences(check: Check, sight: Sight) -> Iterator[Found]:
    seen, known = sight.seen, sight.subject.licences
    if seen is None:
        return
    allow = check.listed("allow")
    asked: list[tuple[str, str, int]] = []
    if check.options.get("data", True):
        asked += [
            (read.path, read.path, read.cell)
            for read in seen.reads
            if read.path is not None and read.path not in seen.written
        ]
    if check.options.get("packages", True):
        asked += [(f"package:{name}", f"package {name}", cell) for name, cell in distinct(seen.imported) if f"package:{name}" in known]  # fmt: skip
    for name, said, cell in asked:
        licence = known.get(name, "")
        if not licence and name.startswith(("sklearn:", "package:")):
            continue
        if not licence:
            yield Found(said=f"the licence of {said!r} is not known ([licences] in values.toml says it)", where=_in(cell), cell=cell, key=f"licences:{name}")  # fmt: skip
        elif allow and not any(fnmatchcase(spdx(part).lower(), pattern.lower()) for part in alternatives(licence) for pattern in allow):  # fmt: skip
            yield Found(said=f"{said!r} is licensed {licence!r}, which is not among {', '.join(allow)}", where=_in(cell), cell=cell, key=f"licences:{name}")  # fmt: skip


def spdx(licence: str) -> str:
    """A licence as SPDX names it, where it is known by another name."""
    return _CALLED.get(licence.strip().lower(), licence.strip())


def alternatives(licence: str) -> list[str]:
    """``MIT OR Apache-2.0``: one that is allowed is enough."""
    return [part.strip(" ()") for part in re.split(r"\s+OR\s+", licence)]


def _personal(check: Check, sight: Sight) -> Iterator[Found]:
    seen, subject = sight.seen, sight.subject
    columns = [pattern.lower() for pattern in check.listed("columns")]
    if seen is not None:
        for name, cell in distinct(seen.columns):
            if any(fnmatchcase(name.lower(), pattern) for pattern in columns):
                yield Found(said=f"the column {name!r} holds personal data by its name", where=_in(cell), cell=cell, key=f"personal:column:{name.lower()}")  # fmt: skip
        for read, cell in distinct([(one.path, one.cell) for one in seen.reads if one.path]):
            for name in subject.headers.get(read, ()):
                if any(fnmatchcase(name.lower(), pattern) for pattern in columns):
                    yield Found(said=f"{read!r} has the column {name!r}, personal data by its name", where=_in(cell), cell=cell, key=f"personal:header:{read}:{name.lower()}")  # fmt: skip
    texts: list[tuple[str, str, int]] = []
    if seen is not None:
        texts += [(text, _in(cell), cell) for text, cell in seen.texts if len(text) > 4]
    if check.options.get("outputs", True):
        texts += [(text, f"the output of cell {cell}", cell) for cell, text in subject.outputs.items()]
    texts += [(text, _in(cell), cell) for cell, text in subject.prose.items()]
    texts += [(claim.text, claim.where, 0) for claim in subject.claims]
    forms = check.listed("values")
    if not forms or not texts:
        return
    for form, at, matched in sight.search(
        [FORMS.get(one, one) for one in forms], [text for text, _, _ in texts]
    ):
        if real(forms[form], matched):
            _, where, cell = texts[at]
            called = forms[form] if forms[form] in FORMS else "what a pattern of it describes"
            # The value itself is not told: a card is kept in git.
            yield Found(said=f"personal data ({called}) stands in {where}", where=where, cell=cell, key=f"personal:value:{forms[form]}:{where}")  # fmt: skip


def _words(check: Check, sight: Sight) -> Iterator[Found]:
    claims = sight.subject.claims
    if not claims:
        return
    for pattern, at, matched in sight.search(list(check.listed("forbid")), [claim.text for claim in claims]):
        yield Found(
            said=f"{matched[:60]!r} is told, which {check.listed('forbid')[pattern]!r} forbids", where=claims[at].where,
            key=f"words:{pattern}:{matched.lower()[:60]}:{claims[at].where}",
        )  # fmt: skip


BY_KIND: dict[str, Callable[[Check, Sight], Iterator[Found]]] = {
    "data": _data, "inputs": _inputs, "test-tuning": _tuning, "seeds": _seeds, "blocks": _blocks, "reporting": _reporting, "calls": _calls,
    "actions": _actions, "licences": _licences, "personal-data": _personal, "words": _words,
}  # fmt: skip
