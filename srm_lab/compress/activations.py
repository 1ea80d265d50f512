"""Rounding what flows between the layers: activations to 8 bits a token, keys and values as the cache would hold them.

Weights stand still and can be studied; activations are rounded while the model runs, so their scale must be found
on the fly: one for each token (dynamic quantization), or for each stretch of `group_size` channels of a token.
All of this is simulated: numbers are put on the grid and stay floats. It shows the error, not the speed;
`int8.py` does for weights and activations of 8 bits what the processor has a kernel for.

Left out: static scales from calibration, and rotations that spread outliers (QuaRot, Ashkboos et al. 2024,
arXiv 2404.00456).
"""

from __future__ import annotations

import torch
from torch import nn


def round_groups(x: torch.Tensor, bits: int, group_size: int | None = None, symmetric: bool = True) -> torch.Tensor:
    """Puts x [..., channels] on a grid of 2^bits codes, one grid for each token and group. 16 bits change nothing.

    group_size: channels that share a scale, a divisor of their number; None takes all of a token.
    """
    if bits >= 16:
        return x
    groups = x.float().reshape(*x.shape[:-1], -1, group_size or x.shape[-1])
    if symmetric:
        half = 2 ** (bits - 1) - 1
        scale = groups.abs().amax(-1, keepdim=True).clamp(min=1e-12) / half
        rounded = (groups / scale).round() * scale
    else:
        low, high = groups.amin(-1, keepdim=True), groups.amax(-1, keepdim=True)
        scale = (high - low).clamp(min=1e-12) / (2**bits - 1)
        rounded = ((groups - low) / scale).round() * scale + low
    return rounded.view(x.shape).to(x.dtype)


class RoundedInputs(nn.Module):
    """A linear layer whose inputs are rounded, token by token."""

    def __init__(self, inner: nn.Module, bits: int):
        super().__init__()
        self.inner, self.bits = inner, bits

    @property
    def weight(self) -> torch.Tensor:
        return self.inner.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(round_groups(x, self.bits))


class RoundedOutputs(nn.Module):
    """A key or value projection whose outputs are rounded, token by token and group by group."""

    def __init__(self, inner: nn.Module, bits: int, group_size: int):
        super().__init__()
        self.inner, self.bits, self.group_size = inner, bits, group_size

    @property
    def weight(self) -> torch.Tensor:
        return self.inner.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return round_groups(self.inner(x), self.bits, self.group_size, symmetric=False)
