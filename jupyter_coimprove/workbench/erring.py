"""Error analysis of a notebook's model: it is run whole in a fresh kernel, and its test items are looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyter_coimprove.errors import DecisionError, NotebookError, UsageError
from jupyter_coimprove.workbench import acting, cards, case_files, shelf

if TYPE_CHECKING:
    from jupyter_coimprove.activities.activity import Card, Section, Study
    from jupyter_coimprove.activities.cases.expressions import Named
    from jupyter_coimprove.activities.cases.instrument import Items
    from jupyter_coimprove.notebook.cells import Notebook
    from jupyter_coimprove.workbench.bench import Bench
    from jupyter_coimprove.workbench.examining import Examined, Instrument
    from jupyter_coimprove.workbench.views_activities import ActivityView

_NAME = "items"
#: The largest file of items that is read, in bytes.
_MOST = 2**30


def errors(
    bench: Bench, *, notebook: str, features: str | None = None, truth: str | None = None, predicted: str | None = None,
    loss: str | None = None, slices: int = 5, tag: list[str] | None = None, experiment: str | None = None,
    arm: str | None = None, seconds: float | None = None, kernel: str | None = None, provider: str | None = None,
    model: str | None = None,
) -> ActivityView:  # fmt: skip
    """Confusion, calibration, the worst slices with intervals, cases to look at, and two arms item by item.

    What is not named is found by the notebook's code. Tags are kept as cards of the person's.
    """
    from jupyter_coimprove.activities.activity import Study, ranked
    from jupyter_coimprove.activities.errors import errors as study_of
    from jupyter_coimprove.activities.table import ERRORS

    if slices < 1:
        raise UsageError(f"{slices} slices cannot be shown", remedy="use --slices 1 or more")
    found = shelf.read_notebook(bench, notebook)
    name = shelf.notebook_name(bench.root(found.path), found.path)
    said = [_tag(text) for text in tag or ()]
    beside = _arms(bench, experiment, arm)
    if beside and not (truth and predicted) and not known(found):
        # The runs kept a score of each item: for that nothing has to be run again.
        study = Study(
            headline=beside[0].lines[0], sections=beside,
            unseen=("slices, confusion, calibration, cases: the code compares no labels with predictions; name them (--truth, --predicted)",),
        )  # fmt: skip
        return acting.answer(bench, ERRORS, found.path, study, provider=provider, model=model)
    items = look(
        bench,
        found,
        features=features,
        truth=truth,
        predicted=predicted,
        loss=loss,
        seconds=seconds,
        kernel=kernel,
        also=[number for many in _known_tags(bench, name, said).values() for number in many],
    )
    wrong = [number for number, _ in said if number >= len(items.loss)]
    if wrong:
        raise UsageError(f"there is no item {wrong[0]}: they count from 0 to {len(items.loss) - 1}")
    told = study_of(items, slices=slices, tags=_known_tags(bench, name, said)).study
    told, files = case_files.written(bench, name, told)
    _keep_tags(bench, name, said, told)
    found_cards = tuple(_with_cases(bench, told, items, card) for card in told.cards)
    study = replace(told, sections=(*told.sections, *beside), cards=ranked(found_cards))
    return acting.answer(
        bench, ERRORS, found.path, study, files=files, looked=frozenset({"slice"}), provider=provider, model=model,
        next=(f"problem {notebook}",) if study.cards else (),
    )  # fmt: skip


def look(
    bench: Bench, notebook: Notebook, *, features: str | None = None, truth: str | None = None, predicted: str | None = None,
    loss: str | None = None, seconds: float | None = None, kernel: str | None = None, also: Sequence[int] | None = None,
    beside: Sequence[Instrument] = (), tell: Callable[[Examined], None] | None = None,
) -> Items:  # fmt: skip
    """The test items of a notebook after it ran whole. NotebookError where they are not found.

    Where ``also`` is given, the worst of them and these are shown by the notebook's own code as well. Of what
    ``beside`` looks at in the same run, ``tell`` is told.
    """
    import numpy as np

    from jupyter_coimprove.activities.cases.instrument import WRITES, Items, source
    from jupyter_coimprove.activities.cases.showing import ways
    from jupyter_coimprove.workbench.beside import plain_sources
    from jupyter_coimprove.workbench.examining import Instrument, examined

    wanted = _wanted(notebook, features, truth, predicted)
    for expr in (features, truth, predicted, loss):
        _is_expression(expr)
    shows = None if also is None else [ways(plain_sources(notebook), one.features) for one in wanted]
    instrument = Instrument(name=_NAME, source=source(wanted, loss or "", shows, also or ()), writes=WRITES)
    with examined(
        bench, notebook, [instrument, *beside], seconds=seconds, kernel=kernel, what="looking at errors"
    ) as seen:
        if tell is not None:
            tell(seen)
        path = seen.files.get(_NAME)
        if path is None:
            raise NotebookError(
                f"the test items of {notebook.path.name} could not be read: {seen.failed.get(_NAME, 'nothing was written')}",
                remedy="name them: --features EXPR --truth EXPR --predicted EXPR (and --loss EXPR, one value an item)",
            )
        if path.stat().st_size > _MOST:
            raise NotebookError("the items take more than 1 GB", remedy="name fewer columns by --features")
        with np.load(path, allow_pickle=False) as arrays:
            return Items.of({key: arrays[key] for key in arrays.files})


def _wanted(
    notebook: Notebook, features: str | None, truth: str | None, predicted: str | None
) -> list[Named]:
    """What is looked at: as the person named it, the rest by the code."""
    from jupyter_coimprove.activities.cases.expressions import Named

    if notebook.language != "python":
        raise UsageError(
            f"items of a {notebook.language} notebook cannot be read", remedy="only Python's can"
        )
    if truth and predicted:
        return [Named(features=features or "", truth=truth, predicted=predicted)]
    found = known(notebook)
    if not found:
        raise NotebookError(
            f"{notebook.path.name} compares no labels with predictions that its code shows",
            remedy="name them: --truth EXPR --predicted EXPR, and --features EXPR to see slices",
        )
    return [
        replace(
            one,
            features=features or one.features,
            truth=truth or one.truth,
            predicted=predicted or one.predicted,
        )
        for one in found[:6]
    ]


def known(notebook: Notebook) -> list[Named]:
    """What the code itself compares; nothing of a notebook that is no Python."""
    from jupyter_coimprove.activities.cases.naming import named
    from jupyter_coimprove.workbench.beside import plain_sources

    return named(plain_sources(notebook))


def _is_expression(text: str | None) -> None:
    import ast

    if text is None:
        return
    try:
        ast.parse(text, mode="eval")
    except SyntaxError as error:
        raise UsageError(f"{text!r} is no Python expression: {error.msg}") from error


def _tag(text: str) -> tuple[int, str]:
    number, equals, word = text.partition("=")
    if not equals or not number.strip().isdigit() or not word.strip():
        raise UsageError(f"{text!r} is no tag", remedy="write ITEM=WORD, as in --tag 17=blurred")
    return int(number), word.strip()


def _with_cases(bench: Bench, told: Study, items: Items, card: Card) -> Card:
    """A slice with those of the shown cases that are in it."""
    from jupyter_coimprove.activities.slices.table import Condition, members

    if card.kind != "slice" or not items.shown:
        return card
    inside = members(items.columns, [Condition.from_dict(one) for one in card.data["conditions"]])
    shown = case_files.kept(bench, told, {int(item) for item in items.drawn[inside]})
    return replace(card, data={**card.data, "shown": shown}) if shown else card


def _keep_tags(bench: Bench, name: str, said: Sequence[tuple[int, str]], told: Study) -> None:
    """Keep what the person tags now, with the cases as they are shown."""
    from jupyter_coimprove.activities.activity import Card
    from jupyter_coimprove.activities.table import ERRORS

    tags = _known_tags(bench, name, said)
    known = {
        str(item.data["key"]): item
        for item in cards.of(bench, name, ERRORS.name)
        if item.data["card"] == "tag"
    }
    changed: list[Card] = []
    for word in dict.fromkeys(word for _, word in said):
        old = known.get(f"tag:{word}")
        if old is not None and old.state in ("accepted", "rejected"):
            raise DecisionError(
                f"the cases tagged {word!r} are {old.state}", remedy=f"`coimprove undo {old.id}` first"
            )
        changed.append(
            Card(
                kind="tag", title=f"cases tagged {word}: {len(tags[word])}", key=f"tag:{word}", weight=0.3,
                evidence=(f"items {', '.join(map(str, tags[word][:40]))}",), data={"word": word, "items": tags[word], "shown": case_files.kept(bench, told, tags[word])},
            )
        )  # fmt: skip
    if changed:
        bench.require_person("a tag is a person's word: it")
        cards.keep(bench, ERRORS.name, name, changed, author=bench.actor)


def _known_tags(bench: Bench, name: str, said: Sequence[tuple[int, str]]) -> dict[str, list[int]]:
    """The items of each word, as they are kept and as the person says now."""
    from jupyter_coimprove.activities.table import ERRORS

    tags = {
        str(item.data["more"]["word"]): [int(n) for n in item.data["more"]["items"]]
        for item in cards.of(bench, name, ERRORS.name)
        if item.data["card"] == "tag" and item.state != "rejected"
    }
    for word in dict.fromkeys(word for _, word in said):
        tags[word] = sorted({*tags.get(word, ()), *(number for number, one in said if one == word)})
    return tags


def _arms(bench: Bench, experiment: str | None, arm: str | None) -> tuple[Section, ...]:
    """One arm against the baseline, item by item, of an experiment of this notebook."""
    from jupyter_coimprove.activities.cases.arms import disagreement
    from jupyter_coimprove.errors import PlanError, UnknownName
    from jupyter_coimprove.evidence.pairing import grid
    from jupyter_coimprove.workbench import concluding, piloting, watching

    if experiment is None:
        if arm is not None:
            raise UsageError("--arm is one of an experiment", remedy="add --experiment EXP")
        return ()
    record = bench.record()
    item = shelf.experiment_item(record, experiment)
    registered = shelf.registered(item)
    if piloting.blinded(record, item) or watching.hides(item):
        raise PlanError(f"{item.id} does not show its arms yet", remedy=f"`coimprove status {item.id}`")
    rules = concluding.rules(registered.plan, registered.blocks)
    table = grid(concluding.rows(registered, shelf.runs_of(record, item.id)), rules)
    arms = [one for one in rules.every_arm if one != rules.baseline]
    if arm is not None and arm not in arms:
        raise UnknownName("arm", arm, arms)
    chosen = [arm] if arm else arms[:3]
    return tuple(disagreement(one, rules.baseline, table.pairs(one)) for one in chosen)
