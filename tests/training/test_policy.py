"""What a policy does, measured on draws: rates with the right counts, styles by what was written."""

from __future__ import annotations

import pytest
from scripted import Scripted

from srm_lab.errors import SrmLabError
from srm_lab.records import Problem
from srm_lab.tasks.worked import STYLES, worked, written_style
from srm_lab.training.policy import measure_policy
from srm_lab.training.rewards import combine, follows_format

PROBLEMS = [Problem(f"p{i}", f"{i}+5?", str(i + 5), "arithmetic") for i in range(4)]


def half(prompt: str, index: int, seed: int) -> str:
    """Right with steps for even numbers of the sample, wrong at once for odd ones."""
    first = int(prompt.split("+")[0])
    return f"{first}+5={first + 5}####{first + 5}" if index % 2 == 0 else "####99"


def test_half_of_the_draws_are_right_and_any_two_solve_every_problem():
    report = measure_policy(Scripted(half), PROBLEMS, 2, max_new_tokens=9)
    assert (report.pass_at_1.k, report.pass_at_1.n) == (4, 8)
    assert (report.pass_at_k.k, report.pass_at_k.value) == (2, 1.0)
    assert report.styles == {"answer": 0.5, "draft": 0.0, "full": 0.5}
    assert report.tokens == pytest.approx((len("0+5=5####5") * 4 + 6 * 4) / 8, abs=1)
    assert "50 % full" in str(report)


def test_a_policy_that_is_always_wrong_has_no_pass_at_any_k():
    report = measure_policy(Scripted(lambda prompt, index, seed: "####99"), PROBLEMS, 3, max_new_tokens=9)
    assert (report.pass_at_1.k, report.pass_at_k.value, report.reward) == (0, 0.0, 0.0)


def test_the_reward_is_the_one_that_was_asked_for_and_chains_cut_off_are_unfinished():
    form = combine(form=(2.0, follows_format("^####")))
    report = measure_policy(Scripted(half), PROBLEMS, 2, max_new_tokens=9, reward=form)
    assert report.reward == 1.0
    cut = measure_policy(Scripted(lambda prompt, index, seed: "1+1=..."), PROBLEMS, 2, max_new_tokens=9)
    assert (cut.unfinished, cut.pass_at_1.k) == (1.0, 0)


def test_no_problems_are_an_error():
    with pytest.raises(SrmLabError, match="no samples"):
        measure_policy(Scripted(half), [], 2, max_new_tokens=9)


@pytest.mark.parametrize("style", [style for style in STYLES if style != "reversed"])
def test_a_chain_is_recognised_in_the_style_it_was_taught(style):
    facts = {"worked": ["7+12=19", "19-5=14"], "draft": ["19", "14"]}
    assert written_style(worked(Problem("p", "7+12-5?", "14", "arithmetic", facts), style)) == style
