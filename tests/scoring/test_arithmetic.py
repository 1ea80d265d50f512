"""Arithmetic without evaluation."""

from __future__ import annotations

from fractions import Fraction

import pytest

from srm_lab.scoring.arithmetic import NotArithmetic, countdown, work_out


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("8/3", Fraction(8, 3)),
        ("-(2-5)", 3),
        ("2 \\times 3", 6),
        ("7-2-1", 4),
        ("8/4/2", 1),
    ],
)
def test_value_follows_precedence_exactly(expression, value):
    assert work_out(expression)[0] == value


def test_numbers_used_are_listed_with_repeats():
    assert work_out("(5 + 5) * 25")[1] == [5, 5, 25]


@pytest.mark.parametrize(
    "expression",
    ["", "2**3", "2^3", "1/0", "(1+2", "1+2)", "1 2", "abs(1)", "1.5+1", "__import__('os')", "(" * 99, "1+" * 999],
)
def test_everything_else_is_refused(expression):
    with pytest.raises(NotArithmetic):
        work_out(expression)


def test_countdown_may_leave_numbers_out_only_when_told_so():
    assert countdown("5 + 4", [5, 4, 3], 9).correct is False
    assert countdown("5 + 4", [5, 4, 3], 9, use_all=False).correct is True


def test_countdown_span_points_at_the_expression():
    text = "I try 5 * 4. The answer is (5 + 4) = 9."
    verdict = countdown(text, [5, 4], 9)
    assert verdict.correct is True
    assert text[slice(*verdict.span)] == "(5 + 4)"
