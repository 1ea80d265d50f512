"""The training curve's widget without a browser: it follows a run, rarely enough, to its last step."""

from __future__ import annotations

import pytest

from srm_lab.errors import SrmLabError
from srm_lab.widgets.training_curve import NOTE, SECONDS, TrainingCurve, status_html, training_curve


def line(step):
    return {"step": step, "tokens": 10 * step, "loss": 1 / step, "seconds": 0.1 * step}


@pytest.fixture
def clock():
    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    return Clock()


def test_it_repaints_at_most_a_few_times_a_second_and_at_the_end(clock):
    box = TrainingCurve(["traces", "answers"], "Training", clock)
    with box.follow("answers") as on_step:
        on_step(line(1))
        on_step(line(2))
        assert list(box.figure.data[1].x) == [10], "the second step came too soon to be painted"
        clock.now += SECONDS
        on_step(line(3))
        assert list(box.figure.data[1].x) == [10, 20, 30]
        on_step(line(4))
    assert list(box.figure.data[1].x) == [10, 20, 30, 40]
    assert not box.figure.data[0].x
    assert "step 4" in box.status.value


def test_a_run_that_fails_leaves_its_curve_and_its_error(clock):
    box = TrainingCurve(["traces"], "Training", clock)

    def run(on_step):
        on_step(line(1))
        on_step(line(2))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), box.follow("traces") as on_step:
        run(on_step)
    assert list(box.figure.data[0].x) == [10, 20]


def test_the_same_run_once_more_begins_a_new_curve(clock):
    box = TrainingCurve(["traces"], "Training", clock)
    for steps in (3, 1):
        with box.follow("traces") as on_step:
            for step in range(1, steps + 1):
                on_step(line(step))
    assert list(box.figure.data[0].x) == [10]


def test_before_anything_was_trained_it_says_so_and_names_are_escaped():
    assert NOTE in training_curve(["traces"]).status.value
    assert "<img" not in status_html({"<img src=x>": [line(1)]})


@pytest.mark.parametrize("names", [[], ["a", "a"]])
def test_names_are_needed_each_once(names):
    with pytest.raises(SrmLabError, match="names, each once"):
        training_curve(names)


def test_an_unknown_run_is_refused():
    with pytest.raises(SrmLabError, match="no curve 'drafts'"), training_curve(["traces"]).follow("drafts"):
        pass
