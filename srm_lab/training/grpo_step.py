"""One step of GRPO: draw groups, prepare them as tensors, and take clipped gradient steps on them.

Dropout stays off throughout: a ratio compares the network with itself, and noise would pass for a change. Left out:
the loop around it, its log and its checkpoints (`grpo`), and the mathematics (`grpo_loss`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..records import Problem
from .grpo_loss import advantages, flat_groups, grpo_loss, token_weights
from .grpo_settings import GrpoSettings
from .rollouts import Batch, Group, batch_of, by_length, check_finite, draw_groups, reward_table, score, scored

MAX_REDRAWS = 4  # rounds of new problems for groups without variance; then the step goes on with what it has


# -- drawing -------------------------------------------------------------------------------------------------------


def problem_stream(problems: Sequence[Problem], seed: int, start: int = 0) -> Iterator[Problem]:
    """The problems for ever, each pass in an order of its own that seed and pass decide, from the start-th on."""
    position = start
    while True:
        turn, place = divmod(position, len(problems))
        if place == 0 or position == start:
            order = torch.randperm(len(problems), generator=torch.Generator().manual_seed(seed * 100_003 + turn))
        yield problems[int(order[place])]
        position += 1


@dataclass(frozen=True)
class Drawn:
    """A step's rollouts. groups: all that were drawn. kept: those to learn from. position: in the problem stream."""

    groups: tuple[Group, ...]
    kept: tuple[Group, ...]
    position: int


def draw_step(lm, problems, prompt_of, reward, settings: GrpoSettings, step: int, position: int, cancel=None) -> Drawn:
    """A step's groups. With flat="redraw" new problems replace groups without variance, a few rounds at most."""
    groups: list[Group] = []
    kept: list[Group] = []
    for round_number in range(MAX_REDRAWS if settings.flat == "redraw" else 1):
        stream = problem_stream(problems, settings.seed, position)
        chosen = [next(stream) for _ in range(settings.prompts - len(kept))]
        drawn = draw_groups(
            lm, chosen, prompt_of, reward, settings.group_size, temperature=settings.temperature,
            max_new_tokens=settings.max_new_tokens, cancel=cancel,
            seed=(settings.seed * 1_000_003 + step) * MAX_REDRAWS + round_number,
        )  # fmt: skip
        position += len(chosen)
        flat = flat_groups(reward_table(drawn)).tolist()
        groups += drawn
        kept += [group for group, is_flat in zip(drawn, flat) if settings.flat == "keep" or not is_flat]
        if len(kept) == settings.prompts or (cancel is not None and cancel.is_set()):
            break
    return Drawn(tuple(groups), tuple(kept), position)


# -- learning ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Learning:
    """What learning from a step's rollouts needs. gains: [B] advantages, one a row of the batch.

    old: [B, T - 1] log-probabilities under the policy that drew the tokens, at the settings' temperature.
    reference: the same under the reference model, or None.
    """

    batch: Batch
    gains: Tensor
    old: Tensor
    reference: Tensor | None


def prepare(model, groups: Sequence[Group], settings: GrpoSettings, reference_model=None) -> Learning:
    """Groups as tensors, with the log-probabilities that the loss compares with.

    The engine's log-probabilities are those at temperature 1. Rollouts drawn at another temperature come from another
    distribution, so theirs are computed anew, by one more forward pass.
    """
    batch = batch_of(groups, next(model.parameters()).device)
    gains = advantages(reward_table(groups), settings.divide_by_std).flatten().to(batch.old.device)
    old = (
        batch.old if settings.temperature == 1.0 else scored(model, batch, settings.temperature, settings.rows_at_once)
    )
    reference = (
        None if reference_model is None else scored(reference_model, batch, settings.temperature, settings.rows_at_once)
    )
    return Learning(batch, gains, old, reference)


def learn(model, optimizer, groups: Sequence[Group], settings: GrpoSettings, step: int, reference_model=None) -> dict:
    """All gradient steps on one round of rollouts.

    Returns the means over them, for the log: loss, entropy and kl in nats a token, clip_share and moved (mean absolute
    log-ratio) over tokens, grad_norm. Raises SrmLabError where a loss or a gradient is not finite, before a weight
    changes.
    """
    learning = prepare(model, groups, settings, reference_model)
    generator = torch.Generator().manual_seed(settings.seed * 1_000_003 + step)
    updates = []
    for _ in range(settings.epochs):
        for rows in torch.randperm(len(learning.batch), generator=generator).chunk(settings.minibatches):
            updates.append(_update(model, optimizer, learning, rows, settings, step, groups))
    return {name: sum(update[name] for update in updates) / len(updates) for name in updates[0]}


def _update(model, optimizer, learning: Learning, rows: Tensor, settings: GrpoSettings, step: int, groups) -> dict:
    """One gradient step on some of the rows."""
    weights = token_weights(learning.batch.mask[rows], settings.average, settings.max_new_tokens)
    whole = torch.zeros_like(learning.batch.mask)
    whole[rows] = weights
    optimizer.zero_grad(set_to_none=True)
    sums: dict[str, float] = {}
    for part in by_length(learning.batch, rows, settings.rows_at_once):
        loss, shown = _part_loss(model, learning, part, whole, settings)
        check_finite(loss, step, groups)
        loss.backward()
        for name, value in shown.items():
            sums[name] = sums.get(name, 0.0) + value
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), settings.max_grad_norm)
    check_finite(norm, step, groups, "gradient")
    optimizer.step()
    tokens = sums.pop("tokens")
    loss = sums.pop("loss")
    return {"loss": loss, "grad_norm": float(norm), **{name: value / tokens for name, value in sums.items()}}


def _part_loss(model, learning: Learning, rows: Tensor, weights: Tensor, settings: GrpoSettings) -> tuple[Tensor, dict]:
    """The share of some rows in the loss, and sums over their tokens for the log."""
    batch = learning.batch.rows(rows)
    width = batch.mask.shape[1]
    old = learning.old[rows, :width]
    reference = None if learning.reference is None else learning.reference[rows, :width]
    new, entropy = score(model, batch, settings.temperature)
    parts = grpo_loss(
        new, old, learning.gains[rows], batch.mask, weights[rows, :width], clip_low=settings.clip_low,
        clip_high=settings.clip_high, level=settings.level, kl_weight=settings.kl_weight, reference=reference,
    )  # fmt: skip
    shown = {
        "tokens": batch.mask.sum(), "loss": parts.loss.detach(), "entropy": entropy.sum(),
        "clip_share": parts.clipped.sum(), "moved": ((new.detach() - old) * batch.mask).abs().sum(),
    }  # fmt: skip
    if parts.kl is not None:
        shown["kl"] = parts.kl.sum()
    return parts.loss, {name: float(value) for name, value in shown.items()}
