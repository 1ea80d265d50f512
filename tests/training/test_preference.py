"""Pairs of a right and a wrong chain, and DPO on them."""

from __future__ import annotations

import math

import pytest
import torch
from conftest_training import small_model

from srm_lab.errors import SrmLabError
from srm_lab.records import Completion, Problem
from srm_lab.training.grpo import make_optimizer
from srm_lab.training.preference import DpoSettings, dpo_loss, dpo_steps, right_wrong_pairs
from srm_lab.training.rewards import Reward
from srm_lab.training.rollouts import Group, Rollout, draw_groups


def rollout(text: str, tokens: int, correct: bool | None) -> Rollout:
    problem = Problem("p", "?", "12", "sums")
    chain = Completion(text, None, text, tuple(range(3, 3 + tokens)), (-0.5,) * tokens, "stop")
    return Rollout(problem, chain, Reward(float(correct is True), {}, correct))


def group(*rollouts: Rollout) -> Group:
    return Group(rollouts[0].problem, (1, 3), rollouts)


def texts(pairs):
    return [tuple(rollout.completion.text for rollout in pair.rollouts) for pair in pairs]


def test_a_right_chain_is_paired_with_the_wrong_one_nearest_in_length():
    drawn = group(
        rollout("right short", 4, True), rollout("wrong long", 12, False), rollout("right long", 11, True),
        rollout("wrong short", 5, False),
    )  # fmt: skip
    assert texts(right_wrong_pairs([drawn])) == [("right short", "wrong short"), ("right long", "wrong long")]
    assert len(right_wrong_pairs([drawn], per_problem=1)) == 1


def test_equal_texts_count_once_and_unfinished_chains_not_at_all():
    drawn = group(
        rollout("r", 4, True), rollout("r", 4, True), rollout("w", 4, False), rollout("w", 4, False),
        rollout("cut", 4, None),
    )  # fmt: skip
    assert texts(right_wrong_pairs([drawn])) == [("r", "w")]


@pytest.mark.parametrize("correct", [True, False, None])
def test_a_group_with_one_kind_of_chain_gives_no_pair(correct):
    assert right_wrong_pairs([group(rollout("a", 3, correct), rollout("b", 4, correct))]) == []


def test_loss_equals_a_hand_computed_example():
    right, wrong = torch.tensor([-1.0, -4.0]), torch.tensor([-3.0, -1.0])
    parts = dpo_loss(right, wrong, torch.tensor([-2.0, -4.0]), torch.tensor([-2.5, -2.0]), beta=0.5)
    margins = [0.5 * ((-1 + 2) - (-3 + 2.5)), 0.5 * ((-4 + 4) - (-1 + 2))]
    assert parts.margin.tolist() == pytest.approx(margins)
    assert float(parts.loss) == pytest.approx(sum(math.log(1 + math.exp(-m)) for m in margins) / 2)


def test_loss_at_the_reference_is_log_2_and_its_gradient_half_of_beta():
    right, wrong = torch.tensor([-1.0], requires_grad=True), torch.tensor([-3.0], requires_grad=True)
    loss = dpo_loss(right, wrong, right.detach(), wrong.detach(), beta=0.1).loss
    loss.backward()
    assert float(loss.detach()) == pytest.approx(math.log(2))
    assert (float(right.grad), float(wrong.grad)) == pytest.approx((-0.05, 0.05))


def test_gradient_equals_finite_differences():
    values = [torch.tensor([-1.0, -2.0], dtype=torch.double) * k for k in (1, 2, 1.5, 1.2)]

    def loss(right, wrong):
        return dpo_loss(right, wrong, *values[2:], beta=0.7).loss

    assert torch.autograd.gradcheck(loss, (values[0].requires_grad_(), values[1].requires_grad_()))


def odd_is_right(problem: Problem, completion: Completion) -> Reward:
    odd = len(completion.token_ids) % 2 == 1
    return Reward(float(odd), {"odd": float(odd)}, odd)


@pytest.fixture
def pairs(lm, picks, question):
    return right_wrong_pairs(draw_groups(lm, picks, question, odd_is_right, 8, max_new_tokens=6))


def test_training_comes_to_prefer_the_right_chains(lm, pairs):
    settings = DpoSettings(epochs=6, pairs_at_once=8, learning_rate=0.01, warmup=0)
    steps = list(dpo_steps(lm, pairs, settings))
    first, last = steps[0].metrics, steps[-1].metrics
    assert first["loss"] == pytest.approx(math.log(2), abs=1e-3)  # the policy starts as the reference
    assert last["margin"] > 0.1
    assert last["preferred"] > 0.7
    assert last["right_moved"] > last["wrong_moved"]


def test_the_likelihood_term_keeps_right_chains_likely(pairs):
    moved = {}
    for weight in (0.0, 1.0):
        lm = small_model()
        settings = DpoSettings(epochs=4, pairs_at_once=8, learning_rate=0.01, warmup=0, nll_weight=weight)
        moved[weight] = list(dpo_steps(lm, pairs, settings))[-1].metrics["right_moved"]
    assert moved[1.0] > moved[0.0]


def test_training_goes_on_where_it_stopped(pairs):
    settings = DpoSettings(epochs=2, pairs_at_once=8)
    whole, broken = small_model(), small_model()
    list(dpo_steps(whole, pairs, settings))
    optimizer = make_optimizer(broken.model, settings.learning_rate)
    first = next(dpo_steps(broken, pairs, settings, optimizer=optimizer))
    ends = list(dpo_steps(broken, pairs, settings, optimizer=optimizer, start=first.step))
    assert ends[0].step == 2
    assert all(torch.equal(a, b) for a, b in zip(whole.model.parameters(), broken.model.parameters()))


def test_no_pairs_is_an_error_that_says_why(lm):
    with pytest.raises(SrmLabError, match="no pairs"):
        next(dpo_steps(lm, [], DpoSettings()))


@pytest.mark.parametrize("wrong", [{"beta": 0.0}, {"epochs": 0}, {"nll_weight": -1.0}, {"pairs_at_once": 0}])
def test_a_setting_out_of_range_is_named(wrong):
    with pytest.raises(SrmLabError, match=next(iter(wrong))):
        DpoSettings(**wrong)
