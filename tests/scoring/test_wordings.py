"""Wordings of one instruction: how far apart luck puts equal ones, and choices made on other problems."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srm_lab.errors import SrmLabError
from srm_lab.scoring.wordings import chosen_elsewhere, spread

GOOD, BAD = [True] * 18 + [False] * 2, [False] * 15 + [True] * 5


def test_a_wording_that_solves_far_more_is_beyond_luck():
    found = spread([GOOD, BAD, BAD])
    assert found.value == pytest.approx(18 / 20 - 5 / 20)
    assert found.value > found.luck
    assert found.p_value < 0.01


def test_equal_wordings_are_apart_by_no_more_than_luck():
    found = spread([[True, False] * 10, [False, True] * 10])
    assert found.value == 0
    assert found.p_value == 1.0
    assert spread([GOOD, GOOD]).luck == 0  # what all wordings solve cannot be dealt anew


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=2, max_size=4))
def test_a_spread_is_a_distance_and_its_order_does_not_matter(right):
    found = spread(right, draws=40)
    assert 0 <= found.value <= 1
    assert 0 < found.p_value <= 1
    assert spread(right[::-1], draws=40).value == found.value


def test_each_half_is_judged_by_the_choice_of_the_other():
    even_only, odd_only = [True, False] * 4, [False, True] * 4
    worst, best = chosen_elsewhere([even_only, odd_only])
    # the wording that wins on even problems fails on the odd ones: a choice that did not carry over
    assert best == [False] * 8
    assert worst == [True] * 8
    assert chosen_elsewhere([GOOD, BAD]) == (BAD, GOOD)


@pytest.mark.parametrize("right", [[], [GOOD], [GOOD, BAD[:-1]], [[True], [False]]])
def test_one_wording_or_other_problems_cannot_be_compared(right):
    for function in (spread, chosen_elsewhere):
        with pytest.raises(SrmLabError, match="wordings cannot be compared"):
            function(right)
