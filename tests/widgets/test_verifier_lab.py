"""The verifier lab's view, without a browser."""

from __future__ import annotations

import pytest

from srm_lab.records import Problem
from srm_lab.verifier_trials import RecordedVerifiers
from srm_lab.vote_trials import Ballot, RecordedVotes
from srm_lab.widgets.verifier_lab import choices, ranked_html, said_html, verifier_lab

HOSTILE = "<img src=x onerror=alert(1)>"
RIGHT, WRONG, OTHER = "7+12=19;19-5=14####14", "7+12=18;18-5=13####13", "7+12=19;19-5=12####12"


def problem(i):
    facts = {"difficulty": 1 + i % 2, "operations": "+-", "operands": [7, 12, 5], "form": "chain"}
    return Problem(f"p{i}", f"7+12-5?{' ' * i}", "14", "arithmetic", facts)


def ballot(text, finished=True):
    answer = text.rpartition("####")[2] if finished else None
    return Ballot(text, len(text), finished, answer, answer == "14", 0.5)


GOOD, BAD, WORSE, CUT = ballot(RIGHT), ballot(WRONG), ballot(OTHER), ballot("7+1", finished=False)


@pytest.fixture
def lab():
    rows = [[BAD, GOOD, BAD, CUT], [WORSE, BAD, GOOD, GOOD], [BAD, BAD, BAD, BAD], [GOOD, WORSE, WORSE, CUT]]
    scores = {RIGHT: [0.9, 0.8, 0.9], WRONG: [0.1, 0.7, 0.8], OTHER: [0.9, 0.2, 0.3]}
    steps = [{chain.text: scores[chain.text] for chain in chains if chain.finished} for chains in rows]
    whole = [{text: found[-1:] for text, found in row.items()} for row in steps]
    votes = RecordedVotes([problem(i) for i in range(4)], {("m", 1.0): rows}, {})
    return verifier_lab(RecordedVerifiers(votes, "m", 1.0, {"process": steps, "outcome": whole}, [], {}))


def test_a_process_verifier_is_offered_with_every_way_to_join_its_steps(lab):
    assert [words for words, _ in choices(lab.recorded)] == [
        "the oracle: knows the answer", "the likelihood: no verifier",
        "process, min", "process, product", "process, last", "outcome",
    ]  # fmt: skip


def test_noise_lowers_the_curve_of_a_perfect_verifier(lab):
    lab.verifier.value = ("oracle", "last")
    lab.n.value = 4
    before = list(lab.figure.data[1].y)
    assert before == pytest.approx(list(lab.figure.data[0].y)), "it finds a right chain wherever there is one"
    lab.wrong.value = 0.5
    assert sum(lab.figure.data[1].y) < sum(before)
    assert "wrong once in 2 times" in lab.said.value
    assert "50 % of scores" in lab.figure.layout.title.text


def test_the_ring_follows_n_and_the_sentence_says_it(lab):
    lab.n.value = 2
    assert list(lab.figure.data[-1].x) == [2]
    assert "The first 2 chains" in lab.said.value


def test_a_difficulty_counts_only_its_problems(lab):
    lab.level.value = 1
    assert lab.where == [0, 2]
    assert "2 problems of 1 operations" in lab.figure.layout.title.text
    assert lab.figure.data[0].y[-1] == pytest.approx(50)


def test_chains_stand_in_the_verifiers_order_with_the_first_wrong_step_marked():
    html = ranked_html(problem(0), [BAD, GOOD, BAD, CUT], [0.1, 0.8, 0.1, -float("inf")])
    assert html.index("✓ right") < html.index("✗ wrong") < html.index("cut off")
    assert "× 2" in html
    assert "<mark" in html
    assert "no score" in html


def test_where_no_chain_is_right_the_lab_says_so():
    assert "no verifier could help" in ranked_html(problem(0), [BAD], [0.5])


def test_a_right_chain_far_behind_is_shown_with_its_place():
    many = [ballot(f"7+12=18;18-{i}=13####{i}") for i in range(8)]
    html = ranked_html(problem(0), [*many, GOOD], [0.9] * 8 + [0.1])
    assert "the first right chain has place 9" in html


def test_the_next_problem_is_another_one(lab):
    lab.n.value = 4
    before = lab.ranked.value
    lab.following.click()
    assert lab.ranked.value != before


def test_text_of_a_model_is_never_html_in_the_lab():
    asked = Problem("p", HOSTILE, HOSTILE, "arithmetic", problem(0).metadata)
    html = ranked_html(asked, [ballot(f"7+12=19;{HOSTILE}####{HOSTILE}")], [0.5])
    html += said_html(4, HOSTILE, [True, False], [False, True], 0.1)
    assert "<img" not in html
    assert "&lt;img" in html
