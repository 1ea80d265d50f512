"""The vote lab's view, without a browser."""

from __future__ import annotations

import pytest

import srm_lab as srm
from srm_lab.records import Problem
from srm_lab.vote_trials import FATES, Ballot, RecordedVotes
from srm_lab.widgets.vote_lab import chain_html, said_html, tally_html, vote_lab

HOSTILE = "<img src=x onerror=alert(1)>"
RIGHT, WRONG = "7+12=19;19-5=14####14", "7+12=18;18-5=13####13"


def problem(i):
    facts = {"difficulty": 2, "operations": "+-", "operands": [7, 12, 5], "form": "chain"}
    return Problem(f"p{i}", f"7+12-5?{' ' * i}", "14", "arithmetic", facts)


def ballot(text, finished=True):
    answer = text.rpartition("####")[2] if finished else None
    return Ballot(text, len(text), finished, answer, answer == "14", 0.5)


GOOD, BAD, CUT = ballot(RIGHT), ballot(WRONG), ballot("7+1", finished=False)


@pytest.fixture
def recorded():
    rows = [[GOOD, GOOD, BAD, GOOD], [GOOD, BAD, BAD, BAD], [BAD, BAD, CUT, BAD]]
    cells = {("m", 1.0): rows, ("m", 0.3): [chains[:2] for chains in rows], ("m", 0.0): [chains[:1] for chains in rows]}
    return RecordedVotes([problem(i) for i in range(3)], cells, {})


def test_the_lab_begins_with_a_problem_whose_truth_is_outvoted(recorded):
    lab = vote_lab(recorded, "m", 1.0)
    assert lab.kind.value == FATES[1]
    assert [value for _, value in lab.problem.options] == [1]
    assert "✗ wrong" in lab.said.value
    lab.kind.value = ""
    assert len(lab.problem.options) == 3
    assert lab.problem.value == 1, "the problem stays where it can"


def test_sliders_count_again(recorded):
    lab = vote_lab(recorded, "m", 1.0)
    assert list(lab.votes.options) == [1, 2, 3, 4]
    lab.votes.value = 1
    assert "One chain says <b>14</b>" in lab.said.value
    assert list(lab.figure.data[-1].x) == [1]
    lab.votes.value = 4
    assert "3 of 4" in lab.tally.value
    lab.temperature.value = 0.3
    assert list(lab.votes.options) == [1, 2]
    assert lab.votes.value == 2
    assert "temperature 0.3" in lab.figure.layout.title.text
    assert [at for _, at in lab.temperature.options] == [0.3, 1.0], "a greedy chain has nobody to vote with"


def test_other_chains_and_the_next_problem_are_drawn(recorded):
    lab = vote_lab(recorded, "m", 1.0)
    lab.kind.value, lab.votes.value = "", 1
    seen = set()
    for _ in range(12):
        lab.others.click()
        seen.add(lab.said.value)
    assert len(seen) == 2
    before = lab.problem.value
    lab.following.click()
    assert lab.problem.value != before


def test_the_curve_of_the_problem_is_drawn_beside_that_of_all(recorded):
    lab = vote_lab(recorded, "m", 1.0)
    assert list(lab.figure.data[3].y) == pytest.approx([25, 25, 0, 0])


def test_answers_stand_with_their_chains_and_the_first_wrong_step_is_marked():
    html = tally_html(problem(0), [BAD, BAD, GOOD, CUT])
    assert html.index("2 of 4") < html.index("1 of 4")
    assert "<mark" in html
    assert "× 2" in html
    assert "no answer" in html
    assert html.count(" open>") == 1
    assert "<mark" not in chain_html(problem(0), RIGHT)
    assert "7+12 is 19." in chain_html(problem(0), WRONG)


def test_nobody_votes_is_said(recorded):
    assert "Nobody voted" in said_html(problem(0), [CUT], [CUT, GOOD])


def test_text_of_a_model_is_never_html_in_the_lab():
    evil = ballot(f"7+12=19;{HOSTILE}####{HOSTILE}")
    asked = Problem("p", HOSTILE, HOSTILE, "arithmetic", problem(0).metadata)
    html = tally_html(asked, [evil, CUT]) + said_html(asked, [evil], [evil])
    assert "<img" not in html
    assert "&lt;img" in html


def test_a_temperature_that_was_not_recorded_is_an_error(recorded):
    with pytest.raises(srm.SrmLabError, match="not recorded at temperature"):
        vote_lab(recorded, "m", 2.0)
