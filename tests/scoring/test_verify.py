"""The public face of the grader: spans, completions, unfinished chains, bad references, tasks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.records import Completion, Verdict
from srm_lab.scoring.extract import extract
from srm_lab.scoring.verify import verify


def completion(text, thinking=None, answer_text="", finish_reason="stop"):
    return Completion(text, thinking, text if answer_text == "" else answer_text, (), (), finish_reason)


def test_span_points_at_what_was_read():
    text = "First 3 * 6.\n**Answer: $18 per day.**"
    verdict = verify(text, "18")
    assert text[slice(*verdict.span)] == "$18"


def test_span_counts_in_the_whole_completion_not_only_its_answer():
    text = "<think>17 or 20?</think>The answer is −18 apples."
    verdict = verify(completion(text, "17 or 20?", "The answer is −18 apples."), "-18")
    assert verdict.correct is True
    assert text[slice(*verdict.span)] == "−18"


@pytest.mark.parametrize("kind", ["number", "math", "choice", "text", "yes_no"])
def test_unfinished_chain_is_neither_right_nor_wrong(kind):
    reference = {"choice": "B", "yes_no": "yes"}.get(kind, "18")
    for chain in (
        completion("The answer is 18", finish_reason="length"),
        completion("The answer is B", finish_reason="cancelled"),
        completion("<think>The answer is yes", "The answer is yes", None),
    ):
        verdict = verify(chain, reference, kind)
        assert (verdict.correct, verdict.extracted, verdict.rule) == (None, None, "unfinished")
    assert verify("The answer is 18. B. yes", reference, kind, finished=False).correct is None
    assert verify("<think>18 B yes", reference, kind).correct is None


def test_finished_chain_without_an_answer_is_wrong_not_unfinished():
    assert verify("I don't know.", "18").correct is False
    assert verify("", "18").correct is False


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ("", "number"),
        ("eighteen or twenty", "number"),
        ("18 or 20", "number"),
        ("x", "number"),
        ("1/0", "number"),
        ("18 + 2", "number"),
        ("[invalid]", "number"),
        ("", "math"),
        ("\\frac{1}{", "math"),
        ("9" * 200, "choice"),
        ("Z", "choice"),
        ("Paris", "choice"),
        ("maybe", "yes_no"),
        ("", "text"),
        ("  ", "text"),
    ],
)
def test_unreadable_reference_is_an_error_never_a_pass(reference, kind):
    for text in (reference, "18", "The answer is 18."):
        with pytest.raises(SrmLabError, match="reference"):
            verify(text, reference, kind)


@pytest.mark.parametrize(
    "reference", ["18", " 18. ", "$18", "18 dollars", "18.00", "\\boxed{18}", "$18$", "eighteen", "1.8e1"]
)
def test_references_may_be_written_in_any_plain_way(reference):
    assert verify("The answer is 18.", reference).correct is True
    assert verify("The answer is 19.", reference).correct is False


def test_unknown_kind_names_the_known_ones():
    with pytest.raises(SrmLabError, match="number"):
        verify("18", "18", kind="numbers")


def test_integers_compare_exactly_however_large():
    big = "123456789" * 400
    assert verify(f"The answer is {big}.", big).correct is True
    assert verify(f"The answer is {big[:-1]}0.", big).correct is False
    assert verify(f"The answer is -{big}.", big).correct is False


def test_extract_gives_canonical_answers_so_that_votes_merge():
    for text in ("0.5", "1/2", "50/100", "\\frac{1}{2}", ".50", "half"):
        assert extract(f"The answer is {text}").answer == "0.5"
    assert extract("The answer is 18 or 20") is None
    assert extract(completion("18", finish_reason="length")) is None


def test_task_verifier_sees_the_answer_part_and_its_span_is_moved():
    seen = []

    def verifier(text):
        seen.append(text)
        return Verdict(True, "b", (1, 2), "mine", "Because.")

    text = "<think>x</think>  ab"
    verdict = verify(text, "", "task", verifier=verifier)
    assert seen == ["ab"]
    assert text[slice(*verdict.span)] == "b"


@pytest.mark.parametrize(("score", "correct"), [(1.0, True), (True, True), (0.99, False), (0.0, False), (False, False)])
def test_task_score_below_one_is_not_right(score, correct):
    assert verify("ab", "", "task", verifier=lambda text: score).correct is correct


def test_task_without_verifier_or_with_a_broken_one_is_an_error():
    with pytest.raises(SrmLabError, match="verifier"):
        verify("ab", "", "task")
    with pytest.raises(SrmLabError, match="failed"):
        verify("ab", "", "task", verifier=lambda text: 1 / 0)


def test_verdicts_are_the_same_from_many_threads():
    texts = [f"The answer is $\\frac{{{i}}}{{7}} + x$" for i in range(8)] * 4
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(lambda text: verify(text, "x + \\frac{3}{7}", "math").correct, texts))
    assert verdicts == [i == 3 for i in range(8)] * 4
