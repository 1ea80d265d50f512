"""What a hostile or broken text may cost, and that every text gets a reasoned verdict."""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from srm_lab.scoring.arithmetic import countdown
from srm_lab.scoring.symbolic import START_SECONDS
from srm_lab.scoring.verify import verify

REFERENCES = {"number": "18", "math": "18", "choice": "B", "yes_no": "yes", "text": "Paris", "task": "18"}
SECONDS = 2.0
EXAMPLES = int(os.environ.get("SRM_LAB_FUZZ", "400"))  # a kind; 19000 makes a hundred thousand in all
MATH_EXAMPLES = max(80, EXAMPLES // 4)  # fewer: most of them ask the process that compares expressions
MILLION = 10**6

UNITS = [
    "1", "{", "}", "(", "[", " ", "\n", "\\boxed{", "the answer is ", "answer", "#", "#### ", "1,", "1 ", "1/", "1.",
    "1e9", "9^", "\\frac{1}", "\\frac{", "-", "$", "$1", "<", "<think>", "</think>", "18 or ", "one ", "hundred and ",
    "twenty-", "a ", "ab ", "is not ", "(a) ", "yes ", "yes. ", "is true ", "*", '"', "'a ", "\nq: ", "so no ", "=",
    "1=", "answer is x = ", "\\text{", "\\", "\\pm ", "\\cup ", ",", "١", "😀", "a\u0301", "\0", "½", "1 ½ ",
    ". ", "3. ",
    "1 dollar 2 cents ", "The answer is -$1,234.5e6 or \\frac{1}{2}, wait no (3) ", "__import__('os').system('x') ",
]  # fmt: skip


def judge(text, kind):
    return verify(text, REFERENCES[kind], kind, verifier=lambda answer: countdown(answer, [9, 2], 18))


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_a_megabyte_of_anything_costs_less_than_the_limit(unit):
    text = unit * (MILLION // len(unit))
    for kind in REFERENCES:
        started = time.perf_counter()
        verdict = judge(text, kind)
        assert time.perf_counter() - started < SECONDS, kind
        assert verdict.reason


@pytest.mark.parametrize("kind", REFERENCES)
@pytest.mark.parametrize(
    "text",
    [
        "\\boxed{" * 2000 + "18" + "}" * 2000,
        "The answer is " + "7" * 100_000,
        "The answer is 1e999999999",
        "\\boxed{2**99999999999}",
        "(" * 20_000 + "18",
        "18 " + "word " * 20_000 + "20",
        "The answer is " + "\\text{" * 5000 + "yes",
    ],
)
def test_hostile_texts_are_cheap(text, kind):
    started = time.perf_counter()
    verdict = judge(text, kind)
    assert time.perf_counter() - started < SECONDS + 1.0  # a killed worker is replaced by the next question
    assert verdict.reason


def test_text_over_the_limit_is_not_read():
    assert verify("18 " * 1_000_000, "18").rule == "too_long"


PIECES = st.sampled_from(
    "18 20 0.5 1/2 -7 − $ % , . ; : ! ? ( ) { } [ ] \\boxed{ \\frac{1}{2} \\text{ \\pi ^ = + * / # #### \n < > <think> "
    "</think> yes no true false A B (C) or and not the answer is Answer: wait actually Question: Paris eighteen half ½ "
    "x 2x 10^6 1e9 km dollars '' \" ** ` | ~ ≈ ± ∞ １８ ١٨ \\cup \\infty \\sqrt{2} 1,234 3:30 =18".split(" ")
)
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(PIECES, max_size=30).map(" ".join), st.lists(PIECES, max_size=30).map("".join)
)

MATH_TEXTS = st.lists(PIECES, min_size=1, max_size=8).map(lambda pieces: "\\boxed{" + " ".join(pieces) + "}")


def check(text, kind):
    verdict = judge(text, kind)
    assert verdict.correct in (True, False, None)
    assert verdict.reason
    assert verdict.rule
    if verdict.span is not None:
        assert 0 <= verdict.span[0] <= verdict.span[1] <= len(text)
    if verdict.correct:
        assert verdict.extracted is not None
        assert verdict.span is not None


@pytest.mark.parametrize("kind", ["number", "choice", "yes_no", "text", "task"])
@settings(max_examples=EXAMPLES, deadline=SECONDS * 1000, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS)
def test_any_text_gets_a_verdict_with_a_reason_and_a_span_inside_it(kind, text):
    check(text, kind)


# a question may cost the worker its two seconds, and the next one its restart
@settings(
    max_examples=MATH_EXAMPLES, deadline=(SECONDS + START_SECONDS) * 1000, suppress_health_check=list(HealthCheck)
)
@given(text=st.one_of(TEXTS, MATH_TEXTS))
def test_any_text_gets_a_mathematical_verdict_with_a_reason_and_a_span_inside_it(text):
    check(text, "math")


@given(value=st.integers(-(10**40), 10**40), other=st.integers(-(10**40), 10**40))
def test_integers_are_right_exactly_when_equal(value, other):
    assert verify(f"So the answer is {value}.", str(value)).correct is True
    assert verify(f"So the answer is {value:,} apples.", str(value)).correct is True
    assert verify(f"So the answer is {other}.", str(value)).correct is (value == other)


@given(top=st.integers(-999, 999), bottom=st.integers(1, 999), times=st.integers(2, 9))
def test_fractions_are_right_in_every_writing(top, bottom, times):
    for text in (
        f"{top * times}/{bottom * times}",
        f"\\boxed{{\\frac{{{top}}}{{{bottom}}}}}",
        f"The answer is {top}/{bottom}.",
    ):
        assert verify(text, f"{top}/{bottom}").correct is True
        assert verify(text, f"{top + bottom}/{bottom}").correct is False
