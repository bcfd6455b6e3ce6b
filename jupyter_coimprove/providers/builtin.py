"""The provider without a model: it words what was computed, and says when only a model could answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jupyter_coimprove.errors import ProviderError
from jupyter_coimprove.proposals.provider import Block, Part, Request
from jupyter_coimprove.providers.candidates import NOTHING, apart, can_vary, likely, of_kind, operator, ranked

#: Words of a question that speak for a verb, where it is among those that were given.
_CUES: dict[str, tuple[str, ...]] = {
    "candidates": ("vary", "varied", "candidates", "parameters", "knobs", "measure", "measures", "measured"),
    "plan": (
        "ablation", "ablate", "matter", "matters", "plan", "experiment", "without", "needed", "important",
        "importance", "contribute", "contributes", "drop", "remove", "influence", "factor", "factors",
    ),
    "noise": ("noise", "noisy", "spread", "variance", "seed", "seeds", "luck", "stable", "significant", "blocks"),
    "compare": ("compare", "comparison", "table", "csv", "versus", "vs"),
    "results": ("results", "result", "effect", "effects", "verdict", "difference", "interval", "better", "worse"),
    "status": ("status", "running", "progress", "done", "finished", "left"),
    "review": ("review", "waits", "waiting", "decide", "inbox", "pending"),
    "report": ("report", "writeup", "summary", "summarise", "summarize", "paper"),
    "replicate": ("replicate", "replication", "again", "confirm", "repeat"),
    "verify": ("verify", "tampered", "journal", "chain"),
    "doctor": ("doctor", "install", "installed", "broken", "setup"),
    "undo": ("undo", "revert", "back"),
}  # fmt: skip
_MOST = 3


class BuiltinProvider:
    """Plans from computed candidates, repeats computed words, offers computable commands.

    Deterministic, offline, and never plays a model: what it cannot compute ends with
    ``needs_model`` and says what a model would add.
    """

    name = "builtin"
    label = "built-in, no model"
    images = False
    #: Why it is this one that answers, before what can be computed.
    because = "No model is set up."

    def answer(self, request: Request) -> Iterator[Part]:
        """``plan`` gives one ``plan`` block, ``words`` the computed claim, ``ask`` at most three
        commands as one ``commands`` block."""
        if request.cancelled():
            yield _end("cancelled")
        elif request.task == "plan":
            yield from _plan(request)
        elif request.task == "words":
            yield from _words(request)
        elif request.task == "ask":
            yield from _ask(request, self.because)
        else:
            raise ProviderError(f"no task {request.task!r}", remedy="tasks: plan, words, ask")

    def count(self, request: Request) -> int:
        """None are sent."""
        return 0

    def sent(self, request: Request) -> None:
        """Nothing: it computes here."""


def _end(stop: str) -> Part:
    return Part(type="end", detail={"stop": stop, "usage": {}})


def _tokens(text: str) -> set[str]:
    return {token.rstrip("_.") for token in re.findall(r"[^\W\d][\w.]*", text.lower())}


def _mentioned(name: str, asked: set[str]) -> bool:
    return name.lower() in asked or name.lower().rsplit(".", 1)[-1] in asked


def _plan(request: Request) -> Iterator[Part]:
    """Factors by rank, those the person names first; the reasons are facts read from the code."""
    candidates = [c for c in of_kind(request.context, "candidate") if can_vary(c)]
    asked = _tokens(request.text)
    named = [c for c in candidates if _mentioned(str(c["name"]), asked)]
    # Who names one may vary what nothing seems to come of.
    candidates = candidates if named else likely(candidates)
    if not candidates:
        yield Part(
            type="text",
            text=NOTHING,
        )
        yield _end("complete")
        return
    chosen = apart(ranked(named or candidates))[: int(request.options.get("factors", 4))]
    measured = _response(request, asked)
    rationale = _rationale(chosen, measured, named=bool(named), others=len(candidates) - len(chosen))
    expected = _expected(measured, of_kind(request.context, "effect"), {str(c["name"]) for c in chosen})
    yield Part(type="text", text=f"{rationale}\n\n{expected}\n")
    data = {
        "factors": [_factor(c, int(request.options.get("levels", 1))) for c in chosen],
        "response": measured["name"] if measured else None,
        "direction": measured.get("direction") if measured else None,
        "design": "one-at-a-time",
        "rationale": rationale,
        "expected": expected,
    }
    yield Part(type="block", block=Block(kind="plan", v=1, data=data))
    yield _end("complete")


def _factor(candidate: Mapping[str, Any], levels: int) -> dict[str, Any]:
    if operator(candidate) != "set":
        return {"name": candidate["name"], "operator": operator(candidate), "levels": []}
    return {
        "name": candidate["name"],
        "operator": "set",
        "levels": list(candidate["levels"])[: max(1, levels)],
    }


def _response(request: Request, asked: set[str]) -> Mapping[str, Any] | None:
    """The response: the one in the options, one the person names, else the likeliest."""
    measured = of_kind(request.context, "measured")
    wanted = request.options.get("response")
    if wanted:
        return next((m for m in measured if m["name"] == wanted), {"name": wanted, "direction": None})
    named = [m for m in measured if _mentioned(str(m["name"]), asked)]
    likeliest = ranked(named or measured)
    return likeliest[0] if likeliest else None


def _rationale(
    chosen: Sequence[Mapping[str, Any]], measured: Mapping[str, Any] | None, *, named: bool, others: int
) -> str:
    why = "You named them." if named else "They rank highest among what the code lets vary."
    lines = [f"One change at a time, {len(chosen)} in all. {why}"]
    for candidate in chosen:
        reaches = len(candidate.get("reaches") or ())
        facts = [f"{candidate.get('kind')}", f"now {candidate.get('source', candidate.get('value'))}"]
        if reaches:
            facts.append(
                f"{reaches} cell{'s' if reaches != 1 else ''} depend on it"
                if reaches != 1
                else "1 cell depends on it"
            )
        if (
            measured
            and measured.get("cell") is not None
            and measured["cell"] in (candidate.get("reaches") or ())
        ):
            facts.append(f"among them the one that measures {measured['name']}")
        lines.append(f"- {candidate['name']}: {', '.join(facts)}")
    if others > 0:
        lines.append(f"{others} more could be varied; `candidates` lists them.")
    return "\n".join(lines)


def _expected(
    measured: Mapping[str, Any] | None, effects: Sequence[Mapping[str, Any]], names: set[str]
) -> str:
    """What is known beforehand, which without runs is little: that is said, not guessed."""
    known = [
        f"{e['arm']}: {e['verdict']} ({e['estimate']:+.3g} in {e.get('response', 'the response')})"
        for e in effects
        if e.get("estimate") is not None and str(e["arm"]).split("=")[0] in names
    ]
    if known:
        return "Expected, from earlier runs: " + "; ".join(known) + "."
    if measured and measured.get("last") is not None:
        return (
            f"Expected effect: not known before the runs. The stored output shows {measured['name']} "
            f"{measured['last']:.4g} for the notebook as it is."
        )
    return "Expected effect: not known before the runs; nothing is recorded yet."


def _words(request: Request) -> Iterator[Part]:
    claims = [str(f["claim"]) for f in of_kind(request.context, "finding") if f.get("claim")]
    if not claims:
        yield Part(
            type="text",
            text="There is no computed claim to word. A model could word other text; none is set up.",
        )
        yield _end("needs_model")
        return
    yield Part(type="text", text=claims[0])
    yield Part(type="block", block=Block(kind="words", v=1, data={"claim": claims[0]}))
    yield _end("complete")


def _ask(request: Request, because: str) -> Iterator[Part]:
    """Commands whose cues or name occur in the question, best match first."""
    asked = _tokens(request.text)
    scored = []
    for position, verb in enumerate(_verbs(request.options)):
        hits = len(asked & set(_CUES.get(verb["name"], ()))) + 2 * (verb["name"] in asked)
        if hits:
            scored.append((-hits, position, verb))
    best = [verb for _, _, verb in sorted(scored, key=lambda s: s[:2])[:_MOST]]
    if not best:
        yield Part(
            type="text",
            text="This needs a model: no computation here answers it. A model would read the notebook and "
            "answer in words; without one, candidates, plans, power, effects, noise and checks are computed.",
        )
        yield _end("needs_model")
        return
    lines = [f"- `{verb['command']}`: {verb['help']}" for verb in best]
    yield Part(type="text", text=f"{because} What can be computed:\n" + "\n".join(lines) + "\n")
    yield Part(type="block", block=Block(kind="commands", v=1, data={"commands": best}))
    yield _end("complete")


def _verbs(options: Mapping[str, Any]) -> list[dict[str, str]]:
    """The verbs the door offers: names, or ``{name, help, command}``."""
    out = []
    for verb in options.get("verbs", ()):
        given = {"name": verb} if isinstance(verb, str) else verb
        name = str(given["name"])
        out.append({
            "name": name, "help": str(given.get("help", "")), "command": str(given.get("command") or name),
        })  # fmt: skip
    return out
