"""The report: accepted findings only, every number a reference, and a page that can do nothing."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from jupyter_coimprove.errors import DecisionError
from jupyter_coimprove.evidence.effects import Control, Evidence
from jupyter_coimprove.testing.sample_findings import arm, effect, evidence, experiment, finding
from jupyter_coimprove.writeup import checklist
from jupyter_coimprove.writeup.contents import (
    Accepted,
    FailedRun,
    Known,
    Registered,
    Report,
    Scored,
    ToldCase,
    ToldCases,
)
from jupyter_coimprove.writeup.elements import Markup, h, image
from jupyter_coimprove.writeup.outline import denominator, report
from jupyter_coimprove.writeup.plot import ticks
from jupyter_coimprove.writeup.render import to_html, to_markdown
from jupyter_coimprove.writeup.tables import ranges

WORSE = effect("dropout=0.0", -0.0213, 0.0139, "worse")
BETTER = effect("scaler dropped", 0.031, 0.02, "better")
FOUND = evidence(
    WORSE, BETTER, arms=(arm("baseline", 0.93), arm("dropout=0.0", 0.91, failed=1), arm("scaler dropped", 0.96))
)  # fmt: skip
COUNTS = {"registered": 3, "reported": 1, "abandoned": 1, "same_response": 2}


def made(
    found: Evidence = FOUND, *, verb: str = "accepted", text: str = "", field: str = "", **plan: Any
) -> Report:
    """A report on one finding; ``field`` goes into every text field there is."""
    card = finding(found, deviations=["one arm was cancelled" + field], **plan)
    return report(
        [Accepted(finding=card, verb=verb, text=text, by="Ada" + field, at="2026-11-23T20:00:00Z", reason=field)],
        {card.experiment: experiment(found, **plan)},
        {card.experiment: found},
        counts=COUNTS,
        registered=[
            Registered(id=card.experiment, question="Which" + field, response="accuracy" + field, status="confirmatory", state="completed", finding="accepted"),
            Registered(id="exp_B" + field, question="Does a larger batch help?", response="accuracy", status="exploratory", state="abandoned" + field),
        ],
        failed=[FailedRun(id="run_0107" + field, experiment=card.experiment, arm="dropout=0.0", block=7, reason="error", error="ValueError: nan" + field)],
        predictions=[Scored(experiment=card.experiment, by="Ada" + field, said="scaler dropped > baseline" + field, measure="tau", score=0.5, chance=0.0)],
        head="json:0d9f" + field, at="2026-11-23T20:01:02Z" + field, title="Parts that matter" + field, versions={"python": "3.11" + field},
    )  # fmt: skip


class Page(HTMLParser):
    """All that a browser would act on in a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.styles: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        (self.styles if self.tags and self.tags[-1][0] == "style" else self.said).append(data)

    @property
    def text(self) -> str:
        return "".join(self.said)

    def of(self, attribute: str) -> list[str]:
        return [str(attrs[attribute]) for _, attrs in self.tags if attribute in attrs]


# -- what is told ----------------------------------------------------------------------------
def test_only_accepted_findings_are_told() -> None:
    for verb in ("rejected", "pending", "deferred", "undone"):
        with pytest.raises(DecisionError, match="cannot be reported"):
            made(verb=verb)


@pytest.mark.parametrize("render", [to_html, to_markdown])
def test_the_denominator_the_deviations_the_failures_and_the_chain_are_told(render) -> None:
    text = render(made())
    for said in (
        "3 experiments registered, 1 reported, 1 abandoned, 2 on the same response",
        "one arm was cancelled", "ValueError: nan", "exp", "Does a larger batch help?", "not reported", "0d9f",
        "scaler dropped", "abandoned",
    ):  # fmt: skip
        assert said in text.replace("\\", "")


def test_an_empty_report_still_tells_what_was_registered() -> None:
    empty = dataclasses.replace(made(), sections=(), numbers=(), runs=())
    assert "No finding was accepted yet" in to_html(empty)
    assert "Does a larger batch help?" in to_markdown(empty)
    assert denominator(empty).endswith("This report tells 0 accepted findings.")


def test_both_renderings_are_the_same_every_time() -> None:
    assert to_html(made()) == to_html(made())
    assert to_markdown(made()) == to_markdown(made())


# -- numbers ---------------------------------------------------------------------------------
def test_every_number_of_the_claim_is_a_link_to_a_row_that_lists_its_runs() -> None:
    built = made()
    page = Page(to_html(built))
    claim = built.sections[0].accepted.finding
    printed = [r for r in claim.references if r.start >= 0]
    assert len(built.sections[0].marks) == len(printed)
    anchors = set(page.of("id"))
    links = page.of("href")
    for mark in built.sections[0].marks:
        assert f"#n{mark.number}" in links
    assert all(link[1:] in anchors for link in links)
    estimate = next(n for n in built.numbers if n.key.endswith("effects/dropout=0.0/estimate"))
    assert [built.runs[i - 1].id for i in estimate.runs] == list(
        next(r for r in claim.references if r.key == "effects/dropout=0.0/estimate").runs
    )


def test_the_run_list_gives_each_run_its_response() -> None:
    built = made()
    by_id = {run.id: run for run in built.runs}
    assert len(by_id) == 24
    assert re.fullmatch(r"0\.9\d+", by_id["run_0000"].response)
    assert by_id["run_0107"].response == "error"


def test_a_persons_words_are_told_and_their_numbers_checked() -> None:
    text = "Without `dropout=0.0`, no. With dropout=0.0 accuracy **falls by 0.021**.\n\n- It is not 0.99."
    built = made(verb="edited", text=text)
    assert [(text[m.start : m.end], m.number is None) for m in built.sections[0].marks] == [
        ("0.021", False), ("0.99", True),
    ]  # fmt: skip
    assert built.unbacked == 1
    page = Page(to_html(built))
    assert ("mark", {"title": built.sections[0].marks[1].why}) in page.tags
    assert "in their own words" in page.text
    assert "0.99 (no run)" in to_markdown(built)


def test_stretches_of_runs_are_written_short() -> None:
    assert ranges([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
    assert ranges([]) == []


# -- the plot --------------------------------------------------------------------------------
def test_the_plot_shows_every_point_and_says_what_it_shows() -> None:
    page = Page(to_html(made()))
    points = [a for tag, a in page.tags if tag == "circle" and a["class"] == "point"]
    assert len(points) == len(WORSE.points) + len(BETTER.points)
    (drawn,) = (a for tag, a in page.tags if tag == "svg")
    assert drawn["role"] == "img"
    assert drawn["aria-labelledby"] in page.of("id")
    assert "dropout=0.0: −0.021, 95 % interval −0.035 to −0.007; worse" in page.text


def test_an_undecided_effect_is_hollow_so_that_nothing_rests_on_colour() -> None:
    open_ = evidence(effect("lr=1", 0.004, 0.01, "undecided"))
    assert any(a.get("class") == "estimate open" for _, a in Page(to_html(made(open_))).tags)
    assert not any(a.get("class") == "estimate open" for _, a in Page(to_html(made())).tags)


@given(st.floats(0, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_and_within_the_axis(below: float, above: float) -> None:
    found = ticks(-below, above)
    assert 0.0 in found
    assert 2 <= len(found) <= 7
    assert all(-below * 1.000001 <= t <= above * 1.000001 for t in found)


@pytest.mark.parametrize(
    "found",
    [
        evidence(effect("a=1", 0.0, 0.0, "undecided", points=((0, 0.0),), low=None, high=None)),
        evidence(effect("a=1", None, 0.0, "undecided", n=0, points=())),
        evidence(arms=(arm("baseline", 0.9),)),
        evidence(effect("a=1", 3e-8, 1e-8, "better"), effect("b=1", 2e9, 1e9, "better")),
    ],
)
def test_strange_results_are_drawn_or_left_out(found: Evidence) -> None:
    assert to_html(made(found)).startswith("<!doctype html>")
    assert to_markdown(made(found)).startswith("# ")


# -- a page that can do nothing --------------------------------------------------------------
CORPUS = [
    "<script>alert(1)</script>", "</style><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>", "' onmouseover='alert(1)", "javascript:alert(1)", "<a href='javascript:alert(1)'>x</a>",
    "<iframe src=//evil.example></iframe>", "<link rel=stylesheet href=//evil.example/a.css>", "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "![x](http://evil.example/?q=1)", "[x](javascript:alert(1))",
    "<style>@import '//evil.example'</style>", "<form action=//evil.example><input name=a></form>", "&lt;script&gt;",
    "<video poster=//evil.example>", "<audio src=//evil.example>", "--><script>alert(1)</script>", "]]><script>alert(1)</script>",
    "<p style=background:url(//evil.example)>", "<div data-commandlinker-command=evil>", "`</code><script>alert(1)</script>`",
    "\u202e\u2066evil", "\x00<script>", "\ud800<script>", "<scr\x00ipt>", "${alert(1)}", "{{constructor}}", "<math><mi xlink:href=x>",
    "**<b onclick=alert(1)>**", "a\n\n<script>alert(1)</script>", "- <details ontoggle=alert(1) open>",
]  # fmt: skip
ALLOWED = {"class", "id", "href", "title", "scope", "role", "datetime", "tabindex", "lang", "charset", "name", "content",
           "http-equiv", "viewbox", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "text-anchor", "aria-labelledby"}  # fmt: skip


def is_inert(text: str) -> Page:
    page = Page(text)
    for tag, attrs in page.tags:
        assert tag not in {
            "script", "img", "iframe", "object", "embed", "link", "base", "form", "input", "video", "audio", "math", "b",
            "source", "details", "foreignobject", "use", "image", "animate", "set", "button", "template",
        }  # fmt: skip
        assert set(attrs) <= ALLOWED, (tag, attrs)
        assert attrs.get("href", "#").startswith("#")  # type: ignore[union-attr]
    metas: list[Mapping[str, str | None]] = [a for tag, a in page.tags if tag == "meta"]
    (policy,) = [a["content"] for a in metas if "http-equiv" in a]
    assert str(policy).startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert len(page.styles) == 1
    assert "url(" not in page.styles[0]
    assert "@import" not in page.styles[0]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00\ud800-\udfff]", text)
    text.encode()
    return page


def hostile(payload: str) -> Report:
    """The payload in every text field: names, texts, notes, ids, times, reasons, errors."""
    name = "x=" + payload
    found = evidence(
        dataclasses.replace(WORSE, arm=name, notes=(payload,)), BETTER, notes=("n " + payload,), hypothesis=payload,
        arms=(arm("baseline", 0.93), arm(name, 0.91, failed=1, reason=payload), arm("scaler dropped", 0.96)),
        block_kind="init",
    )  # fmt: skip
    return made(
        found,
        verb="edited",
        text=payload + "\n\nIt fell by 0.021 " + payload,
        field=payload,
        question=payload,
    )


@pytest.mark.parametrize("payload", CORPUS)
def test_nothing_in_any_field_becomes_markup(payload: str) -> None:
    baseline = sorted(
        {tag for tag, _ in Page(to_html(hostile("plain"))).tags} | {"code", "strong", "ul", "li", "p"}
    )
    page = is_inert(to_html(hostile(payload)))
    assert {tag for tag, _ in page.tags} <= set(baseline)


@pytest.mark.parametrize("payload", CORPUS)
def test_nothing_in_any_field_becomes_html_or_a_picture_in_markdown(payload: str) -> None:
    drawn = MarkdownIt("commonmark", {"html": True}).enable("table").render(to_markdown(hostile(payload)))
    assert not re.search(
        r"<(?:script|img|iframe|svg|style|link|base|form|meta|video|audio|math|b\b|details)", drawn
    )
    assert not re.search(r"href=\"(?:javascript|data):", drawn)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_inert(payload: str) -> None:
    is_inert(to_html(hostile(payload)))


def test_the_checklist_says_whether_a_baseline_was_run_and_why_the_metric_is_right() -> None:
    def asked(told: Report) -> dict[str, tuple[str, str]]:
        return {one.asked: (one.answered, one.by) for one in checklist.points(told)}

    baseline, why = "whether a simple baseline was among them", "why this one is right for the question"
    bare = asked(made())
    assert bare[baseline][0] == bare[why][0] == "open"
    assert "plan --dummy" in bare[baseline][1]
    dummy = Control(
        arm="dummy", role="dummy", effect=WORSE, sentence="the baseline is better than a dummy by 0.3"
    )
    reseed = Control(arm="reseed", role="reseed", effect=WORSE, sentence="seeds alone")
    said = dataclasses.replace(made(), known=Known(goal="fewer missed tumours"))
    section = dataclasses.replace(
        said.sections[0], evidence=dataclasses.replace(FOUND, controls=(reseed, dummy))
    )
    full = asked(dataclasses.replace(said, sections=(section,)))
    assert full[baseline] == ("answered", "the baseline is better than a dummy by 0.3")
    assert full[why] == ("answered", "fewer missed tumours")


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="


def with_cases(field: str = "") -> Report:
    """The report with an accepted slice: one picture, one row, and one whose picture is gone."""
    shown = (
        ToldCase(title="item 7: true 4, predicted 9" + field, kind="image/png", data=PIXEL, file="../cases/nb/item-7.png"),
        ToldCase(title="item 8", kind="text/plain", data="age 30\nname <b>" + field, file=""),
        ToldCase(title="item 9", note="its picture is no longer there"),
    )  # fmt: skip
    told = ToldCases(
        id="card_1", title="error 60.0% where size ≥ 90" + field, evidence=("12 of 20 items",), cases=shown
    )
    return dataclasses.replace(made(), cases=(told,))


def test_accepted_cases_are_shown_with_their_pictures() -> None:
    page = Page(to_html(with_cases()))
    assert page.of("src") == [f"data:image/png;base64,{PIXEL}"]
    assert page.of("alt") == ["item 7: true 4, predicted 9"]
    for said in (
        "error 60.0% where size ≥ 90",
        "12 of 20 items",
        "age 30",
        "name <b>",
        "its picture is no longer there",
    ):
        assert said in page.text
    text = to_markdown(with_cases())
    assert "![item 7: true 4, predicted 9](<../cases/nb/item-7.png>)" in text
    assert "```text\nage 30\nname <b>\n```" in text
    assert "Cases" not in to_markdown(made())
    assert "src=" not in to_html(made())


@pytest.mark.parametrize(
    "payload", ["<script>alert(1)</script>", "](javascript:alert(1))", "``` <img src=x onerror=alert(1)>"]
)
def test_nothing_in_a_case_becomes_markup(payload: str) -> None:
    page = Page(to_html(with_cases(payload)))
    assert [tag for tag, _ in page.tags if tag in ("script", "iframe")] == []
    assert page.of("src") == [f"data:image/png;base64,{PIXEL}"]
    assert page.of("onerror") == []
    drawn = MarkdownIt("commonmark", {"html": True}).render(to_markdown(with_cases(payload)))
    found = Page(drawn)
    assert [tag for tag, _ in found.tags if tag in ("script", "iframe")] == []
    assert found.of("src") == ["../cases/nb/item-7.png"]
    assert found.of("onerror") == []
    assert not [href for href in found.of("href") if href.startswith("javascript")]


@pytest.mark.parametrize(
    ("kind", "data"), [("image/svg+xml", PIXEL), ("image/png", 'x" onerror="alert(1)'), ("image/png", "")]
)
def test_a_picture_that_could_act_is_none(kind: str, data: str) -> None:
    with pytest.raises(ValueError, match="no picture of a report"):
        image(kind, data, "words")


def test_an_element_that_could_act_cannot_be_made() -> None:
    for tag in ("script", "img", "iframe", "a:b"):
        with pytest.raises(ValueError, match="no element"):
            h(tag)
    for name in ("onclick", "style", "src", "srcdoc", "data_commandlinker_command"):
        with pytest.raises(ValueError, match="no attribute"):
            h("p", **{name: "x"})
    for href in ("http://e.org", "javascript:alert(1)", "//e.org", "#x y", "# "):
        with pytest.raises(ValueError, match="stay in it"):
            h("a", "x", href=href)


def test_text_is_escaped_and_an_element_is_not_escaped_twice() -> None:
    assert h("p", "<b>", h("code", "&")) == "<p>&lt;b&gt;<code>&amp;</code></p>"
    assert h("p", Markup("<br>")) == "<p><br></p>"
    assert h("p", title='"><x') == '<p title="&quot;&gt;&lt;x"></p>'
