"""The mathematics of GRPO, as pure functions of tensors: advantages, ratios, clipping, KL, and the loss.

Group Relative Policy Optimization: Shao et al. 2024, arXiv 2402.03300. The variants differ in four places, each an
argument here:

| variant                                | what it changes |
|--|--|
| Dr. GRPO (Liu et al. 2025, 2503.20783) | no division by the group's standard deviation; tokens count the same always |
| DAPO (Yu et al. 2025, 2503.14476)      | a wider upper clip; the average is over tokens, not over completions |
| GSPO (Zheng et al. 2025, 2507.18071)   | one ratio a completion: the geometric mean of its tokens' ratios |
| without KL                             | no reference model at all |

Shapes: B completions, padded to C tokens. Log-probabilities are in nats. Nothing here samples, steps or logs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

EPSILON = 1e-4  # added to a group's standard deviation: rewards that differ by less count as equal


@dataclass(frozen=True)
class LossParts:
    """The loss, and what a run's log shows of it.

    loss: a scalar with a gradient. ratio: [B, C], without one. clipped: [B, C], True where clipping has stopped a
    token's gradient. kl: [B, C], the estimate against the reference, or None where there is no reference.
    """

    loss: Tensor
    ratio: Tensor
    clipped: Tensor
    kl: Tensor | None


def advantages(rewards: Tensor, divide_by_std: bool = True) -> Tensor:
    """How much better than its group each rollout is.

    rewards: [groups, rollouts of each]. Returns the same shape: the reward minus its group's mean, divided by the
    group's standard deviation (that of a sample, n - 1) where `divide_by_std`. A group whose rollouts all earned the
    same gets zeros: it teaches nothing.
    """
    centred = rewards - rewards.mean(dim=1, keepdim=True)
    if not divide_by_std or rewards.shape[1] < 2:
        return centred
    return centred / (rewards.std(dim=1, keepdim=True) + EPSILON)


def flat_groups(rewards: Tensor) -> Tensor:
    """[groups] bool: groups whose rollouts all earned the same."""
    return rewards.max(dim=1).values - rewards.min(dim=1).values < EPSILON


def token_weights(mask: Tensor, average: str, longest: int) -> Tensor:
    """[B, C]: what each token counts in the loss; the loss is the weighted sum.

    mask: [B, C], 1 for tokens that were drawn. average: "completion" (each completion counts the same, so the tokens
    of long ones count less), "token" (each token counts the same), or "constant" (a token is worth 1 / (B * longest),
    whatever the lengths). longest: the most tokens a completion may have.
    """
    if average == "completion":
        return mask / mask.sum(dim=1, keepdim=True).clamp(min=1) / mask.shape[0]
    if average == "token":
        return mask / mask.sum().clamp(min=1)
    return mask / (mask.shape[0] * longest)


def log_ratios(new: Tensor, old: Tensor, mask: Tensor, level: str) -> Tensor:
    """[B, C]: log of how much likelier the policy has become than the one that drew the tokens.

    level: "token", or "sequence" for the completion's mean over its tokens, the same for all of them.
    """
    difference = (new - old) * mask
    if level == "token":
        return difference
    return (difference.sum(dim=1, keepdim=True) / mask.sum(dim=1, keepdim=True).clamp(min=1)) * mask


def kl_estimate(new: Tensor, reference: Tensor) -> Tensor:
    """[B, C]: an estimate of KL(policy || reference) from the drawn tokens: unbiased, and never negative.

    r - 1 - log r with r = reference / policy. Source: Schulman 2020, "Approximating KL divergence", k3.
    """
    difference = reference - new
    return difference.exp() - 1 - difference


def grpo_loss(
    new: Tensor,
    old: Tensor,
    advantage: Tensor,
    mask: Tensor,
    weights: Tensor,
    *,
    clip_low: float = 0.2,
    clip_high: float = 0.2,
    level: str = "token",
    kl_weight: float = 0.0,
    reference: Tensor | None = None,
) -> LossParts:
    """The clipped policy-gradient loss, to be minimised.

    new, old, reference: [B, C] log-probabilities of the drawn tokens under the policy (with a gradient), the policy
    that drew them, and the reference (None for none). advantage: [B]. mask: [B, C]. weights: [B, C], see
    `token_weights`; slices of a batch, each with its slice of the weights, add up to the batch's loss.
    clip_low, clip_high: the ratio earns nothing more below 1 - clip_low or above 1 + clip_high.
    level: "token" or "sequence", see `log_ratios`.
    """
    ratio = log_ratios(new, old, mask, level).exp()
    gain = advantage[:, None]
    plain, limited = ratio * gain, ratio.clamp(1 - clip_low, 1 + clip_high) * gain
    per_token = -torch.minimum(plain, limited)
    kl = None
    if reference is not None:
        kl = kl_estimate(new, reference) * mask
        per_token = per_token + kl_weight * kl
    loss = (per_token * weights).sum()
    clipped = (limited < plain) & mask.bool()
    return LossParts(loss, ratio.detach(), clipped, None if kl is None else kl.detach())
