"""evaluate, compare and runs, on a model that says what it is told."""

from __future__ import annotations

import threading

import pytest

import srm_lab as srm
from srm_lab.methods import METHODS, method
from srm_lab.methods.chain import solution_of


@pytest.fixture(autouse=True)
def forget_own_methods():
    known = dict(METHODS)
    yield
    METHODS.clear()
    METHODS.update(known)


@pytest.fixture
def ask():
    @method
    def ask(problem, lm, *, n=1):
        return solution_of(problem, lm.sample(problem.question, n=n)[0])

    return ask


def right(prompt, index, seed):
    return f"The answer is {int(prompt.split()[2]) + 2}."


def test_accuracy_counts_the_right_answers(fake_model, problems, ask):
    says = lambda prompt, index, seed: "The answer is 3." if seed == 0 else "no idea"  # noqa: E731
    run = srm.evaluate(fake_model(says), ask, problems, progress=False)
    assert (run.accuracy.k, run.accuracy.n) == (1, 4)
    assert [r.problem.id for r in run.records] == ["p0", "p1", "p2", "p3"]
    assert srm.evaluate(fake_model(says), ask, problems, seed=1, progress=False).accuracy.k == 0


def test_an_unfinished_chain_is_neither_right_nor_wrong(fake_model, problems, ask):
    run = srm.evaluate(fake_model(["The answer is 3. But wait..."]), ask, problems[:2], progress=False)
    assert [r.verdict.correct for r in run.records] == [None, None]
    assert (run.unfinished, run.accuracy.k, run.accuracy.n) == (2, 0, 2)


def test_one_failing_problem_is_a_record_and_the_others_go_on(fake_model, problems, ask):
    def says(prompt, index, seed):
        if "1 + 2" in prompt:
            raise RuntimeError("the wire broke")
        return right(prompt, index, seed)

    run = srm.evaluate(fake_model(says), ask, problems, progress=False)
    assert (run.accuracy.k, run.accuracy.n, run.failed) == (3, 3, 1)
    assert run.records[1].error == "RuntimeError: the wire broke"
    assert "1 failed" in str(run)


def test_a_method_that_fails_everywhere_is_an_error_that_says_why(fake_model, problems):
    @method
    def broken(problem, lm):
        raise NameError("no such thing")

    with pytest.raises(srm.SrmLabError, match="NameError: no such thing"):
        srm.evaluate(fake_model(["x"]), broken, problems, progress=False)


def test_usage_is_what_the_model_counted_not_what_the_method_says(fake_model, problems):
    @method
    def forgetful(problem, lm):
        lm.sample("one two", n=3)  # wasted, and never mentioned again
        return srm.Solution(answer="2", text="The answer is 2.")

    run = srm.evaluate(fake_model(["a b c d"]), forgetful, problems[:1], progress=False)
    assert run.usage == srm.Usage(15, 5, 12, 3)
    assert len(run.records[0].solution.completions) == 3


def test_settings_a_method_does_not_have_are_refused_before_any_sampling(fake_model, problems, ask):
    lm = fake_model(["x"])
    with pytest.raises(srm.SrmLabError, match="no setting 'chains'"):
        srm.evaluate(lm, ask, problems, chains=3)
    assert lm.asked == []


def test_a_plain_function_is_not_a_method(fake_model, problems):
    with pytest.raises(srm.SrmLabError, match=r"Write @srm\.method"):
        srm.evaluate(fake_model(["x"]), lambda problem, lm: None, problems)


def test_an_unknown_method_name_gets_the_nearest_ones(fake_model, problems):
    with pytest.raises(srm.SrmLabError, match="self_consistency"):
        srm.evaluate(fake_model(["x"]), "selfconsistency", problems)


def test_no_problems_is_an_error(fake_model, ask):
    with pytest.raises(srm.SrmLabError, match="no problems"):
        srm.evaluate(fake_model(["x"]), ask, [])


def test_cancel_keeps_what_is_finished_and_drops_what_is_not(fake_model, problems, ask):
    cancel = threading.Event()

    def says(prompt, index, seed):
        if "2 + 2" in prompt:
            cancel.set()
        return right(prompt, index, seed)

    run = srm.evaluate(fake_model(says), ask, problems, workers=1, cancel=cancel, progress=False)
    assert [r.problem.id for r in run.records] == ["p0", "p1"]


def test_an_interrupt_hands_over_the_finished_part(fake_model, problems, ask):
    def stop_after_two(record, seen=[]):  # noqa: B006 - counts across calls
        seen.append(record)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(srm.Interrupted) as stop:
        srm.evaluate(fake_model(right), ask, problems, workers=1, progress=False, on_record=stop_after_two)
    assert len(stop.value.run.records) == 2
    assert stop.value.run.accuracy.k == 2


def test_a_saved_run_is_read_back_equal(fake_model, problems, ask, tmp_path):
    run = srm.evaluate(fake_model(right), ask, problems, progress=False, n=2)
    again = srm.Run.load(run.save(tmp_path / "deep" / "run.json"))
    assert again == run
    assert {"torch", "transformers", "python"} <= set(again.versions)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 99}', '{"format": 1, "model": "x"}'])
def test_a_damaged_run_file_is_a_clear_error(text, tmp_path):
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(srm.SrmLabError, match=r"run\.json"):
        srm.Run.load(path)


def test_table_has_a_row_a_record_with_question_answer_and_cost(fake_model, problems, ask):
    table = srm.evaluate(fake_model(right), ask, problems, progress=False).table()
    assert list(table["answer"]) == ["2", "3", "4", "5"]
    assert table["tokens"].tolist() == [4, 4, 4, 4]


def test_compare_is_paired_and_signed(fake_model, problems, ask):
    worse = srm.evaluate(fake_model(["The answer is 3."]), ask, problems, progress=False)
    better = srm.evaluate(fake_model(right), ask, problems, progress=False)
    comparison = srm.compare(worse, better)
    assert (comparison.difference, comparison.only_a, comparison.only_b, comparison.n) == (0.75, 0, 3, 4)
    assert comparison.low <= comparison.difference <= comparison.high
    assert srm.compare(better, worse).difference == -0.75


def test_runs_over_different_problems_cannot_be_compared(fake_model, problems, ask):
    a = srm.evaluate(fake_model(right), ask, problems[:2], progress=False)
    b = srm.evaluate(fake_model(right), ask, problems[1:], progress=False)
    with pytest.raises(srm.SrmLabError, match="not over the same problems"):
        srm.compare(a, b)
