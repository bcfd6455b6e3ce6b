"""What is asked in a debate, and what one participant says to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_coimprove.digests import digest_json
from jupyter_coimprove.errors import UsageError

#: How one stands to an option or a claim.
FOR, AGAINST, UNSURE = "for", "against", "unsure"
STANDS = (FOR, AGAINST, UNSURE)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is debated: ``options`` of which one is chosen, ``claims`` to each of which one is for or against.

    ``about`` are ids of the record that it rests on. ``own`` says that it was opened here. After the blind round
    (``open_round``) everybody sees everything; ``closed`` says that nothing more is taken.
    """

    id: str
    text: str
    options: tuple[str, ...]
    claims: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    notebook: str = ""
    by: str = ""
    own: bool = True
    open_round: bool = False
    closed: bool = False

    @property
    def items(self) -> tuple[str, ...]:
        """Everything that one can be for or against."""
        return (*self.options, *self.claims)

    @property
    def digest(self) -> str:
        """What a position is pinned to: it answers exactly these words."""
        return digest_json(
            {"question": self.text, "options": list(self.options), "claims": list(self.claims)}
        )


@dataclass(frozen=True, kw_only=True)
class Position:
    """What a participant (``key``; ``who`` on the screen) says in a round, counted from 1.

    ``choice`` is an option or empty (unsure), ``stands`` are to claims. ``kind`` is ``person`` or ``ai``; ``origin``
    the model behind a role. ``verified`` says that it was made here. ``change`` is empty in the first round, else
    ``revised`` or ``held``. ``late`` was written when others could be read. ``unbacked`` are numbers that nothing backs.
    """

    id: str
    key: str
    who: str
    kind: str
    choice: str
    text: str
    stands: Mapping[str, str] = field(default_factory=dict)
    cites: tuple[str, ...] = ()
    action: str = ""
    round: int = 1
    change: str = ""
    origin: str = ""
    verified: bool = True
    late: bool = False
    unbacked: tuple[str, ...] = ()

    def on(self, item: str, question: Question) -> str:
        """How it stands to an option or a claim; to choose one option is to be against the others."""
        if item in question.options:
            return UNSURE if not self.choice else FOR if self.choice == item else AGAINST
        return self.stands.get(item, UNSURE)


def content(
    *, debate: str, asked: str, author: str, choice: str, stands: Mapping[str, str], text: str, cites: tuple[str, ...], action: str, salt: str
) -> dict[str, Any]:  # fmt: skip
    """What is sealed: all that a participant says, who says it, to which words (``asked``), and a salt so that no choice can be guessed."""
    return {
        "debate": debate, "asked": asked, "author": author, "choice": choice, "stands": dict(stands), "text": text, "cites": list(cites),
        "action": action, "salt": salt,
    }  # fmt: skip


def seal(of: Mapping[str, Any]) -> str:
    """The digest that is published first: whoever sees the content later can check that it is this one."""
    return digest_json(dict(of))


def chosen(text: str, question: Question) -> str:
    """The option meant: as written, its number, or ``unsure`` (empty). UsageError for any other."""
    wanted = " ".join(text.split())
    if wanted.lower() == UNSURE:
        return ""
    for number, option in enumerate(question.options, 1):
        if wanted in (option, str(number)) or wanted.lower() == option.lower():
            return option
    listed = ", ".join(f"{number} {option}" for number, option in enumerate(question.options, 1))
    raise UsageError(f"{text!r} is no option of {question.id}", remedy=f"one of: {listed}, unsure")


def stood(said: list[str], question: Question) -> dict[str, str]:
    """Stands to claims from ``CLAIM=for``: a claim's number or words. UsageError for what is no claim or no stand."""
    out: dict[str, str] = {}
    for one in said:
        name, mark, stand = one.rpartition("=")
        name, stand = " ".join(name.split()), stand.strip().lower()
        found = [c for n, c in enumerate(question.claims, 1) if name.lower() in (c.lower(), str(n))]
        if not mark or not found or stand not in STANDS:
            listed = "; ".join(f"{n} {c}" for n, c in enumerate(question.claims, 1)) or "it has no claims"
            raise UsageError(
                f"{one!r} is no stand to a claim of {question.id}",
                remedy=f"NUMBER=for, against or unsure; {listed}",
            )
        if found[0] in out and out[found[0]] != stand:
            raise UsageError(f"{found[0]!r} is voted on twice", remedy="once a claim")
        out[found[0]] = stand
    return out
