"""Supervised fine-tuning: make the taught completions more likely, one batch after the other.

    result = sft(lm, examples, SftSettings(steps=500), folder="runs/first")

The loss is the mean negative log-likelihood of the completions' tokens; prompts are read and not learned. Weights are
changed in place: all of them, or, after `with_lora(lm)`, the adapters alone. The same call serves tiny models
from nothing and real ones. `fit` is the same run for any other objective on a table of tokens.
Left out: validation in between (evaluate with `srm.evaluate`, on answers), several devices, and dropout for whole
models.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from ..errors import SrmLabError
from ..models.adapters import base_mark
from ..models.bitsandbytes_guard import keep_gradients
from .batches import Batch, TokenTable, make_batches, order, tokenize
from .examples import Example
from .forward import completion_logits
from .optimizer import adamw, restore, scheduled, state_tensors
from .run_log import RunLog, State, stoppable

SAVE_SECONDS = 60.0  # between two saved states

# (model, batch, which example of the table each counted token belongs to, [n]) -> the loss summed over these tokens
Objective = Callable[[Any, Batch, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class SftSettings:
    """How to train. steps or seconds: the budget; only steps give the same model again.

    batch_size: examples a step. learning_rate: the peak. warmup: part of the run in which it rises. clip: largest norm
    of the gradient. tokens_at_once: most tokens of one forward pass; a step's gradients are summed over several.
    autocast: products in bfloat16, weights in float32, on hardware that multiplies bfloat16 itself. seed: data order.
    """

    steps: int | None = None
    seconds: float | None = None
    batch_size: int = 64
    learning_rate: float = 1e-3
    warmup: float = 0.05
    weight_decay: float = 0.01
    clip: float = 1.0
    tokens_at_once: int = 2048
    autocast: bool = False
    seed: int = 0

    def __post_init__(self):
        if (self.steps is None) == (self.seconds is None):
            raise SrmLabError(
                "Training needs steps or seconds.", "One of the two ends it.", "Pass for example steps=500."
            )
        budget = self.seconds if self.steps is None else self.steps
        counts = (self.batch_size, self.learning_rate, self.clip, self.tokens_at_once, budget)
        if not (all(value > 0 for value in counts) and 0 <= self.warmup < 1 and self.weight_decay >= 0):
            raise SrmLabError(f"A setting is out of range: {self}.", "Sizes and rates are positive, warmup is below 1.")


@dataclass(frozen=True)
class SftResult:
    """steps: that were done. finished: False where it was stopped. metrics: a dictionary a step. seconds: of training,
    over all sittings. tokens: completion tokens learned from."""

    steps: int
    finished: bool
    metrics: Sequence[dict[str, Any]]
    seconds: float
    tokens: int


def sft(
    lm,
    examples: Sequence[Example],
    settings: SftSettings,
    *,
    folder: str | Path | None = None,
    on_step: Callable[[dict[str, Any]], None] | None = None,
    stop: threading.Event | None = None,
) -> SftResult:
    """Train a local model on examples, in place.

    lm: a LocalModel; its adapters are trained where it has some, else all its weights.
    folder: where the run is logged and saved; the same call again goes on from there, exactly.
    on_step: called with each step's metrics: step, loss in nats a token, learning rate, norm of the gradient, seconds.
    stop: when set, the run is saved and ends after the current step.

    Raises SrmLabError for unusable examples, a folder of another configuration, or a loss that is not finite (with the
    step and the batch), a quantized model without adapters; TrainingInterrupted after Ctrl-C.
    """
    table = tokenize(examples, lm.tokenizer, lm.context_length)
    return fit(lm, table, settings, likelihood, examples=examples, folder=folder, on_step=on_step, stop=stop)


def fit(
    lm,
    table: TokenTable,
    settings: SftSettings,
    objective: Objective,
    *,
    examples: Sequence[Example],
    facts: Mapping[str, Any] | None = None,
    folder: str | Path | None = None,
    on_step: Callable[[dict[str, Any]], None] | None = None,
    stop: threading.Event | None = None,
) -> SftResult:
    """The run of `sft` with another objective, whose mean over the counted tokens is minimised.

    table, examples: what is learned from, as ids and for messages. facts: what else a resumed run may not change.
    """
    _check_trainable(lm)
    log = RunLog(folder, _configuration(lm, table, settings) | dict(facts or {}))
    with trained(lm.model) as named, stoppable(stop) as stopping, torch.random.fork_rng(devices=[]):
        result = _loop(lm, table, examples, settings, objective, named, log, on_step, stopping)
    if result.finished:
        log.finish(_card(lm, log, result))
    return result


def likelihood(model, batch: Batch, examples: torch.Tensor) -> torch.Tensor:
    """The objective of supervised fine-tuning: negative log-likelihood, in nats."""
    return functional.cross_entropy(completion_logits(model, batch), batch.targets, reduction="sum")


def _loop(lm, table, examples, settings, objective, named, log, on_step, stopping) -> SftResult:
    optimizer = adamw(named, settings.learning_rate, settings.weight_decay)
    step, before, tokens = _resume(log, named, optimizer, settings.seed)
    started = saved = time.perf_counter()

    def seconds() -> float:
        return before + time.perf_counter() - started

    def save() -> None:
        log.save(State(step, state_tensors(named, optimizer), {"seconds": seconds(), "tokens": tokens}))

    while (progress := _progress(settings, step, seconds())) < 1 and not stopping.is_set():
        chosen = order(len(table), settings.seed, settings.batch_size, step)
        rate = scheduled(max(progress, 1 / (settings.steps or 1000)), settings.learning_rate, settings.warmup)
        batches = make_batches(table, chosen, settings.tokens_at_once)
        loss, norm = train_step(lm.model, batches, chosen, objective, optimizer, named, rate, settings)
        if not (torch.isfinite(loss) and torch.isfinite(norm)):
            raise _not_finite(step, loss, norm, [examples[i] for i in chosen])
        step, tokens = step + 1, tokens + sum(len(batch.targets) for batch in batches)
        line = log.write(step, loss=float(loss), rate=rate, norm=float(norm), tokens=tokens, seconds=seconds())
        if on_step:
            on_step(line)
        if time.perf_counter() - saved > SAVE_SECONDS:
            save()
            saved = time.perf_counter()
    save()
    return SftResult(step, _progress(settings, step, seconds()) >= 1, log.metrics, seconds(), tokens)


def train_step(
    model, batches: Sequence[Batch], chosen: np.ndarray, objective: Objective, optimizer, named, rate: float, settings
) -> tuple[torch.Tensor, torch.Tensor]:
    """One step of the optimizer. Returns the mean loss a token, and the gradient's norm before clipping.

    Where one of the two is not finite, the weights stay as they were.
    """
    count, total = sum(len(batch.targets) for batch in batches), torch.zeros(())
    examples = torch.as_tensor(chosen, device=model.device)
    for batch in batches:
        batch = batch.to(model.device)
        with _precision(model.device, settings.autocast):
            loss = objective(model, batch, examples[batch.owners]) / count
        loss.backward()
        total += loss.detach().cpu()
    norm = torch.nn.utils.clip_grad_norm_([p for _, p in named], settings.clip)
    if torch.isfinite(total) and torch.isfinite(norm):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return total, norm


def _progress(settings: SftSettings, step: int, seconds: float) -> float:
    return step / settings.steps if settings.steps else seconds / settings.seconds


def _resume(log: RunLog, named, optimizer, seed: int) -> tuple[int, float, int]:
    """Finished steps, seconds and tokens of earlier sittings."""
    state = log.resume()
    if state is None:
        torch.manual_seed(seed)  # dropout of adapters
        return 0, 0.0, 0
    restore(state.tensors, named, optimizer)
    return state.step, state.facts["seconds"], state.facts["tokens"]


def _configuration(lm, table: TokenTable, settings: SftSettings) -> dict[str, Any]:
    """What a run may not change when it goes on; the data by their hash."""
    data = hashlib.sha256(table.ids.tobytes() + table.starts.tobytes() + table.prompts.tobytes()).hexdigest()[:16]
    chosen = to_train(lm.model)
    shape = f"{lm.num_parameters} parameters, {sum(p.numel() for _, p in chosen)} trained"
    base = {} if _is_whole(chosen) else {"base": base_mark(lm.model)}  # adapters go on beside their own base alone
    return {
        "model": lm.name, "shape": shape, **base, "examples": len(table), "data": data, **dataclasses.asdict(settings)
    }  # fmt: skip


def _card(lm, log: RunLog, result: SftResult) -> dict[str, Any]:
    last = [line["loss"] for line in result.metrics[-20:]]
    return {
        **log.configuration,
        "steps": result.steps,
        "tokens": result.tokens,
        "seconds": round(result.seconds, 1),
        "loss": sum(last) / len(last) if last else None,
        "parameters": lm.num_parameters,
        "fingerprint": lm.fingerprint,
        "versions": {name: metadata.version(name) for name in ("srm-lab", "torch", "transformers")},
    }


def _check_trainable(lm) -> None:
    if lm.quantization and _is_whole(to_train(lm.model)):
        raise SrmLabError(
            f"{lm.name} is quantized ({lm.quantization}), so its weights can't be trained.",
            "Packed weights have no gradients.",
            "Train adapters beside them: sft(with_lora(lm), ...).",
        )


@contextlib.contextmanager
def trained(model):
    """The model in training mode with gradients on its adapters, or on all weights where it has none; afterwards back
    in evaluation mode without gradients. Gives (name, parameter) of what is trained."""
    keep_gradients(model)
    chosen = to_train(model)
    for _, parameter in chosen:
        parameter.requires_grad_(True)
    model.train()
    try:
        yield chosen
    finally:
        model.eval()
        model.requires_grad_(False)


def to_train(model) -> list[tuple[str, torch.nn.Parameter]]:
    """(name, parameter) of a model's adapters, or of all its weights where it has none."""
    named = list(model.named_parameters())
    adapters = [(name, parameter) for name, parameter in named if "lora_" in name]
    return adapters or named


def _is_whole(chosen) -> bool:
    return "lora_" not in chosen[0][0]


def _precision(device, autocast: bool):
    from ..models.machine import native_bfloat16

    if not autocast:
        return contextlib.nullcontext()
    if not native_bfloat16(str(device)):
        raise SrmLabError(
            "autocast=True was asked for, but this machine does not multiply bfloat16 itself.",
            "It would be slower than float32.", "Leave autocast=False.",
        )  # fmt: skip
    return torch.autocast(torch.device(device).type, torch.bfloat16)


def _not_finite(step: int, loss, norm, examples: Sequence[Example]) -> SrmLabError:
    shown = "\n".join(f"  {e.prompt!r} -> {e.completion!r}" for e in examples[:4])
    return SrmLabError(
        f"Training stopped at step {step + 1}: the loss is {float(loss)} and the gradient's norm {float(norm)}.",
        f"The weights are those of step {step}. The batch of {len(examples)} examples began with\n{shown}",
        "Try a lower learning rate; look for absurd examples in the batch.",
    )
