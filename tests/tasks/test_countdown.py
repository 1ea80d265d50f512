"""Countdown: solutions by an independent search, every right expression accepted, labels that know dead ends."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srm_lab.records import Completion, Problem
from srm_lab.tasks import countdown, load_problems
from srm_lab.tasks.countdown_steps import solvable


def puzzle(*numbers, target):
    return Problem("c", "", "", "countdown", {"numbers": list(numbers), "target": target}, "task")


GIVEN = puzzle(3, 7, 8, target=32)


def expressions(parts):
    """Every bracketed expression with its value, out of [(text, value)]: exhaustive, by fractions."""
    if len(parts) == 1:
        yield parts[0]
    for i, j in itertools.permutations(range(len(parts)), 2):
        (a, x), (b, y) = parts[i], parts[j]
        rest = [part for k, part in enumerate(parts) if k not in (i, j)]
        made = [(f"({a}+{b})", x + y), (f"({a}-{b})", x - y), (f"({a}*{b})", x * y)]
        made += [(f"({a}/{b})", x / y)] if y else []
        for one in made:
            yield from expressions([*rest, one])


def test_exactly_the_expressions_that_make_the_target_are_right():
    found = list(expressions([(str(n), Fraction(n)) for n in (3, 7, 8)]))
    assert len(found) > 150
    for text, value in found:
        verdict = countdown.verifier(f"####{text}", GIVEN)
        assert verdict.correct is (value == 32), (text, value)
        assert verdict.reason
    assert sum(value == 32 for _, value in found) > 1


def test_an_expression_through_fractions_is_right():
    assert countdown.verifier("####8/(3-8/3)", puzzle(3, 3, 8, 8, target=24)).correct is True
    assert countdown.verifier("####8/(3-8/4)", puzzle(3, 4, 8, 8, target=24)).correct is False


@pytest.mark.parametrize(
    ("text", "correct", "reason"),
    [
        ("7-3=4;4*8=32####(7-3)*8", True, "makes 32"),
        ("####8*(7-3)", True, "makes 32"),
        ("The answer is (7 - 3) * 8 = 32.", True, "makes 32"),
        ("####7-3*8", False, "makes -17"),
        ("####4*8", False, "uses 4"),
        ("####(7-3)*8+3-3", False, "uses 3"),
        ("####32", False, "no expression"),
        ("####8*4", False, "uses 4"),
        ("####7*8", False, "leaves out 3"),
        ("####__import__('os')*8", False, "no expression"),
        ("####" + "(" * 500 + "7", False, ""),
        ("", False, "no expression"),
        ("<think>(7-3)*8", None, "never came to its end"),
        ("<think>7*8</think>####(7-3)*8", True, "makes 32"),
    ],
)
def test_a_verdict_says_why(text, correct, reason):
    verdict = countdown.verifier(text, GIVEN)
    assert verdict.correct is correct
    assert reason in verdict.reason
    if correct:
        assert set(text[slice(*verdict.span)]) <= set("0123456789+-*/() ")


def test_a_truncated_completion_is_unfinished():
    cut = Completion("####(7-3)*8", None, "####(7-3)*8", (), (), "length")
    assert countdown.verifier(cut, GIVEN).correct is None


def test_generated_solutions_use_every_number_within_bounds():
    for problem in load_problems("countdown", 200, numbers=(3, 4)):
        numbers, target = problem.metadata["numbers"], problem.metadata["target"]
        assert problem.question == f"{','.join(map(str, numbers))}:{target}?"
        assert len(numbers) == problem.metadata["difficulty"] + 1
        assert all(1 <= number <= 20 for number in numbers)
        assert all(1 <= int(result) <= 99 for result in problem.metadata["draft"])
        assert int(problem.metadata["draft"][-1]) == target
        assert solvable(tuple(sorted(numbers)), target)


def test_all_operations_and_brackets_occur():
    answers = "".join(problem.answer for problem in load_problems("countdown", 200, numbers=4))
    assert set("+-*/()") <= set(answers)


def test_no_numbers_are_in_both_splits_whatever_target_and_settings():
    used = {"train": set(), "test": set()}
    for split, seed, most, numbers in itertools.product(used, (0, 1), (9, 20), (3, 4)):
        for problem in load_problems("countdown", 120, seed, split, numbers=numbers, max_number=most):
            used[split].add(tuple(sorted(problem.metadata["numbers"])))
    assert min(len(numbers) for numbers in used.values()) > 200
    assert not used["train"] & used["test"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7-3=4;4*8=32####(7-3)*8", [True] * 3),
        ("4;32####(7-3)*8", [True] * 3),
        ("7-3=5;5*8=40####(7-3)*8", [False, True, True]),
        ("7+3=10;10*8=80####(7+3)*8", [False, True, False]),
        ("9-5=4;3+7=10;10*4=40;40-8=32####(7-3)*8", [False, True, True, True, True]),
        ("7-3=4;7*8=56####7*8", [True, False, False]),
        ("8/3=2;7*2=14", [False, True]),
        ("13;32", [False, False]),
        ("eh;4*8=32", [False, True]),
        ("7-3=4;8*4=32;32+3=35", [True, True, False]),
    ],
)
def test_a_step_is_right_where_the_target_can_still_be_reached(text, expected):
    assert [label.correct for label in countdown.check_steps(GIVEN, text)] == expected


def test_the_reason_names_the_dead_end():
    label = countdown.check_steps(GIVEN, "7+3=10")[0]
    assert label.reason == "After it 32 cannot be reached any more."


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=3, max_size=3), st.integers(1, 40))
def test_solvable_agrees_with_exhaustive_search_over_whole_numbers(numbers, target):
    def whole(parts):
        """As `expressions`, but every value on the way is whole."""
        if len(parts) == 1:
            yield parts[0]
        for i, j in itertools.permutations(range(len(parts)), 2):
            x, y = parts[i], parts[j]
            rest = [part for k, part in enumerate(parts) if k not in (i, j)]
            for value in [x + y, x - y, x * y, *([x // y] if y and x % y == 0 else [])]:
                yield from whole([*rest, value])

    assert solvable(tuple(sorted(numbers)), target) is (target in set(whole(numbers)))
