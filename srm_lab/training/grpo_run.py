"""Reinforcement learning and preference learning as runs on disk: a log, a stop, exact resume, a card.

    result = grpo(lm, problems, combine(correct=(1.0, correctness())), GrpoSettings(steps=200), folder="runs/first")

The algorithms are `grpo.grpo_steps` and `preference.dpo_steps`; here their steps are written down. Left out: choosing
the best step afterwards; the weights at the end are those of the last one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..records import Problem
from .grpo import GrpoStep, frozen_copy, grpo_steps, make_optimizer, question_of
from .grpo_settings import GrpoSettings
from .optimizer import restore, state_tensors
from .preference import DpoSettings, DpoStep, dpo_steps
from .rewards import CombinedReward
from .rollouts import Group, PromptOf
from .run_log import RunLog, State, stoppable
from .sft import SAVE_SECONDS, trained
from .snapshots import write_snapshot

SNAPSHOTS = "snapshots.jsonl"


@dataclass(frozen=True)
class RunResult:
    """steps: that were done, over all sittings. finished: False where the run was stopped. metrics: a dictionary a
    step. seconds: of training, over all sittings. card: what a reader needs to judge the run."""

    steps: int
    finished: bool
    metrics: Sequence[dict[str, Any]]
    seconds: float
    card: dict[str, Any]


def grpo(
    lm,
    problems: Sequence[Problem],
    reward: CombinedReward,
    settings: GrpoSettings,
    *,
    folder: str | Path | None = None,
    prompt_of: PromptOf = question_of,
    snapshots: int = 0,
    seconds: float | None = None,
    on_step: Callable[[GrpoStep], None] | None = None,
    stop: threading.Event | None = None,
) -> RunResult:
    """Train a local model in place by GRPO, on its adapters where it has some, else on all its weights.

    problems, reward, settings, prompt_of: see `grpo_steps`.
    folder: where the run is logged and saved; the same call again goes on from there, exactly.
    snapshots: steps between snapshots, written to the folder for the microscope; 0 for none.
    seconds: ends the run, unfinished, after so long. on_step: called with each step. stop: ends it after a step.

    Raises SrmLabError for problems of a test split, a folder of another configuration, a loss that is not finite;
    TrainingInterrupted after Ctrl-C.
    """
    data = _hash(problem.id + problem.question for problem in problems)
    configuration = {
        "method": "grpo", **_of_model(lm), "problems": len(problems), "data": data, "reward": reward.describe(),
        **dataclasses.asdict(settings),
    }  # fmt: skip
    every = snapshots if folder is not None else 0
    reference = frozen_copy(lm.model) if settings.kl_weight else None

    def steps(optimizer, done: int, facts: dict, stopping) -> Iterator[GrpoStep]:
        start = (done, facts.get("position", 0))
        return grpo_steps(
            lm, problems, reward, settings, optimizer=optimizer, prompt_of=prompt_of, start=start,
            reference_model=reference, snapshot_every=every, cancel=stopping,
        )  # fmt: skip

    def keep(step: GrpoStep) -> dict:
        if step.snapshot is not None:
            write_snapshot(Path(folder) / SNAPSHOTS, step.snapshot)
        return {"position": step.position}

    log = RunLog(folder, configuration)
    return _run(lm, log, settings, settings.steps, steps, keep, seconds, on_step, stop, reference)


def dpo(
    lm,
    pairs: Sequence[Group],
    settings: DpoSettings,
    *,
    folder: str | Path | None = None,
    on_step: Callable[[DpoStep], None] | None = None,
    stop: threading.Event | None = None,
) -> RunResult:
    """Train a local model in place by DPO on pairs of its own chains (`right_wrong_pairs`); see `grpo` for the rest."""
    texts = (rollout.completion.text for pair in pairs for rollout in pair.rollouts)
    configuration = {
        "method": "dpo", **_of_model(lm), "pairs": len(pairs), "data": _hash(texts), **dataclasses.asdict(settings)
    }  # fmt: skip
    total = settings.epochs * -(-len(pairs) // settings.pairs_at_once)

    def steps(optimizer, done: int, facts: dict, stopping) -> Iterator[DpoStep]:
        return dpo_steps(lm, pairs, settings, optimizer=optimizer, start=done)

    return _run(lm, RunLog(folder, configuration), settings, total, steps, lambda step: {}, None, on_step, stop)


def _run(lm, log: RunLog, settings, total: int, steps, keep, limit, on_step, stop, reference=None) -> RunResult:
    """Write down step after step, save every minute and at the end, and write the card."""
    with trained(lm.model) as named, stoppable(stop) as stopping, torch.random.fork_rng(devices=[]):
        lm.model.eval()  # no dropout: a ratio compares the network with itself
        optimizer = make_optimizer(lm.model, settings.learning_rate)
        state = log.resume()
        if state is not None:
            restore(state.tensors, named, optimizer)
            _restore_reference(reference, state)
        done, facts = (state.step, dict(state.facts)) if state else (0, {"seconds": 0.0})
        before, started = facts["seconds"], time.perf_counter()
        saved = started

        def save() -> None:
            tensors = {**state_tensors(named, optimizer), **_reference_tensors(reference, named)}
            log.save(State(done, tensors, facts))

        for step in steps(optimizer, done, facts, stopping):
            now = time.perf_counter()
            done, facts = step.step, {"seconds": before + now - started, **keep(step)}
            log.write(done, **step.metrics, seconds=facts["seconds"])
            if on_step:
                on_step(step)
            if now - saved > SAVE_SECONDS:
                save()
                saved = now
            if stopping.is_set() or (limit is not None and facts["seconds"] >= limit):
                break
        save()
    return _result(log, done, total, facts["seconds"])


def _reference_tensors(reference, named) -> dict[str, Any]:
    """What of the reference may differ from the model as it is loaded next time: all that is trained."""
    if reference is None:
        return {}
    trained_names = {name for name, _ in named}
    return {f"reference.{name}": value for name, value in reference.named_parameters() if name in trained_names}


def _restore_reference(reference, state: State) -> None:
    """The reference as it was at the run's first step, whatever model the run goes on with."""
    for name, value in reference.named_parameters() if reference is not None else ():
        if f"reference.{name}" in state.tensors:
            value.data.copy_(state.tensors[f"reference.{name}"])


def _result(log: RunLog, done: int, total: int, seconds: float) -> RunResult:
    last = log.metrics[-1] if log.metrics else {}
    card = {
        **log.configuration,
        "steps_done": done,
        "finished": done >= total,
        "seconds": round(seconds, 1),
        "last": last,
    }
    return RunResult(done, done >= total, log.metrics, seconds, log.finish(card))


def _of_model(lm) -> dict[str, Any]:
    return {"model": lm.name, "parameters": lm.num_parameters}


def _hash(texts) -> str:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()[:16]
