"""The tree stepper's view, without a browser: steps, folds, two searches at one budget, and text that is never HTML."""

from __future__ import annotations

import dataclasses

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.figures.search_replay import replay
from srm_lab.methods.search_log import Event
from srm_lab.records import Problem, Solution
from srm_lab.widgets.tree_stepper import NONE, last_html, node_html, standing_html, tree_stepper

HOSTILE = "<img src=x onerror=alert(1)>"
PROBLEM = Problem("p", "3+4?", "7", "sums")


def searched(first="3+4=7", answer="####7", tokens=5):
    rows = [(0, None, "", False), (1, 0, first, False), (2, 0, "3+4=8", False), (3, 1, answer, True)]
    nodes = [
        {"step": "node", "id": i, "parent": parent, "text": text, "value": None, "visits": 0, "tokens": 0,
         "done": done, "finished": done}
        for i, parent, text, done in rows
    ]  # fmt: skip
    log = [
        Event("visit", 0), Event("draw", 1, tokens), Event("draw", 2, tokens), Event("value", 1, value=0.9),
        Event("value", 2, value=0.2), Event("visit", 1), Event("draw", 3, tokens), Event("value", 3, value=0.8),
        Event("stands", 3, value=0.8, text=f"{first};{answer}", finished=True),
    ]  # fmt: skip
    return Solution(None, "", trace=[*nodes, *map(dataclasses.asdict, log)])


def moment(budget=None, **more):
    return replay(searched(**more).trace, budget)


def test_what_would_be_answered_is_shown_with_its_verdict():
    html = standing_html(PROBLEM, moment())
    assert "15 tokens of 15" in html
    assert "3 steps" in html
    assert "would answer <b>7</b>" in html
    assert "✓ right" in html
    assert "✗ wrong" in standing_html(PROBLEM, moment(answer="####8"))
    assert "no answer yet" in standing_html(PROBLEM, moment(10))


def test_the_last_steps_are_told_in_words():
    assert "not begun" in last_html(moment(0))
    assert "It draws “3+4=7” (5 tokens)." in last_html(moment(5))
    told = last_html(moment(10))
    assert "looks at 2 chains: worth 0.2 to 0.9" in told
    assert "It goes on from “3+4=7”" in told
    assert "changes the chain that it would answer" in last_html(moment())


def test_a_roll_out_and_what_goes_up_are_told():
    trace = [*searched().trace, *map(dataclasses.asdict, [Event("roll-out", 1, 4, text="####7", finished=True),
             Event("back up", 1, value=1.0)])]  # fmt: skip
    told = last_html(replay(trace))
    assert "It rolls out from “3+4=7”: “####7” (4 tokens)." in told
    assert "The reward 1 goes up through 2 nodes" in told
    again = [*trace, *map(dataclasses.asdict, [Event("back up", 3, value=1.0)] * 2)]
    assert "2 more rounds cost nothing" in last_html(replay(again))


def test_a_node_is_read_as_its_chain_with_wrong_steps_underlined():
    html = node_html(moment(), 3, wrong={1})
    assert html.count("<li") == 2
    assert html.count("srm-slip") == 1
    assert node_html(moment(), None) == node_html(moment(5), 3) == ""


def test_text_from_outside_is_never_html():
    found = moment(first=HOSTILE)
    html = last_html(found) + node_html(found, 3) + last_html(moment(5, first=HOSTILE)) + standing_html(PROBLEM, found)
    assert "<img" not in html
    assert "&lt;img" in html
    page = tree_stepper(dataclasses.replace(PROBLEM, question=HOSTILE), {HOSTILE: searched()})
    values = [child.value for child in [*page.children, *page.sides[0].children] if hasattr(child, "value")]
    assert not any("<img" in str(value) for value in values)


def test_stepping_adds_a_node_at_a_time_and_goes_back():
    page = tree_stepper(PROBLEM, {"beam": searched()})
    (side,) = page.sides
    assert (page.budget.value, page.back.disabled, page.step.disabled) == (0, True, False)
    counts = []
    for _ in range(3):
        page.step.click()
        counts.append(len(side.view.figure.data[-1].x))
    assert counts == [2, 3, 4]
    assert (page.budget.value, page.step.disabled) == (15, True)
    page.back.click()
    assert page.budget.value == 10
    page.first.click()
    assert "not begun" in side.last.value
    page.all.click()
    assert "would answer" in side.standing.value


def test_two_searches_stand_at_the_same_budget():
    page = tree_stepper(PROBLEM, {"quick": searched(tokens=2), "slow": searched(tokens=10)})
    assert [side.moment.tokens for side in page.sides] == [0, 0]
    page.budget.value = 10
    assert [side.moment.tokens for side in page.sides] == [6, 10]
    assert page.budget.max == 30
    page.right.value = NONE
    assert (len(page.sides), page.budget.max) == (1, 6)
    page.right.value = "quick"
    assert len(page.sides) == 1


def test_a_click_reads_a_node_and_a_second_one_folds_it():
    page = tree_stepper(PROBLEM, {"beam": searched()})
    (side,) = page.sides
    page.all.click()
    page.shape.value = "whole tree"
    side.click(2)
    assert "3+4=8" in side.branch.value
    side.click(0)
    side.click(0)
    assert side._drawn.ids == (0, 1, 3)  # the path stays
    side.click(0)
    assert side._drawn.ids == (0, 1, 2, 3)


def test_views_and_marks_are_for_all_searches():
    page = tree_stepper(PROBLEM, {"a": searched(), "b": searched()})
    page.all.click()
    page.shape.value = "path only"
    assert [len(side._drawn.ids) for side in page.sides] == [3, 3]


def test_nothing_to_show_is_an_error():
    with pytest.raises(SrmLabError, match="needs a search"):
        tree_stepper(PROBLEM, {})
    with pytest.raises(SrmLabError, match="no log of a search"):
        tree_stepper(PROBLEM, {"vote": Solution("7", "7", trace=[{"step": "vote"}])})
