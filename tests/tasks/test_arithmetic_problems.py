"""Arithmetic: its answers by an independent reckoning, its splits by numbers, and labels for wrong chains."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srm_lab.records import Problem
from srm_lab.tasks import arithmetic, load_problems
from srm_lab.tasks.worked import first_wrong, worked

OPERATIONS = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}


def left_to_right(question):
    """Every result on the way, worked out without the generator."""
    first, *rest = re.findall(r"[-+*]?\d+", question)
    results = [int(first)]
    for part in rest:
        results.append(OPERATIONS[part[0]](results[-1], int(part[1:])))
    return results[1:]


def labels(problem, text):
    return [label.correct for label in arithmetic.check_steps(problem, text)]


CHAIN = Problem("c", "7+12-5*2?", "28", "arithmetic", {"form": "chain", "operands": [7, 12, 5, 2], "operations": "+-*"})
SUM = Problem("s", "345+278?", "623", "arithmetic",
              {"form": "addition", "operands": [345, 278], "operations": "+", "reversed": "326"})  # fmt: skip
PRODUCT = Problem("p", "34*27?", "918", "arithmetic",
                  {"form": "multiplication", "operands": [34, 27], "operations": "*", "reversed": "819"})  # fmt: skip


@pytest.mark.parametrize("operations", range(1, 7))
def test_a_chain_is_read_from_left_to_right_within_its_bounds(operations):
    for problem in load_problems("arithmetic", 60, operations=operations):
        results = left_to_right(problem.question)
        assert len(results) == operations
        assert str(results[-1]) == problem.answer
        assert all(0 <= result <= 99 for result in results)
        assert all(1 <= number <= 20 for number in map(int, re.findall(r"\d+", problem.question)))
        assert [int(step.partition("=")[2]) for step in problem.metadata["worked"]] == results


def test_the_independent_reckoning_has_no_precedence():
    assert left_to_right("7+12-5*2?") == [19, 14, 28]


@pytest.mark.parametrize("form", ["addition", "multiplication"])
def test_sums_and_products_are_right_and_of_their_digits(form):
    for problem in load_problems("arithmetic", 60, form=form, digits=(1, 2, 3)):
        a, b = map(int, re.findall(r"\d+", problem.question))
        assert int(problem.answer) == (a + b if form == "addition" else a * b)
        assert {len(str(a)), len(str(b))} == {problem.metadata["difficulty"]}
        for step in problem.metadata["worked"]:
            assert re.fullmatch(r"(\d+[+*])+\d+=\d+", step)
            left, _, result = step.partition("=")
            x, sign, y, carry = re.fullmatch(r"(\d+)([+*])(\d+)(?:\+(\d+))?", left).groups(default="0")
            assert OPERATIONS[sign](int(x), int(y)) + int(carry) == int(result)


def test_the_styles_of_each_form():
    assert worked(rewritten(CHAIN)) == "7+12=19;19-5=14;14*2=28####28"
    assert worked(rewritten(CHAIN), "draft") == "19;14;28####28"
    assert worked(rewritten(SUM)) == "5+8+0=13;4+7+1=12;3+2+1=6####623"
    assert worked(rewritten(SUM), "reversed") == "326####623"
    assert worked(rewritten(PRODUCT)) == "4*7+0=28;3*7+2=23;34*7=238;4*2+0=8;3*2+0=6;34*20=680;238+680=918####918"
    assert worked(rewritten(PRODUCT), "draft") == "238;680;918####918"
    assert worked(rewritten(PRODUCT), "answer") == "####918"


def rewritten(problem):
    """The problem as the generator would have written it."""
    facts = problem.metadata
    drawn = arithmetic._write(facts["form"], (facts["operands"], facts["operations"]))
    assert (drawn.question, drawn.answer) == (problem.question, problem.answer)
    return Problem(problem.id, drawn.question, drawn.answer, "arithmetic", drawn.facts)


def test_no_numbers_are_in_both_splits_whatever_form_seed_and_settings():
    used = {"train": set(), "test": set()}
    chosen = [{"operations": n} for n in range(1, 7)]
    chosen += [{"form": form, "digits": n} for form in ("addition", "multiplication") for n in (1, 2)]
    for split, seed, settings in itertools.product(used, (0, 1), chosen):
        n = 15 if settings.get("digits") == 1 else 150
        for problem in load_problems("arithmetic", n, seed, split, **settings):
            used[split].add(tuple(sorted(problem.metadata["operands"])))
    assert min(len(numbers) for numbers in used.values()) > 1000
    assert not used["train"] & used["test"]


def test_no_answer_is_common_enough_to_be_guessed():
    for operations in (2, 4, 6):
        answers = [problem.answer for problem in load_problems("arithmetic", 500, operations=operations)]
        assert max(answers.count(answer) for answer in answers) <= 0.06 * 500


@pytest.mark.parametrize(
    ("problem", "text", "expected"),
    [
        (CHAIN, "7+12=19;19-5=14;14*2=28####28", [True] * 4),
        (CHAIN, "7+12=18;18-5=13;13*2=26####26", [False, True, True, True]),
        (CHAIN, "7+12=19;19-5=14;14*2=28####27", [True, True, True, False]),
        (CHAIN, "7+12=19;14*2=28####28", [True, False, False]),
        (CHAIN, "12+7=19;19-5=14####28", [False, True, True]),
        (CHAIN, "5*2=10;7+12=19;19-10=9####9", [False, False, False, True]),
        (CHAIN, "7+12=19;;19-5=14\n14 * 2 = 28 #### 28", [True] * 4),
        (CHAIN, "19;14;28;28####28", [True, True, True, False, True]),
        (CHAIN, "19;x;28####28", [True, False, True, True]),
        (CHAIN, "####28", [True]),
        (CHAIN, "####", [False]),
        (CHAIN, "7+12=19;19-", [True, False]),
        (CHAIN, "", []),
        (SUM, "5+8+0=13;4+7+1=12;3+2+1=6####623", [True] * 4),
        (SUM, "5+8+0=13;4+7+0=11;3+2+1=6####613", [True, False, True, True]),
        (SUM, "5+8+0=14;4+7+1=12;3+2+1=6####624", [False, True, True, True]),
        (SUM, "326####623", [True, True]),
        (SUM, "336####623", [False, False]),
        (SUM, "336####633", [False, True]),
        (PRODUCT, "238;680;918####918", [True] * 4),
        (PRODUCT, "239;680;919####919", [False, True, True, True]),
        (PRODUCT, "4*7+0=28;3*7+2=22;34*7=228;680;908####908", [True, False, True, True, True, True]),
    ],
)
def test_a_step_is_judged_by_the_steps_before_it_as_they_are_written(problem, text, expected):
    assert labels(problem, text) == expected


def test_a_reason_says_what_was_due():
    wrong = arithmetic.check_steps(CHAIN, "7+12=19;19-5=15;5*2=10;10")
    assert [label.reason for label in wrong[1:]] == ["19-5 is 14.", "15*2 was due.", "No step is left to do."]


@given(st.integers(0, 2), st.integers(-(10**6), 10**6))
def test_the_first_wrong_step_is_where_a_number_was_changed(place, number):
    results = [19, 14, 28]
    steps = ["7+12=19", "19-5=14", "14*2=28"]
    steps[place] = f"{steps[place].partition('=')[0]}={number}"
    found = first_wrong(arithmetic.check_steps(CHAIN, ";".join(steps)))
    assert found == (None if number == results[place] else place)


@given(st.lists(st.integers(-(10**59), 10**59), max_size=9), st.sampled_from([CHAIN, SUM, PRODUCT]))
def test_any_numbers_as_a_draft_are_labelled(numbers, problem):
    text = ";".join(map(str, numbers))
    assert len(labels(problem, text)) == len(numbers)
