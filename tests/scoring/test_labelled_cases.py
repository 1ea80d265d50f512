"""The grader on every labelled answer of data/grading, and what that set must hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from srm_lab.scoring.arithmetic import countdown
from srm_lab.scoring.verify import verify

PATH = Path(__file__).parents[2] / "data" / "grading" / "cases.jsonl"
CASES = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]
KINDS = ("number", "math", "choice", "yes_no", "text", "task")


def judge(case):
    verifier = None
    if case["kind"] == "task":

        def verifier(text):
            return countdown(text, case["numbers"], int(case["reference"]))

    return verify(case["text"], case["reference"], case["kind"], case.get("finished", True), verifier)


@pytest.mark.parametrize("kind", KINDS)
def test_every_labelled_answer_is_judged_as_labelled(kind):
    wrong = []
    for case in CASES:
        if case["kind"] == kind and (verdict := judge(case)).correct is not case["correct"]:
            wrong.append((case["id"], case["text"], case["reference"], case["correct"], verdict))
    assert not wrong


def test_every_verdict_has_a_reason_and_a_span_that_holds_the_answer():
    for case in CASES:
        verdict = judge(case)
        assert len(verdict.reason) > 10
        assert verdict.reason.endswith(".")
        assert (verdict.extracted is None) or verdict.span is not None
        if verdict.span is not None:
            start, end = verdict.span
            assert 0 <= start < end <= len(case["text"])
        if case["correct"]:
            assert verdict.span is not None
        if case["correct"] is None:
            assert verdict.extracted is None


def test_the_set_is_large_varied_and_full_of_traps():
    assert len(CASES) >= 300
    assert {case["kind"] for case in CASES} == set(KINDS)
    assert len({case["id"] for case in CASES}) == len(CASES)
    wrong = [case for case in CASES if case["correct"] is False and case["trap"] != "plainly wrong"]
    assert len(wrong) >= len(CASES) / 3
    assert len({case["trap"] for case in wrong}) >= 60


def test_a_careless_grader_fails_on_the_set():
    """A set that any grader passes would show nothing."""
    accepted = [c["id"] for c in CASES if c["correct"] is False and c["reference"].lower() in c["text"].lower()]
    assert len(accepted) >= len(CASES) / 5
