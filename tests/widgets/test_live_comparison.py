"""The live comparison as a widget without a kernel: inputs become requests, snapshots become HTML."""

from __future__ import annotations

import itertools
import threading
import time

import pytest

import srm_lab as srm
from srm_lab.errors import SrmLabError
from srm_lab.widgets.comparison import NOTE, live_comparison
from srm_lab.widgets.painter import Painter


@pytest.fixture
def box(fake_model, problems):
    model = fake_model(["First 1 + 1. The answer is 2."])
    names, examples = ["direct", "few_shot_cot", "self_consistency"], {"examples": problems}
    settings = dict.fromkeys(names[1:], examples)
    widget = live_comparison([model], names, problems, batch=3, settings=settings)
    yield widget
    widget.close()


def settled(box):
    assert box.controller.wait(10)
    end = time.monotonic() + 5
    while box.controls.run.disabled and time.monotonic() < end:
        time.sleep(0.01)
    return "".join(cell.value for cell in box._columns.children)


def test_showing_the_widget_starts_and_loads_nothing(box, fake_model, problems):
    assert box.controller.snapshot().state == "idle"
    assert not box.controller.busy
    assert NOTE in box._status.value
    waiting = [cell.value for cell in box._columns.children]
    assert len(waiting) == 3
    assert all("Waiting for Run" in html for html in waiting)
    live_comparison(["no-such-model"], ["direct"], problems)  # a name is looked up when Run is pressed


def test_viewers_without_widgets_get_a_note(box):
    bundle = box._repr_mimebundle_()
    assert NOTE in bundle["text/html"]
    assert NOTE in bundle["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_run_shows_marked_answers_verdicts_and_a_tally(box):
    box.controls.run.click()
    html = settled(box)
    assert html.count("<mark") == 1 + 1 + 5
    assert "✓ right" in html
    assert "5 of 5" in html
    assert box._tally.value.count("<b>1</b> of 1") == 3
    assert "Done." in box._status.value


def test_the_chosen_methods_chains_and_temperature_are_what_runs(box):
    box.controls.chosen[0].value = False
    box.controls.chains.value = 2
    box.controls.temperature.value = 0.3
    assert len(box._columns.children) == 2
    assert "2 chains, temperature 0.3" in box._columns.children[1].value
    box.controls.run.click()
    settled(box)
    asked = {settings["n"]: settings["temperature"] for _, settings in box._models[0].asked}
    assert asked == {1: 0.0, 2: 0.3}


def test_another_problem_clears_the_columns_but_not_the_tally(box):
    box.controls.run.click()
    settled(box)
    box.controls.following.click()
    assert box.controls.problem.value == 1
    assert all("Waiting for Run" in cell.value for cell in box._columns.children)
    assert "What is 1 + 2?" in box._question.value
    assert "of 1" in box._tally.value
    box.controls.previous.click()
    box.controls.previous.click()
    assert box.controls.problem.value == 3, "before the first problem comes the last"


def test_a_batch_runs_the_next_problems_and_the_second_goes_on_where_it_ended(box):
    box.controls.batch.click()
    settled(box)
    assert box.controls.problem.value == 2
    assert "of 3" in box._tally.value
    box.controls.batch.click()
    settled(box)
    assert "of 4" in box._tally.value, "the list begins anew after its last problem"


def test_ones_own_question_is_asked_and_without_reference_not_graded(box):
    box.controls.source.value = box.controls.source.options[1]
    box.controls.run.click()
    assert "There is no question yet" in box._status.value
    assert not box.controller.busy
    box.controls.question.value = "What is <b>1</b> + 1?"
    box.controls.run.click()
    html = settled(box)
    assert "○ not graded" in html
    assert "&lt;b&gt;1&lt;/b&gt;" in box._question.value
    assert "empty" in box._tally.value


def test_no_method_is_a_message_and_not_an_error(box):
    for choice in box.controls.chosen:
        choice.value = False
    box.controls.run.click()
    assert "No method is chosen" in box._status.value
    assert not box.controller.busy


def test_another_seed_is_another_number(box):
    box.controls.reseed.click()
    assert box.controls.seed.value == 1


def test_closing_the_widget_stops_what_runs(problems):
    class Endless:
        name, quantization = "endless", None

        def sample(self, prompt, n=1, *, cancel, **settings):
            cancel.wait(10)
            return []

    box = live_comparison([Endless()], ["direct"], problems)
    box.controls.run.click()
    box.close()
    assert box.controller.wait(5)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"models": []}, "needs models"),
        ({"models": "smollm2-135m"}, "needs models"),
        ({"methods": ["dirct"]}, "direct"),
        ({"methods": [print]}, "not a method"),
        ({"problems": []}, "needs problems"),
        ({"settings": {"direct": {"shots": 2}}}, "no setting 'shots'"),
    ],
)
def test_wrong_arguments_are_named_when_the_widget_is_made(wrong, words):
    with pytest.raises(SrmLabError, match=words):
        srm.widgets.live_comparison(**wrong)


def test_a_flood_of_tokens_is_painted_at_the_interval_and_never_at_once():
    painted, busy = [], threading.Event()
    busy.set()
    painter = Painter(lambda: painted.append(time.monotonic()), busy.is_set, interval=0.03)
    painter.start()
    painter.start()
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        painter.poke()
        time.sleep(0.0005)
    busy.clear()
    painter.poke()
    time.sleep(0.1)
    assert 4 <= len(painted) <= 14
    assert min(later - earlier for earlier, later in itertools.pairwise(painted)) >= 0.025


def test_importing_a_widgets_module_leaves_the_public_functions_in_place():
    import importlib

    for name in srm.widgets.__all__:
        importlib.import_module(f"srm_lab.widgets.{name}" if name == "grader_lab" else "srm_lab.widgets.comparison")
        assert callable(getattr(srm.widgets, name))
