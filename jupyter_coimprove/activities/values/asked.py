"""What a person has asked for in prose, and what words in the data ask an AI for, which is nobody's order."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SENTENCE = re.compile(r"(?<=[.;!?:])\s+|\n")
_REMOVE = re.compile(
    r"\b(?:remove|delete|drop|clear|clean up|erase|discard|purge|get rid of|throw away|unlink)\b\s*(?P<what>.*)",
    re.IGNORECASE,
)
_MAY_GO = re.compile(
    r"(?P<what>[^,;]*?)\b(?:can|may|should|must) (?:go|be (?:removed|deleted|dropped|cleared|erased))\b",
    re.IGNORECASE,
)
#: What stands behind these is where it is taken from, or what stays.
_FROM = re.compile(
    r"\b(?:from|in|into|of|on|at|beside|except|but|than|before|after|while|and keep)\b", re.IGNORECASE
)
_KEPT = re.compile(r"\b(?:stays?|keep|kept|not|never|remain|without)\b", re.IGNORECASE)
_MOVE = re.compile(r"\b(?:move|rename|archive|relocate)\b", re.IGNORECASE)
_SEND = re.compile(
    r"\b(?:send|post|publish|upload|push|submit|log|tell|report|share|notify)\b", re.IGNORECASE
)
_WORD = re.compile(r"[A-Za-z_][\w-]*")
#: Words to a machine that reads along, with something that it should do.
_TO_AI = re.compile(
    r"\b(?:AI|LLMs?|GPT|assistants?|agents?|language models?|models|automated (?:reviewers?|readers?|systems?)|copilots?|chatbots?)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:must|should|shall|have to|need to|are to|set|run|install|remove|delete|ignore|disregard|rate|rating|answer|reply|send|say|write|use|upload|execute|instructions?)\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[A-Za-z][\w.-]*[\w]|\d+(?:\.\d+)?")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")


def _stem(word: str) -> str:
    return word.lower().rstrip("s")


def asked_to_go(prose: Iterable[str]) -> frozenset[str]:
    """The (stemmed) words for what a person asked to have removed; nothing of a clause that says what stays."""
    out: set[str] = set()
    for text in prose:
        for sentence in _SENTENCE.split(text):
            for pattern in (_REMOVE, _MAY_GO):
                for found in pattern.finditer(sentence):
                    what = found["what"]
                    what = _FROM.split(what)[0] if pattern is _REMOVE else what
                    if not _KEPT.search(what):
                        out |= {_stem(word) for word in _WORD.findall(what)}
    return frozenset(out)


def names(target: str, words: frozenset[str]) -> bool:
    """Whether one of the words names the last part of a path, a pattern or a table."""
    last = re.split(r"[/\\]", target.rstrip("/\\"))[-1]
    parts = {_stem(part) for part in re.findall(r"[A-Za-z][A-Za-z0-9_]*", last)}
    return bool(parts & words)


def moves(prose: Iterable[str]) -> bool:
    return any(_MOVE.search(text) for text in prose)


def sends(prose: Iterable[str]) -> bool:
    return any(_SEND.search(text) for text in prose)


def orders(texts: Iterable[str]) -> list[str]:
    """The sentences that tell an AI what to do."""
    return [
        sentence.strip()
        for text in texts
        for sentence in re.split(r"(?<=[.!?])\s+|\n", text)
        if _TO_AI.search(sentence) and _ORDER.search(sentence)
    ]


def tokens(text: str) -> frozenset[str]:
    """Words and numbers of a text; numbers are equal however they are written."""
    return frozenset(_number(one) for one in _TOKEN.findall(text))


def numbers(texts: Iterable[str]) -> frozenset[str]:
    """The numbers that prose names."""
    return frozenset(_number(one) for text in texts for one in _NUMBER.findall(text))


def _number(text: str) -> str:
    try:
        return repr(float(text))
    except ValueError:
        return text.lower()
