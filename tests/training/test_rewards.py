"""Reward functions: what each pays for, and that a total shows its parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srm_lab.errors import SrmLabError
from srm_lab.records import Completion, Problem
from srm_lab.training.rewards import combine, correct_within, correctness, follows_format, length_distance

PROBLEM = Problem("p", "7 + 5?", "12", "sums")


def chain(text: str, tokens: int = 4, reason: str = "stop") -> Completion:
    return Completion(text, None, text, tuple(range(tokens)), (-0.5,) * tokens, reason)


@pytest.mark.parametrize(
    ("completion", "value"),
    [
        (chain("The answer is 12."), 1.0),
        (chain("The answer is 13."), -0.25),
        (chain("No idea."), -0.25),
        (chain("The answer is 12", reason="length"), -1.0),
    ],
)
def test_correctness_tells_right_wrong_and_unfinished_apart(completion, value):
    reward = combine(correct=(1.0, correctness(wrong=-0.25, unfinished=-1.0)))
    assert reward(PROBLEM, completion).total == value


def test_a_total_is_the_sum_of_the_parts_it_shows():
    reward = combine(correct=(2.0, correctness()), format=(0.5, follows_format(r"The answer is \d+")))
    got = reward(PROBLEM, chain("The answer is 12."))
    assert dict(got.parts) == {"correct": 2.0, "format": 0.5}
    assert (got.total, got.correct, got.read) == (2.5, True, "12")
    assert reward(PROBLEM, chain("12")).total == 2.0
    assert reward(PROBLEM, chain("The answer is 13.")).total == 0.5


def test_format_is_not_paid_for_a_chain_that_was_cut_off():
    reward = combine(format=(1.0, follows_format("answer")))
    assert reward(PROBLEM, chain("the answer", reason="length")).total == 0.0


def test_length_distance_charges_both_sides_of_the_target():
    reward = combine(length=(0.1, length_distance(10)))
    assert [reward(PROBLEM, chain("12", n)).total for n in (8, 10, 13)] == pytest.approx([-0.2, 0.0, -0.3])


@given(st.integers(1, 500), st.integers(1, 500), st.floats(0, 1))
def test_a_budget_never_pays_a_wrong_answer_and_stays_between_0_and_1(tokens, budget, slope):
    function = correct_within(budget, slope)
    reward = combine(correct=(1.0, function))
    assert reward(PROBLEM, chain("13", tokens)).total == 0.0
    assert 0.0 <= reward(PROBLEM, chain("12", tokens)).total <= 1.0


def test_a_budget_pays_more_for_shorter_right_answers():
    reward = combine(correct=(1.0, correct_within(20, slope=0.01)))
    assert [reward(PROBLEM, chain("12", n)).total for n in (10, 20, 30, 90)] == pytest.approx([0.6, 0.5, 0.4, 0.0])


def test_a_task_with_rules_of_its_own_is_asked(monkeypatch):
    import srm_lab.tasks as tasks

    calls = []
    monkeypatch.setattr(tasks, "verifier", lambda name: lambda text, problem: calls.append((name, text)) or 1.0)
    own, reward = Problem("t", "?", "x", "own/task", kind="task"), combine(correct=(1.0, correctness()))
    assert reward(own, chain("any path")).correct is True
    assert calls == [("own/task", "any path")]
    assert reward(own, chain("any path", reason="length")).correct is None


def test_a_reward_that_is_no_number_is_an_error_that_names_it():
    reward = combine(odd=(1.0, lambda problem, completion, verdict: float("nan")))
    with pytest.raises(SrmLabError, match="'odd' of problem p"):
        reward(PROBLEM, chain("12"))


@pytest.mark.parametrize("parts", [{}, {"correct": (float("inf"), correctness())}])
def test_wrong_parts_are_refused(parts):
    with pytest.raises(SrmLabError):
        combine(**parts)


def test_a_broken_pattern_is_an_error_where_it_is_written():
    with pytest.raises(SrmLabError, match="no regular expression"):
        follows_format("(")


def test_a_reward_describes_itself_for_the_log():
    reward = combine(correct=(1.0, correctness()), length=(0.01, length_distance(0)))
    assert reward.describe() == {"correct": "1 x correctness(1, 0, 0)", "length": "0.01 x length_distance(0)"}
