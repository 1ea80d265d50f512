"""DPO, Direct Preference Optimization: learn from pairs of a right and a wrong chain, both drawn from the model itself.

Source: Rafailov et al. 2023, arXiv 2305.18290. The term that also raises the right chain's own likelihood is that of
Iterative Reasoning Preference Optimization (Pang et al. 2024, arXiv 2404.19733). The reference is the model that drew
the pairs, and the engine kept its log-probabilities, so no second model is needed. For several rounds, draw new pairs
from the trained model and call `dpo_steps` again.

Left out: human preferences and reward models; here a checked answer decides which of two chains is the better one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import SrmLabError
from .grpo import make_optimizer
from .rollouts import Group, Rollout, batch_of, check_finite, score


@dataclass(frozen=True)
class DpoSettings:
    """Everything that decides a run, besides the model and the pairs.

    beta: how strongly a pair's margin counts; small values let the policy move further from the reference.
    nll_weight: of the right chain's negative log-likelihood a token; 0 is plain DPO, under which the likelihood of
        right chains may fall as long as that of wrong ones falls faster.
    epochs: passes over the pairs. pairs_at_once: pairs a gradient step. learning_rate: AdamW's, reached after
    `warmup` steps. max_grad_norm: longer gradients are cut to it. seed: of the pairs' order.
    Raises SrmLabError for a value out of range.
    """

    beta: float = 0.1
    nll_weight: float = 0.0
    epochs: int = 1
    pairs_at_once: int = 32
    learning_rate: float = 1e-4
    warmup: int = 5
    max_grad_norm: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        above = [(name, getattr(self, name) > 0) for name in ("beta", "learning_rate", "max_grad_norm")]
        whole = [(name, getattr(self, name) >= 1) for name in ("epochs", "pairs_at_once")]
        not_negative = [(name, getattr(self, name) >= 0) for name in ("nll_weight", "warmup")]
        for wanted, checks in (("above 0", above), ("1 or more", whole), ("0 or more", not_negative)):
            for name, holds in checks:
                if not holds:
                    value = getattr(self, name)
                    raise SrmLabError(
                        f"{name}={value!r} is no usable setting.", f"It has to be {wanted}.", "Change it."
                    )


def right_wrong_pairs(groups: Sequence[Group], per_problem: int = 4) -> list[Group]:
    """Pairs of chains of one problem: each a Group of two rollouts, the right one first.

    groups: see `rollouts.draw_groups`. per_problem: pairs of each problem at most.
    Every chain is used once, equal texts count once, chains that never finished are neither right nor wrong. A right
    chain is paired with the wrong one nearest to it in length, so that length is not what tells them apart.
    """
    pairs = []
    for group in groups:
        right, wrong = _distinct(group, True), _distinct(group, False)
        for rollout in right[:per_problem]:
            if not wrong:
                break
            other = min(wrong, key=lambda one, r=rollout: abs(_length(one) - _length(r)))
            wrong.remove(other)
            pairs.append(Group(group.problem, group.prompt_ids, (rollout, other)))
    return pairs


def _distinct(group: Group, correct: bool) -> list[Rollout]:
    chosen = [rollout for rollout in group.rollouts if rollout.reward.correct is correct]
    return list({rollout.completion.text: rollout for rollout in reversed(chosen)}.values())[::-1]


def _length(rollout: Rollout) -> int:
    return len(rollout.completion.token_ids)


@dataclass(frozen=True)
class DpoParts:
    """loss: a scalar with a gradient. margin: [pairs], beta times how much more the policy prefers the right chain
    than the reference does, without a gradient."""

    loss: Tensor
    margin: Tensor


def dpo_loss(
    right: Tensor, wrong: Tensor, reference_right: Tensor, reference_wrong: Tensor, beta: float = 0.1
) -> DpoParts:
    """The mean over pairs of -log sigmoid(beta * ((right - reference_right) - (wrong - reference_wrong))).

    Each argument: [pairs], the log-probability in nats of the whole chain, under the policy (with a gradient) and
    under the reference.
    """
    margin = beta * ((right - reference_right) - (wrong - reference_wrong))
    return DpoParts(-torch.nn.functional.logsigmoid(margin).mean(), margin.detach())


def learn_pairs(model, optimizer, pairs: Sequence[Group], settings: DpoSettings, step: int) -> dict[str, float]:
    """One gradient step on some pairs.

    Returns for the log: loss, margin, preferred (share of pairs with a margin above 0), right_moved and wrong_moved
    (mean change of the chains' log-probabilities, in nats), grad_norm. Raises SrmLabError where a loss or a gradient
    is not finite, before a weight changes.
    """
    batch = batch_of(pairs, next(model.parameters()).device)
    optimizer.zero_grad(set_to_none=True)
    logprobs, _ = score(model, batch)
    (right, wrong), (old_right, old_wrong) = _by_side(logprobs), _by_side(batch.old)
    parts = dpo_loss(right, wrong, old_right, old_wrong, settings.beta)
    loss = parts.loss - settings.nll_weight * (right / batch.mask[::2].sum(dim=1)).mean()
    check_finite(loss, step, pairs)
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), settings.max_grad_norm)
    check_finite(norm, step, pairs, "gradient")
    optimizer.step()
    shown = {
        "loss": loss, "margin": parts.margin.mean(), "preferred": (parts.margin > 0).float().mean(),
        "right_moved": (right - old_right).mean(), "wrong_moved": (wrong - old_wrong).mean(), "grad_norm": norm,
    }  # fmt: skip
    return {name: float(value.detach()) for name, value in shown.items()}


def _by_side(logprobs: Tensor) -> tuple[Tensor, Tensor]:
    """[2 * pairs, T] -> the chains' sums, right ones and wrong ones."""
    sums = logprobs.sum(dim=1)
    return sums[::2], sums[1::2]


@dataclass(frozen=True)
class DpoStep:
    """One gradient step: its number from 1, and what `learn_pairs` says of it."""

    step: int
    metrics: dict[str, float]


def dpo_steps(
    lm, pairs: Sequence[Group], settings: DpoSettings, *, optimizer: torch.optim.Optimizer | None = None, start: int = 0
) -> Iterator[DpoStep]:
    """Train a model in place on pairs, a step at a time; stop by not asking for the next one.

    lm: the local model that drew the pairs. pairs: see `right_wrong_pairs`. optimizer: `make_optimizer`'s, to go on
    with one that has seen steps. start: steps already done.
    Raises SrmLabError for no pairs, and where a loss or a gradient is not finite.
    """
    if not pairs:
        raise SrmLabError(
            "There are no pairs to learn from.",
            "A pair needs a right and a wrong chain of one problem, both finished.",
            "Draw more chains a problem, or take problems that the model solves sometimes.",
        )
    optimizer = optimizer or make_optimizer(lm.model, settings.learning_rate)
    orders = (
        torch.randperm(len(pairs), generator=torch.Generator().manual_seed(settings.seed * 100_003 + epoch))
        for epoch in range(settings.epochs)
    )
    batches = [chosen for order in orders for chosen in order.split(settings.pairs_at_once)]
    for step, chosen in enumerate(batches[start:], start + 1):
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate * min(1.0, step / max(settings.warmup, 1))
        yield DpoStep(step, learn_pairs(lm.model, optimizer, [pairs[i] for i in chosen.tolist()], settings, step))
