"""Program-aided reasoning and the calculator in the middle of a chain."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_fakes import CHAIN, SHOWN, SUM, Scripted, bill, steps_of

import srm_lab as srm
from srm_lab import methods
from srm_lab.methods.calculator import worked_out
from srm_lab.methods.program_aided import program_in

ASK = {"chain": "{question}", "direct": "{question}"}


def test_a_program_that_prints_the_answer_is_run():
    lm = Scripted(["Here it is:\n```python\na = 3\nprint('sum')\nprint(a + 4)\n```\nDone in 2 lines."])
    solution = methods.program_aided(SUM, lm)
    assert (solution.answer, solution.text) == ("7", "The answer is 7.")
    assert steps_of(solution, "program")[0]["output"] == "sum\n7"
    assert bill(solution, lm)


def test_programs_vote_and_those_that_fail_abstain():
    programs = ["print(1 / 0)", "import os\nprint(5)", "print(3 + 4)", ""]
    lm = Scripted(lambda prompt, index, settings: programs[index])
    solution = methods.program_aided(SUM, lm, n=4)
    assert solution.answer == "7"
    assert [bool(step["error"]) for step in steps_of(solution, "program")] == [True, True, False, True]
    none = methods.program_aided(SUM, Scripted(lambda *_: programs[0]), n=2)
    assert none.answer is None


def test_the_last_fenced_block_is_the_program():
    assert program_in("```py\na\n```\nor\n```\nb\n```") == "b"
    assert program_in("print(1)\n") == "print(1)"
    assert program_in("```python\nprint(1)") == "print(1)"


def test_the_calculator_writes_every_result_and_the_chain_goes_on():
    says = {"3+4?": "3+4=9;9*9", "3+4?3+4=7": ";7*2=0", "3+4?3+4=7;7*2=14": "####14"}
    lm = Scripted(lambda prompt, index, settings: says[prompt], ask=ASK)
    solution = methods.calculator(CHAIN, lm)
    assert (solution.text, solution.answer) == ("3+4=7;7*2=14####14", "14")
    assert [(s["expression"], s["result"]) for s in steps_of(solution, "calculator")] == [("3+4", "7"), ("7*2", "14")]
    assert all(settings["keep"] for _, settings in lm.asked)
    assert bill(solution, lm)


def test_what_cannot_be_worked_out_is_left_to_the_model():
    says = ["x = ", " 5 and y ="]
    lm = Scripted(
        lambda prompt, index, settings: says[len(lm.asked) - 1] if len(lm.asked) < 3 else " 7. The answer is 7."
    )
    solution = methods.calculator(SUM, lm, examples=SHOWN)
    assert solution.text == "x = 5 and y = 7. The answer is 7."
    assert steps_of(solution, "calculator") == []


def test_a_prose_chain_ends_where_the_next_question_begins():
    lm = Scripted(lambda prompt, index, settings: " The answer is 7.\n\nQuestion: 1 + 1 = ")
    solution = methods.calculator(SUM, lm, examples=SHOWN)
    assert (solution.text, len(lm.asked)) == (" The answer is 7.", 1)


def test_the_calculators_chain_has_an_end():
    solution = methods.calculator(CHAIN, Scripted(lambda *_: "1+1=", ask=ASK), max_new_tokens=40)
    assert solution.answer is None
    assert solution.usage.generated_tokens <= 40


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 999), st.sampled_from("+-*"), st.integers(0, 999), st.sampled_from(["", "so ", "a=1;", "3 x "]))
def test_the_arithmetic_at_the_end_of_a_text_is_worked_out(a, sign, b, before):
    assert worked_out(f"{before}{a} {sign} {b} ") == (f"{a} {sign} {b}", str(eval(f"{a}{sign}{b}")))  # noqa: S307


@pytest.mark.parametrize("text", ["", "7", "x + 1", "1 / 0", "7 / 2", "2 ** 3", "(1 + 2", "1 +"])
def test_anything_else_is_not(text):
    assert worked_out(text)[1] is None


def test_a_program_needs_a_model_that_follows_instructions():
    with pytest.raises(srm.SrmLabError, match="program_aided needs a model"):
        methods.program_aided(CHAIN, Scripted(["7"], ask=ASK))
