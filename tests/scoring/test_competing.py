"""Which numeral of a sentence is its answer: each decision on its own, with what must not be taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srm_lab.scoring.extract import read
from srm_lab.scoring.verify import verify

SMALL = st.integers(2, 99)
OPERATORS = st.sampled_from(["+", "-", "*", "x", "×", "plus", "minus", "times", "\\cdot", "÷"])
WRITINGS = st.sampled_from(
    ["{}", "The answer is {}.", "#### {}", "\\boxed{{{}}}", "**{}**", "The total = {}", "So {} pens."]
)


@given(left=SMALL, right=SMALL, operator=OPERATORS, writing=WRITINGS)
def test_an_unworked_sum_is_no_number(left, right, operator, writing):
    text = writing.format(f"{left} {operator} {right}")
    for reference in {left, right, left + right, left * right}:
        assert verify(text, str(reference)).correct is False


@given(left=SMALL, right=SMALL, operator=OPERATORS)
def test_a_worked_sum_is_what_it_comes_to(left, right, operator):
    for joint in (" = ", ", which is "):
        assert verify(f"The answer is {left} {operator} {right}{joint}123.", "123").correct is True


@given(first=SMALL, second=SMALL, opening=st.sampled_from(["Or", "Or maybe", "Perhaps", "Maybe it is", "Or possibly"]))
def test_a_further_sentence_that_offers_another_number_is_a_hedge(first, second, opening):
    text = f"The answer is {first}. {opening} {second}."
    assert verify(text, str(first)).correct is (first == second)
    assert verify(text, str(second)).correct is (first == second)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("It should be 14 because there are 2 more", "14"),
        ("Because there are 2 more, it should be 14", "14"),
        ("She had 12 because of the 2 more, so now 14", "14"),
        ("It has been 14 since 2019", "14"),
        ("The answer is **18**. She sold **2**.", "18"),
        ("She has 18 (3 more than 15)", "18"),
        ("The answer is $18 or 1800 cents.", "18"),
    ],
)
def test_reasons_bold_asides_and_equal_amounts_do_not_compete(text, answer):
    assert read(text).answer == answer


@pytest.mark.parametrize("text", ["18 or 20", "18-20", "18 and 20 is the answer", "The answer is 18 (or 20)."])
def test_numbers_that_do_compete_are_no_answer(text):
    assert read(text).answer is None
    assert read(text).rule == "hedge"
