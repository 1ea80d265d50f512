"""What the live widgets draw: escaped, highlighted, in words as well as in colour."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from srm_lab.records import Problem, Verdict
from srm_lab.widgets import render
from srm_lab.widgets.snapshots import ChainShot, ColumnShot, Failure, RunShot
from srm_lab.widgets.tally import Entry, Tally

RIGHT = Verdict(True, "7", (0, 1), "last_number", "Equal.")
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</div></section><iframe src='javascript:alert(1)'></iframe>",
    '" onmouseover="alert(1)" x="',
    "<mark>fake</mark> & <style>*{display:none}</style>",
    "\u202eevil\u0000 \ud800 👩‍👩‍👧 ü ﷽",
]


class Tags(HTMLParser):
    """Every element and attribute of a piece of HTML."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.names, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.names += [name for name, _ in attributes]
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, "elements must nest"


def column_of(text, **changes):
    shot = ChainShot(text, 3, answer=text, span=(0, 1), verdict=replace(RIGHT, reason=text), finish="stop")
    return ColumnShot(
        text, text, text, "done", (shot, shot), True, text, replace(RIGHT, reason=text), counts={text: 2},
        failure=Failure(text, text, text, text), **changes,
    )  # fmt: skip


def everything(text):
    """All drawing functions at once, with one text in every place that can hold text."""
    tally = Tally()
    tally.add((text, text, text), text, Entry(RIGHT, 3, 0.5))
    problem = Problem(text, text, text, text, {"worked": [text]})
    run = RunShot("loading", model=text, problem=problem, total=1)
    parts = [render.column(column_of(text)), render.tally(tally.rows()), render.problem(problem, text)]
    return "".join([*parts, render.status(run), render.meter(run)])


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_outside_never_becomes_markup(text):
    seen, expected = Tags(everything(text)), Tags(everything("harmless"))
    assert seen.tags == expected.tags
    assert seen.names == expected.names
    everything(text).encode("utf-8")  # what cannot be encoded cannot be sent to the browser


def test_the_hostile_text_test_fails_without_escaping(monkeypatch):
    monkeypatch.setattr(render, "escape", str)
    with pytest.raises(AssertionError):
        test_text_from_outside_never_becomes_markup(HOSTILE[0])


def test_the_answer_is_marked_exactly_where_it_was_read():
    text = "4 < 5, so the answer is 18."
    at = text.index("18")
    html = render.chain_text(text, (at, at + 2))
    assert html.startswith("4 &lt; 5, so the answer is <mark")
    assert html.endswith(">18</mark>.")
    assert "<mark" not in render.chain_text(text, None)
    assert render.chain_text("\n  18", (3, 5)).startswith("<mark")
    assert render.chain_text("\n  ", (0, 1)).startswith("<mark"), "a span inside the white space stays inside the text"


@pytest.mark.parametrize("span", [(-1, 2), (5, 5), (0, 10_000)])
def test_a_span_outside_the_text_marks_nothing_and_loses_nothing(span):
    assert render.chain_text("the answer", span) == "the answer"


@pytest.mark.parametrize("place", [0, 300_000, 599_998])
def test_huge_texts_are_cut_but_never_around_the_answer(place):
    text = "x" * place + "18" + "y" * (599_998 - place)
    html = render.chain_text(text, (place, place + 2))
    assert len(html) < 6000
    assert ">18</mark>" in html
    assert "characters not shown" in html
    assert len(render.chain_text("z" * 600_000)) < 6000


@pytest.mark.parametrize(
    ("verdict", "graded", "finish", "answer", "words"),
    [
        (RIGHT, True, "stop", "7", "✓ right"),
        (replace(RIGHT, correct=False), True, "stop", "7", "✗ wrong"),
        (replace(RIGHT, correct=False, extracted=None), True, "stop", None, "✗ no answer found"),
        (replace(RIGHT, correct=None), True, "length", None, "… unfinished"),
        (None, False, "stop", "7", "○ not graded"),
        (None, True, "cancelled", None, "■ stopped"),
    ],
)
def test_every_verdict_is_a_symbol_and_a_word(verdict, graded, finish, answer, words):
    assert render.verdict_of(verdict, graded, finish, answer)[1] == words


def test_votes_are_bars_with_counts_and_the_winner_is_named():
    html = render.vote({"12": 1, "18": 3}, 1, "18")
    assert html.index(">18<") < html.index(">12<")
    assert "3 of 5 · winner" in html
    assert "width:60.0%" in html
    assert "no answer" in html
    many = render.vote({str(i): 1 for i in range(30)}, 0, "0")
    assert many.count("srm-vote-row") == 9
    assert "22 other answers" in many


def test_a_streaming_chain_has_a_caret_and_no_verdict_yet():
    shot = ColumnShot("m", "", "", "running", (ChainShot("so far", 2, writing=True),), True)
    html = render.column(shot)
    assert "srm-caret" in html
    assert "2 tokens" in html
    assert "right" not in html
    assert "unfinished" not in html


def test_the_tally_shows_counts_and_interval_and_counts_a_problem_once():
    tally = Tally()
    row = ("Direct", "1 chain", "m")
    for problem, correct in (("a", True), ("b", False), ("c", None), ("a", True)):
        tally.add(row, problem, Entry(replace(RIGHT, correct=correct), 10, 1.0))
    tally.add(row, "d", Entry(None, 0, 0.0))
    (line,) = tally.rows()
    assert (line.accuracy.k, line.accuracy.n, line.unfinished, line.failed, line.tokens) == (1, 3, 1, 1, 10)
    html = render.tally(tally.rows())
    assert "<b>1</b> of 3" in html
    assert "1 unfinished, 1 failed" in html
    assert "33 %" in html
    tally.clear()
    assert "empty" in render.tally(tally.rows())


def test_a_row_whose_every_problem_failed_is_drawn_without_a_rate():
    tally = Tally()
    tally.add(("m", "s", "l"), "a", Entry(None, 0, 0.0))
    assert "none ran" in render.tally(tally.rows())


def test_the_status_line_changes_with_the_state_and_not_with_the_tokens():
    run = RunShot("running", "m", total=1, tokens=10, seconds=1.0)
    assert render.status(run) == render.status(replace(run, tokens=500, seconds=9.0))
    assert render.meter(run) != render.meter(replace(run, tokens=500, seconds=9.0))
    assert "3 of 10 problems" in render.status(replace(run, state="stopped", total=10, finished=3))
