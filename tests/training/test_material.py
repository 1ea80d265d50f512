"""Chains whose steps are checked: every check is true, and the answer stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srm_lab.errors import SrmLabError
from srm_lab.scoring.verify import verify
from srm_lab.tasks import load_problems
from srm_lab.tasks.worked import worked
from srm_lab.training.material import with_checks

MANY = load_problems("arithmetic", 200, split="train", operations=(1, 2, 3, 4, 5))


@given(st.sampled_from(MANY))
def test_a_checked_chain_has_a_true_check_after_every_step_and_the_same_answer(problem):
    *steps, last = with_checks(problem).split(";")
    last, _, answer = last.partition("####")
    steps.append(last)
    assert steps[::2] == problem.metadata["worked"]
    for check in steps[1::2]:
        left, _, result = check.partition("=")
        assert eval(left.replace("/", "//")) == int(result)  # noqa: S307 - text made by this project, in a test
    assert answer == problem.answer


@given(st.sampled_from(MANY))
def test_the_verifier_reads_a_checked_chain(problem):
    assert verify(with_checks(problem), problem.answer).correct
    assert not verify(with_checks(problem), str(int(problem.answer) + 1)).correct


def test_a_checked_chain_is_about_twice_as_long():
    lengths = [(len(with_checks(p)), len(worked(p))) for p in MANY]
    assert all(1.4 * plain < long < 2.2 * plain for long, plain in lengths)


@pytest.mark.parametrize(("task", "settings"), [("word_problems", {}), ("permutations", {"length": 2})])
def test_other_tasks_steps_cannot_be_taken_apart(task, settings):
    problem = load_problems(task, 1, split="train", **settings)[0]
    with pytest.raises(SrmLabError, match="taken apart"):
        with_checks(problem)
