"""The reward sandbox without a browser: sliders become a reward, a run fills the view, Stop ends it."""

from __future__ import annotations

import importlib
import time

import pytest

import srm_lab as srm
from srm_lab.errors import SrmLabError
from srm_lab.models import tiny
from srm_lab.models.local import LocalModel
from srm_lab.records import Completion, Usage
from srm_lab.tasks.worked import ALPHABET
from srm_lab.training.doctor import Finding
from srm_lab.training.grpo_settings import GrpoSettings
from srm_lab.training.rewards import Reward
from srm_lab.training.rollouts import Group, Rollout
from srm_lab.widgets import reward_sandbox as make_sandbox
from srm_lab.widgets.reward_sandbox import chains_html, doctor_html, reward_of, status_html
from srm_lab.widgets.sandbox_run import SandboxShot

VIEW = importlib.import_module("srm_lab.widgets.reward_sandbox")  # the name in the package is the function

HOSTILE = "<img src=x onerror=alert(1)>"
SETTINGS = GrpoSettings(steps=3, prompts=2, group_size=2, max_new_tokens=4)


@pytest.fixture
def problems():
    return srm.load_problems("arithmetic", n=4, split="train", operations=2)


@pytest.fixture
def box(problems, monkeypatch):
    def fresh(name):
        assert name == "tiny/new"
        return LocalModel(name, *tiny.make("0.1M", ALPHABET, 0))

    monkeypatch.setattr(VIEW, "_load", fresh)
    widget = make_sandbox("tiny/new", problems, SETTINGS)
    yield widget
    widget.close()
    widget.run.wait(20)


def painted(box) -> str:
    """The status once the last paint is through."""
    end = time.monotonic() + 10
    while box.start.disabled and time.monotonic() < end:
        time.sleep(0.01)
    return box.status.value


def shot(text: str) -> SandboxShot:
    problem = srm.Problem("p", HOSTILE, "7", "arithmetic")
    rollout = Rollout(problem, Completion(text, None, text, (1,), (0.0,), "stop", Usage()), Reward(1.0, {}, False))
    return SandboxShot("running", 3, (), (Group(problem, (1,), (rollout,)),), (Finding(HOSTILE, "stop", "", ""),))


def test_sliders_become_the_parts_of_a_reward_and_zero_leaves_one_out():
    assert set(reward_of(1.0, 0.0, 0.02).parts) == {"correct", "length"}
    assert reward_of(0.0, 0.5, 0.0).parts["bare form"][0] == 0.5
    with pytest.raises(SrmLabError, match="pays for nothing"):
        reward_of(0.0, 0.0, 0.0)


def test_a_run_trains_a_fresh_model_and_fills_curves_and_chains(box):
    assert "Nothing is running" in box.status.value
    box.price.value = 0.1
    box.start.click()
    assert box.run.wait(60)
    assert "Done." in painted(box)
    assert "step 3 of 3" in box.status.value
    assert [list(trace.x) for trace in box.figure.data] == [[1, 2, 3]] * 4
    assert box.chains.value.count("<code>") == 2


def test_stop_ends_a_run_and_run_begins_a_new_one(box):
    box.steps.value = 500
    box.start.click()
    box.stop.click()
    assert box.run.wait(60)
    assert "Stopped." in painted(box)
    box.steps.value = 1
    box.start.click()
    assert box.run.wait(60)
    assert "step 1 of 1" in painted(box)


def test_a_reward_for_nothing_is_refused_without_a_run(box):
    box.correct.value = 0
    box.start.click()
    assert "pays for nothing" in box.status.value
    assert not box.run.busy


def test_a_model_that_cannot_be_loaded_is_shown(problems):
    widget = make_sandbox("tiny/no-such-model", problems, SETTINGS)
    widget.start.click()
    assert widget.run.wait(20)
    assert "no-such-model" in painted(widget)
    assert "srm-failure" in widget.status.value


def test_text_from_outside_is_never_html():
    html = chains_html(shot(HOSTILE)) + doctor_html(shot("7")) + status_html(shot("7"))
    assert "<img" not in html
    assert html.count("&lt;img") == 3


def test_no_problems_are_an_error():
    with pytest.raises(SrmLabError, match="problems to train on"):
        make_sandbox("tiny/new", [], SETTINGS)
