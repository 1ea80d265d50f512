"""Rollouts: groups of completions drawn from a model, what they earned, and the same as one padded batch.

Drawing goes through the model's sampling engine with many prompts in flight, a thread each, so that short and long
chains share the running batch. Left out: replay of rollouts from earlier steps; they are used once, then dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import SrmLabError
from ..openmp import release_team
from ..records import Completion, Problem
from .rewards import Reward

PROMPTS_IN_FLIGHT = 32
PromptOf = Callable[[Problem], str | Sequence[dict[str, str]]]


@dataclass(frozen=True)
class Rollout:
    """One completion of a problem and what it earned."""

    problem: Problem
    completion: Completion
    reward: Reward


@dataclass(frozen=True)
class Group:
    """All rollouts of one problem. prompt_ids: the tokens that they continue."""

    problem: Problem
    prompt_ids: tuple[int, ...]
    rollouts: tuple[Rollout, ...]


def draw_groups(
    lm,
    problems: Sequence[Problem],
    prompt_of: PromptOf,
    reward: Callable[[Problem, Completion], Reward],
    group_size: int,
    *,
    temperature: float = 1.0,
    max_new_tokens: int = 256,
    stop: Sequence[str] = (),
    seed: int = 0,
    workers: int = PROMPTS_IN_FLIGHT,
    cancel: threading.Event | None = None,
) -> list[Group]:
    """Draw and judge `group_size` completions of each problem.

    lm: a local model. prompt_of: from a problem to its prompt. reward: see `rewards.combine`.
    seed: with each prompt it fixes the samples. workers: prompts in flight.
    cancel: when set, chains end at their next token with finish_reason "cancelled"; the caller drops them.
    Raises SrmLabError from the model or the reward; the first one, after the others have ended.
    """

    def one(problem: Problem) -> Group:
        prompt = prompt_of(problem)
        completions = lm.sample(
            prompt, n=group_size, temperature=temperature, max_new_tokens=max_new_tokens, stop=stop, seed=seed,
            cancel=cancel,
        )  # fmt: skip
        rollouts = tuple(Rollout(problem, completion, reward(problem, completion)) for completion in completions)
        return Group(problem, tuple(lm.encode(lm.render(prompt))), rollouts)

    release_team()
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, problems))


def reward_table(groups: Sequence[Group]) -> Tensor:
    """[groups, rollouts of each]: the total rewards."""
    return torch.tensor([[rollout.reward.total for rollout in group.rollouts] for group in groups])


@dataclass(frozen=True)
class Batch:
    """Rollouts as tensors: B rows of up to T tokens, prompt first, padded on the right.

    token_ids: [B, T]. mask: [B, T - 1], 1 where the next token belongs to the completion. old: [B, T - 1], its
    log-probability in nats at temperature 1 when it was drawn.
    """

    token_ids: Tensor
    mask: Tensor
    old: Tensor

    def rows(self, chosen: slice | Tensor) -> Batch:
        """Some of the rows, cut to their longest."""
        mask = self.mask[chosen]
        last = int(mask.any(dim=0).nonzero().max()) + 1 if mask.any() else 1
        return Batch(self.token_ids[chosen][:, : last + 1], mask[:, :last], self.old[chosen][:, :last])

    def __len__(self) -> int:
        return self.token_ids.shape[0]


def batch_of(groups: Sequence[Group], device="cpu") -> Batch:
    """All rollouts of all groups, in order, as one batch. Any token may pad: nothing looks at it."""
    rows = [(group.prompt_ids, rollout.completion) for group in groups for rollout in group.rollouts]
    longest = max(len(prompt) + len(completion.token_ids) for prompt, completion in rows)
    token_ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask, old = torch.zeros(len(rows), longest - 1), torch.zeros(len(rows), longest - 1)
    for row, (prompt, completion) in enumerate(rows):
        start, end = len(prompt), len(prompt) + len(completion.token_ids)
        token_ids[row, :end] = torch.tensor([*prompt, *completion.token_ids])
        mask[row, start - 1 : end - 1] = 1
        old[row, start - 1 : end - 1] = torch.tensor(completion.logprobs)
    return Batch(token_ids.to(device), mask.to(device), old.to(device))


def score(model, batch: Batch, temperature: float = 1.0) -> tuple[Tensor, Tensor]:
    """([B, T - 1], [B, T - 1]): log-probability of each next token, and the entropy there, both in nats.

    temperature: of the distribution that is asked about. Outside the mask both are 0. The first has a gradient where
    the model has one. Padding is on the right, where causal attention never looks, so no attention mask is needed.
    """
    places = batch.mask.bool()
    hidden_length = batch.token_ids.shape[1] - 1
    logits = model(input_ids=batch.token_ids[:, :hidden_length], use_cache=False).logits[places].float() / temperature
    logprobs = logits.log_softmax(-1)
    chosen = logprobs.gather(-1, batch.token_ids[:, 1:][places][:, None])[:, 0]
    with torch.no_grad():
        entropy = -(logprobs.exp() * logprobs).sum(-1)
    blank = torch.zeros_like(batch.mask)
    return blank.masked_scatter(places, chosen), blank.masked_scatter(places, entropy)


@torch.no_grad()
def scored(model, batch: Batch, temperature: float = 1.0, rows_at_once: int = 256) -> Tensor:
    """[B, T - 1]: the log-probabilities of `score`, without a gradient, a few rows at a time."""
    result = torch.zeros_like(batch.mask)
    for rows in by_length(batch, torch.arange(len(batch)), rows_at_once):
        part = batch.rows(rows)
        result[rows, : part.mask.shape[1]] = score(model, part, temperature)[0]
    return result


def by_length(batch: Batch, rows: Tensor, size: int) -> tuple[Tensor, ...]:
    """The rows in parts of at most `size`, alike in length, so that little of a part is padding."""
    ends = (batch.mask[rows] * torch.arange(batch.mask.shape[1], device=batch.mask.device)).max(dim=1).values
    return rows[ends.argsort(stable=True).cpu()].split(size)


def logprobs_under(model, groups: Sequence[Group], rows_at_once: int = 256) -> list[list[float]]:
    """For each rollout of each group, in order, its tokens' log-probabilities under another model, at temperature 1.

    With a reference model's this is what `doctor.diagnose` asks for, to see how far a policy has moved.
    """
    batch = batch_of(groups, next(model.parameters()).device)
    return [row[drawn].tolist() for row, drawn in zip(scored(model, batch, 1.0, rows_at_once), batch.mask.bool())]


def check_finite(value: Tensor, step: int, groups: Sequence[Group], what: str = "loss") -> None:
    """Raises SrmLabError, naming the step and the batch, where a loss or a gradient is not a finite number."""
    if torch.isfinite(value).all():
        return
    names = ", ".join(group.problem.id for group in groups[:4]) + (", ..." if len(groups) > 4 else "")
    raise SrmLabError(
        f"The {what} is {float(value.detach()):.3g} at step {step}, on the {len(groups)} problems {names}.",
        "The learning rate is too high, or a log-probability has left the range of its number format.",
        "The weights are still those before that step: go on from the last checkpoint with a lower learning rate.",
    )
