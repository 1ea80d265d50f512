"""The controller of the live comparison, driven without ipywidgets by scripted models."""

from __future__ import annotations

import threading
import time

import pytest

import srm_lab as srm
from srm_lab.errors import SrmLabError
from srm_lab.methods.method import METHODS
from srm_lab.records import Problem
from srm_lab.widgets.controller import Controller
from srm_lab.widgets.request import Request, own_problem


@pytest.fixture(autouse=True)
def own_methods_are_forgotten():
    known = dict(METHODS)
    yield
    METHODS.clear()
    METHODS.update(known)


def request(model, problems, *names, **changes):
    methods = tuple(srm.methods.get(name) for name in names or ("direct", "self_consistency"))
    examples = {"examples": problems}
    overrides = {"few_shot_cot": examples, "self_consistency": examples}
    return Request(model, methods, tuple(problems), overrides=overrides, **changes)


def ran(controller, asked):
    controller.run(asked)
    assert controller.wait(10)
    return controller.snapshot()


class Endless:
    """Writes a token each time it is asked whether to stop, for ever."""

    name, quantization = "endless", None

    def __init__(self, fake_model):
        self._fake = fake_model(["1"])

    def sample(self, prompt, n=1, *, on_token=None, cancel=None, **settings):
        while not cancel.wait(0.001):
            on_token(0, "so ")
        return self._fake.sample(prompt, n, cancel=cancel)


def test_a_text_that_a_method_joined_from_pieces_is_shown_whole_and_pieces_are_no_chains(fake_model, problems):
    @srm.method
    def joined(problem, lm):
        pieces = lm.sample(problem.question, n=2)
        return srm.records.Solution(None, "".join(piece.text for piece in pieces), tuple(pieces))

    @srm.method
    def second(problem, lm):
        pieces = lm.sample(problem.question, n=2)
        return srm.records.Solution(None, pieces[1].text, tuple(pieces))

    model = fake_model(["The answer", " is 2."])
    (whole,) = ran(Controller(), request(model, problems[:1], "joined")).columns
    assert [chain.text for chain in whole.chains] == ["The answer is 2."]
    assert whole.chains[0].verdict.correct is True
    assert not whole.several
    (chosen,) = ran(Controller(), request(model, problems[:1], "second")).columns
    assert len(chosen.chains) == 2


def test_methods_write_side_by_side_and_are_graded_chain_by_chain(fake_model, problems):
    model = fake_model(["It is 2 . The answer is 2.", "The answer is 5.", "The answer is 2."])
    shot = ran(Controller(), request(model, problems[:1], chains=3))
    single, vote = shot.columns
    assert shot.state == "done"
    assert single.state == vote.state == "done"
    assert single.verdict.correct is True
    assert len(single.chains) == 1
    assert dict(vote.counts) == {"2": 2, "5": 1}
    assert vote.answer == "2"
    assert [chain.verdict.correct for chain in vote.chains] == [True, False, True]
    text, (start, end) = vote.chains[1].text, vote.chains[1].span
    assert text[start:end] == "5"
    assert vote.tokens == sum(chain.tokens for chain in vote.chains)


def test_a_wrong_reference_makes_the_same_chains_wrong(fake_model):
    problem = Problem("p", "1 + 1?", "3", "sums", {"steps": 1})
    shot = ran(Controller(), request(fake_model(["The answer is 2."]), [problem], "direct"))
    assert shot.columns[0].verdict.correct is False


def test_an_unfinished_chain_is_neither_right_nor_wrong_and_counts_as_not_right(fake_model, problems):
    shot = ran(Controller(), request(fake_model(["The answer is 2 because ..."]), problems[:1], "direct"))
    assert shot.columns[0].verdict.correct is None
    assert (shot.tally[0].accuracy.k, shot.tally[0].accuracy.n, shot.tally[0].unfinished) == (0, 1, 1)


def test_a_question_without_a_reference_is_shown_marked_and_never_counted(fake_model, problems):
    own = own_problem("What is 1 + 1?")
    shot = ran(Controller(), request(fake_model(["It is 2."]), [own], "direct", "few_shot_cot"))
    assert [column.state for column in shot.columns] == ["done", "done"]
    assert shot.columns[0].verdict is None
    assert shot.columns[0].chains[0].span == (6, 7)
    assert shot.tally == ()


def test_ones_own_question_borrows_worked_examples(fake_model):
    model = fake_model(["The answer is 2."])
    method = srm.methods.get("few_shot_cot")
    shot = ran(Controller(), Request(model, (method,), (own_problem("What is 1 + 1?", "2"),)))
    assert shot.columns[0].verdict.correct is True
    assert str(model.asked[0][0]).count("Question:") == 5


@pytest.mark.parametrize(("question", "reference"), [("  ", "2"), ("1 + 1?", "two apples or so")])
def test_an_own_question_that_cannot_be_asked_or_graded_is_refused(question, reference):
    with pytest.raises(SrmLabError):
        own_problem(question, reference)


def test_stop_ends_every_chain_at_its_next_token_and_counts_nothing(fake_model, problems):
    controller = Controller()
    controller.run(request(Endless(fake_model), problems[:1], "direct", "zero_shot_cot"))
    while controller.snapshot().tokens < 5:
        time.sleep(0.001)
    began = time.perf_counter()
    controller.stop()
    assert controller.wait(5)
    assert time.perf_counter() - began < 0.5
    shot = controller.snapshot()
    assert shot.state == "stopped"
    assert {column.state for column in shot.columns} == {"stopped"}
    assert shot.tally == ()


def test_a_new_run_need_not_wait_for_a_method_that_ignores_stop(fake_model, problems):
    release = threading.Event()

    @srm.method
    def deaf(problem, lm):
        release.wait(10)
        return srm.methods.direct(problem, lm)

    controller = Controller()
    controller.run(request(fake_model(["2"]), problems[:1], "deaf"))
    controller.stop()
    assert controller.busy
    assert controller.stopping
    controller.run(request(fake_model(["The answer is 2."]), problems[:1], "direct"))
    assert controller.wait(5), "the deaf method must not hold up the next run"
    assert [column.title for column in controller.snapshot().columns] == ["Direct answer"]
    release.set()
    time.sleep(0.05)
    assert len(controller.snapshot().tally) == 1, "what a stopped run reports later is not counted"


def test_starting_in_one_widget_stops_the_run_of_another(fake_model, problems):
    first, second = Controller(), Controller()
    first.run(request(Endless(fake_model), problems[:1], "direct"))
    ran(second, request(fake_model(["The answer is 2."]), problems[:1], "direct"))
    assert first.wait(5)
    assert first.snapshot().state == "stopped"


def test_an_exception_in_one_method_is_shown_in_its_column_and_the_others_go_on(fake_model, problems):
    @srm.method
    def broken(problem, lm):
        raise ValueError("no such luck")

    @srm.method
    def advised(problem, lm):
        raise SrmLabError("What.", "Why.", "Fix.")

    shot = ran(Controller(), request(fake_model(["The answer is 2."]), problems[:1], "broken", "direct", "advised"))
    assert [column.state for column in shot.columns] == ["failed", "done", "failed"]
    assert "ValueError: no such luck" in shot.columns[0].failure.what
    assert "test_widget_controller" in shot.columns[0].failure.details
    assert (shot.columns[2].failure.fix, shot.columns[2].failure.details) == ("Fix.", "")
    assert [(row.title, row.failed) for row in shot.tally] == [("broken", 1), ("Direct answer", 0), ("advised", 1)]


def test_a_model_that_cannot_be_loaded_ends_the_run_with_its_message(problems):
    def load(name, quantization):
        raise SrmLabError(f"No {name} in {quantization}.")

    shot = ran(Controller(load), request("big", problems[:1], quantization="nf4"))
    assert shot.state == "failed"
    assert shot.failure.what == "No big in nf4."
    assert {column.state for column in shot.columns} == {"waiting"}


def test_a_model_is_loaded_once_for_several_runs_and_again_for_other_weights(fake_model, problems):
    loads = []

    def load(name, quantization):
        loads.append((name, quantization))
        return fake_model(["The answer is 2."])

    controller = Controller(load)
    for quantization in (None, None, "int8"):
        ran(controller, request("small", problems[:1], "direct", quantization=quantization))
    assert loads == [("small", None), ("small", "int8")]
    assert [row.model for row in controller.snapshot().tally] == ["small", "small, int8"]


def test_a_batch_counts_each_problem_once_however_often_it_runs(fake_model, problems):
    controller = Controller()
    asked = request(fake_model(["The answer is 3."]), problems, "direct", lanes=3)
    ran(controller, asked)
    shot = ran(controller, asked)
    assert (shot.total, shot.finished, shot.position) == (4, 4, 3)
    assert (shot.tally[0].accuracy.k, shot.tally[0].accuracy.n) == (1, 4)
    controller.reset()
    assert controller.snapshot().tally == ()


def test_after_stop_the_first_problem_that_is_not_through_is_shown(fake_model, problems):
    release = threading.Event()

    def says(prompt, index, seed):
        if "What is 0" not in str(prompt):
            release.wait(10)
        return "The answer is 2."

    controller = Controller()
    controller.run(request(fake_model(says), problems, "direct", lanes=2))
    while controller.snapshot().finished < 1:
        time.sleep(0.001)
    controller.stop()
    release.set()
    assert controller.wait(5)
    shot = controller.snapshot()
    assert (shot.state, shot.position, shot.finished) == ("stopped", 1, 1)
    assert shot.columns[0].state in ("stopped", "waiting")


def test_single_chains_are_greedy_unless_the_reader_says_otherwise(fake_model, problems):
    model = fake_model(["2"])
    controller = Controller()
    ran(controller, request(model, problems[:1], temperature=0.9))
    ran(controller, request(model, problems[:1], temperature=0.9, greedy_single=False))
    heats = [(settings["n"], settings["temperature"]) for _, settings in model.asked]
    assert sorted(heats[:2]) == [(1, 0.0), (5, 0.9)]
    assert sorted(heats[2:]) == [(1, 0.9), (5, 0.9)]


def test_every_token_reports_a_change_without_drawing_anything(fake_model, problems):
    changes = []
    controller = Controller(on_change=lambda: changes.append(1))
    ran(controller, request(fake_model(["a b c d e f"]), problems[:1], "direct"))
    assert len(changes) >= 6
