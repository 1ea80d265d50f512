"""NF4: sixteen levels that a normal distribution uses equally often, and scales that are quantized themselves.

Trained weights are spread like a normal distribution. Equal steps waste codes on its rare tails; NF4 puts its
levels at quantiles instead (QLoRA, Dettmers et al. 2023, arXiv 2305.14314): 8 on one side of nought, 7 on the
other, and nought itself, scaled to [-1, 1]. Each block of 64 weights is divided by its largest magnitude.

Those magnitudes, 32 bits for 64 weights, are half a bit a weight. Double quantization rounds them, less their
mean, to 8 bits in blocks of 256. Their 256 levels are the dynamic type of Dettmers et al. 2021 (arXiv 2110.02861):
seven decades, each with twice as many levels as the one below.

NF4's codes, magnitudes and weights are bit for bit those of bitsandbytes, and so are the 256 levels. Its processor
kernel rounds the magnitudes' shares to 16 bits before it looks for a level, so that in a near tie it may take the
neighbour; here the nearest level is taken. Left out: fp4, which bitsandbytes has too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch

OFFSET = 0.9677083  # the outermost quantile: half way between 1 - 1/30 and 1 - 1/32, the two sides' last bins
NESTED_BLOCK = 256


@dataclass(frozen=True)
class DoubleQuantized:
    """Magnitudes in 8 bits. codes: uint8 [blocks].  absmax: float32, one for 256 of them.  offset: their mean."""

    codes: torch.Tensor
    absmax: torch.Tensor
    offset: torch.Tensor


@cache
def nf4_levels() -> torch.Tensor:
    """The 16 levels, rising, float32: quantiles of N(0, 1), 8 of them above nought, 7 below, over the largest."""
    from scipy.stats import norm

    above = norm.ppf(torch.linspace(OFFSET, 0.5, 9)[:-1]).tolist()
    below = (-norm.ppf(torch.linspace(OFFSET, 0.5, 8)[:-1])).tolist()
    levels = torch.tensor([*above, 0.0, *below]).sort().values
    return levels / levels.max()


def quantize_nf4(weight: torch.Tensor, block_size: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes uint8 [outputs, inputs] and the blocks' magnitudes float32 [outputs * inputs / block_size].

    block_size: neighbours that share a magnitude; divides the number of weights.
    """
    return nearest_level(weight, nf4_levels(), block_size)


def dequantize_nf4(codes: torch.Tensor, absmax: torch.Tensor) -> torch.Tensor:
    """float32, shaped like the codes."""
    levels = nf4_levels().to(codes.device)[codes.long()]
    return (levels.view(len(absmax), -1) * absmax[:, None]).view(codes.shape)


def quantize_twice(absmax: torch.Tensor) -> DoubleQuantized:
    """The magnitudes of NF4's blocks in 8 bits: double quantization."""
    offset = absmax.mean()
    codes, nested = nearest_level(absmax - offset, dynamic_levels(), NESTED_BLOCK)
    return DoubleQuantized(codes, nested, offset)


def dequantize_twice(twice: DoubleQuantized) -> torch.Tensor:
    """The magnitudes that double quantization leaves, float32 [blocks]."""
    levels = dynamic_levels().to(twice.codes.device)[twice.codes.long()]
    return levels * twice.absmax.repeat_interleave(NESTED_BLOCK)[: len(levels)] + twice.offset


@cache
def dynamic_levels() -> torch.Tensor:
    """256 levels from -0.993 to 1: decade by decade, the middles of twice as many equal steps as one decade below."""
    levels = [0.0, 1.0]
    for decade in range(7):
        edges = torch.linspace(0.1, 1, 2**decade + 1)
        middles = 10.0 ** (decade - 6) * (edges[:-1] + edges[1:]) / 2
        levels += [*middles.tolist(), *(-middles).tolist()]
    return torch.tensor(sorted(levels))


def nearest_level(values: torch.Tensor, levels: torch.Tensor, block_size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes uint8, shaped like the values, and each block's largest magnitude; the last block may be short."""
    flat, levels = values.float().flatten(), levels.to(values.device)
    blocks = torch.nn.functional.pad(flat, (0, -len(flat) % block_size)).view(-1, block_size)
    absmax = blocks.abs().amax(1)
    shares = (blocks * (1.0 / absmax.clamp(min=1e-38))[:, None]).clamp(-1, 1)
    codes = torch.bucketize(shares, (levels[:-1] + levels[1:]) / 2)
    return codes.flatten()[: len(flat)].view(values.shape).to(torch.uint8), absmax
