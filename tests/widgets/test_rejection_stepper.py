"""The stepper's view, without a browser: fates, wrong steps, and text that is never HTML."""

from __future__ import annotations

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.records import Completion, Problem
from srm_lab.tasks import load_problems
from srm_lab.training.chains import Chain, judge
from srm_lab.training.rejection import sift
from srm_lab.widgets.rejection_stepper import (
    LUCKY,
    SOLVED,
    UNSOLVED,
    chosen,
    group_html,
    lucky,
    rejection_stepper,
    sums_html,
    wrong_step,
)

HOSTILE = "<img src=x onerror=alert(1)>"
PROBLEM = load_problems("arithmetic", 1, split="train", operations=2)[0]
RIGHT = f"{';'.join(PROBLEM.metadata['worked'])}####{PROBLEM.answer}"
BAD_STEP = RIGHT.replace("=", "=9", 1)
WRONG = f"####{int(PROBLEM.answer) + 1}"


def group(*texts, problem=PROBLEM):
    chains = []
    for text in texts:
        reason = "length" if text.endswith("...") else "stop"
        written = Completion(text, None, text, (), (), reason)
        chains.append(Chain(problem, written, judge(problem, written)))
    return sift(chains, keep=4)


def test_a_kept_chain_with_a_wrong_step_is_found_and_a_sound_one_is_not():
    bad, sound, wrong = group(BAD_STEP, RIGHT, WRONG)
    assert (bad.fate, sound.fate, wrong.fate) == ("kept", "kept", "wrong")
    assert lucky(bad)
    assert not lucky(sound)
    assert not lucky(wrong)
    assert wrong_step(sound) is None
    start, end = wrong_step(bad)[0]
    assert BAD_STEP[start:end] == BAD_STEP.split(";")[0]


def test_chains_that_were_not_judged_yet_are_not_shown():
    html = group_html(group(RIGHT, WRONG), 1)
    assert 'data-fate="kept"' in html
    assert 'data-fate="wrong"' not in html
    assert "1 more chain not judged yet" in html
    assert "not judged yet" not in group_html(group(RIGHT, WRONG), 2)


def test_the_first_wrong_step_is_underlined_and_explained():
    html = group_html(group(BAD_STEP), 1)
    assert "srm-slip" in html
    assert "First wrong step" in html
    assert "srm-slip" not in group_html(group(RIGHT), 1)


def test_sums_count_fates_problems_and_lucky_chains():
    html = sums_html([group(BAD_STEP, RIGHT), group(WRONG, "7...")])
    assert "2 problems, 4 chains: 2 kept, 1 wrong, 1 unfinished" in html
    assert "1 problems have a kept chain; 1 kept chains have a wrong step" in html


def test_the_list_chooses_problems_by_what_became_of_their_chains():
    groups = [group(RIGHT), group(WRONG), group(BAD_STEP)]
    assert chosen(groups, SOLVED) == [0, 2]
    assert chosen(groups, UNSOLVED) == [1]
    assert chosen(groups, LUCKY) == [2]


def test_a_task_without_known_steps_shows_no_wrong_step():
    problem = Problem("p", "How many?", "18", "made up")
    assert wrong_step(group("So 18.", problem=problem)[0]) is None


def test_text_from_outside_is_never_html():
    problem = Problem("p", HOSTILE, "18", "made up")
    html = group_html(group(HOSTILE, f"{HOSTILE} 18", problem=problem), 2)
    assert "<img" not in html
    assert "&lt;img" in html
    assert "<img" not in group_html(group(f"{HOSTILE};{RIGHT}"), 1)


def test_stepping_judges_one_chain_more_until_none_is_left():
    view = rejection_stepper([group(RIGHT, WRONG), group(WRONG)])
    assert view.shown == 0
    view.step.click()
    assert "1 more chain not judged yet" in view.view.value
    view.all.click()
    assert view.shown == 2
    assert view.step.disabled
    view.following.click()
    assert (view.problem.value, view.shown) == (1, 0)
    view.following.click()
    assert view.problem.value == 0
    view.which.value = UNSOLVED
    assert (view.problem.value, len(view.problem.options)) == (1, 1)


def test_only_lists_that_hold_something_are_offered():
    assert LUCKY not in rejection_stepper([group(RIGHT)]).which.options
    assert LUCKY in rejection_stepper([group(BAD_STEP)]).which.options


@pytest.mark.parametrize("nothing", [[], [[]]])
def test_no_chains_are_an_error(nothing):
    with pytest.raises(SrmLabError, match="stepper needs"):
        rejection_stepper(nothing)
