"""Gold self-check: a task's own reference is right, and another problem's is not."""

from __future__ import annotations

import pytest

from srm_lab.scoring.verify import verify
from srm_lab.tasks import load_problems, verifier

WAYS = ("{}", "The answer is {}.", "So, step by step, it comes to this.\n#### {}", "$\\boxed{{{}}}$", "**Answer: {}**")
GYM = (
    "chain_sum", "gsm_symbolic", "leg_counting", "basic_arithmetic", "fraction_simplification", "spell_backward",
    "syllogism", "shortest_path", "time_intervals", "countdown",
)  # fmt: skip


def disputed_gold(name, n):
    """(own references that were refused, other problems' references that were accepted)"""
    problems, refused, accepted = load_problems(name, n=n, seed=0), [], []
    judge = verifier(name)
    for i, problem in enumerate(problems):
        other = next((p for p in problems[i + 1 :] + problems[:i] if p.answer != problem.answer), None)
        for right, answer in ((True, problem.answer), (False, other and other.answer)):
            if answer is None:
                continue
            if problem.kind == "task":
                verdict = judge(f"<answer>{answer}</answer>", problem)
            else:
                verdict = verify(WAYS[i % len(WAYS)].format(answer), problem.answer, problem.kind)
            if verdict.correct is not right:
                (refused if right else accepted).append((problem.id, answer, verdict))
    return refused, accepted


def test_every_word_problem_accepts_its_own_reference_and_no_other():
    assert disputed_gold("word_problems", 1000) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize("name", GYM)
def test_every_gym_problem_accepts_its_own_reference_and_no_other(name):
    refused, accepted = disputed_gold(f"reasoning_gym/{name}", 1000)
    assert refused == []
    if name in ("countdown", "shortest_path"):  # one problem's way may be another's too
        accepted = []
    assert accepted == []
