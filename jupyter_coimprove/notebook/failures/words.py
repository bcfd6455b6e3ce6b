"""Words that are not among those that an argument takes."""

from __future__ import annotations

import ast
import re

from jupyter_coimprove.notebook.failures import moved
from jupyter_coimprove.notebook.failures.near import nearest
from jupyter_coimprove.notebook.failures.situation import Diagnosis, Situation

_AMONG = re.compile(r"The '(\w+)' parameter of (\w+) must be (.*?)\. Got ('[^']*'|[^ ]+) instead", re.DOTALL)


_MEANT = re.compile(r"'([^']+)' is not a valid value for (\w+)\. Did you mean one of: (.+?)\?")


_SUPPORTED = re.compile(r"'([^']+)' is not a valid value for (\w+); supported values are (.+)")


_FREQUENCY = re.compile(r"Invalid frequency: ([\w-]+)")


#: What a message lists as allowed: words with commas between them, quoted or not.
_LISTED = re.compile(
    r"(?:[Vv]alid (?:\w+ )?(?:values|options|arguments|keys|choices|types?)?|one of|among|must be|[Ss]upported \w+)(?: are)?:?\s*"
    r"[\[{(]?((?:['\"]?[\w\-]+['\"]?(?:,\s*(?:or |and )?| or ))+['\"]?[\w\-]+)"
)
_STYLE = re.compile(r"'(seaborn[\w-]*)' is not a valid package style")


def words(s: Situation) -> Diagnosis | None:
    """A word that is not among those that an argument takes."""
    style = _STYLE.search(s.said)
    if style:
        new = style[1].replace("seaborn", "seaborn-v0_8", 1)
        return _word(
            s,
            style[1],
            f'"{new}"',
            f"Matplotlib 3.8 took out its copies of seaborn's styles under `{style[1]}`; they are `{new}` now.",
        )
    frequency = _FREQUENCY.search(s.said)
    if frequency:
        return _frequency(s, frequency[1])
    among = _AMONG.search(s.said)
    if among:
        return _among(s, among)
    if re.search(r"is not a valid scoring value|not a valid scoring", s.said):
        word = re.search(r"'([^']+)' is not a valid scoring", s.said)
        if word and ("scoring", word[1]) in moved.WORDS:
            return _word(
                s,
                word[1],
                moved.WORDS["scoring", word[1]],
                f"`{word[1]}` is no score: larger has to be better, so it is negated.",
            )
    meant = _MEANT.search(s.said) or _SUPPORTED.search(s.said)
    if meant:
        offered = re.findall(r"'([^']+)'", meant[3])
        near = nearest(meant[1], offered)
        if near:
            return _word(s, meant[1], f'"{near}"', f"`{meant[1]}` is no {meant[2]}; the nearest is `{near}`.")
        return Diagnosis(
            rule="no such word",
            cause=f"`{meant[1]}` is no {meant[2]}; near to it are {', '.join(offered[:5])}.",
        )
    orient = re.search(r"orient '(\w+)' not understood", s.said)
    if orient and ("orient", orient[1]) in moved.WORDS:
        return _word(
            s, orient[1], moved.WORDS["orient", orient[1]], f"`{orient[1]}` is no form of `to_dict`."
        )
    return _other_words(s)


def _other_words(s: Situation) -> Diagnosis | None:
    """A word quoted in the message, where the message or the environment lists what is allowed."""
    if s.failure.ename not in ("ValueError", "KeyError", "MergeError"):
        return None
    listed = _LISTED.search(s.said)
    if listed is None:
        return None
    allowed = re.findall(r"[\w\-]+(?: [\w\-]+)*", listed[1])
    for node in s.of(ast.Constant):
        if isinstance(node.value, str) and node.value not in allowed and node.value in s.said:
            meant = nearest(node.value, allowed)
            if meant:
                return _word(
                    s,
                    node.value,
                    f'"{meant}"',
                    f"`{node.value}` is not taken here; the nearest that is, is `{meant}`.",
                )
    return None


def _word(s: Situation, old: str, new: str, cause: str) -> Diagnosis | None:
    nodes = [n for n in s.of(ast.Constant) if n.value == old] or [
        n for n in ast.walk(s.tree) if isinstance(n, ast.Constant) and n.value == old
    ]
    if not nodes:
        # The object was made above, where the word stands.
        for cell in range(s.failure.inner - 1, -1, -1):
            above = [n for n in ast.walk(s.tree_of(cell)) if isinstance(n, ast.Constant) and n.value == old]
            if above:
                edits = s.replaced(
                    s.swapped(*((n, _quoted(s.text(n, cell), new)) for n in above), cell=cell), cell
                )
                return Diagnosis(rule="word", cause=cause, repair=f"{new} in cell {cell + 1}", edits=edits)
        return Diagnosis(rule="word", cause=cause)
    return Diagnosis(
        rule="word",
        cause=cause,
        repair=new,
        edits=s.replaced(s.swapped(*((n, _quoted(s.text(n), new)) for n in nodes))),
    )


def _quoted(old: str, new: str) -> str:
    return new.replace('"', "'") if old.startswith("'") and new.startswith('"') else new


def _frequency(s: Situation, word: str) -> Diagnosis | None:
    number, name = re.fullmatch(r"(-?\d*)(.*)", word).groups()  # type: ignore[union-attr]
    said = re.findall(r"use '([\w-]+)'|Did you mean ([\w-]+)\?", s.said)
    new = next((a or b for a, b in said if a or b), "")
    old = {
        "M": "ME",
        "Q": "QE",
        "Y": "YE",
        "A": "YE",
        "BM": "BME",
        "BQ": "BQE",
        "H": "h",
        "T": "min",
        "S": "s",
        "L": "ms",
        "U": "us",
        "N": "ns",
        "BH": "bh",
    }
    meant = old.get(name) or re.sub(r"^\d+", "", new)
    if not meant:
        return None
    return _word(
        s,
        word,
        f'"{number}{meant}"',
        f"pandas no longer takes `{name}` for a frequency; `{meant}` stands for it.",
    )


def _among(s: Situation, found: re.Match[str]) -> Diagnosis | None:
    argument, owner, allowed, got = found[1], found[2], found[3], found[4]
    word = got.strip("'")
    offered = re.findall(r"'([^']+)'", allowed)
    new = moved.WORDS.get((argument, word))
    caution = ""
    if argument == "max_features" and word == "auto":
        new = "1.0" if "Regressor" in owner else '"sqrt"'
        caution = "that is what `auto` meant for this model"
    if argument == "penalty" and word == "none":
        caution = "no penalty, as before"
    if new is not None and (new.strip('"') in offered or not new.startswith('"') or argument == "scoring"):
        said = _word(s, word, new, f"`{argument}` of {owner} no longer takes `{word}`; {new} stands for it.")
        return said and Diagnosis(
            rule=said.rule, cause=said.cause, repair=said.repair, edits=said.edits, caution=caution
        )
    near = nearest(word, offered)
    if near:
        return _word(
            s,
            word,
            f'"{near}"',
            f"`{argument}` of {owner} takes no `{word}`; the nearest it takes is `{near}`.",
        )
    if re.fullmatch(r"'\d+'", got) and "int" in allowed:
        return _word(s, word, word, f"`{argument}` of {owner} is a number; `{got}` is text.")
    return Diagnosis(
        rule="not among", cause=f"`{argument}` of {owner} must be {allowed[:300]}; it was {got}."
    )


def setting(s: Situation) -> Diagnosis | None:
    """A setting of Matplotlib under a wrong name."""
    found = re.search(r"'([\w.]+)' is not a valid value for rcParam. Did you mean one of: (.+?)\?", s.said)
    if found is None:
        return None
    near = nearest(found[1], re.findall(r"'([\w.]+)'", found[2]))
    return (
        _word(s, found[1], f'"{near}"', f"Matplotlib has no setting `{found[1]}`; the nearest is `{near}`.")
        if near
        else None
    )
