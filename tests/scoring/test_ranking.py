"""The area under the ROC curve against its definition, and its interval."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from srm_lab.errors import SrmLabError
from srm_lab.scoring.ranking import auc, auc_within


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_the_area_is_how_often_a_right_one_beats_a_wrong_one(pairs):
    good, bad = [s for s, right in pairs if right], [s for s, right in pairs if not right]
    assume(good and bad)
    expected = sum((g > b) + (g == b) / 2 for g in good for b in bad) / (len(good) * len(bad))
    found = auc([s for s, _ in pairs], [r for _, r in pairs], range(len(pairs)), draws=20)
    assert found.value == pytest.approx(expected)
    assert (found.right, found.wrong) == (len(good), len(bad))


def test_perfect_scores_have_one_reversed_ones_zero_and_constant_ones_a_half():
    right = [True, True, False, False]
    assert auc([4, 3, 2, 1], right, "abcd").value == 1.0
    assert auc([1, 2, 3, 4], right, "abcd").value == 0.0
    assert auc([7, 7, 7, 7], right, "abcd").value == 0.5


def test_the_interval_counts_problems_and_not_their_samples():
    scores, right = (
        [0.1, 0.9, 0.6, 0.4, 0.3, 0.2, 0.8, 0.5] * 2,
        [False, True, False, True, False, True, True, False] * 2,
    )
    apart = auc(scores, right, range(16))
    joined = auc(scores, right, [i // 8 * 0 + i % 8 for i in range(16)])  # each problem holds one twice
    assert joined.value == apart.value
    assert joined.high - joined.low > apart.high - apart.low
    assert apart.low <= apart.value <= apart.high


def test_the_interval_is_the_same_each_time():
    assert auc([1, 2, 3, 2], [False, True, True, False], "aabb") == auc(
        [1, 2, 3, 2], [False, True, True, False], "aabb"
    )


@pytest.mark.parametrize("right", [[True, True], [False, False]])
def test_nothing_can_be_told_apart_where_all_are_alike(right):
    with pytest.raises(SrmLabError, match="told apart"):
        auc([0.1, 0.2], right, "ab")


def test_within_a_problem_knowing_easy_from_hard_is_worth_nothing():
    scores = [0.9, 0.9, 0.95, 0.1, 0.2, 0.15]
    right = [True, True, False, False, False, True]
    owners = ["easy"] * 3 + ["hard"] * 3
    assert auc(scores, right, owners, draws=20).value > 0.5
    within = auc_within(scores, right, owners)
    assert within.value == pytest.approx(1 / 4)
    assert (within.right, within.wrong) == (3, 3)
    assert within.low <= within.value <= within.high


def test_within_problems_of_one_kind_of_chain_there_is_nothing_to_rank():
    assert auc_within([0.5, 0.5, 0.9], [True, False, True], "aab").value == 0.5, "a tie counts half, b has no pair"
    with pytest.raises(SrmLabError, match="both a right and a wrong"):
        auc_within([0.1, 0.9], [True, False], "ab")
