"""A stored model draws only what is missing, and says what the model would have said."""

from __future__ import annotations

import dataclasses
import inspect
import math
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_program import problems, said

import srm_lab as srm
from srm_lab import store
from srm_lab.models.local import LocalModel
from srm_lab.models.recording import DEFAULTS


@pytest.fixture
def ask():
    def ask(problem, lm, *, n=1):
        return srm.vote(lm.sample(problem.question, n=n))

    known = dict(srm.methods.METHODS)
    yield srm.method(ask)
    srm.methods.METHODS.clear()
    srm.methods.METHODS.update(known)


@pytest.mark.parametrize("tells", [True, False])
def test_a_larger_n_draws_only_the_new_samples(counting_model, tells):
    lm = counting_model(tells=tells)
    view = store.stored(lm)
    first = view.sample("Why?", n=3)
    again = view.sample("Why?", n=5)
    assert sorted(index for _, _, index in lm.drawn) == [0, 1, 2, 3, 4]  # the model draws in any order
    assert again[:3] == first
    assert again == [said("Why?", 0, index) for index in range(5)]
    assert view.reused == 3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=8), min_size=1, max_size=6), st.booleans())
def test_whatever_is_asked_each_sample_is_drawn_once_and_right(asked, tells):
    from store_program import CountingModel

    with tempfile.TemporaryDirectory() as folder:
        lm = CountingModel(tells=tells)
        for indices in asked:  # each time as a new process would: with a view of its own
            view = store.stored(lm, Path(folder) / "s.sqlite")
            assert view.sample("x", indices=indices) == [said("x", 0, index) for index in indices]
            view.close()
        assert sorted(index for _, _, index in lm.drawn) == sorted({index for each in asked for index in each})


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"temperature": 0.8}, {"max_new_tokens": 7}, {"stop": ("x",)}, {"banned_token_ids": [3]},
     {"thinking": True}],
)  # fmt: skip
def test_other_settings_are_other_samples(counting_model, other):
    lm = counting_model()
    view = store.stored(lm)
    view.sample("Why?")
    view.sample("Why?", **other)
    assert len(lm.drawn) == 2


@pytest.mark.parametrize("same", [{"keep": True}, {"banned_token_ids": ()}])
def test_what_changes_no_sample_is_the_same_request(counting_model, same):
    lm = counting_model()
    view = store.stored(lm)
    view.sample("Why?")
    view.sample("Why?", **same)
    assert len(lm.drawn) == 1


def test_another_prompt_and_other_weights_are_other_samples(counting_model):
    lm = counting_model()
    view = store.stored(lm)
    view.sample("Why?")
    view.sample("Why? ")
    view.sample([{"role": "user", "content": "Why?"}])
    lm.fingerprint = "changed in place"
    view.sample("Why?")
    assert len(lm.drawn) == 4


def test_defaults_given_or_left_out_are_the_same_request(counting_model):
    lm = counting_model()
    view = store.stored(lm)
    view.sample("Why?", stop="\n")
    view.sample("Why?", temperature=0.7, top_k=0, max_new_tokens=256, stop=["\n"], top_p=1)
    assert len(lm.drawn) == 1


@pytest.mark.parametrize("wrong", [{"temperature": "hot"}, {"max_new_tokens": 7.5}, {"stop": 3}, {"top_k": math.inf}])
def test_settings_of_the_wrong_kind_are_for_the_model_to_refuse(counting_model, wrong):
    lm = counting_model()
    view = store.stored(lm)
    view.sample("Why?", **{**wrong})
    view.sample("Why?", max_new_tokens=7)
    assert len(lm.drawn) == 2  # what the model was sent is what it is kept under: 7.5 is not 7


def test_numbers_of_numpy_are_numbers(counting_model):
    import numpy as np

    lm = counting_model()
    view = store.stored(lm)
    view.sample("Why?", temperature=0.5, max_new_tokens=7, seed=3)
    view.sample("Why?", temperature=np.float32(0.5), max_new_tokens=np.int64(7), seed=np.int64(3), indices=np.arange(1))
    assert len(lm.drawn) == 1


def test_the_defaults_are_those_of_local_models():
    parameters = inspect.signature(LocalModel.sample).parameters
    assert {name: parameters[name].default for name in DEFAULTS} == DEFAULTS


def test_a_models_own_defaults_are_what_its_samples_are_kept_under(counting_model):
    lm = counting_model()
    lm.sample = lambda prompt, n=1, *, temperature=0.3, indices=None, **rest: counting_model.sample(
        lm, prompt, n, temperature=temperature, indices=indices, **rest
    )
    view = store.stored(lm)
    assert view.sample("Why?") == view.sample("Why?", temperature=0.3) != view.sample("Why?", temperature=0.7)
    assert len(lm.drawn) == 2


def test_stored_samples_are_streamed_too(counting_model):
    lm, seen = counting_model(), []
    view = store.stored(lm)
    view.sample("Why?", n=2)
    view.sample("Why?", n=2, on_token=lambda index, text: seen.append((index, text)))
    assert seen == [(index, said("Why?", 0, index).text) for index in range(2)]


def test_cancelled_samples_are_never_kept(counting_model):
    lm, cancel = counting_model(), threading.Event()
    cancel.set()
    view = store.stored(lm)
    assert view.sample("Why?", cancel=cancel)[0].finish_reason == "cancelled"
    assert view.sample("Why?")[0] == said("Why?", 0, 0)
    assert len(lm.drawn) == 2


def test_samples_finished_before_the_model_failed_are_kept(counting_model):
    class Failing(counting_model):
        def _one(self, prompt, seed, index, *rest):
            if index == 3:
                raise MemoryError
            return super()._one(prompt, seed, index, *rest)

    lm = Failing()
    with pytest.raises(MemoryError):
        store.stored(lm).sample("Why?", n=4)
    assert len(store.stored(counting_model()).sample("Why?", n=3)) == 3
    assert sum(store.size().samples.values()) == 3


def test_settings_that_cannot_be_written_down_are_drawn_anew(counting_model):
    lm = counting_model()
    view = store.stored(lm)
    for _ in range(2):
        view.sample("Why?", hook=lambda: None)
    assert len(lm.drawn) == 2
    assert sum(store.size().samples.values()) == 0


@pytest.mark.parametrize("prompt", ["\ud800 broken", "üñí ∑ 中文", "", [{"role": "user", "content": "\ud800"}]])
def test_any_text_can_be_a_prompt(counting_model, prompt):
    view = store.stored(counting_model())
    assert view.sample(prompt) == view.sample(prompt)
    assert view.reused == 1


def test_everything_of_a_completion_comes_back_exactly(counting_model):
    odd = srm.Completion(
        "a</think> b", "a", None, (0, 2**31), (-1e-300, float("-inf")), "length", srm.Usage(1, 2, 3, 4)
    )
    lm = counting_model()
    lm._one = lambda *args: odd
    view = store.stored(lm)
    view.sample("Why?")
    assert store.stored(lm).sample("Why?") == [odd]


def test_a_model_without_fingerprint_is_refused_by_stored_and_served_by_evaluate(
    counting_model, ask, store_of_this_test
):
    lm = counting_model()
    lm.fingerprint = None
    with pytest.raises(srm.SrmLabError, match="no fingerprint"):
        store.stored(lm)
    assert srm.evaluate(lm, ask, problems(2), progress=False).reused == 0
    assert not store_of_this_test.exists()


def test_evaluating_again_draws_nothing_and_says_so(counting_model, ask):
    lm = counting_model()
    first = srm.evaluate(lm, ask, problems(5), n=3, progress=False)
    again = srm.evaluate(lm, ask, problems(5), n=4, progress=False)
    assert (first.reused, again.reused, len(lm.drawn)) == (0, 15, 20)
    assert "15 completions reused" in str(again)
    assert "reused" not in str(first)
    assert [r.solution for r in srm.evaluate(lm, ask, problems(5), n=3, progress=False).records] == [
        r.solution for r in first.records
    ]


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_without_a_store_every_sample_is_drawn(counting_model, ask, monkeypatch, store_of_this_test, how):
    lm = counting_model()
    if how == "environment":
        monkeypatch.setenv("SRM_LAB_STORE", "OFF")
        assert store.location() is None
    for _ in range(2):
        run = srm.evaluate(lm, ask, problems(2), progress=False, store=how != "argument")
        assert run.reused == 0
    assert len(lm.drawn) == 4
    assert not store_of_this_test.exists()


def test_a_view_with_a_store_of_its_own_keeps_it_in_evaluate(counting_model, ask, tmp_path, store_of_this_test):
    lm = counting_model()
    srm.evaluate(store.stored(lm, tmp_path / "mine.sqlite"), ask, problems(2), progress=False)
    assert sum(store.size(tmp_path / "mine.sqlite").samples.values()) == 2
    assert not store_of_this_test.exists()


def test_a_run_with_reused_samples_is_saved_and_loaded(counting_model, ask, tmp_path):
    lm = counting_model()
    srm.evaluate(lm, ask, problems(2), progress=False)
    run = srm.evaluate(lm, ask, problems(2), progress=False)
    assert srm.Run.load(run.save(tmp_path / "run.json")) == run
    assert run.reused == 2


def test_many_threads_share_a_view_and_a_file(counting_model):
    lm = counting_model()
    views = [store.stored(lm) for _ in range(4)]

    def one(job):
        prompt = f"Question {job % 10}?"
        return views[job % 4].sample(prompt, n=5) == [said(prompt, 0, index) for index in range(5)]

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(one, range(200)))
    assert sum(store.size().samples.values()) == 50


def test_a_deleted_store_is_made_again_and_nothing_goes_into_the_deleted_file(counting_model, store_of_this_test):
    view = store.stored(counting_model())
    view.sample("Why?")
    for file in store_of_this_test.parent.iterdir():
        file.unlink()
    view.sample("Why not?")
    assert sum(store.size().samples.values()) == 1


FORKING = """
import multiprocessing, sys
sys.path.insert(0, {folder!r})
from store_program import CountingModel
from srm_lab import store
view = store.stored(CountingModel())
view.sample("parent")
child = multiprocessing.get_context("fork").Process(target=lambda: view.sample("child", n=2))
child.start()
child.join()
view.sample("parent", n=2)
sys.exit(child.exitcode)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_forked_child_opens_a_connection_of_its_own():
    subprocess.run([sys.executable, "-c", FORKING.format(folder=str(Path(__file__).parent))], check=True)
    assert sum(store.size().samples.values()) == 4


def test_the_facts_of_the_model_are_kept_once(counting_model):
    lm = counting_model()
    view = store.stored(lm)
    view.sample("Why?")
    assert list(store.size().samples) == ["counting (c0unting)"]
    assert dataclasses.asdict(store.size())["samples"] == {"counting (c0unting)": 1}
