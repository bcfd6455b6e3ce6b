"""The person's references: what lies in the folder as BibTeX, Markdown, text or PDF, cited by key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from jupyter_coimprove.activities.activity import Card
from jupyter_coimprove.evidence.calling import words

_ENTRY = re.compile(r"@(\w+)\s*[{(]\s*([^\s,{}()]+)\s*,", re.S)
#: A line that gives a work its key: ``[@key]`` anywhere in a list or at its start, ``[key]:``, a heading ``@key``. No link, no
#: box to tick and no footnote is one.
_KEYED = re.compile(
    r"\s*(?:(?:[-*+]|\d+[.)])\s+)?(?:\[@(?P<at>[\w:.+-]+)\]:?|\[(?P<named>(?!\^)[\w.+-]{2,})\]:(?!\s*(?:https?:|<|\S+$))|#+\s+@(?P<heading>[\w:.+-]+))"
    r"(?P<rest>.*)"
)
_PLAIN = frozenset({"comment", "string", "preamble"})
#: Words that most references share: they tell nothing.
_COMMON = frozenset(re.findall(r"\w+", """
    model data result method learning using train test problem cell paper approach show new item where else
    under over their they many what when
"""))  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One work or note: ``key`` cites it, ``file`` is where it stands, ``text`` what it says."""

    key: str
    title: str
    file: str
    text: str


def bibtex(text: str, file: str) -> list[Reference]:
    """The entries of a BibTeX file. ValueError where it holds none, or one is not closed."""
    out = []
    for match in _ENTRY.finditer(text):
        if match[1].lower() in _PLAIN:
            continue
        body = _body(text, match.end())
        if body is None:
            raise ValueError(
                f"the entry {match[2]} in line {text.count(chr(10), 0, match.start()) + 1} is not closed"
            )
        fields = {name.lower(): value for name, value in _fields(body)}
        title = fields.get("title", "")
        out.append(
            Reference(
                key=match[2],
                title=title,
                file=file,
                text=f"{title} {fields.get('abstract', '')} {fields.get('keywords', '')}",
            )
        )
    if not out and text.strip():
        raise ValueError("it holds no entry (@article{key, …})")
    return out


def _body(text: str, start: int) -> str | None:
    depth = 1
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at]
    return None


def _fields(body: str) -> list[tuple[str, str]]:
    out = []
    for match in re.finditer(r"(\w+)\s*=\s*", body):
        rest = body[match.end() :]
        if rest.startswith("{"):
            value = _body(rest, 1)
        elif rest.startswith('"'):
            value = rest[1:].partition('"')[0]
        else:
            value = re.split(r"[,\n]", rest, maxsplit=1)[0]
        if value is not None:
            out.append((match[1], " ".join(re.sub(r"[{}]", "", value).split())))
    return out


def prose(text: str, file: str) -> list[Reference]:
    """A note: its first heading or line is its title, its name the key. Works that it lists by keys of their own
    (``- [@guo17] On calibration``, ``[guo17]: On calibration``, ``## @guo17``) stand before it, each cited by its own."""
    return [*_listed(text, file), *_whole(text, file)]


def _listed(text: str, file: str) -> list[Reference]:
    """What stands below a key, up to the next one, a heading or an empty line."""
    out: list[Reference] = []
    lines = text.splitlines()
    for at, line in enumerate(lines):
        match = _KEYED.match(line)
        if match is None:
            continue
        heading = line.lstrip().startswith("#")
        below: list[str] = []
        for more in lines[at + 1 :]:
            if (
                _KEYED.match(more)
                or more.lstrip().startswith("#")
                or (not more.strip() and (below or not heading))
            ):
                break
            below.append(more.strip())
        key = match["at"] or match["named"] or match["heading"]
        title = match["rest"].strip(" :–-") or next((one for one in below if one), "")
        out.append(
            Reference(key=key, title=title[:120], file=file, text=" ".join([match["rest"], *below])[:20_000])
        )
    return out


def _whole(text: str, file: str) -> list[Reference]:
    lines = [line.strip("# \t") for line in text.splitlines() if line.strip("# \t")]
    key = re.sub(r"[^\w-]+", "-", file.rpartition("/")[2].rpartition(".")[0]) or file
    return (
        [Reference(key=key, title=lines[0][:120] if lines else file, file=file, text=text[:20_000])]
        if lines
        else []
    )


def cited(card: Card, references: Sequence[Reference], most: int = 2) -> Card:
    """The card with the references that speak of the same things: two words in common at least, rare ones."""
    said = words(f"{card.title} {card.goal} {' '.join(card.evidence)}") - _COMMON
    scored = [(len(words(one.text) & said), one) for one in references]
    best = sorted((pair for pair in scored if pair[0] >= 2), key=lambda pair: -pair[0])[:most]
    return (
        replace(card, known=(*card.known, *(f"[{one.key}] {one.title}" for _, one in best))) if best else card
    )
