"""Where a chain goes wrong first, and at what."""

from __future__ import annotations

import pytest

import srm_lab as srm
from srm_lab.compress.judged import KINDS, LONGEST, draw_judged, first_error, judge
from srm_lab.records import Completion, Problem, Usage
from srm_lab.tasks.worked import worked

FACTS = {"form": "chain", "operands": [7, 12, 5, 2], "operations": "+-*", "difficulty": 3}
PROBLEM = Problem("p", "7+12-5*2?", "28", "arithmetic", FACTS)
RIGHT = "7+12=19;19-5=14;14*2=28####28"


def completion(text, reason="stop"):
    return Completion(text, None, text, (0,), (0.0,), reason, Usage(generated_tokens=len(text) + 1, calls=1))


def test_a_right_chain_has_no_error():
    assert first_error(PROBLEM, RIGHT) == (None, "")
    assert first_error(PROBLEM, "7+12=19;19-5=14") == (None, "")  # cut off, and right so far


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7+12=18;18-5=13;13*2=26####26", (0, "adding")),
        ("7+12=19;19-5=13;13*2=26####26", (1, "subtracting")),
        ("7+12=19;19-5=14;14*2=26####26", (2, "multiplying")),
        ("7+12=19;18-5=13;13*2=26####26", (1, "copying")),
        ("7+13=20;20-5=15;15*2=30####30", (0, "copying")),
        ("7+12=19;19+5=24;24*2=48####48", (1, "copying")),
        ("7+12=19;####19", (1, "stopping early")),
        ("7+12=19;19-5=14;14*2=28;28*2=56####56", (3, "extra step")),
        ("7+12=19;what;14*2=28####28", (1, "unreadable")),
        ("7+12=19;19-5=14;14*2=28####82", (3, "answer")),
        ("####5", (0, "answer")),
        ("19;13;26####26", (1, "subtracting")),
    ],
)
def test_the_first_error_has_a_place_and_a_kind(text, expected):
    assert first_error(PROBLEM, text) == expected
    assert expected[1] in KINDS


def test_what_follows_from_a_wrong_number_is_no_second_error():
    at, kind = first_error(PROBLEM, "7+12=18;18-5=13;13*2=27####27")
    assert (at, kind) == (0, "adding")


def test_judging_keeps_verdict_length_and_repetition():
    judged = judge(PROBLEM, completion(RIGHT))
    assert (judged.right, judged.answer, judged.finished, judged.tokens) == (True, "28", True, len(RIGHT) + 1)
    assert not judged.repeats
    cut = judge(PROBLEM, completion("7+12=19;7+12=19;7+12", "length"))
    assert (cut.right, cut.answer, cut.finished, cut.wrong_at) == (False, None, False, 1)
    assert cut.repeats


def test_a_right_answer_after_a_wrong_step_is_right_and_has_an_error():
    judged = judge(PROBLEM, completion("7+12=19;19-5=13;14*2=28####28"))
    assert judged.right
    assert judged.wrong_at == 1


def test_chains_are_drawn_in_the_problems_order_as_tiny_models_are_asked(fake_model):
    problems = srm.load_problems("arithmetic", n=5, operations=(1, 2))
    by_question = {problem.question: worked(problem) for problem in problems}
    lm, seen = fake_model(lambda prompt, index, seed: by_question[prompt]), []
    drawn = draw_judged(lm, problems, n=2, on_problem=lambda: seen.append(1))
    assert [len(chains) for chains in drawn] == [2] * 5
    assert all(chain.right and chain.wrong_at is None for chains in drawn for chain in chains)
    assert len(seen) == 5
    assert lm.asked[0][1]["max_new_tokens"] == LONGEST


def test_no_right_chain_is_longer_than_the_limit():
    problems = srm.load_problems("arithmetic", n=300, operations=5)
    assert max(len(worked(problem)) for problem in problems) < LONGEST - 8
