"""The GRPO loop: it learns what is paid for, tells what it did, and goes on exactly where it stopped."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import torch
from conftest_training import small_model

from srm_lab.errors import SrmLabError
from srm_lab.training.grpo import grpo_steps, make_optimizer
from srm_lab.training.grpo_settings import VARIANTS, GrpoSettings
from srm_lab.training.rewards import combine

SHORT = combine(short=(1.0, lambda problem, completion, verdict: float(len(completion.token_ids) <= 2)))
SETTINGS = GrpoSettings(steps=12, prompts=4, group_size=8, max_new_tokens=6, learning_rate=0.01, warmup=2)


def weights(lm):
    return torch.cat([parameter.detach().flatten() for parameter in lm.model.parameters()])


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_what_is_paid_for_becomes_more_frequent(lm, picks, variant):
    settings = replace(SETTINGS, **{**VARIANTS[variant], "epochs": 1})
    rewards = [step.metrics["reward"] for step in grpo_steps(lm, picks, SHORT, settings)]
    assert len(rewards) == 12
    assert sum(rewards[-3:]) / 3 > sum(rewards[:3]) / 3 + 0.25


def test_a_reward_that_pays_for_nothing_changes_no_weight(lm, picks):
    before = weights(lm)
    same = combine(same=(1.0, lambda problem, completion, verdict: 1.0))
    metrics = [step.metrics for step in grpo_steps(lm, picks, same, replace(SETTINGS, steps=2))]
    assert torch.equal(before, weights(lm))
    assert [(m["flat_share"], m["kept"]) for m in metrics] == [(1.0, 0)] * 2


def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(picks):
    """One prompt a step: then the engine's batches are the same both times, and so is every bit."""
    settings = replace(SETTINGS, prompts=1, steps=6, flat="keep")
    whole = small_model()
    unbroken = list(grpo_steps(whole, picks, SHORT, settings))
    broken = small_model()
    optimizer = make_optimizer(broken.model, settings.learning_rate)
    for step in grpo_steps(broken, picks, SHORT, settings, optimizer=optimizer):
        if step.step == 3:
            break
    rest = list(grpo_steps(broken, picks, SHORT, settings, optimizer=optimizer, start=(step.step, step.position)))
    assert [s.step for s in rest] == [4, 5, 6]
    assert torch.equal(weights(whole), weights(broken))
    assert [s.metrics["reward"] for s in rest] == [s.metrics["reward"] for s in unbroken[3:]]
    whole.engine.close()
    broken.engine.close()


def test_a_steps_metrics_describe_its_rollouts(lm, picks):
    step = next(grpo_steps(lm, picks, SHORT, SETTINGS))
    rollouts = [rollout for group in step.groups for rollout in group.rollouts]
    metrics = step.metrics
    assert metrics["tokens"] == sum(len(rollout.completion.token_ids) for rollout in rollouts)
    assert metrics["length"] == metrics["tokens"] / 32
    assert metrics["reward"] == metrics["reward_short"] == sum(r.reward.total for r in rollouts) / 32
    assert metrics["truncated"] == sum(r.completion.finish_reason == "length" for r in rollouts) / 32
    assert metrics["all_wrong"] + metrics["all_right"] <= 1
    assert {"loss", "entropy", "clip_share", "grad_norm", "draw_seconds", "learn_seconds"} <= set(metrics)
    assert "kl" not in metrics


def test_kl_is_measured_where_it_is_asked_for(lm, picks):
    steps = list(grpo_steps(lm, picks, SHORT, replace(SETTINGS, steps=3, kl_weight=0.1)))
    assert steps[0].metrics["kl"] == pytest.approx(0, abs=1e-6)
    assert steps[2].metrics["kl"] > 1e-5


def test_snapshots_come_when_asked_for(lm, picks):
    steps = list(grpo_steps(lm, picks, SHORT, replace(SETTINGS, steps=3), snapshot_every=2, snapshot_groups=2))
    assert [step.snapshot is not None for step in steps] == [True, False, True]
    assert len(steps[0].snapshot.groups) == 2


def test_a_cancelled_run_drops_the_step_it_was_drawing(lm, picks):
    cancel, before = threading.Event(), weights(lm)
    cancel.set()
    assert list(grpo_steps(lm, picks, SHORT, SETTINGS, cancel=cancel)) == []
    assert torch.equal(before, weights(lm))


def test_no_problems_and_nothing_to_train_are_errors(lm):
    with pytest.raises(SrmLabError, match="no problems"):
        next(grpo_steps(lm, [], SHORT, SETTINGS))
    lm.model.requires_grad_(False)
    with pytest.raises(SrmLabError, match="can be trained"):
        make_optimizer(lm.model, SETTINGS.learning_rate)
