"""Chains that are drawn to learn from, and problems that are held out."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import Scripted, completion

from srm_lab.errors import SrmLabError
from srm_lab.records import Problem
from srm_lab.tasks import load_problems
from srm_lab.tasks.worked import worked
from srm_lab.training.chains import (
    check_apart,
    content,
    different,
    draw_chains,
    hold_out,
    in_turns,
    judge,
    template,
)

TRAIN = load_problems("arithmetic", 6, split="train", operations=2)


def problem(question: str, answer: str = "1") -> Problem:
    return Problem(question, question, answer, "sums")


def test_chains_stand_in_the_problems_order_with_their_verdicts(fake_model):
    answers = {p.question: p.answer for p in TRAIN}
    lm = fake_model(lambda prompt, index, seed: f"####{answers[prompt] if index else 'none'}")
    drawn = draw_chains(lm, TRAIN, n=2)
    assert [group[0].problem for group in drawn] == TRAIN
    assert [[chain.right for chain in group] for group in drawn] == [[False, True]] * len(TRAIN)


def test_a_chain_that_was_cut_off_is_not_right(fake_model):
    ((chain,),) = draw_chains(fake_model([f"####{TRAIN[0].answer} ..."]), TRAIN[:1])
    assert chain.verdict.correct is None
    assert not chain.right


def test_a_tiny_model_is_asked_the_way_it_was_trained_unless_told_otherwise():
    lm = Scripted(lambda prompt, index, seed: "####1")
    draw_chains(lm, TRAIN[:1])
    draw_chains(lm, TRAIN[:1], prompt_of=template("Q {question} A {answer}"), temperature=0.3)
    assert lm.asked[0][0] == TRAIN[0].question
    assert lm.asked[1] == (f"Q {TRAIN[0].question} A {TRAIN[0].answer}", {"temperature": 0.3})


def test_chains_that_were_cancelled_are_left_out():
    cancel = threading.Event()
    lm = Scripted(lambda prompt, index, seed: cancel.set() or "####1")
    assert draw_chains(lm, TRAIN, cancel=cancel, workers=1)[1:] == [[]] * (len(TRAIN) - 1)


def test_a_failure_is_raised_and_never_a_hole_in_the_data():
    def fails(prompt, index, seed):
        raise SrmLabError("broken")

    lm = Scripted(fails)
    with pytest.raises(SrmLabError, match="broken"):
        draw_chains(lm, TRAIN, workers=1)


def test_nothing_is_drawn_for_test_problems_or_for_none(fake_model):
    with pytest.raises(SrmLabError, match="test split"):
        draw_chains(fake_model(["1"]), load_problems("arithmetic", 1, split="test"))
    with pytest.raises(SrmLabError, match="no problems"):
        draw_chains(fake_model(["1"]), [])


def test_a_task_with_its_own_rules_judges_by_them():
    one = load_problems("countdown", 1, split="train")[0]
    assert one.kind == "task"
    assert judge(one, completion(worked(one))).correct is True
    assert judge(one, completion("####1")).correct is False
    assert judge(one, completion(worked(one), "length")).correct is None


def test_equal_texts_of_one_problem_count_once_and_of_two_problems_twice(fake_model):
    lm = fake_model(["a", "b", "a"])
    chains = [chain for group in draw_chains(lm, [problem("1?"), problem("2?")], n=3) for chain in group]
    assert [(c.problem.id, c.text) for c in different(chains)] == [("1?", "a"), ("1?", "b"), ("2?", "a"), ("2?", "b")]


@given(st.lists(st.lists(st.integers(), max_size=4), max_size=5))
def test_in_turns_keeps_all_and_takes_one_of_each_group_before_a_second(groups):
    tagged = [[(turn, at, item) for turn, item in enumerate(group)] for at, group in enumerate(groups)]
    taken = in_turns(tagged)
    assert taken == sorted(item for group in tagged for item in group)


@given(st.lists(st.text("12+?", min_size=1, max_size=4), min_size=2, max_size=20), st.floats(0.05, 0.95), st.integers())
def test_no_content_is_on_both_sides_and_no_problem_is_lost(questions, share, seed):
    problems = [problem(question) for question in questions]
    if len({content(p) for p in problems}) < 2:
        return
    try:
        train, held = hold_out(problems, share, seed)
    except SrmLabError:
        return  # so large a share that nothing was left to learn from
    assert not {content(p) for p in train} & {content(p) for p in held}
    assert sorted(p.id for p in (*train, *held)) == sorted(p.id for p in problems)
    check_apart(train, held)


def test_the_same_numbers_in_another_order_are_the_same_content():
    assert content(problem("7+12?")) == content(problem("12-7?")) != content(problem("7+13?"))
    with pytest.raises(SrmLabError, match="same words and numbers"):
        check_apart([problem("7+12?")], [problem("12-7?")])


def test_one_content_cannot_be_split():
    with pytest.raises(SrmLabError, match="can't be split"):
        hold_out([problem("7+12?"), problem("12+7?")])
