"""Numerals: exact values, and the many ways to write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from srm_lab.scoring.numerals import canonical, numerals, parse_number
from srm_lab.scoring.plain import plain


def one(text):
    found = numerals(plain(text))
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18", "18"), ("-18", "-18"), ("−18", "-18"), ("$18", "18"), ("-$18.50", "-18.5"), ("1,234,567", "1234567"),
        ("1 234 567", "1234567"), ("12,34,567", "1234567"), ("1{,}234", "1234"), ("1.234,56", "1234.56"), (".5", "0.5"),
        ("3,5", "3.5"), ("0,500", "0.5"), ("50/100", "0.5"), ("1/3", "1/3"), ("3 1/2", "3.5"), ("3½", "3.5"),
        ("\\frac{1}{2}", "0.5"), ("-\\frac12", "-0.5"), ("0.\\overline{3}", "1/3"), ("0.1\\overline{6}", "1/6"),
        ("1.5e-3", "0.0015"), ("2 × 10^{6}", "2000000"), ("10⁶", "1000000"), ("$5k", "5000"), ("$1.2M", "1200000"),
        ("2.5 million", "2500000"), ("50%", "50"), ("twenty-one", "21"), ("one hundred and five", "105"),
        ("three and a half", "3.5"), ("two thirds", "2/3"), ("a dozen", "12"), ("2 hours 30 minutes", "2.5"),
        ("$3 and 50 cents", "3.5"), ("١٨", "18"), ("１８", "18"), ("negative 5", "-5"), ("-0", "0"), ("007", "7"),
    ],
)  # fmt: skip
def test_value_is_exact(text, value):
    assert one(text).canonical == value


@pytest.mark.parametrize(
    "text",
    [
        "2x",
        "3\\pi",
        "18²",
        "1:30",
        "1.2.3",
        "12/25/2024",
        "(3,4)",
        "1/0",
        "1e1000000000",
        "three and four",
        "±5",
        "1,23,4",
    ],
)
def test_what_is_not_one_number_has_no_value(text):
    numeral = numerals(plain(text))[0]
    assert numeral.canonical is None
    assert numeral.problem


def test_no_digit_inside_a_name_is_a_numeral():
    assert numerals(plain("x18 H2O gpt_4")) == []


def test_canonical_forms_of_equal_fractions_are_one():
    assert canonical(Fraction(1, 2)) == canonical(Fraction(50, 100)) == "0.5"
    assert canonical(Fraction(-1, 8)) == "-0.125"
    assert canonical(Fraction(1, 7)) == "1/7"
    assert canonical(Fraction(10**30)) == "1" + "0" * 30


@pytest.mark.parametrize(
    "text", ["18 or 20", "18 + 2", "5\\pi", "5 \\cdot \\pi", "5 a", "x = 5", "3!", "", "abc", "18 19"]
)
def test_parse_number_refuses_what_is_more_than_a_number(text):
    assert parse_number(plain(text)) is None


def test_plain_keeps_every_offset():
    for text in ("İstanbul −１８", "ﬁ½²", "“a”…", "\u0000", "𝟏𝟖 ǅ"):
        assert len(plain(text)) == len(text)
