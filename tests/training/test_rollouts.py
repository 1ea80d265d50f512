"""Rollouts come through the engine, and the trainer's view of them agrees with the engine's."""

from __future__ import annotations

import threading

import pytest
import torch

from srm_lab.errors import SrmLabError
from srm_lab.training.rewards import combine, correctness
from srm_lab.training.rollouts import batch_of, check_finite, draw_groups, logprobs_under, reward_table, score

REWARD = combine(correct=(1.0, correctness()))


@pytest.fixture
def groups(lm, picks, question):
    return draw_groups(lm, picks, question, REWARD, 4, max_new_tokens=6, seed=3)


def test_a_group_is_one_problems_rollouts_with_their_rewards(groups, picks, lm):
    assert [group.problem for group in groups] == picks
    assert all(len(group.rollouts) == 4 for group in groups)
    for group in groups:
        for rollout in group.rollouts:
            expected = rollout.completion.finished and rollout.completion.text.split()[-1:] == ["2"]
            assert (rollout.reward.correct is True) == expected
    assert reward_table(groups).shape == (8, 4)


def test_the_trainer_scores_tokens_as_the_engine_drew_them(groups, lm):
    batch = batch_of(groups)
    with torch.no_grad():
        logprobs, entropy = score(lm.model, batch)
    assert torch.allclose(logprobs, batch.old, atol=1e-4)
    assert int(batch.mask.sum()) == sum(len(r.completion.token_ids) for g in groups for r in g.rollouts)
    assert (entropy[batch.mask == 0] == 0).all()
    assert (entropy[batch.mask == 1] > 0).all()


def test_another_temperature_is_another_distribution(groups, lm):
    batch = batch_of(groups)
    with torch.no_grad():
        warm, _ = score(lm.model, batch, temperature=2.0)
    assert not torch.allclose(warm, batch.old, atol=1e-2)


def test_rows_are_cut_to_their_longest(groups, lm):
    batch = batch_of(groups)
    shortest = batch.rows(batch.mask.sum(dim=1).argsort()[:2])
    assert shortest.token_ids.shape[1] <= batch.token_ids.shape[1]
    assert shortest.token_ids.shape[1] == shortest.mask.shape[1] + 1
    with torch.no_grad():
        assert torch.allclose(score(lm.model, shortest)[0], shortest.old, atol=1e-4)


def test_log_probabilities_under_the_model_itself_are_those_it_drew_with(groups, lm):
    rows = logprobs_under(lm.model, groups, rows_at_once=5)
    drawn = [rollout.completion.logprobs for group in groups for rollout in group.rollouts]
    assert [len(row) for row in rows] == [len(row) for row in drawn]
    assert all(row == pytest.approx(own, abs=1e-4) for row, own in zip(rows, drawn))


def test_a_cancelled_draw_ends_and_says_so(lm, picks, question):
    cancel = threading.Event()
    cancel.set()
    drawn = draw_groups(lm, picks[:1], question, REWARD, 2, max_new_tokens=6, cancel=cancel)
    assert {rollout.completion.finish_reason for rollout in drawn[0].rollouts} == {"cancelled"}


def test_a_loss_that_is_no_number_names_step_and_problems(groups):
    check_finite(torch.tensor(1.0), 7, groups)
    with pytest.raises(SrmLabError, match=r"step 7, on the 8 problems p0, p1, p2, p3, \.\.\."):
        check_finite(torch.tensor(float("nan")), 7, groups)
