"""Votes over canonical answers."""

from __future__ import annotations

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.records import Completion, Usage
from srm_lab.scoring.votes import vote


def chain(text, finish_reason="stop"):
    return Completion(text, None, text, (), (), finish_reason, Usage(10, 2, 5, 1))


def test_vote_merges_equal_fractions():
    solution = vote([chain("7"), chain("It is 1/2."), chain("0.5"), chain("50/100"), chain("7")])
    assert solution.answer == "0.5"
    assert solution.trace[0]["counts"] == {"7": 2, "0.5": 3}


def test_vote_text_is_the_first_chain_that_carried_the_winner():
    assert vote([chain("8"), chain("so 7"), chain("7")]).text == "so 7"


def test_unfinished_and_unreadable_chains_abstain():
    solution = vote([chain("[invalid]"), chain("[invalid]"), chain("18 or 20"), chain("9", "length"), chain("7")])
    assert solution.answer == "7"
    assert solution.trace[0]["abstained"] == 4


def test_invalid_never_wins_even_alone():
    solution = vote([chain("[invalid]"), chain("no idea")])
    assert solution.answer is None
    assert solution.text == "[invalid]"


def test_tie_goes_to_the_answer_reached_first():
    solution = vote([chain("8"), chain("7"), chain("7"), chain("8")])
    assert solution.answer == "8"
    assert solution.trace[0]["tied"] == ["7"]


def test_weights_can_overrule_the_count():
    chains = [chain("7"), chain("7"), chain("8")]
    assert vote(chains).answer == "7"
    assert vote(chains, weights=[0.2, 0.2, 0.9]).answer == "8"
    assert vote(chains, weights=[0, 0, 0]).answer == "7"


def test_vote_sums_usage():
    assert vote([chain("7"), chain("8")]).usage == Usage(20, 4, 10, 2)


def test_vote_on_letters_and_expressions():
    assert vote([chain("The answer is (B)"), chain("b"), chain("C")], kind="choice").answer == "B"
    merged = vote([chain("$x+1$"), chain("$2$"), chain("$1+x$")], kind="math")
    assert merged.trace[0]["counts"] == {"x+1": 2, "2": 1}


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [1.0, float("nan")], [1.0, float("inf")]])
def test_weights_that_make_no_sense_are_refused(weights):
    with pytest.raises(SrmLabError, match="weight"):
        vote([chain("7"), chain("8")], weights=weights)


def test_vote_over_nothing_is_an_error():
    with pytest.raises(SrmLabError, match="no chains"):
        vote([])
