"""GRPO, Group Relative Policy Optimization: reinforcement learning from answers that can be checked.

Source: Shao et al. 2024, arXiv 2402.03300; variants as named in `grpo_loss`. One step draws a group of completions for
each of a few problems through the sampling engine, turns each group's rewards into advantages, and takes one or more
clipped gradient steps on them. The engine notices the changed weights itself.

`grpo_steps` is the algorithm, a step at a time; `grpo_run.grpo` runs it with a log, exact resume and a card. Start
from a model that is right a third to half of the time at the rollouts' temperature: from a worse one nearly all groups
are all wrong, and the few others push the model about.
Left out: value networks (that is what the group replaces) and sampling while training (the two take turns here).
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from ..errors import SrmLabError
from ..records import Problem
from .examples import trainable
from .grpo_settings import GrpoSettings
from .grpo_step import Drawn, draw_step, learn, prepare
from .optimizer import adamw, trainable_parameters
from .rewards import CombinedReward
from .rollouts import Group, PromptOf, reward_table
from .snapshots import Snapshot, take_snapshot


@dataclass(frozen=True)
class GrpoStep:
    """What one step did. step: its number from 1. position: in the stream of problems, after it.

    metrics: see `describe_rollouts` and `grpo_step.learn`. groups: all that were drawn. snapshot: where one was asked
    for.
    """

    step: int
    position: int
    metrics: dict[str, float]
    groups: tuple[Group, ...]
    snapshot: Snapshot | None = None


def question_of(problem: Problem) -> str:
    """The prompt of models that are trained on questions as they are."""
    return problem.question


def grpo_steps(
    lm,
    problems: Sequence[Problem],
    reward: CombinedReward,
    settings: GrpoSettings,
    *,
    optimizer: torch.optim.Optimizer | None = None,
    prompt_of: PromptOf = question_of,
    start: tuple[int, int] = (0, 0),
    reference_model=None,
    snapshot_every: int = 0,
    snapshot_groups: int = 3,
    cancel: threading.Event | None = None,
) -> Iterator[GrpoStep]:
    """Train a model in place, a step at a time; stop by not asking for the next one.

    lm: a local model. problems: to train on, each used once before any is used again. reward: see `rewards.combine`.
    optimizer: over what is to be trained, to go on with one that has seen steps; None makes `make_optimizer`'s.
    prompt_of: from a problem to its prompt.
    start: (steps done, position in the stream of problems), to go on where a run stopped.
    reference_model: what the KL is taken against; None copies the model as it stands, where kl_weight asks for one.
    snapshot_every: steps between snapshots of the first `snapshot_groups` groups; 0 for none.
    cancel: when set, ends at once; the step that was being drawn is dropped whole.
    Raises SrmLabError for no problems, one of a test split, and where a loss or a gradient is not finite.
    """
    problems = list(trainable(problems))
    if not problems:
        raise SrmLabError("There are no problems to train on.", "The list is empty.", "See srm.load_problems.")
    optimizer = optimizer or make_optimizer(lm.model, settings.learning_rate)
    if settings.kl_weight and reference_model is None:
        reference_model = frozen_copy(lm.model)
    done, position = start
    for step in range(done + 1, settings.steps + 1):
        began = time.perf_counter()
        drawn = draw_step(lm, problems, prompt_of, reward, settings, step, position, cancel)
        if cancel is not None and cancel.is_set():
            return
        position, middle = drawn.position, time.perf_counter()
        watched = drawn.groups[:snapshot_groups] if snapshot_every and (step - 1) % snapshot_every == 0 else ()
        before = prepare(lm.model, watched, settings) if watched else None
        learned = _learn(lm, optimizer, drawn, settings, step, reference_model)
        snapshot = take_snapshot(lm, watched, before, settings, step) if watched else None
        seconds = {"draw_seconds": middle - began, "learn_seconds": time.perf_counter() - middle}
        metrics = {**describe_rollouts(drawn.groups), **learned, **seconds}
        yield GrpoStep(step, position, metrics, drawn.groups, snapshot)


def _learn(lm, optimizer, drawn: Drawn, settings: GrpoSettings, step: int, reference_model) -> dict[str, float]:
    """The gradient steps of one round; none where no group has anything to teach."""
    if not drawn.kept:
        return {"kept": 0}
    for group in optimizer.param_groups:
        group["lr"] = settings.learning_rate * min(1.0, step / max(settings.warmup, 1))
    learned = learn(lm.model, optimizer, drawn.kept, settings, step, reference_model)
    return {"kept": len(drawn.kept), **learned}


def make_optimizer(model, learning_rate: float) -> torch.optim.Optimizer:
    """AdamW without weight decay over what is to be trained: decay would pull on the policy without any reward.

    Raises SrmLabError where nothing in the model can be trained.
    """
    named = trainable_parameters(model)
    if not named:
        raise SrmLabError(
            "Nothing in this model can be trained.",
            "All its weights are frozen; quantized ones always are.",
            "Call `grpo`, which opens the weights; for a quantized model add an adapter first.",
        )
    return adamw(named, learning_rate, 0.0)


def frozen_copy(model):
    """The model as it stands now, for the KL to stay near to."""
    reference = copy.deepcopy(model).eval()
    return reference.requires_grad_(False)


def describe_rollouts(groups: Sequence[Group]) -> dict[str, float]:
    """The rollouts of a step in numbers, for the log.

    reward and reward_<part>: means. pass_rate: share of right rollouts. flat_share: of groups whose rollouts all
    earned the same. all_right, all_wrong: shares of groups. length: mean tokens. truncated: share cut off.
    tokens: drawn in all.
    """
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    table = reward_table(groups)
    flat = (table.max(dim=1).values - table.min(dim=1).values) < 1e-4
    right = torch.tensor([[rollout.reward.correct is True for rollout in group.rollouts] for group in groups])
    tokens = sum(len(rollout.completion.token_ids) for rollout in rollouts)
    parts = {
        f"reward_{name}": sum(rollout.reward.parts[name] for rollout in rollouts) / len(rollouts)
        for name in rollouts[0].reward.parts
    }
    return {
        "reward": float(table.mean()),
        **parts,
        "pass_rate": float(right.float().mean()),
        "flat_share": float(flat.float().mean()),
        "all_right": float(right.all(dim=1).float().mean()),
        "all_wrong": float((~right).all(dim=1).float().mean()),
        "length": tokens / len(rollouts),
        "truncated": sum(rollout.completion.finish_reason == "length" for rollout in rollouts) / len(rollouts),
        "tokens": tokens,
    }
