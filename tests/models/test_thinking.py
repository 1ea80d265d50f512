"""Splitting thinking from the answer, for every convention and every way it is cut off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srm_lab.models.thinking import MARKS, opens_thinking, split_thinking

CASES = [
    ("The answer is 3.", False, (None, "The answer is 3.")),
    ("<think>1 + 2</think>3", False, ("1 + 2", "3")),
    ("1 + 2\n</think>\n\n3", True, ("1 + 2", "3")),  # the template opened the block
    ("1 + 2\n</think>\n\n3", False, ("1 + 2", "3")),  # a missing opening mark is accepted anyway
    ("<think>\n\n</think>\n\n3", False, ("", "3")),  # thinking switched off
    ("<think>1 + 2 = 3, so the answer is 3", False, ("1 + 2 = 3, so the answer is 3", None)),
    ("1 + 2 = 3, so the answer is 3", True, ("1 + 2 = 3, so the answer is 3", None)),
    ("<think>a</think>3<think>b</think>4", False, ("a\n3\nb", "4")),
    ("<think>a</think>3 <think>wait", False, ("a\n3 \nwait", None)),
    ("<|channel>thought\n1 + 2<channel|>3", False, ("1 + 2", "3")),
    ("<|channel>thought\n<channel|>3", False, ("", "3")),
    ("<|channel>thought\n1 + 2", False, ("1 + 2", None)),
    ("<|cot_start|>1 + 2<|cot_end|>3", False, ("1 + 2", "3")),
    ("", False, (None, "")),
    ("", True, ("", None)),
]


@pytest.mark.parametrize(("text", "opened", "expected"), CASES)
def test_thinking_ends_where_the_block_closes(text, opened, expected):
    assert split_thinking(text, opened) == expected


def test_an_unclosed_block_has_no_answer_even_if_it_names_one():
    assert split_thinking("<think>The answer is 18.")[1] is None


@given(st.text(), st.text(alphabet="abc 123."))
def test_what_follows_the_last_closing_mark_is_the_answer(before, after):
    for opening, closing in MARKS.values():
        text = f"{opening}{before}{closing}{after}"
        if not any(mark in before for pair in MARKS.values() for mark in pair):
            assert split_thinking(text)[1] == after.strip()


@given(st.text())
def test_text_without_marks_is_all_answer(text):
    if not any(mark in text for pair in MARKS.values() for mark in pair):
        assert split_thinking(text) == (None, text)


def test_a_prompt_that_ends_inside_a_block_is_seen():
    assert opens_thinking("<|im_start|>assistant\n<think>\n")
    assert not opens_thinking("<think>\n\n</think>\n\n")
    assert not opens_thinking("Question: 1 + 2?")
