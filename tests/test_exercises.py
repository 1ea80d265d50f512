"""Checks pass what is right, fail the placebo, and tell an empty hole from a wrong answer."""

import html
import pkgutil

import numpy as np
import pytest

from srm_lab import exercise_keys, exercises
from srm_lab.errors import SrmLabError
from srm_lab.exercises import calls, check, close, exercise


def right_majority(answers):
    return max(filter(None, answers), key=answers.count)


def placebo_majority(answers):
    return max(answers, key=answers.count)


@pytest.fixture(autouse=True)
def fixture_exercises(monkeypatch):
    """Two exercises of a notebook 99: one wants a number, one a function."""
    monkeypatch.setattr(exercises, "_registry", dict(exercises._registry))
    monkeypatch.setattr(exercises, "_wrong_tries", {})
    monkeypatch.delenv("SRM_LAB_CHECKS", raising=False)

    @exercise("99.1", hints=("first <hint>", "second hint"), target="about 0.25", placebo=0.5, solution=0.25)
    def share(answer):
        "The share of chains that vote for 18."
        return close(answer, 0.25, 0.01)

    @exercise(
        "99.2",
        hints=("Who abstains?", "Leave out None."),
        target="18, although two chains have no answer",
        placebo=placebo_majority,
        solution=right_majority,
    )
    def majority(answer):
        "The answer that most chains agree on."
        return calls(answer, [((["18", "18", "7"],), "18"), ((["18", None, None],), "18")])


COURSE = [key for module in pkgutil.iter_modules(exercise_keys.__path__) for key in exercises.keys(module.name[2:])]


@pytest.mark.parametrize("key", ["99.1", "99.2", *COURSE])
def test_every_solution_passes_every_placebo_fails_and_every_empty_hole_is_named(key):
    each = exercises.find(key)
    assert exercises.judge(each, each.solution).state == "right"
    assert exercises.judge(each, each.placebo).state == "wrong"
    assert exercises.judge(each, ...).state == "empty"
    assert each.task
    assert each.target
    assert len(each.hints) == 2


@pytest.mark.parametrize("hole", [None, ..., NotImplemented, [1, ...], {"a": ...}, (1, [2, ...])])
def test_a_value_with_a_hole_is_still_empty(hole):
    result = check("99.1", hole)
    assert not result
    assert result.state == "empty"
    assert "The share of chains" in repr(result)


def hole_dots(answers): ...


def hole_raises(answers):
    raise NotImplementedError


def hole_returns_dots(answers):
    return ...


@pytest.mark.parametrize("hole", [hole_dots, hole_raises, hole_returns_dots])
def test_an_unwritten_function_is_still_empty(hole):
    assert check("99.2", hole).state == "empty"


def test_a_none_inside_a_list_is_an_answer():
    assert check("99.1", [None, 1]).state == "wrong"


def test_a_function_that_sometimes_gives_none_is_wrong_and_not_empty():
    assert check("99.2", lambda answers: answers[0] if None not in answers else None).state == "wrong"


def test_an_empty_hole_uses_up_no_hint():
    check("99.1", None)
    check("99.1", None)
    assert repr(check("99.1", 0.5)).count("Hint") == 1


def test_the_second_wrong_try_gets_the_second_hint_and_the_third_no_more():
    first, second, third = (repr(check("99.1", 0.5)) for _ in range(3))
    assert "first <hint>" in first
    assert "second hint" not in first
    assert "second hint" in second
    assert second == third


def test_a_right_answer_is_truthy_and_shows_the_target():
    result = check("99.1", 0.251)
    assert result
    assert "about 0.25" in repr(result)
    assert "Hint" not in repr(result)


def test_a_wrong_function_is_told_the_first_call_that_fails():
    text = repr(check("99.2", placebo_majority))
    assert "['18', None, None]" in text
    assert "gives None; expected is '18'" in text


def test_what_a_learners_function_raises_is_shown_with_its_line_and_kept():
    def broken(answers):
        return answers["<key>"]

    result = check("99.2", broken)
    assert result.state == "error"
    assert isinstance(result.error, TypeError)
    assert "TypeError: list indices" in repr(result)
    assert 'return answers["<key>"]' in repr(result)
    assert "Hint: Who abstains?" in repr(result)


def test_a_library_that_is_not_implemented_is_an_error_and_no_empty_hole():
    import torch

    def uses_library(answers):
        return torch.nn.Module()(answers)

    assert check("99.2", uses_library).state == "error"


def test_an_answer_of_the_wrong_type_is_a_wrong_answer_and_no_crash():
    assert "A number is asked for, and this is a str" in repr(check("99.1", "abc"))
    assert "A function is asked for, and this is a int" in repr(check("99.2", 18))
    assert check("99.1", float("nan")).state == "wrong"


def test_a_keyboard_interrupt_in_a_learners_function_goes_through():
    def endless(answers):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("99.2", endless)


def test_html_of_a_check_is_escaped():
    def raises(answers):
        raise ValueError("<script>alert(1)</script>")

    shown = check("99.2", raises)._repr_html_()
    assert "<script>" not in shown
    assert html.escape("<script>") in shown


def test_an_unknown_exercise_is_named_with_the_nearest():
    with pytest.raises(SrmLabError, match=r"(?s)no exercise called '99\.3'.*99\.1"):
        check("99.3", 1)


@pytest.mark.parametrize(("wanted", "answer"), [("pass", 0.5), ("pass", None), ("fail", 0.25)])
def test_the_run_of_the_course_fails_where_a_check_goes_the_wrong_way(monkeypatch, wanted, answer):
    monkeypatch.setenv("SRM_LAB_CHECKS", wanted)
    with pytest.raises(SrmLabError, match=rf"check 99\.1 should {wanted}"):
        check("99.1", answer)


@pytest.mark.parametrize(("wanted", "answer"), [("pass", 0.25), ("fail", 0.5), ("fail", None)])
def test_the_run_of_the_course_goes_on_where_a_check_goes_the_right_way(monkeypatch, wanted, answer):
    monkeypatch.setenv("SRM_LAB_CHECKS", wanted)
    assert bool(check("99.1", answer)) == (wanted == "pass")


def test_close_accepts_numpy_and_says_which_side_is_missed():
    assert close(np.float32(0.25), 0.25, 0.01) is True
    assert "too high" in close(0.4, 0.25, 0.01)
    assert "too low" in close(-0.4, 0.25, 0.01)


def test_calls_compares_numbers_with_a_tolerance_only_where_one_is_given():
    third = [((1,), 1 / 3)]
    assert calls(lambda x: 0.333, third, tolerance=0.001) is True
    assert calls(lambda x: 0.333, third) is not True


def test_long_values_are_cut_in_what_is_shown():
    assert len(calls(lambda text: text, [(("a" * 5000,), "b")])) < 400
