"""The loss against hand-computed numbers, finite differences, and what each variant promises."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from srm_lab.training.grpo_loss import advantages, flat_groups, grpo_loss, kl_estimate, log_ratios, token_weights


def test_advantages_are_the_reward_against_its_group():
    rewards = torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]])
    assert advantages(rewards, divide_by_std=False).tolist() == [[0.75, -0.25, -0.25, -0.25], [0.0] * 4]
    scaled = advantages(rewards)
    assert scaled[0].tolist() == pytest.approx([1.5, -0.5, -0.5, -0.5], rel=1e-3)  # the deviation is 0.5
    assert scaled[1].tolist() == [0.0] * 4


@given(st.lists(st.floats(-5, 5, width=32), min_size=2, max_size=16))
def test_advantages_of_a_group_sum_to_zero(rewards):
    table = torch.tensor([rewards])
    assert float(advantages(table).sum()) == pytest.approx(0, abs=1e-2)
    assert bool(flat_groups(table)) == (max(rewards) - min(rewards) < 1e-4)


def test_weights_of_the_three_averages():
    mask = torch.tensor([[1.0, 1, 1, 1], [1, 0, 0, 0]])
    assert token_weights(mask, "completion", 8).tolist() == [[0.125] * 4, [0.5, 0, 0, 0]]
    assert token_weights(mask, "token", 8)[:, 0].tolist() == pytest.approx([0.2, 0.2])
    assert token_weights(mask, "constant", 8)[:, 0].tolist() == [1 / 16, 1 / 16]


def by_hand(ratio: float, gain: float, low: float, high: float) -> float:
    return -min(ratio * gain, min(max(ratio, 1 - low), 1 + high) * gain)


def test_loss_equals_a_hand_computed_example():
    new = torch.tensor([[-0.5, -1.0], [-0.2, -3.0]])
    old = torch.tensor([[-1.0, -1.0], [-0.5, 0.0]])
    mask = torch.tensor([[1.0, 1.0], [1.0, 0.0]])
    gains, weights = torch.tensor([2.0, -1.0]), token_weights(mask, "completion", 2)
    parts = grpo_loss(new, old, gains, mask, weights, clip_low=0.2, clip_high=0.3)
    first = (by_hand(math.exp(0.5), 2, 0.2, 0.3) + by_hand(1.0, 2, 0.2, 0.3)) / 2
    second = by_hand(math.exp(0.3), -1, 0.2, 0.3)
    assert first == pytest.approx((-2.6 - 2.0) / 2)
    assert float(parts.loss) == pytest.approx((first + second) / 2, rel=1e-5)
    assert parts.clipped.tolist() == [[True, False], [False, False]]
    assert float(parts.loss) != pytest.approx(float(grpo_loss(new, old, gains, mask, weights).loss))


def test_clipping_spares_what_makes_up_for_a_mistake():
    """A good token that has become unlikely, and a bad one that has become likely, keep their gradients."""
    new, old = torch.tensor([[-3.0], [-0.1]], requires_grad=True), torch.tensor([[-1.0], [-1.0]])
    mask = torch.ones(2, 1)
    parts = grpo_loss(new, old, torch.tensor([1.0, -1.0]), mask, token_weights(mask, "token", 1))
    parts.loss.backward()
    assert not parts.clipped.any()
    assert (new.grad != 0).all()


def test_a_clipped_token_has_no_gradient():
    new, old = torch.tensor([[-0.1, -1.0]], requires_grad=True), torch.tensor([[-1.0, -1.0]])
    mask = torch.ones(1, 2)
    grpo_loss(new, old, torch.tensor([1.0]), mask, token_weights(mask, "token", 2)).loss.backward()
    assert new.grad[0, 0] == 0
    assert new.grad[0, 1] == -0.5


@pytest.mark.parametrize("level", ["token", "sequence"])
@pytest.mark.parametrize("average", ["completion", "token", "constant"])
@pytest.mark.parametrize("kl_weight", [0.0, 0.3])
def test_gradient_equals_finite_differences(level, average, kl_weight):
    generator = torch.Generator().manual_seed(0)
    new, old, reference = (-torch.rand(3, 5, generator=generator, dtype=torch.double) * 2 for _ in range(3))
    mask = torch.tensor([[1.0] * 5, [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]], dtype=torch.double)
    gains = torch.tensor([1.0, -0.7, 0.4], dtype=torch.double)
    weights = token_weights(mask, average, 6)

    def loss(values):
        return grpo_loss(
            values, old, gains, mask, weights, level=level, clip_low=0.9, clip_high=9.0,
            kl_weight=kl_weight, reference=reference if kl_weight else None,
        ).loss  # fmt: skip

    assert torch.autograd.gradcheck(loss, new.requires_grad_())


def test_the_gradient_at_the_start_is_that_of_plain_policy_gradient():
    new = torch.tensor([[-1.0, -2.0], [-0.5, -0.1]], requires_grad=True)
    mask, gains = torch.ones(2, 2), torch.tensor([1.5, -0.5])
    weights = token_weights(mask, "token", 2)
    grpo_loss(new, new.detach(), gains, mask, weights).loss.backward()
    assert new.grad.tolist() == (-gains[:, None] * weights).tolist()


def test_slices_of_a_batch_add_up_to_the_whole():
    generator = torch.Generator().manual_seed(1)
    new, old = -torch.rand(4, 3, generator=generator), -torch.rand(4, 3, generator=generator)
    mask, gains = torch.tensor([[1.0, 1, 1], [1, 0, 0], [1, 1, 0], [1, 1, 1]]), torch.tensor([1.0, -1.0, 0.5, -0.5])
    weights = token_weights(mask, "token", 3)
    whole = grpo_loss(new, old, gains, mask, weights).loss
    halves = sum(grpo_loss(new[s], old[s], gains[s], mask[s], weights[s]).loss for s in (slice(2), slice(2, 4)))
    assert float(whole) == pytest.approx(float(halves))


def test_a_sequence_has_one_ratio_the_geometric_mean_of_its_tokens():
    new, old, mask = torch.tensor([[-1.0, -2.0, 9.0]]), torch.tensor([[-1.5, -2.1, 0.0]]), torch.tensor([[1.0, 1, 0]])
    assert log_ratios(new, old, mask, "sequence")[0].tolist() == pytest.approx([0.3, 0.3, 0.0])
    assert log_ratios(new, old, mask, "token")[0].tolist() == pytest.approx([0.5, 0.1, 0.0])


def test_padding_changes_nothing():
    new, old, gains = torch.tensor([[-1.0, 5.0]]), torch.tensor([[-1.2, -7.0]]), torch.tensor([1.0])
    mask = torch.tensor([[1.0, 0.0]])
    padded = grpo_loss(new, old, gains, mask, token_weights(mask, "token", 2), kl_weight=1.0, reference=old)
    short = grpo_loss(
        new[:, :1], old[:, :1], gains, mask[:, :1], token_weights(mask[:, :1], "token", 2),
        kl_weight=1.0, reference=old[:, :1],
    )  # fmt: skip
    assert float(padded.loss) == pytest.approx(float(short.loss))


def test_the_kl_estimate_is_never_negative_and_right_on_average():
    torch.manual_seed(0)
    policy, reference = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.3, 0.5])
    drawn = torch.multinomial(policy, 200_000, replacement=True)
    estimate = kl_estimate(policy.log()[drawn], reference.log()[drawn])
    exact = float((policy * (policy / reference).log()).sum())
    assert float(estimate.min()) >= 0
    assert float(estimate.mean()) == pytest.approx(exact, rel=0.02)
