"""AdamW, its learning rate over a run, and its state as named tensors.

What every training method here shares. Source: Loshchilov and Hutter 2017, arXiv 1711.05101.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

Named = Sequence[tuple[str, torch.nn.Parameter]]


def trainable_parameters(model: Any) -> Named:
    """(name, parameter) of all that gets a gradient."""
    return [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]


def adamw(named: Named, learning_rate: float, weight_decay: float) -> torch.optim.AdamW:
    """Decay for matrices, none for vectors (norms), in torch's fused kernel.

    That kernel changes weights without raising their version, by which a model's engine and fingerprint notice a
    change; so a hook raises it.
    """
    groups = [
        {"params": [p for _, p in named if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for _, p in named if p.ndim < 2], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98), fused=True)
    weights = [parameter for _, parameter in named]
    optimizer.register_step_post_hook(lambda *_: torch.autograd.graph.increment_version(weights))
    return optimizer


def scheduled(progress: float, peak: float, warmup: float) -> float:
    """The learning rate: up in a straight line, then down along half a cosine to a twentieth of the peak.

    progress: part of the run that is done, 0 to 1. warmup: part of the run in which it rises.
    """
    if progress < warmup:
        return peak * progress / warmup
    fraction = min(1.0, (progress - warmup) / (1 - warmup))
    return peak * (0.05 + 0.95 * (1 + math.cos(math.pi * fraction)) / 2)


def state_tensors(named: Named, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Weights, moments and torch's random numbers: all that a run needs to go on exactly."""
    tensors = {"random": torch.get_rng_state()}
    for name, parameter in named:
        tensors[f"weight.{name}"] = parameter
        tensors |= {f"{key}.{name}": value for key, value in optimizer.state[parameter].items()}
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


@torch.no_grad()
def restore(tensors: Mapping[str, torch.Tensor], named: Named, optimizer: torch.optim.Optimizer) -> None:
    """Put back what `state_tensors` took."""
    torch.set_rng_state(tensors["random"])
    for name, parameter in named:
        parameter.copy_(tensors[f"weight.{name}"])
        kept = {
            key: tensors[f"{key}.{name}"] for key in ("step", "exp_avg", "exp_avg_sq") if f"{key}.{name}" in tensors
        }
        optimizer.state[parameter] = {
            key: value if key == "step" else value.to(parameter.device) for key, value in kept.items()
        }
