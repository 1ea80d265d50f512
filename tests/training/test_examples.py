"""Examples show what the model will see, and never a test problem."""

from __future__ import annotations

import pytest

from srm_lab import SrmLabError
from srm_lab.models.thinking import split_thinking
from srm_lab.models.tiny import ASK_HYBRID
from srm_lab.scoring.verify import verify
from srm_lab.tasks import arithmetic
from srm_lab.training.examples import Example, from_problems

STYLES = ("full", "draft", "answer")


@pytest.mark.parametrize("style", STYLES)
def test_every_style_ends_in_the_right_answer(style):
    problems = arithmetic.load(30, split="train", operations=(1, 4))
    for problem, example in zip(problems, from_problems(problems, style)):
        assert example.prompt == problem.question
        assert verify(example.completion, problem.answer).correct


def test_a_thinking_prompt_is_taught_to_close_the_thinking_before_the_answer():
    problem = arithmetic.load(1, split="train", operations=2)[0]
    example = from_problems([problem], "full", ASK_HYBRID["chain"])[0]
    assert example.prompt.endswith("<think>")
    thinking, answer = split_thinking(example.completion, opened=True)
    assert thinking == ";".join(problem.metadata["worked"])
    assert answer == f"####{problem.answer}"


def test_a_question_with_braces_stays_as_it_is():
    problem = arithmetic.load(1, split="train")[0]
    braces = type(problem)(**{**vars(problem), "question": "{question}{0}?"})
    assert from_problems([braces])[0].prompt == "{question}{0}?"


def test_a_test_problem_is_never_trained_on():
    train, test = arithmetic.load(3, split="train"), arithmetic.load(1, split="test")
    with pytest.raises(SrmLabError, match="test split"):
        from_problems([*train, *test])


def test_an_example_cannot_be_changed():
    with pytest.raises(AttributeError):
        Example("a", "b").prompt = "c"
