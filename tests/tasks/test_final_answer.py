"""Which part of a text counts as the final answer."""

import pytest

from srm_lab.tasks.final_answer import final_answer, unfinished


@pytest.mark.parametrize(
    ("text", "answer", "rule"),
    [
        ("I think 3.\nThe answer is 4.", "4", "the answer is"),
        ("The answer is 3. No, the answer is: 4", "4", "the answer is"),
        ("**Answer:** `abc`", "abc", "the answer is"),
        ("So \\boxed{3}, no, \\boxed{\\frac{1}{2}}", "\\frac{1}{2}", "boxed"),
        ("steps\n#### 18\n", "18", "####"),
        ("<answer>x y</answer> bye", "x y", "answer tag"),
        ("<think>The answer is 3</think>\n5", "5", "last line"),
        ("one\ntwo\n\n", "two", "last line"),
    ],
)
def test_the_last_announced_answer_counts(text, answer, rule):
    found = final_answer(text)
    assert (found.text, found.rule) == (answer, rule)
    assert text[slice(*found.span)] == answer


def test_a_grid_is_read_whole():
    assert final_answer("The answer is:\n1 0\n0 1\n", several_lines=True).text == "1 0\n0 1"
    assert final_answer("1 0\n0 1", several_lines=True).text == "1 0\n0 1"


@pytest.mark.parametrize("text", ["", " \n ", "<think>4", "<think>1</think><think>2", "x" * 300_000])
def test_nothing_is_read_where_there_is_no_answer(text):
    assert final_answer(text) is None


def test_an_open_thinking_block_is_unfinished():
    assert unfinished("<think>4")
    assert not unfinished("<think>4</think> 4")
    assert not unfinished("4</think> 4")
